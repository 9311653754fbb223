"""Resizing: nearest, linear, cubic, along one axis, two or three, with antialiasing or without."""

from typing import Any

import numpy as np
import torch

from explorer.activations.operations import windowed
from explorer.activations.operations.call import Call, NotCoveredError, Shares
from explorer.activations.operations.intervals import Step, looked_through
from explorer.activations.operations.record import LINEAR, Operation
from explorer.activations.operations.windows import Look
from explorer.activations.units import Index


def _weights(call: Call, *, as_meant: bool = False) -> list[torch.Tensor]:
    """How much of each input place each output place takes, along each axis: float64 (inputs, outputs).

    Resizing works axis by axis, so the operation itself tells: it is run on pictures with a single line of ones each,
    in its own precision. Along the other axes they have two pixels, which stay two, or one where the output has one:
    there torch's antialiasing (2.11) puts out the first row's numbers for all rows, though its gradient does not.

    Args:
        as_meant: in float64, and without that fault.
    """
    source, output, function = call.shape_of(), call.node.shape, call.node.function
    if function is None:
        raise NotCoveredError("it was not seen")
    axes = len(source) - 2
    kind = torch.float64 if as_meant else call.output(call.ref()).dtype
    found = []
    for axis in range(axes):
        size, outputs = source[2 + axis], output[2 + axis]
        thin = [2 if as_meant else min(one, 2) for one in output[2:]]
        shape, wide = [1, size, *[1] * axes], [1, size, *thin]
        shape[2 + axis] = wide[2 + axis] = size
        ones = torch.eye(size, dtype=kind).view(shape).expand(wide).contiguous()
        resized = function(ones, **_settings(call, axis, [*thin[:axis], outputs, *thin[axis + 1 :]]))
        found.append(resized.movedim(2 + axis, 2).reshape(size, outputs, -1)[..., 0].double())
    return found


def _settings(call: Call, axis: int, sizes: list[int]) -> dict[str, Any]:
    """The operation's settings for a picture that becomes of these sizes, changed along one axis alone."""
    kept = ("mode", "align_corners", "recompute_scale_factor", "antialias")
    settings = {name: call.named[name] for name in kept if name in call.named}
    scale = call.get("scale_factor")
    if scale is None:
        return {**settings, "size": tuple(sizes)}
    along = scale[axis] if isinstance(scale, tuple | list) else scale
    return {**settings, "scale_factor": tuple(float(along) if at == axis else 1.0 for at in range(len(sizes)))}


def _look(call: Call, index: Index) -> Look:
    """The cells that one output lies between, and what it takes of each."""
    weights = _weights(call)
    axes = len(weights)
    cells, kernel = [], torch.ones(1, dtype=torch.float64)
    for table, place in zip(weights, index[-axes:], strict=True):
        read = table[:, place].nonzero().flatten()
        cells.append(read.numpy())
        kernel = kernel[..., None] * table[read, place]
    channel = index[-1 - axes]
    return Look(tuple(cells), call.shape_of()[-axes:], range(channel, channel + 1), kernel)


def _interpolate(call: Call, index: Index) -> Shares:
    """One share a cell that it lies between: value × weight."""
    return windowed.summed(call, index, _look(call, index), "Σ value × weight of the cells around it")


def _field(step: Step) -> torch.Tensor:
    """The union over the cells around each output, as it is and as it is meant: no gradient shall lie outside."""
    both = zip(_weights(step.call), _weights(step.call, as_meant=True), strict=True)
    intervals, weights = step.source, [one.abs() + other.abs() for one, other in both]
    axes = len(weights)
    for number, table in enumerate(weights):
        reads = [column.nonzero().flatten().numpy() for column in table.T]
        longest = max(len(one) for one in reads)
        cells = np.stack([np.pad(one, (0, longest - len(one)), mode="edge") for one in reads])
        intervals = looked_through(step, intervals, number - axes, cells, edges=axes > 1)
    return intervals


OPERATIONS = (
    Operation(
        name="interpolate",
        arguments=("input", "size", "scale_factor", "mode", "align_corners", "recompute_scale_factor", "antialias"),
        receipt=_interpolate,
        look=_look,
        field=_field,
        bend=LINEAR,
        window_words="the cells around it, on channel",
    ),
)
