"""The named kernels: complete, and each answers to what its sentence says."""

import numpy as np
import pytest

from explorer.filters import KERNELS, apply


def _ramp(across, down):
    y, x = np.mgrid[0:32, 0:32]
    return np.repeat((x * across + y * down + 20).astype(np.uint8)[..., None], 3, axis=2)


def test_there_are_enough_each_with_its_sentence():
    assert len(KERNELS) >= 24
    assert len({one.family for one in KERNELS.values()}) >= 6
    for name, one in KERNELS.items():
        assert one.name == name == name.lower()
        assert one.text.endswith(".")
        assert len(one.text) > 20
        assert len(one.kernels) in (1, 2)
        for kernel in one.kernels:
            assert kernel.ndim == 2
            assert max(kernel.shape) <= 11
            assert not kernel.flags.writeable


def test_identity_gives_the_picture_back():
    image = np.random.default_rng(0).integers(0, 256, (17, 11, 3), dtype=np.uint8)
    np.testing.assert_array_equal(apply(image, KERNELS["identity"].kernels[0], padding=1), image)


@pytest.mark.parametrize(
    "name", [n for n, f in KERNELS.items() if f.family in {"Edges", "Edge strength", "Spots", "Lines"}]
)
def test_flat_areas_give_nothing(name):
    for kernel in KERNELS[name].kernels:
        assert kernel.sum() == pytest.approx(0)


@pytest.mark.parametrize("name", [n for n, f in KERNELS.items() if f.family in {"Blur", "Sharpen", "Identity"}])
def test_brightness_is_kept(name):
    assert KERNELS[name].kernels[0].sum() == pytest.approx(1)


@pytest.mark.parametrize("name", ["vertical edge", "sobel x", "prewitt x", "scharr x"])
def test_vertical_edges_answer_to_what_gets_brighter_to_the_right(name):
    kernel = KERNELS[name].kernels[0]
    assert (apply(_ramp(3, 0), kernel) > 1).all()
    assert (apply(_ramp(0, 3), kernel) == 0).all()
    twin = KERNELS[name.replace("x", "y").replace("vertical", "horizontal")].kernels[0]
    np.testing.assert_array_equal(kernel.T, twin)


@pytest.mark.parametrize("name", ["laplacian 4", "laplacian 8", "laplacian of gaussian"])
def test_even_slopes_give_nothing(name):
    assert np.abs(apply(_ramp(3, 2), KERNELS[name].kernels[0])).max() < 1e-3


@pytest.mark.parametrize(("name", "angle"), [("line 0", 0), ("line 45", 45), ("line 90", 90), ("line 135", 135)])
def test_lines_answer_most_to_their_own_direction(name, angle):
    canvas = np.zeros((9, 9), np.uint8)
    down, across = {0: (0, 1), 45: (-1, 1), 90: (1, 0), 135: (1, 1)}[angle]
    for step in range(-4, 5):
        canvas[4 + step * down, 4 + step * across] = 255
    image = np.repeat(canvas[..., None], 3, axis=2)
    answers = {
        other: apply(image, KERNELS[other].kernels[0], padding=1)[4, 4, 0] for other in KERNELS if "line " in other
    }
    answers = {other: value for other, value in answers.items() if KERNELS[other].family == "Lines"}
    assert len(answers) == 4
    assert max(answers, key=answers.get) == name
