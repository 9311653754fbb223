"""What the containers of AVIF and WebP hold and Pillow does not tell: colours by numbers, a first frame's place."""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from explorer.image.numbers import Numbers, coded

_MOST_META_BYTES = 4_000_000
_MOST_BOXES = 10_000


def avif_numbers(path: str | Path) -> Numbers | None:
    """The code points of an AVIF picture's colours (ISO 14496-12, `colr` of type `nclx`), of its primary item."""
    with Path(path).open("rb") as file:
        meta = _meta(file)
    if meta is None:
        return None
    boxes = dict(_boxes(meta[4:]))
    properties = dict(_boxes(boxes.get(b"iprp", b"")))
    found = list(_boxes(properties.get(b"ipco", b"")))
    mine = _associated(properties.get(b"ipma", b""), _primary(boxes.get(b"pitm", b"")))
    for number, (name, body) in enumerate(found, 1):
        if name == b"colr" and body[:4] == b"nclx" and len(body) >= 8 and (number in mine or not mine):
            primaries, transfer = struct.unpack_from(">HH", body, 4)
            return coded(primaries, transfer)  # the range is the decoder's business: it gives RGB
    return None


def webp_first_frame(path: str | Path) -> tuple[int, int, int, int] | None:
    """(left, top, right, bottom) of an animated WebP's first frame on its canvas; None: it is not animated."""
    with Path(path).open("rb") as file:
        at = 12
        for _ in range(_MOST_BOXES):
            file.seek(at)
            head = file.read(24)
            if len(head) < 24:
                return None
            name, length = struct.unpack_from("<4sI", head)
            if name == b"ANMF":
                x, y, width, height = (int.from_bytes(head[start : start + 3], "little") for start in (8, 11, 14, 17))
                return 2 * x, 2 * y, 2 * x + width + 1, 2 * y + height + 1
            at += 8 + length + length % 2
    return None


def _meta(file: BinaryIO) -> bytes | None:
    at = 0
    for _ in range(_MOST_BOXES):
        file.seek(at)
        head = file.read(16)
        if len(head) < 8:
            return None
        length, name = struct.unpack_from(">I4s", head)
        skip = 8
        if length == 1 and len(head) == 16:
            length, skip = struct.unpack_from(">Q", head, 8)[0], 16
        if name == b"meta":
            file.seek(at + skip)
            return file.read(min(max(length - skip, 0), _MOST_META_BYTES))
        if length < skip:
            return None
        at += length
    return None


def _boxes(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(name, content) of each box, for those that give their length in 32 bits."""
    at = 0
    while at + 8 <= len(content):
        length, name = struct.unpack_from(">I4s", content, at)
        if length < 8:
            return
        yield name, content[at + 8 : at + length]
        at += length


def _primary(box: bytes) -> int:
    if len(box) < 6:
        return -1
    return int.from_bytes(box[4:8] if box[0] else box[4:6], "big")


def _associated(box: bytes, item: int) -> set[int]:
    """The numbers of an item's properties, counted from 1."""
    if len(box) < 8:
        return set()
    wide_item, wide_property = box[0] >= 1, bool(box[3] & 1)
    at = 8
    for _ in range(struct.unpack_from(">I", box, 4)[0]):
        size = 4 if wide_item else 2
        if at + size + 1 > len(box):
            break
        number, count = int.from_bytes(box[at : at + size], "big"), box[at + size]
        at += size + 1
        each = 2 if wide_property else 1
        entries = [int.from_bytes(box[at + index * each : at + (index + 1) * each], "big") for index in range(count)]
        at += count * each
        if number == item:
            return {entry & (0x7FFF if wide_property else 0x7F) for entry in entries}
    return set()
