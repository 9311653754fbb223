"""What a sparing recording leaves out comes back bit by bit, and reading it changes nothing of what it kept."""

import math

import pytest
import torch
from torch import nn
from torch.nn import functional

from explorer.activations.sparing import MOST_PASSES
from explorer.activations.tracer import record_trace
from explorer.remembering import MOST, remember, remembered, remembering


class Odd(nn.Module):
    """Shortcuts, writing in place, a gate, a shared layer, whole numbers on the way, and noise."""

    def __init__(self, channels: int = 5) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, channels, 3, padding=1)
        self.norms = nn.ModuleList([nn.BatchNorm2d(channels) for _ in range(6)])
        self.gate = nn.Conv2d(channels, channels, 1)
        self.act = nn.ReLU(inplace=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.act(self.norms[0](self.stem(x)))
        for norm in self.norms[1:]:
            x = x + functional.silu(norm(x))  # longer than one may go back
        x += 1
        x = x.mul_(torch.sigmoid(self.gate(x)))
        x = x + (x > 0).float().add_(2)
        x = functional.dropout(functional.relu6(x), 0.5, training=True)
        return functional.batch_norm(x, None, None, training=True).mean((2, 3))


@pytest.fixture
def odd() -> nn.Module:
    torch.manual_seed(0)
    model = Odd().eval()
    for norm in model.norms:
        norm.running_mean.normal_()
        norm.running_var.uniform_(0.5, 2)
    return model


def recorded(model: nn.Module, batch: torch.Tensor, *, sparing: bool):
    torch.manual_seed(1)
    return record_trace(model, batch, sparing=sparing)


def test_every_output_is_the_same_to_the_last_bit_however_often_it_is_read(odd):
    batch = torch.randn(1, 3, 17, 11)
    recorded(odd, batch, sparing=True)  # the first forward of a network is watched, and so there are two
    whole, spared = (recorded(odd, batch, sparing=sparing) for sparing in (False, True))
    assert [node.key for node in whole.nodes] == [node.key for node in spared.nodes]
    assert [node.moves for node in whole.nodes] == [node.moves for node in spared.nodes]
    left_out = [node for node in spared.nodes if node.again]
    assert len(left_out) > 8
    for _ in range(2):
        with remembering():
            for ours, right in zip(spared.nodes, whole.nodes, strict=True):
                found, kept = spared.output_of(ours), whole.output_of(right)
                assert found.dtype == kept.dtype
                assert torch.equal(found, kept), ours.key
    assert "dropout" not in {node.operation for node in left_out}
    last = [node for node in spared.nodes if node.operation == "batch_norm"][-1]
    assert last.kept is not None  # it counts the picture, so that once more is not the same


def test_no_output_is_far_from_what_is_kept(odd):
    nodes = recorded(odd, torch.randn(1, 3, 9, 8), sparing=True).nodes

    def passes(index: int) -> int:
        before = sum(map(passes, nodes[index].inputs))
        return 0 if nodes[index].kept is not None else before + nodes[index].again

    assert max(map(passes, range(len(nodes)))) == MOST_PASSES


def test_statistics_are_left_as_they_were_where_they_are_counted_in_evaluation_too():
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4, track_running_stats=False), nn.ReLU()).eval()
    batch = torch.randn(1, 3, 8, 7)
    right = model(batch)
    assert torch.equal(record_trace(model, batch, sparing=True).tensor("2"), right)


def test_a_usual_network_takes_less_than_half_the_memory():
    layers = [[nn.Conv2d(16, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU()] for _ in range(8)]
    model = nn.Sequential(nn.Conv2d(3, 16, 1), *(layer for three in layers for layer in three)).eval()
    batch = torch.randn(1, 3, 60, 50)
    spared = record_trace(model, batch, sparing=True)
    outputs = sum(4 * math.prod(node.shape) for node in spared.nodes)
    assert spared.size_bytes < 0.5 * outputs


def test_a_few_outputs_are_remembered_while_a_request_is_answered():
    assert remembered("before") is None
    remember("before", 1)
    with remembering():
        assert remembered("before") is None
        for number in range(MOST + 2):
            remember(number, str(number))
        assert [remembered(number) for number in (0, 1, 2, MOST + 1)] == [None, None, "2", str(MOST + 1)]
    assert remembered(MOST + 1) is None
