"""What an evaluation writes into a checkpoint's card; no weight changes.

The test is the one that the training run held out by `--test-share` (explorer.data.heldout). It is found again from the
source's folder, and must be the very one that the card names. It is looked at once: a second look needs `again`, and
the card counts them, because a figure that one looks at while choosing is no test any more.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from explorer.checkpoint import save
from explorer.data.drawn.strangers import draw_strangers
from explorer.data.heldout import hold_out
from explorer.data.sources import Item, fingerprint, read_source
from explorer.errors import CatalogError, CheckpointError
from explorer.evaluate.judging import each_below, judge_photographs, measure
from explorer.evaluate.measures import auroc, wilson
from explorer.image.pixels import Picture
from explorer.predict import Classifier
from explorer.predict.strangeness import Strangeness


def record_strangers(path: Path, classifier: Classifier, source: str, found: dict[str, Any]) -> None:
    """Keeps `judge_strangers` of a source's photographs in the card, under `calibration.strangers`."""
    known = classifier.card.calibration
    strangers = {**known.get("strangers", {}), source: found}
    save(path, classifier.model, replace(classifier.card, calibration={**known, "strangers": strangers}))


def record_test(
    path: Path, classifier: Classifier, folder: Path, source: str, *, again: bool = False
) -> dict[str, Any]:
    """Measures the checkpoint on the test that its training held out of a source, and keeps that in the card.

    Args:
        folder: the source's, with train/ and validation/ in it.
        source: what it was called in training; the label set of that name is used, if the checkpoint has one.
        again: look although it was looked at before.

    Returns:
        What now stands under `metrics.test` for this source: shares with Wilson's 95 % intervals, and the looks.

    Raises:
        CheckpointError: no test was held out, it was looked at before, or the folder gives another one.
    """
    card = classifier.card
    tests = card.metrics.get("test", {})
    looks = int(tests.get(source, {}).get("looks", 0))
    if looks and not again:
        times = "once" if looks == 1 else f"{looks} times"
        raise CheckpointError(
            f"The test of {source!r} was looked at {times} already; its figure is in the card. --again looks once "
            "more, and counts it."
        )
    labels = source if source in card.label_sets else None
    photographs = [(item.label, Path(item.path)) for item in held_out_items(card.provenance, folder, source)]
    outcome = judge_photographs(classifier, photographs, labels)
    if outcome is None:
        raise CatalogError(f"None of the {len(photographs)} photographs of that test can be read.")
    order = np.argsort(-outcome.probabilities, 1, kind="stable")
    first, third = order[:, 0] == outcome.truth, (order[:, :3] == outcome.truth[:, None]).any(1)
    figures = {
        "pictures": len(first),
        "top1": round(float(first.mean()), 4),
        "top1_interval": [round(end, 4) for end in wilson(first)],
        "top3": round(float(third.mean()), 4),
        "top3_interval": [round(end, 4) for end in wilson(third)],
        "balanced": measure(outcome)["balanced"],
        "looks": looks + 1,
    }
    metrics = {**card.metrics, "test": {**tests, source: figures}}
    save(path, classifier.model, replace(card, metrics=metrics))
    return figures


def held_out_items(provenance: dict[str, Any], folder: Path, source: str) -> tuple[Item, ...]:
    """The photographs of a source that a training run held out, found again.

    Raises:
        CheckpointError: the run held none out of this source, or the folder gives others than it had.
    """
    named = provenance.get("test", {}).get(source)
    if not isinstance(named, dict):
        known = ", ".join(provenance.get("test", {})) or "none"
        raise CheckpointError(
            f"The training of this checkpoint held no test out of {source!r} (out of: {known}); --test-share does."
        )
    found, _ = hold_out(read_source(f"{source}={folder}"), float(named["share"]))
    items = found.splits.get("test", ())
    if fingerprint(items) != named["sha256"]:
        raise CheckpointError(
            f"{folder} gives a test of {len(items)} photographs, not the {named['pictures']} that training held out; "
            "some were added, removed or changed since."
        )
    return items


def fit_energy(path: Path, classifier: Classifier, folder: Path, kept_share: float = 0.95) -> dict[str, Any]:
    """Gives a checkpoint one number that tells strange pictures, the energy that a share of a folder's stay below.

    For published weights: the photographs at hand have no labels among their classes, so nothing else can be fitted.

    Returns:
        What now is the card's calibration.

    Raises:
        CatalogError: a folder without readable photographs.
    """
    energy = Strangeness(None, None, 0.0, 1.0, 0.0)

    def value(image: Picture) -> float:
        return float(energy.score(classifier.logits(image)[None])[0])

    usual = each_below(folder, value)
    strange = np.array([value(picture) for picture in draw_strangers()])
    fitted = replace(energy, threshold=round(float(np.quantile(usual, kept_share)), 4))
    calibration = {
        "strangeness": fitted.to_json(),
        "fitted_on": len(usual),
        "kept_share": kept_share,
        "charts_noise_text": {
            "pictures": len(strange),
            "auroc": round(auroc(usual, strange), 4),
            "refused": round(float((strange > fitted.threshold).mean()), 4),
        },
    }
    save(path, classifier.model, replace(classifier.card, calibration=calibration))
    return calibration
