"""The settings of one filtering, checked as `torch.nn.Conv2d` checks them.

What lives here: kernel, stride, padding, dilation, colour and the sizes that follow. The arithmetic is in `convolve`.
"""

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.arithmetic import output_size
from explorer.errors import ShapeError

PADDING_MODES = ("zeros", "reflect", "replicate", "circular")
COLOURS = ("rgb", "grey", "sum")

Pair = tuple[int, int]  # down, across
Kernels = ArrayLike | tuple[ArrayLike, ...]  # a tuple stands for the magnitude of its members


class FilterSettings(TypedDict, total=False):
    """What may be said beside the kernel, as `apply` explains it."""

    stride: int | Pair
    padding: int | Pair
    padding_mode: str
    dilation: int | Pair
    bias: float
    colour: str
    padding_value: float | Sequence[float]


@dataclass(frozen=True)
class Filtering:
    """One filtering: what `nn.Conv2d` would be told, in pixel units."""

    kernels: tuple[NDArray[np.float64], ...]  # each (kH, kW), or (3, kH, kW) with colour "sum"
    magnitude: bool  # the answer is sqrt(sum of squares) over the kernels, + bias
    stride: Pair
    padding: Pair
    padding_mode: str
    dilation: Pair
    bias: float
    colour: str
    padding_value: tuple[float, float, float]  # red, green, blue of the border, with padding_mode "zeros"

    @property
    def window(self) -> Pair:
        """Height and width of the dilated kernel in pixels; two kernels are of one size."""
        height, width = self.kernels[0].shape[-2:]
        return self.dilation[0] * (height - 1) + 1, self.dilation[1] * (width - 1) + 1

    @property
    def coloured_border(self) -> bool:
        """Whether there is a border, of a fixed colour other than black."""
        return self.padding_mode == "zeros" and any(self.padding) and any(self.padding_value)

    @property
    def channels(self) -> int:
        """Channels of the answer: 3 for "rgb", else 1."""
        return 3 if self.colour == "rgb" else 1

    def output_size(self, height: int, width: int) -> Pair:
        """Height and width of the answer for a picture of this size.

        Raises:
            ShapeError: the window is longer than the padded picture, or the border longer than its mode allows.
        Source: torch.nn.Conv2d, "Shape"; torch.nn.functional.pad for the limits of reflect and circular.
        """
        sizes = []
        for at, (axis, size) in enumerate((("height", height), ("width", width))):
            padding, kernel_size = self.padding[at], self.kernels[0].shape[at - 2]
            if self.padding_mode == "reflect" and padding >= size:
                raise ShapeError(
                    f"reflect padding of {padding} needs a {axis} of more than {padding} pixels, "
                    f"not {size}; take at most {size - 1}."
                )
            if self.padding_mode == "circular" and padding > size:
                raise ShapeError(
                    f"circular padding of {padding} would wrap round a {axis} of {size} pixels "
                    f"more than once; take at most {size}."
                )
            try:
                sizes.append(output_size(size, kernel_size, self.stride[at], padding, self.dilation[at]))
            except ShapeError as error:
                raise ShapeError(f"along the {axis} of {size}: {error}") from None
        return sizes[0], sizes[1]


def check_filtering(
    kernel: Kernels,
    *,
    stride: int | Pair = 1,
    padding: int | Pair = 0,
    padding_mode: str = "zeros",
    dilation: int | Pair = 1,
    bias: float = 0.0,
    colour: str = "rgb",
    padding_value: float | Sequence[float] = 0.0,
) -> Filtering:
    """The settings as a `Filtering`.

    Args:
        kernel: (kH, kW), or (3, kH, kW) with colour "sum"; a tuple of kernels stands for their magnitude.
        stride, padding, dilation: one number, or (down, across).
    Raises:
        ShapeError: what `nn.Conv2d` refuses, a kernel that is no numbers, or answers beyond float32.
    """
    for name, value, known in (("padding mode", padding_mode, PADDING_MODES), ("colour", colour, COLOURS)):
        if value not in known:
            raise ShapeError(f"{name} {value!r} is unknown; take one of {', '.join(known)}.")
    kernels = _kernels(kernel, colour)
    values = np.broadcast_to(np.asarray(padding_value, dtype=np.float64), (3,))
    if not np.isfinite(values).all() or not np.isfinite(bias):
        raise ShapeError(f"bias and padding value must be finite numbers, not {bias} and {padding_value}.")
    largest = max(255.0, float(np.abs(values).max())) * max(float(np.abs(one).sum()) for one in kernels)
    if 3 * largest + abs(bias) > 1e37:
        raise ShapeError("these weights would give answers beyond what float32 holds; divide the kernel by its sum.")
    return Filtering(
        kernels=kernels,
        magnitude=isinstance(kernel, tuple),
        stride=_pair("stride", stride, 1),
        padding=_pair("padding", padding, 0),
        padding_mode=padding_mode,
        dilation=_pair("dilation", dilation, 1),
        bias=float(bias),
        colour=colour,
        padding_value=(float(values[0]), float(values[1]), float(values[2])),
    )


def _kernels(kernel: Kernels, colour: str) -> tuple[NDArray[np.float64], ...]:
    kernels = tuple(_kernel(one, colour) for one in (kernel if isinstance(kernel, tuple) else (kernel,)))
    if not kernels:
        raise ShapeError("a tuple of kernels needs at least one.")
    shapes = [str(one.shape) for one in kernels]
    if len(set(shapes)) > 1:
        raise ShapeError(f"kernels whose magnitude is taken must be of one size, not {' and '.join(shapes)}.")
    return kernels


def _kernel(kernel: ArrayLike, colour: str) -> NDArray[np.float64]:
    try:
        array = np.asarray(kernel, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ShapeError("a kernel is rows of numbers, all of one length.") from error
    fits = array.ndim == 2 or (array.ndim == 3 and array.shape[0] == 3 and colour == "sum")
    if not fits or 0 in array.shape:
        raise ShapeError(
            f"a kernel has the shape (height, width), or (3, height, width) with colour 'sum'; "
            f"this one has {array.shape} with colour {colour!r}."
        )
    if not np.isfinite(array).all():
        raise ShapeError("every cell of a kernel must be a finite number.")
    return array


def _pair(name: str, value: int | Pair, least: int) -> Pair:
    parts = value if isinstance(value, tuple | list) else (value, value)
    try:
        numbers = [operator.index(part) for part in parts]
    except TypeError:
        numbers = []
    if len(numbers) != 2 or min(numbers) < least:
        raise ShapeError(f"{name} must be a whole number of at least {least}, or two of them, not {value!r}.")
    return numbers[0], numbers[1]
