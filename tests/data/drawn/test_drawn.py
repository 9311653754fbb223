"""The drawn set: deterministic, distinct by split, and drawn as asked."""

import hashlib

import numpy as np
import pytest

from explorer.data import drawn
from explorer.data.drawn import CLASSES, draw, picture_seed
from explorer.data.drawn.studio import Pose, Studio, blurred, curve, symmetric
from explorer.errors import CatalogError


@pytest.mark.parametrize("label", CLASSES)
def test_same_seed_same_picture_and_another_seed_another(label):
    first, again, other = draw(label, 3, 40), draw(label, 3, 40), draw(label, 4, 40)
    assert first.shape == (40, 40, 3)
    assert first.dtype == np.uint8
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("label", CLASSES)
def test_plain_pictures_show_a_thing_on_white(label):
    picture = draw(label, 1, 96, plain=True).astype(int)
    edges = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
    assert edges.min() > 225
    covered = (picture.min(2) < 225).mean()
    assert 0.05 < covered < 0.8


def test_classes_carry_the_catalogues_names():
    names = {
        "kurtas",
        "jeans",
        "sports-shoes",
        "watches",
        "handbags",
        "tshirts",
        "caps",
        "sunglasses",
        "ties",
        "backpacks",
    }
    assert names <= set(CLASSES)
    assert {"sarees", "dresses", "skirts"} <= set(CLASSES)


def test_no_picture_of_one_split_is_in_another():
    seeds = {
        (split, number): picture_seed(seed, split, number)
        for seed in (0, 1, 2)
        for split in ("train", "validation")
        for number in range(500)
    }
    assert len({*seeds.values()}) == 1000
    hashes = [
        {hashlib.sha256(draw("caps", picture_seed(0, split, number), 24).tobytes()).hexdigest() for number in range(12)}
        for split in ("train", "validation")
    ]
    assert len(hashes[0]) == len(hashes[1]) == 12
    assert not hashes[0] & hashes[1]


def test_unknown_class_and_impossible_size_are_sentences():
    with pytest.raises(CatalogError, match="no drawing of 'boots'; there are backpacks, caps"):
        draw("boots")
    with pytest.raises(CatalogError, match="4 pixels is not possible; 8 to 2048"):
        draw("caps", size=4)


def test_a_pose_turns_scales_and_mirrors():
    corner = np.array([[1.0, 0.0]])
    assert Pose(turn=np.pi / 2, scale=0.5).place(corner) == pytest.approx(np.array([[0.0, 0.5]]), abs=1e-9)
    assert Pose(scale=1, mirrored=True, shift=(0.1, 0.2)).place(corner) == pytest.approx(np.array([[-0.9, 0.2]]))


def test_curves_pass_through_their_points():
    points = [(0.0, 0.0), (0.5, 0.2), (0.7, -0.3)]
    found = curve(points, steps=10)
    for point in points:
        assert min(abs(x - point[0]) + abs(y - point[1]) for x, y in found) < 1e-9
    outline = symmetric([(0.2, 0.0), (0.4, 1.0)])
    assert outline == [(0.2, 0.0), (0.4, 1.0), (-0.4, 1.0), (-0.2, 0.0)]


def test_masks_cover_what_the_outline_encloses():
    studio = Studio(50, np.random.default_rng(0), Pose(scale=1.0))
    cover = studio.mask([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)])
    assert cover.shape == (100, 100)
    assert cover.mean() == pytest.approx(0.25, abs=0.02)
    assert cover[50, 50] == 1
    assert cover[5, 5] == 0


def test_painting_stays_inside_the_cover_and_takes_its_colour():
    studio = Studio(40, np.random.default_rng(0), Pose(scale=1.0))
    cover = studio.mask([(-0.4, -0.4), (0.4, -0.4), (0.4, 0.4), (-0.4, 0.4)])
    studio.paint(cover, (0.8, 0.1, 0.1), relief=0)
    picture = studio.finish(grain=0)
    assert (picture[0] == 255).all()
    assert picture[20, 20].tolist() == [204, 26, 26]


def test_blur_keeps_the_mean_of_a_constant_and_spreads_a_dot():
    assert blurred(np.full((20, 30), 0.7, np.float32), 4) == pytest.approx(np.full((20, 30), 0.7), abs=1e-5)
    dot = np.zeros((41, 41), np.float32)
    dot[20, 20] = 1
    spread = blurred(dot, 3)
    assert spread.sum() == pytest.approx(1, abs=1e-4)
    assert np.allclose(spread, spread.T, atol=1e-6)
    assert spread[20, 20] == spread.max() < 0.1


def test_every_class_has_its_drawer():
    assert list(drawn.DRAWERS) == sorted(drawn.DRAWERS)
    assert len(CLASSES) >= 15
