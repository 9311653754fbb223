"""Any file becomes upright RGB pixels or one sentence."""

import io
import json
import struct
import zlib
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from explorer.errors import ImageError
from explorer.image import decode as image_file
from explorer.image import open_upload
from explorer.image.decode import full_size

ODD_IMAGES = Path(__file__).resolve().parents[3] / "shared" / "odd-images"
LEFT, RIGHT, BELOW = (220, 30, 30), (30, 30, 220), (30, 200, 30)


def flag(width: int = 34, height: int = 22) -> np.ndarray:
    """Three fields that tell every turn and mirroring apart: red and blue above, green below."""
    picture = np.empty((height, width, 3), np.uint8)
    picture[:, : width // 2], picture[:, width // 2 :] = LEFT, RIGHT
    picture[height // 2 :] = BELOW
    return picture


def saved(tmp_path: Path, name: str, picture: Image.Image, **options: object) -> Path:
    path = tmp_path / name
    picture.save(path, **options)
    return path


@pytest.mark.parametrize("name", ["a.png", "a.bmp", "a.tiff", "a.webp"])
def test_lossless_kinds_give_the_very_pixels(tmp_path, name):
    path = saved(tmp_path, name, Image.fromarray(flag()), **({"lossless": True} if name.endswith("webp") else {}))
    np.testing.assert_array_equal(open_upload(path), flag())


@pytest.mark.parametrize("orientation", range(10))
@pytest.mark.parametrize("suffix", ["jpg", "png", "tiff"])
def test_every_orientation_ends_upright(tmp_path, orientation, suffix):
    turn = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # Image.Transpose that a camera's file would have undergone
    stored = Image.fromarray(flag())
    if orientation in turn:
        stored = stored.transpose(Image.Transpose(turn[orientation]))
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = saved(
        tmp_path,
        f"turned.{suffix}",
        stored,
        exif=exif,
        **({"quality": 95, "subsampling": 0} if suffix == "jpg" else {}),
    )
    opened = open_upload(path).astype(int)
    assert opened.shape == (22, 34, 3)
    assert full_size(path) == (34, 22)
    for y, x, colour in [(4, 6, LEFT), (4, 28, RIGHT), (17, 6, BELOW)]:
        assert np.abs(opened[y, x] - colour).max() < 24


def test_transparency_goes_on_white(tmp_path):
    picture = np.dstack([flag(), np.full((22, 34), 255, np.uint8)])
    picture[:, :10, 3] = 0
    picture[:, 10:20, 3] = 128
    opened = open_upload(saved(tmp_path, "a.png", Image.fromarray(picture))).astype(int)
    assert (opened[:, :10] == 255).all()
    np.testing.assert_allclose(opened[4, 12], np.array(LEFT) * 128 / 255 + 255 * 127 / 255, atol=1)
    np.testing.assert_array_equal(opened[4, 30], RIGHT)


def test_a_palette_with_a_transparent_colour(tmp_path):
    indexed = Image.fromarray(flag()).quantize(4)
    transparent = indexed.getpixel((2, 2))
    opened = open_upload(saved(tmp_path, "a.gif", indexed, transparency=transparent))
    assert (opened[4, 4] == 255).all()
    assert np.abs(opened[4, 30].astype(int) - RIGHT).max() <= 2


def test_sixteen_bits_are_scaled_and_not_clipped(tmp_path):
    ramp = np.linspace(0, 65535, 34 * 22).reshape(22, 34).astype(np.uint16)
    opened = open_upload(saved(tmp_path, "a.png", Image.fromarray(ramp)))
    np.testing.assert_array_equal(opened[..., 0], np.rint(ramp / 257))
    np.testing.assert_array_equal(opened[..., 0], opened[..., 2])


def test_floating_point_grey_keeps_its_order(tmp_path):
    ramp = np.linspace(-3, 5, 34 * 22).reshape(22, 34).astype(np.float32)
    opened = open_upload(saved(tmp_path, "a.tiff", Image.fromarray(ramp)))
    assert opened.min() == 0
    assert opened.max() == 255
    assert (np.diff(opened[..., 0].ravel().astype(int)) >= 0).all()


def test_cmyk(tmp_path):
    opened = open_upload(saved(tmp_path, "a.jpg", Image.fromarray(flag()).convert("CMYK"), quality=95)).astype(int)
    assert np.abs(opened[4, 6] - LEFT).max() < 30
    assert np.abs(opened[17, 6] - BELOW).max() < 30


def test_heic(tmp_path):
    path = tmp_path / "a.heic"
    pillow_heif.register_heif_opener()
    Image.fromarray(np.kron(flag(), np.ones((4, 4, 1), np.uint8))).save(path, quality=95)
    opened = open_upload(path).astype(int)
    assert opened.shape == (88, 136, 3)
    assert np.abs(opened[16, 24] - LEFT).max() < 24


def test_only_the_first_frame_of_an_animation(tmp_path):
    frames = [Image.fromarray(np.full((22, 34, 3), colour, np.uint8)) for colour in (10, 200)]
    opened = open_upload(saved(tmp_path, "a.gif", frames[0], save_all=True, append_images=frames[1:]))
    assert opened.max() <= 12


def test_one_pixel(tmp_path):
    np.testing.assert_array_equal(open_upload(saved(tmp_path, "a.png", Image.new("RGB", (1, 1), LEFT))), [[LEFT]])


@pytest.mark.parametrize(
    ("size", "expected"), [((340, 220), (66, 102)), ((220, 340), (102, 66)), ((3000, 1), (1, 102))]
)
def test_a_large_picture_is_reduced_to_its_longer_side(tmp_path, size, expected):
    assert open_upload(saved(tmp_path, "a.png", Image.new("RGB", size)), longer_side=102).shape[:2] == expected


def test_a_small_picture_stays(tmp_path):
    assert open_upload(saved(tmp_path, "a.png", Image.new("RGB", (34, 22))), longer_side=102).shape[:2] == (22, 34)


def test_reduced_decoding_of_a_jpeg_is_close_to_full_decoding(tmp_path):
    big = np.kron(flag(), np.ones((40, 40, 1), np.uint8))
    path = saved(tmp_path, "a.jpg", Image.fromarray(big), quality=95)
    reduced = open_upload(path, longer_side=170).astype(int)
    whole = np.asarray(Image.open(path).resize((170, 110), Image.Resampling.LANCZOS)).astype(int)
    assert reduced.shape == whole.shape
    assert np.abs(reduced - whole).mean() < 2


@pytest.mark.parametrize("size", [(1003, 667), (1005, 661), (998, 1011)])
def test_reduced_decoding_stretches_nothing_where_the_size_does_not_divide(tmp_path, size):
    """Half of 1003 columns comes as 502; the picture is the first 501.5 of them."""
    y, x = np.mgrid[: size[1], : size[0]]
    waves = 127 + 60 * np.sin(x / 3.5) + 60 * np.sin(y / 3.5)
    path = tmp_path / "waves.jpg"
    Image.fromarray(np.stack([waves] * 3, 2).astype(np.uint8)).save(path, quality=95)
    side = 440
    with Image.open(path) as opened:
        target = tuple(round(length * side / max(size)) for length in size)
        whole = np.asarray(opened.resize(target, Image.Resampling.LANCZOS)).astype(int)
    assert np.abs(open_upload(path, side) - whole).max() < 15


def test_the_result_is_the_callers_own(tmp_path):
    opened = open_upload(saved(tmp_path, "a.png", Image.fromarray(flag())))
    opened[:] = 0
    assert opened.flags.owndata
    assert opened.dtype == np.uint8


def header_only_png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (b"this is no picture at all", "not a picture that can be read"),
        (b"%PDF-1.7 nor is this", "This is a PDF document and no picture"),
        (b"\xff\xd8\xff\xe0 broken", "damaged|not a picture"),
        (header_only_png(12_000, 12_000), "144 megapixels; up to 66 can be opened|far too many"),
        (header_only_png(8_250, 8_001), r"66\.1 megapixels; up to 66 can be opened"),
        (header_only_png(60_000, 60_000), "far too many pixels"),
        (header_only_png(200, 300), "damaged"),
    ],
)
def test_a_bad_file_gets_one_sentence(tmp_path, content, sentence):
    path = tmp_path / "upload"
    path.write_bytes(content)
    with pytest.raises(ImageError, match=sentence) as raised:
        open_upload(path)
    assert str(tmp_path) not in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_jpeg_cut_short(tmp_path):
    whole = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 255, (200, 300, 3)).astype(np.uint8)
    Image.fromarray(noise).save(whole, "JPEG")
    path = tmp_path / "cut.jpg"
    path.write_bytes(whole.getvalue()[: len(whole.getvalue()) // 2])
    with pytest.raises(ImageError, match=r"about (4[6-9]|5[0-4]) % of the picture is missing"):
        open_upload(path)


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_rows": 1}])
@pytest.mark.parametrize("lacking", [1, 2, 40])
def test_a_jpeg_that_lacks_only_its_end(tmp_path, options, lacking):
    whole = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 255, (200, 304, 3)).astype(np.uint8)
    Image.fromarray(noise).save(whole, "JPEG", quality=90, **options)
    path = tmp_path / "cut.jpg"
    path.write_bytes(whole.getvalue()[:-lacking])
    right = np.asarray(Image.open(whole)).astype(int)
    opened = open_upload(path).astype(int)
    assert opened.shape == right.shape
    assert np.abs(opened - right).mean() < (0.01 if lacking < 3 else 2)


@pytest.mark.parametrize(("share", "missing"), [(0.1, (70, 100)), (0.25, (10, 95))])
def test_a_progressive_jpeg_without_its_detail_is_refused(tmp_path, share, missing):
    whole = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 255, (200, 304, 3)).astype(np.uint8)
    Image.fromarray(noise).save(whole, "JPEG", quality=90, progressive=True)
    path = tmp_path / "cut.jpg"
    path.write_bytes(whole.getvalue()[: round(share * len(whole.getvalue()))])
    with pytest.raises(ImageError, match="cut off: about") as raised:
        open_upload(path)
    percent = int(str(raised.value).split("about ")[1].split()[0])
    assert missing[0] <= percent <= missing[1]


