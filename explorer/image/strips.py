"""The pixels of a TIFF page from its strips and tiles: any depth, by what the page states and not by what it holds.

Whole numbers of b bits are black at 0 and white at 2 ** b - 1; signed ones are white at 2 ** (b - 1) - 1 and black at
0 and below. Floating-point numbers are black at 0 and white at 1, on the curve of sRGB unless a profile says another;
what lies outside is cut, what is no number is black. Sixteen bits become eight by round(value / 257).

Compressed strips are unpacked by libtiff, through Pillow, as rows of bytes; what the bytes mean is worked out here.
"""

import io
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
from PIL import Image, TiffImagePlugin

from explorer.errors import ImageError
from explorer.image import bands, tiff
from explorer.image.tiff import TiffPage

READ_COMPRESSIONS = {1, 5, 8, 32773, 32946, 34925, 50000}  # none, LZW, deflate, PackBits, deflate, LZMA, Zstandard
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _SEPARATED, _CIE_LAB, _ICC_LAB = 0, 1, 2, 5, 8, 9
_COLOURS = {_WHITE_IS_ZERO: 1, _BLACK_IS_ZERO: 1, _RGB: 3, _SEPARATED: 4, _CIE_LAB: 3, _ICC_LAB: 3}
_UNSIGNED, _SIGNED, _FLOAT, _UNSAID = 1, 2, 3, 4
_MOST_STRIP_BYTES = 300_000_000  # unpacked, of one strip or tile
_MULTIPLIED = 1  # of EXTRA_SAMPLES: opacity by which colours are multiplied; 2: not multiplied

Samples = npt.NDArray[np.generic]  # (rows, columns, samples)


def can_read(page: TiffPage) -> bool:
    """Whether the pixels of the page can be read here."""
    bits = page.numbers.get(tiff.BITS, (1,))
    form = _form(page)
    whole = form in {_UNSIGNED, _SIGNED, _UNSAID} and 8 <= bits[0] <= 32
    return (
        page.one(tiff.COMPRESSION, 1) in READ_COMPRESSIONS
        and page.one(tiff.PHOTOMETRIC, -1) in _COLOURS
        and page.one(tiff.SAMPLES, 1) >= _COLOURS[page.one(tiff.PHOTOMETRIC, -1)]
        and page.one(tiff.SAMPLES, 1) <= 16
        and len({*bits}) == 1
        and len({*page.numbers.get(tiff.SAMPLE_FORMAT, (1,))}) == 1
        and (whole or (form == _FLOAT and bits[0] in {16, 32, 64}))
        and (page.one(tiff.PHOTOMETRIC) not in {_CIE_LAB, _ICC_LAB} or (whole and bits[0] in {8, 16}))
    )


def is_beyond_pillow(page: TiffPage) -> bool:
    """Whether Pillow would cut the page's numbers, scramble or stretch them, refuse it, or not find it."""
    bits, form = page.one(tiff.BITS, 1), _form(page)
    lab = page.one(tiff.PHOTOMETRIC) in {_CIE_LAB, _ICC_LAB}
    return bits > 8 or form in {_SIGNED, _FLOAT} or page.place < 0 or lab


