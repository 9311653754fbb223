"""Multiply-adds of networks that do their arithmetic in unusual places, against torch's own counter."""

import pytest
import torch
import torchvision
from torch import nn
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

from explorer.errors import ShapeError
from explorer.summary.layers import NetworkSummary, summarise
from tests.receipts.checks import Net


def counted(model: nn.Module, shape: tuple[int, int, int]) -> NetworkSummary:
    """A network's summary, whose multiply-adds are half of torch's operations."""
    summary = summarise(model.eval(), shape)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model.to("meta")(torch.zeros(1, *shape, device="meta"))
    assert summary.mult_adds == counter.get_total_flops() / 2 > 0
    return summary


class OwnLeaf(nn.Module):
    """A leaf that computes with weights of its own, and ends in something else."""

    def __init__(self, run) -> None:
        super().__init__()
        self.run = run
        self.kernel, self.matrix = nn.Parameter(torch.rand(4, 3, 3, 3)), nn.Parameter(torch.rand(4, 5))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.run(self, x)


@pytest.mark.parametrize(
    "run",
    [
        lambda leaf, x: torch.relu(functional.conv2d(x, leaf.kernel)),
        lambda leaf, x: functional.conv2d(functional.conv2d(x, leaf.kernel)[:, 1:], leaf.kernel).permute(0, 2, 3, 1),
        lambda leaf, x: functional.conv2d(x, leaf.kernel, stride=2).mean((2, 3)) @ leaf.matrix + 1,
        lambda leaf, x: functional.linear(functional.conv2d(x, leaf.kernel).mean((2, 3)), leaf.matrix.T).softmax(-1),
    ],
)
def test_a_leaf_that_ends_in_something_else_costs_all_that_it_computes(run):
    summary = counted(nn.Sequential(OwnLeaf(run)), (3, 15, 18))
    assert [layer.key for layer in summary.layers] == ["0"]
    assert summary.layers[0].mult_adds == summary.mult_adds


SCALE = torch.rand(4, 1, 1)


def _reads_numbers(net, x):
    y = net.conv(x)
    return y / max(y.abs().max().item(), 1.0)


@pytest.mark.parametrize(
    "run",
    [
        lambda net, x: net.conv(x) * torch.ones(1, 4, x.shape[2] - 2, x.shape[3] - 2),
        lambda net, x: net.conv(x) * SCALE,
        lambda net, x: net.conv(x) * net.plain,
        lambda net, x: net.conv(x) + torch.arange(x.shape[3] - 2, device="cpu"),
        _reads_numbers,
    ],
)
def test_tensors_of_a_networks_own_making_do_not_stop_it(run):
    model = Net(run, conv=nn.Conv2d(3, 4, 3))
    model.plain = torch.rand(4, 1, 1)
    layers = summarise(model, (3, 15, 18)).layers
    assert layers[0].mult_adds == 108 * 13 * 16
    assert layers[-1].shape == (4, 13, 16)
    assert not model.plain.is_meta


def test_what_does_not_fit_is_still_said_of_the_picture():
    model = Net(lambda net, x: net.conv(x) * net.plain, conv=nn.Conv2d(3, 4, 3))
    model.plain = torch.rand(4, 13, 16)
    assert summarise(model, (3, 15, 18)).layers[-1].shape == (4, 13, 16)
    with pytest.raises(ShapeError, match="A picture of 3 × 15 × 19 does not pass the network"):
        summarise(model, (3, 15, 19))


def tokens(x):
    return x.flatten(2).transpose(1, 2)


def windows(x):
    """(1, 4, 12, 16) as 12 windows of 4 × 4, in the place of the batch."""
    return x[..., :12, :16].reshape(1, 4, 3, 4, 4, 4).permute(0, 2, 4, 1, 3, 5).flatten(0, 2)


def layer():
    return nn.TransformerEncoderLayer(4, 2, 9, batch_first=True)


