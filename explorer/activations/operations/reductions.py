"""Operations that make one number of many along some dimensions: means, sums, maxima."""

import functools
import itertools
import math
from collections.abc import Sequence

import torch

from explorer.activations.nodes import Ref
from explorer.activations.operations.arithmetic import extreme_of_two
from explorer.activations.operations.call import Call, NotCoveredError, Share, Shares
from explorer.activations.operations.intervals import Step, over, union
from explorer.activations.operations.record import LINEAR, Operation
from explorer.activations.units import Index


def reduced(call: Call, count: int) -> list[int]:
    """The dimensions, of `count`, that the operation takes together, in order; all unless it is told."""
    given = call.get("dim", ())
    chosen = {one % count for one in ((given,) if isinstance(given, int) else given)}
    return sorted(chosen) or list(range(count))


def _block(call: Call, index: Index) -> tuple[list[range], list[float]]:
    """Where the numbers that make one number stand, along each dimension, and the numbers in that order."""
    source = call.ref()
    shape = call.shape(source)
    chosen = reduced(call, len(shape))
    short = len(index) < len(shape)
    left = iter(index if short else [one for dimension, one in enumerate(index) if dimension not in chosen])
    ranges = []
    for dimension, size in enumerate(shape):
        start = 0 if dimension in chosen else next(left)
        ranges.append(range(start, size if dimension in chosen else start + 1))
    cut = call.output(source)[tuple(slice(one.start, one.stop) for one in ranges)]
    return ranges, cut.double().flatten().tolist()


def _added(call: Call, index: Index, *, mean: bool) -> Shares:
    if call.get("dtype", torch.float32) not in {torch.float32, torch.float64}:
        raise NotCoveredError(f"it works in {call.get('dtype')}")
    source = call.ref()
    ranges, block = _block(call, index)
    if mean and not block:
        return Shares("Σ / 0", [], math.nan)
    weight = 1.0 / len(block) if mean else 1.0
    places = itertools.product(*ranges)
    shares = [Share(source, place, value * weight, value, weight) for place, value in zip(places, block, strict=True)]
    return Shares(f"Σ / {len(block)}" if mean else "Σ", shares)


def _is_pair(call: Call) -> bool:
    """Whether `torch.max(a, b)` was called, which is `torch.maximum`."""
    return isinstance(call.named.get("dim"), Ref | torch.Tensor)


def _extreme(call: Call, index: Index, *, sign: float) -> Shares:
    """One share, of the largest of all, or the smallest if sign is −1; a number that is none wins."""
    if _is_pair(call):  # torch.max(a, b) is torch.maximum
        pair = Call(call.trace, call.node, {"input": call.named["input"], "other": call.named["dim"]})
        return extreme_of_two(pair, index, sign=sign)
    ranges, block = _block(call, index)
    won = max(range(len(block)), key=lambda at: (math.isnan(block[at]), sign * block[at]))
    place = next(itertools.islice(itertools.product(*ranges), won, None))
    share = Share(call.ref(), place, block[won], block[won], 1.0)
    words = "the largest" if sign > 0 else "the smallest"
    return Shares(f"{words} of {len(block)}", [share], note=f"It won against {len(block) - 1} others.")


def _spread(call: Call, index: Index, *, root: bool) -> Shares:
    """One share a number, its squared distance from the mean over the count less the correction."""
    ranges, block = _block(call, index)
    correction = call.get("correction", 1)
    unbiased = call.named.get("unbiased", True)
    count = len(block) - (int(correction) if unbiased else 0)
    if count < 1:
        raise NotCoveredError("it has too few numbers")
    mean = math.fsum(block) / len(block)
    parts = [(value - mean) ** 2 / count for value in block]
    total = math.fsum(parts)
    scale = 1 / math.sqrt(total) if root and total > 0 else 1.0
    shares = [
        Share(call.ref(), place, part * scale, value)
        for place, part, value in zip(itertools.product(*ranges), parts, block, strict=True)
    ]
    formula = f"Σ (value − {mean:.9g})² / {count}"
    return Shares(f"{formula}, over its own root" if root else formula, shares)


