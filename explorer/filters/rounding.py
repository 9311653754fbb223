"""How to add up a kernel in float32 so that the answer is provably close, or that it cannot be done.

OpenCV's fast filter adds the products in float32, one after the other; for long kernels that strays further than this
project promises, and above 49 cells it may switch to a Fourier transform, which strays more. So a kernel whose weights
are whole multiples of one number (a box, a binomial) is added up in whole numbers, which float32 holds exactly, and
multiplied once; any other is cut into strips of rows, each short enough, whose answers are added as a tree. The bound
computed here is the worst case over all pictures. What nothing brings below the promise is left to `convolve`'s
float64 path.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

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
    factor: float = 1.0  # a float32: what the strip's answer is multiplied by


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
    cuts = dict.fromkeys([(height + 1) // 2, (height + 2) // 3, (height + 3) // 4, 1])
    for rows, factor in [(height, 1.0), (height, _common_factor(kernels)), *((rows, 1.0) for rows in cuts)]:
        if (dilation[0] * (rows - 1) + 1) * cells_in_row > MAX_CELLS:
            continue
        numbers = [(kernel if factor == 1 else np.round(kernel / factor)).astype(np.float32) for kernel in kernels]
        strips = [
            Strip(plane, row * dilation[0], dilated(kernel[row : row + rows], dilation), factor)
            for plane, kernel in enumerate(numbers)
            for row in range(0, height, rows)
        ]
        pairs = zip(kernels, numbers, strict=True)
        cast = largest * sum(float(np.abs(kernel - used.astype(np.float64) * factor).sum()) for kernel, used in pairs)
        if cast + worst_rounding(strips, largest, bias) <= promise:
            return tuple(strips)
    return None


@dataclass(frozen=True)
class Separated:
    """A kernel of rank one as two: rows are added up first, by `across`, and their answers then, by `down`."""

    down: NDArray[np.float32]  # (kH,)
    across: NDArray[np.float32]  # (kW,)


def separated(kernel: NDArray[np.float64], largest: float, bias: float = 0.0) -> Separated | None:
    """A kernel as two whose answer keeps the promise for every picture, in whatever order sums are taken; or None.

    Args:
        kernel: (kH, kW).
        largest: the largest value in the picture; the smallest is 0, and all are whole numbers.
    """
    if min(kernel.shape) < 2 or not kernel.any():
        return None
    _, sizes, right = np.linalg.svd(kernel)
    if sizes[1] > 1e-6 * sizes[0]:
        return None
    across = right[0] / np.abs(right[0][np.abs(right[0]) > 1e-6 * np.abs(right[0]).max()]).min()
    if np.abs(across - np.round(across)).max() < 1e-9 * np.abs(across).max():
        across = np.round(across)  # multiples of one number are added up in whole numbers
    down = kernel @ across / (across @ across)
    pair = Separated(down.astype(np.float32), across.astype(np.float32))
    worst = _worst_of_two(kernel, pair.down.astype(np.float64), pair.across.astype(np.float64), largest, bias)
    return pair if worst <= _SAFETY * PROMISE * max(1.0, float(np.abs(kernel).sum())) else None


def _worst_of_two(
    kernel: NDArray[np.float64], down: NDArray[np.float64], across: NDArray[np.float64], largest: float, bias: float
) -> float:
    """Largest error of the answer of two kernels in place of one, rows first."""
    whole = np.outer(down, across)
    reach, final = (largest * max(one[one > 0].sum(), -one[one < 0].sum()) for one in (across, whole))
    error = largest * float(np.abs(kernel - whole).sum())
    in_whole_numbers = bool(np.all(across == np.round(across))) and _is_exact(across, largest) and 2 * reach < 2**24
    if not in_whole_numbers:
        error += _worst_sum(across, largest, reach) * float(np.abs(down).sum())
    if not (in_whole_numbers and _is_exact(down, reach)):
        error += _worst_sum(down, reach, final + abs(bias))
        if not in_whole_numbers:  # symmetric kernels may add two rows' answers before they multiply
            error += float(np.abs(down).sum()) / 2 * float(_half_ulp(np.array(2 * reach)))
    if bias:
        error += float(_half_ulp(np.array(final + abs(bias)))) + abs(bias - float(np.float32(bias)))
    return error


def _worst_sum(weights: NDArray[np.float64], largest: float, reach: float) -> float:
    """Largest rounding error of Σ weight × number, in any order; no number above `largest`, no partial sum `reach`."""
    used = weights[weights != 0]
    products = _half_ulp(largest * np.abs(used)).sum()
    return float(products + (len(used) - 1) * _half_ulp(np.array(reach)))


def _common_factor(kernels: Sequence[NDArray[np.float64]]) -> float:
    """The smallest weight but zero, as a float32: what all are multiples of, if they are of anything in sight."""
    weights = np.concatenate([np.abs(kernel[kernel != 0]) for kernel in kernels])
    return float(np.float32(weights.min())) or 1.0 if weights.size else 1.0


def worst_rounding(strips: Sequence[Strip], largest: float, bias: float) -> float:
    """Largest sum of rounding errors, in the answer's units, when each strip is added up and then all as a tree."""
    total = 0.0
    ranges = []
    for strip in strips:
        weights = strip.kernel[strip.kernel != 0].astype(np.float64)
        if not weights.size:
            continue
        rise, fall = largest * np.cumsum(np.maximum(weights, 0)), largest * np.cumsum(np.maximum(-weights, 0))
        if not _is_exact(weights, largest):
            rounded = _half_ulp(largest * np.abs(weights)).sum() + _half_ulp(np.maximum(rise, fall))[1:].sum()
            total += float(rounded) * strip.factor
        ranges.append((float(rise[-1]) * strip.factor, float(fall[-1]) * strip.factor))
        if strip.factor != 1:
            total += float(_half_ulp(np.array(max(ranges[-1]))))
    exact = all(strip.factor == 1 for strip in strips) and _is_exact(
        np.concatenate([strip.kernel.ravel() for strip in strips]).astype(np.float64), largest
    )
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


def dilated(kernel: NDArray[np.floating[Any]], dilation: tuple[int, int]) -> NDArray[np.float32]:
    """The kernel with its holes filled with zeros.

    Args:
        kernel: (kH, kW).

    Returns:
        float32 (dilation * (kH - 1) + 1, dilation * (kW - 1) + 1).
    """
    height, width = kernel.shape
    wide = np.zeros((dilation[0] * (height - 1) + 1, dilation[1] * (width - 1) + 1), dtype=np.float32)
    wide[:: dilation[0], :: dilation[1]] = kernel
    return wide
