"""Normalisation: batch norm with its kept statistics, and norms with the statistics of the very picture."""

import itertools
import math
from collections.abc import Sequence

import torch

from explorer.activations.operations.call import Call, NotCoveredError, Share, Shares
from explorer.activations.operations.intervals import Step, over
from explorer.activations.operations.record import LINEAR, PRODUCT, Arguments, Operation
from explorer.activations.units import Index


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
    """One share, value × scale; the bias is what is left of mean and shift."""
    mean, variance = call.tensor("running_mean"), call.tensor("running_var")
    if call.get("training", False) or mean is None or variance is None:
        raise NotCoveredError("it normalises with the statistics of this very picture")
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


OPERATIONS = (
    Operation(
        name="batch_norm",
        arguments=("input", "running_mean", "running_var", "weight", "bias", "training", "momentum", "eps"),
        receipt=_batch_norm,
        field=_batch_norm_field,
        bend=_batch_norm_bend,
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
        name="group_norm", arguments=("input", "num_groups", "weight", "bias", "eps"), bend="group normalisation"
    ),
    Operation(
        name="instance_norm",
        arguments=(
            "input", "running_mean", "running_var", "weight", "bias", "use_input_stats", "momentum", "eps",
        ),
        bend="instance normalisation",
    ),
    Operation(
        name="local_response_norm", arguments=("input", "size", "alpha", "beta", "k"), bend="response normalisation"
    ),
)  # fmt: skip
