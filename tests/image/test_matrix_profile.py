"""Profiles of curves and a matrix: read here as littleCMS reads them, or left to it."""

import io
import struct

import numpy as np
import pytest
from PIL import Image, ImageCms

from explorer.image import profile
from explorer.image.matrix_profile import read_matrix_profile
from tests.image.colours import PRIMARIES, grey_profile, meant, rgb_profile
from tests.image.test_colour import cmyk_profile

COLOURS = Image.fromarray(np.random.default_rng(3).integers(0, 256, (53, 71, 3)).astype(np.uint8))
TABLE = [round(65535 * (place / 16) ** 1.9) for place in range(17)]
CURVES = {
    "identity": b"curv\0\0\0\0" + struct.pack(">I", 0),
    "exponent": b"curv\0\0\0\0" + struct.pack(">IH", 1, 461),
    "table": b"curv\0\0\0\0" + struct.pack(">I17H", 17, *TABLE),
    **{
        f"kind {kind}": b"para\0\0\0\0"
        + struct.pack(f">HH{len(values)}i", kind, 0, *[round(value * 65536) for value in values])
        for kind, values in enumerate(
            (
                (1.8,),
                (2.2, 1.05, -0.05),
                (2.2, 1.02, -0.05, 0.03),
                (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045),
                (2.4, 0.93, 0.05, 0.08, 0.045, 0.01, 0.005),
            )
        )
    },
}


def with_curves(*tags: bytes) -> bytes:
    """Display P3's profile with other curves, appended; its table of tags points at them."""
    content = bytearray(rgb_profile("Display P3"))
    for name, tag in zip((b"rTRC", b"gTRC", b"bTRC"), tags, strict=True):
        struct.pack_into(">II", content, content.index(name) + 4, len(content), len(tag))
        content += tag + b"\0" * (-len(tag) % 4)
    struct.pack_into(">I", content, 0, len(content))
    return bytes(content)


def quick(content: bytes) -> np.ndarray:
    """The colours by curves and matrix, which must have been taken."""
    transform = profile._built(content, "RGB")
    assert "by_matrix" in transform.__qualname__, "littleCMS was asked"
    return np.asarray(transform(COLOURS)).astype(int)


@pytest.mark.parametrize("name", PRIMARIES)
def test_profiles_of_cameras_and_screens_are_read_as_littlecms_reads_them(name):
    off = np.abs(quick(rgb_profile(name)) - meant(COLOURS, rgb_profile(name)))
    assert off.max() <= 1
    assert off.mean() < 0.1


@pytest.mark.parametrize("kind", CURVES)
def test_every_kind_of_curve(kind):
    content = with_curves(*[CURVES[kind]] * 3)
    assert np.abs(quick(content) - meant(COLOURS, content)).max() <= 1


def test_a_curve_a_channel():
    content = with_curves(CURVES["exponent"], CURVES["table"], CURVES["kind 3"])
    assert np.abs(quick(content) - meant(COLOURS, content)).max() <= 1


def test_what_littlecms_reads_otherwise_is_left_to_it(monkeypatch):
    """A profile whose matrix is not what counts: as if this reader had mistaken it."""
    monkeypatch.setattr(profile, "read_matrix_profile", lambda _: read_matrix_profile(rgb_profile("ProPhoto")))
    transform = profile._built(rgb_profile("Display P3"), "RGB")
    right = meant(COLOURS, rgb_profile("Display P3"))
    np.testing.assert_array_equal(np.asarray(transform(COLOURS)), right)


@pytest.mark.parametrize(
    "content",
    [
        b"", b"short", grey_profile(1.8), cmyk_profile(), rgb_profile("Display P3")[:300],
        with_curves(*[b"para\0\0\0\0" + struct.pack(">HHi", 9, 0, 65536)] * 3),
        with_curves(*[b"curv\0\0\0\0" + struct.pack(">I", 4_000_000)] * 3),
        with_curves(*[b"sf32" + bytes(8)] * 3),
    ],
)  # fmt: skip
def test_what_is_no_such_profile(content):
    assert read_matrix_profile(content) is None


def test_srgb_of_littlecms_itself():
    content = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    stored = np.arange(256) / 255
    light = np.where(stored <= 0.04045, stored / 12.92, ((stored + 0.055) / 1.055) ** 2.4)
    np.testing.assert_allclose(read_matrix_profile(content).curves, [light] * 3, atol=2e-4)
    assert ImageCms.ImageCmsProfile(io.BytesIO(content)).profile.red_colorant[0] == pytest.approx(
        tuple(read_matrix_profile(content).matrix[:, 0]), abs=2e-5
    )
