"""TIFF pages of any depth, by what they state; the pixels are packed here by hand and worked out by numpy."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from explorer.errors import ImageError
from explorer.image import bands, open_upload
from explorer.image.decode import full_size, open_remarked
from tests.image.colours import picture

GREY = np.linspace(0, 1, 17 * 11).reshape(11, 17)
Tags = dict[int, tuple[int, list[int]]]


def tags_for(pixels: np.ndarray, bits: int, **others: int) -> Tags:
    """The tags of one strip, (rows, columns, samples); others as photometric=, compression=, form=, predictor= ..."""
    height, width, samples = pixels.shape
    tags: Tags = {256: (4, [width]), 257: (4, [height]), 258: (3, [bits] * samples), 259: (3, [1])}
    tags |= {262: (3, [1 if samples < 3 else 2]), 277: (3, [samples]), 278: (4, [height])}
    numbers = {"photometric": 262, "compression": 259, "planar": 284, "predictor": 317, "extra": 338, "subfile": 254}
    tags |= {numbers[name]: (3, [value]) for name, value in others.items() if name in numbers}
    if "form" in others:
        tags[339] = (3, [others["form"]] * samples)
    return tags


def tiff(pages: list[tuple[Tags, list[bytes]]], order: str = "<") -> bytes:
    """A TIFF of pages, each (tags, strips)."""
    content, link = (b"II*\0" if order == "<" else b"MM\0*") + bytes(4), 4
    for tags, strips in pages:
        starts = []
        for strip in strips:
            starts.append(len(content))
            content += strip + b"\0" * (len(strip) % 2)
        rows, entries = b"", {273: (4, starts), 279: (4, [len(one) for one in strips])} | tags
        for tag, (kind, values) in sorted(entries.items()):
            packed = struct.pack(f"{order}{len(values)}{ {3: 'H', 4: 'I'}[kind] }", *values)
            if len(packed) > 4:
                content += b"\0" * (len(content) % 2)
                packed, at = struct.pack(order + "I", len(content)), packed
                content += at
            rows += struct.pack(order + "HHI", tag, kind, len(values)) + packed.ljust(4, b"\0")
        start = len(content)
        content = content[:link] + struct.pack(order + "I", start) + content[link + 4 :]
        link = start + 2 + len(rows)
        content += struct.pack(order + "H", len(entries)) + rows + bytes(4)
    return content


def opened(tmp_path, content: bytes) -> np.ndarray:
    path = tmp_path / "a.tif"
    path.write_bytes(content)
    return open_upload(path)


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("bits", [16, 32])
@pytest.mark.parametrize("photometric", [0, 1])
def test_whole_numbers_of_any_depth(tmp_path, bits, order, photometric):
    white = 2**bits - 1
    levels = np.rint(GREY * white).astype(np.uint64)
    stored = (white - levels if photometric == 0 else levels).astype(f"{order}u{bits // 8}")
    found = opened(
        tmp_path, tiff([(tags_for(stored[..., None], bits, photometric=photometric), [stored.tobytes()])], order)
    )
    np.testing.assert_allclose(found[..., 0], GREY * 255, atol=0.51)


@pytest.mark.parametrize("bits", [10, 12, 14])
def test_white_is_what_the_depth_states(tmp_path, bits):
    """Bits packed one after another, every row from a byte of its own; white of 12 bits is 4,095."""
    levels = np.rint(GREY * (2**bits - 1)).astype(int)
    rows = []
    for row in levels:
        text = "".join(f"{value:0{bits}b}" for value in row)
        text += "0" * (-len(text) % 8)
        rows.append(int(text, 2).to_bytes(len(text) // 8, "big"))
    found = opened(tmp_path, tiff([(tags_for(levels[..., None], bits), [b"".join(rows)])]))
    np.testing.assert_allclose(found[..., 0], GREY * 255, atol=0.64)


@pytest.mark.parametrize("size", [2, 4, 8])
def test_floats_are_black_at_0_and_white_at_1(tmp_path, size):
    stored = (GREY * 3 - 1).astype(f"<f{size}")
    stored[0, 0] = np.nan
    right = np.clip(GREY * 3 - 1, 0, 1) * 255
    found = opened(tmp_path, tiff([(tags_for(stored[..., None], 8 * size, form=3), [stored.tobytes()])]))
    np.testing.assert_allclose(found[..., 1], right, atol=0.8)


def test_signed_numbers_are_black_at_0(tmp_path):
    stored = np.rint((GREY * 2 - 1) * 32767).astype("<i2")
    found = opened(tmp_path, tiff([(tags_for(stored[..., None], 16, form=2), [stored.tobytes()])]))
    np.testing.assert_allclose(found[..., 0], np.clip(GREY * 2 - 1, 0, None) * 255, atol=0.51)


@pytest.mark.parametrize("planar", [1, 2])
@pytest.mark.parametrize(("compression", "predictor"), [(1, 1), (8, 1), (8, 2)])
def test_colour_of_16_bits(tmp_path, planar, compression, predictor):
    pixels = (np.asarray(picture()).astype(np.uint16) * 257).astype("<u2")
    parts = [pixels] if planar == 1 else [pixels[..., channel : channel + 1] for channel in range(3)]
    strips = []
    for part in parts:
        stored = part.copy()
        if predictor == 2:
            stored[:, 1:] = part[:, 1:] - part[:, :-1]
        strips.append(zlib.compress(stored.tobytes()) if compression == 8 else stored.tobytes())
    tags = tags_for(pixels, 16, planar=planar, compression=compression, predictor=predictor)
    np.testing.assert_array_equal(opened(tmp_path, tiff([(tags, strips)])), np.asarray(picture()))


def test_16_bits_are_rounded_as_in_a_png(tmp_path):
    values = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    found = opened(tmp_path, tiff([(tags_for(values[..., None], 16), [values.tobytes()])]))
    np.testing.assert_array_equal(found[..., 0], np.rint(values / 257))


def test_floats_under_a_predictor(tmp_path):
    stored = GREY.astype(">f4")
    planes = stored.view(np.uint8).reshape(11, 17, 4).swapaxes(1, 2).reshape(11, 68)
    differences = planes.copy()
    differences[:, 1:] = planes[:, 1:] - planes[:, :-1]
    tags = tags_for(stored[..., None], 32, form=3, compression=8, predictor=3)
    np.testing.assert_allclose(
        opened(tmp_path, tiff([(tags, [zlib.compress(differences.tobytes())])]))[..., 0], GREY * 255, atol=0.51
    )


@pytest.mark.parametrize(("extra", "shown"), [(0, 100), (2, 178), (1, 228)])
def test_a_fourth_sample_is_opacity_only_where_it_says_so(tmp_path, extra, shown):
    """100 at half: alone 100, on white (100 + 255) / 2; multiplied already 100 + 255 / 2."""
    stored = np.full((4, 5, 4), 100 * 257, "<u2")
    stored[..., 3] = 32896
    found = opened(tmp_path, tiff([(tags_for(stored, 16, extra=extra), [stored.tobytes()])]))
    assert np.abs(found.astype(int) - shown).max() <= 1


def test_lab_of_16_bits(tmp_path):
    """L* 50 without colour is 119 of sRGB (CIE 15: Y = 0.1842)."""
    stored = np.zeros((4, 5, 3), "<u2")
    stored[..., 0] = 32768
    found = opened(tmp_path, tiff([(tags_for(stored, 16, photometric=8), [stored.tobytes()])]))
    assert np.abs(found.astype(int) - 119).max() <= 1


@pytest.mark.parametrize("place", [0, 1])
def test_a_page_that_says_it_is_a_thumbnail_is_passed_over(tmp_path, place):
    pages = []
    for image, kind in ((picture(6, 8), 1), (picture(), 0)):
        pixels = np.asarray(image)
        pages.append((tags_for(pixels, 8, subfile=kind), [pixels.tobytes()]))
    content = tiff(pages if place else pages[::-1])
    np.testing.assert_array_equal(opened(tmp_path, content), np.asarray(picture()))
    assert full_size(tmp_path / "a.tif") == (86, 60)
    assert open_remarked(tmp_path / "a.tif")[1] == ""


def raw_file(*, preview: bool) -> bytes:
    """A page of a sensor's values, and before it a thumbnail that is a JPEG."""
    import io

    file = io.BytesIO()
    picture().save(file, "JPEG", quality=95)
    small = tags_for(np.asarray(picture()), 8, subfile=1, compression=7, photometric=6)
    sensor = np.zeros((30, 40, 1), np.uint16)
    values = (tags_for(sensor, 16, photometric=32803), [sensor.tobytes()])
    return tiff([(small, [file.getvalue()]), values] if preview else [values])


