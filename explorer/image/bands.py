"""A large picture reduced from a few hundred rows at a time, so that it is never held a second time in full.

The answer is that of Pillow's own `resize`, which also reduces along the width first and along the height after it.
"""

import threading
from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt
from PIL import Image

from explorer.errors import ImageError

ROWS = 256  # at a time
LARGE_PIXELS = 16_000_000  # more are read in bands, and one picture at a time
one_large_picture = threading.Lock()  # each takes 300 to 530 MB (benchmarks/decoding.py); the next waits

_MULTIPLIED = {"RGBA": "RGBa", "LA": "La"}  # colours times opacity: what may be averaged


def of_image(whole: Image.Image) -> Iterator[Image.Image]:
    """A decoded picture, band by band from the top; after the last one it is closed, so that its memory is free."""
    for top in range(0, whole.height, ROWS):
        yield whole.crop((0, top, whole.width, min(top + ROWS, whole.height)))
    whole.close()


def of_array(pixels: npt.NDArray[np.uint8]) -> Iterator[Image.Image]:
    """uint8 (H, W), or (H, W, C) with 3 or 4 channels (red, green, blue, opacity), band by band from the top."""
    for top in range(0, len(pixels), ROWS):
        yield Image.fromarray(np.ascontiguousarray(pixels[top : top + ROWS]))


def resized(bands: Iterable[Image.Image], size: tuple[int, int], target: tuple[int, int]) -> Image.Image:
    """The picture that the bands make up, at another size.

    Args:
        bands: of one mode and of the full width, from the top; L, LA, RGB, RGBA, CMYK or LAB.
        size: (width, height) of all bands together.
        target: (width, height) of the answer.
    Raises:
        ImageError: the bands have fewer rows than they should.
    """
    narrow, mode, top = None, "", 0
    for given in bands:
        mode = given.mode
        band = given.convert(_MULTIPLIED[mode]) if mode in _MULTIPLIED else given
        if narrow is None:
            narrow = Image.new(band.mode, (target[0], size[1]))
        if target[0] != size[0]:
            band = band.resize((target[0], band.height), Image.Resampling.HAMMING)
        narrow.paste(band, (0, top))
        top += band.height
    if narrow is None or top != size[1]:
        raise ImageError("This picture is damaged or was cut off; please save it anew.")
    if target[1] != size[1]:
        narrow = narrow.resize(target, Image.Resampling.HAMMING)
    return narrow.convert(mode) if mode in _MULTIPLIED else narrow
