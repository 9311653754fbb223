"""Move a photograph: shift, turn, scale, mirror, crop. Then watch what follows, and what does not.

A convolution's maps move along with the picture; a dense layer's numbers do not. Where nothing of the photograph is
left, the picture is white.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from explorer.errors import ImageError

WHITE = (255, 255, 255)
MIN_SIDE = 8  # pixels of a crop


@dataclass(frozen=True)
class Movement:
    """What a visitor has done to a photograph, in shares of its size, so that it fits the picture at any size."""

    shift_x: float = 0.0  # to the right, as a share of the width
    shift_y: float = 0.0  # down, as a share of the height
    turn: float = 0.0  # degrees clockwise
    scale: float = 1.0
    mirrored: bool = False
    box: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)  # left, top, width, height of what is kept

    def apply(self, image: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """The photograph, uint8 (H, W, 3), cropped to the box, then moved; shifts are rounded to whole pixels.

        Raises:
            ImageError: numbers that are not finite, a scale out of range, or a box with less than 8 pixels on a side.
        """
        if not all(map(math.isfinite, (self.shift_x, self.shift_y, *self.box))):
            raise ImageError("The photograph can only be moved by finite numbers.")
        height, width = image.shape[:2]
        left, top, box_width, box_height = self.box
        kept = crop(
            image, round(left * width), round(top * height), round(box_width * width), round(box_height * height)
        )
        shift = (round(self.shift_x * kept.shape[1]), round(self.shift_y * kept.shape[0]))
        return move(kept, shift=shift, turn=self.turn, scale=self.scale, mirrored=self.mirrored)


def move(
    image: npt.NDArray[np.uint8],
    *,
    shift: tuple[float, float] = (0.0, 0.0),
    turn: float = 0.0,
    scale: float = 1.0,
    mirrored: bool = False,
) -> npt.NDArray[np.uint8]:
    """The picture mirrored, then scaled and turned about its centre, then shifted, in a frame of the same size.

    Args:
        image: uint8 (H, W, 3).
        shift: pixels to the right and down. Whole numbers alone move pixels without touching their values.
        turn: degrees clockwise.
        scale: 0.1 to 10; 2 is twice as large.
        mirrored: left and right swapped.

    Returns:
        uint8 (H, W, 3), white where nothing of the photograph is left.

    Raises:
        ImageError: a number that is not finite, or a scale out of range.
    """
    if not all(map(math.isfinite, (*shift, turn, scale))) or not 0.1 <= scale <= 10:
        msg = f"The photograph cannot be moved by {shift}, {turn} degrees, scale {scale}; scales go from 0.1 to 10."
        raise ImageError(msg)
    height, width = image.shape[:2]
    source = np.ascontiguousarray(image[:, ::-1]) if mirrored else image
    centre = ((width - 1) / 2, (height - 1) / 2)
    matrix = cv2.getRotationMatrix2D(centre, -turn, scale)
    matrix[:, 2] += shift
    moved = cv2.warpAffine(source, matrix, (width, height), flags=cv2.INTER_LINEAR, borderValue=WHITE)
    return np.asarray(moved, dtype=np.uint8)


def crop(image: npt.NDArray[np.uint8], left: int, top: int, width: int, height: int) -> npt.NDArray[np.uint8]:
    """The part of the picture in a box, with its very pixels.

    Args:
        image: uint8 (H, W, 3).
        left: pixels before the box; `top` likewise. A box that reaches over an edge is cut there.

    Raises:
        ImageError: fewer than 8 pixels on a side are left.
    """
    rows, columns = slice(max(0, top), max(0, top + height)), slice(max(0, left), max(0, left + width))
    part = image[rows, columns]
    if min(part.shape[:2]) < MIN_SIDE:
        msg = f"The box has {part.shape[1]} × {part.shape[0]} pixels; a crop needs at least {MIN_SIDE} on each side."
        raise ImageError(msg)
    return np.ascontiguousarray(part)
