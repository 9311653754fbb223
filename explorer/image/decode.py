"""The one place where a file becomes pixels: for the page, the endpoints and the shell alike.

What lives here: decoding an untrusted upload, with its limits. What does not: how each kind of file is read
(`explorer.image.reading`), what its colours mean (`explorer.image.colour`), pixels becoming a tensor
(`explorer.preprocessing`), numbers becoming a picture (`explorer.image.render`).
"""

import contextlib
import math
import threading
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

from explorer.errors import ImageError
from explorer.image import bands, jpeg, png, raw, reading, tiff
from explorer.image.colour import Stored, on_white_in_srgb
from explorer.image.kinds import FORMATS, KINDS, REFUSED, SUFFIXES, is_heic, is_photograph, refused_kind, suffix_of

__all__ = ["KINDS", "SUFFIXES", "full_size", "is_photograph", "open_remarked", "open_upload"]
__all__ += ["suffix_of", "take_files_up_to"]

WORKING_SIDE = 1600  # pixels: what the tabs work on
MAX_FILE_BYTES = 100_000_000
MAX_PIXELS = 66_000_000  # 9248 × 6936, the largest that telephones take, and some
MAX_RESULT_PIXELS = 24_000_000  # of what is given back

_TIFF_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_HEAD_BYTES = 200
_UPRIGHT = {  # EXIF orientation -> what turns the picture upright
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass
class _Limits:
    """What the host of a page has chosen, for the whole process."""

    file_bytes: int = MAX_FILE_BYTES


_limits = _Limits()
_prepare_lock = threading.Lock()
_prepared = threading.Event()


def open_upload(path: str | Path, longer_side: int = WORKING_SIDE) -> npt.NDArray[np.uint8]:
    """The picture in a file: upright, in sRGB, transparency on white, first frame, no metadata.

    Colours become sRGB relative colorimetrically, by the file's ICC profile or its numbers (`explorer.image.colour`);
    for the usual photograph, which is sRGB already, nothing is done. Deeper pixels are scaled to 8 bits by the depth
    that the file states. Of a camera's raw file the preview is taken (`open_remarked` says so).

    Args:
        path: a file of at most 100 MB, unless the host has chosen otherwise, and 66 megapixels.
        longer_side: a larger picture is reduced to this many pixels on its longer side; a smaller one stays.
            A result never has more than 24 megapixels.
    Returns:
        uint8 (H, W, 3), 0 to 255.
    Raises:
        ImageError: the file cannot be read as a picture, or is too large; one sentence says why.
    """
    if longer_side < 1:
        msg = f"longer_side is {longer_side}; it must be at least 1."
        raise ImageError(msg)
    _prepare_pillow()
    _check_bytes(path, _limits.file_bytes)
    try:
        return _decode(Path(path), longer_side)
    except ImageError:
        raise
    except UnidentifiedImageError as error:
        missing = "HEIF" not in _formats() and is_heic(_head(path))
        raise ImageError(REFUSED["HEIC" if missing else "other"]) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        limit = MAX_PIXELS // 1_000_000
        raise ImageError(f"This picture has far too many pixels; please reduce it to {limit} megapixels.") from error
    except Exception as error:  # a damaged file makes Pillow's decoders raise nearly anything
        raise ImageError("This picture is damaged and cannot be read; please save it anew.") from error


def open_remarked(path: str | Path) -> tuple[npt.NDArray[np.uint8], str]:
    """The picture as `open_upload` gives it, and what to say where it is not quite what its file holds; mostly nothing.

    Raises:
        ImageError: as `open_upload`.
    """
    image = open_upload(path)
    head = _head(path)
    of_raw = head.startswith(raw.RAF_START) or (head.startswith(_TIFF_STARTS) and raw.is_raw(tiff.read_pages(path)))
    return image, raw.REMARK if of_raw else ""


def full_size(path: str | Path) -> tuple[int, int]:
    """(width, height) of the upright picture in a file that `open_upload` has opened, before any reduction."""
    _prepare_pillow()
    head = _head(path)
    if head.startswith((*_TIFF_STARTS, raw.RAF_START)):
        (width, height), orientation = reading.size_of_tiff(Path(path))
    else:
        with Image.open(path, formats=_formats()) as opened:
            (width, height), orientation = opened.size, reading.orientation_of(opened)
    return (height, width) if orientation in {5, 6, 7, 8} else (width, height)


def take_files_up_to(size_mb: int) -> None:
    """Let files have so many megabytes, in the whole process; a page's host says how many before it serves."""
    _limits.file_bytes = size_mb * 1_000_000


def _prepare_pillow() -> None:
    """Register HEIC once, at the first picture and not at import, where its package is installed."""
    with _prepare_lock:
        if not _prepared.is_set():
            with contextlib.suppress(ImportError):
                import pillow_heif

                pillow_heif.register_heif_opener()
            _prepared.set()


def _formats() -> tuple[str, ...]:
    """Those of FORMATS that can be read here."""
    return tuple(name for name in FORMATS if name != "HEIF" or name in Image.OPEN)


def _head(path: str | Path) -> bytes:
    with Path(path).open("rb") as file:
        return file.read(_HEAD_BYTES)


def _check_bytes(path: str | Path, max_bytes: int) -> None:
    try:
        size_bytes = Path(path).stat().st_size
    except (OSError, ValueError) as error:  # a name with a null character is a ValueError
        raise ImageError("This file could not be found; please choose it again.") from error
    if size_bytes == 0:
        raise ImageError("This file is empty; please choose another picture.")
    if size_bytes > max_bytes:
        msg = f"This file has {_rounded_up(size_bytes)} MB; up to {max_bytes // 1_000_000} MB can be opened."
        raise ImageError(msg)


def _rounded_up(count: int) -> str:
    """Millions to one decimal, rounded up, so that what is over a limit never reads as the limit."""
    return f"{math.ceil(count / 1e5) / 10:g}"


def _decode(path: Path, longer_side: int) -> npt.NDArray[np.uint8]:
    with contextlib.ExitStack() as held:

        def targeting(width: int, height: int) -> tuple[int, int]:
            if min(width, height) < 1:
                raise ImageError("This picture has no pixels; please choose another.")
            if width * height > MAX_PIXELS:
                msg = (
                    f"This picture has {width} × {height} pixels, which is {_rounded_up(width * height)} megapixels; "
                    f"up to {MAX_PIXELS // 1_000_000} can be opened."
                )
                raise ImageError(msg)
            if width * height > bands.LARGE_PIXELS:
                held.enter_context(bands.one_large_picture)
            return _reduced_size(width, height, longer_side)

        stored, box = _stored(path, targeting)
        target = _reduced_size(*(stored.size or stored.image.size), longer_side)
        image = stored.image
        if image.size != target:  # half the time of LANCZOS
            image = image.resize(target, Image.Resampling.HAMMING, box, reducing_gap=2.0)
        upright = on_white_in_srgb(replace(stored, image=image))
        if stored.orientation in _UPRIGHT:
            upright = upright.transpose(_UPRIGHT[stored.orientation])
        return np.array(upright)  # a copy of its own, writable, that keeps nothing of the file


def _stored(path: Path, targeting: reading.Targeting) -> tuple[Stored, reading.Box]:
    """The picture as the file stores it, and the part of it that counts."""
    head = _head(path)
    if kind := refused_kind(head):
        raise ImageError(REFUSED[kind])
    if head.startswith(_TIFF_STARTS):
        return reading.read_tiff(path, targeting)
    if head.startswith(raw.RAF_START):
        return reading.read_raf(path, targeting)
    with _opened(path, head) as opened:
        if opened.format in {"JPEG", "MPO"}:
            return _read_jpeg(opened, path, targeting)
        readers = {
            "PNG": partial(reading.read_png, path=path),
            "WEBP": partial(reading.read_webp, path=path),
            "HEIF": partial(reading.read_heif, path=path),
            "AVIF": partial(reading.read_avif, path=path),
        }
        return readers.get(opened.format or "", reading.read_other)(opened, targeting=targeting), None


def _opened(path: Path, head: bytes) -> Image.Image:
    try:
        return Image.open(path, formats=_formats())
    except (ValueError, UnidentifiedImageError):
        if not head.startswith(png.SIGNATURE):
            raise
        return Image.open(png.without_texts(path), formats=("PNG",))


def _read_jpeg(opened: Image.Image, path: Path, targeting: reading.Targeting) -> tuple[Stored, reading.Box]:
    try:
        return reading.read_jpeg(opened, targeting)
    except OSError:
        content = path.read_bytes()
        if content.endswith(jpeg.END):
            raise
    with Image.open(jpeg.completed(content), formats=("JPEG",)) as mended:
        return reading.read_jpeg(mended, targeting)


def _reduced_size(width: int, height: int, longer_side: int) -> tuple[int, int]:
    """(width, height) with at most `longer_side` pixels a side and at most 24 megapixels in all."""
    scale = min(1.0, longer_side / max(width, height), (MAX_RESULT_PIXELS / (width * height)) ** 0.5)
    return max(1, round(width * scale)), max(1, round(height * scale))
