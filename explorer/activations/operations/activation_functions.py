"""Operations that make one number of one number: activation functions, and others that work number by number."""

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.nn import functional

from explorer.activations.operations.call import Call, NotCoveredError, Share, Shares
from explorer.activations.operations.intervals import same
from explorer.activations.operations.record import LINEAR, Arguments, Operation
from explorer.activations.units import Index

_WHOLE = "a cut to whole numbers"
Function = Callable[..., torch.Tensor]


def _curve(function: Function, call: Call, _channel: int, numbers: torch.Tensor) -> torch.Tensor:
    """The function of any numbers, with the settings that it was called with."""
    settings: dict[str, Any] = {
        name: value for name, value in call.named.items() if name not in {"input", "inplace", "out"}
    }
    if any(not isinstance(value, int | float | str | type(None)) for value in settings.values()):
        raise NotCoveredError("its settings are not plain numbers")
    return function(numbers, **settings)


def _of_one(function: Function, formula: str, call: Call, index: Index) -> Shares:
    """The one share is the function of the number, computed in float64."""
    source = call.ref()
    value = call.number(source, index)
    amount = float(_curve(function, call, 0, torch.tensor(value, dtype=torch.float64)))
    return Shares(formula, [Share(source, index, amount, value)])


def _gelu(call: Call, index: Index) -> Shares:
    """Two shares of the same unit, v/2 and v/2 × erf(v/√2): far below zero they all but cancel, and both are shown."""
    source = call.ref()
    value = call.number(source, index)
    if call.get("approximate", "none") == "tanh":
        bend = math.tanh(math.sqrt(2 / math.pi) * (value + 0.044715 * value**3))
        formula = "v/2 + v/2 × tanh(√(2/π) (v + 0.044715 v³))"
    else:
        bend = math.erf(value / math.sqrt(2))
        formula = "v/2 + v/2 × erf(v/√2)"
    shares = [Share(source, index, value / 2 * weight, value, weight / 2) for weight in (1.0, bend)]
    return Shares(formula, shares)


def _tanhshrink(call: Call, index: Index) -> Shares:
    """Two shares of the same unit, v and −tanh(v): near zero they all but cancel, and both are shown."""
    source = call.ref()
    value = call.number(source, index)
    return Shares("v − tanh(v)", [Share(source, index, amount, value) for amount in (value, -math.tanh(value))])


def _prelu(call: Call, index: Index) -> Shares:
    """One share: v, times its channel's slope below 0."""
    source, slope = call.ref(), _slope(call, index[1])
    value = call.number(source, index)
    weight = 1.0 if value > 0 else slope
    return Shares(f"v, times {slope:.9g} below 0", [Share(source, index, value * weight, value, weight)])


def _slope(call: Call, channel: int) -> float:
    slopes = call.weight().flatten()
    return float(slopes[channel if slopes.numel() > 1 else 0].double())


def _prelu_curve(call: Call, channel: int, numbers: torch.Tensor) -> torch.Tensor:
    return torch.where(numbers > 0, numbers, numbers * _slope(call, channel))


def _converted(call: Call, index: Index) -> Shares:
    """The same number in another precision, or of another kind: cut to a whole one, or 1 for whatever is not 0."""
    source = call.ref()
    number, kept = call.number(source, index), call.output(call.node.index).dtype
    if kept.is_floating_point:
        return Shares("the same number, rounded", [Share(source, index, number, number, 1.0)])
    if kept == torch.bool:
        return Shares("1 unless it is 0", [Share(source, index, float(number != 0), number)])
    return Shares("cut to a whole number", [Share(source, index, float(math.trunc(number)), number)])


def _converted_bend(named: Arguments, _moving: Sequence[str]) -> str:
    kinds = [one for one in named.values() if isinstance(one, torch.dtype)]
    return _WHOLE if any(not one.is_floating_point for one in kinds) else LINEAR


def _pointwise(name: str, function: Function, formula: str, *settings: str, **more: Any) -> Operation:  # noqa: ANN401
    """The record of a function of one number; `settings` are its arguments after the input."""
    arguments = ("input", *settings) if settings else ("input", "inplace")
    rules = {"receipt": functools.partial(_of_one, function, formula), "curve": functools.partial(_curve, function)}
    return Operation(**{"name": name, "arguments": arguments, "field": same, **rules, **more})


_activation = functools.partial(_pointwise, activation=True, again="tried")

