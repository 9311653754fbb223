"""A filter applied to a picture: cross-correlation as networks do it, within a proven distance of the exact answer.

Four paths give the same numbers within `rounding.PROMISE` × max(1, Σ|w|) pixel units of exact arithmetic: separated (a
kernel of rank one as two, across and down), whole (one call of OpenCV on the bytes, for short kernels), strips (float32
in bands that fit the cache) and exact (float64, for whatever the others cannot promise).
Used by the Filters tab, its download and `/apply_filter`.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Unpack

import cv2
import numpy as np
from numpy.typing import NDArray

from explorer.filters.filtering import Filtering, FilterSettings, Kernels, Pair, check_filtering
from explorer.filters.rounding import MAX_CELLS, Separated, Strip, dilated, plan, separated
from explorer.image.pixels import LUMA, Picture, check_picture

_BAND_NUMBERS = 140_000  # numbers in a band: as float32, with the strips of a kernel, it stays in a core's cache
_WHOLE_CELLS = 16  # up to here OpenCV's call on bytes is as fast as bands of float32, and needs no scratch
_BORDERS = {
    "zeros": cv2.BORDER_CONSTANT,
    "reflect": cv2.BORDER_REFLECT_101,
    "replicate": cv2.BORDER_REPLICATE,
    "circular": cv2.BORDER_WRAP,
}
_GREY_THOUSANDTHS = np.round(np.array(LUMA) * 1000)  # grey × 1000 is a whole number: exact in float32

Numbers = NDArray[Any]


def apply(
    image: Picture,
    kernel: Kernels,
    *,
    stride: int | Pair = 1,
    padding: int | Pair = 0,
    padding_mode: str = "zeros",
    dilation: int | Pair = 1,
    bias: float = 0.0,
    colour: str = "rgb",
    padding_value: float | Sequence[float] = 0.0,
) -> NDArray[np.float32]:
    """The filtered picture, signed, in pixel units (0 to 255 in).

    answer[y, x] = bias + Σ kernel[i, j] * padded[y * stride + i * dilation, x * stride + j * dilation]

    Args:
        image: uint8 (H, W, 3).
        kernel: (kH, kW), or (3, kH, kW) with colour "sum"; not flipped. A tuple of kernels gives the magnitude
            sqrt(Σ answer²) + bias instead.
        padding: pixels added on each side; like stride and dilation one number, or (down, across).
        colour: "rgb" filters each channel by itself, "grey" 0.299 R + 0.587 G + 0.114 B (unrounded), "sum" adds
            the three up as a network's first layer does.
        padding_value: what padding_mode "zeros" fills with, one number or one for each of red, green, blue.
    Returns:
        float32 (H_out, W_out, C), C = 3 for "rgb", else 1; within 1e-4 * max(1, Σ|w|) of exact arithmetic.
    Raises:
        ShapeError: whatever `nn.Conv2d` refuses.
        ImageError: no uint8 (H, W, 3) array.
    Source: torch.nn.Conv2d.
    """
    filtering = check_filtering(
        kernel, stride=stride, padding=padding, padding_mode=padding_mode,
        dilation=dilation, bias=bias, colour=colour, padding_value=padding_value,
    )  # fmt: skip
    return _filtered(np.ascontiguousarray(check_picture(image)), filtering, np.float32)


def apply_to_picture(image: Picture, kernel: Kernels, **settings: Unpack[FilterSettings]) -> Picture:
    """The answer of `apply` as a picture: rounded, clipped to 0 to 255, made in bands to spare memory.

    Returns:
        uint8 (H_out, W_out, C). An answer within 1e-3 * max(1, Σ|w|) of a half may be rounded either way.
    Raises:
        ShapeError, ImageError: as `apply`.
    """
    return _filtered(np.ascontiguousarray(check_picture(image)), check_filtering(kernel, **settings), np.uint8)


def _filtered(image: Picture, filtering: Filtering, dtype: type[np.generic]) -> Numbers:
    size = filtering.output_size(*image.shape[:2])
    if dtype is np.float32 and (pair := _separated(filtering)) is not None:
        return _whole(image, filtering, cv2.CV_32F, pair)
    plans = _plans(filtering)
    if _is_plain(filtering, plans, to_bytes=dtype is np.uint8):
        return _whole(image, filtering, cv2.CV_8U if dtype is np.uint8 else cv2.CV_32F)
    out = np.empty((*size, filtering.channels), dtype=dtype)
    _fill(out, image, filtering, plans)
    return out


def _plans(filtering: Filtering) -> list[tuple[Strip, ...]] | None:
    """The strips of each kernel, or None where only float64 keeps the promise."""
    if filtering.coloured_border:
        return None
    largest, scale = {"rgb": (255, 1), "grey": (255_000, 1000), "sum": (765, 1)}[filtering.colour]
    if filtering.kernels[0].ndim == 3:
        largest = 255
    plans = [
        plan([part / scale for part in _parts(kernel)], largest, filtering.dilation, filtering.bias, unit=scale)
        for kernel in filtering.kernels
    ]
    return [strips for strips in plans if strips is not None] if None not in plans else None


def _parts(kernel: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    return [kernel] if kernel.ndim == 2 else list(kernel)


def _is_plain(filtering: Filtering, plans: list[tuple[Strip, ...]] | None, *, to_bytes: bool) -> bool:
    """Whether one call of OpenCV on the picture's bytes does it: an answer that is rounded anyhow asks for less."""
    if filtering.colour != "rgb" or filtering.magnitude or filtering.coloured_border:
        return False
    cells = filtering.window[0] * filtering.window[1]
    if to_bytes:
        return cells <= MAX_CELLS
    return plans is not None and len(plans[0]) == 1 and plans[0][0].factor == 1 and cells <= _WHOLE_CELLS


