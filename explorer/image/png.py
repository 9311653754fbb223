"""What Pillow leaves out of a PNG: colours by code points, all 16 bits of a colour, the transparent grey of few bits.

`decode` asks here for PNG alone; chunks are those of the PNG specification, third edition (W3C, 2025).
"""

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFile

from explorer.image import bands
from explorer.image.numbers import Numbers, coded, of_gamma

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_TEXTS = {b"tEXt", b"zTXt", b"iTXt"}
_GREY, _COLOUR, _GREY_ALPHA, _COLOUR_ALPHA = 0, 2, 4, 6
_MOST_CHUNKS = 10_000  # before the pixels


@dataclass(frozen=True)
class Header:
    """What stands before the pixels of a PNG."""

    bits: int  # a sample: 1, 2, 4, 8 or 16
    colour_type: int
    coded: Numbers | None  # colours by code points (cICP)


def read_header(path: str | Path) -> Header:
    """The header of a PNG file that Pillow has opened."""
    bits, colour_type, by_code = 8, _COLOUR, None
    with Path(path).open("rb") as file:
        for name, length in _chunks(file):
            if name == b"IHDR":
                bits, colour_type = struct.unpack("8xBB", file.read(10))
            elif name == b"cICP" and length == 4:
                primaries, transfer, matrix, full = file.read(4)
                by_code = coded(primaries, transfer, full_range=bool(full)) if matrix == 0 else None
            elif name == b"IDAT":
                break
    return Header(bits, colour_type, by_code)


def meaning(opened: Image.Image, header: Header) -> tuple[bytes | None, Numbers | None]:
    """(ICC profile, numbers) of a PNG, at most one of them: cICP before iCCP before sRGB before gAMA and cHRM."""
    if header.coded:
        return None, header.coded
    if opened.info.get("icc_profile"):
        return opened.info["icc_profile"], None
    if "srgb" in opened.info:
        return None, None
    return None, of_gamma(opened.info.get("gamma"), opened.info.get("chromaticity"))


def without_texts(path: str | Path) -> io.BytesIO:
    """The file without its texts: Pillow reads at most a megabyte of each, 64 in all, and takes more for damage."""
    kept = io.BytesIO()
    kept.write(SIGNATURE)
    with Path(path).open("rb") as file:
        for name, length in _chunks(file):
            if name not in _TEXTS:
                kept.write(struct.pack(">I", length) + name + file.read(length + 4))
    kept.seek(0)
    return kept


def mend_transparency(opened: Image.Image, header: Header) -> None:
    """Bring the transparent grey of 2 and 4 bits to the 8 bits that Pillow widens the pixels to."""
    transparent = opened.info.get("transparency")
    if header.colour_type == _GREY and header.bits in {2, 4} and isinstance(transparent, int):
        opened.info["transparency"] = transparent * (255 // (2**header.bits - 1))


def is_deep_colour(header: Header) -> bool:
    """Whether Pillow would cut 16 bits to the upper 8."""
    return header.bits == 16 and header.colour_type != _GREY


def eight_bits(values: npt.NDArray[np.uint16]) -> npt.NDArray[np.uint8]:
    """16 bits as 8: round(value / 257), exactly."""
    return ((values.astype(np.uint32) + 128) // 257).astype(np.uint8)


def deep_colour(path: str | Path, header: Header, target: tuple[int, int]) -> Image.Image:
    """A PNG of 16 bits and more than grey, as mode LA, RGB or RGBA; a large one at its target size.

    Pillow's unpackers keep one byte of two. The file is read once for the upper bytes and once for the lower.
    """
    if header.colour_type == _GREY_ALPHA:  # two samples of 16 bits, read as four of 8
        with _opened(path, "RGBA") as file:
            large = file.width * file.height > bands.LARGE_PIXELS
            parts = (Image.fromarray(_joined(np.asarray(band))) for band in bands.of_image(file))
            return bands.resized(parts, file.size, target if large else file.size)
    mode = "RGBA" if header.colour_type == _COLOUR_ALPHA else "RGB"
    with _opened(path, f"{mode};16B") as upper:
        transparent = upper.info.get("transparency")
        if upper.width * upper.height > bands.LARGE_PIXELS:
            high: Image.Image = bands.resized(bands.of_image(upper), upper.size, target)
        else:
            high = upper.copy()
    with _opened(path, f"{mode};16L") as lower:
        low: Image.Image = lower
        if lower.width * lower.height > bands.LARGE_PIXELS:
            low = bands.resized(bands.of_image(lower), lower.size, target)
        values = _sixteen(np.asarray(high), np.asarray(low))
    colours = eight_bits(values)
    if mode == "RGB" and isinstance(transparent, tuple):
        opaque = np.where((values == np.array(transparent, np.uint16)).all(axis=2), 0, 255).astype(np.uint8)
        colours = np.dstack([colours, opaque])
    return Image.fromarray(colours)


def _joined(four: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """(H, W, 4) bytes of two 16-bit samples, upper first -> (H, W, 2) of 8 bits."""
    return eight_bits(_sixteen(four[..., ::2], four[..., 1::2]))


def _sixteen(upper: npt.NDArray[np.uint8], lower: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint16]:
    return np.asarray(upper.astype(np.uint16) * 256 + lower, np.uint16)


def _opened(path: str | Path, unpacker: str) -> ImageFile.ImageFile:
    """The PNG, loaded, its pixels read by another of Pillow's unpackers of the same width."""
    file = Image.open(path, formats=("PNG",))
    file.tile = [tile._replace(args=unpacker) for tile in file.tile]
    file.load()
    return file


def _chunks(file: io.BufferedReader) -> Iterator[tuple[bytes, int]]:
    """(name, length) of every chunk, the file standing at its content."""
    at = len(SIGNATURE)
    for _ in range(_MOST_CHUNKS):
        file.seek(at)
        head = file.read(8)
        if len(head) < 8:
            return
        length, name = struct.unpack(">I4s", head)
        yield name, length
        at += 12 + length
