"""Which rows and columns of an operation's output a patch in the picture can change: parts, and how they go on.

Through the windows of convolutions and poolings, beside a padding, and in place through what works number by number.
`explorer.activations.patched` computes them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from explorer.activations.nodes import Node, Ref, Trace
from explorer.activations.operations.call import Call, NotCoveredError
from explorer.activations.operations.intervals import same, union
from explorer.activations.operations.registry import arguments, call_of, operation_called
from explorer.arithmetic.fields import Window

WINDOWED = frozenset(["conv2d", "max_pool2d", "avg_pool2d"])


@dataclass(frozen=True, slots=True)
class Part:
    """Rows and columns of maps, for every patch equally many."""

    top: int
    height: int
    lefts: tuple[int, ...]  # a patch each
    width: int

    def share(self, shape: Sequence[int]) -> float:
        """Of whole maps, (..., H, W)."""
        return self.height * self.width / (shape[-2] * shape[-1])

    def moved(self, down: int, across: int) -> "Part":
        """The same elsewhere."""
        return Part(self.top + down, self.height, tuple(left + across for left in self.lefts), self.width)

    def read_by(self, walks: tuple[Window, Window]) -> "Part":
        """The cells that windows for this part of an output span, padding counted: some may lie beyond the edge."""
        down, across = walks
        lefts = tuple(left * across.stride - across.padding for left in self.lefts)
        return Part(self.top * down.stride - down.padding, span(self.height, down), lefts, span(self.width, across))


def reached(trace: Trace, node: Node, parts: Sequence[Part]) -> Part | None:
    """What of an operation's output changes where its inputs, maps (1, C, H, W), change in these parts; None for all.

    Args:
        parts: one an input.
    """
    if len(node.shape) != 4:
        return None
    if (border := border_of(node)) is not None:
        return parts[0].moved(*border[:2])
    if node.operation in WINDOWED:
        try:
            walks = walks_of(call_of(trace, node))
        except NotCoveredError:
            return None
        return _through(parts[0], walks, node.shape) if walks else None
    return _joined(parts, node.shape) if _is_in_place(trace, node) else None


def border_of(node: Node) -> tuple[int, int, float] | None:
    """The rows above, the columns before, and the number that a padding puts around maps; None for others."""
    if node.operation != "pad" or len(node.inputs) != 1:
        return None
    named = arguments(node)
    sizes, value = named.get("pad"), named.get("value")
    constant = named.get("mode", "constant") == "constant" and not isinstance(value, Ref | torch.Tensor)
    if not constant or not isinstance(sizes, tuple | list) or len(sizes) not in {2, 4} or min(sizes) < 0:
        return None
    return (sizes[2] if len(sizes) == 4 else 0), sizes[0], float(value or 0)


def walks_of(call: Call) -> tuple[Window, Window] | None:
    """How a window walks down and across; None where it would do otherwise on a piece of the maps than on all.

    Raises:
        NotCoveredError: its settings are not known here.
    """
    node = call.node
    record = operation_called(node.operation)
    if node.part is not None or len(node.inputs) != 1 or record.windows is None:
        return None
    down, across = record.windows(call)
    if node.operation == "avg_pool2d":  # what counts in its divisor
        padded = down.padding or across.padding
        axes = zip(node.shape[-2:], call.shape_of()[-2:], (down, across), strict=True)
        hangs_over = any(span(outputs, walk) > size + 2 * walk.padding for outputs, size, walk in axes)
        if hangs_over or (padded and not call.named.get("count_include_pad", True)):
            return None
    return None if call.get("return_indices", False) else (down, across)


def span(count: int, walk: Window) -> int:
    """How many cells, padding counted, so many neighbouring windows span."""
    return (count - 1) * walk.stride + (walk.kernel_size - 1) * walk.dilation + 1


def _is_in_place(trace: Trace, node: Node) -> bool:
    """Whether each number of the output is made of those in its place alone, of one map or of several."""
    sources = [trace.nodes[index].shape for index in node.inputs]
    if any(len(shape) != 4 or shape[-2:] != node.shape[-2:] for shape in sources):
        return False
    named, field = arguments(node), operation_called(node.operation).field
    if node.function is None or node.operation == "prelu":
        return True
    if node.operation == "cat":
        return named.get("dim", 0) in {1, -3} and all(isinstance(one, Ref) for one in named.get("tensors", ()))
    if node.operation == "batch_norm":
        return not named.get("training", False) and named.get("running_mean") is not None
    constants = [one for one in named.values() if isinstance(one, torch.Tensor)]
    flat = all(one.numel() == 1 or one.shape[-2:] == (1, 1) for one in constants)
    return field in {same, union} and flat and node.part is None


def _through(part: Part, walks: tuple[Window, Window], shape: Sequence[int]) -> Part:
    """What of a windowed operation's output reads any of a part of its input."""
    first, last = _touched(part.top, part.height, walks[0], shape[-2])
    return _tidy(first, last, [_touched(left, part.width, walks[1], shape[-1]) for left in part.lefts], shape)


def _touched(start: int, count: int, walk: Window, outputs: int) -> tuple[int, int]:
    """The first and one past the last output whose window spans any of these cells."""
    reach = (walk.kernel_size - 1) * walk.dilation
    first = -(-(start + walk.padding - reach) // walk.stride)
    last = (start + count - 1 + walk.padding) // walk.stride + 1
    return min(max(0, first), outputs - 1), min(max(1, last), outputs)


def _joined(parts: Sequence[Part], shape: Sequence[int]) -> Part:
    """The part that covers all of these."""
    first, last = min(one.top for one in parts), max(one.top + one.height for one in parts)
    columns = zip(*([(left, left + one.width) for left in one.lefts] for one in parts), strict=True)
    return _tidy(first, last, [(min(a for a, _ in ends), max(b for _, b in ends)) for ends in columns], shape)


def _tidy(first: int, last: int, ends: Sequence[tuple[int, int]], shape: Sequence[int]) -> Part:
    """A part with these rows, and of each patch these columns or some more, so that all have equally many."""
    first, last = min(first, last - 1), max(last, first + 1)
    width = max(1, *(end - begin for begin, end in ends))
    return Part(first, last - first, tuple(min(begin, shape[-1] - width) for begin, _ in ends), width)
