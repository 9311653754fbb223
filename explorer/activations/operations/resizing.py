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


def _weights(call: Call) -> list[torch.Tensor]:
    """How much of each input place each output place takes, along each axis: float64 (inputs, outputs).

    Resizing works axis by axis, so the operation itself tells: it is run, in its own precision, on pictures that are
    one pixel wide along all other axes and have a single 1 each.
    """
    source, output, function = call.shape_of(), call.node.shape, call.node.function
    if function is None:
        raise NotCoveredError("it was not seen")
    axes = len(source) - 2
    kind = call.output(call.ref()).dtype
    found = []
    for axis in range(axes):
        size, outputs = source[2 + axis], output[2 + axis]
        shape = [1, size] + [1] * axes
        shape[2 + axis] = size
        ones = torch.eye(size, dtype=kind).view(shape)
        found.append(function(ones, **_settings(call, axis, axes, outputs)).view(size, outputs).double())
    return found


def _settings(call: Call, axis: int, axes: int, outputs: int) -> dict[str, Any]:
    """The operation's settings for a picture that is one pixel wide along all axes but one."""
    kept = ("mode", "align_corners", "recompute_scale_factor", "antialias")
    settings = {name: call.named[name] for name in kept if name in call.named}
    scale = call.get("scale_factor")
    if scale is None:
        return {**settings, "size": tuple(outputs if at == axis else 1 for at in range(axes))}
    along = scale[axis] if isinstance(scale, tuple | list) else scale
    return {**settings, "scale_factor": tuple(float(along) if at == axis else 1.0 for at in range(axes))}


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
    """The union over the cells around each output."""
    intervals, weights = step.source, _weights(step.call)
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