def _length(call: Call, index: Index) -> Shares:
    """One share a number: value × what it weighs in the length, ±(|v| / length) to the power of p − 1."""
    power = _power_of(call)
    ranges, block = _block(call, index)
    length = _length_of(block, power)
    places = itertools.product(*ranges)
    if power == math.inf:
        won = max(range(len(block)), key=lambda at: abs(block[at]))
        weights = [math.copysign(1.0, value) if at == won else 0.0 for at, value in enumerate(block)]
    else:
        weights = [
            math.copysign((abs(value) / length) ** (power - 1), value) if value and length else 0.0 for value in block
        ]
    shares = [
        Share(call.ref(), place, value * weight, value, weight)
        for place, value, weight in zip(places, block, weights, strict=True)
        if weight
    ]
    return Shares(f"Σ value × ±(|value| / {length:.9g})^{power - 1:g}", shares)


def _power_of(call: Call) -> float:
    power = call.get("p", call.get("ord", 2))
    if power == "fro":
        return 2.0
    if not isinstance(power, int | float) or power < 1:
        raise NotCoveredError(f"it is of the kind {power!r}")
    return float(power)


def _length_of(block: Sequence[float], power: float) -> float:
    largest = max((abs(value) for value in block), default=0.0)
    if power == math.inf or largest == 0:
        return largest
    return largest * math.fsum((abs(value) / largest) ** power for value in block) ** (1 / power)


def _normalized(call: Call, index: Index) -> Shares:
    """One share: the number over the length of its row, which is taken as a number."""
    source = call.ref()
    dimension = int(call.get("dim", 1)) % len(index)
    cut = tuple(slice(None) if at == dimension else place for at, place in enumerate(index))
    row = call.output(source)[cut].double().tolist()
    length = max(_length_of(row, _power_of(call)), float(call.get("eps", 1e-12)))
    value = row[index[dimension]]
    share = Share(source, index, value / length, value, 1 / length)
    return Shares(f"value / {length:.9g}, the length of {len(row)} numbers", [share])


def _normalized_field(step: Step) -> torch.Tensor:
    return over(step, [int(step.call.get("dim", 1))])


def field(step: Step) -> torch.Tensor:
    """Each number is made of all that were taken together."""
    if _is_pair(step.call):
        return union(step)
    count = len(step.source_shape)
    chosen = reduced(step.call, count)
    intervals = over(step, chosen)
    if len(step.node.shape) == count:
        return intervals
    return intervals.squeeze(tuple(one + 1 for one in chosen))


_ALONG = ("input", "dim", "keepdim")

OPERATIONS = (
    Operation(
        name="mean", arguments=_ALONG, by_name_alone=("dtype",), receipt=functools.partial(_added, mean=True),
        field=field, bend=LINEAR, pools=True,
    ),
    Operation(
        name="sum", arguments=_ALONG, by_name_alone=("dtype",), receipt=functools.partial(_added, mean=False),
        field=field, bend=LINEAR,
    ),
    *(
        Operation(
            name=name, arguments=_ALONG, reads=("input", "dim"), receipt=functools.partial(_extreme, sign=sign),
            field=field, bend=words, pools=True,
        )
        for name, sign, words in (
            ("max", 1.0, "a maximum"), ("amax", 1.0, "a maximum"), ("min", -1.0, "a minimum"),
            ("amin", -1.0, "a minimum"),
        )
    ),
    *(
        Operation(
            name=name, arguments=("input", "dim", "unbiased", "keepdim"), by_name_alone=("correction",),
            receipt=functools.partial(_spread, root=root), field=field, bend=words,
        )
        for name, root, words in (("var", False, "a variance"), ("std", True, "a standard deviation"))
    ),
    Operation(
        name="norm", arguments=("input", "p", "dim", "keepdim", "out", "dtype"), receipt=_length, field=field,
        bend="a length",
    ),
    *(
        Operation(
            name=name, arguments=("input", "ord", "dim", "keepdim"), receipt=_length, field=field, bend="a length",
        )
        for name in ("linalg_norm", "linalg_vector_norm")
    ),
    Operation(
        name="normalize", arguments=("input", "p", "dim", "eps"), receipt=_normalized, field=_normalized_field,
        bend="a division by a length",
    ),
)  # fmt: skip
