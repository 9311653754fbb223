"""A network's first-layer filters as kernels on raw pixels, so that the Filters tab can show and apply them.

The network saw (pixel / 255 - mean) / std. The same numbers come out of the raw pixels when the normalisation is
folded into the layer: weights / (255 std), bias - Σ weights mean / std, and a border of 255 mean where the layer
pads its normalised picture with zeros. Used by the Feature maps tab, which sends filters, and the Filters tab.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import nn

from explorer.errors import ModelError


@dataclass(frozen=True)
class FoldedFilter:
    """One filter of a first layer, in pixel units; the arguments of `explorer.filters.apply` with colour "sum"."""

    weights: NDArray[np.float64]  # (3, kH, kW)
    bias: float
    stride: tuple[int, int]  # down, across
    padding: tuple[int, int]
    padding_mode: str
    dilation: tuple[int, int]
    padding_value: tuple[float, float, float]  # red, green, blue of the border, with padding_mode "zeros"


def fold(layer: nn.Conv2d, index: int, mean: Sequence[float], std: Sequence[float]) -> FoldedFilter:
    """Filter `index` of a first layer, folded with the normalisation before it.

    Args:
        layer: a convolution over red, green and blue (one group).
        mean, std: three numbers each, in the network's units (0 to 1).
    Raises:
        ModelError: the layer does not look at three colours, has no such filter, or pads by name or unevenly.
    Source: (p / 255 - m) / s * w = p * w / (255 s) - w m / s, summed over the window.
    """
    if not isinstance(layer, nn.Conv2d) or layer.in_channels != 3 or layer.groups != 1:
        raise ModelError("Only a convolution over red, green and blue can be sent to the Filters tab.")
    if not 0 <= index < layer.out_channels:
        raise ModelError(f"This layer has filters 0 to {layer.out_channels - 1}, not {index}.")
    if isinstance(layer.padding, str):
        raise ModelError(f"This layer pads by name ({layer.padding}); only a number of pixels can be folded.")
    weights = layer.weight.detach()[index].double().cpu().numpy()
    bias = float(layer.bias.detach()[index]) if layer.bias is not None else 0.0
    means, stds = np.array(mean, dtype=np.float64), np.array(std, dtype=np.float64)
    if means.shape != (3,) or stds.shape != (3,) or not (stds > 0).all():
        raise ModelError(f"Mean and std are three numbers each, std above zero, not {mean} and {std}.")
    shift = float((weights.sum(axis=(1, 2)) * means / stds).sum())
    red, green, blue = (255 * means).tolist()
    return FoldedFilter(
        weights=weights / (255 * stds[:, None, None]),
        bias=bias - shift,
        stride=(layer.stride[0], layer.stride[1]),
        padding=(layer.padding[0], layer.padding[1]),
        padding_mode=layer.padding_mode,
        dilation=(layer.dilation[0], layer.dilation[1]),
        padding_value=(red, green, blue),
    )
