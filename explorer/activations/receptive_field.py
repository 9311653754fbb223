"""Where a unit looks: the box of the picture that it can see, through every branch of a real network.

`ReceptiveFields(trace)` goes once through a recorded forward and keeps, for every operation, from which to which row
and column of the picture each unit is fed. Intervals are carried forward with one rule an operation: a convolution or
pooling takes the union over its window, an addition or concatenation that of its branches, a mean or a linear layer
that of everything. What only moves numbers is run on the intervals themselves. So a squeeze-and-excitation gate
rightly lets every unit see the whole picture, and adaptive pooling needs no formula of its own.

The closed formula for a plain stack of layers lives in explorer.arithmetic; here is what a network with branches,
borders and gates really does. Rows and columns are those of the batch that the network got.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from explorer.activations.layouts import Layout
from explorer.activations.nodes import Node, Trace, references
from explorer.activations.operations.call import Call, NotCoveredError
from explorer.activations.operations.intervals import PLANES, Step, compact, moved, unknown
from explorer.activations.operations.registry import arguments, call_of, operation_called
from explorer.activations.units import to_index


@dataclass(frozen=True, slots=True)
class Box:
    """Rows top to bottom and columns left to right of the batch, the ends not included, as in a slice.

    A unit that looks at nothing but padding has an empty box.
    """

    top: int
    left: int
    bottom: int
    right: int
    clipped: tuple[str, ...]  # the sides on which the window reaches over the picture's edge
    exact: bool = True  # False below an operation without a rule, which is taken to read everything


@dataclass(frozen=True, slots=True, eq=False)
class FieldTable:
    """Boxes of all units of a layer for a browser to look up: of a unit, `rows` and `columns` make the box.

    Of a channel it is the table `of[channel]` of each; a table has one row, or one column, where all would be alike.
    An entry is the first pixel, the one past the last, and whether the window reaches over either edge (0 or 1).
    """

    of: np.ndarray  # int (C,)
    rows: np.ndarray  # int (tables, H or 1, W or 1, 4): top, bottom, over the top, over the bottom
    columns: np.ndarray  # int (tables, H or 1, W or 1, 4)


class ReceptiveFields:
    """The fields of all units of one recorded forward."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._rows: list[torch.Tensor] = []
        self._columns: list[torch.Tensor] = []
        self._exact: list[bool] = []
        height, width = trace.nodes[0].shape[-2:]
        self._size = (height, width)
        for node in trace.nodes:
            sides = ((self._rows, -2, height), (self._columns, -1, width))
            try:
                fields, exact = [carried(trace, node, *side) for side in sides], True
            except Exception:  # noqa: BLE001 -- one odd operation must not keep all others from being opened
                fields, exact = [unknown(node, known, size) for known, _axis, size in sides], False
            self._rows.append(fields[0])
            self._columns.append(fields[1])
            self._exact.append(exact and all(self._exact[one] for one in node.inputs))

    def box(self, layer: str, channel: int, y: int = 0, x: int = 0) -> Box:
        """The box that one unit can see; a unit's place is given as for `explorer.receipts.open_traced`.

        Raises:
            ModelError: an unknown layer, or one that has no such unit.
        """
        node = self._trace.node(layer)
        index = to_index(node, channel, y, x)
        (top, bottom), over_rows = _ends(_at(self._rows[node.index], index)[:, None], self._size[0])
        (left, right), over_columns = _ends(_at(self._columns[node.index], index)[:, None], self._size[1])
        sides = zip(("top", "bottom", "left", "right"), [*over_rows[0], *over_columns[0]], strict=True)
        clipped = tuple(name for name, over in sides if over)
        if bottom[0] <= top[0] or right[0] <= left[0]:
            return Box(0, 0, 0, 0, clipped, self._exact[node.index])
        return Box(int(top[0]), int(left[0]), int(bottom[0]), int(right[0]), clipped, self._exact[node.index])

    def table(self, layer: str, layout: Layout | None = None) -> FieldTable:
        """The boxes of all units of a layer.

        Args:
            layout: the maps that its output is shown as; None for its dimensions as they come.

        Raises:
            ModelError: an unknown layer.
        """
        node = self._trace.node(layer)
        layout = layout or Layout.as_it_comes(node.shape)
        axes = ((self._rows, self._size[0]), (self._columns, self._size[1]))
        rows, columns = (_unit_ends(_arranged(known[node.index], layout), size) for known, size in axes)
        channels = layout.sides[0] if max(len(rows), len(columns)) > 1 else 1
        rows, columns = (np.broadcast_to(ends, (channels, *ends.shape[1:])) for ends in (rows, columns))
        both = np.concatenate([ends.reshape(channels, -1) for ends in (rows, columns)], axis=1)
        _, first, of = np.unique(both, axis=0, return_index=True, return_inverse=True)
        return FieldTable(np.broadcast_to(of.reshape(-1), layout.sides[:1]), rows[first], columns[first])


