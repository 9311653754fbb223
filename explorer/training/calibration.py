"""Probabilities that mean what they say, and a threshold for pictures unlike the training photographs.

Both are fitted on validation alone: one temperature for all logits (Guo et al. 2017, arXiv:1706.04599), and the
strangeness that 95 % of validation photographs stay below (energy: Liu et al. 2020, arXiv:2010.03759).
"""

from typing import Any

import torch

from explorer.data.cache import PictureSet
from explorer.data.labels import LabelSpace

KEPT_SHARE = 0.95  # of validation photographs that are not called strange


def calibrate(logits: torch.Tensor, pictures: PictureSet, space: LabelSpace) -> dict[str, Any]:
    """Temperature and threshold, with what they were fitted on; drawings are left out where there are photographs."""
    drawn = pictures.of_source("drawn")
    chosen = ~drawn if (~drawn).any() else drawn
    members = space.members()[pictures.rows[chosen]]
    temperature = fit_temperature(logits[chosen], members)
    strangeness = energy(logits[chosen], temperature)
    return {
        "temperature": round(temperature, 4),
        "strangeness": "energy",
        "strangeness_threshold": round(float(strangeness.quantile(KEPT_SHARE)), 4),
        "kept_share": KEPT_SHARE,
        "fitted_on": int(chosen.sum()),
    }


def fit_temperature(logits: torch.Tensor, members: torch.Tensor) -> float:
    """What the logits are to be divided by, for the smallest mean loss; 0.05 to 20, by golden section on its logarithm.

    Args:
        members: bool (N, classes): the classes that each picture's label stands for.
    """

    def loss(log_temperature: float) -> float:
        scaled = logits.double() / torch.tensor(log_temperature).exp()
        logs = scaled.log_softmax(1)
        return float(-logs.masked_fill(~members, -torch.inf).logsumexp(1).mean())

    ratio = (5**0.5 - 1) / 2
    low, high = torch.tensor([0.05, 20.0]).log().tolist()
    for _ in range(60):
        first, second = high - ratio * (high - low), low + ratio * (high - low)
        if loss(first) < loss(second):
            high = second
        else:
            low = first
    return float(torch.tensor((low + high) / 2).exp())


def energy(logits: torch.Tensor, temperature: float) -> torch.Tensor:
    """Strangeness (N,): -temperature * log of the sum of exp(logit / temperature)."""
    return -temperature * (logits / temperature).logsumexp(1)
