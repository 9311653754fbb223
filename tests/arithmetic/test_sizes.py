"""Sizes against torch on real CPU tensors: the same length where torch accepts, a refusal where torch refuses."""

import itertools
import warnings

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - as torch's own documentation has it
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.arithmetic import output_size, pooled_output_size, transposed_output_size
from explorer.arithmetic.rules import Axis, changed, length, nearest_legal, nearest_without_waste, refusal, waste
from explorer.arithmetic.sizes import adaptive_output_size
from explorer.errors import ShapeError

GRID = list(itertools.product(range(1, 33), range(1, 8), range(1, 5), range(4), range(1, 4)))
FLOAT64 = torch.float64  # torch's own kernels; oneDNN's float32 path lets some empty transposed outputs through


@pytest.fixture(autouse=True, scope="module")
def _one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def _torch_size(function, *arguments):
    try:
        with torch.no_grad():
            return function(*arguments)
    except RuntimeError:
        return None


def _our_size(function, *arguments):
    try:
        return function(*arguments)
    except ShapeError:
        return None


def _conv(size, kernel_size, stride, padding, dilation):
    weight = torch.zeros(1, 1, kernel_size, 1)
    return F.conv2d(torch.zeros(1, 1, size, 1), weight, None, (stride, 1), (padding, 0), (dilation, 1)).shape[2]


def _max(size, kernel_size, stride, padding, dilation, ceil_mode):
    image = torch.zeros(1, 1, size, 1)
    return F.max_pool2d(image, (kernel_size, 1), (stride, 1), (padding, 0), (dilation, 1), ceil_mode).shape[2]


def _average(size, kernel_size, stride, padding, ceil_mode):
    return F.avg_pool2d(torch.zeros(1, 1, size, 1), (kernel_size, 1), (stride, 1), (padding, 0), ceil_mode).shape[2]


def _transposed(size, kernel_size, stride, padding, output_padding, dilation):
    image, weight = torch.zeros(1, 1, size, 1, dtype=FLOAT64), torch.zeros(1, 1, kernel_size, 1, dtype=FLOAT64)
    out = F.conv_transpose2d(image, weight, None, (stride, 1), (padding, 0), (output_padding, 0), 1, (dilation, 1))
    return out.shape[2]


def _check_max(axis_settings, ceil_mode):
    size, kernel_size, stride, padding, dilation = axis_settings
    ours = _our_size(pooled_output_size, size, kernel_size, stride, padding, dilation, ceil_mode)
    assert ours == _torch_size(_max, *axis_settings, ceil_mode), (axis_settings, ceil_mode)


def _check_average(axis_settings, ceil_mode):
    ours = _our_size(pooled_output_size, *axis_settings, 1, ceil_mode, "average")
    assert ours == _torch_size(_average, *axis_settings, ceil_mode), (axis_settings, ceil_mode)


def _check_transposed(axis_settings, output_padding):
    size, kernel_size, stride, padding, dilation = axis_settings
    arguments = (size, kernel_size, stride, padding, output_padding, dilation)
    assert _our_size(transposed_output_size, *arguments) == _torch_size(_transposed, *arguments), arguments


def test_convolution_on_the_whole_grid():
    for axis_settings in GRID:
        assert _our_size(output_size, *axis_settings) == _torch_size(_conv, *axis_settings), axis_settings


def test_settings_that_only_a_convolution_accepts():
    accepted = [s for s in GRID if _our_size(output_size, *s) is not None]
    refused = [s for s in accepted if _our_size(pooled_output_size, *s) is None]
    assert (len(refused), len(GRID)) == (3404, 10752)


@pytest.mark.parametrize("ceil_mode", [False, True])
def test_pooling_on_the_whole_grid(ceil_mode):
    for axis_settings in GRID:
        _check_max(axis_settings, ceil_mode)
        if axis_settings[4] == 1:
            _check_average(axis_settings[:4], ceil_mode)


@pytest.mark.parametrize("output_padding", range(4))
def test_transposed_convolution_on_the_whole_grid(output_padding):
    for axis_settings in GRID:
        _check_transposed(axis_settings, output_padding)


WIDE = {
    "size": st.integers(1, 300),
    "kernel_size": st.integers(1, 40),
    "stride": st.integers(1, 20),
    "padding": st.integers(0, 25),
    "dilation": st.integers(1, 9),
}


@settings(deadline=None, max_examples=300)
@given(**WIDE, ceil_mode=st.booleans())
def test_sizes_far_beyond_the_grid(size, kernel_size, stride, padding, dilation, ceil_mode):
    axis_settings = (size, kernel_size, stride, padding, dilation)
    assert _our_size(output_size, *axis_settings) == _torch_size(_conv, *axis_settings)
    _check_max(axis_settings, ceil_mode)
    _check_average(axis_settings[:4], ceil_mode)
    _check_transposed(axis_settings, padding)