def test_of_a_raw_file_the_preview_is_used_and_said(tmp_path):
    found = opened(tmp_path, raw_file(preview=True))
    assert np.abs(found.astype(int) - np.asarray(picture())).mean() < 3
    assert "preview in it was used" in open_remarked(tmp_path / "a.tif")[1]
    assert full_size(tmp_path / "a.tif") == (86, 60)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (raw_file(preview=False), "raw file without a preview"),
        (tiff([(tags_for(np.zeros((4, 4, 1)), 16, compression=34676), [bytes(8)])]), "compressed in a way"),
        (tiff([(tags_for(np.zeros((4, 4, 1)), 16, photometric=32845), [bytes(32)])]), "colours in a way"),
        (tiff([(tags_for(np.zeros((40, 40, 1)), 16), [bytes(32)])]), "damaged or was cut off"),
        (b"II*\0\xff\xff\xff\x00", "holds no picture"),
        (b"II*\0\x08\0\0\0\xff\xff" + bytes(30), "holds no picture"),
    ],
)
def test_what_cannot_be_read_gets_a_true_sentence(tmp_path, content, sentence):
    with pytest.raises(ImageError, match=sentence):
        opened(tmp_path, content)


def test_pages_in_a_circle_end(tmp_path):
    content = bytearray(tiff([(tags_for(np.zeros((2, 2, 1)), 8, subfile=1), [bytes(4)])]))
    content[-4:] = content[4:8]
    assert opened(tmp_path, bytes(content)).shape == (2, 2, 3)


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_deflate", "packbits", "raw"])
@pytest.mark.parametrize("turn", [1, 6])
def test_a_large_one_is_read_in_bands(tmp_path, monkeypatch, compression, turn):
    exif = Image.Exif()
    exif[0x0112] = turn
    picture(700, 300).save(tmp_path / "a.tif", compression=compression, exif=exif)
    whole = open_upload(tmp_path / "a.tif", 100)
    monkeypatch.setattr(bands, "LARGE_PIXELS", 1000)
    in_bands = open_upload(tmp_path / "a.tif", 100)
    assert in_bands.shape == whole.shape == ((100, 43, 3) if turn == 1 else (43, 100, 3))
    assert np.abs(in_bands.astype(int) - whole).max() <= 6
