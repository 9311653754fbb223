"""Torch functions by name: what they are called, and which calls only move numbers. Used by the tracer."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from explorer.activations.nodes import references
from explorer.activations.operations.registry import ALIASES, OPERATIONS, operation_called

# What, when it gives back the very tensor that it got, was not worth a node.
NOTHING = frozenset(one.name for one in OPERATIONS.values() if one.may_do_nothing)

# What gives plain numbers of a tensor, and what makes a tensor of them: between the two torch sees nothing.
READING = frozenset("item tolist numpy array float int bool index complex dlpack".split())  # noqa: SIM905 -- ten words
OF_NUMBERS = frozenset(["tensor", "as_tensor", "asarray", "full", "scalar_tensor"])

_NAMES: dict[Any, str] = {}
_OPERATORS = frozenset(["add", "sub", "mul", "truediv", "matmul", "pow", "floordiv", "mod", "and", "or", "xor"])
_EITHER_WAY = frozenset(["add", "mul", "and", "or", "xor"])


def operation_name(function: Callable[..., Any]) -> str:
    """Torch's name of a function, the same for its method, operator and in-place forms.

    >>> import torch
    >>> [operation_name(f) for f in (torch.add, torch.Tensor.add_, torch.Tensor.__radd__, torch.nn.functional.relu_)]
    ['add', 'add', 'add', 'relu']
    """
    known = _NAMES.get(function)
    if known is None:
        known = _NAMES[function] = _plain_name(function)
    return known


def only_moves(function: Callable[..., Any] | None, args: Sequence[Any], kwargs: Mapping[str, Any]) -> bool:
    """Whether a call puts input numbers elsewhere and does nothing else to them; a dropout does if it is off."""
    if function is None:
        return False
    record = operation_called(operation_name(function))
    if not record.moves:
        return False
    if callable(record.moves):
        return record.moves(record.named(args, kwargs))
    name = str(getattr(function, "__name__", ""))
    in_place = name.endswith("_") and not name.endswith("__")  # squeeze_ would reshape what is kept
    return not in_place


def puts_elsewhere(function: Callable[..., Any] | None, args: Sequence[Any], kwargs: Mapping[str, Any]) -> bool:
    """Whether a recorded call only moves the picture's numbers, the same way for every picture."""
    if function is None or not only_moves(function, args, kwargs):
        return False
    return not _computed_way(operation_name(function), args, kwargs)


def _computed_way(operation: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> bool:
    """Whether where numbers go is itself computed from the picture, or they are read as another kind of number."""
    first, *rest = (*args, *kwargs.values())
    if operation_called(operation).sized_as:
        return False
    return not references(first) or bool(references(rest)) or any(isinstance(one, torch.dtype) for one in rest)


def _plain_name(function: Callable[..., Any]) -> str:
    name = str(getattr(function, "__name__", "") or type(function).__name__)
    if name == "__get__":  # a property of the tensor, such as .T
        return str(getattr(getattr(function, "__self__", None), "__name__", name))
    if name == "batch_norm" and getattr(function, "__module__", "") != "torch.nn.functional":
        return "batch_norm_builtin"  # its arguments come in another order
    dunder = name.startswith("__") and name.endswith("__")
    name = name.strip("_")
    if dunder and name[:1] == "i" and name[1:] in _OPERATORS:
        name = name[1:]
    if dunder and name[:1] == "r" and name[1:] in _EITHER_WAY:  # of the others the operands are the other way round
        name = name[1:]
    return ALIASES.get(name, name)
