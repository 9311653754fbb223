"""How intervals of pixels go through an operation: what the rules of receptive fields are made of.

An interval tensor has a leading dimension of four planes, then the dimensions of the operation's output, where a
dimension along which nothing changes has size 1. Used by explorer.activations.receptive_field, which carries them
through a network; each operation's rule stands in its record.
"""

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from explorer.activations.nodes import Node, Ref, mapped, marked
from explorer.activations.operations.call import Call
from explorer.activations.operations.windows import NOWHERE

# Planes of an interval tensor: minus the first pixel, the last pixel, and the same two with the padding counted in,
# where -1 and `size` stand for anything beyond the edge. All four grow: a union is a maximum.
PLANES = 4
NEVER = -math.inf
_ONLY_MOVE = frozenset(
    ["view", "reshape", "flatten", "permute", "transpose", "contiguous", "unsqueeze", "squeeze", "chunk", "roll"]
)  # what puts in nothing of its own: where all numbers see alike, they do so behind it
_APART = 2.0**20  # larger than any picture's side, and small enough that float32 counts on from it


@dataclass(frozen=True, slots=True)
class Step:
    """One operation whose output's intervals are asked for, along one axis of the picture."""

    call: Call
    known: list[torch.Tensor]
    axis: int  # of the picture: -2 for rows, -1 for columns
    size: int  # of the picture along it

    @property
    def node(self) -> Node:
        """The operation."""
        return self.call.node

    @property
    def source(self) -> torch.Tensor:
        """Intervals of the first input."""
        return self.known[self.node.inputs[0]]

    def of(self, name: str) -> torch.Tensor | None:
        """Intervals of an argument, if it comes from the picture."""
        value = self.call.named.get(name)
        return self.known[value.index] if isinstance(value, Ref) else None

    @property
    def source_shape(self) -> tuple[int, ...]:
        """The shape of the first input."""
        return self.call.shape(self.node.inputs[0])


def compact(intervals: torch.Tensor) -> torch.Tensor:
    """The same intervals, of size 1 along every dimension along which nothing changes."""
    for dimension in range(1, intervals.ndim):
        one = intervals.narrow(dimension, 0, min(1, intervals.shape[dimension]))
        if intervals.shape[dimension] > 1 and torch.equal(intervals, one.expand_as(intervals)):
            intervals = one
    return intervals


def unknown(node: Node, known: list[torch.Tensor], size: int) -> torch.Tensor:
    """The whole picture, and what the inputs know of edges: safe for what is not known."""
    whole = torch.tensor([0.0, size - 1, 0.0, size - 1]).view(PLANES, *[1] * len(node.shape))
    return torch.maximum(whole, _all_of(node, known)) if node.inputs else whole  # no inputs: the way is lost


def same(step: Step) -> torch.Tensor:
    """Each number is made of the one in its place."""
    return step.source


def union(step: Step) -> torch.Tensor:
    """Each number is made of those in its place of all inputs, broadcast against each other."""
    return union_of(step, [step.known[one] for one in step.node.inputs])


def union_of(step: Step, parts: Sequence[torch.Tensor]) -> torch.Tensor:
    """The union of these intervals, broadcast against each other to as many dimensions as the output has."""
    dimensions = len(step.node.shape)
    wide = [part.view(PLANES, *[1] * (dimensions + 1 - part.ndim), *part.shape[1:]) for part in parts]
    return functools.reduce(torch.maximum, wide)


def everything(step: Step) -> torch.Tensor:
    """Each number is made of all of every input."""
    return _all_of(step.node, step.known)


def _all_of(node: Node, known: list[torch.Tensor]) -> torch.Tensor:
    flat = torch.cat([known[one].reshape(PLANES, -1) for one in node.inputs], dim=1)
    whole = flat.amax(dim=1) if flat.numel() else torch.full((PLANES,), NEVER)
    return whole.view(PLANES, *[1] * len(node.shape))


def nothing(step: Step) -> torch.Tensor:
    """The numbers are constants."""
    return torch.full((PLANES, *[1] * len(step.node.shape)), NEVER)


def over(step: Step, dimensions: Sequence[int]) -> torch.Tensor:
    """Each number is made of all those along these dimensions of the first input, which the output keeps."""
    count = len(step.source_shape)
    return step.source.amax(dim=tuple({one % count + 1 for one in dimensions}), keepdim=True)


def looked_through(
    step: Step, intervals: torch.Tensor, axis: int, cells: np.ndarray, *, edges: bool = True
) -> torch.Tensor:
    """The union over each output's window along one axis.

    Where nothing changes along the axis (size 1), it stays so. Only along its own axis can a window reach over the
    picture's edge.

    Args:
        intervals: of the input (planes, ...).
        axis: -1 for the last.
        cells: int (outputs, cells).
        edges: whether the axes are those of the picture, with its edges.
    """
    if edges and axis == step.axis:
        sizes = list(intervals.shape)
        sizes[axis] = step.source_shape[axis]
        return _along(intervals.expand(sizes), axis, cells, step.size)
    return _along(intervals, axis, cells, None) if intervals.shape[axis] > 1 else intervals


def _along(intervals: torch.Tensor, axis: int, cells: np.ndarray, size: int | None) -> torch.Tensor:
    """Union along one axis; cells off the edge mark it as reached if `size` is given."""
    length = intervals.shape[axis]
    shape = [1] * (intervals.ndim - 1)
    nowhere = intervals.new_full((PLANES,), NEVER)
    before = intervals.new_tensor([NEVER, NEVER, NEVER if size is None else 1.0, NEVER])
    after = intervals.new_tensor([NEVER, NEVER, NEVER, NEVER if size is None else size])
    wide = list(intervals.shape)
    wide[axis] = 1
    ends = [one.view(PLANES, *shape).expand(wide) for one in (nowhere, before, after)]
    padded = torch.cat([ends[0], ends[1], intervals, ends[2]], dim=axis)
    places = torch.from_numpy(np.where(cells == NOWHERE, 0, np.clip(cells, -1, length) + 2))
    return torch.stack([padded.index_select(axis, taps) for taps in places.unbind(dim=1)]).amax(dim=0)


def moved(step: Step) -> torch.Tensor:
    """The operation itself, run on each plane: it takes an interval wherever it takes the number.

    It is run on larger numbers than any, so that what it puts in by itself, a 0, is told apart and sees nothing.
    """
    function = step.node.function
    if function is None:
        return step.source
    if step.node.operation in _ONLY_MOVE and len(step.node.inputs) == 1 and step.source.numel() == PLANES:
        return step.source.reshape(PLANES, *[1] * len(step.node.shape))
    planes = []
    for plane in range(PLANES):

        def fill(value: Any, plane: int = plane) -> Any:  # noqa: ANN401 -- an argument
            if isinstance(value, Ref):
                known = step.known[value.index][plane] + _APART
                return known.expand(step.call.shape(value.index)).contiguous()
            return value

        args, kwargs = mapped(marked(step.node, NEVER, torch.float32), fill)
        result = function(*args, **kwargs)
        planes.append(result if step.node.part is None else result[step.node.part])
    found = torch.stack(planes)
    return torch.where(found == 0, NEVER, found - _APART)
