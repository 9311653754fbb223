"""Pooling with a window that walks, and adaptive pooling, along one axis, two or three."""

import numpy as np
import torch

from explorer.activations.operations import windowed
from explorer.activations.operations.call import Call, NotCoveredError, Shares
from explorer.activations.operations.intervals import Step
from explorer.activations.operations.record import LINEAR, Operation
from explorer.activations.operations.windows import Look, all_cells, for_each
from explorer.activations.units import Index
from explorer.arithmetic.fields import Window

_MAX = ("input", "kernel_size", "stride", "padding", "dilation", "ceil_mode", "return_indices")
_AVERAGE = ("input", "kernel_size", "stride", "padding", "ceil_mode", "count_include_pad", "divisor_override")
_BESIDE = "the window on channel"


def windows(call: Call) -> tuple[Window, ...]:
    """How the window walks along each axis."""
    axes = int(call.node.operation[-2])
    kernel = for_each(call.get("kernel_size"), axes)
    stride = for_each(call.get("stride") or kernel, axes)
    padding, dilation = for_each(call.get("padding", 0), axes), for_each(call.get("dilation", 1), axes)
    return tuple(Window(*one) for one in zip(kernel, stride, padding, dilation, strict=True))


def _cells(call: Call, index: Index) -> tuple[np.ndarray, ...]:
    """The cells of one window, cut off where ceil_mode lets it hang over the padding."""
    walks, source = windows(call), call.shape_of()
    found = []
    for axis, walk in enumerate(walks, -len(walks)):
        cells = all_cells("max", walks, source, call.node.shape)[axis][index[axis]]
        found.append(cells[cells < source[axis] + walk.padding])
    return tuple(found)


def _adaptive_windows(call: Call) -> tuple[Window, ...]:
    """A window for each axis, of which only the number counts: the regions follow from the sizes."""
    return (Window(1),) * int(call.node.operation[-2])


def _region(call: Call, index: Index) -> tuple[np.ndarray, ...]:
    walks = _adaptive_windows(call)
    regions = all_cells("adaptive", walks, call.shape_of(), call.node.shape)
    return tuple(np.unique(cells[place]) for cells, place in zip(regions, index[-len(walks) :], strict=True))


def _looking(call: Call, index: Index, cells: tuple[np.ndarray, ...]) -> Look:
    """A window that is still without weights."""
    axes, channel = len(cells), index[-1 - len(cells)]
    kernel = torch.zeros(1, *(len(one) for one in cells), dtype=torch.float64)
    return Look(cells, call.shape_of()[-axes:], range(channel, channel + 1), kernel)


def _averaging(call: Call, index: Index) -> tuple[Look, int]:
    look = _looking(call, index, _cells(call, index))
    real = ~look.padding
    counted = real.size if call.named.get("count_include_pad", True) else int(real.sum())
    divisor = int(call.get("divisor_override") or counted)
    look.kernel[0][torch.from_numpy(real)] = 1.0 / divisor if divisor else 0.0
    return look, divisor


def _average_look(call: Call, index: Index) -> Look:
    return _averaging(call, index)[0]


def _average(call: Call, index: Index) -> Shares:
    """One share a real cell of the window; padding counts in the divisor unless count_include_pad is off."""
    look, divisor = _averaging(call, index)
    return windowed.summed(call, index, look, f"Σ window / {divisor}")


def _adaptive_average_look(call: Call, index: Index) -> Look:
    look = _looking(call, index, _region(call, index))
    look.kernel.fill_(1.0 / look.kernel.numel())
    return look


def _adaptive_average(call: Call, index: Index) -> Shares:
    """One share a cell of the region."""
    look = _adaptive_average_look(call, index)
    return windowed.summed(call, index, look, f"Σ region / {look.kernel.numel()}")


def _winning(call: Call, index: Index, cells: tuple[np.ndarray, ...]) -> Look:
    """The weight of the largest real cell is 1; a cell that is no number is larger than all, as torch has it."""
    look = _looking(call, index, cells)
    values = look.cut(call.output(call.ref())[index[: -1 - len(cells)]][look.channels.start : look.channels.stop])
    if not values.numel():
        raise NotCoveredError("its window lies wholly in the padding")
    largest = values.isnan().double() if values.isnan().any() else values
    won = np.unravel_index(int(largest.argmax()), values.shape[1:])
    look.kernel[(0, *(int(real[place]) for real, place in zip(look.real, won, strict=True)))] = 1.0
    return look


def _maximum_look(call: Call, index: Index) -> Look:
    return _winning(call, index, _cells(call, index))


def _adaptive_maximum_look(call: Call, index: Index) -> Look:
    return _winning(call, index, _region(call, index))


def _won(call: Call, index: Index, look: Look) -> Shares:
    """One share, of the largest real cell of the window."""
    every = windowed.summed(call, index, look, "the largest of the window")
    every.note = f"It won against {len(every.shares) - 1} other cells."
    every.shares = [share for share in every.shares if share.weight == 1.0]
    return every


def _maximum(call: Call, index: Index) -> Shares:
    return _won(call, index, _maximum_look(call, index))


def _adaptive_maximum(call: Call, index: Index) -> Shares:
    return _won(call, index, _adaptive_maximum_look(call, index))


def _field(step: Step) -> torch.Tensor:
    return windowed.field(step, step.source, "max", windows(step.call))


def _adaptive_field(step: Step) -> torch.Tensor:
    return windowed.field(step, step.source, "adaptive", _adaptive_windows(step.call))


def _along(axes: int) -> tuple[Operation, ...]:
    """The records of the four poolings along so many axes."""
    return (
        Operation(
            name=f"max_pool{axes}d", also=(f"max_pool{axes}d_with_indices",), arguments=_MAX, receipt=_maximum,
            look=_maximum_look, field=_field, windows=windows, window_kind="max", bend="max pooling",
            window_words=_BESIDE, pools=True,
        ),
        Operation(
            name=f"avg_pool{axes}d", arguments=_AVERAGE, receipt=_average, look=_average_look, field=_field,
            windows=windows, window_kind="average", bend=LINEAR, window_words=_BESIDE, pools=True,
        ),
        Operation(
            name=f"adaptive_avg_pool{axes}d", arguments=("input", "output_size"), receipt=_adaptive_average,
            look=_adaptive_average_look, field=_adaptive_field, window_kind="adaptive", bend=LINEAR, pools=True,
        ),
        Operation(
            name=f"adaptive_max_pool{axes}d", arguments=("input", "output_size", "return_indices"),
            also=(f"adaptive_max_pool{axes}d_with_indices",), receipt=_adaptive_maximum, look=_adaptive_maximum_look,
            field=_adaptive_field, window_kind="adaptive", bend="max pooling", pools=True,
        ),
    )  # fmt: skip


OPERATIONS = _along(1) + _along(2) + _along(3)
