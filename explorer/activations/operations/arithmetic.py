"""Sums, products and quotients of two tensors, or of a tensor and a number: residual additions, gates, scales."""

import functools
import math
from collections.abc import Sequence
from typing import Any

import torch

from explorer.activations.nodes import Ref
from explorer.activations.operations.call import Call, NotCoveredError, Share, Shares
from explorer.activations.operations.intervals import union
from explorer.activations.operations.record import LINEAR, Arguments, Operation, bends_with_two
from explorer.activations.units import Index

TWO = ("input", "other")


def operand_at(call: Call, name: str, index: Index) -> tuple[int | None, Index, float]:
    """Node (None for a constant), place and number that an operand has there, after broadcasting.

    Raises:
        NotCoveredError: it was not given by this name.
    """
    value = call.operand(name)
    if isinstance(value, Ref):
        place = _broadcast(index, call.shape(value.index))
        return value.index, place, call.number(value.index, place)
    if isinstance(value, torch.Tensor):
        place = _broadcast(index, tuple(value.shape))
        return None, place, float(value[place].double())
    return None, (), float(value)


def _broadcast(index: Index, shape: tuple[int, ...]) -> Index:
    tail = index[len(index) - len(shape) :]
    return tuple(0 if size == 1 else place for place, size in zip(tail, shape, strict=True))


def _combined(call: Call, index: Index, *, formula: str, weights: tuple[float, float], alpha: int) -> Shares:
    """weights[0] × input + weights[1] × other; torch's alpha belongs to the operand with that number."""
    shares, bias = [], 0.0
    for number, (name, weight) in enumerate(zip(TWO, weights, strict=True)):
        node, place, value = operand_at(call, name, index)
        factor = weight * float(call.get("alpha", 1)) if number == alpha else weight
        if node is None:
            bias += value * factor
        else:
            shares.append(Share(node, place, value * factor, value, factor))
    return Shares(formula, shares, bias)


def _mul(call: Call, index: Index) -> Shares:
    """One share, of the larger operand; the other is its weight, or, if it is an activation too, its factor."""
    operands = [operand_at(call, name, index) for name in TWO]
    sizes = [0 if node is None else math.prod(call.shape(node)) for node, _, _ in operands]
    (node, place, value), (gate, where, weight) = operands if sizes[0] >= sizes[1] else operands[::-1]
    if node is None:
        raise NotCoveredError("neither of its factors comes from the picture")
    factors = [] if gate is None else [Share(gate, where, weight, weight)]
    return Shares("value × factor", [Share(node, place, value * weight, value, weight)], factors=factors)


def _div(call: Call, index: Index) -> Shares:
    """One share: the dividend × 1 / divisor."""
    if call.get("rounding_mode") is not None:
        raise NotCoveredError("it rounds")
    node, place, value = operand_at(call, "input", index)
    gate, where, divisor = operand_at(call, "other", index)
    if node is None or divisor == 0:
        raise NotCoveredError("it divides by zero, or its dividend does not come from the picture")
    factors = [] if gate is None else [Share(gate, where, divisor, divisor)]
    return Shares("value / divisor", [Share(node, place, value / divisor, value, 1 / divisor)], factors=factors)


def _div_bend(_named: Arguments, moving: Sequence[str]) -> str:
    return "a division by an activation" if "other" in moving else LINEAR


def _record(name: str, formula: str, weights: tuple[float, float], alpha: int, **more: Any) -> Operation:  # noqa: ANN401
    receipt = functools.partial(_combined, formula=formula, weights=weights, alpha=alpha)
    return Operation(
        name=name, arguments=TWO, by_name_alone=("alpha",), reads=TWO, receipt=receipt, field=union, bend=LINEAR, **more
    )


OPERATIONS = (
    _record("add", "a + b", (1.0, 1.0), 1, joins=True),
    _record("sub", "a − b", (1.0, -1.0), 1, also=("subtract",)),
    _record("rsub", "b − a", (-1.0, 1.0), 0),
    Operation(
        name="mul", also=("multiply",), arguments=TWO, reads=TWO, receipt=_mul, field=union, bend=bends_with_two(),
    ),
    Operation(
        name="div", also=("truediv", "true_divide", "divide"), arguments=TWO, by_name_alone=("rounding_mode",),
        reads=TWO, receipt=_div, field=union, bend=_div_bend,
    ),
)  # fmt: skip
