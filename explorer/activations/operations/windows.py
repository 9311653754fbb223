"""Which cells of its input a convolution or pooling reads, for every output: the geometry behind sums and fields.

Whole numbers only, along one axis or as many as the operation has. Cells before 0 or past the end lie in the padding.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from explorer.arithmetic.fields import Window
from explorer.arithmetic.rules import Kind

NOWHERE = -(2**31)  # in the place of a cell: this tap of the window reads nothing for this output


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """The cells that one number of an operation's output reads: a window on some channels, and a weight a cell."""

    cells: tuple[np.ndarray, ...]  # along each axis, places in the input: int (taps,); in the padding, outside of it
    sizes: tuple[int, ...]  # of the input along each axis
    channels: range  # of the input that it reads
    kernel: torch.Tensor  # float64 (channels, taps along each axis)

    @property
    def real(self) -> tuple[np.ndarray, ...]:
        """Which of the cells along each axis are no padding: int (real taps,)."""
        inside = zip(self.cells, self.sizes, strict=True)
        return tuple(np.flatnonzero((cells >= 0) & (cells < size)) for cells, size in inside)

    @property
    def padding(self) -> np.ndarray:
        """Bool (taps along each axis), True where a cell is padding."""
        inside = np.zeros([len(cells) for cells in self.cells], dtype=bool)
        inside[np.ix_(*self.real)] = True
        return ~inside

    @property
    def places(self) -> tuple[np.ndarray, ...]:
        """The real cells along each axis: int (real taps,)."""
        return tuple(cells[real] for cells, real in zip(self.cells, self.real, strict=True))

    def cut(self, maps: torch.Tensor) -> torch.Tensor:
        """The real cells of (C, sizes along each axis), as float64 (C, real taps along each axis), on the CPU."""
        for axis, places in enumerate(self.places, 1):
            maps = maps.index_select(axis, torch.from_numpy(places).to(maps.device))
        return maps.double().cpu()

    def real_kernel(self) -> torch.Tensor:
        """The weights of the real cells: float64 (channels, real taps along each axis)."""
        kernel = self.kernel
        for axis, real in enumerate(self.real, 1):
            kernel = kernel.index_select(axis, torch.from_numpy(real))
        return kernel


def for_each(value: Any, dimensions: int) -> tuple[int, ...]:  # noqa: ANN401 -- one number or several, as torch takes them
    """A setting along each axis, which may be given once for all."""
    if isinstance(value, int):
        return (value,) * dimensions
    given = tuple(int(one) for one in value)
    return given if len(given) == dimensions else given * dimensions


def window_cells(kind: Kind, window: Window, size: int, outputs: int) -> np.ndarray:
    """The cells that each output reads along one axis, int (outputs, cells).

    Args:
        kind: "transposed" for a transposed convolution, of which each output is read by those inputs whose stamp
            reaches it; the others are NOWHERE.
        size: of the input along the axis.
        outputs: of the output along it.
    """
    taps = np.arange(window.kernel_size) * window.dilation
    if kind == "adaptive":
        return regions(size, outputs)
    if kind == "transposed":
        reached = np.arange(outputs)[:, None] + window.padding - taps
        return np.where(reached % window.stride == 0, reached // window.stride, NOWHERE)
    return np.arange(outputs)[:, None] * window.stride - window.padding + taps


def all_cells(
    kind: Kind | None, windows: Sequence[Window], source: Sequence[int], output: Sequence[int]
) -> list[np.ndarray]:
    """The same along each axis; source and output are the shapes of the input and of the output."""
    axes = zip(windows, source[-len(windows) :], output[-len(windows) :], strict=True)
    return [window_cells(kind or "conv", window, size, outputs) for window, size, outputs in axes]


def regions(size: int, outputs: int) -> np.ndarray:
    """The cells of an adaptive pooling, int (outputs, cells): the shorter of its regions repeat a cell.

    From floor(i size / outputs) to ceil((i + 1) size / outputs).
    Source: torch.nn.AdaptiveAvgPool2d.
    """
    starts = np.arange(outputs) * size // outputs
    ends = -(-(np.arange(outputs) + 1) * size // outputs)
    return np.minimum(starts[:, None] + np.arange((ends - starts).max()), ends[:, None] - 1)
