"""The endpoints of tab 3 for programs: the maps of a layer as a picture, and a unit's whole sum."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import gradio as gr
import numpy as np

from explorer.image import open_upload
from explorer.ui.api import Photo, photo_path, plainly
from explorer.ui.maps import mosaic as mosaics
from explorer.ui.maps.receipt import opened
from explorer.ui.maps.recording import Recording, record_network
from explorer.ui.networks.menu import Shelf
from explorer.ui.request import choice, whole
from explorer.ui.store import Store

Recorder = Callable[[Photo, str], Recording]


def publish(shelf: Shelf, store: Store) -> None:
    """Add the endpoints to the page that is being built."""

    def recorded(photo: Photo, network: str) -> Recording:
        return record_network(shelf.network(network), open_upload(photo_path(photo)))

    for endpoint in (_feature_maps(recorded, store), _open_unit(recorded)):
        gr.api(plainly(endpoint), api_name=endpoint.__name__)


def _feature_maps(recorded: Recorder, store: Store) -> Callable[..., Any]:
    def feature_maps(
        photo: Photo, network: str = "products", layer: str | None = None, sort: str = "index", limit: int = 64
    ) -> tuple[Photo, dict[str, Any]]:
        """The maps that a layer of a network makes of a photograph, as one mosaic.

        Args:
            photo: an uploaded picture file.
            network: the name of a network, as in the page's menu; what was called products before is compact now.
            layer: a layer's key such as "stage2.0.relu2", or of an operation between modules such as "stage2.0.add";
                none takes the first stage's last.
            sort: "index", "strength" (strongest first) or "sparsity" (most zeros first).
            limit: at most so many maps, 1 to 512.
        Returns:
            A PNG file, a pixel a number, in the page's colours; {layer, shape, shown, channels}, where each channel has
            its index, minimum, mean, maximum and share of zeros.
        """
        recording = recorded(photo, network)
        png, facts = layer_facts(recording, layer, sort, limit)
        token = store.put(png, len(png))
        return {"path": store.file(token, "maps.png", lambda: png), "meta": {"_type": "gradio.FileData"}}, facts

    return feature_maps


def _open_unit(recorded: Recorder) -> Callable[..., Any]:
    def open_unit(
        photo: Photo, network: str = "products", layer: str | None = None, channel: int = 0, y: int = 0, x: int = 0
    ) -> dict[str, Any]:
        """One activation of a network on a photograph, and the sum that made it, term by term.

        Args:
            photo: an uploaded picture file.
            network: the name of a network, as in the page's menu; what was called products before is compact now.
            layer: a layer's key; none takes the logits.
            channel: which map, or which number of a vector; of tokens (1, L, C) and maps with their channels last, a
                place along the tensor's second dimension, and so for y and x along the next ones.
            y: row in the map.
            x: column in the map.
        Returns:
            {value, recomputed, bias, terms: [{layer, channel, y, x, amount, value, weight}], covered, note,
            receptive_field: {top, left, bottom, right, clipped, exact}}; bias and all amounts add up to recomputed.
            Where there is no rule for the operation, covered is false, recomputed null, terms empty, and the note says
            so.
        """
        recording = recorded(photo, network)
        key = recording.trace.output if layer is None else layer
        return unit_facts(recording, (key, channel, y, x))

    return open_unit


def layer_facts(recording: Recording, layer: str | None, sort: str, limit: int) -> tuple[bytes, dict[str, Any]]:
    """A layer's mosaic as a PNG, and figures of each of its maps.

    Raises:
        ExplorerError: an unknown layer or order, or a limit out of range.
    """
    order_by = choice({"sort": sort}, "sort", ("index", "strength", "sparsity"))
    most = whole({"limit": limit}, "limit", mosaics.PAGE_MAPS, lowest=1)
    node = recording.node(recording.stages[0].shown.key if layer is None else layer)
    maps = recording.units(node.key)
    order = mosaics.channel_order(maps, order_by)[: min(most, mosaics.page_size(maps))]
    png = mosaics.mosaic_png(maps[order], mosaics.Colours.of(maps, "layer").chosen(order))
    figures = mosaics.statistics(maps[order])
    channels = [
        {"index": int(index), **{name: values[at] for name, values in figures.items()}}
        for at, index in enumerate(order)
    ]
    return png, {"layer": node.key, "shape": list(node.shape[1:]), "shown": len(order), "channels": channels}


def unit_facts(recording: Recording, unit: tuple[str, int, int, int]) -> dict[str, Any]:
    """A unit's sum with all its terms, and the box of the network's picture that it sees.

    Raises:
        ExplorerError: an unknown layer, or one that has no such unit.
    """
    for name, place in zip(("channel", "y", "x"), unit[1:], strict=True):
        whole({name: place}, name, 1_000_000)
    receipt = opened(recording, unit)
    box = asdict(recording.fields.box(*unit))
    return {
        "layer": receipt.layer,
        "value": receipt.value if np.isfinite(receipt.value) else None,
        "recomputed": receipt.recomputed,
        "bias": receipt.bias,
        "terms": [term._asdict() for term in receipt.terms],
        "covered": receipt.covered,
        "note": receipt.note,
        "receptive_field": {**box, "clipped": list(box["clipped"])},
    }
