"""Multiply-adds of networks that do their arithmetic in unusual places, against torch's own counter."""

import pytest
import torch
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
