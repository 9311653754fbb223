"""Output sizes along one axis: convolution, pooling, transposed convolution, adaptive pooling.

Each accepts what torch accepts on a CPU, with torch's size, and refuses the rest with the reason and the nearest
settings that work.
"""

import operator
from typing import SupportsIndex

from explorer.arithmetic.rules import Axis, Kind, length, nearest_legal, refusal
from explorer.errors import ShapeError


def output_size(size: int, kernel_size: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    """Positions that a convolution's window takes along one axis.

    floor((size + 2 * padding - dilation * (kernel_size - 1) - 1) / stride) + 1

    Args:
        size: input length in pixels, at least 1.
        padding: pixels added on *each* side.

    Returns:
        Output length in pixels, at least 1.

    Raises:
        ShapeError: the dilated window is longer than the padded input.

    Source: torch.nn.Conv2d, "Shape"; Dumoulin & Visin 2016, arXiv:1603.07285.
    """
    return axis_output_size("conv", size, kernel_size, stride, padding, dilation)


def pooled_output_size(
    size: int,
    kernel_size: int,
    stride: int | None = None,
    padding: int = 0,
    dilation: int = 1,
    ceil_mode: bool = False,
    kind: str = "max",
) -> int:
    """Positions that a pooling window takes along one axis.

    With `ceil_mode` the division is rounded up, unless the last window would then start in the padding.

    Args:
        size: input length in pixels, at least 1.
        stride: None for the kernel size, as in torch.
        padding: pixels added on *each* side, at most half of the kernel.
        dilation: 1 for average pooling, which has none.
        kind: "max" or "average".

    Returns:
        Output length in pixels, at least 1.

    Raises:
        ShapeError: too much padding, or not one window fits.

    Source: torch.nn.MaxPool2d and AvgPool2d, "Shape"; ATen/native/Pool.h.
    """
    if kind not in {"max", "average"}:
        raise ShapeError(f"Unknown pooling {kind!r}; known are 'max' and 'average'.")
    stride = kernel_size if stride is None else stride
    return axis_output_size(
        "max" if kind == "max" else "average", size, kernel_size, stride, padding, dilation, ceil_mode=ceil_mode
    )


def transposed_output_size(
    size: int, kernel_size: int, stride: int = 1, padding: int = 0, output_padding: int = 0, dilation: int = 1
) -> int:
    """Length of a transposed convolution's output along one axis.

    (size - 1) * stride - 2 * padding + dilation * (kernel_size - 1) + output_padding + 1

    Args:
        size: input length in pixels, at least 1.
        padding: pixels *cut off* on each side of the output.
        output_padding: pixels added at the end of the output, fewer than the stride or the dilation.

    Returns:
        Output length in pixels, at least 1. (An empty output is refused, as torch's own kernels refuse it; on x86 its
        oneDNN path lets a few of them through.)

    Raises:
        ShapeError: nothing is left of the output, or output_padding is too large.

    Source: torch.nn.ConvTranspose2d, "Shape".
    """
    return axis_output_size("transposed", size, kernel_size, stride, padding, dilation, output_padding=output_padding)


def same_padding(kernel_size: int, dilation: int = 1) -> tuple[int, int]:
    """Pixels before and after an axis that padding="same" adds: where they are odd, the one more comes after.

    Source: torch.nn.functional.conv2d; ATen/native/Convolution.cpp.
    """
    total = dilation * (kernel_size - 1)
    return total // 2, total - total // 2


def adaptive_output_size(size: int, output_size: int | None = None) -> int:
    """Length of an adaptive pooling's output: what was asked for, or the input's own for None.

    Raises:
        ShapeError: one of the two is no whole number of at least 1.

    Source: torch.nn.AdaptiveAvgPool2d.
    """
    return axis_output_size("adaptive", size, size if output_size is None else output_size)


def axis_output_size(
    kind: Kind,
    size: int,
    kernel_size: int,
    stride: int = 1,
    padding: int = 0,
    dilation: int = 1,
    output_padding: int = 0,
    ceil_mode: bool = False,
) -> int:
    """Output length along one axis of a layer of any kind; for "adaptive", kernel_size is the output asked for.

    Raises:
        ShapeError: torch would refuse; the message has the reason and the nearest settings that work.
    """
    numbers = {
        "size": size,
        "kernel_size": kernel_size,
        "stride": stride,
        "padding": padding,
        "dilation": dilation,
        "output_padding": output_padding,
    }
    whole = {name: _whole(name, value) for name, value in numbers.items()}
    axis = Axis(kind=kind, ceil_mode=bool(ceil_mode), **whole)
    reason = refusal(axis)
    if reason is None:
        return length(axis)
    nearest = ", ".join(str(change) for change in nearest_legal(axis))
    raise ShapeError(f"{reason} Nearest that work: {nearest}." if nearest else reason)


def _whole(name: str, value: SupportsIndex) -> int:
    try:
        return operator.index(value)
    except TypeError:
        raise ShapeError(f"{name} must be a whole number, not {value!r}.") from None
