"""Tensors that stand before a forward begins: nothing of the picture can be in them.

They are the network's parameters, buffers and attributes, and what its code names: module-level tensors, those of a
class, of a closure, of an object or module that it uses. Whatever else turns up in a forward without a torch function
that made it is not known, and may come from the picture. Used by explorer.activations.tracer.
"""

import functools
import sys
import types
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import nn

from explorer.activations.shadow import each_module

_MOST_LOOKED_AT = 20_000  # values; what is found no more is only shown as not known
_LONGEST = 1_000  # of a list or dict
_OF_TENSORS = frozenset(["_parameters", "_buffers"])
_TABLES = frozenset(vars(nn.Module())) - _OF_TENSORS  # of a module's own; none holds tensors
_FOREIGN = frozenset([*sys.stdlib_module_names, "torch", "torchvision", "numpy", "builtins"])  # keep no tensors for it


def standing_tensors(network: nn.Module) -> dict[int, torch.Tensor]:
    """By id, every tensor that a network or its code can name without computing it."""
    return {id(value): value for value in _standing(network) if issubclass(type(value), torch.Tensor)}


def own_tensors(network: nn.Module) -> dict[int, torch.Tensor]:
    """By id, its parameters and buffers: most of what stands before, quickly found."""
    tables = (module.__dict__[name] for module in each_module(network) for name in _OF_TENSORS)
    return {id(tensor): tensor for table in tables if table for tensor in table.values() if tensor is not None}


def standing_modules(network: nn.Module) -> list[nn.Module]:
    """The modules that a network or its code can name, be they registered or not; not the registered ones alone."""
    return [value for value in _standing(network) if issubclass(type(value), nn.Module)]


def _standing(network: nn.Module) -> Iterator[Any]:
    """What a network or its code can name."""
    seen: set[int] = set()
    left: list[Any] = []
    for module in network.modules():
        for name, value in module.__dict__.items():
            if name in _OF_TENSORS:
                left += value.values()
            elif type(value) not in _PLAIN and name not in _TABLES and not _is_plain(value):
                left.append(value)
        if not _is_foreign(type(module)):
            left.append(type(module))
    while left and len(seen) < _MOST_LOOKED_AT:
        value = left.pop()
        if issubclass(type(value), torch.Tensor):
            yield value
        elif type(value) not in _PLAIN and id(value) not in seen:
            seen.add(id(value))
            yield value
            left.extend(_within(value))


_PLAIN = frozenset([int, float, str, bool, type(None), bytes, torch.dtype, torch.device, torch.Size])


def _is_plain(value: Any) -> bool:  # noqa: ANN401 -- an attribute
    """Whether it is a tuple of plain values, such as a kernel's size: torch's layers have five of them each."""
    return type(value) is tuple and _PLAIN.issuperset(map(type, value))


_HOLD_FUNCTIONS: dict[type, tuple[str, ...]] = {
    types.MethodType: ("__func__", "__self__"),
    functools.partial: ("func", "args", "keywords"),
    staticmethod: ("__func__",),
    classmethod: ("__func__",),
    property: ("fget",),
}


def _within(value: Any) -> Iterator[Any]:  # noqa: ANN401 -- whatever a network holds
    """What a value holds or names."""
    kind = type(value)  # not isinstance, which asks an object that stands for another one what that is
    if issubclass(kind, list | tuple | set | frozenset | dict):
        if len(value) <= _LONGEST:
            yield from value.values() if issubclass(kind, dict) else value
    elif kind is types.FunctionType:
        yield from _named_by(value)
    elif kind in _HOLD_FUNCTIONS:
        yield from (getattr(value, name) for name in _HOLD_FUNCTIONS[kind])
    elif issubclass(kind, type):
        yield from (one for base in value.__mro__ if not _is_foreign(base) for one in vars(base).values())
    elif issubclass(kind, nn.Module) or not _is_foreign(kind):
        yield kind
        try:
            held = object.__getattribute__(value, "__dict__")
        except AttributeError:  # it has slots instead
            return
        yield from (one for name, one in held.items() if name not in _TABLES or name == "_modules")


def _named_by(function: types.FunctionType) -> Iterator[Any]:
    """What a function takes from around it: closure, defaults, and the globals that its code names."""
    if _is_foreign(function):
        return
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # not filled yet
            continue
    yield from (function.__defaults__, function.__kwdefaults__, getattr(function, "__wrapped__", None))
    yield from _globals_of(function.__code__, function.__globals__)


def _globals_of(code: types.CodeType, around: Mapping[str, Any]) -> Iterator[Any]:
    for name in code.co_names:
        value = around.get(name)
        if isinstance(value, types.ModuleType):
            if not _is_foreign_name(value.__name__):
                yield from (vars(value)[one] for one in code.co_names if one in vars(value))
        elif value is not None:
            yield value
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):  # a function within
            yield from _globals_of(constant, around)


def _is_foreign(value: Any) -> bool:  # noqa: ANN401 -- a class or a function
    return _is_foreign_name(getattr(value, "__module__", None) or "")


@functools.cache
def _is_foreign_name(name: str) -> bool:
    return name.partition(".")[0] in _FOREIGN
