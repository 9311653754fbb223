"""Each kind of file read in its own way: to pixels as stored and what they mean. Used by `decode` alone.

A large picture comes back reduced, read band by band, because it would not fit the memory twice; any other one whole.
"""

import io
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from explorer.errors import ImageError
from explorer.image import bands, kinds, png, raw, strips, tiff
from explorer.image.colour import Stored
from explorer.image.containers import avif_numbers, webp_first_frame
from explorer.image.numbers import ADOBE_RGB, Numbers, coded

Box = tuple[float, float, float, float] | None
Targeting = Callable[[int, int], tuple[int, int]]  # (width, height) as stored -> of the picture to be made
ORIENTATION = 0x0112  # of EXIF
_INTEROPERABILITY, _ADOBE_RGB_FILE = 0xA005, "R03"  # EXIF 2.32, 4.6.7: how a camera says Adobe RGB without a profile
_LARGE_WEBP_PIXELS = 12_000_000  # Pillow's reader holds it five times
_plain_modes = frozenset({"L", "LA", "RGB", "RGBA", "CMYK", "LAB"})


def read_tiff(path: Path, targeting: Targeting) -> tuple[Stored, Box]:
    """The main page of a TIFF, or the preview of a camera's raw file.

    Raises:
        ImageError: no picture in it that can be read; the sentence says why.
    """
    pages = tiff.read_pages(path)
    if raw.is_raw(pages):
        return _read_preview(raw.tiff_preview(path, pages), pages, targeting)
    return _read_page(path, tiff.main_page(pages), targeting), None


def _read_page(path: Path, page: tiff.TiffPage, targeting: Targeting) -> Stored:
    target = targeting(*page.size)
    large = page.size[0] * page.size[1] > bands.LARGE_PIXELS
    turned = page.one(tiff.ORIENTATION, 1) != 1  # Pillow would turn a large one in full
    if strips.can_read(page) and (strips.is_beyond_pillow(page) or (large and turned)):
        whole = bands.resized(strips.read_bands(path, page), page.size, target if large else page.size)
        return Stored(whole, page.texts.get(tiff.ICC), None, page.one(tiff.ORIENTATION, 1), page.size)
    if page.place < 0 or page.one(tiff.BITS, 1) > 8:
        raise ImageError(_why_not(page))
    try:
        opened = Image.open(path, formats=("TIFF",))
    except OSError as error:
        raise ImageError(_why_not(page)) from error
    with opened:
        opened.seek(page.place)
        size = opened.size
        target = target if size == page.size else target[::-1]
        opened.load()  # turned upright by Pillow
        return Stored(_plain(opened, target, large=large), opened.info.get("icc_profile"), size=size)


def read_raf(path: Path, targeting: Targeting) -> tuple[Stored, Box]:
    """The preview of a Fujifilm raw file."""
    return _read_preview(raw.raf_preview(path), [], targeting)


def read_jpeg(opened: Image.Image, targeting: Targeting) -> tuple[Stored, Box]:
    """A JPEG, decoded at a fraction of its size where that is enough, and the part of it that is the picture."""
    size = opened.size
    target = targeting(*size)
    box = None  # of the reduced picture: half of 3003 columns comes as 1502, of which 1501.5 are the picture's
    if target != size:
        _, box = opened.draft(None, target) or (None, None)
    opened.load()
    profile = opened.info.get("icc_profile")
    numbers = Numbers(ADOBE_RGB, 563 / 256) if not profile and _says_adobe_rgb(opened) else None
    return Stored(_plain_mode(opened), profile, numbers, orientation_of(opened), size), box


def read_png(opened: Image.Image, path: Path, targeting: Targeting) -> Stored:
    """A PNG with all that its chunks say of its colours."""
    header = png.read_header(path)
    png.mend_transparency(opened, header)
    profile, numbers = png.meaning(opened, header)
    target, large = targeting(*opened.size), _is_large(opened)
    if png.is_deep_colour(header):
        whole = png.deep_colour(path, header, target)
    else:
        opened.load()
        whole = _plain(opened, target, large=large)
    return Stored(whole, profile, numbers, orientation_of(opened), opened.size)


