"""A unit, opened: its receipt with the pictures and the windows that the page shows beside the sum."""

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from explorer.errors import ModelError
from explorer.image import render
from explorer.ui.maps import recording as recorded
from explorer.ui.maps.recording import Address, Floats, Recording, number, numbers

if TYPE_CHECKING:
    from explorer.activations.operations.record import Operation
    from explorer.receipts.record import Receipt

SHOWN_TERMS = 16
MOST_CELLS = 121  # of a window that is shown cell by cell: 11 × 11
THUMBNAIL_SIDE = 112  # a contributor's map is thinned out to this
DEEPEST = 3000  # steps down to a pixel; the deepest network here has 600 operations

MOST_POOLED = 6  # operations from a number back to the map that it was pooled from: pool, flatten, dropout and the like


def opened(recording: Recording, unit: Address) -> "Receipt":
    """The receipt of a unit, which is given as receipts have it: by the dimensions of its layer's tensor.

    Raises:
        ModelError: an unknown layer, one that has no such unit, or a sum that is not finite.
    """
    from explorer.receipts.opening import open_traced

    recording.node(unit[0])
    receipt = open_traced(recording.trace, *unit)
    if not all(map(math.isfinite, (receipt.value, *(term.amount for term in receipt.terms)))):
        label = unit_label(recording, recording.page_unit(unit))
        msg = f"The sum of {label} cannot be shown: it or one of its terms is not finite."
        raise ModelError(msg)
    return receipt


def receipt_for_page(recording: Recording, receipt: "Receipt") -> dict[str, Any]:
    """A receipt as JSON: its map's colours, and patch × kernel cell by cell of each contributor.

    A convolution's terms are put together by the channel that they came from. All places are the page's.
    """
    plain, record = receipt.as_dict(SHOWN_TERMS), _record(receipt.operation)
    if record.by_channel:
        plain["terms"] = [{**share, "value": None, "weight": None} for share in plain["channels"]]
        plain["rest"] = plain["channels_rest"]
        plain["rest_count"] = plain["channels_count"] - len(plain["terms"])
    windows = _windows(recording, receipt, plain["terms"])
    plain["terms"] = [{**term, **_placed(recording, term)} for term in plain["terms"]]
    plain["inputs"] = [{**one, "shape": (1, *recording.shape(one["layer"]))} for one in plain["inputs"]]
    unit = recording.page_unit((receipt.layer, receipt.channel, receipt.y, receipt.x))
    plain |= dict(zip(("layer", "channel", "y", "x"), unit, strict=True))
    maps = recording.maps(unit[0])
    if receipt.layer == recording.trace.picture:
        plain |= _pixel(recording, receipt)
    return {
        "pixel": None,
        **_finite(plain),
        "label": unit_label(recording, unit),
        "says": receipt.layer == recording.trace.output,
        "map": {"height": maps.shape[1], "width": maps.shape[2], **_colours(maps, unit[1])},
        "windows": windows,
        "words": {"bias": record.bias_word, "factors": record.factor_words, "window": record.window_words},
        "by_channel": record.by_channel,
    }


def _record(operation: str) -> "Operation":
    """What is known of an operation."""
    from explorer.activations.operations.registry import operation_called

    return operation_called(operation)


def unit_label(recording: Recording, unit: Address) -> str:
    """What the breadcrumb calls a unit: a logit by its class, all others by layer, channel and place."""
    layer, channel, y, x = unit
    if layer == recording.trace.output and not recording.network.no_logits:
        return f"logit “{recording.network.class_name(channel)}”"
    if colour := _colour(recording, layer, channel):
        return f"pixel ({y}, {x}), {colour}"
    return f"{layer} {recording.layout(layer).words(recording.node(layer), channel, y, x)}"


def _placed(recording: Recording, term: dict[str, Any]) -> dict[str, Any]:
    """Where a term is on the page."""
    layer, channel, y, x = recording.page_unit((term["layer"], term["channel"], term["y"], term["x"]))
    return {"layer": layer, "channel": channel, "y": y, "x": x, "colour": _colour(recording, layer, channel)}


def _colour(recording: Recording, layer: str, channel: int) -> str | None:
    """What a channel of the picture is called, None of any other layer."""
    if layer != recording.trace.picture:
        return None
    return ("red", "green", "blue")[channel] if recording.picture.shape[2] == 3 else "grey"


def way_down(recording: Recording, unit: Address) -> list[dict[str, Any]]:
    """The units from this one to a pixel, each the biggest term of the one before; the first is the unit itself.

    Raises:
        ModelError: an unknown layer, no such unit, or a sum that is not finite.
    """
    way: list[dict[str, Any]] = []
    while len(way) < DEEPEST:
        receipt = opened(recording, recording.tensor_unit(unit))
        layer, channel, y, x = unit
        named = {"layer": layer, "channel": channel, "y": y, "x": x, "label": unit_label(recording, unit)}
        way.append({**named, "value": number(receipt.value)})
        if not receipt.terms:
            break
        unit = recording.page_unit(_biggest(receipt))
    return way


def _biggest(receipt: "Receipt") -> Address:
    """Where the biggest share came from; of a convolution, of all its channels' patches the biggest."""
    best = receipt.channels()[0] if _record(receipt.operation).by_channel else receipt.terms[0]
    return best.layer, best.channel, best.y, best.x


