"""Pixels to tensor: against Pillow and torchvision, at odd and unequal sizes, on grey and on strange input."""

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.transforms import v2

from explorer.errors import CheckpointError, ImageError
from explorer.preprocessing import MODES, Preprocessing


@pytest.fixture
def image() -> np.ndarray:
    rng = np.random.default_rng(5)
    coarse = rng.integers(0, 256, (9, 7, 3), dtype=np.uint8)
    return np.array(Image.fromarray(coarse).resize((51, 67), Image.Resampling.BICUBIC))  # 67 high, 51 wide


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("shape", [(17, 11), (11, 17), (1, 1), (1, 300), (64, 64), (400, 3)])
def test_any_size_becomes_the_networks_size(mode, shape):
    image = np.full((*shape, 3), 77, np.uint8)
    prepared = Preprocessing(size=32, mode=mode)
    assert prepared.picture(image).shape == (32, 32, 3)
    batch = prepared(image)
    assert batch.shape == (1, 3, 32, 32)
    assert batch.dtype == torch.float32


def test_stretch_agrees_with_pillow(image):
    ours = Preprocessing(size=24).picture(image)
    pillow = np.asarray(Image.fromarray(image).resize((24, 24), Image.Resampling.BILINEAR))
    assert np.abs(ours.astype(int) - pillow).max() <= 1


def test_crop_agrees_with_torchvision(image):
    prepared = Preprocessing(size=24, mode="crop", resize=30)
    reference = v2.Compose(
        [
            v2.ToImage(),
            v2.Resize(30),
            v2.CenterCrop(24),
            v2.ToDtype(torch.float32, scale=True),
            v2.Normalize(prepared.mean, prepared.std),
        ]
    )(image)
    assert (prepared(image)[0] - reference).abs().max() < 0.02


def test_letterbox_keeps_the_whole_picture_between_bars_of_the_mean(image):
    seen = Preprocessing(size=40, mode="letterbox", mean=(0.5, 0.25, 0.75), std=(1.0, 1.0, 1.0)).picture(image)
    width = round(51 * 40 / 67)
    left = (40 - width) // 2
    assert (seen[:, :left] == (128, 64, 191)).all()
    assert (seen[:, left + width :] == (128, 64, 191)).all()
    inner = np.asarray(Image.fromarray(image).resize((width, 40), Image.Resampling.BILINEAR))
    assert np.abs(seen[:, left : left + width].astype(int) - inner).max() <= 1


def test_normalisation_is_arithmetic_by_hand():
    prepared = Preprocessing(size=1, mean=(0.5, 0.25, 0.0), std=(0.5, 0.25, 2.0))
    batch = prepared(np.array([[[255, 51, 102]]], np.uint8))
    assert batch.flatten().tolist() == pytest.approx([1.0, -0.2, 0.2])


def test_denormalise_gives_the_pixels_back(image):
    prepared = Preprocessing(size=33)
    back = prepared.denormalise(prepared(image))
    assert np.array_equal(back[0].permute(1, 2, 0).numpy(), prepared.picture(image))


def test_grey_networks_get_luma(image):
    prepared = Preprocessing(size=67, mode="crop", mean=(0.5,), std=(0.5,))
    assert prepared(image).shape == (1, 1, 67, 67)
    square = image[:51]
    luma = np.asarray(Image.fromarray(square).convert("L")).astype(int)
    assert np.abs(Preprocessing(size=51, mean=(0.0,), std=(1.0,)).picture(square)[..., 0] - luma).max() <= 1


def test_input_is_left_as_it_was(image):
    before = image.copy()
    Preprocessing(size=67, mode="crop")(image)
    assert np.array_equal(image, before)


def test_json_round_trip_gives_an_equal_record():
    for prepared in (Preprocessing(), Preprocessing(32, "crop", "bicubic", (0.1,), (0.2,), 40)):
        assert Preprocessing.from_json(prepared.to_json()) == prepared


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"size": 0}, "size is 0"),
        ({"mode": "squash"}, "known are crop, letterbox, stretch"),
        ({"interpolation": "nearest"}, "known: bilinear, bicubic"),
        ({"mean": [0.5, 0.5]}, "2 means and 3 deviations"),
        ({"std": [0.2, 0.0, 0.2]}, "deviations positive"),
        ({"mean": [0.5, float("nan"), 0.5]}, "means must be finite"),
        ({"resize": 8}, "at least the size, 96"),
        ({"colour": "rgb"}, "cannot be read"),
        ({"mean": "abc"}, "cannot be read"),
    ],
)
def test_what_no_network_was_trained_with_is_refused(changes, message):
    with pytest.raises(CheckpointError, match=message):
        Preprocessing.from_json({**Preprocessing().to_json(), **changes})


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.zeros((4, 4), np.uint8), r"of shape \(4, 4\)"),
        (np.zeros((4, 4, 4), np.uint8), r"of shape \(4, 4, 4\)"),
        (np.zeros((4, 4, 3), np.float32), "this one is float32"),
        (np.zeros((0, 4, 3), np.uint8), "has no pixels"),
        ([[1]], "must be uint8"),
    ],
)
def test_what_is_no_picture_is_refused(image, message):
    with pytest.raises(ImageError, match=message):
        Preprocessing()(image)
