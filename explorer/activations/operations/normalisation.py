"""Normalisation: batch norm with its kept statistics, and norms with the statistics of the very picture."""

import itertools
import math
from collections.abc import Sequence

import numpy as np
import torch

from explorer.activations.operations.call import Call, NotCoveredError, Share, Shares
from explorer.activations.operations.intervals import Step, looked_through, over
from explorer.activations.operations.record import LINEAR, PRODUCT, Arguments, Operation
from explorer.activations.units import Index

MOST_TOLD = 65_536  # numbers that a mean is taken apart into


def _setting(call: Call, name: str, place: Index, default: float) -> float:
    tensor = call.tensor(name)
    return default if tensor is None else float(tensor[place].double())


def _deviation(variance: float, call: Call) -> float:
    """What a normalisation divides by; torch gives an infinity or no number at all where it is 0."""
    squared = variance + float(call.get("eps", 1e-5))
    if not squared > 0:
        raise NotCoveredError(f"it divides by the root of variance + ε, which is {squared:g}")
    return math.sqrt(squared)


def _batch_norm(call: Call, index: Index) -> Shares:
    """One share, value × scale; the bias is what is left of mean and shift.

    With the statistics of the very picture it is what `_among` gives for all numbers of the channel.
    """
    mean, variance = call.tensor("running_mean"), call.tensor("running_var")
    if call.get("training", False) or mean is None or variance is None:
        shape = call.shape_of()
        ranges = [range(size) if at != 1 else range(index[1], index[1] + 1) for at, size in enumerate(shape)]
        return _among(call, index, ranges, index[1])
    source, channel = call.ref(), index[1:2]
    deviation = _deviation(float(variance[channel].double()), call)
    scale = _setting(call, "weight", channel, 1.0) / deviation
    shift, moved = _setting(call, "bias", channel, 0.0), float(mean[channel].double()) * scale
    value = call.number(source, index)
    formula = "value × scale + shift, with scale = weight / √(variance + ε), shift = bias − mean × scale"
    shares = [Share(source, index, value * scale, value, scale)]
    return Shares(formula, shares, shift - moved, magnitude=abs(shift) + abs(moved))


def _batch_norm_bend(named: Arguments, moving: Sequence[str]) -> str:
    if named.get("training", False) or named.get("running_mean") is None:
        return "batch normalisation with statistics of this picture"
    return PRODUCT if len(moving) > 1 else LINEAR


def _batch_norm_field(step: Step) -> torch.Tensor:
    if step.call.get("training", False):
        return over(step, [at for at in range(len(step.source_shape)) if at != 1])
    return step.source


def _layer_norm(call: Call, index: Index) -> Shares:
    """One share an input of the row: the mean is made of all of them; the deviation is taken as a number."""
    source, shape = call.ref(), call.get("normalized_shape")
    cut = len(index) - (1 if isinstance(shape, int) else len(shape))
    head, place = index[:cut], index[cut:]
    row = call.output(source)[head].double().cpu()
    deviation = _deviation(float(row.var(correction=0)), call)
    gain = _setting(call, "weight", place, 1.0) / deviation
    weights = torch.full_like(row, -gain / row.numel())
    weights[place] += gain
    places = itertools.product(*(range(size) for size in row.shape))
    columns = [numbers.flatten().tolist() for numbers in (row * weights, row, weights)]
    shares = [Share(source, (*head, *where), *numbers) for where, *numbers in zip(places, *columns, strict=True)]
    formula = f"(value − mean) / {deviation:.9g} × weight + bias; the mean taken apart into its {row.numel()} values"
    return Shares(formula, shares, _setting(call, "bias", place, 0.0))


def _layer_norm_field(step: Step) -> torch.Tensor:
    shape = step.call.get("normalized_shape")
    count = 1 if isinstance(shape, int) else len(shape)
    return over(step, range(-count, 0))


def _block(call: Call, ranges: list[range]) -> tuple[torch.Tensor, float]:
    """The numbers that are normalised together, float64, and their standard deviation."""
    cut = tuple(slice(one.start, one.stop) for one in ranges)
    block = call.output(call.ref())[cut].double().cpu()
    return block, math.sqrt(float(block.var(correction=0)) + float(call.get("eps", 1e-5)))


def _among(call: Call, index: Index, ranges: list[range], channel: int) -> Shares:
    """One share a number that is normalised with it; the mean is made of all, the deviation is taken as a number.

    Of a block too large to be told number by number the mean is taken as a number too.
    """
    block, deviation = _block(call, ranges)
    gain = _setting(call, "weight", (channel,), 1.0) / deviation
    bias, source, count = _setting(call, "bias", (channel,), 0.0), call.ref(), block.numel()
    own = tuple(place - one.start for place, one in zip(index, ranges, strict=True))
    value, mean = float(block[own]), float(block.mean())
    if count > MOST_TOLD:
        formula = f"(value − {mean:.9g}) / {deviation:.9g} × weight + bias; the mean and deviation of {count:,} numbers"
        own_share = [Share(source, index, value * gain, value, gain)]
        return Shares(formula, own_share, bias - mean * gain, magnitude=abs(bias) + abs(mean * gain))
    weights = torch.full_like(block, -gain / count)
    weights[own] += gain
    columns = [numbers.flatten().tolist() for numbers in (block * weights, block, weights)]
    places = itertools.product(*ranges)
    shares = [Share(source, place, *numbers) for place, *numbers in zip(places, *columns, strict=True)]
    formula = f"(value − mean) / {deviation:.9g} × weight + bias; the mean taken apart into its {count:,} values"
    return Shares(formula, shares, bias)


