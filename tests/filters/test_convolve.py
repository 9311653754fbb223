"""`apply` and `apply_to_picture` against torch's float64 convolution."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from explorer.errors import ImageError, ShapeError
from explorer.filters import apply, apply_to_picture
from explorer.filters.filtering import COLOURS, PADDING_MODES
from explorer.filters.rounding import PROMISE, plan, separated

SIDES = range(1, 12)


def picture(height=23, width=31, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def by_torch(image, kernel, *, stride=1, padding=0, padding_mode="zeros", dilation=1, bias=0.0, colour="rgb"):
    """float64 (H, W, C) by nn.Conv2d, or whatever it raises."""
    pixels = torch.from_numpy(image.astype(np.float64)).permute(2, 0, 1)
    kernel = torch.tensor(np.asarray(kernel), dtype=torch.float64)
    if colour == "rgb":
        batch, weight = pixels[:, None], kernel[None, None]
    elif colour == "grey":
        grey = 0.299 * pixels[0] + 0.587 * pixels[1] + 0.114 * pixels[2]
        batch, weight = grey[None, None], kernel[None, None]
    else:
        batch, weight = pixels[None], (kernel if kernel.ndim == 3 else kernel.expand(3, *kernel.shape))[None]
    layer = nn.Conv2d(weight.shape[1], 1, kernel.shape[-2:], stride, padding, dilation, padding_mode=padding_mode)
    layer = layer.double()
    with torch.no_grad():
        layer.weight.copy_(weight)
        layer.bias.fill_(bias)
        answer = layer(batch)[:, 0] if colour == "rgb" else layer(batch)[0]
    return answer.permute(1, 2, 0).numpy()


def assert_kept(image, kernel, **named):
    """Ours is within the promise of torch's, and refuses where torch refuses; gives the share of the promise used."""
    try:
        wanted = by_torch(image, kernel, **named)
    except (RuntimeError, ValueError):
        with pytest.raises(ShapeError):
            apply(image, kernel, **named)
        return None
    ours = apply(image, kernel, **named)
    assert ours.dtype == np.float32
    assert ours.shape == wanted.shape
    share = np.abs(ours - wanted).max() / (1e-4 * max(1.0, np.abs(kernel).sum()))
    assert share <= 1, f"{share:.2f} of the promise for {named}"
    return share


@pytest.mark.parametrize("height", SIDES)
def test_every_size_keeps_the_promise(height):
    images = [picture(), np.full((23, 31, 3), 255, np.uint8), np.full((23, 31, 3), 251, np.uint8)]
    random = np.random.default_rng(height)
    for width, colour in itertools.product(SIDES, COLOURS):
        box = np.full((height, width), 1 / (height * width))
        first_heavy = np.full((height, width), 1e-6)
        first_heavy[0, 0] = 1.005  # partial sums are large from the start: the worst order for float32
        for kernel in (random.normal(size=(height, width)), random.random((height, width)), box, first_heavy):
            for image in images:
                assert_kept(image, kernel, colour=colour)


@pytest.mark.parametrize("factor", [1 / 49, 1 / 3, 0.1, 7.3e-5, 1e-44, 311.7])
@pytest.mark.parametrize("colour", COLOURS)
def test_multiples_of_one_number_are_added_up_in_whole_numbers(factor, colour):
    random = np.random.default_rng(2)
    for shape in ((5, 5), (7, 7), (3, 7)):
        numbers = random.integers(-9, 10, shape)
        numbers[0, 0] = 1
        for image in (picture(), np.full((23, 31, 3), 255, np.uint8)):
            assert_kept(image, numbers * factor, colour=colour, bias=1.7)
    strips = plan([np.full((7, 7), 1 / 49)], 255, (1, 1))
    assert [strip.kernel.tolist() for strip in strips] == [np.ones((7, 7)).tolist()]
    assert len(plan([random.random((7, 7)) / 24.5], 255, (1, 1))) > 1


