"""MixUp (Zhang et al. 2018) and CutMix (Yun et al. 2019): two photographs in one, and a loss for both labels."""

from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Mix:
    """How the photographs of a batch are mixed."""

    partner: torch.Tensor  # int64 (N,): whose pixels come in
    share: float  # of the photograph's own pixels, and of its label in the loss
    rectangle: tuple[float, float, float, float] | None  # CutMix: top, bottom, left, right as shares; MixUp: None


def draw_mix(count: int, mixup: float, cutmix: float, generator: torch.Generator) -> Mix | None:
    """One mix for a batch, or None where both are off. With both, a coin decides.

    Args:
        mixup, cutmix: alpha of the Beta(alpha, alpha) that the share is drawn from; 0 is off.
    """
    if not (mixup or cutmix) or count < 2:
        return None
    coin = float(torch.rand(1, generator=generator))
    cut = bool(cutmix) and (not mixup or coin < 0.5)
    share = _beta(cutmix if cut else mixup, generator)
    partner = torch.randperm(count, generator=generator)
    if not cut:
        return Mix(partner, share, None)
    side = (1 - share) ** 0.5
    top, left = (float(value) * (1 - side) for value in torch.rand(2, generator=generator))
    return Mix(partner, share, (top, top + side, left, left + side))


def mix_pixels(batch: torch.Tensor, partner: torch.Tensor, mix: Mix) -> tuple[torch.Tensor, float]:
    """The mixed batch, and the share of each photograph's own pixels as it came out in whole pixels.

    Args:
        batch, partner: photographs (N, C, H, W), and for each the one that is mixed in.
    """
    if mix.rectangle is None:
        return batch * mix.share + partner * (1 - mix.share), mix.share
    height, width = batch.shape[-2:]
    top, bottom, left, right = mix.rectangle
    rows, columns = slice(round(top * height), round(bottom * height)), slice(round(left * width), round(right * width))
    mixed = batch.clone()
    mixed[..., rows, columns] = partner[..., rows, columns]
    cut = (rows.stop - rows.start) * (columns.stop - columns.start)
    return mixed, 1 - cut / (height * width)


def _beta(alpha: float, generator: torch.Generator) -> float:
    """A draw from Beta(alpha, alpha), from a generator of our own (torch's Beta takes none)."""
    first, second = (_gamma(alpha, generator) for _ in range(2))
    return first / (first + second) if first + second > 0 else 0.5


def _gamma(alpha: float, generator: torch.Generator) -> float:
    """A draw from Gamma(alpha): Marsaglia and Tsang 2000, with the usual step for alpha below 1."""
    boost = float(torch.rand(1, generator=generator)) ** (1 / alpha) if alpha < 1 else 1.0
    d = (alpha + 1 if alpha < 1 else alpha) - 1 / 3
    c = (9 * d) ** -0.5
    while True:
        normal = float(torch.randn(1, generator=generator))
        cube = (1 + c * normal) ** 3
        uniform = float(torch.rand(1, generator=generator).clamp(min=1e-12))
        if cube > 0 and torch.tensor(uniform).log() < 0.5 * normal**2 + d * (1 - cube + torch.tensor(cube).log()):
            return d * cube * boost
