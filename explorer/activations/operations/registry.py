"""Every operation that is known here, by torch's name."""

import functools
from collections.abc import Mapping
from typing import Any

from explorer.activations.nodes import Node, Trace
from explorer.activations.operations import (
    activation_functions,
    arithmetic,
    attention,
    choosing,
    constants,
    convolution,
    moves,
    normalisation,
    pooling,
    products,
    reductions,
    resizing,
    softmax,
)
from explorer.activations.operations.call import Call
from explorer.activations.operations.record import Operation

_KINDS = (
    activation_functions, arithmetic, attention, choosing, constants, convolution, moves, normalisation, pooling,
    products, reductions, resizing, softmax,
)  # fmt: skip
OPERATIONS: Mapping[str, Operation] = {one.name: one for kind in _KINDS for one in kind.OPERATIONS}
ALIASES: Mapping[str, str] = {name: one.name for one in OPERATIONS.values() for name in one.also}


@functools.cache
def operation_called(name: str) -> Operation:
    """The record of the operation with torch's name; for one that is not known here, a record without rules."""
    return OPERATIONS.get(name) or Operation(name=name)


def arguments(node: Node) -> dict[str, Any]:
    """The arguments of a recorded call by name; those left out are left out, and none is refused."""
    return operation_called(node.operation).named(node.args, node.kwargs)


def call_of(trace: Trace, node: Node) -> Call:
    """A recorded call, for a rule.

    Raises:
        NotCoveredError: it has an argument that the operation is not known to take.
    """
    return Call(trace, node, operation_called(node.operation).known(node.args, node.kwargs))
