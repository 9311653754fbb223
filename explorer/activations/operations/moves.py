"""Operations that only move numbers, and dropout, which does so where it is off.

They need no receipt rule: the operation itself, run on the numbers of the places, tells where each number came from
(explorer.receipts.moves), and run on intervals it tells what each number sees. `came_from` is a quicker way for the
frequent ones.
"""

import numpy as np
import torch

from explorer.activations.nodes import Node, Ref
from explorer.activations.operations.intervals import (
    NEVER,
    Step,
    looked_through,
    moved,
    same,
)
from explorer.activations.operations.record import LINEAR, Arguments, Operation
from explorer.activations.units import Index, counted


def _same_place(_node: Node, _source: Node, index: Index) -> Index:
    return index


def _same_count(node: Node, source: Node, index: Index) -> Index:
    return counted(int(np.ravel_multi_index(index, node.shape)) if node.shape else 0, source.shape)


def _is_off(named: Arguments) -> bool:
    """Functional dropout is on unless it is told otherwise."""
    return not named.get("training", True)


def _concatenated(step: Step) -> torch.Tensor:
    """Side by side; constants among them see nothing."""
    tensors = step.call.get("tensors", ())
    dimensions = len(step.node.shape)
    dimension = int(step.call.get("dim", 0)) % dimensions + 1
    parts, lengths = [], []
    for one in tensors:
        length = (step.call.shape(one.index) if isinstance(one, Ref) else tuple(one.shape))[dimension - 1]
        empty = torch.full((4, *[1] * dimensions), NEVER)
        parts.append(step.known[one.index] if isinstance(one, Ref) else empty)
        lengths.append(length)
    sizes = [max(part.shape[at] for part in parts) for at in range(dimensions + 1)]
    full = []
    for part, length in zip(parts, lengths, strict=True):
        sizes[dimension] = length
        full.append(part.expand(sizes))
    return torch.cat(full, dim=dimension)


def order_of(node: Node) -> tuple[int, ...]:
    """Where each dimension of a permutation's output comes from, counted from 0."""
    given = node.args[1:] or (node.kwargs["dims"],)
    order = given[0] if len(given) == 1 and not isinstance(given[0], int) else given
    return tuple(one % len(order) for one in order)


def _permuted(step: Step) -> torch.Tensor:
    return step.source.permute(0, *(one + 1 for one in order_of(step.node)))


def _padded(step: Step) -> torch.Tensor:
    """Constant padding sees nothing and lies beyond the edge; reflected and repeated cells are where they came from."""
    if step.call.get("mode", "constant") != "constant":
        return moved(step)
    intervals, amounts = step.source, [int(one) for one in step.call.get("pad")]
    source = step.source_shape
    for number, (before, after) in enumerate(zip(amounts[::2], amounts[1::2], strict=True)):
        axis = -1 - number
        if number > 1 and (before or after):  # channels that are put in see nothing, whatever the others see
            sizes = list(intervals.shape)
            sizes[axis] = source[axis]
            intervals = intervals.expand(sizes)
        cells = np.arange(-before, source[axis] + after)[:, None]
        intervals = looked_through(step, intervals, axis, cells)
    return intervals


_IN_PLACE = frozenset(["clone", "detach", "contiguous", "identity"])
_RESHAPED = frozenset(["flatten", "view", "reshape", "unflatten", "squeeze", "unsqueeze", "ravel"])
_OTHERS = """
    stack transpose t T mT movedim repeat tile roll flip getitem chunk split unbind narrow select expand expand_as
    view_as reshape_as broadcast_to channel_shuffle native_channel_shuffle pixel_shuffle pixel_unshuffle index_select
    gather take_along_dim repeat_interleave rot90 fliplr flipud diagonal tril triu hstack vstack dstack column_stack
    tensor_split unfold hsplit vsplit dsplit unsafe_chunk unsafe_split as_strided H adjoint
    """.split()  # noqa: SIM905 -- forty-odd quoted words read worse
_ALSO = {"transpose": ("swapdims", "swapaxes"), "movedim": ("moveaxis",)}
_SIZED = frozenset(["expand_as", "view_as", "reshape_as"])

OPERATIONS = (
    *(
        Operation(
            name=name, moves=True, came_from=_same_place, field=same, bend=LINEAR,
            may_do_nothing=name in {"contiguous", "detach"},
        )
        for name in sorted(_IN_PLACE)
    ),
    *(Operation(name=name, moves=True, came_from=_same_count, bend=LINEAR) for name in sorted(_RESHAPED)),
    *(
        Operation(
            name=name, also=_ALSO.get(name, ()), moves=True, bend=LINEAR, sized_as=name in _SIZED,
        )
        for name in _OTHERS
    ),
    Operation(
        name="cat", also=("concat", "concatenate"), arguments=("tensors", "dim"), reads=("tensors",), moves=True,
        field=_concatenated, bend=LINEAR,
    ),
    Operation(
        name="pad", arguments=("input", "pad", "mode", "value"), moves=True, puts_in="value", field=_padded,
        bend=LINEAR,
    ),
    Operation(name="permute", moves=True, field=_permuted, bend=LINEAR),
    *(
        Operation(
            name=name, arguments=("input", "p", "training", "inplace"), moves=_is_off, came_from=_same_place,
            field=same, bend=LINEAR,
        )
        for name in (
            "dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout",
        )
    ),
)  # fmt: skip
