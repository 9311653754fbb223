"""When classes or sources are unequal: weights in the loss, repeats, or a balanced order."""

import json

import torch

from explorer.data.cache import PictureSet
from explorer.errors import ModelError


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


def shown_pictures(pictures: PictureSet, repeat: str) -> torch.Tensor:
    """Indices that one epoch shows, int64 (M,): each picture once, those of a repeated source more often.

    Args:
        repeat: JSON, source -> how often; empty for none.

    Raises:
        ModelError: no JSON of that form, or a source that is not there.
    """
    try:
        table = json.loads(repeat or "{}")
        times = {str(source): int(count) for source, count in table.items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise ModelError(f'repeat is {repeat!r}; JSON such as {{"clothing": 2}} is expected.') from error
    known = {item.source for item in pictures.items}
    for source, count in times.items():
        if source not in known or not 1 <= count <= 100:
            raise ModelError(
                f"repeat: {source!r} {count} times; sources are {', '.join(sorted(known))}, times 1 to 100."
            )
    parts = [torch.arange(len(pictures))]
    parts += [pictures.of_source(source).nonzero().flatten().repeat(count - 1) for source, count in times.items()]
    return torch.cat(parts)
