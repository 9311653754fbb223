"""Every kind of file: few bits, transparency, animations, sizes; and a true sentence for what is not read."""

import ast
import io
import json
import re
import struct
import threading
import zlib
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from PIL import Image, PngImagePlugin

from explorer.errors import ImageError
from explorer.image import bands, kinds, open_upload, reading
from explorer.image.decode import MAX_FILE_BYTES
from explorer.ui.classifier.tab import build_classifier_tab
from explorer.ui.classifier.teach import Bases, Lessons
from explorer.ui.networks.along import TakeAlong
from explorer.ui.networks.menu import Shelf
from explorer.ui.networks.own import OwnNetworks
from explorer.ui.photo import build_photo_column
from explorer.ui.sharing import Sharing
from explorer.ui.store import Store
from explorer.ui.uploads import Photographs
from tests.image.colours import picture

ROOT = Path(__file__).resolve().parents[2]


def png(header: bytes, rows: bytes, *chunks: tuple[bytes, bytes]) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    packed = [(b"IHDR", header), *chunks, (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*one) for one in packed)


@pytest.mark.parametrize("bits", [1, 2, 4, 8, 16])
def test_a_transparent_grey_of_any_depth(tmp_path, bits):
    """Two pixels, the first of level 1, which is transparent; the second of level 0."""
    rows = b"\0" + (struct.pack(">HH", 1, 0) if bits == 16 else b"\1\0" if bits == 8 else bytes([1 << (8 - bits)]))
    (tmp_path / "a.png").write_bytes(png(struct.pack(">IIBBBBB", 2, 1, bits, 0, 0, 0, 0), rows, (b"tRNS", b"\0\1")))
    assert open_upload(tmp_path / "a.png")[0, :, 0].tolist() == [255, 0]


@pytest.mark.parametrize(("colour_type", "samples"), [(0, 1), (2, 3), (4, 2), (6, 4)])
def test_16_bits_are_rounded_alike(tmp_path, colour_type, samples):
    values = np.random.default_rng(1).integers(0, 65536, (23, 31, samples)).astype(np.uint16)
    values[0, :4, 0] = (0, 128, 129, 65535)
    if samples in {2, 4}:
        values[..., -1] = 65535
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    (tmp_path / "a.png").write_bytes(png(struct.pack(">IIBBBBB", 31, 23, 16, colour_type, 0, 0, 0), rows))
    colours = values[..., :3] if samples > 2 else values[..., :1].repeat(3, 2)
    np.testing.assert_array_equal(open_upload(tmp_path / "a.png"), np.rint(colours / 257))


def test_a_transparent_colour_of_16_bits(tmp_path):
    rows = b"\0" + struct.pack(">6H", 300, 301, 302, 300, 301, 303)
    header = struct.pack(">IIBBBBB", 2, 1, 16, 2, 0, 0, 0)
    (tmp_path / "a.png").write_bytes(png(header, rows, (b"tRNS", struct.pack(">3H", 300, 301, 302))))
    assert open_upload(tmp_path / "a.png").tolist() == [[[255] * 3, [1] * 3]]


@pytest.mark.parametrize("compressed", [True, False])
def test_a_long_history_is_no_damage(tmp_path, compressed):
    info = PngImagePlugin.PngInfo()
    info.add_itxt("XML:com.adobe.xmp", "x" * 1_200_000, zip=compressed)
    picture().save(tmp_path / "a.png", pnginfo=info)
    np.testing.assert_array_equal(open_upload(tmp_path / "a.png"), np.asarray(picture()))


def test_a_first_frame_that_is_smaller_than_its_canvas(tmp_path):
    """The canvas of 40 × 30 is uncovered but for the frame, which a hand-made ANMF chunk puts at (8, 6)."""
    frame = io.BytesIO()
    Image.new("RGB", (10, 12), (200, 30, 30)).save(frame, "WEBP", quality=95)
    bitstream = frame.getvalue()[12:]

    def three(value: int) -> bytes:
        return value.to_bytes(3, "little")

    def chunk(name: bytes, body: bytes) -> bytes:
        return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)

    place = three(4) + three(3) + three(9) + three(11) + three(100) + b"\2"
    body = chunk(b"VP8X", b"\2\0\0\0" + three(39) + three(29)) + chunk(b"ANIM", bytes(6))
    body += chunk(b"ANMF", place + bitstream) * 2
    (tmp_path / "a.webp").write_bytes(b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body)
    opened = open_upload(tmp_path / "a.webp").astype(int)
    covered = np.zeros((30, 40), bool)
    covered[6:18, 8:18] = True
    assert (opened[~covered] == 255).all()
    assert np.abs(opened[covered] - (200, 30, 30)).max() < 12


