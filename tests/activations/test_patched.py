"""What a patch reaches, computed alone, gives what the whole network gives for the whole picture."""

import pytest
import torch
import torchvision
from torch import nn
from torch.nn import functional

from explorer.activations.patched import Patch, Patched
from explorer.activations.tracer import record_trace
from explorer.errors import ModelError
from explorer.models import build_model
from explorer.networks.batch_norm import set_statistics

HEIGHT, WIDTH = 37, 45
PATCHES = [Patch(12, 0, 19, 4), Patch(12, 1, 19, 8), Patch(12, 20, 19, 27), Patch(12, 43, 19, 45)]


class Net(nn.Module):
    """A stem, something in between, and a head that reads everything."""

    def __init__(self, between, channels=8, **parts):
        super().__init__()
        torch.manual_seed(3)
        self.stem, self.parts, self.between = nn.Conv2d(3, 8, 3, padding=1), nn.ModuleDict(parts), between
        self.fc = nn.Linear(channels, 5)

    def forward(self, x):
        x = self.between(self.parts, self.stem(x))
        return self.fc(functional.adaptive_avg_pool2d(x, 1).flatten(1))


def conv(*arguments, **named):
    return nn.Conv2d(8, 8, *arguments, **named)


def branches(parts, x):
    return functional.relu_(x + parts["a"](parts["b"](x)))


def in_place(_parts, x):
    y = x.relu()
    y.add_(x)
    return torch.cat([y.mul_(0.5), x], dim=1)


LOCAL = {  # each with at most this share of the multiply-adds
    "strides": (Net(lambda p, x: p["b"](p["a"](x)), a=conv((5, 3), stride=(3, 2), padding=(0, 2)), b=conv(2)), 0.5),
    "dilated groups": (Net(lambda p, x: p["a"](x), a=conv(3, dilation=(2, 3), padding=2, groups=4)), 0.5),
    "same, even": (Net(lambda p, x: p["a"](x), a=conv((4, 2), padding="same")), 0.3),
    "max pool": (Net(lambda p, x: p["a"](functional.max_pool2d(x, 3, 2, 1, ceil_mode=True)), a=conv(3)), 0.5),
    "average pool": (Net(lambda p, x: p["a"](functional.avg_pool2d(x, (3, 2), 2, (1, 0))), a=conv(3)), 0.5),
    "padded beforehand": (Net(lambda p, x: p["a"](functional.pad(x, (1, 2, 3, 0), value=0.5)), a=conv(3)), 0.3),
    "branches": (Net(branches, a=conv(5, padding=2), b=nn.Sequential(nn.BatchNorm2d(8), nn.PReLU(8))), 0.5),
    "written over": (Net(in_place, channels=16), 0.3),
    "a slope a channel": (Net(lambda _p, x: x * torch.linspace(-1, 1, 8).view(1, 8, 1, 1)), 0.3),
}
MIXED = {  # where a patch reaches everything from here on
    "a gate": Net(lambda p, x: p["a"](x * x.mean((2, 3), keepdim=True).sigmoid()), a=conv(3)),
    "padding that does not count": Net(lambda _p, x: functional.avg_pool2d(x, 3, 2, 1, count_include_pad=False)),
    "reflected": Net(lambda p, x: p["a"](x), a=conv(3, padding=1, padding_mode="reflect")),
    "a number for each place": Net(lambda _p, x: x * torch.linspace(-1, 1, WIDTH)),
    "turned": Net(lambda p, x: p["a"](x.transpose(2, 3)), a=conv(3)),
    "batch statistics": Net(lambda _p, x: functional.batch_norm(x, None, None, training=True).relu()),
}


def hidden(picture, patch, value):
    picture = picture.clone()
    picture[..., patch.top : patch.bottom, patch.left : patch.right] = value
    return picture


def check(model, patches=PATCHES, size=(HEIGHT, WIDTH), value=0.25):
    """Against the network itself, a picture after the other; the share that was computed."""
    set_statistics(model, torch.randn(4, 3, *size, generator=torch.Generator().manual_seed(2)))
    model.eval()
    picture = torch.randn(1, 3, *size, generator=torch.Generator().manual_seed(1))
    patched = Patched(record_trace(model, picture), patches)
    found = patched.run(value)
    with torch.no_grad():
        expected = torch.cat([model(hidden(picture, patch, value)) for patch in patches])
        plain = model(picture)
    assert (expected - plain).abs().max() > 1e-4 * expected.abs().max()  # the patches do make a difference
    spread = expected.amax(1, keepdim=True) - expected.amin(1, keepdim=True)
    assert ((found - expected).abs() <= 1e-5 * spread).all()
    return patched.share


@pytest.mark.filterwarnings("ignore:Using padding='same':UserWarning")
@pytest.mark.parametrize("name", LOCAL)
def test_what_goes_through_windows_and_in_place_is_computed_in_pieces(name):
    model, most = LOCAL[name]
    assert 0 < check(model) <= most


@pytest.mark.parametrize("name", MIXED)
def test_behind_what_mixes_places_everything_is_computed(name):
    check(MIXED[name])


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("resnet18", 0.8),
        ("mobilenet_v3_large", 1.0),
        pytest.param("resnet50", 0.9, marks=pytest.mark.sweep),
        pytest.param("efficientnet_b0", 1.0, marks=pytest.mark.sweep),
        pytest.param("googlenet", 0.9, marks=pytest.mark.sweep),
        pytest.param("densenet121", 0.9, marks=pytest.mark.sweep),
        pytest.param("shufflenet_v2_x1_0", 1.0, marks=pytest.mark.sweep),
    ],
)
def test_networks_of_torchvision(name, most):
    torch.manual_seed(0)
    extra = {"init_weights": False} if name == "googlenet" else {}
    model = getattr(torchvision.models, name)(num_classes=7, **extra)
    assert check(model, [Patch(30, 0, 41, 7), Patch(30, 50, 41, 61)], (65, 79)) < most


@pytest.mark.parametrize("name", ["compact", "efficientnet_lite0"])
def test_networks_of_this_project(name):
    torch.manual_seed(0)
    model = build_model(name, num_classes=7)
    assert check(model, [Patch(30, 0, 41, 7), Patch(30, 50, 41, 61)], (65, 79)) < 0.95


def test_what_was_not_seen_is_not_run_again():
    model = Net(lambda _p, x: torch.from_numpy(x.detach().numpy() * 2)).eval()
    trace = record_trace(model, torch.randn(1, 3, HEIGHT, WIDTH))
    with pytest.raises(ModelError, match="cannot be run again"):
        Patched(trace, PATCHES)