def read_bands(path: str | Path, page: TiffPage) -> Iterator[Image.Image]:
    """The page's pixels as bands of mode L, LA, RGB, RGBA, CMYK or LAB, from the top, as stored.

    Raises:
        ImageError: a strip is missing or damaged.
    """
    with Path(path).open("rb") as file:
        width, height = page.size
        tiled = bool(page.one(tiff.TILE_WIDTH))  # a tile is whole even where it reaches over the edge, a strip ends
        if tiled:
            chunk_width, chunk_height = page.one(tiff.TILE_WIDTH), page.one(tiff.TILE_HEIGHT)
            starts, lengths = page.numbers.get(tiff.TILES, ()), page.numbers.get(tiff.TILE_BYTES, ())
        else:
            chunk_width, chunk_height = width, min(page.one(tiff.ROWS_PER_STRIP, height), height)
            starts, lengths = page.numbers.get(tiff.STRIPS, ()), page.numbers.get(tiff.STRIP_BYTES, ())
        across, down = -(-width // max(chunk_width, 1)), -(-height // max(chunk_height, 1))
        planes = page.one(tiff.SAMPLES, 1) if page.one(tiff.PLANAR, 1) == 2 else 1
        if min(chunk_width, chunk_height) < 1 or len(starts) < across * down * planes or across > len(starts):
            raise _damaged()
        if not lengths and page.one(tiff.COMPRESSION, 1) != 1:
            raise _damaged()
        for row in range(down):
            readers = [
                [
                    _Chunk(file, page, starts[index], lengths[index] if index < len(lengths) else 0, chunk_width)
                    for index in (plane * across * down + row * across + column for column in range(across))
                ]
                for plane in range(planes)
            ]
            rows = min(chunk_height, height - row * chunk_height)
            for top in range(0, rows, bands.ROWS):
                count = min(bands.ROWS, rows - top)
                parts = [
                    np.concatenate([one.rows(top, count, chunk_height if tiled else rows) for one in plane], axis=1)[
                        :, :width
                    ]
                    for plane in readers
                ]
                yield _image(np.concatenate(parts, axis=2), page)


class _Chunk:
    """A strip or a tile, of which rows can be asked for; what is compressed is unpacked once."""

    def __init__(self, file: BinaryIO, page: TiffPage, start: int, length: int, width: int) -> None:
        self._file, self._page, self._start, self._length, self._width = file, page, start, length, width
        self._samples = 1 if page.one(tiff.PLANAR, 1) == 2 else page.one(tiff.SAMPLES, 1)
        self._row_bytes = -(-width * self._samples * page.one(tiff.BITS, 1) // 8)
        self._unpacked: Image.Image | None = None

    def rows(self, top: int, count: int, height: int) -> Samples:
        """Rows from `top`, (count, width, samples), of a chunk of `height` rows."""
        if self._page.one(tiff.COMPRESSION, 1) == 1:
            self._file.seek(self._start + top * self._row_bytes)
            raw = self._file.read(count * self._row_bytes)
        else:
            if self._unpacked is None:
                self._unpacked = self._unpack(height)
            raw = self._unpacked.crop((0, top, self._row_bytes, top + count)).tobytes()
        if len(raw) < count * self._row_bytes:
            raise _damaged()
        return _numbers(np.frombuffer(raw, np.uint8).reshape(count, -1), self._width, self._samples, self._page)

    def _unpack(self, height: int) -> Image.Image:
        """All rows as grey pixels, a byte each: libtiff reads a TIFF of this one strip, said to be of bytes."""
        if height * self._row_bytes > _MOST_STRIP_BYTES:
            raise ImageError("This TIFF packs too much into one strip; please save it anew with rows of fewer.")
        self._file.seek(self._start)
        packed = self._file.read(self._length)
        tags = {tiff.WIDTH: self._row_bytes, tiff.HEIGHT: height, tiff.BITS: 8}
        tags |= {tiff.COMPRESSION: self._page.one(tiff.COMPRESSION), tiff.PHOTOMETRIC: _BLACK_IS_ZERO}
        tags |= {tiff.FILL_ORDER: self._page.one(tiff.FILL_ORDER, 1), tiff.STRIPS: 8, tiff.SAMPLES: 1}
        tags |= {tiff.ROWS_PER_STRIP: height, tiff.STRIP_BYTES: len(packed)}
        entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in sorted(tags.items()))
        directory = struct.pack("<H", len(tags)) + entries + bytes(4)
        whole = b"II*\0" + struct.pack("<I", 8 + len(packed)) + packed + directory
        opened = TiffImagePlugin.TiffImageFile(io.BytesIO(whole))
        opened.load()
        return opened


def _numbers(raw: npt.NDArray[np.uint8], width: int, samples: int, page: TiffPage) -> Samples:
    """(rows, bytes) -> (rows, width, samples), with the predictor undone."""
    bits, predictor = page.one(tiff.BITS, 1), page.one(tiff.PREDICTOR, 1)
    if page.one(tiff.COMPRESSION, 1) == 1:
        predictor = 1
    if predictor == 3:
        return _unpredicted_floats(raw, width, samples, bits)
    if bits not in {8, 16, 32, 64}:
        ones = np.unpackbits(raw, axis=1)[:, : width * samples * bits].reshape(len(raw), width, samples, bits)
        numbers: Samples = ones @ (1 << np.arange(bits - 1, -1, -1, dtype=np.int64))
        return numbers
    size = bits // 8
    numbers = raw[:, : width * samples * size].view(f"{page.order}u{size}").reshape(len(raw), width, samples)
    numbers = numbers.astype(f"=u{size}")
    if predictor == 2:
        np.cumsum(numbers, axis=1, dtype=numbers.dtype, out=numbers)
    form = {_FLOAT: "f", _SIGNED: "i"}.get(_form(page), "u")
    return numbers.view(f"=f{size}" if form == "f" else f"=i{size}") if form != "u" else numbers


def _unpredicted_floats(raw: npt.NDArray[np.uint8], width: int, samples: int, bits: int) -> Samples:
    """Rows of bytes, the highest of all numbers first, each less the one before. Adobe, TIFF Technical Note 3."""
    size = bits // 8
    differences = raw[:, : width * samples * size].reshape(len(raw), -1, samples)
    whole = np.cumsum(differences, axis=1, dtype=np.uint8).reshape(len(raw), size, width * samples)
    floats: Samples = np.ascontiguousarray(whole.swapaxes(1, 2)).view(f">f{size}").reshape(len(raw), width, samples)
    return floats


def _image(numbers: Samples, page: TiffPage) -> Image.Image:
    """Samples (rows, columns, samples) as the pixels that they mean."""
    photometric = page.one(tiff.PHOTOMETRIC)
    colours = _COLOURS[photometric]
    if photometric in {_CIE_LAB, _ICC_LAB}:
        return _lab(numbers[..., :3], of_icc=photometric == _ICC_LAB)
    eight = _eight_bits(numbers, page.one(tiff.BITS, 1), _form(page))
    if photometric == _WHITE_IS_ZERO:
        eight[..., 0] = 255 - eight[..., 0]
    extra = page.one(tiff.EXTRA_SAMPLES)
    if extra in {1, 2} and eight.shape[2] > colours and colours < 4:
        mode = {1: "LA", 3: "RGBA"}[colours]
        layered = Image.frombytes(mode, eight.shape[1::-1], np.ascontiguousarray(eight[..., : colours + 1]).tobytes())
        return _divided(layered) if extra == _MULTIPLIED else layered
    mode = {1: "L", 3: "RGB", 4: "CMYK"}[colours]
    return Image.frombytes(mode, eight.shape[1::-1], np.ascontiguousarray(eight[..., :colours]).tobytes())


def _divided(layered: Image.Image) -> Image.Image:
    """Colours that were multiplied by their opacity, as they are."""
    values = np.asarray(layered).astype(np.float32)
    opacity = values[..., -1:]
    values[..., :-1] = np.divide(values[..., :-1] * 255, opacity, out=values[..., :-1], where=opacity > 0)
    return Image.fromarray(np.rint(np.minimum(values, 255)).astype(np.uint8))


def _eight_bits(numbers: Samples, bits: int, form: int) -> npt.NDArray[np.uint8]:
    """Samples as levels from 0 to 255, by the rule at the top of this file."""
    if numbers.dtype == np.uint8 and form != _SIGNED:
        return np.array(numbers)
    if form == _FLOAT:
        finite = np.nan_to_num(numbers.astype(np.float64), nan=0.0, posinf=1.0, neginf=0.0)
        return np.rint(np.clip(finite, 0, 1) * 255).astype(np.uint8)
    white = 2 ** (bits - (form == _SIGNED)) - 1
    return np.rint(np.clip(numbers.astype(np.float64), 0, None) * (255 / white)).astype(np.uint8)


def _lab(numbers: Samples, *, of_icc: bool) -> Image.Image:
    """CIE L*a*b* of 8 or 16 bits as mode LAB; a and b are signed, or in ICC's way of writing from 128 (or 32,768)."""
    deep = numbers.dtype.itemsize == 2
    whole = numbers.view(np.uint16 if deep else np.uint8).astype(np.int32)
    if deep:
        lightness, hues = (whole[..., :1] + 128) // 257, whole[..., 1:]
        signed = hues - 32768 if of_icc else (hues + 32768) % 65536 - 32768
        colours = np.clip(np.rint(signed / 256), -128, 127).astype(np.int32)
    else:
        lightness, hues = whole[..., :1], whole[..., 1:]
        colours = hues - 128 if of_icc else (hues + 128) % 256 - 128
    stored = np.concatenate([lightness, colours % 256], axis=2).astype(np.uint8)
    return Image.frombytes("LAB", stored.shape[1::-1], stored.tobytes())


def _form(page: TiffPage) -> int:
    """How the page writes its numbers; what is unsaid is unsigned."""
    return page.one(tiff.SAMPLE_FORMAT, _UNSIGNED)


def _damaged() -> ImageError:
    return ImageError("This TIFF is damaged or was cut off; please save it anew.")
