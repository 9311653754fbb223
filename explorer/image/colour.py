"""Pixels as a file stores them become sRGB on white: once, here, before anything looks at them.

Colours are turned relative colorimetrically: by an ICC profile (`profile`), else by numbers (`numbers`), else they are
sRGB as they are. A profile that is broken, or of another kind than the pixels, is passed over.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from explorer.image.numbers import Numbers, by_numbers
from explorer.image.profile import by_profile, from_lab


@dataclass(frozen=True)
class Stored:
    """A picture as its file stores it, perhaps reduced already, and what its numbers mean."""

    image: Image.Image  # mode L, LA, RGB, RGBA, CMYK or LAB
    profile: bytes | None = None
    numbers: Numbers | None = None
    orientation: int = 1  # EXIF's, 1 to 8: how it is to be turned upright
    size: tuple[int, int] | None = None  # before any reduction; None: the image's own


def on_white_in_srgb(stored: Stored) -> Image.Image:
    """The picture in mode RGB, sRGB, what is transparent on white."""
    colours, opacity = stored.image, None
    if colours.mode in {"LA", "RGBA"}:
        opacity = colours.getchannel("A")
        colours = colours.convert(colours.mode[:-1])
    turned = by_profile(colours, stored.profile) if stored.profile else None
    if turned is None and colours.mode == "LAB":
        turned = from_lab(colours)
    if turned is None:
        turned = _rgb(colours)
        if stored.numbers:
            turned = Image.fromarray(by_numbers(np.asarray(turned), stored.numbers))
    turned = _rgb(turned)
    if opacity is None:
        return turned
    white = Image.new("RGB", turned.size, (255, 255, 255))
    white.paste(turned, mask=opacity)
    return white


def _rgb(image: Image.Image) -> Image.Image:
    return image if image.mode == "RGB" else image.convert("RGB")
