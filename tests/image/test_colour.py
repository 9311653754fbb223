"""Colours of a file become sRGB, held against littleCMS (profiles) and against formulas worked out here (numbers)."""

import io
import struct
import zlib

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageCms

from explorer.image import open_upload
from explorer.image.numbers import BT709, CODED_PRIMARIES, Numbers, by_numbers, coded, of_gamma
from explorer.image.profile import by_profile
from tests.image.colours import PRIMARIES, grey_profile, meant, picture, rgb_profile, stored_and_right

KINDS = {
    "png": {},
    "tif": {},
    "jpg": {"quality": 98, "subsampling": 0},
    "webp": {"lossless": True},
    "heic": {"quality": 98, "chroma": 444},
    "avif": {"quality": 98, "subsampling": "4:4:4"},
}


def off(path, right: np.ndarray) -> float:
    """Levels off on average."""
    opened = open_upload(path).astype(int)
    assert opened.shape == right.shape
    return float(np.abs(opened - right).mean())


@pytest.mark.parametrize("suffix", KINDS)
@pytest.mark.parametrize("name", PRIMARIES)
def test_a_profile_in_every_kind_of_file(tmp_path, name, suffix):
    pillow_heif.register_heif_opener()
    profile = rgb_profile(name)
    stored, right = stored_and_right(picture(), profile)
    path = tmp_path / f"a.{suffix}"
    stored.save(path, icc_profile=profile, **KINDS[suffix])
    assert off(path, right) < (0.05 if suffix in {"png", "tif", "webp"} else 2.5)
    assert np.abs(np.asarray(stored).astype(int) - right).mean() > 2  # the profile says something


@pytest.mark.parametrize("mode", ["L", "LA", "1", "I;16"])
def test_grey_under_a_profile(tmp_path, mode):
    profile, grey = grey_profile(1.4), picture().convert("L")
    right = meant(grey, profile)
    if mode == "1":
        grey = grey.convert("1")
        right = meant(grey.convert("L"), profile)
    stored = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257) if mode == "I;16" else grey.convert(mode)
    stored.save(tmp_path / "a.png", icc_profile=profile)
    assert off(tmp_path / "a.png", right) < 0.01


def cmyk_profile() -> bytes:
    """A printer's profile of one table (ICC.1, 10.10): paper less ink, darkened, so that inversion is far off."""
    nodes = 5
    grid = np.stack(np.meshgrid(*[np.linspace(0, 1, nodes)] * 4, indexing="ij"), -1).reshape(-1, 4)
    light = (1 - grid[:, :3] * 0.8) * (1 - grid[:, 3:] * 0.9)
    lab = np.stack(
        [light.mean(1), 0.5 + 0.25 * (light[:, 0] - light[:, 1]), 0.5 + 0.25 * (light[:, 1] - light[:, 2])], 1
    )
    head = b"mft1\0\0\0\0" + bytes([4, 3, nodes, 0]) + struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 65536)
    table = head + bytes(range(256)) * 4 + np.rint(lab * 255).astype(np.uint8).tobytes() + bytes(range(256)) * 3
    text = b"desc\0\0\0\0" + struct.pack(">I", 5) + b"test\0" + b"\0" * 78
    white = b"XYZ \0\0\0\0" + struct.pack(">3i", 63190, 65536, 54061)
    tags = {b"desc": text, b"cprt": b"text\0\0\0\0none\0", b"wtpt": white, b"A2B0": table, b"A2B1": table}
    index, body, start = b"", b"", 128 + 4 + 12 * len(tags)
    for name, value in tags.items():
        index += name + struct.pack(">II", start + len(body), len(value))
        body += value + b"\0" * (-len(value) % 4)
    first = struct.pack(">I4sI4s4s4s", start + len(body), b"\0\0\0\0", 0x02100000, b"prtr", b"CMYK", b"Lab ")
    first += struct.pack(">6H", 2024, 1, 1, 0, 0, 0) + b"acsp" + b"\0" * 28 + struct.pack(">3i", 63190, 65536, 54061)
    return first.ljust(128, b"\0") + struct.pack(">I", len(tags)) + index + body


