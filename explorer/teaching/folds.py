"""Which photographs are held out together: each class spread evenly, those that are nearly the same in one fold."""

from collections.abc import Sequence

import torch

FOLDS = 5


def spread_folds(truth: Sequence[int], groups: Sequence[int], folds: int = FOLDS) -> torch.Tensor:
    """The fold of each photograph, int64 (N,); -1 for those of a class whose photographs are all nearly the same.

    Such a class cannot be judged: held out, nothing of it would be left to learn.

    Args:
        truth: class indices.
        groups: photographs of one number are nearly the same, from explorer.data.duplicates.
    """
    members: dict[int, list[int]] = {}
    for place, group in enumerate(groups):
        members.setdefault(group, []).append(place)
    of_class: dict[int, list[list[int]]] = {}
    for together in members.values():
        for kind in dict.fromkeys(truth[place] for place in together):
            of_class.setdefault(kind, []).append(together)
    alone = {
        together[0][0] for together in of_class.values() if len(together) < 2
    }  # the first of groups that always teach
    fold_of = torch.full((len(truth),), -1, dtype=torch.int64)
    sizes = [0] * folds
    for kind in sorted(of_class, key=lambda one: len(of_class[one])):
        counts = [0] * folds  # of this class
        for together in of_class[kind]:
            if int(fold_of[together[0]]) >= 0:
                counts[int(fold_of[together[0]])] += 1
        for together in sorted(of_class[kind], key=len, reverse=True):
            if together[0] in alone or int(fold_of[together[0]]) >= 0:
                continue
            fold = min(range(folds), key=lambda one: (counts[one], sizes[one]))
            fold_of[together] = fold
            counts[fold] += 1
            sizes[fold] += len(together)
    return _numbered(fold_of)


def _numbered(folds: torch.Tensor) -> torch.Tensor:
    """The same folds, those without a photograph left out of the count."""
    used = sorted(set(folds[folds >= 0].tolist()))
    numbers = {fold: place for place, fold in enumerate(used)}
    return torch.tensor([numbers.get(fold, -1) for fold in folds.tolist()], dtype=torch.int64)