def test_too_many_bytes(tmp_path, monkeypatch):
    monkeypatch.setattr(image_file._limits, "file_bytes", image_file.MAX_FILE_BYTES)
    image_file.take_files_up_to(1)
    path = tmp_path / "a.bmp"
    Image.new("RGB", (800, 800)).save(path)
    with pytest.raises(ImageError, match=r"has 2 MB; up to 1 MB"):
        open_upload(path)


def test_a_file_that_is_gone(tmp_path):
    with pytest.raises(ImageError, match="could not be found"):
        open_upload(tmp_path / "nothing.png")


def test_a_longer_side_of_nothing(tmp_path):
    with pytest.raises(ImageError, match="longer_side is 0"):
        open_upload(saved(tmp_path, "a.png", Image.new("RGB", (2, 2))), longer_side=0)


@pytest.mark.skipif(not ODD_IMAGES.is_dir(), reason="the odd pictures are not at hand; their kinds are made above")
def test_the_collection_of_odd_pictures():
    rows = [json.loads(line) for line in (ODD_IMAGES / "manifest.jsonl").read_text("utf-8").splitlines()]
    assert len(rows) > 200
    readable = {"JPEG", "MPO", "PNG", "GIF", "WEBP", "BMP", "TIFF", "HEIF", "AVIF"}
    for row in rows:
        try:
            opened = open_upload(ODD_IMAGES / row["path"])
        except ImageError as error:
            assert not (row["decodes"] and row["format"] in readable), (row["path"], str(error))
        else:
            assert opened.dtype == np.uint8
            assert opened.ndim == 3
            assert opened.shape[2] == 3


