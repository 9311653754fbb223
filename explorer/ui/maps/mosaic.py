"""Maps as pictures and figures: the mosaic of a layer, the strip of all layers, a column of the sheet."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from explorer.image import render
from explorer.ui.maps import recording as recorded
from explorer.ui.maps.edges import shown_channels
from explorer.ui.maps.recording import Floats, Recording, number, numbers

PAGE_MAPS = 512  # maps of a layer that are shown at once
PAGE_VALUES = 4_000_000  # and their numbers, all together
STRIP_SIDE = 48  # pixels: a layer in the strip
STRIP_ACROSS = 20  # layers in a row of the strip's picture
BINS = 40  # of a layer's histogram


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
    """How many maps of this layer are shown at once.

    Args:
        maps: float32 (C, H, W).
    """
    return max(1, min(PAGE_MAPS, PAGE_VALUES // max(1, maps[0].size)))


def column(layer: str, kind: str, maps: Floats, order: npt.NDArray[np.intp]) -> dict[str, Any]:
    """A column of the sheet: some maps of a layer, on one scale.

    Args:
        maps: float32 (C, H, W).
        order: int64 (shown,), the channels.
    """
    shown = maps[order]
    scheme = recorded.scheme_of(shown)
    low, high = recorded.colour_range(shown, scheme, "layer")
    return {
        "layer": layer,
        "kind": kind,
        "height": maps.shape[1],
        "width": maps.shape[2],
        "scheme": scheme,
        "low": number(low[0]),
        "high": number(high[0]),
        "channels": order.tolist(),
        "strongest": [recorded.strongest(one) for one in shown],
    }


def channel_order(maps: Floats, sort: str) -> npt.NDArray[np.intp]:
    """Channels in the order in which they are shown.

    Args:
        maps: float32 (C, H, W).

    Returns:
        int64 (C,).
    """
    if sort == "strength":
        return np.argsort(-recorded.strength(maps), kind="stable")
    if sort == "sparsity":
        return np.argsort(-_zeros(maps), kind="stable")
    return np.arange(len(maps))


def statistics(maps: Floats) -> dict[str, list[float | None]]:
    """Minimum, mean, maximum and share of zeros, map by map.

    Args:
        maps: float32 (C, H, W).
    """
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


def histogram(maps: Floats) -> dict[str, Any]:
    """How often the layer's numbers fall into bins of one width, from its lowest to its highest.

    Args:
        maps: float32 (C, H, W); what is not finite is left out.
    """
    values = maps[np.isfinite(maps)]
    if not values.size:
        return {"low": None, "high": None, "counts": []}
    low, high = float(values.min()), float(values.max())
    counts, _ = np.histogram(values, bins=BINS, range=(low, high if high > low else low + 1))
    return {"low": low, "high": high, "counts": counts.tolist()}


def float_bytes(values: Floats) -> bytes:
    """The numbers as the page reads them: float32, lowest byte first.

    Args:
        values: float32, of any shape.
    """
    return np.ascontiguousarray(values, dtype="<f4").tobytes()


@dataclass(frozen=True)
class Colours:
    """What the colours of some maps mean."""

    scheme: render.Scheme
    low: Floats  # map by map, what the low end of the colour bar stands for
    high: Floats

    @classmethod
    def of(cls, maps: Floats, scale: str) -> "Colours":
        """The colours of a layer's maps, on a scale per "map" or one for the "layer".

        Args:
            maps: float32 (C, H, W).
        """
        scheme = recorded.scheme_of(maps)
        return cls(scheme, *recorded.colour_range(maps, scheme, scale))

    def chosen(self, order: npt.NDArray[np.intp]) -> "Colours":
        """The colours of some of the maps.

        Args:
            order: int64 (shown,).
        """
        return Colours(self.scheme, self.low[order], self.high[order])


def across(count: int) -> int:
    """How many maps stand in a row of the mosaic's file, which is about square."""
    return int(np.ceil(np.sqrt(count)))


def mosaic_png(maps: Floats, colours: Colours) -> bytes:
    """The maps side by side as a palette PNG, a pixel a number.

    Args:
        maps: float32 (C, H, W).
    """
    indices = render.to_indices(recorded.finite(maps), colours.low, colours.high)
    return render.palette_png(render.mosaic(indices, across(len(maps))), colours.scheme)
