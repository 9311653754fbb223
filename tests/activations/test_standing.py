"""What stands before a forward, or is made of such tensors alone, is a constant: a weight of it is a weight."""

import copy

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils import parametrizations, parametrize

from explorer.activations import record
from explorer.activations.receptive_field import Box, ReceptiveFields
from explorer.activations.replay import silenced
from explorer.activations.tracer import record_trace
from explorer.receipts.opening import open_traced
from explorer.summary.layers import summarise
from tests.receipts.checks import Net, checked, traced

KERNEL = torch.randn(2, 4, 3, 3)


class Held:
    """An object that is no module, with a weight."""

    kernel_of_all = torch.randn(2, 4, 3, 3)

    def __init__(self) -> None:
        self.kernels = {"first": [torch.randn(2, 4, 3, 3)]}


def closed_over():
    kernel = torch.randn(2, 4, 3, 3)
    return lambda net, x: functional.conv2d(net.conv(x), kernel)


def with_default(net, x, kernel=KERNEL + 1):
    return functional.conv2d(net.conv(x), kernel)


def by_name(net, x):
    return functional.conv2d(net.conv(x), KERNEL * 2)


def kept_privately(net, x):
    return functional.conv2d(net.conv(x), net._kernel)


HELD = Held()
WAYS = {
    "a module-level tensor": by_name,
    "a function that names it": lambda net, x: by_name(net, x),  # noqa: PLW0108 -- one function further away
    "a closure": closed_over(),
    "a default": with_default,
    "an object's": lambda net, x: functional.conv2d(net.conv(x), HELD.kernels["first"][0]),
    "a class's": lambda net, x: functional.conv2d(net.conv(x), Held.kernel_of_all),
    "a private attribute": kept_privately,
}


@pytest.mark.parametrize("name", WAYS)
def test_a_weight_that_stood_before_the_forward_is_a_weight(name):
    torch.manual_seed(0)
    model = Net(WAYS[name], conv=nn.Conv2d(3, 4, 3)).eval()
    model._kernel = torch.randn(2, 4, 3, 3)
    trace = record_trace(model, torch.randn(1, 3, 9, 11))
    assert [node.operation for node in trace.nodes] == ["input", "conv2d", "conv2d"]
    receipt = checked(trace, trace.nodes[2], (1, 2, 3))
    assert {term.layer for term in receipt.terms} == {"conv"}
    assert ReceptiveFields(trace).box(trace.output, 1, 2, 3) == Box(2, 3, 7, 8, ())


@pytest.mark.parametrize(
    "unseen",
    [
        lambda y: torch.from_numpy(y.numpy().copy()),
        lambda y: torch.tensor(y.numpy()),
        lambda y: torch.tensor(y.tolist()),
        lambda y: torch.as_tensor(np.asarray(y)),
        lambda y: torch.full((1, 4, 7, 9), float(y.mean())),
        lambda y: torch.full((1, 4, 7, 9), y.mean().item()),
    ],
)
def test_numbers_that_leave_torch_are_not_taken_for_constants(unseen):
    _, _, trace = traced(lambda net, x: net.after(unseen(net.conv(x))), after=nn.Conv2d(4, 2, 1))
    assert trace.node("after").inputs
    box = ReceptiveFields(trace).box("after", 1, 2, 3)
    assert (box.top, box.left, box.bottom, box.right, box.exact) == (0, 0, 9, 11, False)


def test_tensors_of_plain_numbers_are_constants_where_none_came_from_the_picture():
    _, _, trace = traced(
        lambda net, x: net.conv(x) * torch.tensor([1.0, 2, 3, 4]).view(4, 1, 1) + torch.full((1,), 3.0)
    )
    assert checked(trace, trace.node("add"), (2, 3, 4)).bias == 3.0
    assert open_traced(trace, "mul", 2, 3, 4).terms[0].weight == 3.0


