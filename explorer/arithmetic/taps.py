"""Which input cells each output cell reads along one axis; how often each input cell is read.

Two axes are independent: a cell of a picture is read as often as its row is, times as often as its column is.
"""

from explorer.arithmetic.rules import Axis, length, refusal
from explorer.errors import ShapeError


def taps(axis: Axis) -> list[list[int]]:
    """For each output position, the input positions that it reads, in kernel order.

    Positions count from the input's first pixel: negative ones and those from `axis.size` on lie in the padding (or,
    in ceil mode, beyond it). For a transposed convolution they are the *input* cells whose stamp reaches the output
    cell, and none of them lies outside.

    Raises:
        ShapeError: torch would refuse the settings.

    Source: torch.nn.Conv2d; adaptive pooling's windows from ATen/native/AdaptivePooling.h.
    """
    reason = refusal(axis)
    if reason is not None:
        raise ShapeError(reason)
    if axis.kind == "adaptive":
        outputs = axis.kernel_size
        return [list(range(i * axis.size // outputs, -(-(i + 1) * axis.size // outputs))) for i in range(outputs)]
    if axis.kind == "transposed":
        return _transposed_taps(axis)
    offsets = [k * axis.dilation - axis.padding for k in range(axis.kernel_size)]
    return [[i * axis.stride + offset for offset in offsets] for i in range(length(axis))]


def _transposed_taps(axis: Axis) -> list[list[int]]:
    readers: list[list[int]] = [[] for _ in range(length(axis))]
    for k in range(axis.kernel_size):
        for i in range(axis.size):
            position = i * axis.stride + k * axis.dilation - axis.padding
            if 0 <= position < len(readers):
                readers[position].append(i)
    return readers


def coverage(
    size: int,
    kernel_size: int,
    stride: int = 1,
    padding: int = 0,
    dilation: int = 1,
    *,
    ceil_mode: bool = False,
    kind: str = "conv",
) -> list[int]:
    """How many windows read each input cell along one axis; 0 where none does. The padding is left out.

    Raises:
        ShapeError: torch would refuse the settings.
    """
    if kind not in {"conv", "max", "average", "adaptive", "transposed"}:
        raise ShapeError(f"Unknown kind {kind!r}; known are conv, transposed, max, average and adaptive.")
    axis = Axis(kind, size, kernel_size, stride, padding, dilation, ceil_mode=ceil_mode)  # type: ignore[arg-type]
    counts = [0] * size
    for window in taps(axis):
        for position in window:
            if 0 <= position < size:
                counts[position] += 1
    return counts


def unread(axis: Axis) -> list[int]:
    """Positions of the padded input that no window reads, from -padding on: cut by the floor, or skipped over.

    Raises:
        ShapeError: torch would refuse the settings.
    """
    if axis.kind in {"transposed", "adaptive"}:
        return []
    read = {position for window in taps(axis) for position in window}
    return [p for p in range(-axis.padding, axis.size + axis.padding) if p not in read]