@pytest.mark.parametrize("mode", PADDING_MODES)
@pytest.mark.parametrize("colour", COLOURS)
def test_settings_keep_the_promise(mode, colour):
    random = np.random.default_rng(1)
    image = picture(17, 11)
    used, refused = 0, 0
    for size, stride, dilation, padding in itertools.product(
        [(1, 1), (2, 3), (3, 3), (5, 4), (7, 7), (11, 1), (10, 11)], (1, 2, 3), (1, 2, 3, 6), (0, 1, 2, 5, 11, 12, 17)
    ):
        kernel = random.normal(size=size)
        share = assert_kept(image, kernel, stride=stride, dilation=dilation, padding=padding, padding_mode=mode,
                            colour=colour, bias=-3.7)  # fmt: skip
        used, refused = used + (share is not None), refused + (share is None)
    assert used > 100
    assert refused > 50


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_drawn_settings_keep_the_promise(data):
    whole = st.integers
    side = st.sampled_from([1, 2, 3, 5, 8, 19, 33])
    image = picture(data.draw(side), data.draw(side), data.draw(whole(0, 3)))
    colour = data.draw(st.sampled_from(COLOURS))
    shape = (data.draw(whole(1, 11)), data.draw(whole(1, 11)))
    shape = (3, *shape) if colour == "sum" and data.draw(st.booleans()) else shape
    random = np.random.default_rng(data.draw(whole(0, 99)))
    kernel = random.normal(size=shape) * 10.0 ** data.draw(whole(-6, 4))
    pairs = {
        name: (data.draw(whole(low, high)), data.draw(whole(low, high)))
        for name, low, high in (("stride", 1, 4), ("padding", 0, 9), ("dilation", 1, 5))
    }
    mode = data.draw(st.sampled_from(PADDING_MODES))
    assert_kept(
        image, kernel, **pairs, padding_mode=mode, colour=colour, bias=data.draw(st.sampled_from([0.0, 0.1, 99]))
    )


BINOMIAL = np.outer([1, 6, 15, 20, 15, 6, 1], [1, 6, 15, 20, 15, 6, 1]) / 4096
RANK_ONE = {
    "binomial": BINOMIAL,
    "box": np.full((7, 7), 1 / 49),
    "sobel": np.outer([1, 2, 1], [-1, 0, 1]),
    "uneven": np.outer([0.3, -0.7], [0.1, 0.5, 0.4, 0.0]),
    "far apart": np.outer([1e-3, 1, 1e-3], [1, 7, 1]),
    "large": BINOMIAL * 4096e3,
}


