"""Tab 3, Feature maps: what a network makes of the photograph, every number of which can be opened.

The forward runs once per photograph and network and is kept under a token; the sheet, the maps of a layer and the
receipts are read from it. The page draws by itself: hovering asks nothing.
"""

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from explorer import render
from explorer.errors import ModelError
from explorer.ui import maps_receipt as receipts
from explorer.ui import maps_recording as recorded
from explorer.ui.component import Instrument
from explorer.ui.maps_fields import layer_field, unit_field
from explorer.ui.maps_recording import Floats, Recording, number, numbers, record_network
from explorer.ui.maps_request import choice, texts, whole
from explorer.ui.maps_whatif import changed_classes
from explorer.ui.maps_wires import contributions, shown_channels, wires
from explorer.ui.photo import Photographs
from explorer.ui.shelf import Shelf
from explorer.ui.store import Store

if TYPE_CHECKING:
    from explorer.trace import Node

COLUMN_MAPS = 6  # maps of a layer in a column of the sheet
MOST_COLUMNS = 120  # of the sheet that one request may ask for
PAGE_MAPS = 512  # maps of a layer that are shown at once
PAGE_VALUES = 4_000_000  # and their numbers, all together
TOP_CLASSES = 10
STRIP_SIDE = 48  # pixels: a layer in the strip
STRIP_ACROSS = 20  # layers in a row of the strip's picture
BINS = 40  # of a layer's histogram


