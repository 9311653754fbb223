"""A network's twin answers as the network does, is made anew when that changes, and only where it can be proven."""

import copy

import pytest
import torch
import torchvision
from torch import nn

from explorer.checkpoint import load
from explorer.networks.twin import AS_CLOSE, bfloat16_refused, rounded_twin, twin_of
from explorer.settings import ROOT
from tests.networks.saved_networks import stirred

CHECKPOINTS = sorted((ROOT / "checkpoints").glob("*.safetensors"))
NETWORKS = ["mobilenet_v3_small", "googlenet", "densenet121"]
MORE = [
    "resnet18",
    "shufflenet_v2_x0_5",
    "squeezenet1_1",
    "mnasnet0_5",
    "regnet_y_400mf",
    "efficientnet_b0",
    "vgg11_bn",
]


def noise(*shape, seed=1):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def norms_in(network):
    return sum(isinstance(module, nn.BatchNorm2d) for module in network.modules())


def check_equal(model, batch):
    """The twin against the network in float64."""
    twin = twin_of(model, batch)
    with torch.no_grad():
        exact, own, other = copy.deepcopy(model).double()(batch.double()), model(batch), twin(batch)
    scale = exact.amax(1) - exact.amin(1)
    assert ((other - exact).abs().amax(1) <= AS_CLOSE * scale).all()
    assert torch.equal(other.argmax(1), own.argmax(1))
    return twin


def test_there_are_checkpoints():
    assert len(CHECKPOINTS) >= 6


@pytest.mark.parametrize("path", CHECKPOINTS, ids=lambda path: path.stem)
def test_every_checkpoints_twin_says_the_same(path):
    model, card = load(path)
    twin = check_equal(model.eval(), noise(2, card.preprocessing.channels, *[min(96, card.preprocessing.size)] * 2))
    assert twin is not model
    assert norms_in(twin) == 0


@pytest.mark.parametrize("name", [*NETWORKS, *(pytest.param(one, marks=pytest.mark.sweep) for one in MORE)])
def test_networks_of_torchvision(name):
    torch.manual_seed(0)
    extra = {"init_weights": False} if name == "googlenet" else {}
    model = getattr(torchvision.models, name)(num_classes=7, **extra).eval()
    stirred(model)
    twin = check_equal(model, noise(2, 3, 65, 79))
    assert twin is not model
    assert norms_in(twin) < norms_in(model) or not norms_in(model)


class Plain(nn.Module):
    """Of this project's kind as far as the rules go: a convolution, its batch norm, and a head."""

    __module__ = "explorer.models.plain"

    def __init__(self):
        super().__init__()
        torch.manual_seed(5)
        self.conv, self.norm, self.conv2 = nn.Conv2d(3, 6, 3, stride=2), nn.BatchNorm2d(6), nn.Conv2d(6, 6, 1)
        self.norm2, self.fc = nn.BatchNorm2d(6), nn.Linear(6, 4)
        stirred(self)
        self.eval()

    def forward(self, x):
        x = self.conv2(self.norm(self.conv(x)).relu())
        return self.fc(self.norm2(x).relu().mean((2, 3)))


class Twice(Plain):
    __module__ = Plain.__module__

    def forward(self, x):
        x = self.norm(self.conv(x)).relu()
        x = self.norm2(self.conv2(self.norm2(self.conv2(x))))
        return self.fc(x.mean((2, 3)))


class ReadTwice(Plain):
    __module__ = Plain.__module__

    def forward(self, x):
        x = self.conv2(self.norm(self.conv(x)).relu())
        return self.fc((self.norm2(x) + x).mean((2, 3)))


BATCH = noise(2, 3, 11, 17)


@pytest.mark.parametrize("kind", [Twice, ReadTwice])
def test_only_a_norm_that_alone_reads_a_convolution_called_once_is_folded(kind):
    model = kind()
    assert norms_in(check_equal(model, BATCH)) == 1
    assert norms_in(model) == 2


def held_twice(model):
    model.again = model.conv


def without_statistics(model):
    model.norm = nn.BatchNorm2d(6, track_running_stats=False).eval()
    model.norm2 = nn.Identity()


ALONE = {
    "a hook": lambda model: model.norm.register_forward_hook(lambda _m, _i, output: output * 2),
    "training mode": lambda model: model.norm.train(),
    "held twice": held_twice,
    "a closure": lambda model: setattr(model, "extra", lambda x: x),
    "float64": lambda model: model.double(),
    "code of somebody else": lambda model: setattr(model, "__class__", type("Shop", (Plain,), {"__module__": "shop"})),
}


@pytest.mark.parametrize("why", ALONE)
def test_where_nothing_is_proven_the_network_answers_itself(why):
    model = type("Own", (Plain,), {"__module__": Plain.__module__})()
    assert twin_of(model, BATCH) is not model
    ALONE[why](model)
    assert twin_of(model, BATCH) is model


def test_a_norm_without_statistics_stays():
    model = Plain()
    without_statistics(model)
    assert norms_in(check_equal(model, BATCH)) == 1


def test_a_twin_that_differs_is_dropped(monkeypatch):
    monkeypatch.setattr(
        "explorer.networks.twin.fuse_conv_bn_eval", lambda convolution, _norm: copy.deepcopy(convolution)
    )
    model = Plain()
    assert twin_of(model, BATCH) is model


def step(model):
    optimiser = torch.optim.SGD(model.parameters(), 0.1)
    model(BATCH).sum().backward()
    optimiser.step()


CHANGES = {
    "a step of training": step,
    "through .data": lambda model: model.conv.weight.data.mul_(2),
    "statistics": lambda model: model.norm.running_mean.add_(1),
    "another head": lambda model: setattr(model, "fc", nn.Linear(6, 4)),
    "a setting": lambda model: setattr(model.conv, "stride", (1, 1)),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_makes_the_twin_anew(change):
    model = Plain()
    before = twin_of(model, BATCH)
    assert twin_of(model, BATCH) is before
    with torch.no_grad():
        old = before(BATCH)
    CHANGES[change](model)
    twin = check_equal(model, BATCH)
    assert twin is not before
    with torch.no_grad():
        assert not torch.allclose(twin(BATCH), old, atol=1e-4)


@pytest.mark.skipif(bool(bfloat16_refused("cpu")), reason="this processor computes no bfloat16")
def test_the_network_itself_is_left_as_it_was():
    model = Plain()
    state = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    strides = [weight.stride() for weight in model.parameters()]
    rounded = rounded_twin(model, BATCH)
    assert next(rounded.parameters()).dtype == torch.bfloat16
    assert all(torch.equal(tensor, state[name]) for name, tensor in model.state_dict().items())
    assert [weight.stride() for weight in model.parameters()] == strides
