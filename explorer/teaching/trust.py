"""How far a taught network is to be trusted, from what heads said of photographs that they had not seen."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from explorer.data.duplicates import group_alike
from explorer.evaluate.measures import wilson
from explorer.teaching.base import Glance
from explorer.teaching.folds import spread_folds
from explorer.teaching.head import STRENGTHS, held_out_logits, losses

KEPT_SHARE = 0.95  # of held-out photographs that are not called "none of these"
WIDE = 0.3  # an interval wider than this tells too little of a class or of the whole
CLOSE = 0.05  # edges that come so near to the whole pictures' accuracy tell the classes apart by themselves
HARDEST = 8


@dataclass(frozen=True)
class Tally:
    """How many of some photographs were right, of heads that had not seen them."""

    right: int
    count: int
    interval: tuple[float, float]  # 95 %, Wilson's; (0, 1) of none

    @property
    def share(self) -> float | None:
        """Of those that were judged; None where there were none."""
        return self.right / self.count if self.count else None

    @property
    def wide(self) -> bool:
        """Whether there are too few to tell: the interval is wider than 30 of 100."""
        return self.interval[1] - self.interval[0] > WIDE


@dataclass(frozen=True)
class Hard:
    """A photograph, and what a head that had not seen it said."""

    photograph: int
    said: int  # class index
    probability: float  # of its own class


@dataclass(frozen=True)
class Trust:
    """What the folds tell."""

    folds: int
    strength: float
    whole: Tally
    classes: tuple[Tally, ...]
    guessing: float  # what always naming the commonest class would reach
    confusion: tuple[tuple[int, ...], ...]  # row true, column said
    hardest: tuple[Hard, ...]  # the hardest first
    alike: tuple[tuple[int, int], ...]  # pairs of photographs that are nearly the same
    edges: Tally  # by a head that only ever saw the pictures' edges
    threshold: float | None  # of the energy, above which a picture is none of these; None where nothing was judged

    @property
    def too_few(self) -> bool:
        """Too few to tell: the interval is wide, or reaches down to what guessing would give."""
        return self.whole.wide or self.whole.interval[0] <= self.guessing

    @property
    def background_tells(self) -> bool:
        """Whether the edges alone tell the classes apart about as well as the whole pictures, and not by chance."""
        if self.edges.share is None or self.whole.share is None:
            return False
        return self.edges.share >= self.whole.share - CLOSE and self.edges.interval[0] > self.guessing


def judge_folds(looks: Sequence[Glance], truth: Sequence[int], classes: int) -> Trust:
    """Held-out answers for every photograph but those of classes that cannot be held out.

    The strength of the penalty is the one with the smallest loss on held-out photographs. That choice was made on the
    photographs that are judged, among six: it flatters the accuracy by less than its interval is wide.
    """
    labels = torch.tensor(truth)
    groups = group_alike([look.code for look in looks])
    folds = spread_folds(truth, groups)
    judged = folds >= 0
    weights = _by_class(labels, judged, classes)
    said = held_out_logits(torch.stack([look.features for look in looks]), labels, classes, folds, STRENGTHS)
    mean_losses = [float((losses(logits, labels) * weights).sum()) for logits in said]
    best = min(range(len(STRENGTHS)), key=lambda place: mean_losses[place])
    if not judged.any():
        best = STRENGTHS.index(1.0)
    edges = held_out_logits(torch.stack([look.edges for look in looks]), labels, classes, folds, STRENGTHS[best:][:1])
    logits = said[best]
    answers = logits.argmax(1)
    counts = torch.bincount(labels[judged], minlength=classes)
    energies = -logits[judged].logsumexp(1)
    return Trust(
        folds=int(folds.max()) + 1,
        strength=STRENGTHS[best],
        whole=_share((answers == labels)[judged]),
        classes=tuple(_share((answers == labels)[judged & (labels == one)]) for one in range(classes)),
        guessing=float(counts.max() / counts.sum().clamp(min=1)),
        confusion=_confusion(labels[judged], answers[judged], classes),
        hardest=_hardest(logits, labels, judged),
        alike=tuple((first, place) for place, first in enumerate(groups) if first != place),
        edges=_share((edges[0].argmax(1) == labels)[judged]),
        threshold=float(energies.quantile(KEPT_SHARE)) if judged.any() else None,
    )


def _by_class(labels: torch.Tensor, judged: torch.Tensor, classes: int) -> torch.Tensor:
    """A weight for each judged photograph, the same in all for each class; they add up to 1."""
    counts = torch.bincount(labels[judged], minlength=classes).clamp(min=1)
    weights = judged / counts[labels].double()
    return weights / weights.sum().clamp(min=1e-12)


def _share(right: torch.Tensor) -> Tally:
    found = np.asarray(right.numpy(), bool)
    return Tally(int(found.sum()), len(found), wilson(found) if len(found) else (0.0, 1.0))


def _confusion(labels: torch.Tensor, answers: torch.Tensor, classes: int) -> tuple[tuple[int, ...], ...]:
    table = torch.bincount(labels * classes + answers, minlength=classes * classes).reshape(classes, classes)
    return tuple(tuple(row) for row in table.tolist())


def _hardest(logits: torch.Tensor, labels: torch.Tensor, judged: torch.Tensor) -> tuple[Hard, ...]:
    """The judged photographs whose own class got the smallest share."""
    loss = torch.where(judged, losses(logits, labels), -torch.inf)
    places = torch.sort(loss, descending=True, stable=True).indices[: min(HARDEST, int(judged.sum()))].tolist()
    return tuple(Hard(place, int(logits[place].argmax()), float((-loss[place]).exp())) for place in places)
