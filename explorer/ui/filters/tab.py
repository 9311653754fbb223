"""Tab 1, Filters: a hand-set kernel over the photograph, every answer of which can be opened.

The filtered picture, its hover, its sums and its sweep are computed in the browser (`web/filters/convolve.js`, held
against torch by its tests): at once, to the last digit, with no request. Python gives the named kernels, the folded
first layer of a network, and the filtered picture at full resolution.
"""

import hashlib
import threading
from typing import Any

import gradio as gr

from explorer.filters import KERNELS
from explorer.ui.component import instrument
from explorer.ui.filters.learned import learned_filters
from explorer.ui.filters.picture import Wanted, filtered_file
from explorer.ui.networks.menu import Shelf
from explorer.ui.store import Store
from explorer.ui.uploads import Photographs


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
        return learned_filters(self._shelf.network(request.get("network")))


def build_filters_tab(photographs: Photographs, shelf: Shelf, store: Store) -> gr.HTML:
    """The tab: one instrument that draws itself."""
    filters = Filters(photographs, shelf, store)
    return instrument("filters", label="Filters", functions=[filters.kernels, filters.make_picture, filters.learned])
