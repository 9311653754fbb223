"""A network's first convolution, and its filters as kernels on raw pixels, which the Filters tab shows and applies.

The network saw (pixel / 255 - mean) / std. The same numbers come out of the raw pixels when the normalisation is
folded into the layer: weights / (255 std), bias - Σ weights mean / std, and a border of 255 mean where the layer
pads its normalised picture with zeros. Used by the Feature maps tab, which sends filters, and the Filters tab.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import nn

from explorer.arithmetic.sizes import same_padding
from explorer.errors import ModelError


@dataclass(frozen=True)
class FoldedFilter:
    """One filter of a first layer, in pixel units; the arguments of `explorer.filters.apply`.

    Three planes go with colour "sum"; a single one is applied as `weights[0]` with colour "grey".
    """

    weights: NDArray[np.float64]  # (3, kH, kW) over red, green and blue, or (1, kH, kW) over grey
    bias: float
    stride: tuple[int, int]  # down, across
    padding: tuple[int, int]
    padding_mode: str
    dilation: tuple[int, int]
    padding_value: tuple[float, float, float]  # red, green, blue of the border, with padding_mode "zeros"


def first_convolution(model: nn.Module, channels: int | None = None) -> tuple[str, nn.Conv2d]:
    """The convolution that looks at the picture itself, and its name.

    Args:
        channels: of the picture, 3 or 1: the first convolution that reads as many; None for the first of all.

    Raises:
        ModelError: the network has none.
    """
    for name, module in model.named_modules():
        if isinstance(module, nn.Conv2d) and channels in {None, module.in_channels}:
            return name, module
    over = {None: "", 1: " over grey", 3: " over red, green and blue"}.get(channels, f" over {channels} channels")
    raise ModelError(f"This network has no convolution{over} that looks at the picture itself.")


def fold(layer: nn.Conv2d, index: int, mean: Sequence[float], std: Sequence[float]) -> FoldedFilter:
    """Filter `index` of a first layer, folded with the normalisation before it.

    Args:
        layer: a convolution over red, green and blue, or over grey (one group).
        mean, std: a number for each of its channels, in the network's units (0 to 1).
    Raises:
        ModelError: the layer looks at something else, has no such filter, or pads one side more than the other.
    Source: (p / 255 - m) / s * w = p * w / (255 s) - w m / s, summed over the window.
    """
    if not isinstance(layer, nn.Conv2d) or layer.in_channels not in {1, 3} or layer.groups != 1:
        raise ModelError("Only a convolution over red, green and blue, or over grey, can be sent to the Filters tab.")
    if not 0 <= index < layer.out_channels:
        raise ModelError(f"This layer has filters 0 to {layer.out_channels - 1}, not {index}.")
    padding = _padding(layer)
    weights = layer.weight.detach()[index].double().cpu().numpy()
    bias = float(layer.bias.detach()[index]) if layer.bias is not None else 0.0
    means, stds = np.array(mean, dtype=np.float64), np.array(std, dtype=np.float64)
    if means.shape != (layer.in_channels,) or means.shape != stds.shape or not (stds > 0).all():
        raise ModelError(f"Mean and std are {layer.in_channels} numbers each, std above zero, not {mean} and {std}.")
    shift = float((weights.sum(axis=(1, 2)) * means / stds).sum())
    red, green, blue = np.broadcast_to(255 * means, (3,)).tolist()
    return FoldedFilter(
        weights=weights / (255 * stds[:, None, None]),
        bias=bias - shift,
        stride=(layer.stride[0], layer.stride[1]),
        padding=padding,
        padding_mode=layer.padding_mode,
        dilation=(layer.dilation[0], layer.dilation[1]),
        padding_value=(red, green, blue),
    )


def _padding(layer: nn.Conv2d) -> tuple[int, int]:
    """Pixels on each side, down and across; "same" and "valid" as numbers.

    Raises:
        ModelError: "same" with an even window, which takes one pixel more on one side.
    """
    if not isinstance(layer.padding, str):
        return layer.padding[0], layer.padding[1]
    if layer.padding == "valid":
        return 0, 0
    (top, bottom), (left, right) = map(same_padding, layer.kernel_size, layer.dilation)
    if top != bottom or left != right:
        raise ModelError(
            "This layer pads one side more than the other ('same' with an even window); it cannot be folded."
        )
    return top, left
