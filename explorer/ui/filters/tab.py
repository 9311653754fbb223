"""Tab 1, Filters: a hand-set kernel over the photograph, every answer of which can be opened.

The filtered picture, its hover, its sums and its sweep are computed in the browser (`web/filters/convolve.js`, held
against torch by its tests): at once, to the last digit, with no request. Python gives the named kernels, the folded
first layer of a network, and the filtered picture at full resolution.
"""

import hashlib
import threading
from typing import Any

import gradio as gr

from explorer.errors import ExplorerError, ModelError
from explorer.filters import KERNELS
from explorer.ui.component import instrument
from explorer.ui.filters.picture import MOST_CELLS, Wanted, filtered_file
from explorer.ui.networks.menu import Shelf
from explorer.ui.store import Store
from explorer.ui.uploads import Photographs

MOST_FILTERS = 128  # of a first layer that are sent to the browser


class Filters:
    """The server functions of the tab."""

    def __init__(self, photographs: Photographs, shelf: Shelf, store: Store) -> None:
        self._photographs = photographs
        self._shelf = shelf
        self._store = store
        self._one_at_a_time = threading.Lock()  # a full-size picture takes hundreds of megabytes

    def kernels(self, _request: dict[str, Any]) -> list[dict[str, Any]]:
        """The named kernels, in the order of the page."""
        return [
            {"name": one.name, "family": one.family, "text": one.text, "kernels": [k.tolist() for k in one.kernels]}
            for one in KERNELS.values()
        ]

    def make_picture(self, request: dict[str, Any]) -> dict[str, Any]:
        """The {"photo"} filtered at full resolution as the settings say, as a file {path, name}."""
        wanted = Wanted.checked(request)
        photograph = self._photographs.get(request.get("photo"))
        name = f"filtered-{hashlib.sha256(repr(wanted).encode()).hexdigest()[:16]}.{wanted.suffix}"

        def make() -> bytes:
            with self._one_at_a_time:
                return filtered_file(self._photographs.full_picture(request["photo"]), wanted)

        path = self._store.file(request["photo"], name, make)
        return {"path": path, "name": f"{photograph.name.rsplit('.', 1)[0]} filtered.{wanted.suffix}"}

    def learned(self, request: dict[str, Any]) -> dict[str, Any]:
        """The first layer of the {"network"}, each of its filters folded to look at raw pixels."""
        from torch import nn

        from explorer.networks.folding import fold

        network = self._shelf.network(request.get("network"))
        found = next(((key, m) for key, m in network.model.named_modules() if isinstance(m, nn.Conv2d)), None)
        if found is None:
            raise ModelError("This network has no convolution.")
        key, layer = found
        mean, std = network.preprocessing.mean, network.preprocessing.std
        folded = [fold(layer, index, mean, std) for index in range(min(layer.out_channels, MOST_FILTERS))]
        first = folded[0]
        if any(down != across for down, across in (first.stride, first.padding, first.dilation)):
            raise ExplorerError("This layer steps or pads differently down and across; it cannot be shown here.")
        if max(first.weights.shape[1:]) > MOST_CELLS:
            raise ExplorerError(
                f"This layer's kernels are larger than {MOST_CELLS} × {MOST_CELLS}, the most shown here."
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


def build_filters_tab(photographs: Photographs, shelf: Shelf, store: Store) -> gr.HTML:
    """The tab: one instrument that draws itself."""
    filters = Filters(photographs, shelf, store)
    return instrument("filters", label="Filters", functions=[filters.kernels, filters.make_picture, filters.learned])
