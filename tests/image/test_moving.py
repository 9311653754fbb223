"""A photograph moves as it is told to."""

import math

import numpy as np
import pytest

from explorer.errors import ImageError
from explorer.image.moving import crop, move

PICTURE = np.random.default_rng(3).integers(0, 256, (11, 17, 3)).astype(np.uint8)


def test_standing_still():
    np.testing.assert_array_equal(move(PICTURE), PICTURE)


@pytest.mark.parametrize("shift", [(3, 0), (0, 2), (-4, 5), (20, 0)])
def test_a_whole_shift_keeps_every_value(shift):
    right, down = shift
    expected = np.full_like(PICTURE, 255)
    for y in range(11):
        for x in range(17):
            if 0 <= y - down < 11 and 0 <= x - right < 17:
                expected[y, x] = PICTURE[y - down, x - right]
    np.testing.assert_array_equal(move(PICTURE, shift=shift), expected)


def test_mirrored():
    np.testing.assert_array_equal(move(PICTURE, mirrored=True), PICTURE[:, ::-1])


def test_half_a_turn():
    np.testing.assert_array_equal(move(PICTURE, turn=180), PICTURE[::-1, ::-1])


def test_a_quarter_turn_is_clockwise():
    square = PICTURE[:, :11]
    np.testing.assert_array_equal(move(square, turn=90), np.rot90(square, -1))


def test_scaled_by_two_about_the_centre():
    moved = move(PICTURE, scale=2)
    np.testing.assert_array_equal(moved[5, 8], PICTURE[5, 8])
    np.testing.assert_array_equal(moved[5, 10], PICTURE[5, 9])


def test_the_photograph_itself_stays():
    before = PICTURE.copy()
    move(PICTURE, turn=30, mirrored=True)
    np.testing.assert_array_equal(PICTURE, before)


@pytest.mark.parametrize("wrong", [{"scale": 0}, {"scale": 11}, {"turn": math.nan}, {"shift": (math.inf, 0)}])
def test_what_cannot_be(wrong):
    with pytest.raises(ImageError, match="cannot be moved"):
        move(PICTURE, **wrong)


def test_a_crop_has_the_very_pixels():
    np.testing.assert_array_equal(crop(PICTURE, 2, 1, 9, 8), PICTURE[1:9, 2:11])


def test_a_crop_over_the_edge_is_cut_there():
    np.testing.assert_array_equal(crop(PICTURE, -3, -3, 12, 12), PICTURE[:9, :9])


@pytest.mark.parametrize("box", [(0, 0, 3, 9), (30, 0, 9, 9), (-20, 0, 9, 9), (0, 0, -5, 9)])
def test_a_crop_of_too_little(box):
    with pytest.raises(ImageError, match="at least 8"):
        crop(PICTURE, *box)
