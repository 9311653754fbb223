"""Every layer that a pasted stack can hold opens: its sum against torch in float64, its field against the gradient."""

import copy

import numpy as np
import pytest
import torch
from torch import nn

from explorer.activations.linearity import left_bends
from explorer.activations.receptive_field import ReceptiveFields
from explorer.activations.tracer import record_trace
from explorer.networks.stacks import build_stack
from explorer.receipts.opening import open_traced
from explorer.stack.layers import LAYERS
from explorer.stack.parsing import parse_stack
from tests.receipts.checks import checked, is_tight

NOT_COVERED: set[str] = set()  # layers of a stack that are shown without their sum
BEFORE = "nn.Conv2d(3, 4, 1)"  # so that a layer's terms are no pixels
EXAMPLES = {
    "Conv2d": ["nn.Conv2d(4, 6, (3, 2), stride=(2, 1), padding=(1, 0), dilation=(1, 2), groups=2)"],
    "ConvTranspose2d": [
        "nn.ConvTranspose2d(4, 3, 3)",
        "nn.ConvTranspose2d(4, 6, (2, 3), stride=(2, 3), padding=(0, 1), output_padding=(1, 2), groups=2, bias=False)",
        "nn.ConvTranspose2d(4, 8, 3, stride=2, padding=2, dilation=(3, 2), groups=4)",
        "nn.ConvTranspose2d(4, 3, 2, stride=4, output_padding=1)",  # places that no stamp reaches
    ],
    "MaxPool2d": ["nn.MaxPool2d(3, 2, padding=1, ceil_mode=True)"],
    "AvgPool2d": ["nn.AvgPool2d((2, 3), padding=(0, 1), ceil_mode=True, count_include_pad=False)"],
    "AdaptiveAvgPool2d": ["nn.AdaptiveAvgPool2d((3, 4))"],
    "AdaptiveMaxPool2d": ["nn.AdaptiveMaxPool2d((2, 5))"],
    "BatchNorm2d": ["nn.BatchNorm2d(4)"],
    "BatchNorm1d": ["nn.Flatten()\nnn.BatchNorm1d(308)"],
    "Linear": ["nn.Flatten()\nnn.Linear(308, 5)"],
    "Flatten": ["nn.Flatten()", "nn.Flatten(2, 3)"],
    "Dropout": ["nn.Dropout(0.3)"],
    "Dropout2d": ["nn.Dropout2d()"],
    "Softmax": ["nn.Softmax(1)", "nn.Softmax(-1)", "nn.Softmax(2)", "nn.Flatten()\nnn.Softmax(1)"],
    "LogSoftmax": ["nn.LogSoftmax(1)", "nn.LogSoftmax(dim=3)", "nn.Flatten()\nnn.LogSoftmax(-1)"],
    "LeakyReLU": ["nn.LeakyReLU(0.2)"],
    "ELU": ["nn.ELU(0.7)"],
    "GELU": ["nn.GELU()", "nn.GELU(approximate='tanh')"],
    **{name: [f"nn.{name}()"] for name in ("Sigmoid", "Tanh", "Identity", "ReLU", "ReLU6", "SiLU", "Mish")},
    **{name: [f"nn.{name}()"] for name in ("Hardswish", "Hardsigmoid")},
}
STACKS = [stack for stacks in EXAMPLES.values() for stack in stacks]
SIZE = (7, 11)


def built(stack: str) -> tuple[nn.Module, torch.Tensor]:
    """A stack behind a first convolution, and a picture that drives its functions well away from 0 too."""
    model = build_stack(parse_stack(f"{BEFORE}\n{stack}"), (3, *SIZE))
    torch.manual_seed(5)
    for norm in model.modules():
        if isinstance(norm, nn.BatchNorm1d | nn.BatchNorm2d):
            norm.running_mean.normal_()
            norm.running_var.uniform_(0.5, 2)
    return model, torch.randn(1, 3, *SIZE) * 4


