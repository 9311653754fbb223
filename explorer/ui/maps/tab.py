"""Tab 3, Feature maps: what a network makes of the photograph, every number of which can be opened.

The forward runs once per photograph and network and is kept under a token; the sheet, the maps of a layer and the
receipts are read from it. The page draws by itself: hovering asks nothing.
"""

import contextlib
import hashlib
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import gradio as gr
import numpy as np
import numpy.typing as npt

from explorer.errors import ExplorerError, ModelError
from explorer.image import render
from explorer.image.file_names import plain_name, working_name
from explorer.ui.component import instrument
from explorer.ui.maps import mosaic as mosaics
from explorer.ui.maps import receipt as receipts
from explorer.ui.maps import takeaway
from explorer.ui.maps.boxes import layer_field
from explorer.ui.maps.edges import contributions, edges, shown_channels
from explorer.ui.maps.inside import inside
from explorer.ui.maps.recording import Address, Floats, Recording, numbers, record_network
from explorer.ui.maps.tree import layer_tree
from explorer.ui.maps.whatif import changed_classes
from explorer.ui.networks.menu import Shelf
from explorer.ui.networks.own import OwnNetworks
from explorer.ui.request import choice, texts, whole
from explorer.ui.store import Store
from explorer.ui.turns import at_once
from explorer.ui.uploads import Photographs
from explorer.ui.visitor import asker

COLUMN_MAPS = 6  # maps of a layer in a column of the sheet
MOST_COLUMNS = 120  # of the sheet that one request may ask for
TOP_CLASSES = 10
LARGE = 100_000_000  # bytes of weights; while they are loaded, room is scarce


