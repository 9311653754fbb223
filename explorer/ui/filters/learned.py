"""A network's first layer as the Filters tab takes it, be it opened there or sent from Feature maps."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from explorer.errors import ModelError
from explorer.ui.filters.picture import MOST_CELLS

if TYPE_CHECKING:
    from explorer.networks.network import Network

MOST_FILTERS = 128  # of a first layer that are sent to the browser


def learned_filters(network: "Network", indices: Iterable[int] | None = None) -> dict[str, Any]:
    """Filters of the convolution that looks at the picture, each folded to look at raw pixels.

    Args:
        indices: which filters; None for all, up to `MOST_FILTERS`.
    Returns:
        {layer, filters: [{weights, bias}], stride, padding, dilation, padding_mode, border}; weights are (planes,
        height, width), the border is red, green and blue from 0 to 255.
    Raises:
        ModelError: no such layer or filter, or one that the tab cannot show: it steps or pads differently down and
            across, or its kernels are too large.
    """
    from explorer.models.torchvision_networks import normalisation_seen
    from explorer.networks.folding import first_convolution, fold

    mean, std = normalisation_seen(network.model, network.preprocessing.mean, network.preprocessing.std)
    key, layer = first_convolution(network.model, len(mean))
    chosen = range(min(layer.out_channels, MOST_FILTERS)) if indices is None else indices
    folded = [fold(layer, index, mean, std) for index in chosen]
    first = folded[0]
    if any(down != across for down, across in (first.stride, first.padding, first.dilation)):
        raise ModelError("This layer steps or pads differently down and across; the Filters tab cannot show it.")
    if max(first.weights.shape[1:]) > MOST_CELLS:
        raise ModelError(
            f"This layer's kernels are larger than {MOST_CELLS} × {MOST_CELLS}, the most shown in Filters."
        )
    return {
        "layer": key,
        "filters": [{"weights": one.weights.tolist(), "bias": one.bias} for one in folded],
        "stride": first.stride[0],
        "padding": first.padding[0],
        "dilation": first.dilation[0],
        "padding_mode": first.padding_mode,
        "border": list(first.padding_value),
    }
