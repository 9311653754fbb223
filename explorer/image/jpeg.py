"""A JPEG that lacks its end: how much of the picture is there. `decode` asks only once Pillow has refused the file."""

import io
import random
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from explorer.errors import ImageError

END = b"\xff\xd9"
_NEARLY = 0.05  # of the picture may be missing
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # within a scan: neither a stuffed byte nor a restart
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # markers of a frame's header; the others are tables
_COEFFICIENTS = 64  # of a block
_FILLER = bytes(random.Random(0).choices(range(0xF0), k=4096))  # noqa: S311  no secret: what a scan could go on with


@dataclass(frozen=True)
class _Scan:
    of_picture: int  # components, as the frame says
    components: int
    coefficients: int  # of each block that the scan is the first to tell


def completed(content: bytes) -> io.BytesIO:
    """The file with an end, if at most a twentieth of the picture is missing.

    Of a progressive file the picture is whole once every coefficient was told, be it coarsely.

    Raises:
        ImageError: more is missing; the sentence says how much.
    """
    content = content.rstrip(b"\xff")
    missing = _missing_share(content)
    if missing > _NEARLY:
        percent = f"{100 * missing:.0f}"
        share = "nearly all" if percent == "100" else f"about {percent} %"
        raise ImageError(f"This JPEG was cut off: {share} of the picture is missing; please choose the whole file.")
    return io.BytesIO(content + END)


def _missing_share(content: bytes) -> float:
    """The share of the picture that is not in the file, 0 to 1."""
    scans = list(_scans(content))
    if not scans:
        return 1.0
    whole = _COEFFICIENTS * scans[0].of_picture
    told = sum(scan.components * scan.coefficients for scan in scans[:-1])
    if told >= whole:
        return 0.0
    last = scans[-1].components * scans[-1].coefficients
    return max(0.0, 1 - (told + last * _rows_told(content)) / whole)


def _rows_told(content: bytes) -> float:
    """The share of rows, from the top, that the last scan tells: those that do not change with what might follow it."""
    ended, going_on = _small(content + END), _small(content + _FILLER + END)
    if ended is None or going_on is None:
        return 0.0
    differs = (ended != going_on).reshape(len(ended), -1).any(axis=1)
    return float(differs.argmax() / len(differs)) if differs.any() else 1.0


def _small(content: bytes) -> npt.NDArray[np.uint8] | None:
    """The picture at an eighth of its size; None where libjpeg refuses it."""
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG",)) as opened:
            opened.draft(None, (max(1, opened.width // 8), max(1, opened.height // 8)))
            return np.asarray(opened)
    except (OSError, SyntaxError, ValueError):
        return None


def _scans(content: bytes) -> Iterator[_Scan]:
    """Every scan that the file begins. Source: ITU-T T.81, B.1 and B.2.3."""
    at, of_picture = 2, 0
    while at + 4 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        length = struct.unpack_from(">H", content, at + 2)[0]
        body = content[at + 4 : at + 2 + length]
        at += 2 + length
        if marker in _FRAMES and len(body) > 5:
            of_picture = body[5]
        if marker == 0xDA:
            if len(body) < 4 or len(body) < 2 * body[0] + 4 or not of_picture:
                return
            first, last, successive = body[2 * body[0] + 1 : 2 * body[0] + 4]
            refines = successive >> 4
            yield _Scan(of_picture, body[0], 0 if refines else min(last, 63) - min(first, 63) + 1)
            found = _MARKER.search(content, at)
            at = found.start() if found else len(content)
        while content[at : at + 2] == b"\xff\xff":
            at += 1
