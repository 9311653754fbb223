"""The one place where numbers become a picture: palettes, and maps as palette PNGs.

Colours say the same everywhere (`ui/web/shared/colour.js` holds the same anchors for what the browser draws; a test
compares the two): signed numbers and weights diverge blue – white – orange about zero, numbers after a ReLU run
from dark to light.
"""

import io
import zlib
from functools import cache
from typing import Literal

import numpy as np
import numpy.typing as npt
from PIL import Image

from explorer.errors import ShapeError

Scheme = Literal["diverging", "sequential"]

# (position from 0 to 1, red, green, blue); straight lines between neighbours, in sRGB.
ANCHORS: dict[Scheme, tuple[tuple[float, int, int, int], ...]] = {
    "diverging": (
        (0.0, 8, 48, 107),
        (0.25, 66, 133, 196),
        (0.5, 255, 255, 255),
        (0.75, 244, 146, 60),
        (1.0, 140, 45, 4),
    ),
    "sequential": (
        (0.0, 13, 10, 35),
        (0.25, 70, 26, 110),
        (0.5, 170, 52, 108),
        (0.75, 243, 122, 78),
        (1.0, 255, 246, 218),
    ),
}


@cache
def palette(scheme: Scheme) -> npt.NDArray[np.uint8]:
    """uint8 (256, 3): the colours of `scheme` from its low end to its high end."""
    anchors = np.array(ANCHORS[scheme])
    at = np.linspace(0.0, 1.0, 256)
    channels = [np.interp(at, anchors[:, 0], anchors[:, channel]) for channel in (1, 2, 3)]
    colours = np.rint(np.stack(channels, axis=1)).astype(np.uint8)
    colours.setflags(write=False)
    return colours


def value_range(
    maps: npt.NDArray[np.floating], scheme: Scheme
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """The numbers that the ends of the colour bar stand for, map by map.

    Args:
        maps: (C, H, W).
    Returns:
        low and high, float32 (C,). Diverging ranges are symmetric about zero; sequential ones start at zero or below.
    """
    low = maps.min(axis=(1, 2)).astype(np.float32)
    high = maps.max(axis=(1, 2)).astype(np.float32)
    if scheme == "diverging":
        reach = np.maximum(np.abs(low), np.abs(high))
        return -reach, reach
    return np.minimum(low, 0.0), high


def to_indices(
    maps: npt.NDArray[np.floating], low: npt.NDArray[np.floating], high: npt.NDArray[np.floating]
) -> npt.NDArray[np.uint8]:
    """Each number as its place in a palette: `low` is 0, `high` is 255; a map with no range is all middle.

    Args:
        maps: (C, H, W), finite.
        low: (C,) or (1,), what 0 stands for.
        high: (C,) or (1,), what 255 stands for.
    Returns:
        uint8 (C, H, W).
    """
    span = (high - low).astype(np.float32)
    factor = np.divide(255.0, span, out=np.zeros_like(span), where=span > 0)
    offset = np.where(span > 0, 0.5 - low * factor, 127.5).astype(np.float32)
    scaled = maps * factor[:, None, None] + offset[:, None, None]
    return np.clip(scaled, 0, 255, out=scaled).astype(np.uint8)


def mosaic(indices: npt.NDArray[np.uint8], columns: int) -> npt.NDArray[np.uint8]:
    """Maps side by side, row by row, with no gap; places after the last map are 0.

    Args:
        indices: uint8 (C, H, W), C at least 1.
        columns: maps in a row.
    Returns:
        uint8 (rows * H, columns * W).
    Raises:
        ShapeError: no maps, or no columns.
    """
    count, height, width = indices.shape
    if count < 1 or columns < 1:
        msg = f"A mosaic of {count} maps in {columns} columns cannot be laid out; both must be at least 1."
        raise ShapeError(msg)
    rows = -(-count // columns)
    sheet = np.zeros((rows * columns, height, width), np.uint8)
    sheet[:count] = indices
    return sheet.reshape(rows, columns, height, width).swapaxes(1, 2).reshape(rows * height, columns * width)


def palette_png(indices: npt.NDArray[np.uint8], scheme: Scheme) -> bytes:
    """A PNG file whose pixels are places in the palette of `scheme`.

    Args:
        indices: uint8 (H, W).
    """
    picture = Image.fromarray(indices)
    picture.putpalette(palette(scheme).tobytes())
    return _png(picture, zlib.Z_RLE)  # of maps, as small as zlib's own search for repeats, in half its time


def picture_png(image: npt.NDArray[np.uint8]) -> bytes:
    """A PNG file that holds exactly these pixels; uint8 (H, W, 3)."""
    return _png(Image.fromarray(image))


def _png(picture: Image.Image, strategy: int = zlib.Z_DEFAULT_STRATEGY) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", compress_level=1, compress_type=strategy)
    return buffer.getvalue()


def picture_jpeg(image: npt.NDArray[np.uint8], longer_side: int, quality: int = 85) -> bytes:
    """A small JPEG for a preview; uint8 (H, W, 3), reduced to `longer_side` if it is larger."""
    picture = Image.fromarray(image)
    picture.thumbnail((longer_side, longer_side), Image.Resampling.BILINEAR, reducing_gap=2.0)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()