def read_webp(opened: Image.Image, path: Path, targeting: Targeting) -> Stored:
    """A WebP; of an animation the first frame, white where it does not cover the canvas.

    Raises:
        ImageError: a large one whose pixels are not there in full.
    """
    target, frame = targeting(*opened.size), webp_first_frame(path)
    profile, orientation = opened.info.get("icc_profile"), orientation_of(opened)
    if frame is None and opened.width * opened.height > _LARGE_WEBP_PIXELS:
        size = opened.size
        opened.close()
        import cv2  # training, which reads photographs too, goes without it

        pixels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        if pixels is None or pixels.shape[1::-1] != size:
            raise ImageError("This picture is damaged and cannot be read; please save it anew.")
        rows = (_from_cv2(band) for band in bands.of_array(pixels))
        return Stored(bands.resized(rows, size, target), profile, None, orientation, size)
    opened.load()
    whole = _plain(opened, target, large=_is_large(opened))
    if frame and whole.mode == "RGB" and whole.size == opened.size:
        canvas = Image.new("RGB", whole.size, (255, 255, 255))
        canvas.paste(whole.crop(frame), frame[:2])
        whole = canvas
    return Stored(whole, profile, None, orientation, opened.size)


def read_heif(opened: Image.Image, path: Path, targeting: Targeting) -> Stored:
    """A HEIC; a large one without the copy that Pillow would make of it.

    Raises:
        ImageError: a large one whose pixels are not there in full.
    """
    profile, told = opened.info.get("icc_profile"), opened.info.get("nclx_profile") or {}
    numbers = None
    if not profile and told:
        numbers = coded(int(told["color_primaries"]), int(told["transfer_characteristics"]))
    orientation, size = orientation_of(opened), opened.size
    target = targeting(*size)
    if not _is_large(opened):
        opened.load()
        return Stored(_plain_mode(opened), profile, numbers, orientation)
    import pillow_heif

    opened.close()
    image = pillow_heif.open_heif(path, convert_hdr_to_8bit=True)
    mode, stride, held = image.mode, image.stride, [image.data]
    if image.size != size:
        raise ImageError("This picture is damaged and cannot be read; please save it anew.")
    del image

    def rows() -> Iterable[Image.Image]:
        for top in range(0, size[1], bands.ROWS):
            count = min(bands.ROWS, size[1] - top)
            part = bytes(held[0][top * stride : (top + count) * stride])
            yield _plain_mode(Image.frombytes(mode, (size[0], count), part, "raw", mode, stride))
        held.clear()

    return Stored(bands.resized(rows(), size, target), profile, numbers, orientation, size)


def read_avif(opened: Image.Image, path: Path, targeting: Targeting) -> Stored:
    """An AVIF; a large one without the copy that Pillow would make of it."""
    profile = opened.info.get("icc_profile")
    numbers = None if profile else avif_numbers(path)
    orientation, size, mode = orientation_of(opened), opened.size, opened.mode
    target = targeting(*size)
    if not _is_large(opened):
        opened.load()
        return Stored(_plain_mode(opened), profile, numbers, orientation)
    held = [opened._decoder.get_frame(0)[0]]  # type: ignore[attr-defined]  # noqa: SLF001  Pillow has no other way
    opened.close()
    opened._decoder = None  # type: ignore[attr-defined]  # noqa: SLF001  it holds the picture a second time
    stride = len(held[0]) // size[1]

    def parts() -> Iterable[Image.Image]:
        for top in range(0, size[1], bands.ROWS):
            count = min(bands.ROWS, size[1] - top)
            yield Image.frombytes(mode, (size[0], count), held[0][top * stride : (top + count) * stride])
        held.clear()

    return Stored(bands.resized(parts(), size, target), profile, numbers, orientation, size)


def read_other(opened: Image.Image, targeting: Targeting) -> Stored:
    """A GIF or a BMP: its first frame."""
    opened.load()
    whole = _plain(opened, targeting(*opened.size), large=_is_large(opened))
    return Stored(whole, opened.info.get("icc_profile"), None, orientation_of(opened), opened.size)


