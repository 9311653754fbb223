"""Numbers that are written into a tensor, or chosen from several: each number of the output is one of those given.

Where it stood is found by the operation itself, done on the numbers of the places, or told by the condition.
"""

import functools
import operator
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import torch

from explorer.activations.nodes import Ref, mapped, references
from explorer.activations.operations.arithmetic import operand_at
from explorer.activations.operations.call import Call, NotCoveredError, Share, Shares
from explorer.activations.operations.intervals import NEVER, PLANES, Step, nothing, same, union, union_of
from explorer.activations.operations.record import LINEAR, Arguments, Operation
from explorer.activations.units import Index, counted

_WHERE, _OF_METHOD = ("condition", "input", "other"), ("input", "condition", "other")
_SAME = "the same number"
_PUT_IN = "Put in by the operation, not computed."


def _taken(call: Call, name: str, index: Index, note: str = "") -> Shares:
    """The number that an operand has there, after broadcasting; it may be a constant."""
    node, place, value = operand_at(call, name, index)
    if node is None:
        return Shares("a constant", [], value, note=_PUT_IN)
    return Shares(_SAME, [Share(node, place, value, value, 1.0)], note=note)


def _is_true(call: Call, name: str, index: Index) -> tuple[bool, list[Share]]:
    """Whether a condition holds there, and the number that it was, if it comes from the picture."""
    node, place, value = operand_at(call, name, index)
    return bool(value), [] if node is None else [Share(node, place, value, value)]


def _in_order(call: Call) -> Call:
    """The same call with its arguments as torch.where takes them; the method of a tensor has them in another order."""
    if getattr(call.node.function, "__objclass__", None) is None:
        return call
    given = dict(zip(_OF_METHOD, call.node.args, strict=False)) | call.node.kwargs
    return Call(call.trace, call.node, given)


def _where_bend(named: Arguments, moving: Sequence[str]) -> str:
    of_method = isinstance(named.get("input"), torch.Tensor) and named["input"].dtype == torch.bool
    return LINEAR if of_method else _chooses(named, moving)


def _where(call: Call, index: Index) -> Shares:
    """One share: of the first where the condition holds, else of the second."""
    call = _in_order(call)
    if call.named.get("input") is None:
        raise NotCoveredError("it gives places and no numbers")
    holds, condition = _is_true(call, "condition", index)
    shares = _taken(call, "input" if holds else "other", index, "Chosen, as the condition holds." if holds else "")
    shares.factors = condition
    return shares


def _where_field(step: Step) -> torch.Tensor:
    """Of a constant condition what is chosen by it, else the union of both and of the condition."""
    return _chosen_field(replace(step, call=_in_order(step.call)), "condition", "input", "other")


def _filled_field(step: Step) -> torch.Tensor:
    return _chosen_field(step, "mask", "value", "input")


def _chosen_field(step: Step, condition: str, where_true: str, where_false: str) -> torch.Tensor:
    holds = step.call.named.get(condition)
    if not isinstance(holds, torch.Tensor):
        return union(step)
    nowhere = torch.full((PLANES, *[1] * len(step.node.shape)), NEVER)
    parts = []
    for name in (where_true, where_false):
        intervals = step.of(name)
        parts.append(nowhere if intervals is None else union_of(step, [intervals]))
    return torch.where(holds.bool().cpu(), parts[0], parts[1])


def _filled(call: Call, index: Index) -> Shares:
    """The number itself, but the value where the mask holds."""
    masked, condition = _is_true(call, "mask", index)
    shares = _taken(call, "value" if masked else "input", index)
    shares.factors = condition
    return shares


def _copied(call: Call, index: Index) -> Shares:
    """The number of the other tensor; nothing of what stood there before is left."""
    return _taken(call, "other", index)


def _copied_field(step: Step) -> torch.Tensor:
    other = step.call.named.get("other")
    if not isinstance(other, Ref):
        return nothing(step)
    part = step.known[other.index]
    return part.view(PLANES, *[1] * (len(step.node.shape) + 1 - part.ndim), *part.shape[1:])


def _constant(call: Call, index: Index) -> Shares:
    return Shares("a constant", [], call.number(call.node.index, index), note=_PUT_IN)


