"""What the entries of a zip are called, and how they are packed, by the ZIP specification (APPNOTE.TXT)."""

import struct
import zipfile
import zlib
from collections.abc import Sequence

from explorer.predict.code_pages import decode_names, is_utf8

_UTF8_FLAG = 0x800  # 4.4.4, bit 11
_UNICODE_PATH = 0x7075  # 4.6.9
METHODS = {  # 4.4.5, those beyond what every Python unpacks
    1: "Shrink",
    **dict.fromkeys((2, 3, 4, 5), "Reduce"),
    6: "Implode",
    7: "Tokenize",
    9: "Deflate64",
    10: "PKWARE's Implode",
    12: "bzip2",
    14: "LZMA",
    16: "IBM z/OS CMPSC",
    18: "IBM TERSE",
    19: "IBM LZ77",
    20: "Zstandard",
    93: "Zstandard",
    94: "MP3",
    95: "XZ",
    96: "a JPEG variant",
    97: "WavPack",
    98: "PPMd",
    99: "AES encryption",
}


def entry_names(entries: Sequence[zipfile.ZipInfo]) -> list[str]:
    """The entries' names as their makers wrote them, with slashes.

    UTF-8 where the flag says so, else by Info-ZIP's field for Unicode if it belongs to this name, else by trial: all
    the other names of the zip together.
    """
    said: dict[int, str] = {}
    raw: dict[int, bytes] = {}
    for place, info in enumerate(entries):
        if info.flag_bits & _UTF8_FLAG:
            said[place] = info.orig_filename
            continue
        raw[place] = info.orig_filename.encode("cp437")  # as zipfile decoded it
        unicode_path = _unicode_path(info.extra, raw[place])
        if unicode_path:
            said[place] = unicode_path
            del raw[place]
    said.update(zip(raw, decode_names(list(raw.values())), strict=True))
    return [said[place].split("\0")[0].replace("\\", "/") for place in range(len(entries))]


def packed_with(info: zipfile.ZipInfo) -> str:
    """The name of a compression that cannot be unpacked here; a number where the specification has no name."""
    return METHODS.get(info.compress_type, f"method {info.compress_type}")


def _unicode_path(extra: bytes, name: bytes) -> str:
    """The name in Info-ZIP's extra field; empty if there is none or it was made for another name (its CRC tells)."""
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, at)
        field = extra[at + 4 : at + 4 + size]
        if kind == _UNICODE_PATH and len(field) > 5 and field[0] == 1 and is_utf8(field[5:]):
            (crc,) = struct.unpack_from("<I", field, 1)
            return field[5:].decode() if crc == zlib.crc32(name) else ""
        at += 4 + size
    return ""
