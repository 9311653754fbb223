"""Forwards that do what a forward seldom does: they leave the network as it was, or get a sentence."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from explorer.activations import record
from explorer.activations.tracer import record_trace
from explorer.errors import ModelError
from explorer.receipts import open_unit
from explorer.receipts.opening import open_traced
from tests.receipts.checks import Net, traced


def test_a_callers_inference_mode_changes_nothing():
    model, batch, trace = traced(lambda net, x: net.conv(x).relu_().mean((2, 3)))
    with torch.inference_mode():
        again = record_trace(model, batch.clone())
        receipt = open_unit(model, batch.clone(), "relu", 1, 2, 3)
        assert torch.equal(record(model, batch)[0].output, trace.tensor("conv"))
    assert all(
        torch.equal(trace.output_of(a), again.output_of(b)) for a, b in zip(trace.nodes, again.nodes, strict=True)
    )
    assert receipt.value == open_traced(trace, "relu", 1, 2, 3).value


def test_a_forward_in_inference_mode_gets_a_sentence():
    def run(net, x):
        with torch.inference_mode():
            return net.conv(x)

    with pytest.raises(ModelError, match="switches to torch's inference mode"):
        traced(run)


@pytest.mark.parametrize("names", [None, ["conv"], "trace"])
def test_a_forward_that_writes_into_a_buffer_leaves_it_as_it_was(names):
    def run(net, x):
        net.seen += 1
        mean, variance = net.norm.running_mean, net.norm.running_var
        return net.conv(functional.batch_norm(x, mean, variance, training=True)) + net.twice.alias

    torch.manual_seed(0)
    model = Net(run, conv=nn.Conv2d(3, 4, 3), norm=nn.BatchNorm2d(3), twice=nn.Module()).eval()
    model.register_buffer("seen", torch.zeros(1))
    model.twice.register_buffer("alias", model.seen)
    before = [(name, buffer, buffer.clone()) for name, buffer in model.named_buffers(remove_duplicate=False)]
    batch = torch.randn(1, 3, 6, 5)
    if names == "trace":
        trace = record_trace(model, batch)
        assert torch.equal(trace.tensor("add"), trace.tensor("conv") + 1)
    else:
        record(model, batch, names)
    assert len(before) == 5
    now = dict(model.named_buffers(remove_duplicate=False))
    for name, buffer, value in before:
        assert now[name] is buffer
        assert torch.equal(buffer, value), name


def test_a_name_that_reads_as_a_later_call_is_refused():
    model = Net(lambda net, x: net.get_submodule("conv:1")(net.conv(x)), conv=nn.Conv2d(3, 3, 1))
    model.add_module("conv:1", nn.Conv2d(3, 2, 1))
    for run in (record, record_trace, lambda *given: record(*given, ["conv:1"])):
        with pytest.raises(ModelError, match="'conv:1'; here that would be a later call of 'conv'"):
            run(model, torch.rand(1, 3, 5, 5))
