"""How good a network is, by source: top-1 and top-3, judged by the sum over each label's classes."""

from typing import Any

import torch

from explorer.data.cache import PictureSet
from explorer.data.labels import LabelSpace

Scores = dict[str, dict[str, float]]


def score(logits: torch.Tensor, pictures: PictureSet, space: LabelSpace) -> Scores:
    """For every source: pictures, top-1 and top-3 within its own label set, and top-1 among all classes.

    Args:
        logits: float32 (N, classes).
    """
    probabilities = logits.softmax(1)
    members = space.members()
    rows = space.rows()
    found = {}
    for source, labels in space.label_sets.items():
        chosen = pictures.of_source(source)
        if not chosen.any():
            continue
        of_source = [rows[source, label] for label in labels]
        sums = probabilities[chosen] @ members[of_source].float().T
        truth = torch.tensor([of_source.index(row) for row in pictures.rows[chosen].tolist()])
        order = sums.argsort(1, descending=True)
        best = probabilities[chosen].argmax(1)
        found[source] = {
            "pictures": int(chosen.sum()),
            "top1": float((order[:, 0] == truth).float().mean()),
            "top3": float((order[:, :3] == truth[:, None]).any(1).float().mean()),
            "top1_all_classes": float(members[pictures.rows[chosen]].gather(1, best[:, None]).float().mean()),
        }
    return found


def best_epoch(history: list[dict[str, Any]]) -> int:
    """The first of the epochs, counted from 1, whose mean validation top-1 over the sources is the highest."""
    means = [_mean_top1(line["validation"]) for line in history]
    return 1 + means.index(max(means))


def _mean_top1(scores: Scores) -> float:
    return sum(values["top1"] for values in scores.values()) / len(scores)