def _separated(filtering: Filtering) -> Separated | None:
    """The kernel as two, where that is one call of OpenCV on the picture's bytes and keeps the promise."""
    if filtering.colour != "rgb" or filtering.magnitude or filtering.coloured_border or filtering.dilation != (1, 1):
        return None
    return separated(filtering.kernels[0], 255, filtering.bias)


def _whole(image: Picture, filtering: Filtering, depth: int, pair: Separated | None = None) -> Numbers:
    (below, beside), window = filtering.padding, filtering.window
    kernel = dilated(filtering.kernels[0], filtering.dilation)
    size, border, anchor = filtering.output_size(*image.shape[:2]), _BORDERS[filtering.padding_mode], (beside, below)
    if (
        window != (2 * below + 1, 2 * beside + 1) or filtering.padding_mode == "circular"
    ):  # else OpenCV does it on the way
        image = cv2.copyMakeBorder(image, below, below, beside, beside, border) if any(filtering.padding) else image
        border, anchor = cv2.BORDER_CONSTANT, (0, 0)
    if pair is None:
        answer = cv2.filter2D(image, depth, kernel, anchor=anchor, delta=filtering.bias, borderType=border)
    else:
        answer = cv2.sepFilter2D(
            image, depth, pair.across, pair.down, anchor=anchor, delta=filtering.bias, borderType=border
        )
    cropped = _strided(answer, filtering, size)
    return cropped if filtering.stride == (1, 1) else cropped.copy()


