"""The pages of a TIFF file by their tags, and which of them is the picture.

Pillow's own reader takes the first page and refuses many before a tag can be read; `decode` asks here what a file
holds, and `strips` reads the pixels that Pillow would cut, scramble or stretch. Numbers of tags are TIFF 6.0's.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from explorer.errors import ImageError

SUBFILE, WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, FILL_ORDER = 254, 256, 257, 258, 259, 262, 266
STRIPS, ORIENTATION, SAMPLES, ROWS_PER_STRIP, STRIP_BYTES, PLANAR, PREDICTOR = 273, 274, 277, 278, 279, 284, 317
TILE_WIDTH, TILE_HEIGHT, TILES, TILE_BYTES, SUB_PAGES = 322, 323, 324, 325, 330
EXTRA_SAMPLES, SAMPLE_FORMAT, JPEG_START, JPEG_BYTES, ICC, DNG_VERSION = 338, 339, 513, 514, 34675, 50706
COLOUR_FILTERS, LINEAR_RAW = 32803, 34892  # photometric: a sensor's values, no picture
_TAGS = {
    *(SUBFILE, WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, FILL_ORDER, STRIPS, ORIENTATION, SAMPLES),
    *(ROWS_PER_STRIP, STRIP_BYTES, PLANAR, PREDICTOR, TILE_WIDTH, TILE_HEIGHT, TILES, TILE_BYTES, SUB_PAGES),
    *(EXTRA_SAMPLES, SAMPLE_FORMAT, JPEG_START, JPEG_BYTES, ICC, DNG_VERSION),
}
_KINDS = {1: "B", 2: "s", 3: "H", 4: "I", 6: "b", 7: "s", 8: "h", 9: "i", 13: "I", 16: "Q", 18: "Q"}
_MOST_PAGES = 200
_MOST_VALUES = 400_000  # of a tag: strips of one row, tiles of 16 × 16
_MOST_PROFILE_BYTES = 32_000_000
_THUMBNAIL, _MASK = 1, 4  # bits of SUBFILE


@dataclass(frozen=True)
class TiffPage:
    """One page's tags."""

    numbers: dict[int, tuple[int, ...]]
    texts: dict[int, bytes]  # tags of bytes: the ICC profile
    order: str  # of bytes, as `struct` writes it
    place: int  # in the chain of pages, from 0; -1: below another page

    def one(self, tag: int, default: int = 0) -> int:
        """The first value of a tag."""
        values = self.numbers.get(tag)
        return values[0] if values else default

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) as stored, before it is turned upright."""
        return self.one(WIDTH), self.one(HEIGHT)

    @property
    def is_picture(self) -> bool:
        """Whether the page is neither a thumbnail nor a mask, and has pixels."""
        return not self.one(SUBFILE) & (_THUMBNAIL | _MASK) and min(self.size) > 0

    @property
    def is_raw(self) -> bool:
        """Whether the page holds a sensor's values."""
        return self.one(PHOTOMETRIC, 1) in {COLOUR_FILTERS, LINEAR_RAW} or self.one(COMPRESSION) in _RAW_COMPRESSIONS


_RAW_COMPRESSIONS = {32767, 34713, 34892, 65000, 65535}  # Sony, Nikon, lossy DNG, Kodak, Pentax


def read_pages(path: str | Path) -> list[TiffPage]:
    """All pages of a TIFF, those below others after those of the chain; none: the file is no TIFF.

    At most 200 are read, and of each the few tags that say how its pixels are stored.
    """
    with Path(path).open("rb") as file:
        head = file.read(16)
        order = {b"II": "<", b"MM": ">"}.get(head[:2], "")
        if not order or len(head) < 8:
            return []
        version = struct.unpack_from(order + "H", head, 2)[0]
        if version not in {42, 43} or (version == 43 and len(head) < 16):
            return []
        big = version == 43
        start = struct.unpack_from(order + ("Q" if big else "I"), head, 8 if big else 4)[0]
        return list(_pages(file, order, start, big=big))


def main_page(pages: list[TiffPage]) -> TiffPage:
    """The page that is the picture: the first that does not call itself a thumbnail or a mask, wherever it stands.

    Raises:
        ImageError: no page has pixels.
    """
    for page in pages:
        if page.is_picture:
            return page
    for page in pages:
        if min(page.size) > 0:
            return page
    raise ImageError("This TIFF holds no picture; please save it anew.")


def _pages(file: BinaryIO, order: str, start: int, *, big: bool) -> Iterator[TiffPage]:
    waiting, seen, below = [(start, 0)], {0}, []
    while waiting and len(seen) <= _MOST_PAGES:
        at, place = waiting.pop(0)
        if at in seen:
            continue
        seen.add(at)
        page, following = _page(file, order, at, place, big=big)
        if page is None:
            continue
        below += [(deeper, -1) for deeper in page.numbers.get(SUB_PAGES, ())[:_MOST_PAGES]]
        if place >= 0 and following not in seen:
            waiting.append((following, place + 1))
        else:
            waiting, below = waiting + below, []
        yield page


def _page(file: BinaryIO, order: str, at: int, place: int, *, big: bool) -> tuple[TiffPage | None, int]:
    """The page at a place of the file, and where the next one stands (0: nowhere)."""
    counted, entry_bytes, pointer = ("Q", 20, "Q") if big else ("H", 12, "I")
    file.seek(at)
    raw = file.read(struct.calcsize(counted))
    if len(raw) < struct.calcsize(counted):
        return None, 0
    count = min(struct.unpack(order + counted, raw)[0], 65_535)
    table = file.read(count * entry_bytes)
    after = file.read(struct.calcsize(pointer))
    following = struct.unpack(order + pointer, after)[0] if len(after) == struct.calcsize(pointer) else 0
    numbers: dict[int, tuple[int, ...]] = {}
    texts: dict[int, bytes] = {}
    for start in range(0, len(table) - entry_bytes + 1, entry_bytes):
        tag, kind = struct.unpack_from(order + "HH", table, start)
        if tag in _TAGS and kind in _KINDS:
            value = _value(file, order, table[start + 4 : start + entry_bytes], _KINDS[kind], pointer)
            if isinstance(value, bytes):
                texts[tag] = value
            elif value:
                numbers[tag] = value
    return TiffPage(numbers, texts, order, place), following


def _value(file: BinaryIO, order: str, entry: bytes, kind: str, pointer: str) -> tuple[int, ...] | bytes:
    """What an entry (count, then the values or where they stand) says; () where it is too long or not there."""
    count = struct.unpack_from(order + pointer, entry)[0]
    size = struct.calcsize(pointer)
    length = count * struct.calcsize(kind)
    if count > (_MOST_PROFILE_BYTES if kind == "s" else _MOST_VALUES):
        return ()
    raw = entry[size : size + length]
    if length > size:
        file.seek(struct.unpack_from(order + pointer, entry, size)[0])
        raw = file.read(length)
    if len(raw) < length:
        return ()
    return raw if kind == "s" else struct.unpack(f"{order}{count}{kind}", raw)