@pytest.mark.skipif(not ODD_IMAGES.is_dir(), reason="the odd pictures are not at hand; their kinds are made above")
@pytest.mark.parametrize("kind", ["Landscape", "Portrait"])
def test_all_orientations_of_one_photograph_look_the_same(kind):
    opened = [open_upload(ODD_IMAGES / "exif" / f"{kind}_{turn}.jpg", 300).astype(int) for turn in range(9)]
    for other in opened[1:]:
        assert other.shape == opened[1].shape
        assert np.abs(other - opened[1]).mean() < 6


def test_the_endings_that_count_are_those_of_every_format_that_is_read():
    """Held against Pillow's own table, the plug-in for HEIC included: neither one more nor one fewer."""
    image_file._prepare_pillow()
    Image.init()
    registered = {
        ending for ending, kind in Image.registered_extensions().items() if kind in {*image_file.FORMATS, "MPO"}
    }
    assert registered == image_file.SUFFIXES


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("a.JFIF", True),
        ("shop/a.avif", True),
        (".a.jpg", False),
        ("a.txt", False),
        ("jpg", False),
        ("a.jpe.csv", False),
    ],
)
def test_a_photograph_is_known_by_its_ending_and_is_not_hidden(name, counts):
    assert image_file.is_photograph(name) is counts
