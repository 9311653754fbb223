"""The way back through operations that only move numbers: which number went where."""

from math import prod

import numpy as np
import torch

from explorer.activations.nodes import Node, Ref, Trace, mapped, marked
from explorer.activations.operations.registry import operation_called
from explorer.activations.units import Index, counted, is_plain

Place = tuple[Node, Index]


class WayBack:
    """Finds, for places in the output of operations that only move numbers, where the numbers came from."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._maps: dict[int, np.ndarray] = {}

    def step(self, node: Node, index: Index) -> Place | None:
        """One operation back; None where the number is a constant (padding) and not one of the inputs' numbers."""
        came_from = operation_called(node.operation).came_from
        if came_from is not None and len(node.inputs) == 1:
            source = self._trace.nodes[node.inputs[0]]
            return source, came_from(node, source, index)
        table = self._maps.get(node.index)
        if table is None:
            table = self._maps[node.index] = _table(self._trace, node)
        number = int(table[index])
        for one in node.inputs:
            source = self._trace.nodes[one]
            size = prod(source.shape)
            if 0 <= number < size:
                return source, counted(number, source.shape)
            number -= size
        return None

    def visible(self, node: Node, index: Index) -> Place | None:
        """Back until an operation that a visitor can open: not a mere permutation inside a leaf module.

        Where a move has given the numbers an odd shape (the split channels of a shuffle), it goes on to what was moved.
        """
        while node.moves and (not is_plain(node.shape) or (node.leaf and not node.labelled)):
            place = self.step(node, index)
            if place is None:
                return None
            node, index = place
        return node, index


def _table(trace: Trace, node: Node) -> np.ndarray:
    """For every place of the output, the number of the place that it came from; negative for constants.

    The operation itself tells: it is run on tensors that hold the numbers of their own places, counted from 1, as what
    an operation puts in by itself is 0. The second input's numbers go on where the first's end. float64 counts exactly
    to 2^53, and every operation takes it.
    """
    numbered: dict[int, torch.Tensor] = {}
    start = 1
    for one in node.inputs:
        shape = trace.nodes[one].shape
        size = prod(shape)
        numbered[one] = torch.arange(start, start + size, dtype=torch.float64).view(shape)
        start += size

    def fill(value: object) -> object:
        return numbered[value.index] if isinstance(value, Ref) else value

    args, kwargs = mapped(marked(node, -1.0, torch.float64), fill)
    record = operation_called(node.operation)
    if record.puts_in:
        kwargs = record.named(args, kwargs)
        if kwargs.get("mode", "constant") == "constant":
            kwargs[record.puts_in] = -1.0
        args = ()
    result = node.function(*args, **kwargs) if node.function else args[0]
    table: np.ndarray = (result if node.part is None else result[node.part]).numpy()
    return table - 1