def _group_norm(call: Call, index: Index) -> Shares:
    shape, channel = call.shape_of(), index[1]
    per_group = shape[1] // int(call.get("num_groups"))
    first = channel // per_group * per_group
    ranges = [range(index[0], index[0] + 1), range(first, first + per_group), *map(range, shape[2:])]
    return _among(call, index, ranges, channel)


def _group_field(step: Step) -> torch.Tensor:
    """All of the group's channels, everywhere."""
    groups, intervals = int(step.call.get("num_groups")), over(step, range(2, len(step.source_shape)))
    if intervals.shape[2] == 1:
        return intervals
    per_group = intervals.shape[2] // groups
    by_group = intervals.reshape(*intervals.shape[:2], groups, per_group, *intervals.shape[3:]).amax(dim=3)
    return by_group.repeat_interleave(per_group, dim=2)


def _instance_norm(call: Call, index: Index) -> Shares:
    """With the statistics of each map, or with kept ones, as a batch norm."""
    if not call.named.get("use_input_stats", True):
        return _batch_norm(call, index)
    shape = call.shape_of()
    ranges = [range(place, place + 1) for place in index[:2]] + [range(size) for size in shape[2:]]
    return _among(call, index, ranges, index[1])


def _instance_field(step: Step) -> torch.Tensor:
    return over(step, range(2, len(step.source_shape))) if step.call.named.get("use_input_stats", True) else step.source


def _instance_bend(named: Arguments, moving: Sequence[str]) -> str:
    own = named.get("use_input_stats", True)
    return "instance normalisation" if own else PRODUCT if len(moving) > 1 else LINEAR


def _rms_norm(call: Call, index: Index) -> Shares:
    """One share: the number over the root of its row's mean square, which is taken as a number, times its weight."""
    source, shape = call.ref(), call.get("normalized_shape")
    cut = len(index) - (1 if isinstance(shape, int) else len(shape))
    row = call.output(source)[index[:cut]]
    eps = float(call.get("eps", torch.finfo(row.dtype).eps))
    length = math.sqrt(float(row.double().square().mean()) + eps)
    value, gain = call.number(source, index), _setting(call, "weight", index[cut:], 1.0) / length
    formula = f"value / {length:.9g} × weight, over the root of the mean square of {row.numel():,} numbers"
    return Shares(formula, [Share(source, index, value * gain, value, gain)])


def _neighbours(call: Call, channel: int) -> range:
    """The channels that a response is normalised by."""
    size = int(call.get("size"))
    return range(max(0, channel - size // 2), min(call.shape_of()[1], channel + (size - 1) // 2 + 1))


def _response_norm(call: Call, index: Index) -> Shares:
    """One share: the number over (k + α × mean square of the channels around it)^β, taken as a number."""
    source, size, channels = call.ref(), int(call.get("size")), _neighbours(call, index[1])
    column = call.output(source)[index[0]].movedim(0, -1)[index[2:]]
    around = column[channels.start : channels.stop].double()
    alpha, beta, k = (float(call.get(name, usual)) for name, usual in (("alpha", 1e-4), ("beta", 0.75), ("k", 1.0)))
    divisor = (k + alpha * float(around.square().sum()) / size) ** beta
    value = call.number(source, index)
    formula = f"value / {divisor:.9g}, which is (k + α × mean square of {size} channels)^β"
    return Shares(formula, [Share(source, index, value / divisor, value, 1 / divisor)])


def _response_field(step: Step) -> torch.Tensor:
    channels = step.node.shape[1]
    around = [_neighbours(step.call, channel) for channel in range(channels)]
    longest = max(map(len, around))
    cells = np.array([[*one, *[one[-1]] * (longest - len(one))] for one in around])
    return looked_through(step, step.source, 2 - step.source.ndim, cells, edges=False)


OPERATIONS = (
    Operation(
        name="batch_norm",
        arguments=("input", "running_mean", "running_var", "weight", "bias", "training", "momentum", "eps"),
        receipt=_batch_norm,
        field=_batch_norm_field,
        bend=_batch_norm_bend,
        again=lambda named: "never" if named.get("training") else "tried",  # else it would count the picture once more
        bias_word="shift",
    ),
    Operation(
        name="layer_norm",
        arguments=("input", "normalized_shape", "weight", "bias", "eps", "cudnn_enable"),
        receipt=_layer_norm,
        field=_layer_norm_field,
        bend="layer normalisation",
    ),
    Operation(
        name="group_norm", arguments=("input", "num_groups", "weight", "bias", "eps"), receipt=_group_norm,
        field=_group_field, bend="group normalisation",
    ),
    Operation(
        name="instance_norm",
        arguments=(
            "input", "running_mean", "running_var", "weight", "bias", "use_input_stats", "momentum", "eps",
        ),
        receipt=_instance_norm, field=_instance_field, bend=_instance_bend,
    ),
    Operation(
        name="rms_norm", arguments=("input", "normalized_shape", "weight", "eps"), receipt=_rms_norm,
        field=_layer_norm_field, bend="root-mean-square normalisation",
    ),
    Operation(
        name="local_response_norm", arguments=("input", "size", "alpha", "beta", "k"), receipt=_response_norm,
        field=_response_field, bend="response normalisation",
    ),
)  # fmt: skip
