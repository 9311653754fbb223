"""Optimisers with their parameter groups, and schedules of the learning rate."""

import math
from collections.abc import Iterable

import torch
from torch import nn

from explorer.training.options import Options


def parameter_groups(model: nn.Module, weight_decay: float) -> list[dict[str, object]]:
    """Trainable parameters in two groups: weights decay; norms and biases (one dimension) do not."""
    trainable = [parameter for parameter in model.parameters() if parameter.requires_grad]
    decayed = [parameter for parameter in trainable if parameter.ndim > 1]
    others = [parameter for parameter in trainable if parameter.ndim <= 1]
    groups: Iterable[tuple[list[nn.Parameter], float]] = ((decayed, weight_decay), (others, 0.0))
    return [{"params": chosen, "weight_decay": decay, "factor": 1.0} for chosen, decay in groups if chosen]


def make_optimiser(model: nn.Module, options: Options) -> torch.optim.Optimizer:
    """SGD with Nesterov momentum, or AdamW; the rate is set at each step by `set_rate`."""
    groups = parameter_groups(model, options.weight_decay)
    if options.optimiser == "adamw":
        return torch.optim.AdamW(groups, lr=options.rate)
    return torch.optim.SGD(groups, lr=options.rate, momentum=options.momentum, nesterov=options.momentum > 0)


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
    if schedule in ("cosine", "one-cycle"):
        floor = 0.0005 if schedule == "one-cycle" else 0.0
        return floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * rest))
    if schedule == "step":
        return 0.1 ** min(2, int(rest * 3))
    return 1.0


def set_rate(optimiser: torch.optim.Optimizer, rate: float) -> None:
    """Gives each group its share of the rate."""
    for group in optimiser.param_groups:
        group["lr"] = rate * group["factor"]
