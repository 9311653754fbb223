"""Operations that make one number of many along some dimensions: means, sums, maxima."""

import functools
import itertools

import torch

from explorer.activations.operations.call import Call, NotCoveredError, Share, Shares
from explorer.activations.operations.intervals import Step, over
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
    weight = 1.0 / len(block) if mean else 1.0
    places = itertools.product(*ranges)
    shares = [Share(source, place, value * weight, value, weight) for place, value in zip(places, block, strict=True)]
    return Shares(f"Σ / {len(block)}" if mean else "Σ", shares)


def field(step: Step) -> torch.Tensor:
    """Each number is made of all that were taken together."""
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
    Operation(name="max", arguments=_ALONG, bend="a maximum"),
    Operation(name="amax", arguments=_ALONG, bend="a maximum"),
    Operation(name="maximum", arguments=("input", "other"), reads=("input", "other"), bend="a maximum"),
)  # fmt: skip
