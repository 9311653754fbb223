"""How good a checkpoint is on a folder: `python -m explorer.evaluate CHECKPOINT FOLDER [--labels SET]`.

Every photograph goes through `explorer.image` and the checkpoint's own preprocessing, as on the page.
"""

import argparse
import contextlib
import io
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image, ImageDraw, ImageFont

from explorer.checkpoint import save
from explorer.checkpoint.file import write_atomically
from explorer.errors import CatalogError, ExplorerError, ImageError
from explorer.image import open_upload
from explorer.image.decode import is_photograph
from explorer.predict import Classifier

Numbers = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
BINS = 10
RESAMPLES = 1000


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
    names, members = classifier.members(labels)
    truth, rows, unread = [], [], []
    for label, path in _photographs(folder):
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
        raise CatalogError(f"{folder} holds no readable photographs; FOLDER/LABEL/PHOTOGRAPH is expected.")
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


def resampled_interval(value: Callable[[Indices], float], count: int, seed: int = 0) -> list[float]:
    """Percentiles 2.5 and 97.5 of a value over 1,000 resamples of `count` photographs with replacement.

    Args:
        count: N, how many photographs there are; the indices are int64 (N,).
        value: what is measured on the photographs of those indices.
    """
    samples = np.random.default_rng(seed).integers(0, count, (RESAMPLES, count))
    low, high = np.percentile([value(picked) for picked in samples], [2.5, 97.5])
    return [round(float(low), 4), round(float(high), 4)]


def auroc(usual: Numbers, strange: Numbers) -> float:
    """Chance that a strange picture has the higher value than a usual one; ties count half.

    Args:
        usual: float64 (N,).
        strange: float64 (M,).
    """
    below = np.searchsorted(np.sort(usual), strange, "left") + np.searchsorted(np.sort(usual), strange, "right")
    return float(below.mean() / (2 * len(usual)))


def balanced_accuracy(right: npt.NDArray[np.bool_], truth: npt.NDArray[np.int64]) -> float:
    """Mean over the classes that occur of the share that was right.

    Args:
        right: bool (N,).
        truth: int64 (N,), class indices.
    """
    counts = np.bincount(truth)
    hits = np.bincount(truth, right)
    return float((hits[counts > 0] / counts[counts > 0]).mean())


def calibration_error(confidence: Numbers, right: npt.NDArray[np.bool_], bins: int = BINS) -> float:
    """Expected calibration error over bins of equal mass: mean distance of confidence and accuracy, by photographs.

    Source: Nixon et al. 2019, arXiv:1904.01685, the adaptive variant.

    Args:
        confidence: float64 (N,), 0 to 1.
        right: bool (N,).
    """
    order = np.argsort(confidence, kind="stable")
    error = 0.0
    for chosen in np.array_split(order, bins):
        if len(chosen):
            error += abs(float(confidence[chosen].mean()) - float(right[chosen].mean())) * len(chosen)
    return error / len(order)