@pytest.mark.parametrize(("size", "asked"), [(1, 1), (7, 3), (3, 7), (13, None), (2, 1)])
def test_adaptive_pooling(size, asked):
    module = torch.nn.AdaptiveAvgPool2d((asked, 1))
    assert adaptive_output_size(size, asked) == module(torch.zeros(1, 1, size, 5)).shape[2]


def test_a_pooling_strides_by_its_kernel_unless_told_otherwise():
    assert pooled_output_size(17, 3) == F.max_pool2d(torch.zeros(1, 1, 17, 17), 3).shape[2] == 5


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((5, 7), "kernel is 7 pixels long but the input has only 5.*padding 1, kernel_size 5, size 7"),
        ((5, 3, 1, 1, 4), "dilated kernel spans 9 pixels but the padded input has only 7.*dilation 3"),
        ((5, 3, 0), "stride must be a whole number of at least 1, not 0"),
        ((5, 2.5), "kernel_size must be a whole number, not 2.5"),
        ((5, "3"), "kernel_size must be a whole number, not '3'"),
        ((5, 3, 1, -1), "padding must be a whole number of at least 0"),
    ],
)
def test_a_refused_convolution_says_why_and_what_would_do(arguments, words):
    with pytest.raises(ShapeError, match=words):
        output_size(*arguments)


def test_refusals_of_the_other_kinds_say_why():
    with pytest.raises(ShapeError, match=r"Padding 2 is more than half of kernel 3.*padding 1, kernel_size 4"):
        pooled_output_size(9, 3, 2, 2)
    with pytest.raises(ShapeError, match=r"Average pooling has no dilation; 2 was given\..*dilation 1"):
        pooled_output_size(9, 3, 2, 0, 2, kind="average")
    with pytest.raises(ShapeError, match=r"Unknown pooling 'median'; known are 'max' and 'average'"):
        pooled_output_size(9, 3, kind="median")
    with pytest.raises(ShapeError, match=r"output_padding 2 must be smaller than stride 2.*output_padding 1, stride 3"):
        transposed_output_size(5, 3, 2, 0, 2)
    with pytest.raises(ShapeError, match=r"output would have -1 pixels.*padding 0"):
        transposed_output_size(1, 1, 1, 1)
    with pytest.raises(ShapeError, match="kernel_size must be a whole number of at least 1, not 0"):
        adaptive_output_size(5, 0)


AXES = st.builds(
    Axis,
    kind=st.sampled_from(["conv", "transposed", "max", "average", "adaptive"]),
    size=st.integers(1, 12),
    kernel_size=st.integers(1, 9),
    stride=st.integers(1, 4),
    padding=st.integers(0, 5),
    dilation=st.integers(1, 3),
    output_padding=st.integers(0, 3),
    ceil_mode=st.booleans(),
).map(lambda axis: axis if axis.kind in {"max", "average"} else Axis(**{**axis.__dict__, "ceil_mode": False}))


@settings(deadline=None, max_examples=400)
@given(AXES)
def test_the_nearest_legal_setting_is_the_nearest(axis):
    """Against a search outward from the given value, one setting at a time."""
    found = {change.name: change.value for change in nearest_legal(axis)}
    if refusal(axis) is None:
        assert not found
        return
    for name in ("size", "kernel_size", "stride", "padding", "dilation", "output_padding"):
        given_value = getattr(axis, name)
        distances = [
            abs(value - given_value) for value in range(40) if refusal(Axis(**{**axis.__dict__, name: value})) is None
        ]
        if name in found:
            assert distances, (name, found)
            assert abs(found[name] - given_value) == min(distances), (name, found)
    legal = [changed(axis, change) for change in nearest_legal(axis)]
    assert all(refusal(mended) is None and length(mended) >= 1 for mended in legal)


@settings(deadline=None, max_examples=300)
@given(AXES)
def test_where_one_setting_can_mend_it_one_is_named(axis):
    if refusal(axis) is None:
        return
    mends = any(
        refusal(Axis(**{**axis.__dict__, name: value})) is None
        for name in ("size", "kernel_size", "padding", "dilation", "output_padding")
        for value in range(40)
    )
    assert bool(nearest_legal(axis)) >= mends


@settings(deadline=None, max_examples=300)
@given(AXES)
def test_settings_that_waste_nothing_waste_nothing(axis):
    for change in nearest_without_waste(axis):
        better = changed(axis, change)
        assert refusal(better) is None
        assert waste(better) == 0
    if refusal(axis) is None and waste(axis) and axis.kind in {"conv", "max", "average"}:
        assert any(change.name == "size" for change in nearest_without_waste(axis))


def test_no_warning_comes_from_plain_use():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert [output_size(224, *s) for s in ((3, 1, 0), (3, 1, 1), (3, 2, 1), (5, 1, 2), (7, 2, 3))] == [
            222, 224, 112, 224, 112,
        ]  # fmt: skip