class FeatureMaps:
    """The server functions of the tab."""

    def __init__(self, photographs: Photographs, shelf: Shelf, store: Store) -> None:
        self._photographs = photographs
        self._shelf = shelf
        self._store = store

    def open_network(self, request: dict[str, Any]) -> dict[str, Any]:
        """Run the {"photo"} of this token through the {"network"} of this name; the whole sheet, folded."""
        photograph = self._photographs.get(request.get("photo"))
        recording = record_network(self._shelf.network(request.get("network")), photograph.image)
        token = self._store.put(recording, recording.n_bytes)
        shown = [stage.shown.key for stage in recording.stages]
        return {
            "token": token,
            "trained": recording.network.trained,
            "picture": self._picture(token, recording),
            "layers": [{"key": layer.key, "kind": layer.kind, "shape": layer.shape[1:]} for layer in recording.layers],
            "stages": [
                {"title": stage.title, "shown": stage.shown.key, "layers": [layer.key for layer in stage.layers]}
                for stage in recording.stages
            ],
            "output": recording.trace.output,
            "classes": recording.classes(TOP_CLASSES),
            "n_classes": len(recording.logits),
            **self._columns(token, recording, shown),
        }

    def columns(self, request: dict[str, Any]) -> dict[str, Any]:
        """The strongest maps of the {"layers"}, to be shown as columns of the sheet."""
        recording = self._recording(request)
        return self._columns(request["token"], recording, texts(request, "layers", MOST_COLUMNS))

    def links(self, request: dict[str, Any]) -> list[list[list[float]]]:
        """How much the shown maps of each of the {"layers"} feed those of the next, and the last ones the classes."""
        recording = self._recording(request)
        layers = texts(request, "layers", MOST_COLUMNS)
        return wires(recording, layers, COLUMN_MAPS, [one["index"] for one in recording.classes(TOP_CLASSES)])

    def fields(self, request: dict[str, Any]) -> dict[str, Any]:
        """Where the units of the {"layers"} look on the picture, by layer."""
        recording = self._recording(request)
        return {key: layer_field(recording, key) for key in texts(request, "layers", MOST_COLUMNS)}

    def strip(self, request: dict[str, Any]) -> dict[str, Any]:
        """The strongest map of every layer, small, all in one picture."""
        recording = self._recording(request)
        path = self._store.file(request["token"], "strip.png", lambda: strip_png(recording))
        return {"path": path, "side": STRIP_SIDE, "across": STRIP_ACROSS}

    def layer_maps(self, request: dict[str, Any]) -> dict[str, Any]:
        """The maps of the {"layer"}, one page of them, as a mosaic and as numbers; {"sort"}, {"scale"}, {"page"}."""
        recording = self._recording(request)
        node = recording.node(request.get("layer"))
        scale = choice(request, "scale", ("layer", "map"))
        maps = recording.maps(node.key)
        sort = choice(request, "sort", ("index", "strength", "sparsity", "contribution"))
        target = whole(request, "class", len(recording.logits) - 1)
        gives = contributions(recording, node.key, target) if sort == "contribution" else None
        ranking = _ranking(maps, sort) if gives is None else np.argsort(-gives, kind="stable")
        size = page_size(maps)
        page = whole(request, "page", (len(maps) - 1) // size)
        order = ranking[page * size : (page + 1) * size]
        return {
            "layer": node.key,
            "kind": node.kind,
            "shape": node.shape[1:],
            "pages": -(-len(maps) // size),
            "page": page,
            "dead": int((~maps.reshape(len(maps), -1).any(axis=1)).sum()),
            "histogram": _histogram(maps),
            "order": order.tolist(),
            "contributions": None if gives is None else numbers(gives[order]),
            **_statistics(maps[order]),
            **self._mosaic(request["token"], maps, order, scale, [node.key, sort, target, scale, page]),
        }

    def open_unit(self, request: dict[str, Any]) -> dict[str, Any]:
        """The receipt of the unit {"layer", "channel", "y", "x"}, with its map and its contributors' maps."""
        recording, unit = self._recording(request), _unit(request)
        receipt = receipts.opened(recording, unit)
        reply = receipts.receipt_for_page(recording, receipt)
        picture, places = receipts.thumbnails(recording, reply["terms"])
        own = recording.maps(unit[0])[unit[1]]
        reply["map"]["values"] = self._store.file(request["token"], f"map-{_digest(unit[:2])}.f32", lambda: _bytes(own))
        png = f"unit-{_digest(unit)}.png"
        reply["thumbnails"] = self._store.file(request["token"], png, lambda: picture) if places else None
        return {**reply, "places": places, "field": unit_field(recording, unit)}

    def way_down(self, request: dict[str, Any]) -> list[dict[str, Any]]:
        """The units from {"layer", "channel", "y", "x"} down to a pixel, each the biggest term of the one before."""
        return receipts.way_down(self._recording(request), _unit(request))

    def what_if(self, request: dict[str, Any]) -> dict[str, Any]:
        """The classes before and after {"kind"}: "silence" {"channels"} of {"layer"}, no "activations", no "skips"."""
        kind = choice(request, "kind", ("silence", "activations", "skips"))
        return changed_classes(self._recording(request), kind, request)

    def _recording(self, request: dict[str, Any]) -> Recording:
        recording: Recording = self._store.get(request.get("token"), Recording)
        return recording

    def _picture(self, token: str, recording: Recording) -> dict[str, Any]:
        picture = np.broadcast_to(recording.picture, (*recording.picture.shape[:2], 3))
        path = self._store.file(token, "picture.png", lambda: render.picture_png(np.ascontiguousarray(picture)))
        return {"path": path, "height": picture.shape[0], "width": picture.shape[1]}

    def _columns(self, token: str, recording: Recording, keys: Sequence[str]) -> dict[str, Any]:
        """The strongest maps of each layer, and one file with the numbers of all."""
        columns, values, start = [], [], 0
        for key in keys:
            maps = recording.maps(key)
            order = shown_channels(maps, COLUMN_MAPS)
            columns.append({**_column(recording.node(key), maps, order), "start": start})
            values.append(maps[order])
            start += values[-1].size
        name = f"columns-{_digest(keys)}.f32"
        path = self._store.file(token, name, lambda: b"".join(_bytes(part) for part in values))
        return {"columns": columns, "column_values": path}

    def _mosaic(
        self, token: str, maps: Floats, order: npt.NDArray[np.intp], scale: str, name_of: list[Any]
    ) -> dict[str, Any]:
        scheme = recorded.scheme_of(maps)
        low, high = recorded.colour_range(maps, scheme, scale)
        shown, low, high = recorded.finite(maps[order]), low[order], high[order]
        across = int(np.ceil(np.sqrt(len(order))))
        name = f"maps-{_digest(name_of)}"

        def picture() -> bytes:
            return render.palette_png(render.mosaic(render.to_indices(shown, low, high), across), scheme)

        return {
            "scheme": scheme,
            "low": numbers(low),
            "high": numbers(high),
            "across": across,
            "mosaic": self._store.file(token, f"{name}.png", picture),
            "values": self._store.file(token, f"{name}.f32", lambda: _bytes(maps[order])),
        }


def _unit(request: dict[str, Any]) -> receipts.Unit:
    layer = request.get("layer")
    if not isinstance(layer, str):
        raise ModelError("A unit is named by its layer, channel, y and x.")
    channel, y, x = (whole(request, name, 1_000_000) for name in ("channel", "y", "x"))
    return layer, channel, y, x


def strip_png(recording: Recording) -> bytes:
    """The strongest map of each layer, in the layers' order, as squares of `STRIP_SIDE` in rows of `STRIP_ACROSS`."""
    rows = -(-len(recording.layers) // STRIP_ACROSS)
    sheet = np.zeros((rows * STRIP_SIDE, STRIP_ACROSS * STRIP_SIDE, 3), np.uint8)
    for at, layer in enumerate(recording.layers):
        maps = recording.maps(layer.key)
        best = recorded.finite(maps[shown_channels(maps, 1)])
        scheme = recorded.scheme_of(best)
        index = render.to_indices(best, *recorded.colour_range(best, scheme, "layer"))[0]
        rows_of, columns_of = (np.arange(STRIP_SIDE) * size // STRIP_SIDE for size in index.shape)
        y, x = at // STRIP_ACROSS * STRIP_SIDE, at % STRIP_ACROSS * STRIP_SIDE
        sheet[y : y + STRIP_SIDE, x : x + STRIP_SIDE] = render.palette(scheme)[index[np.ix_(rows_of, columns_of)]]
    return render.picture_png(sheet)


def page_size(maps: Floats) -> int:
    """How many maps of this layer are shown at once."""
    return max(1, min(PAGE_MAPS, PAGE_VALUES // max(1, maps[0].size)))


def _column(node: "Node", maps: Floats, order: npt.NDArray[np.intp]) -> dict[str, Any]:
    shown = maps[order]
    scheme = recorded.scheme_of(shown)
    low, high = recorded.colour_range(shown, scheme, "layer")
    return {
        "layer": node.key,
        "kind": node.kind,
        "shape": node.shape[1:],
        "height": maps.shape[1],
        "width": maps.shape[2],
        "scheme": scheme,
        "low": number(low[0]),
        "high": number(high[0]),
        "channels": order.tolist(),
        "strongest": [recorded.strongest(one) for one in shown],
    }


def _ranking(maps: Floats, sort: str) -> npt.NDArray[np.intp]:
    """Channels in the order in which they are shown."""
    if sort == "strength":
        return np.argsort(-recorded.strength(maps), kind="stable")
    if sort == "sparsity":
        return np.argsort(-_zeros(maps), kind="stable")
    return np.arange(len(maps))


def _statistics(maps: Floats) -> dict[str, list[float | None]]:
    axes = (1, 2)
    return {
        "minimum": numbers(maps.min(axis=axes)),
        "mean": numbers(maps.mean(axis=axes, dtype=np.float64)),
        "maximum": numbers(maps.max(axis=axes)),
        "zeros": numbers(_zeros(maps)),
    }


def _zeros(maps: Floats) -> npt.NDArray[np.float64]:
    """The share of numbers that are exactly 0, map by map."""
    return np.mean(maps == 0, axis=(1, 2), dtype=np.float64)


def _histogram(maps: Floats) -> dict[str, Any]:
    """How often the layer's numbers fall into bins of one width, from its lowest to its highest."""
    values = maps[np.isfinite(maps)]
    if not values.size:
        return {"low": None, "high": None, "counts": []}
    low, high = float(values.min()), float(values.max())
    counts, _ = np.histogram(values, bins=BINS, range=(low, high if high > low else low + 1))
    return {"low": low, "high": high, "counts": counts.tolist()}


def _bytes(values: Floats) -> bytes:
    """The numbers as the page reads them: float32, lowest byte first."""
    return np.ascontiguousarray(values, dtype="<f4").tobytes()


def _digest(parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def build_maps_tab(photographs: Photographs, shelf: Shelf, store: Store) -> Instrument:
    """The tab: one instrument that draws itself."""
    maps = FeatureMaps(photographs, shelf, store)
    return Instrument(
        "maps",
        scripts=[
            "colour",
            "maps_layout",
            "maps_draw",
            "maps_ledger",
            "maps_sheet",
            "maps_layer",
            "maps_receipt",
            "maps_unit",
        ],
        label="Feature maps",
        functions=[
            maps.open_network,
            maps.columns,
            maps.links,
            maps.fields,
            maps.strip,
            maps.layer_maps,
            maps.open_unit,
            maps.way_down,
            maps.what_if,
        ],
    )
