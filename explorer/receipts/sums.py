"""Operations that add and multiply: linear layers, normalisation, residual additions, gates, means."""

import functools
import itertools
import math

import torch

from explorer.activations.nodes import Ref
from explorer.activations.operations import NotCoveredError
from explorer.activations.units import Index
from explorer.receipts.call import Call, Rule, Share, Shares


def _number(tensor: torch.Tensor | None, place: Index, default: float) -> float:
    return default if tensor is None else float(tensor[place].double())


def _deviation(variance: float, call: Call) -> float:
    """What a normalisation divides by; torch gives an infinity or no number at all where it is 0."""
    squared = variance + float(call.get("eps", 1e-5))
    if not squared > 0:
        raise NotCoveredError(f"it divides by the root of variance + ε, which is {squared:g}")
    return math.sqrt(squared)


def _linear(call: Call, index: Index) -> Shares:
    """One share an input: value × weight."""
    source = call.ref()
    values = call.output(source)[index[:-1]].double().cpu()
    weights = call.weight()[index[-1]].double().cpu()
    table = zip((values * weights).tolist(), values.tolist(), weights.tolist(), strict=True)
    shares = [Share(source, (*index[:-1], place), *numbers) for place, numbers in enumerate(table)]
    return Shares("Σ value × weight + bias", shares, _number(call.tensor("bias"), index[-1:], 0.0))


def _batch_norm(call: Call, index: Index) -> Shares:
    """One share, value × scale; the bias is what is left of mean and shift."""
    mean, variance = call.tensor("running_mean"), call.tensor("running_var")
    if call.get("training", False) or mean is None or variance is None:
        raise NotCoveredError("it normalises with the statistics of this very picture")
    source, channel = call.ref(), index[1:2]
    deviation = _deviation(_number(variance, channel, 1.0), call)
    scale = _number(call.tensor("weight"), channel, 1.0) / deviation
    shift, moved = _number(call.tensor("bias"), channel, 0.0), _number(mean, channel, 0.0) * scale
    value = call.number(source, index)
    formula = "value × scale + shift, with scale = weight / √(variance + ε), shift = bias − mean × scale"
    shares = [Share(source, index, value * scale, value, scale)]
    return Shares(formula, shares, shift - moved, bias_magnitude=abs(shift) + abs(moved))


def _layer_norm(call: Call, index: Index) -> Shares:
    """One share an input of the row: the mean is made of all of them; the deviation is taken as a number."""
    source, shape = call.ref(), call.get("normalized_shape")
    cut = len(index) - (1 if isinstance(shape, int) else len(shape))
    head, place = index[:cut], index[cut:]
    row = call.output(source)[head].double().cpu()
    deviation = _deviation(float(row.var(correction=0)), call)
    gain = _number(call.tensor("weight"), place, 1.0) / deviation
    weights = torch.full_like(row, -gain / row.numel())
    weights[place] += gain
    places = itertools.product(*(range(size) for size in row.shape))
    columns = [numbers.flatten().tolist() for numbers in (row * weights, row, weights)]
    shares = [Share(source, (*head, *where), *numbers) for where, *numbers in zip(places, *columns, strict=True)]
    formula = f"(value − mean) / {deviation:.9g} × weight + bias; the mean taken apart into its {row.numel()} values"
    return Shares(formula, shares, _number(call.tensor("bias"), place, 0.0))


def _operand(call: Call, name: str, index: Index) -> tuple[int | None, Index, float]:
    """Node (None for a constant), place and number that an operand has there, after broadcasting."""
    value = call.operand(name)
    if isinstance(value, Ref):
        place = _broadcast(index, call.shape(value.index))
        return value.index, place, call.number(value.index, place)
    if isinstance(value, torch.Tensor):
        place = _broadcast(index, tuple(value.shape))
        return None, place, _number(value, place, 0.0)
    return None, (), float(value)


def _broadcast(index: Index, shape: tuple[int, ...]) -> Index:
    tail = index[len(index) - len(shape) :]
    return tuple(0 if size == 1 else place for place, size in zip(tail, shape, strict=True))


def _combined(call: Call, index: Index, *, formula: str, weights: tuple[float, float], alpha: int) -> Shares:
    """weights[0] × input + weights[1] × other; torch's alpha belongs to the operand with that number."""
    shares, bias = [], 0.0
    for number, (name, weight) in enumerate(zip(("input", "other"), weights, strict=True)):
        node, place, value = _operand(call, name, index)
        factor = weight * float(call.get("alpha", 1)) if number == alpha else weight
        if node is None:
            bias += value * factor
        else:
            shares.append(Share(node, place, value * factor, value, factor))
    return Shares(formula, shares, bias)


def _mul(call: Call, index: Index) -> Shares:
    """One share, of the larger operand; the other is its weight, or, if it is an activation too, its factor."""
    operands = [_operand(call, name, index) for name in ("input", "other")]
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
    node, place, value = _operand(call, "input", index)
    gate, where, divisor = _operand(call, "other", index)
    if node is None or divisor == 0:
        raise NotCoveredError("it divides by zero, or its dividend does not come from the picture")
    factors = [] if gate is None else [Share(gate, where, divisor, divisor)]
    return Shares("value / divisor", [Share(node, place, value / divisor, value, 1 / divisor)], factors=factors)


def _over_dimensions(call: Call, index: Index, *, mean: bool) -> Shares:
    if call.get("dtype", torch.float32) not in {torch.float32, torch.float64}:
        raise NotCoveredError(f"it works in {call.get('dtype')}")
    source = call.ref()
    shape = call.shape(source)
    given = call.get("dim", ())
    chosen = {one % len(shape) for one in ((given,) if isinstance(given, int) else given)} or set(range(len(shape)))
    short = len(index) < len(shape)
    left = iter(index if short else [one for dimension, one in enumerate(index) if dimension not in chosen])
    ranges = []
    for dimension, size in enumerate(shape):
        start = 0 if dimension in chosen else next(left)
        ranges.append(range(start, size if dimension in chosen else start + 1))
    block = call.output(source)[tuple(slice(one.start, one.stop) for one in ranges)].double().flatten().tolist()
    weight = 1.0 / len(block) if mean else 1.0
    places = itertools.product(*ranges)
    shares = [Share(source, place, value * weight, value, weight) for place, value in zip(places, block, strict=True)]
    return Shares(f"Σ / {len(block)}" if mean else "Σ", shares)


RULES: dict[str, Rule] = {
    "linear": _linear,
    "batch_norm": _batch_norm,
    "layer_norm": _layer_norm,
    "add": functools.partial(_combined, formula="a + b", weights=(1.0, 1.0), alpha=1),
    "sub": functools.partial(_combined, formula="a − b", weights=(1.0, -1.0), alpha=1),
    "rsub": functools.partial(_combined, formula="b − a", weights=(-1.0, 1.0), alpha=0),
    "mul": _mul,
    "div": _div,
    "mean": functools.partial(_over_dimensions, mean=True),
    "sum": functools.partial(_over_dimensions, mean=False),
}
