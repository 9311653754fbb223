"""What every receipt is held against, the way down from a logit, and networks written down in one line."""

import pytest
import torch
from torch import nn

from explorer.activations.receptive_field import Box
from explorer.activations.tracer import Trace, record_trace
from explorer.receipts.opening import open_traced
from explorer.receipts.record import Receipt


def openable(trace: Trace) -> list:
    return [node for node in trace.nodes if len(node.shape) <= 4]


def checked(trace: Trace, node, unit) -> Receipt:
    """A receipt, held against the recorded tensor and against its own sum."""
    receipt = open_traced(trace, node.key, *unit)
    recorded = trace.output_of(node)[(0, *unit)[: len(node.shape)]]
    assert receipt.value == float(recorded), node.key
    assert receipt.covered, (node.key, receipt.note)
    total = receipt.bias + sum(term.amount for term in receipt.terms)
    allowed = 2e-6 * (abs(receipt.bias) + sum(abs(term.amount) for term in receipt.terms))
    assert receipt.recomputed == pytest.approx(total, abs=1e-12 * (1 + abs(total)))
    assert abs(total - receipt.value) <= allowed, (node.key, node.operation, total, receipt.value)
    for term in receipt.terms[:3]:
        trace.node(term.layer)  # exists, and so can be opened
    return receipt


def path_to_the_picture(trace: Trace, class_index: int) -> list[str]:
    key, unit, path = trace.output, (class_index, 0, 0), []
    while True:
        path.append(key)
        receipt = open_traced(trace, key, *unit)
        if not receipt.terms:
            return path
        term = receipt.terms[0]
        key, unit = term.layer, (term.channel, term.y, term.x)


class Net(nn.Module):
    """A network whose forward is a function of itself and the picture."""

    def __init__(self, run, **modules: nn.Module) -> None:
        super().__init__()
        self.run = run
        for name, module in modules.items():
            self.add_module(name, module)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.run(self, x)


def traced(run, height: int = 9, width: int = 11, **modules: nn.Module) -> tuple[Net, torch.Tensor, Trace]:
    torch.manual_seed(0)
    model = Net(run, **{"conv": nn.Conv2d(3, 4, 3), **modules}).eval()
    batch = torch.randn(1, 3, height, width)
    return model, batch, record_trace(model, batch)


def is_tight(box: Box, gradient: torch.Tensor, unit: tuple[int, ...]) -> list[bool]:
    """Fail unless a unit's field is exact and holds every pixel with a gradient; whether it holds no more.

    Nothing where no pixel has one: a constant won.
    """
    assert box.exact
    seen = gradient[0].abs().sum(dim=0).nonzero()
    if not len(seen):
        return []
    (top, left), (bottom, right) = seen.amin(dim=0).tolist(), (seen.amax(dim=0) + 1).tolist()
    assert box.top <= top, unit
    assert box.left <= left, unit
    assert bottom <= box.bottom, unit
    assert right <= box.right, unit
    return [(top, left, bottom, right) == (box.top, box.left, box.bottom, box.right)]
