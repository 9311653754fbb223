"""When classes are unequal: weights in the loss, or an order that draws every label equally often."""

import torch


def example_weights(rows: torch.Tensor, weighting: str) -> torch.Tensor | None:
    """Weight of each picture in the loss, float32 (N,), of mean 1; None for none.

    Args:
        rows: label of each picture, int64 (N,).
        weighting: none; balanced, 1 / count of its label; root, 1 / square root of the count.
    """
    if weighting == "none":
        return None
    counts = torch.bincount(rows).clamp(min=1).float()
    weights = (1 / counts if weighting == "balanced" else counts.rsqrt())[rows]
    return weights / weights.mean()


def picture_order(rows: torch.Tensor, sampler: str, generator: torch.Generator) -> torch.Tensor:
    """Indices of one epoch, int64 (N,): each once in random order, or drawn so that labels are equally likely."""
    if sampler == "shuffle":
        return torch.randperm(len(rows), generator=generator)
    chances = (1 / torch.bincount(rows).clamp(min=1).double())[rows]
    return torch.multinomial(chances, len(rows), replacement=True, generator=generator)
