"""What every receipt is held against, and the way down from a logit."""

import pytest

from explorer.graph import Trace
from explorer.receipts import Receipt, open_traced


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