@pytest.mark.parametrize("name", RANK_ONE)
def test_a_kernel_of_rank_one_is_applied_as_two(name, monkeypatch):
    kernel = RANK_ONE[name]
    whole = []
    monkeypatch.setattr("cv2.filter2D", lambda *arguments, **_named: whole.append(arguments))
    random = np.random.default_rng(3)
    stripes = np.where((np.arange(29) // 2 % 2)[:, None, None] == 0, 255, 0) * np.ones((1, 41, 3))
    for image in (picture(29, 41), random.choice(np.array([0, 255], np.uint8), (29, 41, 3)), stripes.astype(np.uint8)):
        for mode in PADDING_MODES:
            assert_kept(image, kernel, padding=kernel.shape[0] // 2, padding_mode=mode, bias=0.3)
        assert_kept(image, kernel, stride=(2, 3))
    assert not whole


@pytest.mark.parametrize(
    "kernel",
    [
        BINOMIAL + np.eye(7) * 1e-4,  # of rank seven, if barely
        np.outer(np.linspace(0.1, 1.7, 9), np.sqrt(np.arange(1, 10))),  # too long for float32, whatever the order
        np.zeros((3, 3)),
        np.ones((1, 9)),
    ],
)
def test_what_two_kernels_do_not_promise_is_applied_as_one(kernel):
    assert separated(kernel, 255) is None
    assert_kept(picture(), kernel, bias=0.3)


def test_two_kernels_are_the_one_within_the_promise():
    for kernel in RANK_ONE.values():
        pair = separated(kernel, 255, bias=0.3)
        both = np.outer(pair.down.astype(float), pair.across.astype(float))
        assert 255 * np.abs(both - kernel).sum() <= PROMISE * max(1, np.abs(kernel).sum())


def test_input_stays_and_views_are_read_rightly():
    image = picture()
    flipped = image[::-1, ::2]
    before = image.copy()
    assert_kept(flipped, np.arange(9.0).reshape(3, 3), padding=1)
    np.testing.assert_array_equal(image, before)


def test_worked_example_of_five_by_five():
    rows = [[1, 2, 3, 0, 1], [0, 1, 2, 3, 1], [1, 0, 1, 2, 0], [2, 1, 0, 1, 3], [0, 1, 2, 0, 1]]
    image = np.repeat(np.array(rows, np.uint8)[..., None], 3, axis=2)
    wanted = [[-4, -2, 4], [0, -4, -1], [0, -1, -1]]
    for colour in ("rgb", "grey"):
        np.testing.assert_allclose(apply(image, [[1, 0, -1]] * 3, colour=colour)[..., 0], wanted, atol=1e-5)
    np.testing.assert_array_equal(by_torch(image, [[1, 0, -1]] * 3)[..., 0], wanted)


def test_magnitude_is_the_length_of_both_answers():
    image, a, b = picture(), np.array([[-1.0, 0, 1]] * 3), np.array([[-1.0, 0, 1]] * 3).T
    for colour in COLOURS:
        wanted = np.hypot(by_torch(image, a, padding=1, colour=colour), by_torch(image, b, padding=1, colour=colour))
        np.testing.assert_allclose(apply(image, (a, b), padding=1, colour=colour, bias=2.0), wanted + 2, atol=1e-3)
    np.testing.assert_allclose(apply(image, (a,)), np.abs(by_torch(image, a)), atol=1e-4)


@pytest.mark.parametrize("size", [(1, 1), (3, 3), (4, 2), (5, 5), (7, 7), (9, 9)])
@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("mode", PADDING_MODES)
def test_picture_is_the_answer_rounded_and_clipped(size, colour, mode):
    random = np.random.default_rng(2)
    image, kernel = picture(29, 19), random.normal(size=size)
    for named in ({"padding": 1}, {"padding": size[0] // 2, "bias": 127.5}, {"padding": 2, "stride": 2, "dilation": 2}):
        exact = by_torch(image, kernel, padding_mode=mode, colour=colour, **named)
        ours = apply_to_picture(image, kernel, padding_mode=mode, colour=colour, **named)
        assert ours.dtype == np.uint8
        off = np.abs(ours - np.clip(exact, 0, 255)).max()
        assert off <= 0.5 + 1e-3 * max(1.0, np.abs(kernel).sum())
    whole = np.array([[0, 1.0], [-1, 2]])  # whole numbers are never rounded
    np.testing.assert_array_equal(apply_to_picture(image, whole), np.clip(by_torch(image, whole), 0, 255))


def test_border_of_a_colour():
    image = picture(7, 9)
    framed = np.pad(image.astype(np.float64), ((2, 2), (2, 2), (0, 0)))
    inner = np.zeros(framed.shape[:2], bool)
    inner[2:-2, 2:-2] = True
    framed[~inner] = (123.675, 116.28, 103.53)
    kernel = np.random.default_rng(3).normal(size=(3, 3, 3))
    batch, weight = torch.from_numpy(framed).permute(2, 0, 1)[None], torch.from_numpy(kernel)[None]
    wanted = torch.nn.functional.conv2d(batch, weight)[0].permute(1, 2, 0).numpy()
    ours = apply(image, kernel, padding=2, padding_value=(123.675, 116.28, 103.53), colour="sum")
    np.testing.assert_allclose(ours, wanted, atol=1e-4 * np.abs(kernel).sum())


@pytest.mark.parametrize(
    ("named", "match"),
    [
        ({"kernel": [[1, "x"]]}, "rows of numbers"),
        ({"kernel": [[1, 2], [3]]}, "rows of numbers"),
        ({"kernel": [1, 2]}, "shape \\(height, width\\)"),
        ({"kernel": np.ones((3, 3, 3))}, "colour 'rgb'"),
        ({"kernel": np.ones((0, 3))}, "shape"),
        ({"kernel": [[np.nan]]}, "finite"),
        ({"kernel": [[1e36]]}, "float32"),
        ({"kernel": (np.ones((2, 2)), np.ones((3, 3)))}, "of one size"),
        ({"kernel": ()}, "at least one"),
        ({"stride": 0}, "stride must be a whole number of at least 1"),
        ({"stride": 1.5}, "stride"),
        ({"padding": -1}, "padding must be a whole number of at least 0"),
        ({"dilation": (1, 2, 3)}, "dilation"),
        ({"padding_mode": "mirror"}, "zeros, reflect, replicate, circular"),
        ({"colour": "hsv"}, "rgb, grey, sum"),
        ({"bias": np.inf}, "finite"),
        ({"padding": 23, "padding_mode": "reflect"}, "take at most 22"),
        ({"padding": 24, "padding_mode": "circular"}, "take at most 23"),
        ({"kernel": np.ones((3, 3)), "dilation": 12}, "Nearest that work: padding 1"),
    ],
)
def test_what_is_refused_says_why(named, match):
    with pytest.raises(ShapeError, match=match):
        apply(picture(), **{"kernel": [[1.0]], **named})


@pytest.mark.parametrize("image", [np.zeros((4, 4, 3)), np.zeros((4, 4), np.uint8), np.zeros((0, 4, 3), np.uint8), "x"])
def test_only_pictures_are_filtered(image):
    with pytest.raises(ImageError, match="picture"):
        apply(image, [[1.0]])