def wilson(right: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """95 % interval of a share of few photographs (Wilson 1927).

    Args:
        right: bool (N,), N at least 1.
    """
    n, z = len(right), 1.959964
    share = float(right.mean())
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    reach = z * ((share * (1 - share) + z * z / (4 * n)) / n) ** 0.5 / (1 + z * z / n)
    return max(0.0, middle - reach), min(1.0, middle + reach)


def judge_strangers(classifier: Classifier, usual: Path, strange: Path) -> dict[str, Any]:
    """How well strangeness, an out-of-distribution score, tells the photographs below one folder from the other's.

    They may lie at any depth.

    Raises:
        CatalogError: a folder without readable photographs.
        CheckpointError: a checkpoint that carries no measure of strangeness.
    """
    found = []
    for folder in (usual, strange):
        values = []
        for path in sorted(folder.rglob("*")):
            if is_photograph(path.name):
                with contextlib.suppress(ImageError):
                    values.append(classifier.strangeness(open_upload(path)))
        if not values:
            raise CatalogError(f"{folder} holds no readable photographs.")
        found.append(np.array(values))
    threshold = classifier.strangeness_threshold
    refused = [float((values > threshold).mean()) for values in found]
    return {
        "strangers": len(found[1]),
        "auroc": round(auroc(*found), 4),
        "strangers_refused": round(refused[1], 4),
        "usual_refused": round(refused[0], 4),
    }


def confusion(outcome: Verdicts) -> npt.NDArray[np.int64]:
    """Counts (labels, labels): row true, column predicted."""
    matrix = np.zeros((len(outcome.labels),) * 2, np.int64)
    np.add.at(matrix, (outcome.truth, outcome.probabilities.argmax(1)), 1)
    return matrix


def draw_confusion(matrix: npt.NDArray[np.int64], labels: Sequence[str]) -> Image.Image:
    """The matrix with its numbers; darker is a larger share of the row.

    Args:
        matrix: int64 (labels, labels), as `confusion` gives it.
    """
    font = ImageFont.load_default(14)
    cell, left = 36, 24 + max(int(font.getlength(name)) for name in labels)
    top, side = left + 10, cell * len(labels)
    picture = Image.new("RGB", (max(left + side + 20, 260), top + side + 56), "white")
    draw = ImageDraw.Draw(picture)
    for index, name in enumerate(labels):
        draw.text((left - 8, top + cell * index + cell / 2), name, "black", font, anchor="rm")
        column = Image.new("L", (left, 20))
        ImageDraw.Draw(column).text((0, 10), name, 255, font, anchor="lm")
        turned = column.rotate(90, expand=True)
        picture.paste("black", (left + cell * index + 8, top - 8 - left), turned)
    for row, counts in enumerate(matrix):
        for column_index, count in enumerate(counts):
            share = count / max(1, counts.sum())
            x, y = left + cell * column_index, top + cell * row
            tone = tuple(round(255 + (dark - 255) * share) for dark in (8, 48, 107))
            draw.rectangle((x, y, x + cell - 2, y + cell - 2), tone)
            if count:
                draw.text(
                    (x + cell / 2, y + cell / 2), str(count), "white" if share > 0.5 else "black", font, anchor="mm"
                )
    draw.text((12, top + side + 8), "rows: true, columns: predicted", "black", font)
    draw.text((12, top + side + 28), "darker: larger share of its row", "black", font)
    return picture


def main(argv: Sequence[str] | None = None) -> int:
    """Prints the measures as JSON; writes the confusion matrix where --confusion says. 0, or 2 for a user's error."""
    parser = argparse.ArgumentParser(prog="python -m explorer.evaluate", description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("folder", type=Path, help="FOLDER/LABEL/PHOTOGRAPH")
    parser.add_argument("--labels", help="a label set of the checkpoint: the argmax is over the sums of its labels")
    parser.add_argument("--confusion", type=Path, metavar="PNG", help="write the confusion matrix here")
    parser.add_argument("--strangers", type=Path, metavar="FOLDER", help="photographs of other things, at any depth")
    parser.add_argument("--record", action="store_true", help="write what --strangers finds into the checkpoint's card")
    parser.add_argument("--device", default="cpu")
    options = parser.parse_args(argv)
    if options.record and not options.strangers:
        parser.error("--record writes down what --strangers finds; name that folder too")
    try:
        classifier = Classifier.load(options.checkpoint, options.device)
        outcome = judge(classifier, options.folder, options.labels)
        measures = measure(outcome)
        if options.strangers:
            measures["strangeness"] = judge_strangers(classifier, options.folder, options.strangers)
        if options.record:
            source = options.labels or options.folder.parent.name
            _record(options.checkpoint, classifier, source, measures["strangeness"])
        if options.confusion:
            buffer = io.BytesIO()
            draw_confusion(confusion(outcome), outcome.labels).save(buffer, "PNG")
            write_atomically(options.confusion, buffer.getvalue())
    except ExplorerError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    for line in outcome.unread:
        sys.stderr.write(f"left out: {line}\n")
    sys.stdout.write(json.dumps(measures, indent=2) + "\n")
    return 0


def _record(path: Path, classifier: Classifier, source: str, found: dict[str, Any]) -> None:
    """Keep `judge_strangers` of a source's photographs in the card, under `calibration.strangers`."""
    known = classifier.card.calibration
    strangers = {**known.get("strangers", {}), source: found}
    save(path, classifier.model, replace(classifier.card, calibration={**known, "strangers": strangers}))


def _photographs(folder: Path) -> Iterator[tuple[str, Path]]:
    """(label, file), sorted."""
    for path in sorted(folder.glob("*/*")):
        if is_photograph(path.name):
            yield path.parent.name, path


if __name__ == "__main__":
    sys.exit(main())
