"""Operations that make one number of one number: activations."""

import functools
import math
from collections.abc import Callable
from typing import Any

import torch
from torch.nn import functional

from explorer.activations.operations.call import Call, Rule, Share, Shares
from explorer.activations.operations.names import NotCoveredError
from explorer.activations.units import Index

# name -> (the function in float64, how it is written)
_FUNCTIONS: dict[str, tuple[Callable[..., torch.Tensor], str]] = {
    "relu": (functional.relu, "max(0, v)"),
    "relu6": (functional.relu6, "min(max(0, v), 6)"),
    "hardtanh": (functional.hardtanh, "v, held between two bounds"),
    "silu": (functional.silu, "v / (1 + exp(−v))"),
    "hardswish": (functional.hardswish, "v × min(max(v + 3, 0), 6) / 6"),
    "hardsigmoid": (functional.hardsigmoid, "min(max(v + 3, 0), 6) / 6"),
    "sigmoid": (torch.sigmoid, "1 / (1 + exp(−v))"),
    "tanh": (torch.tanh, "tanh(v)"),
    "leaky_relu": (functional.leaky_relu, "v, times a small slope below 0"),
    "elu": (functional.elu, "v, or α (exp(v) − 1) below 0"),
    "clamp": (torch.clamp, "v, held between two bounds"),
    "neg": (torch.neg, "−v"),
    "abs": (torch.abs, "|v|"),
    "exp": (torch.exp, "exp(v)"),
    "sqrt": (torch.sqrt, "√v"),
    "square": (torch.square, "v²"),
}


def _activation(function: Callable[..., torch.Tensor], formula: str, call: Call, index: Index) -> Shares:
    """The one share is the function of the number, computed in float64."""
    source = call.ref()
    settings: dict[str, Any] = {
        name: value for name, value in call.named.items() if name not in {"input", "inplace", "out"}
    }
    if any(not isinstance(value, int | float | type(None)) for value in settings.values()):
        raise NotCoveredError("its settings are not plain numbers")
    value = call.number(source, index)
    amount = float(function(torch.tensor(value, dtype=torch.float64), **settings))
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


RULES: dict[str, Rule] = {
    name: functools.partial(_activation, function, formula) for name, (function, formula) in _FUNCTIONS.items()
}
RULES["gelu"] = _gelu
