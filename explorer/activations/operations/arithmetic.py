"""Sums, products and quotients of two tensors, or of a tensor and a number: residual additions, gates, scales."""

import functools
import math
from collections.abc import Sequence
from typing import Any

import torch

from explorer.activations.nodes import Ref
from explorer.activations.operations.call import Call, NotCoveredError, Share, Shares
from explorer.activations.operations.intervals import same, union
from explorer.activations.operations.record import LINEAR, PRODUCT, Arguments, Operation, bends_with_two
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


def _quotient_of_constant(call: Call, index: Index) -> Shares:
    """Other / input: one share, the function of the divisor."""
    source, (_, _, above) = call.ref(), operand_at(call, "other", index)
    if isinstance(call.named.get("other"), Ref):
        raise NotCoveredError("both its operands come from the picture")
    value = call.number(source, index)
    if value == 0:
        raise NotCoveredError("it divides by zero")
    return Shares("a / v", [Share(source, index, above / value, value)])


def _power(call: Call, index: Index, *, of_exponent: bool) -> Shares:
    """One share, the power of the number, or of the other with it as the exponent."""
    call.tensor("exponent")  # refuses one that is computed from the picture
    source, (_, _, other) = call.ref(), operand_at(call, "exponent", index)
    value = call.number(source, index)
    try:
        amount = other**value if of_exponent else value**other
    except (OverflowError, ZeroDivisionError) as error:
        raise NotCoveredError("its power is not finite") from error
    if isinstance(amount, complex):
        raise NotCoveredError("its power is no real number")
    return Shares(
        "a to the power of v" if of_exponent else "v to the power of a", [Share(source, index, amount, value)]
    )


def extreme_of_two(call: Call, index: Index, *, sign: float) -> Shares:
    """One share, of the larger operand (or the smaller, if sign is −1); it may be a constant."""
    operands = [operand_at(call, name, index) for name in TWO]
    node, place, value = max(operands, key=lambda one: (math.isnan(one[2]), sign * one[2]))
    if node is None:
        return Shares("a constant", [], value, note="The constant won.")
    return Shares("the larger" if sign > 0 else "the smaller", [Share(node, place, value, value, 1.0)])


def _added_product(call: Call, index: Index) -> Shares:
    """Input + value × tensor1 × tensor2: one share of the input, and one of the product."""
    factor, shares, factors, bias = float(call.get("value", 1)), [], [], 0.0
    node, place, first = operand_at(call, "input", index)
    if node is None:
        bias = first
    else:
        shares.append(Share(node, place, first, first, 1.0))
    operands = [operand_at(call, name, index) for name in ("tensor1", "tensor2")]
    (node, place, value), (gate, where, weight) = operands if operands[0][0] is not None else operands[::-1]
    if node is None:
        bias += factor * value * weight
    else:
        shares.append(Share(node, place, factor * value * weight, value, factor * weight))
        factors = [] if gate is None else [Share(gate, where, weight, weight)]
    return Shares("input + value × a × b", shares, bias, factors=factors)


def _product_bend(_named: Arguments, moving: Sequence[str]) -> str:
    return PRODUCT if {"tensor1", "tensor2"} <= set(moving) else LINEAR


_THREE = ("input", "tensor1", "tensor2")


def _record(name: str, formula: str, weights: tuple[float, float], alpha: int, **more: Any) -> Operation:  # noqa: ANN401
    receipt = functools.partial(_combined, formula=formula, weights=weights, alpha=alpha)
    return Operation(
        name=name, arguments=TWO, by_name_alone=("alpha",), reads=TWO, receipt=receipt, field=union, bend=LINEAR, **more
    )


OPERATIONS = (
    _record("add", "a + b", (1.0, 1.0), 1, joins=True, again="tried"),
    _record("sub", "a − b", (1.0, -1.0), 1, also=("subtract",)),
    _record("rsub", "b − a", (-1.0, 1.0), 0),
    Operation(
        name="mul", also=("multiply",), arguments=TWO, reads=TWO, receipt=_mul, field=union, bend=bends_with_two(),
        again="tried",
    ),
    Operation(
        name="div", also=("truediv", "true_divide", "divide"), arguments=TWO, by_name_alone=("rounding_mode",),
        reads=TWO, receipt=_div, field=union, bend=_div_bend,
    ),
    Operation(
        name="rdiv", also=("rtruediv",), arguments=TWO, reads=("input",), receipt=_quotient_of_constant, field=same,
        bend="a division by an activation",
    ),
    Operation(
        name="pow", arguments=("input", "exponent"), receipt=functools.partial(_power, of_exponent=False), field=same,
        bend="a power",
    ),
    Operation(
        name="rpow", arguments=("input", "exponent"), receipt=functools.partial(_power, of_exponent=True), field=same,
        bend="a power",
    ),
    Operation(
        name="maximum", arguments=TWO, reads=TWO, receipt=functools.partial(extreme_of_two, sign=1.0), field=union,
        bend="a maximum",
    ),
    Operation(
        name="minimum", arguments=TWO, reads=TWO, receipt=functools.partial(extreme_of_two, sign=-1.0), field=union,
        bend="a minimum",
    ),
    Operation(
        name="addcmul", arguments=_THREE, by_name_alone=("value",), reads=_THREE, receipt=_added_product, field=union,
        bend=_product_bend,
    ),
)  # fmt: skip
