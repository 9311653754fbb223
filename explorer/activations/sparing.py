"""Which outputs need not be kept: those that one pass over what is kept gives again, to the last bit.

Two of three activations of a usual network are a batch norm's and an activation function's after a convolution's. That
they come out the same is not believed but tried, on each one, when it is recorded. Used by the tracer.
"""

from collections.abc import Sequence

import torch

from explorer.activations.nodes import Node, output_of
from explorer.activations.operations.registry import arguments, operation_called

MOST_PASSES = 4  # over what is kept, until one output is there again: a click waits for it


class Sparing:
    """Tells the tracer what to leave out."""

    def __init__(self) -> None:
        self._passes: dict[int, int] = {}  # by node

    def keeps(self, nodes: Sequence[Node], node: Node, output: torch.Tensor) -> bool:
        """Whether a node must keep its output: all but those that give the very same bits once more.

        Args:
            nodes: those before it.
        """
        passes = sum(self._passes.get(one, 0) for one in node.inputs)
        if node.moves:
            self._passes[node.index] = passes
            return False
        spared = passes < MOST_PASSES and _is_quick(node) and _same_bits(output_of(nodes, node), output)
        self._passes[node.index] = passes + 1 if spared else 0
        return not spared


def _is_quick(node: Node) -> bool:
    quick = operation_called(node.operation).quick
    return quick(arguments(node)) if callable(quick) else quick


def _same_bits(one: torch.Tensor, other: torch.Tensor) -> bool:
    if one.dtype != torch.float32 or other.dtype != torch.float32 or one.shape != other.shape:
        return False
    return torch.equal(one.view(torch.int32), other.view(torch.int32))
