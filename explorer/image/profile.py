"""ICC profiles: the colours of a file that carries one, as sRGB, by littleCMS.

Relative colorimetric, without black point compensation: a colour inside sRGB stays itself, white becomes white. What is
three curves and a matrix is worked out here, in half the time, if it comes to the same as littleCMS's answer.
"""

import hashlib
import io
import threading
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from itertools import product
from typing import cast

import numpy as np
from PIL import Image, ImageCms

from explorer.image.matrix_profile import read_matrix_profile
from explorer.image.numbers import by_matrix

Transform = Callable[[Image.Image], Image.Image]  # pixels as stored -> mode RGB, sRGB

_SPACES = {"L": "GRAY", "RGB": "RGB", "CMYK": "CMYK", "LAB": "Lab"}  # mode of the pixels -> colour space of a profile
_CLASSES = {"mntr", "scnr", "prtr", "spac"}  # of devices; links, abstract and named ones describe no picture
_MOST_BYTES = 32_000_000
_KEPT = 32  # transforms
_GRID = (0, 16, 32, 64, 96, 128, 160, 192, 224, 255)

_cache: OrderedDict[tuple[str, str], Transform | bool] = OrderedDict()
_cache_lock = threading.Lock()


def by_profile(colours: Image.Image, profile: bytes) -> Image.Image | None:
    """The sRGB colours that pixels stand for under an ICC profile; the pixels themselves where it is sRGB's own.

    Whether it is, is found once a profile and remembered by its hash: nothing in a grid of colours moves by more than
    a level. So the usual photograph costs one hash of a few kilobytes.

    Args:
        colours: mode L, RGB, CMYK or LAB.
    Returns:
        mode RGB (or `colours` as they are), or None: the profile is broken, or belongs to another kind of pixels, and
        is to be passed over.
    """
    if len(profile) > _MOST_BYTES or colours.mode not in _SPACES:
        return None
    transform = _transform(profile, colours.mode)
    if isinstance(transform, bool):
        return colours if transform else None
    return transform(colours)


def from_lab(colours: Image.Image) -> Image.Image:
    """The sRGB colours of mode LAB (CIE L*a*b* under D50)."""
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    return by_profile(colours, lab.tobytes()) or colours.convert("RGB")


def _transform(profile: bytes, mode: str) -> Transform | bool:
    """What turns the pixels into sRGB; True: nothing need be done; False: nothing can be."""
    key = (hashlib.sha256(profile).hexdigest(), mode)
    with _cache_lock:
        if key in _cache:
            _cache.move_to_end(key)
            return _cache[key]
    built = _built(profile, mode)
    with _cache_lock:
        _cache[key] = built
        while len(_cache) > _KEPT:
            _cache.popitem(last=False)
    return built


def _built(profile: bytes, mode: str) -> Transform | bool:
    try:
        opened = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if opened.profile.xcolor_space.strip() != _SPACES[mode] or opened.profile.device_class not in _CLASSES:
            return False
        built = ImageCms.buildTransform(
            opened, ImageCms.createProfile("sRGB"), mode, "RGB", ImageCms.Intent.RELATIVE_COLORIMETRIC
        )
        transform = partial(_by_littlecms, built)
        if mode not in {"L", "RGB"}:
            return transform
        grid = _grid(mode)
        right = transform(grid)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError, AttributeError):
        return False
    if _are_alike(right, grid.convert("RGB")):
        return True
    quick = _by_matrix(profile) if mode == "RGB" else None
    return quick if quick and _are_alike(right, quick(grid)) else transform


def _by_littlecms(built: ImageCms.ImageCmsTransform, colours: Image.Image) -> Image.Image:
    return cast("Image.Image", ImageCms.applyTransform(colours, built))  # None only where it is done in place


def _by_matrix(profile: bytes) -> Transform | None:
    """The transform of a profile of curves and a matrix; None for another."""
    own = read_matrix_profile(profile)
    srgb = read_matrix_profile(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    if own is None or srgb is None:
        return None
    matrix = np.linalg.solve(srgb.matrix, own.matrix)
    curves = own.curves[:1] if (own.curves == own.curves[0]).all() else own.curves
    return lambda colours: Image.fromarray(by_matrix(np.asarray(colours), curves, matrix))


def _grid(mode: str) -> Image.Image:
    """Every grey, and in RGB a thousand colours."""
    if mode == "L":
        return Image.fromarray(np.arange(256, dtype=np.uint8)[None])
    greys = [(level,) * 3 for level in range(256)]
    return Image.fromarray(np.array([*greys, *product(_GRID, repeat=3)], np.uint8)[None])


def _are_alike(one: Image.Image, other: Image.Image) -> bool:
    """No colour of the grid differs by more than a level."""
    return bool(np.abs(np.asarray(one).astype(int) - np.asarray(other)).max() <= 1)
