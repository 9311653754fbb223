"""How to add up a kernel in float32 so that the answer is provably close, or that it cannot be done.

OpenCV's fast filter adds the products in float32, one after the other; for long kernels that strays further than this
project promises, and above 49 cells it may switch to a Fourier transform, which strays more. So a kernel is cut into
strips of rows, each short enough, whose answers are added as a tree. The bound computed here is the worst case over
all pictures. What no cutting can bring below the promise is left to `convolve`'s float64 path.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PROMISE = 1e-4  # largest error in pixel units, times max(1, sum of absolute weights)
MAX_CELLS = 49  # cv2.filter2D may use a discrete Fourier transform from 50 cells on
_SAFETY = 0.95  # second-order terms, which the bound leaves out


@dataclass(frozen=True)
class Strip:
    """Some rows of the (dilated) kernel, applied to one plane of the picture."""

    plane: int
    row: int  # rows of the padded picture between the window's top and this strip's
    kernel: NDArray[np.float32]  # (h, w), holes of dilation filled with zeros


def plan(
    kernels: Sequence[NDArray[np.float64]],
    largest: float,
    dilation: tuple[int, int],
    bias: float = 0.0,
    unit: float = 1.0,
) -> tuple[Strip, ...] | None:
    """The fewest strips whose sum keeps the promise for every picture, or None.

    Args:
        kernels: one (kH, kW) kernel a plane.
        largest: the largest value in a plane; the smallest is 0, and all are whole numbers.
        unit: how many of the planes' units make one pixel unit; the kernels are already divided by it.
    """
    promise = _SAFETY * PROMISE * max(1.0, unit * float(sum(np.abs(kernel).sum() for kernel in kernels)))
    cells_in_row = dilation[1] * (kernels[0].shape[1] - 1) + 1
    height = kernels[0].shape[0]
    for rows in dict.fromkeys([height, (height + 1) // 2, (height + 2) // 3, (height + 3) // 4, 1]):
        if (dilation[0] * (rows - 1) + 1) * cells_in_row > MAX_CELLS:
            continue
        strips = [
            Strip(plane, row * dilation[0], dilated(kernel[row : row + rows], dilation))
            for plane, kernel in enumerate(kernels)
            for row in range(0, height, rows)
        ]
        cast = largest * sum(float(np.abs(kernel - kernel.astype(np.float32)).sum()) for kernel in kernels)
        if cast + worst_rounding([strip.kernel for strip in strips], largest, bias) <= promise:
            return tuple(strips)
    return None


def worst_rounding(kernels: Sequence[NDArray[np.float32]], largest: float, bias: float) -> float:
    """Largest sum of rounding errors, in the answer's units, when each kernel is added up and then all as a tree."""
    total = 0.0
    ranges = []
    for kernel in kernels:
        weights = kernel[kernel != 0].astype(np.float64)
        if not weights.size:
            continue
        rise, fall = largest * np.cumsum(np.maximum(weights, 0)), largest * np.cumsum(np.maximum(-weights, 0))
        ranges.append((float(rise[-1]), float(fall[-1])))
        if not _is_exact(weights, largest):
            total += float(_half_ulp(largest * np.abs(weights)).sum() + _half_ulp(np.maximum(rise, fall))[1:].sum())
    exact = _is_exact(np.concatenate([kernel.ravel() for kernel in kernels]).astype(np.float64), largest)
    while len(ranges) > 1:
        pairs = [(a[0] + b[0], a[1] + b[1]) for a, b in zip(ranges[::2], ranges[1::2], strict=False)]
        total += 0.0 if exact else sum(float(_half_ulp(np.array(max(pair)))) for pair in pairs)
        ranges = pairs + ranges[len(pairs) * 2 :]
    if bias:
        total += float(_half_ulp(np.array(abs(bias) + max(ranges[0] if ranges else (0.0,)))))
        total += abs(bias - float(np.float32(bias)))
    return total


def _is_exact(weights: NDArray[np.float64], largest: float) -> bool:
    """Whether every partial sum of whole numbers times these weights has at most 24 bits, so that none is rounded."""
    reach = largest * float(np.abs(weights).sum())
    if reach == 0:
        return True
    quantum = 2.0 ** (np.ceil(np.log2(reach)) - 24)
    return bool(np.all(weights / quantum == np.round(weights / quantum)))


def _half_ulp(size: NDArray[np.float64]) -> NDArray[np.float64]:
    """Half the distance between neighbouring float32 numbers of this size."""
    exponent = np.floor(np.log2(np.maximum(size, 1e-38)))
    return np.asarray(2.0 ** (exponent - 24), dtype=np.float64)


def dilated(kernel: NDArray[np.float64], dilation: tuple[int, int]) -> NDArray[np.float32]:
    """The kernel with its holes filled with zeros."""
    height, width = kernel.shape
    wide = np.zeros((dilation[0] * (height - 1) + 1, dilation[1] * (width - 1) + 1), dtype=np.float32)
    wide[:: dilation[0], :: dilation[1]] = kernel
    return wide
