"""Which cells of its input a convolution or pooling reads, for every output: the geometry behind sums and fields.

Whole numbers only. Cells before 0 or past the end lie in the padding. Used by explorer.receipts and
explorer.activations.receptive_field.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

POOLINGS = frozenset(["max_pool2d", "avg_pool2d"])
ADAPTIVE_POOLINGS = frozenset(["adaptive_avg_pool2d", "adaptive_max_pool2d"])


def pair(value: Any) -> tuple[int, int]:  # noqa: ANN401 -- an int or one or two, as torch takes them
    """(height, width) of a size that may be given as one number."""
    if isinstance(value, int):
        return value, value
    height, width = value if len(value) == 2 else (*value, *value)
    return int(height), int(width)


def window_cells(
    operation: str, named: Mapping[str, Any], source: Sequence[int], output: Sequence[int]
) -> tuple[np.ndarray, np.ndarray]:
    """The rows and columns that each output row and column reads.

    Args:
        named: the operation's arguments by name; those left out have torch's defaults.
        source: shape of the input; output: shape of the output.

    Returns:
        Rows as int (output height, cells) and columns as int (output width, cells). The regions of an adaptive
        pooling differ in length: the shorter repeat their last cell.
    """
    if operation in ADAPTIVE_POOLINGS:
        return _regions(source[-2], output[-2]), _regions(source[-1], output[-1])
    kernels = pair(named["weight"].shape[-2:] if operation == "conv2d" else named["kernel_size"])
    stride = named.get("stride")
    if stride is None or stride == []:
        stride = 1 if operation == "conv2d" else kernels
    dilations = pair(_given(named, "dilation", 1))
    padding = _given(named, "padding", 0)
    if padding == "same":
        before = tuple(dilation * (kernel - 1) // 2 for dilation, kernel in zip(dilations, kernels, strict=True))
    else:
        before = pair(0 if padding == "valid" else padding)
    rows, columns = (
        np.arange(size)[:, None] * step - first + np.arange(kernel) * dilation
        for size, step, first, kernel, dilation in zip(
            output[-2:], pair(stride), before, kernels, dilations, strict=True
        )
    )
    return rows, columns


def _given(named: Mapping[str, Any], name: str, default: Any) -> Any:  # noqa: ANN401 -- any argument
    value = named.get(name)
    return default if value is None else value


def _regions(size: int, outputs: int) -> np.ndarray:
    """From floor(i size / outputs) to ceil((i + 1) size / outputs): torch.nn.AdaptiveAvgPool2d's regions."""
    starts = np.arange(outputs) * size // outputs
    ends = -(-(np.arange(outputs) + 1) * size // outputs)
    return np.minimum(starts[:, None] + np.arange((ends - starts).max()), ends[:, None] - 1)