@pytest.mark.parametrize("suffix", ["tif", "jpg"])
def test_cmyk_by_its_profile(tmp_path, suffix):
    stored, profile = picture().convert("CMYK"), cmyk_profile()
    stored.save(tmp_path / f"a.{suffix}", icc_profile=profile, **KINDS[suffix])
    right = meant(stored, profile)
    assert off(tmp_path / f"a.{suffix}", right) < 2
    assert np.abs(np.asarray(stored.convert("RGB")).astype(int) - right).mean() > 5


def test_opacity_is_no_colour(tmp_path):
    profile = rgb_profile("Display P3")
    stored, right = stored_and_right(picture(), profile)
    opacity = np.full((60, 86), 255, np.uint8)
    opacity[:, :20], opacity[:, 20:40] = 0, 128
    Image.fromarray(np.dstack([np.asarray(stored), opacity])).save(tmp_path / "a.png", icc_profile=profile)
    share = opacity[..., None] / 255
    assert off(tmp_path / "a.png", np.rint(right * share + 255 * (1 - share)).astype(int)) < 0.5


def test_the_reduced_path_of_a_jpeg_too(tmp_path):
    profile = rgb_profile("Adobe RGB")
    stored, right = stored_and_right(picture().resize((1376, 960)), profile)
    stored.save(tmp_path / "a.jpg", icc_profile=profile, quality=98)
    small = np.asarray(Image.fromarray(right.astype(np.uint8)).resize((172, 120), Image.Resampling.BOX)).astype(int)
    assert np.abs(open_upload(tmp_path / "a.jpg", 172).astype(int) - small).mean() < 2


@pytest.mark.parametrize("profile", [b"broken", grey_profile(1.0), rgb_profile("ProPhoto")[:300], b""])
def test_a_profile_that_is_broken_or_of_another_kind_is_passed_over(tmp_path, profile):
    picture().save(tmp_path / "a.png", icc_profile=profile)
    assert off(tmp_path / "a.png", np.asarray(picture()).astype(int)) == 0


def test_the_usual_profile_is_known_and_costs_no_transform(tmp_path):
    image, profile = picture(), ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert by_profile(image, profile) is image
    image.save(tmp_path / "a.png", icc_profile=profile)
    assert off(tmp_path / "a.png", np.asarray(image).astype(int)) == 0


def test_lab(tmp_path):
    srgb, lab = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    stored = ImageCms.profileToProfile(picture(), srgb, lab, 1, outputMode="LAB")
    right = np.asarray(ImageCms.profileToProfile(stored, lab, srgb, 1, outputMode="RGB")).astype(int)
    stored.save(tmp_path / "a.tif")
    assert off(tmp_path / "a.tif", right) < 0.01


# -- colours by numbers --


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def with_chunks(image: Image.Image, *chunks: tuple[bytes, bytes]) -> bytes:
    """The picture as a PNG, with chunks behind its header."""
    file = io.BytesIO()
    image.save(file, "PNG")
    content = file.getvalue()
    return content[:33] + b"".join(chunk(*one) for one in chunks) + content[33:]


def test_cicp_before_a_profile_before_gamma(tmp_path):
    profile, image = rgb_profile("ProPhoto"), picture()
    gamma, packed = (b"gAMA", struct.pack(">I", 100_000)), (b"iCCP", b"x\0\0" + zlib.compress(profile))
    srgb, p3 = (b"cICP", bytes([1, 13, 0, 1])), (b"cICP", bytes([12, 13, 0, 1]))
    path = tmp_path / "a.png"
    path.write_bytes(with_chunks(image, srgb, packed, gamma))
    assert off(path, np.asarray(image).astype(int)) == 0
    path.write_bytes(with_chunks(image, packed, gamma))
    assert off(path, meant(image, profile)) < 0.05
    path.write_bytes(with_chunks(image, (b"sRGB", b"\0"), gamma))
    assert off(path, np.asarray(image).astype(int)) == 0
    path.write_bytes(with_chunks(image, p3, packed))
    assert off(path, by_numbers(np.asarray(image), coded(12, 13)).astype(int)) == 0


def test_gamma_and_chromaticities_mean_what_a_profile_of_them_means(tmp_path):
    red, green, blue, white, exponent = PRIMARIES["Generic RGB"]
    places = [round(100_000 * value) for pair in (white, red, green, blue) for value in pair]
    gamma = (b"gAMA", struct.pack(">I", round(100_000 / exponent)))
    (tmp_path / "a.png").write_bytes(with_chunks(picture(), gamma, (b"cHRM", struct.pack(">8I", *places))))
    assert off(tmp_path / "a.png", meant(picture(), rgb_profile("Generic RGB"))) < 1


