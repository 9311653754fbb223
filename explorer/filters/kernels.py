"""The named kernels, in families, each with a sentence on what it answers to.

Kernels are cross-correlation kernels, as a network's are: "vertical edge" gives a positive number where the picture
gets brighter from left to right. Used by the Filters tab and the `/apply_filter` endpoint; applied by `convolve`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Kernel = NDArray[np.float64]


@dataclass(frozen=True)
class Filter:
    """A named kernel, or two whose magnitude sqrt(a² + b²) is taken."""

    name: str
    family: str
    text: str  # one sentence: what it answers to
    kernels: tuple[Kernel, ...]  # each (kH, kW) float64; one, or two


def _array(rows: ArrayLike, divide_by: float = 1.0) -> Kernel:
    kernel = np.array(rows, dtype=np.float64) / divide_by
    kernel.setflags(write=False)
    return kernel


def _outer(values: Sequence[float]) -> Kernel:
    """The square kernel of a symmetric row of numbers, divided by its sum."""
    row = np.array(values, dtype=np.float64)
    return _array(np.outer(row, row), float(row.sum()) ** 2)


_VERTICAL = _array([[-1, 0, 1]] * 3)
_SOBEL = _array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
_SCHARR = _array([[-3, 0, 3], [-10, 0, 10], [-3, 0, 3]])
_ROBERTS_DOWN = _array([[1, 0], [0, -1]])
_ROBERTS_UP = _array([[0, 1], [-1, 0]])
_LINE_0 = _array([[-1, -1, -1], [2, 2, 2], [-1, -1, -1]])
_LINE_45 = _array([[-1, -1, 2], [-1, 2, -1], [2, -1, -1]])
_GAUSSIAN_5 = _outer([1, 4, 6, 4, 1])
_CENTRE_5 = _array(np.pad([[1.0]], 2))

_FAMILIES: dict[str, list[tuple[str, str, tuple[Kernel, ...]]]] = {
    "Identity": [
        (
            "identity",
            "Gives every pixel back as it is: the one to start from and to change.",
            (_array([[0, 0, 0], [0, 1, 0], [0, 0, 0]]),),
        ),
    ],
    "Edges": [
        (
            "vertical edge",
            "Right neighbours minus left ones: positive where it gets brighter to the right.",
            (_VERTICAL,),
        ),
        (
            "horizontal edge",
            "Lower neighbours minus upper ones: positive where it gets brighter downwards.",
            (_VERTICAL.T,),
        ),
        ("sobel x", "A vertical edge whose middle row counts double, so that noise moves it less.", (_SOBEL,)),
        ("sobel y", "A horizontal edge whose middle column counts double, so that noise moves it less.", (_SOBEL.T,)),
        ("prewitt x", "Prewitt's name for right minus left, here as the mean of three rows.", (_array(_VERTICAL, 3),)),
        (
            "prewitt y",
            "Prewitt's name for below minus above, here as the mean of three columns.",
            (_array(_VERTICAL.T, 3),),
        ),
        (
            "scharr x",
            "Right minus left, weighted so that slanted edges are measured more evenly than by Sobel.",
            (_SCHARR,),
        ),
        (
            "scharr y",
            "Below minus above, weighted so that slanted edges are measured more evenly than by Sobel.",
            (_SCHARR.T,),
        ),
        ("roberts down", "The smallest edge: one pixel minus its neighbour down the diagonal.", (_ROBERTS_DOWN,)),
        ("roberts up", "The smallest edge: one pixel minus its neighbour on the other diagonal.", (_ROBERTS_UP,)),
    ],
    "Edge strength": [
        ("sobel magnitude", "How steep, whatever the direction: the length of (sobel x, sobel y).", (_SOBEL, _SOBEL.T)),
        (
            "prewitt magnitude",
            "How steep, whatever the direction: the length of (prewitt x, prewitt y).",
            (_array(_VERTICAL, 3), _array(_VERTICAL.T, 3)),
        ),
        (
            "scharr magnitude",
            "How steep, whatever the direction: the length of (scharr x, scharr y).",
            (_SCHARR, _SCHARR.T),
        ),
        (
            "roberts magnitude",
            "How steep between diagonal neighbours: the length of both Roberts kernels.",
            (_ROBERTS_DOWN, _ROBERTS_UP),
        ),
    ],
    "Spots": [
        (
            "laplacian 4",
            "The four neighbours minus four times the pixel: zero on even slopes, strong on spots.",
            (_array([[0, 1, 0], [1, -4, 1], [0, 1, 0]]),),
        ),
        (
            "laplacian 8",
            "The eight neighbours minus eight times the pixel: the same, with diagonals.",
            (_array([[1, 1, 1], [1, -8, 1], [1, 1, 1]]),),
        ),
        (
            "laplacian of gaussian",
            "A blurred Laplacian: answers to spots of about three pixels, less to noise.",
            (_array([[0, 0, 1, 0, 0], [0, 1, 2, 1, 0], [1, 2, -16, 2, 1], [0, 1, 2, 1, 0], [0, 0, 1, 0, 0]]),),
        ),
    ],
    "Blur": [
        ("box blur 3", "The plain mean of nine pixels.", (_array(np.ones((3, 3)), 9),)),
        ("box blur 5", "The plain mean of twenty-five pixels.", (_array(np.ones((5, 5)), 25),)),
        ("gaussian 3", "A mean that counts near pixels more: a soft blur.", (_outer([1, 2, 1]),)),
        ("gaussian 5", "A wider soft blur: fine texture goes, shapes stay.", (_GAUSSIAN_5,)),
        ("gaussian 7", "The widest soft blur here: only large shapes are left.", (_outer([1, 6, 15, 20, 15, 6, 1]),)),
        (
            "motion blur",
            "The mean of nine pixels in a row, as when the camera moved sideways.",
            (_array([[1] * 9], 9),),
        ),
        (
            "motion blur diagonal",
            "The mean of seven pixels down the diagonal, as when the camera moved askew.",
            (_array(np.eye(7), 7),),
        ),
    ],
    "Sharpen": [
        (
            "sharpen",
            "The pixel plus how much it differs from its four neighbours.",
            (_array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]]),),
        ),
        (
            "sharpen more",
            "The pixel plus how much it differs from all eight neighbours.",
            (_array([[-1, -1, -1], [-1, 9, -1], [-1, -1, -1]]),),
        ),
        (
            "unsharp",
            "Twice the picture minus its Gaussian blur: the printers' way to sharpen.",
            (_array(2 * _CENTRE_5 - _GAUSSIAN_5),),
        ),
    ],
    "Relief": [
        (
            "emboss",
            "Lit from the upper left: slopes one way brighten, the other way darken, flat stays as it is.",
            (_array([[-2, -1, 0], [-1, 1, 1], [0, 1, 2]]),),
        ),
        (
            "outline",
            "Eight times the pixel minus its neighbours: flat areas vanish, contours stay.",
            (_array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]]),),
        ),
    ],
    "Lines": [
        ("line 0", "A bright horizontal line, one pixel thick.", (_LINE_0,)),
        ("line 45", "A bright line rising to the right, one pixel thick.", (_LINE_45,)),
        ("line 90", "A bright vertical line, one pixel thick.", (_LINE_0.T,)),
        ("line 135", "A bright line falling to the right, one pixel thick.", (_LINE_45[:, ::-1],)),
    ],
}

KERNELS: dict[str, Filter] = {
    name: Filter(name=name, family=family, text=text, kernels=kernels)
    for family, members in _FAMILIES.items()
    for name, text, kernels in members
}