ATTENDING = {
    "conv1d": (lambda net, x: net.d(net.conv(x).flatten(2)), nn.Conv1d(4, 6, 5, 2, padding=1, dilation=2, groups=2)),
    "conv3d": (lambda net, x: net.d(net.conv(x)[:, None]), nn.Conv3d(1, 4, (3, 3, 2), stride=(2, 1, 1))),
    "transposed": (lambda net, x: net.d(net.conv(x).flatten(2)), nn.ConvTranspose1d(4, 6, 3, stride=2)),
    "windows as batch": (lambda net, x: net.d(windows(net.conv(x))), nn.Conv2d(4, 6, 3)),
    "windows of tokens": (lambda net, x: net.d(tokens(windows(net.conv(x)))), nn.Linear(4, 7)),
    "attention": (lambda net, x: net.d(*[tokens(net.conv(x))] * 3)[0], nn.MultiheadAttention(4, 2, batch_first=True)),
    "attention to fewer": (
        lambda net, x: net.d(tokens(net.conv(x)), *[tokens(x)[:, :7]] * 2)[0],
        nn.MultiheadAttention(4, 2, batch_first=True, kdim=3, vdim=3),
    ),
    "encoder": (lambda net, x: net.d(tokens(net.conv(x))), nn.TransformerEncoder(layer(), 2)),
    "scaled dot product": (
        lambda net, x: functional.scaled_dot_product_attention(*[net.d(tokens(net.conv(x)))[:, None]] * 3),
        nn.Linear(4, 6),
    ),
    "einsum": (lambda net, x: torch.einsum("bic,oc->bio", tokens(net.conv(x)), net.d.weight), nn.Linear(4, 7)),
    "einsum of two": (lambda net, x: torch.einsum("bic,bjc->bij", *[net.d(tokens(net.conv(x)))] * 2), nn.Linear(4, 7)),
    "tensordot": (lambda net, x: torch.tensordot(net.conv(x), net.d.weight, ([1], [1])), nn.Linear(4, 7)),
    "recurrent": (lambda net, x: net.d(net.conv(x).mean(3).transpose(1, 2))[0], nn.LSTM(4, 5, batch_first=True)),
}


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


@pytest.mark.parametrize("name", ATTENDING)
@pytest.mark.filterwarnings("ignore:enable_nested_tensor")
def test_what_is_no_plain_convolution_costs_what_torch_counts(name):
    run, module = ATTENDING[name]
    summary = counted(Net(run, conv=nn.Conv2d(3, 4, 3), d=module), (3, 15, 18))
    assert summary.mult_adds > 108 * 13 * 16


@pytest.mark.parametrize(
    "name", ["swin_t", "vit_b_16", "maxvit_t", "convnext_tiny", "efficientnet_b0", "resnet18", "googlenet"]
)
def test_torchvisions_networks_cost_what_torch_counts(name):
    with torch.device("meta"):
        more = {"init_weights": False} if name == "googlenet" else {}
        model = torchvision.models.get_model(name, weights=None, **more)
    summary = counted(model, (3, 224, 224))
    if name == "vit_b_16":  # worked out by hand: patches, 12 layers of 197 tokens and width 768, the head
        one = 197 * (4 * 768**2 + 2 * 768 * 3072) + 2 * 197**2 * 768
        assert summary.mult_adds == 196 * 768 * 768 + 12 * one + 768 * 1000
    assert max(summary.layers[-1].receptive_field) < 10_000  # of transformers, too, no number without a meaning


@pytest.mark.parametrize("norm", [nn.BatchNorm2d(4), nn.LocalResponseNorm(3)])
def test_a_norm_of_each_place_sees_as_much_as_the_layer_before(norm):
    layers = summarise(nn.Sequential(nn.Conv2d(3, 4, 3), norm).eval(), (3, 15, 18)).layers
    assert [layer.receptive_field for layer in layers] == [(3, 3), (3, 3)]


@pytest.mark.parametrize("norm", [nn.GroupNorm(2, 4), nn.InstanceNorm2d(4, affine=True)])
def test_a_norm_over_the_map_sees_all_of_the_picture(norm):
    layers = summarise(nn.Sequential(nn.Conv2d(3, 4, 3), norm, nn.Conv2d(4, 2, 3)).eval(), (3, 15, 18)).layers
    assert [layer.receptive_field for layer in layers] == [(3, 3), (15, 18), (15, 18)]


@pytest.mark.parametrize(
    "run",
    [
        lambda net, x: net.conv(x * torch.ones(x.shape)),
        lambda net, x: net.conv(x) * float(x.mean() + 1),
        lambda net, x: net.conv(x) if x.sum() >= 0 else net.conv(-x),
        lambda net, x: torch.from_numpy(net.conv(x).detach().numpy() * 2),
        lambda net, x: net.conv(x) * net.plain[0] * net.plain[1]["a"],
    ],
)
def test_networks_that_look_at_numbers_are_summed_up(run):
    model = Net(run, conv=nn.Conv2d(3, 4, 3))
    model.plain = [torch.rand(4, 1, 1), {"a": torch.rand(4, 1, 1)}]
    summary = summarise(model.eval(), (3, 15, 18))
    assert summary.layers[-1].shape == (4, 13, 16)
    assert summary.mult_adds == 108 * 13 * 16
