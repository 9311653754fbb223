"""Multiply-adds of networks that do their arithmetic in unusual places, against torch's own counter."""

import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

from explorer.summary.layers import NetworkSummary, summarise


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
