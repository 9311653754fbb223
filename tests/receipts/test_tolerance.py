"""When a sum is the network's number: down to what saturates, in coarse precisions, and where numbers are none."""

import math

import pytest
import torch
from torch import nn
from torch.nn import functional

from explorer.activations.receptive_field import Box, ReceptiveFields
from explorer.errors import ModelError
from explorer.receipts.opening import open_traced
from explorer.receipts.record import Receipt
from tests.receipts.checks import traced

SATURATING = {"sigmoid": torch.sigmoid, "silu": functional.silu, "exp": torch.exp, "softplus": functional.softplus}


def receipt_of(value: float, recomputed: float) -> Receipt:
    return Receipt("it", "it", "it", 0, 0, 0, value, recomputed, recomputed, [], "", [], [])


@pytest.mark.parametrize("name", SATURATING)
@pytest.mark.parametrize("shift", [-120.0, -95.0, -88.0, -30.0, 60.0])
def test_what_saturates_agrees(name, shift):
    _, _, trace = traced(lambda net, x: SATURATING[name](net.conv(x) * 0.1 + shift))
    for y in range(7):
        receipt = open_traced(trace, name, 1, y, 3)
        assert receipt.covered
        assert receipt.agrees, (receipt.value, receipt.recomputed)


def test_the_floor_forgives_what_float32_cannot_hold_and_nothing_that_it_can():
    assert receipt_of(0.0, 5.7e-42).agrees
    assert not receipt_of(0.0, 1e-30).agrees
    assert not receipt_of(1e-20, 1.1e-20).agrees
    assert not receipt_of(0.0, 1.0).agrees


@pytest.mark.parametrize(
    ("pool", "size"),
    [(lambda y: functional.max_pool2d(y, 3, 2), (3, 4)), (lambda y: functional.adaptive_max_pool2d(y, (3, 4)), (3, 4))],
)
def test_a_maximum_over_what_is_no_number_is_none_and_names_it(pool, size):
    def run(net, x):
        y = net.conv(x)
        return pool(torch.where(torch.arange(9) == 4, float("nan"), 1.0) * y)

    _, _, trace = traced(run)
    expected = trace.tensor(trace.output)
    assert expected.isnan().any()
    assert not expected.isnan().all()
    for y in range(size[0]):
        for x in range(size[1]):
            receipt = open_traced(trace, trace.output, 2, y, x)
            assert receipt.agrees, receipt
            (term,) = receipt.terms
            assert (term.x == 4) == bool(expected[0, 2, y, x].isnan())


def test_complex_numbers_are_refused_in_words_and_what_comes_after_opens():
    def run(net, x):
        y = net.conv(x)
        return net.after(torch.fft.ifft2(torch.fft.fft2(y) * 2).real)

    _, _, trace = traced(run, after=nn.Conv2d(4, 2, 1))
    for key in ("fft_fft2", "mul", "fft_ifft2"):
        with pytest.raises(ModelError, match="holds complex numbers"):
            open_traced(trace, key, 1, 2, 3)
    assert not open_traced(trace, "real", 1, 2, 3).covered
    assert open_traced(trace, "after", 1, 2, 3).agrees


def test_an_empty_tensor_beside_the_way_takes_no_field_along():
    def run(net, x):
        y = net.conv(x)
        torch.log(y[1:])  # of no picture
        torch.cat([y[:, 4:], y[:, :0]], 1).relu().sum()
        y[:, :, :0].mean()
        return y.mean((2, 3))

    _, _, trace = traced(run)
    fields = ReceptiveFields(trace)
    assert fields.box("conv", 1, 2, 3) == Box(2, 3, 5, 6, ())
    assert fields.box("mean:1", 1) == Box(0, 0, 9, 11, ())
    with pytest.raises(ModelError, match="output is"):
        open_traced(trace, "log", 0, 0, 0)
    mean = open_traced(trace, "mean", 0)
    assert (math.isnan(mean.value), mean.agrees, mean.terms) == (True, True, [])


@pytest.mark.parametrize("kind", [torch.bfloat16, torch.float16])
def test_under_autocast_receipts_agree_within_the_steps_of_its_precision(kind):
    def run(net, x):
        with torch.autocast("cpu", dtype=kind):
            y = functional.relu(net.norm(net.conv(x)))
            return net.fc(functional.avg_pool2d(y, 2).flatten(1))

    _, _, trace = traced(run, norm=nn.BatchNorm2d(4), fc=nn.Linear(48, 3))
    opened = 0
    for node in trace.nodes[1:]:
        for unit in [(0, 0, 0), tuple(size - 1 for size in (*node.shape[1:], 1, 1)[:3])]:
            receipt = open_traced(trace, node.key, *unit)
            assert not receipt.covered or receipt.agrees, (node.key, receipt.value, receipt.recomputed)
            opened += receipt.covered
    assert trace.tensor("fc").dtype == kind
    assert opened == 2 * 6
    large = open_traced(trace, "conv", 1, 2, 3)
    assert large.step > 2.0**-12
    assert abs(large.value) > 4 * large.tolerance  # which still tells a wrong number from a right one
