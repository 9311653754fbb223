import doctest

import pytest
import torch
from torch import nn
from torch.nn import functional

from explorer.activations.operations import names
from explorer.activations.operations.names import only_moves, operation_name
from explorer.activations.operations.registry import operation_called
from explorer.activations.tracer import record_trace
from explorer.receipts.opening import open_traced


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (torch.add, "add"),
        (torch.Tensor.__iadd__, "add"),
        (torch.Tensor.__rsub__, "rsub"),
        (torch.Tensor.__radd__, "add"),
        (torch.Tensor.__rdiv__, "rdiv"),
        (torch.Tensor.__rpow__, "rpow"),
        (torch.Tensor.__ipow__, "pow"),
        (torch.linalg.vector_norm, "linalg_vector_norm"),
        (torch.Tensor.__truediv__, "div"),
        (torch.Tensor.__getitem__, "getitem"),
        (torch.concat, "cat"),
        (functional.relu_, "relu"),
        (functional.max_pool2d, "max_pool2d"),
        (torch.Tensor.T.__get__, "T"),
        (torch.batch_norm, "batch_norm_builtin"),
        (functional.batch_norm, "batch_norm"),
        (torch.Tensor.square_, "square"),
    ],
)
def test_a_function_has_one_name_in_all_its_spellings(function, name):
    assert operation_name(function) == name


def test_the_examples_of_the_module_hold():
    assert doctest.testmod(names) == (0, 2)


def test_pooling_is_seen_under_its_plain_name():
    trace = record_trace(nn.MaxPool2d(2), torch.rand(1, 3, 6, 6))
    assert trace.node("(model)").operation == "max_pool2d"


def test_arguments_are_named_as_torch_names_them():
    assert operation_called("conv2d").named((1, 2, None, 4), {"groups": 3}) == {
        "input": 1, "weight": 2, "bias": None, "stride": 4, "groups": 3,
    }  # fmt: skip
    assert operation_called("mean").named(("x",), {"axis": 1}) == {"input": "x", "dim": 1}


def test_only_what_leaves_numbers_as_they_are_moves():
    assert only_moves(torch.flatten, (), {})
    assert not only_moves(torch.relu, (), {})
    assert not only_moves(torch.Tensor.squeeze_, (), {})  # would reshape what is kept
    assert only_moves(functional.dropout, (None, 0.5, False), {})
    assert not only_moves(functional.dropout, (None, 0.5), {})  # functional dropout is on unless it is told otherwise
    assert not only_moves(None, (), {})


def test_a_dropout_that_is_left_on_is_kept_and_said_not_to_be_covered():
    class Drops(nn.Module):
        def forward(self, x):
            return functional.dropout(x, 0.5) + 1.0

    trace = record_trace(Drops(), torch.rand(1, 3, 6, 6))
    assert not open_traced(trace, "dropout", 1, 2, 2).covered
    assert open_traced(trace, "(model)", 1, 2, 2).agrees
