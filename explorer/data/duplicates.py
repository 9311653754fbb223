"""Photographs that are the same, or nearly: another size, another JPEG, a shade lighter.

A photograph's code is 256 bits, each saying whether a patch is brighter than the one to its left (dHash, on 16 x 17
patches), and 8 x 8 mean colours. Two are nearly the same where at most 4 bits and few shades differ. Photographs of
different things on white have some more bits apart, which is why the bound is as tight as that.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image

from explorer.image.pixels import Picture

SIDE = 16  # patches along each axis
MOST_BITS = 4  # of 256
MOST_SHADES = 8.0  # of 255, mean over 8 x 8 patches and 3 channels
_COLOUR_SIDE = 8
_PORTION = 1024  # rows of the table of distances at a time


def picture_code(image: Picture) -> npt.NDArray[np.float32]:
    """256 signs (-1 or 1) and 192 mean colours of a picture uint8 (H, W, 3), as float32 (448,)."""
    whole = Image.fromarray(image)
    grey = whole.convert("L").resize((SIDE + 1, SIDE), Image.Resampling.BOX)
    patches = np.asarray(grey, np.int16)
    signs = np.where(patches[:, 1:] > patches[:, :-1], 1.0, -1.0).ravel()
    colours = np.asarray(whole.resize((_COLOUR_SIDE, _COLOUR_SIDE), Image.Resampling.BOX), np.float64).ravel()
    return np.concatenate([signs, colours]).astype(np.float32)


def group_alike(codes: Sequence[npt.NDArray[np.float32] | None]) -> list[int]:
    """For each picture the index of the first one that it is nearly the same as, itself included.

    Likeness is passed on: if the first is like the second and the second like the third, all three are one group.

    Args:
        codes: from `picture_code`; None for a picture that cannot be read, which is like no other.
    """
    known = [index for index, code in enumerate(codes) if code is not None]
    first = list(range(len(codes)))

    def root(index: int) -> int:
        while first[index] != index:
            first[index] = first[first[index]]
            index = first[index]
        return index

    table = np.stack([code for code in codes if code is not None]) if known else np.zeros((0, 1), np.float32)
    signs, colours = table[:, : SIDE * SIDE], table[:, SIDE * SIDE :]
    for start in range(0, len(known), _PORTION):
        agreeing = signs[start : start + _PORTION] @ signs.T  # 256 - 2 x bits that differ
        for row, column in np.argwhere(agreeing >= SIDE * SIDE - 2 * MOST_BITS):
            one, other = start + int(row), int(column)
            if one < other and float(np.abs(colours[one] - colours[other]).mean()) <= MOST_SHADES:
                ends = sorted((root(known[one]), root(known[other])))
                first[ends[1]] = ends[0]
    return [root(index) for index in range(len(codes))]
