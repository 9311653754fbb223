"""Which outputs need not be kept: those that are there again, to the last bit, when they are computed once more.

Of a ReLU and its like that is so at all times. Two of three activations of a usual network are a batch norm's and an
activation function's after a convolution's: that these come out the same is not believed but tried, on each one, when
it is recorded. Used by the tracer.
"""

from collections.abc import Sequence

import torch

from explorer.activations.nodes import Node, output_of
from explorer.activations.operations.record import Again
from explorer.activations.operations.registry import arguments, operation_called

MOST_PASSES = 4  # over what is kept, until one output is there again: a click waits for it


class Sparing:
    """Tells the tracer what to leave out.

    Args:
        tries: leave out what gives the same bits this time too, and not alone what does so at all times.
    """

    def __init__(self, *, tries: bool) -> None:
        self._tries = tries
        self._passes: dict[int, int] = {}  # by node

    def keeps(self, nodes: Sequence[Node], node: Node, output: torch.Tensor) -> bool:
        """Whether a node must keep its output: all but those that give the very same bits once more.

        Args:
            nodes: those before it.
        """
        again = "never" if node.moves else _again(node)
        if not self._tries:
            return not node.moves and again != "same"
        passes = sum(self._passes.get(one, 0) for one in node.inputs)
        spared = again != "never" and passes < MOST_PASSES and _same_bits(output_of(nodes, node), output)
        self._passes[node.index] = passes if node.moves else passes + 1 if spared else 0
        return not (node.moves or spared)


def _again(node: Node) -> Again:
    again = operation_called(node.operation).again
    return again(arguments(node)) if callable(again) else again


def _same_bits(one: torch.Tensor, other: torch.Tensor) -> bool:
    if one.dtype != torch.float32 or other.dtype != torch.float32 or one.shape != other.shape:
        return False
    return torch.equal(one.view(torch.int32), other.view(torch.int32))