def units(shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    """Corners, and a few in between."""
    sizes = (*shape[1:], 1, 1)[:3]
    spread = [np.unique(np.linspace(0, size - 1, 3).astype(int)).tolist() for size in sizes]
    return [(c, y, x) for c in spread[0] for y in spread[1] for x in spread[2]]


def test_the_examples_are_of_every_layer():
    assert set(EXAMPLES) | NOT_COVERED == set(LAYERS)
    assert len(LAYERS) > 20


@pytest.mark.parametrize("stack", STACKS)
def test_its_sum_is_torchs_number_in_double_precision(stack):
    model, batch = built(stack)
    trace = record_trace(model, batch)
    last = copy.deepcopy(model[-1]).double()
    source = trace.tensor(str(len(model) - 2)).double()
    expected = last(source).detach()
    node = trace.node(trace.output)
    for unit in units(node.shape):
        receipt = checked(trace, node, unit)
        right = float(expected[(0, *unit)[: expected.ndim]])
        assert receipt.recomputed == pytest.approx(right, rel=1e-9, abs=1e-12), unit


@pytest.mark.parametrize("stack", [one for one in STACKS if "ConvTranspose" in one])
def test_each_term_of_a_transposed_convolution_is_gradient_times_input(stack):
    model, batch = built(stack)
    trace = record_trace(model, batch)
    source = trace.tensor("0").double().requires_grad_()
    output = copy.deepcopy(model[-1]).double()(source)
    for unit in units(output.shape):
        receipt = checked(trace, trace.node("1"), unit)
        found = torch.zeros_like(source)
        for term in receipt.terms:
            found[0, term.channel, term.y, term.x] += term.amount
        (gradient,) = torch.autograd.grad(output[(0, *unit)], source, retain_graph=True)
        assert torch.allclose(found, (gradient * source).detach(), rtol=0, atol=1e-12), unit


@pytest.mark.parametrize("stack", STACKS)
def test_its_field_holds_every_pixel_with_a_gradient_and_is_no_larger_than_it_must(stack):
    model, batch = built(stack)
    trace = record_trace(model, batch)
    fields = ReceptiveFields(trace)
    picture = batch.double().requires_grad_()
    output = copy.deepcopy(model).double()(picture)
    tight = []
    for unit in units(output.shape):
        value = output[(0, *unit)[: output.ndim]]
        (gradient,) = torch.autograd.grad(value, picture, retain_graph=True)
        tight += is_tight(fields.box(trace.output, *unit), gradient, unit)
    assert not tight or sum(tight) > len(tight) / 2 or "MaxPool" in stack


LINEAR = ("Conv", "AvgPool", "BatchNorm", "Linear", "Flatten", "Dropout", "Identity")
BENDS = {"MaxPool": "max pooling", "nn.Softmax": "softmax", "LogSoftmax": "log softmax"}


@pytest.mark.parametrize("stack", STACKS)
def test_what_bends_is_named_and_activation_functions_are_taken_out_before(stack):
    model, batch = built(stack)
    last = stack.splitlines()[-1]
    expected = next((words for name, words in BENDS.items() if name in last), None)
    bends = left_bends(record_trace(model, batch))
    assert bends == ([] if expected is None else [expected])
    if any(name in last for name in LINEAR):  # then it is really linear, but for a constant
        assert not bends
        with torch.no_grad():
            outputs = [model(picture) for picture in (batch, -batch, batch * 0)]
        torch.testing.assert_close(outputs[0] + outputs[1], outputs[2] * 2, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("dim", [1, 2, -1])
def test_softmax_says_against_which_numbers_it_was_held(dim):
    model, batch = built(f"nn.Softmax({dim})")
    trace = record_trace(model, batch)
    receipt = checked(trace, trace.node("1"), (2, 3, 4))
    (term,) = receipt.terms
    assert (term.layer, term.channel, term.y, term.x) == ("0", 2, 3, 4)
    assert term.value == float(trace.tensor("0")[0, 2, 3, 4])
    row = trace.tensor("0").double().movedim(dim, -1)[0]
    row = row[{1: (3, 4), 2: (2, 4), -1: (2, 3)}[dim]]
    others = sorted(set(row.tolist()) - {term.value}, reverse=True)[:3]
    assert [factor.value for factor in receipt.factors] == others
    for factor in receipt.factors:
        assert factor.value == float(trace.tensor("0")[0, factor.channel, factor.y, factor.x])
    assert receipt.recomputed == pytest.approx(float(torch.tensor(term.value).exp() / row.exp().sum()), rel=1e-6)


def test_a_log_softmax_is_its_number_less_the_logarithm_of_the_sum():
    logits = torch.tensor([[0.0, 0.0, 0.0, 0.0]])
    trace = record_trace(nn.Sequential(nn.Identity(), nn.LogSoftmax(1)), logits)
    receipt = checked(trace, trace.node("1"), (2, 0, 0))
    assert receipt.bias == pytest.approx(-np.log(4), rel=1e-15)
    assert [(term.amount, term.value, term.weight) for term in receipt.terms] == [(0.0, 0.0, 1.0)]


def test_a_softmax_far_below_the_largest_agrees():
    """exp of −80 is rounded where the largest is taken off; the tolerance counts with it."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(6, 50), nn.Softmax(1), nn.Identity())
    trace = record_trace(model, torch.randn(1, 6) * 150)
    values = trace.tensor("1")[0]
    assert float(values.min()) < 1e-30
    assert all(open_traced(trace, "1", channel).agrees for channel in range(50))
