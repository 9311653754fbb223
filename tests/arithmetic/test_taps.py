"""Windows, coverage, receptive fields, costs and formulas against torch's own tensors and counters."""

import itertools

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils.flop_counter import FlopCounterMode

from explorer.arithmetic.costs import activation_memory, check_groups, mult_adds, parameters
from explorer.arithmetic.fields import Field, jump, receptive_field_size
from explorer.arithmetic.formulas import formula
from explorer.arithmetic.rules import Axis, refusal, waste
from explorer.arithmetic.taps import coverage, taps, unread
from explorer.errors import ShapeError

SAMPLE = list(itertools.product((1, 4, 7, 10), (1, 2, 3, 5), (1, 2, 3, 4), (0, 1, 2), (1, 2, 3)))


def _gradient(function, size):
    """How strongly each input cell enters the sum of all outputs: the number of reads, where weights are ones."""
    image = torch.zeros(1, 1, size, 1, dtype=torch.float64, requires_grad=True)
    function(image).sum().backward()
    return image.grad.flatten().round().int().tolist()


def test_coverage_counts_what_a_convolution_of_ones_reads():
    checked = 0
    for size, kernel_size, stride, padding, dilation in SAMPLE:
        if refusal(Axis("conv", size, kernel_size, stride, padding, dilation)):
            continue
        ones = torch.ones(1, 1, kernel_size, 1, dtype=torch.float64)
        expected = _gradient(lambda x: F.conv2d(x, ones, None, (stride, 1), (padding, 0), (dilation, 1)), size)  # noqa: B023
        assert coverage(size, kernel_size, stride, padding, dilation) == expected
        checked += 1
    assert checked > 300


def test_coverage_of_the_other_kinds():
    kernel = torch.ones(1, 1, 3, 1, dtype=torch.float64)
    by_torch = _gradient(lambda x: F.conv_transpose2d(x, kernel, None, (2, 1), (1, 0)), 4)
    assert coverage(4, 3, 2, 1, kind="transposed") == by_torch
    summed = _gradient(lambda x: F.avg_pool2d(x, (3, 1), (2, 1), ceil_mode=True, divisor_override=1), 6)
    assert coverage(6, 3, 2, ceil_mode=True, kind="average") == summed
    windows = taps(Axis("adaptive", 7, 3))
    image = torch.arange(7.0).reshape(1, 1, 7, 1)
    assert [sum(w) / len(w) for w in windows] == F.adaptive_avg_pool2d(image, (3, 1)).flatten().tolist()
    with pytest.raises(ShapeError, match="Unknown kind 'median'"):
        coverage(5, 3, kind="median")
    with pytest.raises(ShapeError, match="kernel is 9 pixels"):
        coverage(5, 9)


def test_cells_that_the_floor_cuts_off_are_unread():
    axis = Axis("conv", 6, 3, 2)
    assert (waste(axis), unread(axis)) == (1, [5])
    skipped = Axis("conv", 6, 1, 2)  # a 1 × 1 window with stride 2 reads every other pixel
    assert unread(skipped) == [1, 3, 5]
    assert unread(Axis("conv", 5, 3, 2, padding=1)) == []
    assert unread(Axis("conv", 6, 3, 2, padding=1)) == [6]  # only padding is lost
    assert unread(Axis("transposed", 6, 3, 2)) == []


@settings(deadline=None, max_examples=200)
@given(st.integers(1, 40), st.integers(1, 7), st.integers(1, 6), st.integers(0, 3), st.integers(1, 3), st.booleans())
def test_unread_and_coverage_agree(size, kernel_size, stride, padding, dilation, ceil_mode):
    axis = Axis("max", size, kernel_size, stride, padding, dilation, ceil_mode=ceil_mode)
    if refusal(axis):
        return
    counts = coverage(size, kernel_size, stride, padding, dilation, ceil_mode=ceil_mode, kind="max")
    assert [i for i, count in enumerate(counts) if count == 0] == [p for p in unread(axis) if 0 <= p < size]


def test_receptive_field_and_jump_against_gradients():
    layers = [(3, 1, 1, 1), (2, 2, 0, 1), (3, 1, 2, 2), (3, 2, 1, 1)]
    image = torch.zeros(1, 1, 201, 201, dtype=torch.float64, requires_grad=True)
    x = image
    for kernel_size, stride, padding, dilation in layers:
        ones = torch.ones(1, 1, kernel_size, kernel_size, dtype=torch.float64)
        x = F.conv2d(x, ones, None, stride, padding, dilation)
    x[0, 0, 20, 25].backward()
    rows = image.grad[0, 0].sum(1).nonzero().flatten()
    field = Field()
    for layer in layers:
        field = field.through(*layer)
    assert receptive_field_size(layers) == int(rows[-1] - rows[0]) + 1 == field.size == 16
    assert jump(layers) == field.jump == 4
    assert int(rows[0]) == field.start + 20 * field.jump


def test_two_threes_see_what_one_five_sees():
    assert receptive_field_size([(3,), (3,)]) == receptive_field_size([(5,)]) == 5
    assert receptive_field_size([]) == jump([]) == 1


