"""Receptive fields through a recorded network, branch by branch.

Where branches join, a field spans all of them: an upper bound. A factor that is one number for the whole picture (as
squeeze-and-excitation has) brings the whole picture in, and does not move with the unit.
"""

from fractions import Fraction
from functools import reduce

import torch

from explorer.activations.nodes import Node, Trace
from explorer.activations.operations.call import NotCoveredError
from explorer.activations.operations.intervals import NEVER, PLANES, same, union
from explorer.activations.operations.moves import order_of
from explorer.activations.operations.registry import call_of, operation_called
from explorer.activations.receptive_field import carried
from explorer.arithmetic.fields import Field, FieldPair, Window

_TO_LAST, _TO_FIRST = (0, 2, 3, 1), (0, 3, 1, 2)  # permutations between (N, C, H, W) and (N, H, W, C)


def all_fields(trace: Trace) -> list[FieldPair]:
    """The receptive field of a unit of every node, in their order."""
    fields: list[FieldPair] = []
    places: list[tuple[int, int]] = []  # which axes of each node's output are height and width
    for node in trace.nodes:
        places.append(_places(node, places))
        if not node.inputs:
            fields.append((Field(), Field()))
            continue
        reached = [_through(trace, node, index, fields[index], places) for index in node.inputs]
        fields.append(reduce(lambda one, other: (one[0].joined(other[0]), one[1].joined(other[1])), reached))
    return fields


def _places(node: Node, places: list[tuple[int, int]]) -> tuple[int, int]:
    if node.operation == "permute" and order_of(node) in {_TO_LAST, _TO_FIRST}:
        return (1, 2) if order_of(node) == _TO_LAST else (2, 3)
    return places[node.inputs[0]] if node.inputs else (2, 3)


def _through(trace: Trace, node: Node, index: int, fields: FieldPair, places: list[tuple[int, int]]) -> FieldPair:
    """What a unit of `node` sees through its input `index`."""
    before = _sides(trace.nodes[index].shape, places[index])
    after = _sides(node.shape, places[node.index])
    if before is None:
        return fields
    if after is None:
        return _whole(fields, before)
    windows = _windows(trace, node)
    if len(windows) == 2:
        transposed = operation_called(node.operation).window_kind == "transposed"
        moved = [
            (field.through_transposed if transposed else field.through)(*window)
            for field, window in zip(fields, windows, strict=True)
        ]
        return moved[0], moved[1]
    if before == after and _keeps_places(trace, node, index, (places[index], places[node.index]), before):
        return fields
    if (cut := _cut(node)) is not None:
        return fields[0].through(1, padding=-cut[0]), fields[1].through(1, padding=-cut[1])
    if operation_called(node.operation).window_kind == "adaptive":
        return fields[0].through_adaptive(before[0], after[0]), fields[1].through_adaptive(before[1], after[1])
    return _whole(fields, before)  # a mean, a resize, a broadcast: at the most, all of it


def _keeps_places(
    trace: Trace, node: Node, index: int, places: tuple[tuple[int, int], tuple[int, int]], sides: tuple[int, int]
) -> bool:
    """Whether each number of an output, as high and wide as input `index`, is made of what stands there in its place.

    It is asked of the operation's own rule of receptive fields; one without a rule is taken to see everything.
    """
    rule = operation_called(node.operation).field
    if rule is same or rule is union:
        return True
    for axis, side, before, after in zip((-2, -1), sides, *places, strict=True):
        own = torch.arange(side, dtype=torch.float32)
        planes = torch.stack([-own, own, -own, own])
        known = [torch.full((PLANES, *[1] * len(one.shape)), NEVER) for one in trace.nodes[: max(node.inputs) + 1]]
        known[index] = _along_one(planes, before, len(trace.nodes[index].shape))
        try:
            seen = carried(trace, node, known, axis, side)
        except Exception:  # noqa: BLE001 -- whatever a rule does not take: it is safe to say that all is seen
            return False
        own_place = seen == _along_one(planes, after, len(node.shape))
        if not bool((own_place | seen.isneginf()).all()):  # nothing of this input is in another's part of a cat
            return False
    return True


def _along_one(planes: torch.Tensor, axis: int, count: int) -> torch.Tensor:
    """Intervals (4, ...) that change along one of `count` axes alone; of five, the last two are the sides."""
    shape = [1] * count
    shape[axis - 4 if count == 5 else axis] = planes.shape[1]
    return planes.view(PLANES, *shape)


def _windows(trace: Trace, node: Node) -> tuple[Window, ...]:
    """How an operation's window walks along each of its axes; nothing for one that looks through none."""
    rule = operation_called(node.operation).windows
    try:
        return () if rule is None else rule(call_of(trace, node))
    except NotCoveredError:
        return ()


def _cut(node: Node) -> tuple[int, int] | None:
    """Rows and columns that an operation puts before the first (negative), or takes away there; None of any other."""
    if node.operation == "pad":
        amounts = node.kwargs.get("pad", node.args[1] if len(node.args) > 1 else ())
        pairs = [*amounts, 0, 0, 0, 0]
        return (-pairs[2], -pairs[0]) if all(isinstance(one, int) for one in amounts) else None
    if node.operation == "getitem" and isinstance(node.args[1], tuple):
        slices = list(node.args[1])
        if Ellipsis in slices:
            at = slices.index(Ellipsis)
            slices[at : at + 1] = [slice(None)] * (4 - len(slices) + 1)
        if len(slices) <= 4 and all(isinstance(one, slice) and one.step in {None, 1} for one in slices):
            rows, columns = [*slices, *[slice(None)] * (4 - len(slices))][2:]
            starts = (rows.start or 0, columns.start or 0)
            return starts if min(starts) >= 0 else None
    return None


def _sides(shape: tuple[int, ...], places: tuple[int, int]) -> tuple[int, int] | None:
    """Height and width of an output; None where it has none."""
    if len(shape) == 4:
        return shape[places[0]], shape[places[1]]
    # Five axes: channels split in two on the way through a shuffle, (N, groups, C / groups, H, W).
    return (shape[-2], shape[-1]) if len(shape) == 5 and places == (2, 3) else None


def _whole(fields: FieldPair, sides: tuple[int, int]) -> FieldPair:
    """All that the units of an input see together; it does not move from unit to unit."""
    whole = [field.through_adaptive(side, 1) for field, side in zip(fields, sides, strict=True)]
    return Field(whole[0].size, Fraction(0), whole[0].start), Field(whole[1].size, Fraction(0), whole[1].start)
