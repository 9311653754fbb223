"""What a picture is, as an array, and what its grey is: said here once for filters, networks and training."""

import numpy as np
import numpy.typing as npt

from explorer.errors import ImageError

LUMA = (0.299, 0.587, 0.114)  # of red, green, blue: ITU-R BT.601, as cv2.cvtColor and Pillow's convert("L") have it

Picture = npt.NDArray[np.uint8]  # (H, W, 3), or (H, W, 1) where a network sees grey


def check_picture(image: Picture) -> Picture:
    """The picture itself, if it is uint8 (H, W, 3) and not empty.

    Raises:
        ImageError: it is not.
    """
    shape, kind = getattr(image, "shape", None), getattr(image, "dtype", type(image).__name__)
    if not isinstance(image, np.ndarray) or image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
        raise ImageError(f"A picture must be uint8 of shape (height, width, 3); this one is {kind} of shape {shape}.")
    if not image.size:
        raise ImageError(f"A picture of shape {shape} has no pixels.")
    return image
