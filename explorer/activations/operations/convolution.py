"""Convolutions, plain and transposed, along one axis, two or three."""

from math import prod

import numpy as np
import torch

from explorer.activations.operations import windowed
from explorer.activations.operations.call import Call, NotCoveredError, Shares
from explorer.activations.operations.intervals import PLANES, Step, nothing, union_of
from explorer.activations.operations.record import Operation, bends_with_two
from explorer.activations.operations.windows import NOWHERE, Look, all_cells, for_each
from explorer.activations.units import Index
from explorer.arithmetic.fields import Window
from explorer.arithmetic.sizes import same_padding

PLAIN = ("input", "weight", "bias", "stride", "padding", "dilation", "groups")
_READS = ("input", "weight", "bias")
TRANSPOSED = ("input", "weight", "bias", "stride", "padding", "output_padding", "groups", "dilation")


def windows(call: Call) -> tuple[Window, ...]:
    """How the kernel walks along each axis; of a transposed one, how it is stamped."""
    kernel = call.shape_of("weight")[2:]
    axes = len(kernel)
    dilation, padding = for_each(call.get("dilation", 1), axes), call.get("padding", 0)
    if padding == "same":
        before = tuple(same_padding(*one)[0] for one in zip(kernel, dilation, strict=True))
    else:
        before = for_each(0 if padding == "valid" else padding, axes)
    stride = for_each(call.get("stride") or 1, axes)
    return tuple(Window(*one) for one in zip(kernel, stride, before, dilation, strict=True))


def _look(call: Call, index: Index) -> Look:
    """The window of one output, and the kernel of its channel."""
    weight, walks = call.weight(), windows(call)
    axes, source = len(walks), call.shape_of()
    channel = index[-1 - axes]
    per_group = weight.shape[1]
    first = channel // (weight.shape[0] // int(call.get("groups", 1))) * per_group
    cells = all_cells("conv", walks, source, call.node.shape)
    window = tuple(axis[place] for axis, place in zip(cells, index[-axes:], strict=True))
    return Look(window, source[-axes:], range(first, first + per_group), weight[channel].double().cpu())


def _transposed_look(call: Call, index: Index) -> Look:
    """The inputs whose stamp reaches one output, and what their stamp has there."""
    weight, walks = call.weight(), windows(call)
    axes, source, groups = len(walks), call.shape_of(), int(call.get("groups", 1))
    channel, per_group = index[-1 - axes], weight.shape[0] // groups
    first = channel // weight.shape[1] * per_group
    kernel = weight[first : first + per_group, channel % weight.shape[1]].double().cpu()
    cells = []
    for axis, (places, place) in enumerate(
        zip(all_cells("transposed", walks, source, call.node.shape), index[-axes:], strict=True), 1
    ):
        taps = np.flatnonzero(places[place] != NOWHERE)[::-1].copy()  # so that the cells go from left to right
        cells.append(places[place][taps])
        kernel = kernel.index_select(axis, torch.from_numpy(taps))
    return Look(tuple(cells), source[-axes:], range(first, first + per_group), kernel)


def _summed(call: Call, index: Index, look: Look, formula: str) -> Shares:
    shares = windowed.summed(call, index, look, formula)
    shares.bias, added = call.bias_share((index[-1 - len(look.cells)],))
    shares.shares += added
    shares.note = shares.note or call.note_of_weight()
    return shares


def _convolution(call: Call, index: Index) -> Shares:
    return _summed(call, index, _look(call, index), "Σ patch × kernel + bias")


def _transposed(call: Call, index: Index) -> Shares:
    look = _transposed_look(call, index)
    shares = _summed(call, index, look, "Σ cell × what its stamp has here + bias")
    nowhere = any(not len(cells) for cells in look.cells)
    shares.note = "No stamp reaches this place: it has the bias alone." if nowhere else shares.note
    return shares


def _field(step: Step) -> torch.Tensor:
    return _with_weights(step, _through_groups(step, windows(step.call), transposed=False), kept=0)


def _transposed_field(step: Step) -> torch.Tensor:
    return _with_weights(step, _through_groups(step, windows(step.call), transposed=True), kept=1)


def _with_weights(step: Step, intervals: torch.Tensor, kept: int) -> torch.Tensor:
    """What is seen by way of weights and bias too, where they are computed from the picture.

    Args:
        kept: the dimension of the weight that goes through the output's channels; with groups all are taken together.
    """
    weight, bias, axes = step.of("weight"), step.of("bias"), len(windows(step.call))
    parts = [intervals]
    if weight is not None:
        together = [at for at in range(1, weight.ndim) if at != 1 + kept or (kept and step.call.get("groups", 1) != 1)]
        parts.append(weight.amax(dim=together).reshape(PLANES, -1, *[1] * axes))
    if bias is not None:
        parts.append(bias.reshape(PLANES, -1, *[1] * axes))
    return union_of(step, parts)


def _through_groups(step: Step, walks: tuple[Window, ...], *, transposed: bool) -> torch.Tensor:
    """Each output channel reads all input channels of its group."""
    intervals, axes, groups = step.of("input"), len(walks), int(step.call.get("groups", 1))
    if intervals is None:
        return nothing(step)
    channels = intervals.ndim - 1 - axes
    if intervals.shape[channels] > 1:
        outputs = step.node.shape[-1 - axes]
        shape = intervals.shape
        by_group = intervals.reshape(*shape[:channels], groups, -1, *shape[channels + 1 :]).amax(dim=channels + 1)
        intervals = by_group.repeat_interleave(outputs // groups, dim=channels)
    if intervals.shape[0] != PLANES or channels < 1:
        raise NotCoveredError("its input has too few dimensions")
    return windowed.field(step, intervals, "transposed" if transposed else "conv", walks)


def _mult_adds(call: Call) -> int:
    """One for each weight and place of the output."""
    weight = call.shape_of("weight")
    return prod(call.node.shape) // weight[0] * prod(weight)


def _transposed_mult_adds(call: Call) -> int:
    """One for each weight and place of the input."""
    weight = call.shape_of("weight")
    return prod(call.shape_of()) // weight[0] * prod(weight)


OPERATIONS = (
    *(
        Operation(
            name=f"conv{axes}d", arguments=PLAIN, reads=_READS, receipt=_convolution, look=_look, field=_field,
            windows=windows, window_kind="conv", bend=bends_with_two(), mult_adds=_mult_adds, by_channel=True,
            window_words="patch × kernel of channel",
        )
        for axes in (1, 2, 3)
    ),
    *(
        Operation(
            name=f"conv_transpose{axes}d", arguments=TRANSPOSED, reads=_READS, receipt=_transposed,
            look=_transposed_look,
            field=_transposed_field, windows=windows, window_kind="transposed", bend=bends_with_two(),
            mult_adds=_transposed_mult_adds, by_channel=True, window_words="what reaches this place from channel",
        )
        for axes in (1, 2, 3)
    ),
)  # fmt: skip
