"""Products of matrices: linear layers, and activations times activations."""

from math import prod

import torch

from explorer.activations.operations.call import Call, Share, Shares
from explorer.activations.operations.intervals import Step, over
from explorer.activations.operations.record import Operation, bends_with_two
from explorer.activations.units import Index


def _linear(call: Call, index: Index) -> Shares:
    """One share an input: value × weight."""
    source, bias = call.ref(), call.tensor("bias")
    values = call.output(source)[index[:-1]].double().cpu()
    weights = call.weight()[index[-1]].double().cpu()
    table = zip((values * weights).tolist(), values.tolist(), weights.tolist(), strict=True)
    shares = [Share(source, (*index[:-1], place), *numbers) for place, numbers in enumerate(table)]
    added = 0.0 if bias is None else float(bias[index[-1]].double())
    return Shares("Σ value × weight + bias", shares, added)


def _linear_field(step: Step) -> torch.Tensor:
    return over(step, [-1])


def _linear_mult_adds(call: Call) -> int:
    """One for each weight and row."""
    return prod(call.node.shape[:-1]) * prod(call.shape_of("weight"))


OPERATIONS = (
    Operation(
        name="linear", arguments=("input", "weight", "bias"), receipt=_linear, field=_linear_field,
        bend=bends_with_two(), mult_adds=_linear_mult_adds,
    ),
    *(
        Operation(name=name, arguments=("input", "other"), reads=("input", "other"), bend=bends_with_two())
        for name in ("matmul", "bmm", "mm")
    ),
    Operation(
        name="addmm", arguments=("input", "mat1", "mat2"), reads=("input", "mat1", "mat2"), bend=bends_with_two()
    ),
    Operation(name="einsum", arguments=("equation", "operands"), reads=("operands",), bend=bends_with_two()),
)  # fmt: skip