@pytest.mark.parametrize("gamma", [0, 45455, 45000])
def test_a_gamma_that_says_nothing_new(tmp_path, gamma):
    (tmp_path / "a.png").write_bytes(with_chunks(picture(), (b"gAMA", struct.pack(">I", gamma))))
    assert off(tmp_path / "a.png", np.asarray(picture()).astype(int)) == 0


def test_linear_light_becomes_srgb():
    right = [round(255 * (1.055 * (value / 255) ** (1 / 2.4) - 0.055)) for value in (10, 55, 128, 255)]
    levels = np.array([10, 55, 128, 255], np.uint8)[None, :, None].repeat(3, 2)
    np.testing.assert_array_equal(by_numbers(levels, of_gamma(1.0, None))[0, :, 0], right)


def test_what_is_no_set_of_colours_is_passed_over():
    assert of_gamma(None, (0.0,) * 8) is None
    assert of_gamma(1e9, None) is None
    assert coded(200, 13) is None
    assert coded(1, 200) is None


def pq(light: float) -> float:
    """The stored value of so many cd/m²: BT.2100's inverse curve, written out."""
    power = (light / 10_000) ** 0.1593017578125
    return ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375


@pytest.mark.parametrize(("light", "shown"), [(0.0, 0.0), (50, 50 / 203), (100, 100 / 203), (162, 0.798), (203, 0.9)])
def test_pq_by_hand(light, shown):
    """Below four fifths of 203 cd/m² light stays; 203 comes to 0.8 + 0.2 / 2; 1,000 and more are below white."""
    level = np.full((1, 1, 3), round(255 * pq(light)) if light else 0, np.uint8)
    right = 255 * (12.92 * shown if shown <= 0.0031308 else 1.055 * shown ** (1 / 2.4) - 0.055)
    assert abs(int(by_numbers(level, coded(1, 16))[0, 0, 0]) - right) <= 3  # a level of PQ is up to 3 of sRGB
    brightest = by_numbers(np.full((1, 1, 3), 255, np.uint8), coded(1, 16))
    assert (brightest >= 253).all()


def test_hlg_by_hand():
    """Three quarters of the signal are 203 cd/m² (BT.2408, table 1), which come to 0.9 of white, 243 of 255."""
    shown = by_numbers(np.full((1, 1, 3), 191, np.uint8), coded(9, 18))
    assert np.abs(shown.astype(int) - 243).max() <= 1


@pytest.mark.parametrize("curve", ["pq", "hlg"])
def test_brighter_stays_brighter_and_hues_stay(curve):
    greys = np.arange(256, dtype=np.uint8)[None, :, None].repeat(3, 2)
    shown = by_numbers(greys, Numbers(BT709, curve))[0].astype(int)
    assert (np.diff(shown[:, 0]) >= 0).all()
    assert (shown == shown[:, :1]).all()


@pytest.mark.parametrize("number", CODED_PRIMARIES)
def test_white_stays_white(number):
    white = np.full((1, 1, 3), 255, np.uint8)
    assert (by_numbers(white, coded(number, 13)) >= 254).all()


def test_narrow_range():
    levels = np.array([[[16] * 3, [235] * 3]], np.uint8)
    assert by_numbers(levels, coded(1, 13, full_range=False)).tolist() == [[[0] * 3, [255] * 3]]


def patched_nclx(content: bytes, primaries: int, transfer: int) -> bytes:
    at = content.index(b"colrnclx") + 8
    return content[:at] + struct.pack(">HH", primaries, transfer) + content[at + 4 :]


@pytest.mark.parametrize("suffix", ["avif", "heic"])
@pytest.mark.parametrize("numbers", [(12, 13), (9, 16), (9, 18)])
def test_numbers_of_avif_and_heic(tmp_path, suffix, numbers):
    pillow_heif.register_heif_opener()
    path = tmp_path / f"a.{suffix}"
    picture().save(path, **KINDS[suffix])
    plain = open_upload(path)
    path.write_bytes(patched_nclx(path.read_bytes(), *numbers))
    assert off(path, by_numbers(plain, coded(*numbers)).astype(int)) < 1
    assert np.abs(open_upload(path).astype(int) - plain).mean() > 1
