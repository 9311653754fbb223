"""The one place where a file becomes pixels: for the page, the endpoints and the shell alike.

What lives here: decoding an untrusted upload, with its limits. What does not: pixels becoming a tensor
(`explorer.preprocessing`), numbers becoming a picture (`explorer.image.render`).
"""

import contextlib
import threading
from pathlib import Path, PurePosixPath

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

from explorer.errors import ImageError

WORKING_SIDE = 1600  # pixels: what the tabs work on
MAX_FILE_BYTES = 20_000_000
MAX_JPEG_PIXELS = 64_000_000  # decoded at a fraction, so that memory stays bounded
MAX_PIXELS = 24_000_000  # every other kind is decoded whole, and so is the result of reduced decoding
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "HEIF", "AVIF")
# Endings of these formats' files: what counts as a photograph in a folder, a zip or a catalogue.
SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".apng", ".gif", ".webp", ".bmp", ".tif", ".tiff"}
    | {".heic", ".heics", ".heif", ".heifs", ".hif", ".avif", ".avifs"}
)
KINDS = "JPEG, PNG, WebP, HEIC, AVIF, TIFF, BMP and GIF"

_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_ORIENTATION = 0x0112
_UPRIGHT = {  # EXIF orientation -> what turns the picture upright
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_prepare_lock = threading.Lock()
_prepared = threading.Event()


def open_upload(path: str | Path, longer_side: int = WORKING_SIDE) -> npt.NDArray[np.uint8]:
    """The picture in a file: upright, RGB, transparency on white, 16 bits scaled to 8, first frame, no metadata.

    Args:
        path: a file of at most 20 MB. A JPEG may have 64 megapixels, any other kind 24.
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
    try:
        size_bytes = Path(path).stat().st_size
    except (OSError, ValueError) as error:  # a name with a null character is a ValueError
        raise ImageError("This file could not be found; please choose it again.") from error
    if size_bytes == 0:
        raise ImageError("This file is empty; please choose another picture.")
    if size_bytes > MAX_FILE_BYTES:
        msg = f"This file has {size_bytes / 1e6:.0f} MB; up to {MAX_FILE_BYTES // 1_000_000} MB can be opened."
        raise ImageError(msg)
    try:
        with Image.open(path, formats=_formats()) as opened:
            return _decode(opened, longer_side)
    except ImageError:
        raise
    except UnidentifiedImageError as error:
        if "HEIF" not in _formats() and _is_heic(path):
            raise ImageError("HEIC pictures need the package pillow-heif, which is not installed here.") from error
        msg = f"This file is not a picture that can be read here; {KINDS} can."
        raise ImageError(msg) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ImageError("This picture has far too many pixels; please reduce it to 24 megapixels or less.") from error
    except Exception as error:  # a damaged file makes Pillow's decoders raise nearly anything
        raise ImageError("This picture is damaged and cannot be read; please save it anew.") from error


def suffix_of(name: str) -> str:
    """The ending of a file's name, in small letters: ".jpg"."""
    return PurePosixPath(name).suffix.lower()


def is_photograph(name: str) -> bool:
    """Whether a file of this name counts as a photograph: its ending is a picture's, and it is not hidden."""
    return suffix_of(name) in SUFFIXES and not PurePosixPath(name).name.startswith(".")


def full_size(path: str | Path) -> tuple[int, int]:
    """(width, height) of the upright picture in a file that `open_upload` has opened, before any reduction."""
    _prepare_pillow()
    with Image.open(path, formats=_formats()) as opened:
        width, height = opened.size
        return (height, width) if _orientation(opened) in {5, 6, 7, 8} else (width, height)


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


def _is_heic(path: str | Path) -> bool:
    with Path(path).open("rb") as file:
        start = file.read(12)
    return start[4:8] == b"ftyp" and start[8:12] in _HEIC_BRANDS


def _decode(opened: Image.Image, longer_side: int) -> npt.NDArray[np.uint8]:
    width, height = opened.size
    jpeg = opened.format in {"JPEG", "MPO"}
    limit = MAX_JPEG_PIXELS if jpeg else MAX_PIXELS
    if width * height > limit:
        msg = (
            f"This picture has {width} × {height} pixels, which is {width * height / 1e6:.0f} megapixels; "
            f"{'a JPEG' if jpeg else 'this kind of file'} may have {limit // 1_000_000}."
        )
        raise ImageError(msg)
    if min(width, height) < 1:
        raise ImageError("This picture has no pixels; please choose another.")
    orientation = _orientation(opened)
    target = _reduced_size(width, height, longer_side)
    box = None  # of the reduced picture: half of 3003 columns comes as 1502, of which 1501.5 are the picture's
    if jpeg and target != (width, height):
        _, box = opened.draft(None, target) or (None, None)
    upright = _to_rgb(opened)
    if upright.size != target:
        upright = upright.resize(target, Image.Resampling.HAMMING, box, reducing_gap=2.0)  # half the time of LANCZOS
    if orientation in _UPRIGHT:
        upright = upright.transpose(_UPRIGHT[orientation])
    return np.array(upright)  # a copy of its own, writable, that keeps nothing of the file


def _reduced_size(width: int, height: int, longer_side: int) -> tuple[int, int]:
    """(width, height) with at most `longer_side` pixels a side and at most 24 megapixels in all."""
    scale = min(1.0, longer_side / max(width, height), (MAX_PIXELS / (width * height)) ** 0.5)
    return max(1, round(width * scale)), max(1, round(height * scale))


def _orientation(opened: Image.Image) -> int:
    """EXIF orientation 1 to 8; 1 where it is absent, its block is damaged, or Pillow turns the picture itself."""
    if opened.format == "TIFF":
        return 1
    try:
        return int(opened.getexif().get(_ORIENTATION, 1))
    except Exception:  # noqa: BLE001  a damaged EXIF block is no reason to refuse
        return 1


def _to_rgb(opened: Image.Image) -> Image.Image:
    opened.load()
    if opened.mode.startswith(("I", "F")):
        return _from_deep_grey(opened)
    if opened.mode == "RGB" and "transparency" not in opened.info:
        return opened
    if opened.has_transparency_data:
        layered = opened.convert("RGBA")
        white = Image.new("RGB", layered.size, (255, 255, 255))
        white.paste(layered, mask=layered.getchannel("A"))
        return white
    return opened.convert("RGB")


def _from_deep_grey(opened: Image.Image) -> Image.Image:
    """16-bit integers by their full range, others by their own range, as 8-bit RGB."""
    grey = np.asarray(opened)
    transparent = opened.info.get("transparency")
    if opened.mode.startswith("I;16") or (opened.mode == "I" and grey.min() >= 0 and 255 < grey.max() <= 65535):
        scaled = grey.astype(np.float32) * (255.0 / 65535.0)
    else:
        finite = np.nan_to_num(grey.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
        low, high = float(finite.min()), float(finite.max())
        inside = low >= 0 and high <= 255 and (opened.mode == "I" or high > 1)
        scaled = finite if inside else (finite - min(low, 0.0)) * (255.0 / max(high - min(low, 0.0), 1e-12))
    eight = np.rint(scaled).astype(np.uint8)
    if isinstance(transparent, int):
        eight[grey == transparent] = 255
    return Image.fromarray(eight).convert("RGB")
