"""What operations that look through a window have in common: their sum cell by cell, and their receptive field."""

import itertools

import torch

from explorer.activations.operations.call import Call, Share, Shares
from explorer.activations.operations.intervals import Step, looked_through
from explorer.activations.operations.windows import Look, all_cells
from explorer.activations.units import Index
from explorer.arithmetic.fields import Window
from explorer.arithmetic.rules import Kind


def summed(call: Call, index: Index, look: Look, formula: str, bias: float = 0.0) -> Shares:
    """One share a real cell of the window, in every channel that is read: value × weight."""
    source, axes = call.ref(), len(look.cells)
    head = index[: -1 - axes]
    patch = look.cut(call.output(source)[head][look.channels.start : look.channels.stop])
    kernel = look.real_kernel()
    places = itertools.product(*[[one] for one in head], look.channels, *(axis.tolist() for axis in look.places))
    columns = [numbers.flatten().tolist() for numbers in (patch * kernel, patch, kernel)]
    shares = [Share(source, place, *numbers) for place, *numbers in zip(places, *columns, strict=True)]
    return Shares(formula, shares, bias, note="" if shares else "The whole window lies in the padding.")


def field(step: Step, intervals: torch.Tensor, kind: Kind | None, windows: tuple[Window, ...]) -> torch.Tensor:
    """The union over each output's window; intervals are the input's, with the channels that each output reads."""
    axes = len(windows)
    for number, cells in enumerate(all_cells(kind, windows, step.source_shape, step.node.shape)):
        intervals = looked_through(step, intervals, number - axes, cells, edges=axes > 1)
    return intervals