@pytest.mark.parametrize(
    ("kernel_size", "stride", "padding", "dilation"), [(4, 2, 1, 1), (3, 2, 0, 1), (5, 3, 2, 1), (3, 1, 0, 1)]
)
def test_transposed_field_is_the_most_that_any_unit_sees(kernel_size, stride, padding, dilation):
    ones = torch.ones(1, 1, kernel_size, 1, dtype=torch.float64)
    image = torch.zeros(1, 1, 12, 1, dtype=torch.float64, requires_grad=True)
    out = F.conv_transpose2d(image, ones, None, (stride, 1), (padding, 0), (0, 0), 1, (dilation, 1))
    seen = []
    for unit in out.flatten():
        (grad,) = torch.autograd.grad(unit, image, retain_graph=True)
        rows = grad.flatten().nonzero().flatten()
        seen.append(int(rows[-1] - rows[0]) + 1)
    field = Field().through_transposed(kernel_size, stride, padding, dilation)
    assert field.size == max(seen)
    assert field.jump * stride == 1


def test_joined_fields_cover_both_branches():
    skip, block = Field(), Field().through(3, 1, 1).through(3, 1, 1)
    assert skip.joined(block) == block == Field(5, block.jump, block.start)
    moved = Field(3, start=block.start + 10)
    assert block.joined(moved).size == 13


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(("channels", "filters", "groups"), [(3, 8, 1), (6, 9, 3), (8, 8, 8), (8, 24, 8)])
def test_costs_of_convolutions(channels, filters, groups, bias):
    for make in (torch.nn.Conv2d, torch.nn.ConvTranspose2d):
        module = make(channels, filters, (3, 5), stride=2, padding=1, groups=groups, bias=bias)
        assert parameters(channels, filters, (3, 5), groups, bias=bias) == sum(p.numel() for p in module.parameters())
        image = torch.zeros(1, channels, 17, 11)
        with FlopCounterMode(display=False) as counter:
            out = module(image)
        positions = out[0, 0].numel() if make is torch.nn.Conv2d else image[0, 0].numel()
        assert mult_adds(channels, filters, (3, 5), positions, groups) * 2 == counter.get_total_flops()


def test_costs_of_a_linear_layer_and_of_an_activation():
    assert parameters(4096, 512) == sum(p.numel() for p in torch.nn.Linear(4096, 512).parameters())
    assert mult_adds(4096, 512) == 4096 * 512
    assert activation_memory((64, 112, 112)) == torch.zeros(64, 112, 112).nbytes
    assert parameters(224 * 224 * 3, 512, bias=False) == 77_070_336  # a dense layer in a convolution's place
    assert parameters(3, 1, (3, 3), bias=False) == 27


@pytest.mark.parametrize(
    ("channels", "filters", "groups"), list(itertools.product(range(1, 9), range(1, 9), range(1, 5)))
)
def test_groups_are_accepted_where_torch_accepts_them(channels, filters, groups):
    try:
        torch.nn.Conv2d(channels, filters, 1, groups=groups)
    except ValueError:
        with pytest.raises(ShapeError, match=f"{groups} groups must divide both.*Nearest that work: groups"):
            check_groups(channels, filters, groups)
    else:
        check_groups(channels, filters, groups)


def test_the_nearest_groups_of_ten_million_channels_are_found_at_once():
    for _ in range(300):  # as many as a page's ways out try
        with pytest.raises(ShapeError, match="Nearest that work: groups 5000000"):
            check_groups(10**7, 10**7, 7 * 10**6)


@pytest.mark.parametrize("outputs", range(1, 41))
def test_the_longest_adaptive_window_is_found_without_walking_them_all(outputs):
    for size in range(1, 41):
        longest = max(-(-(i + 1) * size // outputs) - i * size // outputs for i in range(outputs))
        assert Field().through_adaptive(size, outputs).size == longest
    assert Field().through_adaptive(10**18, 10**7 * outputs).size >= 10**11 // outputs


def test_channels_below_one_are_refused():
    with pytest.raises(ShapeError, match="groups must be a whole number of at least 1, not 0"):
        check_groups(3, 3, 0)


@pytest.mark.parametrize(
    ("axis", "line"),
    [
        (Axis("conv", 7, 3, 2, 1), "⌊(7 + 2·1 − 1·(3 − 1) − 1) / 2⌋ + 1 = ⌊3⌋ + 1 = 4"),
        (Axis("conv", 8, 3, 3), "⌊(8 + 2·0 − 1·(3 − 1) − 1) / 3⌋ + 1 = ⌊1.66…⌋ + 1 = 2"),
        (Axis("max", 6, 3, 2, ceil_mode=True), "⌈(6 + 2·0 − 1·(3 − 1) − 1) / 2⌉ + 1 = ⌈1.5⌉ + 1 = 3"),
        (Axis("max", 5, 2, 3, 1, ceil_mode=True),
         "⌈(5 + 2·1 − 1·(2 − 1) − 1) / 3⌉ + 1 = ⌈1.66…⌉ + 1 = 3, less 1 window that would start in the padding = 2"),
        (Axis("max", 2, 3, 2, ceil_mode=True), "⌈(2 + 2·0 − 1·(3 − 1) − 1) / 2⌉ + 1 = ⌈−0.5⌉ + 1 = 1"),
        (Axis("transposed", 4, 3, 2, 1, output_padding=1), "(4 − 1)·2 − 2·1 + 1·(3 − 1) + 1 + 1 = 8"),
        (Axis("conv", 300, 1, 299), "⌊(300 + 2·0 − 1·(1 − 1) − 1) / 299⌋ + 1 = ⌊1⌋ + 1 = 2"),
        (Axis("conv", 1200, 1, 400), "⌊(1200 + 2·0 − 1·(1 − 1) − 1) / 400⌋ + 1 = ⌊2.99…⌋ + 1 = 3"),
        (Axis("adaptive", 9, 4), "4 asked for = 4"),
    ],
)  # fmt: skip
def test_the_formula_shows_its_floor(axis, line):
    assert formula(axis) == line
