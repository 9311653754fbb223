"""ICC profiles: the colours of a file that carries one, as sRGB, by littleCMS.

Relative colorimetric, without black point compensation: a colour inside sRGB stays itself, white becomes white.
"""

import hashlib
import io
import threading
from collections import OrderedDict
from itertools import product

import numpy as np
from PIL import Image, ImageCms

_SPACES = {"L": "GRAY", "RGB": "RGB", "CMYK": "CMYK", "LAB": "Lab"}  # mode of the pixels -> colour space of a profile
_CLASSES = {"mntr", "scnr", "prtr", "spac"}  # of devices; links, abstract and named ones describe no picture
_MOST_BYTES = 32_000_000
_KEPT = 32  # transforms
_GRID = (0, 16, 32, 64, 96, 128, 160, 192, 224, 255)

_cache: "OrderedDict[tuple[str, str], ImageCms.ImageCmsTransform | bool]" = OrderedDict()
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
    return ImageCms.applyTransform(colours, transform)


def from_lab(colours: Image.Image) -> Image.Image:
    """The sRGB colours of mode LAB (CIE L*a*b* under D50)."""
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    return by_profile(colours, lab.tobytes()) or colours.convert("RGB")


def _transform(profile: bytes, mode: str) -> "ImageCms.ImageCmsTransform | bool":
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


def _built(profile: bytes, mode: str) -> "ImageCms.ImageCmsTransform | bool":
    try:
        opened = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if opened.profile.xcolor_space.strip() != _SPACES[mode] or opened.profile.device_class not in _CLASSES:
            return False
        transform = ImageCms.buildTransform(
            opened, ImageCms.createProfile("sRGB"), mode, "RGB", ImageCms.Intent.RELATIVE_COLORIMETRIC
        )
        return True if mode in {"L", "RGB"} and _moves_nothing(transform, mode) else transform
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError, AttributeError):
        return False


def _moves_nothing(transform: "ImageCms.ImageCmsTransform", mode: str) -> bool:
    if mode == "L":
        grid = Image.fromarray(np.arange(256, dtype=np.uint8)[None])
    else:
        greys = [(level,) * 3 for level in range(256)]
        grid = Image.fromarray(np.array([*greys, *product(_GRID, repeat=3)], np.uint8)[None])
    moved = np.asarray(ImageCms.applyTransform(grid, transform)).astype(int)
    return bool(np.abs(moved - np.asarray(grid.convert("RGB"))).max() <= 1)