def thumbnails(recording: Recording, terms: list[dict[str, Any]]) -> tuple[bytes, list[dict[str, Any]]]:
    """The maps that the terms lie in, one PNG of squares from left to right, and where each lies and what it means.

    A number without a map of its own stands before the map that it was pooled from, its place's "behind".
    """
    pictures, places = [], []
    for term in terms:
        unit = (term["layer"], term["channel"], term["y"], term["x"])
        behind = _pooled_from(recording, unit)
        layer, channel = (behind or unit)[:2]
        maps = recording.maps(layer)
        pictures.append(_thumbnail(maps, channel))
        places.append(
            {
                "height": maps.shape[1],
                "width": maps.shape[2],
                **_colours(maps, channel),
                "shown": pictures[-1].shape[:2],
                "number": _number_of(recording.maps(unit[0]), unit[1]),
                "behind": behind and dict(zip(("layer", "channel", "y", "x"), behind, strict=True)),
            }
        )
    if not pictures:
        return b"", []
    sheet = np.zeros((max(p.shape[0] for p in pictures), sum(p.shape[1] for p in pictures), 3), np.uint8)
    left = 0
    for picture, place in zip(pictures, places, strict=True):
        height, width = picture.shape[:2]
        sheet[:height, left : left + width] = picture
        place["left"] = left
        left += width
    return render.picture_png(sheet), places


def _thumbnail(maps: Floats, channel: int) -> npt.NDArray[np.uint8]:
    """One map in its colours, thinned out, uint8 (H, W, 3)."""
    colours = _colours(maps, channel)
    one = recorded.finite(maps[channel][None])
    step = math.ceil(max(one.shape[1:]) / THUMBNAIL_SIDE)
    low, high = (np.array([colours[end] or 0.0], np.float32) for end in ("low", "high"))
    picture: npt.NDArray[np.uint8] = render.palette(colours["scheme"])[
        render.to_indices(one[:, ::step, ::step], low, high)[0]
    ]
    return picture


def _number_of(maps: Floats, channel: int) -> float | None:
    """A map's only number, None if it has several."""
    return number(maps[channel, 0, 0]) if maps.shape[1:] == (1, 1) else None


def _pooled_from(recording: Recording, unit: Address) -> tuple[str, int, int | None, int | None] | None:
    """Layer and channel of the map that a unit without one of its own was pooled or copied from, None if there is none.

    y and x are given where it is one cell of that map, None where it is the mean of all.
    """
    from explorer.receipts.opening import open_traced

    if recording.maps(unit[0]).shape[1:] != (1, 1):
        return None
    cells = 1
    for _ in range(MOST_POOLED):
        node = recording.node(unit[0])
        if not (node.moves or _record(node.operation).pools):
            return None
        terms = open_traced(recording.trace, *recording.tensor_unit(unit)).terms
        places = [recording.page_unit((term.layer, term.channel, term.y, term.x)) for term in terms]
        if len({place[:2] for place in places}) != 1:
            return None
        cells = max(cells, len(terms))
        unit = places[0]
        if recording.maps(unit[0]).shape[1:] != (1, 1):
            return (*unit[:2], None, None) if cells > 1 else unit
    return None


def _colours(maps: Floats, channel: int) -> dict[str, Any]:
    """Scheme and range of one map, on the scale of its layer's kind."""
    if not 0 <= channel < len(maps):
        msg = f"There is no channel {channel}; the layer has {len(maps)}."
        raise ModelError(msg)
    one = maps[channel][None]
    scheme = recorded.scheme_of(maps)
    low, high = recorded.colour_range(one, scheme, "map")
    return {"scheme": scheme, "low": number(low[0]), "high": number(high[0])}


def _windows(recording: Recording, receipt: "Receipt", terms: list[dict[str, Any]]) -> list[dict[str, Any] | None]:
    """Patch × kernel of each shown term where the operation looks through a window, else none."""
    if not _record(receipt.operation).window_words or not receipt.covered:
        return []
    return [_window(recording, receipt, term["channel"]) for term in terms]


def _window(recording: Recording, receipt: "Receipt", source: int) -> dict[str, Any] | None:
    from explorer.receipts.contribution import open_contribution

    unit = (receipt.layer, receipt.channel, receipt.y, receipt.x)
    found = open_contribution(recording.trace, *unit, source=source)
    if found.patch.size > MOST_CELLS:
        return None
    return {
        "height": found.patch.shape[0],
        "width": found.patch.shape[1],
        "patch": numbers(found.patch.ravel()),
        "kernel": numbers(found.kernel.ravel()),
        "product": numbers(found.product.ravel()),
        "padding": found.padding.ravel().tolist(),
        "rows": found.rows.tolist(),
        "columns": found.columns.tolist(),
    }


def _pixel(recording: Recording, receipt: "Receipt") -> dict[str, Any]:
    """What a receipt says of a number of the picture: (byte / 255 - mean) / std, reckoned in float64 from the byte."""
    preprocessing = recording.network.preprocessing
    byte = int(recording.picture[receipt.y, receipt.x, receipt.channel])
    mean, std = float(preprocessing.mean[receipt.channel]), float(preprocessing.std[receipt.channel])
    recomputed = (byte / 255 - mean) / std
    tolerance = 2e-6 * (byte / 255 + abs(mean)) / std
    difference = recomputed - receipt.value
    return {
        "recomputed": recomputed,
        "difference": difference,
        "tolerance": tolerance,
        "agrees": abs(difference) <= tolerance,
        "pixel": {"byte": byte, "mean": mean, "std": std},
    }


def _finite(value: Any) -> Any:  # noqa: ANN401  what JSON holds
    """The same with None for floats that JSON cannot hold."""
    if isinstance(value, dict):
        return {name: _finite(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
