"""Which kinds of files are read, and what is said of those that are not: one table, which the README prints."""

import re
from pathlib import PurePosixPath

FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "HEIF", "AVIF")  # as Pillow calls them
# Endings of these formats' files: what counts as a photograph in a folder, a zip or a catalogue.
SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".apng", ".gif", ".webp", ".bmp", ".tif", ".tiff"}
    | {".heic", ".heics", ".heif", ".heifs", ".hif", ".avif", ".avifs"}
)
KINDS = "JPEG, PNG, WebP, HEIC, AVIF, TIFF, BMP and GIF"

# Kind -> the sentence that a visitor gets. `refused_kind` and `decode` find which it is.
REFUSED: dict[str, str] = {
    "JPEG XL": "This is a JPEG XL picture, which cannot be read here; please save it as JPEG or PNG.",
    "JPEG 2000": "This is a JPEG 2000 picture, which cannot be read here; please save it as JPEG or PNG.",
    "JPEG XR": "This is a JPEG XR picture, which cannot be read here; please save it as JPEG or PNG.",
    "Photoshop": "This is a Photoshop document (PSD); please export it as JPEG or PNG.",
    "GIMP": "This is a GIMP document (XCF); please export it as JPEG or PNG.",
    "PDF": "This is a PDF document and no picture; please save the page as JPEG or PNG.",
    "PostScript": "This is a PostScript drawing (EPS); please save it as JPEG or PNG.",
    "SVG": "This is an SVG drawing, which has no pixels; please save it as PNG.",
    "web page": "This is a web page and no picture: what was saved is a link's page; please save the picture itself.",
    "OpenEXR": "This is an OpenEXR picture, whose numbers have no white; please save it as JPEG or PNG.",
    "Radiance HDR": "This is a Radiance HDR picture, whose numbers have no white; please save it as JPEG or PNG.",
    "QOI": "This is a QOI picture, which cannot be read here; please save it as PNG.",
    "Netpbm": "This is a Netpbm picture (PBM, PGM, PPM or PAM), which cannot be read here; please save it as PNG.",
    "DirectDraw surface": "This is a DirectDraw surface (DDS), a game's texture; please save it as PNG.",
    "icon": "This is an icon file (ICO, ICNS or CUR) of several small pictures; please save one of them as PNG.",
    "DICOM": "This is a DICOM file of a medical device; please export its picture as PNG.",
    "Windows metafile": "This is a Windows metafile (WMF or EMF), a drawing without pixels; please save it as PNG.",
    "video": "This is a video and no picture; please save one of its frames as JPEG or PNG.",
    "zip": "This is a zip archive, or an office document packed as one, and no picture; please choose a picture in it.",
    "raw": "This is a camera's raw file without a preview that can be read; please save it as JPEG with its software.",
    "TIFF compression": "This TIFF is compressed in a way that cannot be read here; please save it as PNG.",
    "TIFF colours": "This TIFF stores its colours in a way that cannot be read here; please save it as PNG.",
    "HEIC": "HEIC pictures need the package pillow-heif, which is not installed here.",
    "other": f"This file is not a picture that can be read here; {KINDS} can.",
}

_STARTS: dict[str, tuple[bytes, ...]] = {
    "JPEG XL": (b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n"),
    "JPEG 2000": (b"\0\0\0\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51"),
    "JPEG XR": (b"II\xbc\x01", b"II\xbc\0"),
    "Photoshop": (b"8BPS",),
    "GIMP": (b"gimp xcf",),
    "PDF": (b"%PDF",),
    "PostScript": (b"%!PS", b"\xc5\xd0\xd3\xc6"),
    "OpenEXR": (b"\x76\x2f\x31\x01",),
    "Radiance HDR": (b"#?RADIANCE", b"#?RGBE"),
    "QOI": (b"qoif",),
    "DirectDraw surface": (b"DDS ",),
    "icon": (b"\0\0\1\0", b"\0\0\2\0", b"icns"),
    "Windows metafile": (b"\xd7\xcd\xc6\x9a", b"\1\0\0\0\x6c\0\0\0", b"\1\0\x09\0\0\3"),
    "video": (b"\x1a\x45\xdf\xa3", b"\0\0\1\xba", b"FLV\1"),
    "zip": (b"PK\3\4", b"PK\5\6"),
    "raw": (b"IIRO", b"IIRS", b"MMOR", b"IIU\0", b"FOVb", b"\0MRM"),  # Olympus, Panasonic, Sigma, Minolta
}
_VIDEO_BRANDS = {
    b"isom",
    b"iso2",
    b"iso4",
    b"iso5",
    b"iso6",
    b"mp41",
    b"mp42",
    b"avc1",
    b"qt  ",
    b"M4V ",
    b"3gp4",
    b"3gp5",
}
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_NETPBM = re.compile(rb"P[1-7]\s|P[Ff]\s")


def refused_kind(head: bytes) -> str | None:
    """What kind of file begins like this, a key of REFUSED; None: one that may be read.

    Args:
        head: the first 200 bytes or all there are.
    """
    for kind, starts in _STARTS.items():
        if head.startswith(starts):
            return kind
    brand = head[8:12] if head[4:8] == b"ftyp" else b""
    if brand == b"crx ":
        return "raw"
    if brand in _VIDEO_BRANDS or (head[:4] == b"RIFF" and head[8:12] == b"AVI "):
        return "video"
    if head[128:132] == b"DICM":
        return "DICOM"
    if _NETPBM.match(head):
        return "Netpbm"
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<svg", b"<?xml")) and (b"<svg" in text or b"<?xml" in text[:5]):
        return "web page" if b"<html" in text else "SVG"
    return "web page" if text.startswith((b"<!doctype html", b"<html", b"<head")) else None


def is_heic(head: bytes) -> bool:
    """Whether a file that begins like this is HEIC by its brand."""
    return head[4:8] == b"ftyp" and head[8:12] in _HEIC_BRANDS


def suffix_of(name: str) -> str:
    """The ending of a file's name, in small letters: ".jpg"."""
    return PurePosixPath(name).suffix.lower()


def is_photograph(name: str) -> bool:
    """Whether a file of this name counts as a photograph: its ending is a picture's, and it is not hidden."""
    return suffix_of(name) in SUFFIXES and not PurePosixPath(name).name.startswith(".")
