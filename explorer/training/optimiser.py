"""Optimisers with their parameter groups, and schedules of the learning rate."""

import math
from typing import Any

import torch

from explorer.training.options import Options
from explorer.training.transfer import LayerGroup


def parameter_groups(
    groups: list[LayerGroup], weight_decay: float, layer_decay: float = 1.0, body: float = 1.0
) -> list[dict[str, Any]]:
    """Two groups a layer group: weights, which decay; norms and biases (one dimension), which do not.

    Args:
        layer_decay: each layer group has the rate of the next one times this, so the head has the full rate.
        body: and all but the head that times this.
    """
    found = []
    for index, group in enumerate(groups):
        parameters, factor = group.parameters(), layer_decay ** (len(groups) - 1 - index)
        factor *= body if index < len(groups) - 1 else 1.0
        for chosen, decay in (
            ([parameter for parameter in parameters if parameter.ndim > 1], weight_decay),
            ([parameter for parameter in parameters if parameter.ndim <= 1], 0.0),
        ):
            if chosen:
                found.append({"params": chosen, "weight_decay": decay, "factor": factor, "name": group.name})
    return found


def make_optimiser(groups: list[LayerGroup], options: Options) -> torch.optim.Optimizer:
    """SGD with Nesterov momentum, or AdamW; the rate is set at each step by `set_rate`."""
    parameters = parameter_groups(groups, options.weight_decay, options.layer_decay, options.body)
    if options.optimiser == "adamw":
        return torch.optim.AdamW(parameters, lr=options.rate)
    return torch.optim.SGD(parameters, lr=options.rate, momentum=options.momentum, nesterov=options.momentum > 0)


def rate_factor(progress: float, schedule: str, warmup: float) -> float:
    """Share of the highest rate, 0 to 1, at a point of the run.

    Args:
        progress: 0 at the first step, below 1 at the last.
        warmup: share of the run during which the rate rises linearly.
    """
    if progress < warmup:
        start = 0.04 if schedule == "one-cycle" else 0.0
        return start + (1 - start) * progress / warmup
    rest = (progress - warmup) / (1 - warmup) if warmup < 1 else 1.0
    if schedule in {"cosine", "one-cycle"}:
        floor = 0.0005 if schedule == "one-cycle" else 0.0
        return floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * rest))
    if schedule == "step":
        return 0.1 ** min(2, int(rest * 3))
    return 1.0


def set_rate(optimiser: torch.optim.Optimizer, rate: float) -> None:
    """Gives each group its share of the rate."""
    for group in optimiser.param_groups:
        group["lr"] = rate * group["factor"]
