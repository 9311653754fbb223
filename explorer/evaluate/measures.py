"""Measures of a classifier, from plain arrays: shares with their intervals, calibration, and the AUROC."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
BINS = 10
RESAMPLES = 1000


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