OPERATIONS = (
    _activation("relu", functional.relu, "max(0, v)", again="same"),
    _activation("relu6", functional.relu6, "min(max(0, v), 6)", again="same"),
    _activation(
        "hardtanh", functional.hardtanh, "v, held between two bounds", "min_val", "max_val", "inplace", again="same",
    ),
    _activation("silu", functional.silu, "v / (1 + exp(−v))"),
    _activation("mish", functional.mish, "v × tanh(ln(1 + exp(v)))"),
    _activation("hardswish", functional.hardswish, "v × min(max(v + 3, 0), 6) / 6", again="same"),
    _activation("hardsigmoid", functional.hardsigmoid, "min(max(v + 3, 0), 6) / 6", again="same"),
    _activation("sigmoid", torch.sigmoid, "1 / (1 + exp(−v))", also=("expit",)),
    _activation("logsigmoid", functional.logsigmoid, "−ln(1 + exp(−v))", also=("log_sigmoid",)),
    _activation("tanh", torch.tanh, "tanh(v)"),
    _activation(
        "leaky_relu", functional.leaky_relu, "v, times a small slope below 0", "negative_slope", "inplace",
        again="same",
    ),
    _activation("elu", functional.elu, "v, or α (exp(v) − 1) below 0", "alpha", "inplace"),
    _activation("selu", functional.selu, "1.0507 × v, or 1.0507 × 1.67326 (exp(v) − 1) below 0"),
    _activation("celu", functional.celu, "v, or α (exp(v / α) − 1) below 0", "alpha", "inplace"),
    _activation("softplus", functional.softplus, "ln(1 + exp(β v)) / β", "beta", "threshold"),
    _activation("softsign", functional.softsign, "v / (1 + |v|)"),
    _activation("rrelu", functional.rrelu, "v, times a small slope below 0", "lower", "upper", "training", "inplace"),
    _activation("softshrink", functional.softshrink, "v, nearer to 0 by λ, or 0 within λ of it", "lambd"),
    _activation("hardshrink", functional.hardshrink, "v, or 0 within λ of it", "lambd"),
    _activation(
        "threshold", functional.threshold, "v, or another number up to a bound", "threshold", "value", "inplace",
    ),
    Operation(
        name="gelu", arguments=("input", "approximate"), receipt=_gelu, field=same, activation=True,
        curve=functools.partial(_curve, functional.gelu),
    ),
    Operation(
        name="prelu", arguments=("input", "weight"), receipt=_prelu, field=same, activation=True, curve=_prelu_curve,
    ),
    Operation(
        name="tanhshrink", arguments=("input",), receipt=_tanhshrink, field=same, activation=True,
        curve=functools.partial(_curve, functional.tanhshrink),
    ),
    _pointwise("clamp", torch.clamp, "v, held between two bounds", "min", "max", also=("clip",), bend="a clamp"),
    _pointwise("clamp_min", torch.clamp_min, "v, or the bound below it", "min", bend="a clamp"),
    _pointwise("clamp_max", torch.clamp_max, "v, or the bound above it", "max", bend="a clamp"),
    _pointwise("nan_to_num", torch.nan_to_num, "v, or another number for none", "nan", "posinf", "neginf"),
    _pointwise("neg", torch.neg, "−v", also=("negative",), bend=LINEAR),
    _pointwise("abs", torch.abs, "|v|", also=("absolute",)),
    _pointwise("exp", torch.exp, "exp(v)"),
    _pointwise("log", torch.log, "ln(v)"),
    _pointwise("log1p", torch.log1p, "ln(1 + v)"),
    _pointwise("log2", torch.log2, "ln(v) / ln(2)"),
    _pointwise("log10", torch.log10, "ln(v) / ln(10)"),
    _pointwise("expm1", torch.expm1, "exp(v) − 1"),
    _pointwise("sin", torch.sin, "sin(v)"),
    _pointwise("cos", torch.cos, "cos(v)"),
    _pointwise("erf", torch.erf, "erf(v)"),
    _pointwise("sign", torch.sign, "1 above 0, −1 below it"),
    _pointwise("floor", torch.floor, "the whole number at or below v"),
    _pointwise("ceil", torch.ceil, "the whole number at or above v"),
    _pointwise("round", torch.round, "the nearest whole number", "decimals"),
    _pointwise("sqrt", torch.sqrt, "√v"),
    _pointwise("rsqrt", torch.rsqrt, "1 / √v"),
    _pointwise("square", torch.square, "v²"),
    _pointwise("reciprocal", torch.reciprocal, "1 / v"),
    *(
        Operation(
            name=name, arguments=("input", *settings), by_name_alone=("dtype", "device", "memory_format", "copy"),
            receipt=_converted, field=same, bend=_converted_bend, may_do_nothing=True,
        )
        for name, *settings in (
            ("to", "to", "dtype", "non_blocking", "copy"), ("float",), ("double",), ("half",), ("bfloat16",),
            ("type", "dtype", "non_blocking"), ("type_as", "other"), ("cpu",), ("cuda", "device"),
        )
    ),
    *(
        Operation(name=name, arguments=("input",), receipt=_converted, field=same, bend=_WHOLE)
        for name in ("bool", "int", "long")
    ),
    Operation(name="requires_grad", may_do_nothing=True),
)  # fmt: skip
