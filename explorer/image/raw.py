"""A camera's raw file: the preview that the camera put beside its sensor's values, which are not developed here."""

import io
import struct
from pathlib import Path

from PIL import Image

from explorer.image import tiff
from explorer.image.tiff import TiffPage

REMARK = "This is a camera's raw file: the preview in it was used."
RAF_START = b"FUJIFILMCCD-RAW "
_JPEGS = {6, 7}  # COMPRESSION
_MOST_PREVIEW_PIXELS = 66_000_000


def is_raw(pages: list[TiffPage]) -> bool:
    """Whether a TIFF is a camera's raw file: a DNG, or one with a page of a sensor's values."""
    return any(page.is_raw or tiff.DNG_VERSION in page.numbers or tiff.DNG_VERSION in page.texts for page in pages)


def tiff_preview(path: str | Path, pages: list[TiffPage]) -> bytes | None:
    """The largest JPEG among the pages that hold no sensor's values; None: there is none."""
    places = []
    for page in pages:
        if page.one(tiff.JPEG_START) and page.one(tiff.JPEG_BYTES):
            places.append((page.one(tiff.JPEG_START), page.one(tiff.JPEG_BYTES)))
        elif page.one(tiff.COMPRESSION) in _JPEGS and len(page.numbers.get(tiff.STRIPS, ())) == 1 and not page.is_raw:
            places.append((page.one(tiff.STRIPS), page.one(tiff.STRIP_BYTES)))
    found = []
    with Path(path).open("rb") as file:
        for start, length in places:
            file.seek(start)
            content = file.read(length)
            if pixels := _pixels(content):
                found.append((pixels, content))
    return max(found, key=lambda one: one[0])[1] if found else None


def raf_preview(path: str | Path) -> bytes | None:
    """The JPEG that the head of a Fujifilm raw file points to; None: there is none."""
    with Path(path).open("rb") as file:
        head = file.read(92)
        if len(head) < 92:
            return None
        start, length = struct.unpack_from(">II", head, 84)
        file.seek(start)
        content = file.read(length)
    return content if _pixels(content) else None


def _pixels(content: bytes) -> int:
    """How many pixels a JPEG has; 0: it is none, or one of a sensor's depth."""
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG",)) as opened:
            pixels = opened.width * opened.height
    except (OSError, SyntaxError, ValueError):
        return 0
    return pixels if pixels <= _MOST_PREVIEW_PIXELS else 0