def _fill(out: Numbers, image: Picture, filtering: Filtering, plans: list[tuple[Strip, ...]] | None) -> None:
    """Write the answer into `out`, in bands of rows on as many threads as there are cores (at most 4)."""
    height = out.shape[0]
    rows = max(1, _BAND_NUMBERS // (3 * image.shape[1] * filtering.stride[0]))

    def fill(top: int) -> None:
        band = _band(image, filtering, plans, top, min(rows, height - top))
        out[top : top + rows] = band if out.dtype == np.float32 else np.rint(np.clip(band, 0, 255))

    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        list(pool.map(fill, range(0, height, rows)))


def _band(image: Picture, filtering: Filtering, plans: list[tuple[Strip, ...]] | None, top: int, count: int) -> Numbers:
    """Rows top to top + count of the answer: (count, W_out, C)."""
    first = top * filtering.stride[0]
    padded = _padded(image, filtering, first, first + (count - 1) * filtering.stride[0] + filtering.window[0])
    size = (count, filtering.output_size(*image.shape[:2])[1])
    if plans is None:
        planes = _planes(padded.astype(np.float64), filtering, np.array(LUMA))
        answers = [_sum_exactly(planes, _parts(kernel), filtering, size) for kernel in filtering.kernels]
    else:
        planes = _planes(padded.astype(np.float32), filtering, _GREY_THOUSANDTHS)
        answers = [_sum_strips(planes, strips, filtering, size) for strips in plans]
    answer = np.sqrt(np.sum([np.square(one) for one in answers], axis=0)) if filtering.magnitude else answers[0]
    if filtering.bias:
        answer = answer + answer.dtype.type(filtering.bias)
    return answer.reshape(*size, filtering.channels)


def _padded(image: Picture, filtering: Filtering, top: int, bottom: int) -> Numbers:
    """Rows top to bottom (exclusive) of the padded picture, all its columns."""
    size, (down, across), mode = image.shape[0], filtering.padding, filtering.padding_mode
    rows = np.arange(top, bottom) - down
    outside = (rows < 0) | (rows >= size)
    value = filtering.padding_value if mode == "zeros" else (0.0, 0.0, 0.0)
    band: Numbers = image[_source(rows, size, mode)] if outside.any() else image[rows[0] : rows[-1] + 1]
    if any(value):
        band = band.astype(np.float64)
    if mode == "zeros":
        band[outside] = value
    return cv2.copyMakeBorder(band, 0, 0, across, across, _BORDERS[mode], value=value) if across else band


def _source(positions: NDArray[np.int64], size: int, mode: str) -> NDArray[np.int64]:
    """The picture's row that stands at each row of its border; for zeros any, as it is overwritten."""
    if mode == "circular":
        return positions % size
    if mode == "reflect":
        return np.asarray(size - 1 - np.abs(size - 1 - np.abs(positions)))
    return np.clip(positions, 0, size - 1)


def _planes(padded: Numbers, filtering: Filtering, grey: NDArray[np.float64]) -> list[Numbers]:
    """What the kernels run over: all colours at once, their grey, their sum, or each by itself."""
    if filtering.colour == "rgb":
        return [padded]
    if filtering.kernels[0].ndim == 3:
        return [np.ascontiguousarray(padded[..., channel]) for channel in range(3)]
    weights = grey if filtering.colour == "grey" else np.ones(3)
    return [cv2.transform(padded, weights.reshape(1, 3))]


def _sum_strips(planes: list[Numbers], strips: tuple[Strip, ...], filtering: Filtering, size: Pair) -> Numbers:
    """float32: each strip by OpenCV, their answers added as a tree, as `rounding` reckons."""
    rows = (size[0] - 1) * filtering.stride[0] + 1
    answers = []
    for strip in strips:
        plane = planes[strip.plane][strip.row : strip.row + rows + strip.kernel.shape[0] - 1]
        answer = cv2.filter2D(plane, cv2.CV_32F, strip.kernel, anchor=(0, 0), borderType=cv2.BORDER_CONSTANT)
        if strip.factor != 1:
            answer *= np.float32(strip.factor)
        answers.append(answer[:rows])
    while len(answers) > 1:
        pairs = [cv2.add(a, b, dst=a) for a, b in zip(answers[::2], answers[1::2], strict=False)]
        answers = pairs + answers[len(pairs) * 2 :]
    return _strided(answers[0], filtering, size)


def _sum_exactly(
    planes: list[Numbers], kernels: list[NDArray[np.float64]], filtering: Filtering, size: Pair
) -> Numbers:
    """float64, rounded once: by OpenCV where the kernel has no holes, else weight by weight."""
    total: Numbers = np.zeros((*size, *planes[0].shape[2:]))
    for plane, kernel in zip(planes, kernels, strict=True):
        if filtering.dilation == (1, 1):
            answer = cv2.filter2D(plane, cv2.CV_64F, kernel, anchor=(0, 0), borderType=cv2.BORDER_CONSTANT)
            total += _strided(answer, filtering, size)
            continue
        for (y, x), weight in np.ndenumerate(kernel):
            shifted = plane[y * filtering.dilation[0] :, x * filtering.dilation[1] :]
            total += weight * _strided(shifted, filtering, size)
    return total


def _strided(numbers: Numbers, filtering: Filtering, size: Pair) -> Numbers:
    """Every stride-th row and column, as many as the answer has."""
    (down, across), (height, width) = filtering.stride, size
    return numbers[: (height - 1) * down + 1 : down, : (width - 1) * across + 1 : across]