LARGE = {
    "png": {}, "tif": {}, "bmp": {}, "gif": {}, "webp": {"lossless": True},
    "heic": {"quality": 95, "chroma": 444}, "avif": {"quality": 95, "subsampling": "4:4:4"},
}  # fmt: skip


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L"])
@pytest.mark.parametrize("suffix", LARGE)
def test_a_large_picture_is_the_same_in_bands(tmp_path, monkeypatch, suffix, mode):
    pillow_heif.register_heif_opener()
    image = picture(602, 340)
    if mode == "RGBA":
        image.putalpha(Image.linear_gradient("L").resize(image.size))
    path = tmp_path / f"a.{suffix}"
    (image if mode == "RGBA" and suffix != "bmp" else image.convert("RGB" if mode == "RGBA" else mode)).save(
        path, **LARGE[suffix]
    )
    whole, exact = open_upload(path, 150), open_upload(path)
    monkeypatch.setattr(bands, "LARGE_PIXELS", 1000)
    monkeypatch.setattr(reading, "_LARGE_WEBP_PIXELS", 1000)
    assert np.abs(open_upload(path, 150).astype(int) - whole).mean() < 1
    assert np.abs(open_upload(path).astype(int) - exact).max() <= 3


def test_bands_are_reduced_as_pillow_reduces_the_whole():
    image = picture(700, 500)
    right = np.asarray(image.resize((77, 101), Image.Resampling.HAMMING))
    np.testing.assert_array_equal(np.asarray(bands.resized(bands.of_image(image), (500, 700), (77, 101))), right)


def test_a_second_large_picture_waits(tmp_path, monkeypatch):
    picture().save(tmp_path / "a.png")
    monkeypatch.setattr(bands, "LARGE_PIXELS", 1000)
    done = threading.Event()
    second = threading.Thread(target=lambda: (open_upload(tmp_path / "a.png"), done.set()))
    with bands.one_large_picture:
        second.start()
        assert not done.wait(0.3)
    second.join()
    assert done.is_set()


BEGINNINGS = {
    "JPEG XL": b"\xff\x0a", "JPEG 2000": b"\xff\x4f\xff\x51", "JPEG XR": b"II\xbc\x01", "Photoshop": b"8BPS\0\1",
    "GIMP": b"gimp xcf v011", "PDF": b"%PDF-1.7", "PostScript": b"%!PS-Adobe", "SVG": b"<?xml version='1.0'?>\n<svg>",
    "web page": b"\n<!DOCTYPE html><html>", "OpenEXR": b"\x76\x2f\x31\x01", "Radiance HDR": b"#?RADIANCE\n",
    "QOI": b"qoif", "Netpbm": b"P6\n1 1\n255\n", "DirectDraw surface": b"DDS \x7c", "icon": b"\0\0\1\0\1\0",
    "DICOM": bytes(128) + b"DICM", "Windows metafile": b"\xd7\xcd\xc6\x9a", "video": b"\0\0\0\x18ftypmp42",
    "zip": b"PK\3\4", "raw": b"\0\0\0\x18ftypcrx ", "other": b"nothing known",
}  # fmt: skip


@pytest.mark.parametrize("kind", BEGINNINGS)
def test_a_kind_that_is_not_read_is_named(tmp_path, kind):
    (tmp_path / "a.jpg").write_bytes(BEGINNINGS[kind].ljust(300, b" "))
    with pytest.raises(ImageError) as raised:
        open_upload(tmp_path / "a.jpg")
    assert str(raised.value) == kinds.REFUSED[kind]


def test_every_kind_that_is_not_read_is_tried():
    """TIFF's own are tried in test_tiff.py; HEIC is one only where its package is missing."""
    assert set(kinds.REFUSED) - set(BEGINNINGS) == {"TIFF compression", "TIFF colours", "HEIC"}


def test_the_docs_print_the_table():
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    for kind, sentence in kinds.REFUSED.items():
        assert f"| {kind} | {sentence} |" in text


@pytest.mark.parametrize("part", ["photo", "classifier"])
def test_the_browser_takes_files_of_the_size_that_the_host_has_chosen(part, tmp_path):
    """What a script is handed as `host`; what it says of a file, Node tests."""
    store = Store(1_000_000, 60)
    photographs, shelf = Photographs(store), Shelf(tmp_path, "cpu")

    def told(*chosen: int) -> dict[str, int]:
        if part == "photo":
            sharing, along = Sharing(photographs, store, shared_photos=False), TakeAlong(photographs, shelf, 60)
            built = build_photo_column(photographs, shelf, sharing, along, [], *chosen)
        else:
            built = build_classifier_tab(
                photographs, shelf, Lessons(Bases(shelf), OwnNetworks("cpu", 200, 60), 60), *chosen
            )
        return json.loads(re.search(r"host: (\{.*?\})", built.js_on_load)[1])

    assert told(30) == {"photo_mb": 30}
    assert told() == {"photo_mb": MAX_FILE_BYTES // 1_000_000}


def test_nothing_else_decodes_a_picture():
    """Outside `explorer/image/` no code opens a picture's file: page, endpoints and shell all ask `open_upload`."""
    files = [file for file in (ROOT / "explorer").rglob("*.py") if file.parent.name != "image"]
    assert len(files) > 50
    for file in files:
        called = {
            ast.unparse(node.func)
            for node in ast.walk(ast.parse(file.read_text("utf-8")))
            if isinstance(node, ast.Call)
        }
        assert not called & {"Image.open", "cv2.imread", "cv2.imdecode", "pillow_heif.open_heif"}, file