class Positions(nn.Module):
    """A projected grid is added to the maps: leaves that get nothing of the picture."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.proj, self.act = nn.Conv2d(3, 4, 3), nn.Conv2d(2, 4, 1), nn.Sigmoid()
        self.grid = torch.stack(torch.meshgrid(torch.arange(7.0), torch.arange(9.0), indexing="ij"))[None]

    def forward(self, x):
        return self.conv(x) + self.act(self.proj(self.grid))


def test_a_leaf_that_gets_constants_is_a_constant():
    torch.manual_seed(2)
    model, batch = Positions().eval(), torch.randn(1, 3, 9, 11)
    trace = record_trace(model, batch)
    assert [one.key for one in trace.records()] == [one.key for one in record(model, batch)] == ["conv", "proj", "act"]
    for one, other in zip(trace.records(), record(model, batch), strict=True):
        assert torch.equal(one.output, other.output)
        assert one.kind == other.kind
    fields = ReceptiveFields(trace)
    for key in ("proj", "act"):
        receipt = open_traced(trace, key, 1, 2, 3)
        assert (receipt.covered, receipt.agrees, receipt.terms, receipt.inputs) == (True, True, [], [])
        assert receipt.bias == receipt.value == float(trace.tensor(key)[0, 1, 2, 3])
        assert fields.box(key, 1, 2, 3) == Box(0, 0, 0, 0, ())
    receipt = checked(trace, trace.node("add"), (1, 2, 3))
    assert receipt.bias == pytest.approx(float(trace.tensor("act")[0, 1, 2, 3]))
    assert [term.layer for term in receipt.terms] == ["conv"]
    assert fields.box("add", 1, 2, 3) == Box(2, 3, 5, 6, ())
    with torch.no_grad():
        assert torch.equal(silenced(trace, "conv", range(4)), trace.tensor("act"))
        assert torch.equal(silenced(trace, "act", range(4)), trace.tensor("add"))  # nothing goes on from there
    summary = {layer.key: layer for layer in summarise(model, (3, 9, 11)).layers}
    assert summary["proj"].parameters == 12
    assert summary["add"].receptive_field == (3, 3)


class Offset(nn.Module):
    """Of the kind that makes weights: it has a module of its own inside."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Conv2d(3, 3, 1)

    def forward(self, weight):
        return weight + self.scale(weight)


def reparametrized(kind: str) -> nn.Module:
    conv = nn.Conv2d(3, 4, 3)
    if kind == "own":
        parametrize.register_parametrization(conv, "weight", Offset())
        return conv
    if kind == "twice":
        parametrizations.spectral_norm(parametrizations.weight_norm(conv), "bias", dim=0)
        return conv
    return getattr(parametrizations, kind)(conv)


@pytest.mark.parametrize("kind", ["weight_norm", "spectral_norm", "orthogonal", "own", "twice"])
def test_parametrized_weights_are_weights_and_what_makes_them_is_no_layer(kind):
    torch.manual_seed(0)
    convolution = reparametrized(kind)
    linear = parametrizations.weight_norm(nn.Linear(4, 3))
    model = nn.Sequential(convolution, nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), linear).eval()
    batch = torch.randn(1, 3, 9, 11)
    before = copy.deepcopy(model.state_dict())
    records, trace = record(model, batch), record_trace(model, batch)
    assert [one.key for one in records] == [one.key for one in trace.records()] == ["0", "1", "2", "3", "4"]
    assert [records[0].kind, records[4].kind] == ["Conv2d", "Linear"]
    assert records.never_reached == trace.never_reached == []
    with torch.no_grad():
        assert torch.equal(trace.tensor("4"), model(batch))
    for key, unit in [("0", (1, 2, 3)), ("0", (3, 0, 8)), ("4", (2, 0, 0))]:
        checked(trace, trace.node(key), unit)
    assert ReceptiveFields(trace).box("0", 1, 2, 3) == Box(2, 3, 5, 6, ())
    plain = nn.Sequential(nn.Conv2d(3, 4, 3), *model[1:4], nn.Linear(4, 3))
    one, other = summarise(model, (3, 9, 11)), summarise(plain, (3, 9, 11))
    assert [(a.key, a.kind, a.shape, a.mult_adds) for a in one.layers] == [
        (b.key, b.kind, b.shape, b.mult_adds) for b in other.layers
    ]
    assert one.parameters == sum(parameter.numel() for parameter in model.parameters())
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_a_network_that_is_itself_parametrized_is_one_layer():
    model = parametrizations.weight_norm(nn.Conv2d(3, 4, 3)).eval()
    trace = record_trace(model, torch.randn(1, 3, 9, 11))
    assert [one.key for one in trace.records()] == ["(model)"]
    checked(trace, trace.node("(model)"), (1, 2, 3))