def receptive_field(trace: Trace, layer: str, channel: int, y: int = 0, x: int = 0) -> Box:
    """The box of one unit. To ask for many, keep `ReceptiveFields(trace)`."""
    return ReceptiveFields(trace).box(layer, channel, y, x)


def carried(trace: Trace, node: Node, known: list[torch.Tensor], axis: int, size: int) -> torch.Tensor:
    """The intervals of one operation (4, ...), of which every dimension is as long as its output's or 1.

    Args:
        known: those of the operations before it, by their place in the trace.
        axis: of the picture: -2 for rows, -1 for columns.
        size: of the picture along it.

    Raises:
        NotCoveredError: there is no rule for it, or more is computed from the picture than the rule looks at.
        Exception: its rule does not fit.
    """
    if node.index == 0:
        return _picture(node.shape, axis)
    intervals = _by_rule(trace, node, known, axis, size)
    if any(given not in {1, full} for given, full in zip(intervals.shape, (PLANES, *node.shape), strict=True)):
        raise NotCoveredError(f"its rule gives {tuple(intervals.shape[1:])} instead of {node.shape}")
    return compact(intervals)


def _by_rule(trace: Trace, node: Node, known: list[torch.Tensor], axis: int, size: int) -> torch.Tensor:
    record = operation_called(node.operation)
    if node.moves:
        step = Step(Call(trace, node, arguments(node)), known, axis, size)
        return (record.field or moved)(step)
    if record.field is None:
        raise NotCoveredError("there is no rule for it")
    call = call_of(trace, node)
    if references({name: value for name, value in call.named.items() if name not in record.reads}):
        raise NotCoveredError("its settings are computed from the picture")
    return record.field(Step(call, known, axis, size))


def _picture(shape: Sequence[int], axis: int) -> torch.Tensor:
    """Every pixel sees itself."""
    place = torch.arange(shape[axis], dtype=torch.float32)
    view = [1] * len(shape)
    view[axis] = shape[axis]
    return torch.stack([-place, place, -place, place]).view(PLANES, *view)


def _at(intervals: torch.Tensor, index: Sequence[int]) -> torch.Tensor:
    """The four numbers of one unit; dimensions of size 1 hold for all places."""
    found = intervals
    for place in index:
        found = found[:, 0 if found.shape[1] == 1 else place]
    return found


def _arranged(intervals: torch.Tensor, layout: Layout) -> torch.Tensor:
    """A layer's intervals as those of its maps: (planes, C or 1, H or 1, W or 1)."""
    if intervals.numel() == PLANES:
        return intervals.reshape(PLANES, 1, 1, 1)
    if layout.is_plain:
        return intervals[:, 0].reshape(PLANES, *(*intervals.shape[2:], 1, 1)[:3])
    whole = intervals.expand(PLANES, *layout.shape)
    return compact(torch.stack([layout.arranged(plane) for plane in whole]))


def _unit_ends(planes: torch.Tensor, size: int) -> np.ndarray:
    """The entries of a table, int (C or 1, H or 1, W or 1, 4), of intervals along one axis, (4, C, H, W) or 1."""
    (first, last), over = _ends(planes.reshape(PLANES, -1), size)
    entries = np.concatenate([np.stack([first, last], axis=1), over], axis=1).astype(int)
    return entries.reshape(*planes.shape[1:], 4)


def _ends(planes: torch.Tensor, size: int) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray]:
    """First and one-past-last pixel for each column of (4, n), and whether each end lies over the edge."""
    first, last, reach_first, reach_last = planes.double().numpy()
    empty = np.isneginf(first)
    first, last = np.where(empty, 0, -first), np.where(empty, -1, last)
    over = np.stack([-reach_first < 0, reach_last >= size], axis=1)
    return (first.astype(int), last.astype(int) + 1), over