class FeatureMaps:
    """The server functions of the tab."""

    def __init__(self, photographs: Photographs, shelf: Shelf, store: Store) -> None:
        """Keep in `store` what networks made of photographs."""
        self._photographs = photographs
        self._shelf = shelf
        self._store = store
        shelf.on_load = self._let_go

    def open_network(self, request: dict[str, Any]) -> dict[str, Any]:
        """Run the {"photo"} of this token through the {"network"} of this name; the whole sheet, folded."""
        token, recording = self._opened(request.get("photo"), request.get("network"))
        shown = [stage.shown.key for stage in recording.stages]
        return {
            "token": token,
            "trained": recording.network.trained,
            "note": recording.network.note,
            "picture": self._picture(token, recording),
            "layers": [{"key": layer.key, "kind": layer.kind, "shape": layer.shape[1:]} for layer in recording.layers],
            "stages": [
                {"title": stage.title, "shown": stage.shown.key, "layers": [layer.key for layer in stage.layers]}
                for stage in recording.stages
            ],
            "output": recording.trace.output,
            "classes": recording.classes(TOP_CLASSES),
            "n_classes": len(recording.logits),
            "no_logits": recording.network.no_logits,
            **self._columns(token, recording, shown),
        }

    def _opened(self, photo: object, name: object) -> tuple[str, Recording]:
        """The recording of a photograph in a network, made unless it is kept, and its token."""
        network = self._shelf.network(name)
        token = self._store.token_of(Recording, lambda kept: kept.photo_token == photo and kept.network is network)
        if token:
            return token, self._recording({"token": token})
        record = partial(self._record, photo, name)
        recording = record()
        again = None if network.snapshot else record  # a live model is another one by then
        return self._store.put(recording, recording.n_bytes, again), recording

    def _let_go(self, n_bytes: int = 0) -> None:
        """Hold on to no network that the shelf has let go of; to none of one's own sheets if a large one comes."""
        self._store.let_go(lambda kept: not (kept.network.snapshot or self._shelf.holds(kept.network)))
        if n_bytes > LARGE:
            self._store.let_go(lambda _: True, asker())

    def _record(self, photo: object, network: object) -> Recording:
        """A photograph in a network, for as long as the store and the shelf keep both.

        Raises:
            ExplorerError: a photograph or network that is not there.
            ModelError: its activations are more than this host keeps.
        """
        photograph, found = self._photographs.get(photo), self._shelf.network(network)
        self._let_go()
        recording = replace(record_network(found, photograph.image, photograph.name), photo_token=str(photo))
        if recording.n_bytes > self._store.max_bytes:
            raise ModelError(
                f"What {found.name} makes of a photograph takes {recording.n_bytes / 1e6:,.0f} MB; up to "
                f"{self._store.max_bytes / 1e6:,.0f} MB are kept here. Its host can allow more, by EXPLORER_STORE_MB."
            )
        return recording

    @at_once
    def loading(self, request: dict[str, Any]) -> str:
        """How far the loading of the {"network"} is, in words; empty if there is nothing to say."""
        return self._shelf.progress(request.get("network"))

    def columns(self, request: dict[str, Any]) -> dict[str, Any]:
        """The strongest maps of the {"layers"}, to be shown as columns of the sheet."""
        recording = self._recording(request)
        return self._columns(request["token"], recording, texts(request, "layers", MOST_COLUMNS))

    def links(self, request: dict[str, Any]) -> list[list[list[float]]]:
        """How much the shown maps of each of the {"layers"} feed those of the next, and the last ones the classes."""
        recording = self._recording(request)
        layers = texts(request, "layers", MOST_COLUMNS)
        return edges(recording, layers, COLUMN_MAPS, [one["index"] for one in recording.classes(TOP_CLASSES)])

    def fields(self, request: dict[str, Any]) -> dict[str, Any]:
        """Where the units of the {"layers"} look on the picture, by layer."""
        recording = self._recording(request)
        return {key: layer_field(recording, key) for key in texts(request, "layers", MOST_COLUMNS)}

    def tree(self, request: dict[str, Any]) -> list[dict[str, Any]]:
        """The layers as the network's modules hold one another."""
        return layer_tree(self._recording(request))

    def strip(self, request: dict[str, Any]) -> dict[str, Any]:
        """The strongest map of every layer, small, all in one picture."""
        recording = self._recording(request)
        path = self._store.file(request["token"], "strip.png", lambda: mosaics.strip_png(recording))
        return {"path": path, "side": mosaics.STRIP_SIDE, "across": mosaics.STRIP_ACROSS}

    def layer_maps(self, request: dict[str, Any]) -> dict[str, Any]:
        """A {"page"} of the {"layer"}, as a mosaic and as numbers; {"sort"}, or {"channels"} to be shown; {"scale"}."""
        recording = self._recording(request)
        node, key = recording.node(request.get("layer")), recording.page_key(request.get("layer"))
        scale = choice(request, "scale", ("layer", "map"))
        maps = recording.maps(key)
        size = mosaics.page_size(maps)
        page = whole(request, "page", (len(maps) - 1) // size)
        order, gives = self._order(request, recording, key)
        order = order[page * size : (page + 1) * size]
        colours = mosaics.Colours.of(maps, scale).chosen(order)
        return {
            "layer": key,
            "kind": node.kind,
            "shape": recording.shape(key),
            "pages": -(-len(maps) // size),
            "page": page,
            "dead": int((~maps.reshape(len(maps), -1).any(axis=1)).sum()),
            "histogram": mosaics.histogram(maps),
            "order": order.tolist(),
            "contributions": None if gives is None else numbers(gives[order]),
            **mosaics.statistics(maps[order]),
            **self._mosaic(request["token"], maps[order], [key, scale, order.tolist()], colours),
        }

    def _order(
        self, request: dict[str, Any], recording: Recording, key: str
    ) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float64] | None]:
        """A layer's channels as they shall stand, and what each gives to the class if they stand by that."""
        maps = recording.maps(key)
        if "channels" in request:
            listed = request["channels"]
            if not isinstance(listed, list) or not 0 < len(listed) <= mosaics.PAGE_MAPS:
                raise ModelError(f"The channels to show must be a list of 1 to {mosaics.PAGE_MAPS} numbers.")
            return np.array([whole({"channel": one}, "channel", len(maps) - 1) for one in listed]), None
        sort = choice(request, "sort", ("index", "strength", "sparsity", "contribution"))
        target = whole(request, "class", len(recording.logits) - 1)
        if sort != "contribution":
            return mosaics.channel_order(maps, sort), None
        gives = contributions(recording, key, target)
        return np.argsort(-gives, kind="stable"), gives

    def kernels(self, request: dict[str, Any]) -> dict[str, Any]:
        """The weights of the network's first convolution."""
        layer, weights = takeaway.first_kernels(self._recording(request))
        path = self._store.file(request["token"], "kernels.f32", lambda: mosaics.float_bytes(weights))
        return {"layer": layer, "shape": weights.shape, "values": path}

    def folded_kernel(self, request: dict[str, Any]) -> dict[str, Any]:
        """The first layer's kernel {"channel"} on raw pixels, as the Filters tab takes it."""
        return takeaway.folded_kernel(self._recording(request), whole(request, "channel", 1_000_000))

    def take_away(self, request: dict[str, Any]) -> dict[str, Any]:
        """Files and lines of the {"layer"}: the mosaic as it is shown, all its numbers, PyTorch that gives them.

        The lines read the photograph as it was worked on, upright, moved, in sRGB: it goes along as {"photo"}.
        """
        recording, shown = self._recording(request), self.layer_maps(request)
        name = f"{_digest(shown['layer'])}.npz"
        npz = self._store.file(request["token"], name, lambda: takeaway.npz(recording, shown["layer"]))
        photo = self._store.file(request["token"], "working.png", lambda: render.picture_png(recording.image))
        return {
            "mosaic": shown["mosaic"],
            "npz": npz,
            "photo": {"path": photo, "name": working_name(recording.photo)},
            "code": takeaway.lines(recording, shown["layer"]),
        }

    def take_notebook(self, request: dict[str, Any]) -> str:
        """Path of a zip: the unit {"layer", "channel", "y", "x"} as a notebook {"name"}, with what that reads."""
        recording, unit = self._recording(request), _unit(request)
        name = plain_name(str(request.get("name")), "notebook")
        made = f"notebook-{_digest([unit, name])}.zip"
        return self._store.file(request["token"], made, lambda: takeaway.notebook(recording, unit, name))

    def open_unit(self, request: dict[str, Any]) -> dict[str, Any]:
        """The receipt of the unit {"layer", "channel", "y", "x"}, with its map and its contributors' maps."""
        recording, unit = self._recording(request), _unit(request)
        receipt = receipts.opened(recording, recording.tensor_unit(unit))
        reply = receipts.receipt_for_page(recording, receipt)
        picture, places = receipts.thumbnails(recording, reply["terms"])
        own = recording.maps(unit[0])[unit[1]]
        name = f"unit-{_digest(unit)}"
        reply["map"]["values"] = self._store.file(request["token"], f"{name}.f32", lambda: mosaics.float_bytes(own))
        reply["thumbnails"] = self._store.file(request["token"], f"{name}.png", lambda: picture) if places else None
        return {**reply, **inside(recording, receipt), "places": places, "field": layer_field(recording, unit[0])}

    def way_down(self, request: dict[str, Any]) -> list[dict[str, Any]]:
        """The units from {"layer", "channel", "y", "x"} down to a pixel, each the biggest term of the one before."""
        return receipts.way_down(self._recording(request), _unit(request))

    def what_if(self, request: dict[str, Any]) -> dict[str, Any]:
        """The classes before and after {"kind"}: "silence" {"channels"} of {"layer"}, no "activations", no "skips".

        Raises:
            ExplorerError: another kind, or a layer that has no such channels.
            ModelError: a network without logits.
        """
        kind, recording = choice(request, "kind", ("silence", "activations", "skips")), self._recording(request)
        if recording.network.no_logits:
            raise ModelError(recording.network.no_logits)
        return changed_classes(recording, kind, request)

    def _mosaic(self, token: str, maps: Floats, name_of: list[Any], colours: mosaics.Colours) -> dict[str, Any]:
        """The maps as a palette PNG and as numbers, in files that are made once."""
        name = f"maps-{_digest(name_of)}"
        return {
            "scheme": colours.scheme,
            "low": numbers(colours.low),
            "high": numbers(colours.high),
            "across": mosaics.across(len(maps)),
            "mosaic": self._store.file(token, f"{name}.png", lambda: mosaics.mosaic_png(maps, colours)),
            "values": self._store.file(token, f"{name}.f32", lambda: mosaics.float_bytes(maps)),
        }

    def _recording(self, request: dict[str, Any]) -> Recording:
        recording: Recording = self._store.get(request.get("token"), Recording)
        with contextlib.suppress(ExplorerError):  # of which it may be made again, as long as it is used
            self._photographs.get(recording.photo_token)
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
            column = mosaics.column(recording.page_key(key), recording.node(key).kind, maps, order)
            columns.append({**column, "shape": recording.shape(key), "start": start})
            values.append(maps[order])
            start += values[-1].size
        name = f"columns-{_digest(keys)}.f32"
        path = self._store.file(token, name, lambda: b"".join(mosaics.float_bytes(part) for part in values))
        return {"columns": columns, "column_values": path}


def _unit(request: dict[str, Any]) -> Address:
    layer = request.get("layer")
    if not isinstance(layer, str):
        raise ModelError("A unit is named by its layer, channel, y and x.")
    channel, y, x = (whole(request, name, 1_000_000) for name in ("channel", "y", "x"))
    return layer, channel, y, x


def _digest(parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def build_maps_tab(photographs: Photographs, shelf: Shelf, store: Store, own_weights: OwnNetworks) -> gr.HTML:
    """The tab: one instrument that draws itself."""
    maps = FeatureMaps(photographs, shelf, store)
    return instrument(
        "maps",
        label="Feature maps",
        functions=[
            maps.open_network,
            maps.loading,
            maps.columns,
            maps.links,
            maps.fields,
            maps.strip,
            maps.tree,
            maps.layer_maps,
            maps.open_unit,
            maps.way_down,
            maps.what_if,
            maps.kernels,
            maps.folded_kernel,
            maps.take_away,
            maps.take_notebook,
            shelf.networks,
            own_weights.check_own_file,
            own_weights.open_own,
        ],
    )