def _written(call: Call, index: Index) -> Shares:
    """The number that stands there after the writing: an old one or one of those that were written."""
    old, new = call.named.get("input"), call.named.get("value")
    sources = [one.index for one in (old, new) if isinstance(one, Ref)]
    starts, start = {}, 0
    for one in sources:
        starts[one] = start
        start += int(torch.Size(call.shape(one)).numel())

    def numbered(value: Any) -> torch.Tensor:  # noqa: ANN401 -- an argument
        if isinstance(value, Ref):
            shape = call.shape(value.index)
            first = starts[value.index]
            return torch.arange(first, first + torch.Size(shape).numel(), dtype=torch.float64).view(shape)
        shape = tuple(value.shape) if isinstance(value, torch.Tensor) else ()
        return torch.full(shape, -1.0, dtype=torch.float64)

    number = int(_after(call, numbered)[index])
    for one in reversed(sources):
        if number >= starts[one]:
            place = counted(number - starts[one], call.shape(one))
            value = call.number(one, place)
            return Shares(_SAME, [Share(one, place, value, value, 1.0)])
    return _constant(call, index)


def _after(call: Call, change: Callable[[Any], torch.Tensor]) -> torch.Tensor:
    """The tensor after the writing, had old and new held something else."""
    where = call.named.get("index")
    if references(where):
        raise NotCoveredError("where it writes is computed from the picture")
    written = change(call.named.get("input")).clone()
    where = mapped(where, lambda one: one.cpu() if isinstance(one, torch.Tensor) else one)
    written[where] = change(call.named.get("value"))
    return written


def _written_field(step: Step) -> torch.Tensor:
    """The writing itself, done on each plane of the intervals."""

    def plane_of(value: Any, plane: int) -> torch.Tensor:  # noqa: ANN401 -- an argument
        if isinstance(value, Ref):
            return step.known[value.index][plane].expand(step.call.shape(value.index))
        return torch.full(tuple(value.shape) if isinstance(value, torch.Tensor) else (), NEVER)

    planes = [_after(step.call, functools.partial(plane_of, plane=plane)) for plane in range(PLANES)]
    return torch.stack(planes)


def _compared(call: Call, index: Index, *, holds: Callable[[float, float], bool]) -> Shares:
    """1 or 0: the one share is of the first operand that comes from the picture, held against the other."""
    operands = [operand_at(call, name, index) for name in ("input", "other")]
    amount = float(holds(operands[0][2], operands[1][2]))
    (node, place, value), (other, where, against) = operands if operands[0][0] is not None else operands[::-1]
    if node is None:
        return Shares("a constant", [], amount)
    factors = [] if other is None else [Share(other, where, against, against)]
    return Shares("1 if it holds, else 0", [Share(node, place, amount, value)], factors=factors)


def _not(call: Call, index: Index) -> Shares:
    """1 for 0, and 0 for all else."""
    value = call.number(call.ref(), index)
    return Shares("1 for 0, else 0", [Share(call.ref(), index, float(not value), value)])


_COMPARED = {
    "gt": (operator.gt, "greater"), "ge": (operator.ge, "greater_equal"), "lt": (operator.lt, "less"),
    "le": (operator.le, "less_equal"), "eq": (operator.eq, "eq"), "ne": (operator.ne, "not_equal"),
    "logical_and": (lambda one, other: bool(one and other), "and"),
    "logical_or": (lambda one, other: bool(one or other), "or"),
}  # fmt: skip


def _chooses(_named: Arguments, moving: Sequence[str]) -> str:
    return "a choice by activations" if {"condition", "mask", "index"} & set(moving) else LINEAR


OPERATIONS = (
    Operation(
        name="where", arguments=_WHERE, reads=_WHERE, receipt=_where, field=_where_field, bend=_where_bend,
        factor_words="as this one says:",
    ),
    Operation(
        name="masked_fill", arguments=("input", "mask", "value"), reads=("input", "mask", "value"), receipt=_filled,
        field=_filled_field, bend=_chooses, factor_words="as this one says:",
    ),
    Operation(
        name="setitem", arguments=("input", "index", "value"), reads=("input", "value"), receipt=_written,
        field=_written_field, bend=_chooses,
    ),
    Operation(
        name="copy_", also=("copy",), arguments=("input", "other", "non_blocking"), reads=("input", "other"),
        receipt=_copied, field=_copied_field, bend=LINEAR,
    ),
    *(
        Operation(
            name=name, also=(other,) if other != name else (), arguments=("input", "other"), reads=("input", "other"),
            receipt=functools.partial(_compared, holds=holds), field=union, bend="a comparison",
        )
        for name, (holds, other) in _COMPARED.items()
    ),
    Operation(
        name="logical_not", also=("invert", "bitwise_not"), receipt=_not, field=same, bend="a comparison",
    ),
    *(
        Operation(
            name=name, also=(name.rstrip("_"),), arguments=("input", "value"), receipt=_constant, field=nothing,
            bend=LINEAR, constant=True,
        )
        for name in ("fill_", "zero_")
    ),
)  # fmt: skip
