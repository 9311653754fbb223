"""Operations that look through a window: convolution and pooling."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from explorer.receipts.call import Call, NotCoveredError, Share, Shares, pair
from explorer.receipts.units import Index


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


def convolution_window(call: Call, y: int, x: int) -> Window:
    """The window of a convolution's output position."""
    weight = call.weight()
    height, width = call.shape(call.ref())[-2:]
    strides, dilations, kernel = pair(call.get("stride", 1)), pair(call.get("dilation", 1)), tuple(weight.shape[-2:])
    padding = call.get("padding", 0)
    if padding == "valid":
        padding = 0
    before = (
        tuple(dilation * (size - 1) // 2 for dilation, size in zip(dilations, kernel, strict=True))
        if padding == "same"
        else pair(padding)
    )
    ys = y * strides[0] - before[0] + dilations[0] * np.arange(kernel[0])
    xs = x * strides[1] - before[1] + dilations[1] * np.arange(kernel[1])
    return Window(ys, xs, height, width)


def pooling_window(call: Call, y: int, x: int) -> Window:
    """The window of a pooling's output position, cut off where ceil_mode lets it hang over the padding."""
    height, width = call.shape(call.ref())[-2:]
    kernel = pair(call.get("kernel_size"))
    stride = call.get("stride")
    strides = kernel if stride is None or stride == [] else pair(stride)
    padding, dilations = pair(call.get("padding", 0)), pair(call.get("dilation", 1))
    ys = y * strides[0] - padding[0] + dilations[0] * np.arange(kernel[0])
    xs = x * strides[1] - padding[1] + dilations[1] * np.arange(kernel[1])
    return Window(ys[ys < height + padding[0]], xs[xs < width + padding[1]], height, width)


def adaptive_window(call: Call, y: int, x: int) -> Window:
    """The cells that one output of an adaptive pooling covers: from floor(i H / out) to ceil((i + 1) H / out)."""
    height, width = call.shape(call.ref())[-2:]
    rows, columns = call.node.shape[-2:]
    ys = np.arange(y * height // rows, -(-(y + 1) * height // rows))
    xs = np.arange(x * width // columns, -(-(x + 1) * width // columns))
    return Window(ys, xs, height, width)


def convolution(call: Call, index: Index) -> Shares:
    """One share a real cell of the window, in every channel that is read: value × weight."""
    if len(index) != 4:
        raise NotCoveredError(f"its output has {len(index)} dimensions instead of 4")
    weight, bias, source = call.weight(), call.tensor("bias"), call.ref()
    _, channel, y, x = index
    window = convolution_window(call, y, x)
    per_group = weight.shape[1]
    first = channel // (weight.shape[0] // int(call.get("groups", 1))) * per_group
    patch = window.cut(call.output(source)[0, first : first + per_group])
    kernel = weight[channel].detach()[:, torch.from_numpy(window.rows)][:, :, torch.from_numpy(window.columns)]
    kernel = kernel.double().cpu()
    places = itertools.product(
        (0,), range(first, first + per_group), window.ys[window.rows].tolist(), window.xs[window.columns].tolist()
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


def _highest(find: Callable[[Call, int, int], Window]) -> Callable[[Call, Index], Shares]:
    def rule(call: Call, index: Index) -> Shares:
        window = find(call, index[-2], index[-1])
        cells = _cells(call.ref(), index, window, _patch(call, index, window), 1.0)
        if not cells:
            raise NotCoveredError("its window lies wholly in the padding")
        winner = max(cells, key=lambda cell: cell.amount)
        return Shares("the largest of the window", [winner], note=f"It won against {len(cells) - 1} other cells.")

    return rule


def average_pooling(call: Call, index: Index) -> Shares:
    """One share a real cell of the window; padding counts in the divisor unless count_include_pad is off."""
    window = pooling_window(call, index[-2], index[-1])
    patch = _patch(call, index, window)
    counted = len(window.ys) * len(window.xs) if call.get("count_include_pad", True) else patch.numel()
    if call.named.get("count_include_pad") is False:
        counted = patch.numel()
    divisor: Any = call.get("divisor_override") or counted
    return Shares(f"Σ window / {divisor}", _cells(call.ref(), index, window, patch, 1.0 / divisor))


def adaptive_average_pooling(call: Call, index: Index) -> Shares:
    """One share a cell of the region."""
    window = adaptive_window(call, index[-2], index[-1])
    patch = _patch(call, index, window)
    return Shares(f"Σ region / {patch.numel()}", _cells(call.ref(), index, window, patch, 1.0 / patch.numel()))


maximum_pooling = _highest(pooling_window)
adaptive_maximum_pooling = _highest(adaptive_window)
