"""Networks written in unusual ways: a receipt or field is right, or says that it is not covered; nothing is guessed."""

import math

import pytest
import torch
from torch import nn
from torch.nn import functional

from explorer.activations.receptive_field import Box, ReceptiveFields
from explorer.activations.tracer import Trace, record_trace
from explorer.activations.units import sides, to_index
from explorer.errors import ModelError
from explorer.receipts.contribution import open_contribution
from explorer.receipts.opening import open_traced
from tests.receipts.checks import Net, checked, traced


def check_terms_are_what_they_say(trace: Trace, node) -> None:
    """Every covered unit adds up, and each term, opened, is the number that it was said to be."""
    for unit in {(0, 0, 0), tuple(size - 1 for size in sides(node.shape))}:
        receipt = open_traced(trace, node.key, *unit)
        if not receipt.covered:
            continue
        assert receipt.agrees, (node.key, receipt)
        for term in receipt.terms:
            opened = open_traced(trace, term.layer, term.channel, term.y, term.x)
            assert term.value is None or opened.value == term.value, (node.key, unit, term)


def check_fields_by_change(model: Net, batch: torch.Tensor, trace: Trace) -> None:
    """Other pixels outside of a unit's box leave the unit as it is."""
    fields = ReceptiveFields(trace)
    for node in trace.nodes:
        if node.leaf and not node.labelled:
            continue
        unit = tuple(size // 2 for size in sides(node.shape))
        box = fields.box(node.key, *unit)
        other = torch.randn_like(batch) * 2
        inside = (..., slice(box.top, box.bottom), slice(box.left, box.right))
        other[inside] = batch[inside]
        place = to_index(node, *unit)
        after = record_trace(model, other).tensor(node.key)[place]
        assert complex(after) == pytest.approx(complex(trace.output_of(node)[place]), rel=1e-4, abs=1e-5), node.key


@pytest.mark.parametrize(
    "run",
    [
        lambda net, x: net.conv(x).mean(axis=(2, 3)),
        lambda net, x: net.conv(x).mean(axis=1, keepdims=True),
        lambda net, x: net.conv(x).sum(axis=3),
        lambda net, x: torch.mean(a=net.conv(x), dim=2),
        lambda net, x: torch.add(x1=net.conv(x), x2=net.conv(x)),
        lambda net, x: net.conv(x).mean((2, 3), dtype=torch.float64),
        lambda net, x: functional.elu(functional.leaky_relu(net.conv(x), 0.2, True), 0.7, True),
    ],
)
def test_numpys_names_and_arguments_by_place_are_understood(run):
    model, batch, trace = traced(run)
    node = trace.node(trace.output)
    for unit in [(0, 0, 0), tuple((*(size - 1 for size in node.shape[1:]), 0, 0)[:3])]:
        checked(trace, node, unit)
    check_terms_are_what_they_say(trace, node)
    check_fields_by_change(model, batch, trace)


def test_an_argument_that_is_not_known_leaves_the_operation_uncovered_and_its_field_whole():
    _, _, trace = traced(lambda net, x: net.conv(x).mean((2, 3)))
    trace.nodes[2].kwargs["weights"] = 3
    assert "argument 'weights' is not known" in open_traced(trace, "mean", 1).note
    assert ReceptiveFields(trace).box("mean", 1) == Box(0, 0, 9, 11, (), exact=False)
    _, _, trace = traced(lambda net, x: (net.conv(x) * 100).sum((2, 3), dtype=torch.int64) + 0.5)
    assert "torch.int64" in open_traced(trace, "sum", 1).note


@pytest.mark.parametrize(
    "run",
    [
        lambda net, x: net.conv(torch.cat([x, x.flip(3)], 0)).mean(0, keepdim=True),
        lambda net, x: net.conv(torch.cat([x, x.flip(3)], 0)).reshape(1, 8, 7, 9),
        lambda net, x: torch.stack([one.mean() for one in net.conv(x)[0]])[None],
        lambda net, x: functional.max_pool2d(net.conv(x[0]), 2).mean((1, 2))[None],
        lambda net, x: net.conv(x) * torch.sigmoid(net.conv(x)[0].mean((1, 2), keepdim=True)),
        lambda net, x: (torch.stack([net.conv(x)] * 2, 1) * 2).sum(1),
        lambda net, x: torch.stack([net.conv(x), net.conv(x) + 1], 1).sum(1),
    ],
)
def test_a_term_never_names_another_unit_than_the_one_it_quotes(run):
    """Where the first dimension is no single picture, or there are five, it counts in the unit's address."""
    model, batch, trace = traced(run)
    assert len(trace.nodes) > 2
    for node in trace.nodes:
        check_terms_are_what_they_say(trace, node)
        assert open_traced(trace, node.key, 0).covered, node.key
    check_fields_by_change(model, batch, trace)


def test_where_the_largest_stood_is_no_sum():
    _, _, trace = traced(lambda net, x: functional.max_pool2d(net.conv(x), 2, return_indices=True)[1] * 1.0)
    indices = open_traced(trace, "max_pool2d:1", 1, 2, 1)
    assert not indices.covered
    assert "number 2 of its results" in indices.note
    checked(trace, trace.node("max_pool2d"), (1, 2, 1))
    with pytest.raises(ModelError, match="number 2 of its results"):
        open_contribution(trace, "max_pool2d:1", 1, 2, 1)


def plain_swish(x: torch.Tensor) -> torch.Tensor:
    return x * torch.sigmoid(x)


def swish(x: torch.Tensor) -> torch.Tensor:
    """A compiled function: what it does and gives is not seen."""
    return torch.jit.script(plain_swish)(x)


def written_into(net, x):
    """A constant that is filled bit by bit: what it held before is gone when it is looked at."""
    y = torch.zeros(1, 4, 7, 9)
    y[:, :, 2:] = net.conv(x)[:, :, 2:]
    y += net.conv(x)
    return y


WEIGHTS = {"gate": nn.Linear(3, 4), "norm": nn.BatchNorm2d(4)}


@pytest.mark.filterwarnings("ignore:`torch.jit")
@pytest.mark.parametrize(
    ("run", "key"),
    [
        (lambda net, x: (net.conv(x).abs() + 0.1) ** net.conv(x).mean((2, 3), keepdim=True), "pow"),
        (
            lambda net, x: functional.batch_norm(
                net.conv(x), net.norm.running_mean, net.norm.running_var, net.gate(x.mean((2, 3)))[0]
            ),
            "batch_norm",
        ),
        (lambda net, x: torch.clamp(net.conv(x), min=net.conv(x).mean((2, 3), keepdim=True)), "clamp"),
        (lambda net, x: functional.layer_norm(net.conv(x), (9,), x.mean((0, 1, 2))[:9]), "layer_norm"),
        (lambda net, x: functional.instance_norm(net.conv(x), weight=net.gate(x.mean((2, 3)))[0]), "instance_norm"),
        (lambda net, x: net.conv(x)[:, torch.argsort(net.conv(x).mean((2, 3)))[0]], "getitem:1"),
        (lambda net, x: torch.index_select(net.conv(x), 1, torch.argsort(x.mean((2, 3)))[0]), "index_select"),
        (lambda net, x: swish(net.conv(x)) + net.conv(x), "opaque"),
        (lambda net, x: net.last(torch.from_numpy(net.conv(x).numpy().copy())), "last.opaque"),
        (lambda net, x: torch.add(net.conv(x), 1.0, out=torch.empty(1, 4, 7, 9)), "changed"),
        (written_into, "changed"),
    ],
)
def test_what_is_computed_from_the_picture_in_an_unusual_place_sees_everything(run, key):
    model, batch, trace = traced(run, last=nn.Conv2d(4, 2, 1), **WEIGHTS)
    box = ReceptiveFields(trace).box(key, 1, 2, 3)
    assert (box.top, box.left, box.bottom, box.right, box.exact) == (0, 0, 9, 11, False)
    assert not open_traced(trace, key, 1, 2, 3).covered
    assert ReceptiveFields(trace).box("conv", 1, 2, 3) == Box(2, 3, 5, 6, ())
    check_fields_by_change(model, batch, trace)


def test_constant_indices_stay_moves():
    _, _, trace = traced(lambda net, x: net.conv(x)[:, torch.tensor([3, 1])])
    assert open_traced(trace, "getitem", 0, 2, 3).terms[0][:4] == ("conv", 3, 2, 3)
    assert ReceptiveFields(trace).box("getitem", 0, 2, 3) == Box(2, 3, 5, 6, ())


def test_a_rule_that_fails_takes_no_other_operation_down():
    _, _, trace = traced(lambda net, x: net.conv(x).mean(axis=(2, 3)) + 1)
    trace.nodes[2].kwargs["axis"] = ("rows", "columns")
    fields = ReceptiveFields(trace)
    assert fields.box("mean", 1) == Box(0, 0, 9, 11, (), exact=False)
    assert not fields.box("add", 1).exact
    assert fields.box("conv", 1, 2, 3).exact


def test_a_module_named_input_is_not_the_picture():
    _, _, trace = traced(lambda net, x: net.input(x), input=nn.Conv2d(3, 2, 3))
    assert trace.picture == trace.nodes[0].key == "input()"
    assert trace.node("input").operation == "conv2d"
    assert {term.layer for term in open_traced(trace, "input", 1, 2, 3).terms} == {trace.picture}
    assert traced(lambda net, x: net.conv(x))[2].picture == "input"


def test_complex_numbers_are_not_shown_by_half():
    model, batch, trace = traced(lambda net, x: torch.fft.fft2(net.conv(x)).real.mean((2, 3)))
    with pytest.raises(ModelError, match="complex numbers"):
        open_traced(trace, "fft_fft2", 1, 2, 3)
    assert not open_traced(trace, "real", 1, 2, 3).covered
    checked(trace, trace.node("mean"), (1, 0, 0))
    assert not ReceptiveFields(trace).box("mean", 1).exact
    check_fields_by_change(model, batch, trace)


def test_bits_read_as_another_kind_of_number_are_not_the_same_number():
    _, _, trace = traced(lambda net, x: (net.conv(x).view(torch.int32) & 0x7FFFFFFF).view(torch.float32))
    for key in ("view", "view:1"):
        receipt = open_traced(trace, key, 1, 2, 3)
        assert not receipt.covered
        assert receipt.value == float(trace.tensor(key)[0, 1, 2, 3])
    assert not ReceptiveFields(trace).box("view", 1, 2, 3).exact


def test_a_tensor_written_over_through_data_shows_as_changed():
    def run(net, x):
        y = net.conv(x)
        y.data.mul_(2)
        return y.mean((2, 3))

    _, _, trace = traced(run)
    receipt = open_traced(trace, "mean", 1)
    assert receipt.agrees
    assert {term.layer for term in receipt.terms} == {"changed"}


def test_batch_norm_counts_the_numbers_that_its_bias_was_made_of():
    norm = nn.BatchNorm2d(64).eval().requires_grad_(requires_grad=False)
    torch.manual_seed(0)
    with torch.no_grad():
        norm.running_mean.normal_(0, 300)
        norm.running_var.uniform_(0.5, 2)
        norm.bias.copy_(norm.running_mean / (norm.running_var + 1e-5).sqrt() * (1 + torch.randn(64) * 1e-4))
    trace = record_trace(norm, torch.randn(1, 64, 4, 4) * 0.1)
    for channel in range(64):
        receipt = open_traced(trace, "(model)", channel, 1, 2)
        scale = float(norm.weight[channel]) / math.sqrt(float(norm.running_var[channel]) + norm.eps)
        parts = abs(float(norm.bias[channel])) + abs(float(norm.running_mean[channel]) * scale)
        assert receipt.agrees
        assert receipt.tolerance == pytest.approx(2e-6 * (parts + abs(receipt.terms[0].amount)))
