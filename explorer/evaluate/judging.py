"""A checkpoint against photographs: labelled ones, and ones of other things.

Every photograph goes through `explorer.image` and the checkpoint's own preprocessing, as on the page.
"""

import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from explorer.errors import CatalogError, CheckpointError, ImageError
from explorer.evaluate.measures import (
    Indices,
    Numbers,
    auroc,
    balanced_accuracy,
    calibration_error,
    resampled_interval,
    wilson,
)
from explorer.image import open_upload
from explorer.image.decode import is_photograph
from explorer.image.pixels import Picture
from explorer.predict import Classifier


@dataclass(frozen=True)
class Verdicts:
    """What a checkpoint said of labelled photographs."""

    labels: tuple[str, ...]  # columns of `probabilities`
    truth: npt.NDArray[np.int64]  # (N,): column of each photograph's label
    probabilities: Numbers  # (N, labels)
    unread: tuple[str, ...]  # "file: reason"


def judge(classifier: Classifier, folder: Path, labels: str | None = None) -> Verdicts:
    """Probabilities of every photograph in FOLDER/<label>/.

    Args:
        labels: a label set of the checkpoint; probabilities are then sums over each label's classes.

    Raises:
        CatalogError: no photographs, or a folder name that is no label (the labels are listed).
        ModelError: an unknown label set.
    """
    found = judge_photographs(classifier, _photographs(folder), labels)
    if found is None:
        raise CatalogError(f"{folder} holds no readable photographs; FOLDER/LABEL/PHOTOGRAPH is expected.")
    return found


def judge_photographs(
    classifier: Classifier, photographs: Iterable[tuple[str, Path]], labels: str | None = None
) -> Verdicts | None:
    """The same of (label, file) pairs; None where none can be read.

    Raises:
        CatalogError: a label that the checkpoint does not have.
        ModelError: an unknown label set.
    """
    names, members = classifier.members(labels)
    truth, rows, unread = [], [], []
    for label, path in photographs:
        if label not in names:
            raise CatalogError(
                f"The folder {label!r} is no label of this checkpoint; its labels are {', '.join(names)}."
            )
        try:
            logits = classifier.logits(open_upload(path))
        except ImageError as error:
            unread.append(f"{path}: {error}")
            continue
        rows.append(classifier.probabilities(logits) @ members)
        truth.append(names.index(label))
    if not rows:
        return None
    return Verdicts(names, np.array(truth), torch.stack(rows).double().numpy(), tuple(unread))


def measure(outcome: Verdicts, seed: int = 0) -> dict[str, Any]:
    """Top-1, top-3, balanced accuracy, per class, calibration error; each with a 95 % interval from resampling.

    The intervals are those of 1,000 resamples of the photographs with replacement (percentiles 2.5 and 97.5); a class
    that is missing from a resample does not count in its balanced accuracy.
    """
    order = np.argsort(-outcome.probabilities, 1, kind="stable")
    first = order[:, 0] == outcome.truth
    third = (order[:, :3] == outcome.truth[:, None]).any(1)
    confidence = outcome.probabilities.max(1)

    def interval(value: Callable[[Indices], float]) -> list[float]:
        return resampled_interval(value, len(first), seed)

    return {
        "photographs": len(first),
        "unread": len(outcome.unread),
        "top1": round(float(first.mean()), 4),
        "top1_interval": interval(lambda picked: float(first[picked].mean())),
        "top3": round(float(third.mean()), 4),
        "top3_interval": interval(lambda picked: float(third[picked].mean())),
        "balanced": round(balanced_accuracy(first, outcome.truth), 4),
        "balanced_interval": interval(lambda picked: balanced_accuracy(first[picked], outcome.truth[picked])),
        "calibration_error": round(calibration_error(confidence, first), 4),
        "calibration_error_interval": interval(lambda picked: calibration_error(confidence[picked], first[picked])),
        "per_class": {
            name: {
                "photographs": int((outcome.truth == index).sum()),
                "top1": round(float(first[outcome.truth == index].mean()), 4),
                "interval": [round(value, 4) for value in wilson(first[outcome.truth == index])],
            }
            for index, name in enumerate(outcome.labels)
            if (outcome.truth == index).any()
        },
    }


def judge_strangers(classifier: Classifier, usual: Path, strange: Path) -> dict[str, Any]:
    """How well strangeness, an out-of-distribution score, tells the photographs below one folder from the other's.

    They may lie at any depth.

    Raises:
        CatalogError: a folder without readable photographs.
        CheckpointError: a checkpoint that carries no measure of strangeness.
    """
    threshold = classifier.strangeness_threshold
    if threshold is None:
        raise CheckpointError("This checkpoint carries no measure of strange pictures.")
    found = [each_below(folder, classifier.strangeness) for folder in (usual, strange)]
    refused = [float((values > threshold).mean()) for values in found]
    return {
        "strangers": len(found[1]),
        "auroc": round(auroc(*found), 4),
        "strangers_refused": round(refused[1], 4),
        "usual_refused": round(refused[0], 4),
    }


def each_below(folder: Path, value: Callable[[Picture], float]) -> Numbers:
    """A number of every readable photograph below a folder, at any depth.

    Raises:
        CatalogError: there is none.
    """
    values = []
    for path in sorted(folder.rglob("*")):
        if is_photograph(path.name):
            with contextlib.suppress(ImageError):
                values.append(value(open_upload(path)))
    if not values:
        raise CatalogError(f"{folder} holds no readable photographs.")
    return np.array(values)


def _photographs(folder: Path) -> Iterator[tuple[str, Path]]:
    """(label, file), sorted."""
    for path in sorted(folder.glob("*/*")):
        if is_photograph(path.name):
            yield path.parent.name, path
