"""Numbers become the colours that the colour bar says."""

import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from explorer.errors import ShapeError
from explorer.image import render

WEB = Path(render.__file__).parents[1] / "ui" / "web"


@pytest.mark.parametrize("scheme", ["diverging", "sequential"])
def test_the_browser_uses_the_same_anchors(scheme):
    script = (WEB / "shared" / "colour.js").read_text("utf-8")
    listed = re.search(rf"{scheme}: (\[\[.*\]\]),", script)
    assert listed
    assert [tuple(anchor) for anchor in json.loads(listed[1])] == list(render.ANCHORS[scheme])


def test_diverging_colours_are_white_at_zero_blue_below_and_orange_above():
    colours = render.palette("diverging").astype(int)
    assert colours.shape == (256, 3)
    assert colours[127:129].min() >= 252
    assert (colours[:120, 2] > colours[:120, 0]).all()
    assert (colours[136:, 0] > colours[136:, 2]).all()


def test_sequential_colours_get_lighter_all_the_way():
    luminance = render.palette("sequential").astype(float) @ (0.2126, 0.7152, 0.0722)
    assert (np.diff(luminance) > 0).all()


def test_value_range_is_symmetric_about_zero_where_colours_diverge():
    maps = np.array([[[-3.0, 1.0]], [[0.5, 2.0]], [[0.0, 0.0]]], np.float32)
    low, high = render.value_range(maps, "diverging")
    np.testing.assert_array_equal(low, [-3, -2, 0])
    np.testing.assert_array_equal(high, [3, 2, 0])


def test_value_range_starts_at_zero_where_they_run_from_dark_to_light():
    maps = np.array([[[0.5, 2.0]], [[-0.25, 1.0]]], np.float32)
    low, high = render.value_range(maps, "sequential")
    np.testing.assert_array_equal(low, [0, -0.25])
    np.testing.assert_array_equal(high, [2, 1])


def test_indices_are_the_nearest_places():
    rng = np.random.default_rng(0)
    maps = rng.normal(size=(5, 11, 17)).astype(np.float32)
    low, high = render.value_range(maps, "diverging")
    expected = np.rint((maps.astype(np.float64) - low[:, None, None]) / (high - low)[:, None, None] * 255)
    indices = render.to_indices(maps, low, high)
    assert indices.dtype == np.uint8
    assert np.abs(indices - expected).max() <= 1
    assert (indices == expected).mean() > 0.999
    assert {indices.min(), indices.max()} & {0, 255}


def test_a_map_without_a_range_is_all_middle():
    flat = np.zeros((1, 3, 4), np.float32)
    indices = render.to_indices(flat, *render.value_range(flat, "diverging"))
    assert set(indices.ravel().tolist()) == {127}


def test_one_range_for_all_maps():
    maps = np.array([[[0.0, 1.0]], [[0.0, 2.0]]], np.float32)
    indices = render.to_indices(maps, np.zeros(1, np.float32), np.full(1, 2, np.float32))
    np.testing.assert_array_equal(indices, [[[0, 128]], [[0, 255]]])


def test_a_mosaic_puts_maps_row_by_row():
    indices = np.arange(1, 6, dtype=np.uint8)[:, None, None] * np.ones((5, 2, 3), np.uint8)
    sheet = render.mosaic(indices, 3)
    np.testing.assert_array_equal(sheet[::2, ::3], [[1, 2, 3], [4, 5, 0]])
    assert sheet.shape == (4, 9)


def test_a_mosaic_of_nothing_is_refused():
    with pytest.raises(ShapeError, match="0 maps in 3 columns"):
        render.mosaic(np.zeros((0, 2, 3), np.uint8), 3)


def test_palette_png_shows_the_palettes_colours():
    indices = np.arange(256, dtype=np.uint8).reshape(8, 32)
    decoded = np.asarray(Image.open(io.BytesIO(render.palette_png(indices, "sequential"))).convert("RGB"))
    np.testing.assert_array_equal(decoded, render.palette("sequential")[indices])


def test_picture_png_keeps_every_pixel():
    image = np.random.default_rng(1).integers(0, 256, (11, 17, 3)).astype(np.uint8)
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(render.picture_png(image)))), image)


def test_picture_jpeg_is_reduced():
    image = np.zeros((110, 170, 3), np.uint8)
    assert Image.open(io.BytesIO(render.picture_jpeg(image, 34))).size == (34, 22)