def orientation_of(opened: Image.Image) -> int:
    """EXIF orientation 1 to 8; 1 where it is absent or its block is damaged."""
    try:
        return int(opened.getexif().get(ORIENTATION, 1))
    except Exception:  # noqa: BLE001  a damaged EXIF block is no reason to refuse
        return 1


def size_of_tiff(path: Path) -> tuple[tuple[int, int], int]:
    """(width, height) as stored, and the orientation, of what `read_tiff` or `read_raf` reads.

    Raises:
        ImageError: no picture in it.
    """
    pages = tiff.read_pages(path)
    if pages and not raw.is_raw(pages):
        page = tiff.main_page(pages)
        return page.size, page.one(tiff.ORIENTATION, 1)
    preview = raw.tiff_preview(path, pages) if pages else raw.raf_preview(path)
    if preview is None:
        raise ImageError(kinds.REFUSED["raw"])
    with Image.open(io.BytesIO(preview), formats=("JPEG",)) as opened:
        return opened.size, _orientation_of_preview(opened, pages)


def _read_preview(content: bytes | None, pages: list[tiff.TiffPage], targeting: Targeting) -> tuple[Stored, Box]:
    if content is None:
        raise ImageError(kinds.REFUSED["raw"])
    with Image.open(io.BytesIO(content), formats=("JPEG",)) as opened:
        stored, box = read_jpeg(opened, targeting)
        return replace(stored, orientation=_orientation_of_preview(opened, pages)), box


def _orientation_of_preview(opened: Image.Image, pages: list[tiff.TiffPage]) -> int:
    """A preview's own orientation, else that of the raw file."""
    own = orientation_of(opened)
    return own if own != 1 or not pages else pages[0].one(tiff.ORIENTATION, 1)


def _plain(opened: Image.Image, target: tuple[int, int], *, large: bool) -> Image.Image:
    """A loaded picture in one of the modes that `colour` knows; a large one reduced."""
    if large:
        return bands.resized(map(_with_facts_of(opened), bands.of_image(opened)), opened.size, target)
    return _plain_mode(opened)


def _with_facts_of(opened: Image.Image) -> Callable[[Image.Image], Image.Image]:
    """What makes a band plain: a band that was cut out has the palette and the transparent colour of the whole."""

    def plain(band: Image.Image) -> Image.Image:
        if "transparency" in opened.info:
            band.info["transparency"] = opened.info["transparency"]
        return _plain_mode(band)

    return plain


def _plain_mode(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16"):
        return _deep_grey(image)
    if image.has_transparency_data:
        return image if image.mode in {"LA", "RGBA"} else image.convert("RGBA")
    if image.mode in _plain_modes:
        return image
    return image.convert("L" if image.mode in {"1", "I", "F"} else "RGB")


def _deep_grey(image: Image.Image) -> Image.Image:
    """16 bits of grey as 8, with its transparent level."""
    values = np.asarray(image).astype(np.uint16)
    grey, transparent = png.eight_bits(values), image.info.get("transparency")
    if isinstance(transparent, int):
        return Image.fromarray(np.dstack([grey, np.where(values == transparent, 0, 255).astype(np.uint8)]))
    return Image.fromarray(grey)


def _from_cv2(band: Image.Image) -> Image.Image:
    """Blue, green, red (and opacity) as Pillow orders them."""
    channels = band.split()
    return Image.merge(band.mode, (*channels[2::-1], *channels[3:]))


def _is_large(opened: Image.Image) -> bool:
    return opened.width * opened.height > bands.LARGE_PIXELS


def _says_adobe_rgb(opened: Image.Image) -> bool:
    try:
        return opened.mode == "RGB" and opened.getexif().get_ifd(_INTEROPERABILITY).get(1) == _ADOBE_RGB_FILE
    except Exception:  # noqa: BLE001  a damaged EXIF block says nothing
        return False


def _why_not(page: tiff.TiffPage) -> str:
    known = strips.READ_COMPRESSIONS | {2, 3, 4, 6, 7, 50001}  # Pillow's, too: fax, JPEG and WebP
    return kinds.REFUSED["TIFF colours" if page.one(tiff.COMPRESSION, 1) in known else "TIFF compression"]
