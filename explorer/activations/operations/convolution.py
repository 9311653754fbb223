"""Operations that look through a window: convolution and pooling."""

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from explorer.activations.operations.call import Call, Share, Shares
from explorer.activations.operations.names import NotCoveredError
from explorer.activations.operations.windows import ADAPTIVE_POOLINGS, POOLINGS, pair, window_cells
from explorer.activations.units import Index


@dataclass(frozen=True, slots=True)
class Window:
    """Rows and columns that a window covers, in cells of its input; negative and too large ones are padding."""

    ys: np.ndarray
    xs: np.ndarray
    height: int  # of the input
    width: int

    @property
    def rows(self) -> np.ndarray:
        """Which of `ys` are real."""
        return np.flatnonzero((self.ys >= 0) & (self.ys < self.height))

    @property
    def columns(self) -> np.ndarray:
        """Which of `xs` are real."""
        return np.flatnonzero((self.xs >= 0) & (self.xs < self.width))

    @property
    def padding(self) -> np.ndarray:
        """Bool (kernel height, kernel width), True where a cell is padding."""
        real = np.zeros((len(self.ys), len(self.xs)), dtype=bool)
        real[np.ix_(self.rows, self.columns)] = True
        return ~real

    def cut(self, output: torch.Tensor) -> torch.Tensor:
        """The real cells of (C, H, W), as float64 (C, rows, columns)."""
        rows, columns = torch.from_numpy(self.ys[self.rows]), torch.from_numpy(self.xs[self.columns])
        return output[:, rows][:, :, columns].double().cpu()


def window_of(call: Call, y: int, x: int) -> Window:
    """The window of an output position; a pooling's is cut off where ceil_mode lets it hang over the padding."""
    source = call.shape(call.ref())
    rows, columns = window_cells(call.node.operation, call.named, source, call.node.shape)
    ys, xs, (height, width) = rows[y], columns[x], source[-2:]
    if call.node.operation in POOLINGS:
        padding = pair(call.get("padding", 0))
        ys, xs = ys[ys < height + padding[0]], xs[xs < width + padding[1]]
    elif call.node.operation in ADAPTIVE_POOLINGS:
        ys, xs = np.unique(ys), np.unique(xs)
    return Window(ys, xs, height, width)


def convolution(call: Call, index: Index) -> Shares:
    """One share a real cell of the window, in every channel that is read: value × weight."""
    if len(index) != 4:
        raise NotCoveredError(f"its output has {len(index)} dimensions instead of 4")
    weight, bias, source = call.weight(), call.tensor("bias"), call.ref()
    picture, channel, y, x = index
    window = window_of(call, y, x)
    per_group = weight.shape[1]
    first = channel // (weight.shape[0] // int(call.get("groups", 1))) * per_group
    patch = window.cut(call.output(source)[picture, first : first + per_group])
    kernel = weight[channel][:, torch.from_numpy(window.rows)][:, :, torch.from_numpy(window.columns)]
    kernel = kernel.double().cpu()
    places = itertools.product(
        (picture,), range(first, first + per_group), window.ys[window.rows].tolist(), window.xs[window.columns].tolist()
    )
    columns = [numbers.flatten().tolist() for numbers in (patch * kernel, patch, kernel)]
    shares = [Share(source, place, *numbers) for place, *numbers in zip(places, *columns, strict=True)]
    note = "" if shares else "The whole window lies in the padding."
    return Shares("Σ patch × kernel + bias", shares, 0.0 if bias is None else float(bias[channel].double()), note=note)


def _cells(source: int, index: Index, window: Window, patch: torch.Tensor, weight: float) -> list[Share]:
    ys, xs = window.ys[window.rows].tolist(), window.xs[window.columns].tolist()
    places = [(*index[:-2], y, x) for y in ys for x in xs]
    values = patch.flatten().tolist()
    return [Share(source, place, value * weight, value, weight) for place, value in zip(places, values, strict=True)]


def _patch(call: Call, index: Index, window: Window) -> torch.Tensor:
    return window.cut(call.output(call.ref())[index[:-2]][None])[0]


def maximum_pooling(call: Call, index: Index) -> Shares:
    """One share, of the largest real cell of the window."""
    window = window_of(call, index[-2], index[-1])
    cells = _cells(call.ref(), index, window, _patch(call, index, window), 1.0)
    if not cells:
        raise NotCoveredError("its window lies wholly in the padding")
    winner = max(cells, key=lambda cell: cell.amount)
    return Shares("the largest of the window", [winner], note=f"It won against {len(cells) - 1} other cells.")


def average_pooling(call: Call, index: Index) -> Shares:
    """One share a real cell of the window; padding counts in the divisor unless count_include_pad is off."""
    window = window_of(call, index[-2], index[-1])
    patch = _patch(call, index, window)
    counted = len(window.ys) * len(window.xs) if call.get("count_include_pad", True) else patch.numel()
    divisor: Any = call.get("divisor_override") or counted
    return Shares(f"Σ window / {divisor}", _cells(call.ref(), index, window, patch, 1.0 / divisor))


def adaptive_average_pooling(call: Call, index: Index) -> Shares:
    """One share a cell of the region."""
    window = window_of(call, index[-2], index[-1])
    patch = _patch(call, index, window)
    return Shares(f"Σ region / {patch.numel()}", _cells(call.ref(), index, window, patch, 1.0 / patch.numel()))
