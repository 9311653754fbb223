"""A deployed network's answers against torch's, on pictures: a file that differs is not handed out."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from explorer.errors import ModelError
from explorer.export.deployed import Input, taken_by
from explorer.image.pixels import Picture
from explorer.predict import Classifier

TOLERANCE = 1e-3  # of the span of a picture's logits

Run = Callable[[npt.NDArray[np.generic]], npt.NDArray[np.float32]]  # (N, ...) in, (N, classes) out


def check_agrees(
    classifier: Classifier, run: Run, pictures: Sequence[Picture], *, taken: Input, runtime: str, batched: bool
) -> str:
    """A sentence on how far a file's answers are from torch's.

    Args:
        run: the file, as the program that goes with it runs it.
        pictures: uint8 (H, W, 3) of any size, at least one.
        runtime: what runs it, with its version.
        batched: whether it takes several pictures at once; then they are answered once more all together.

    Raises:
        ModelError: another label, or an output further from torch's than 1e-3 of the span of that picture's.
    """
    batches = [taken_by(classifier.preprocessing, taken, image) for image in pictures]
    given = [run(batch)[0] for batch in batches]
    together = run(np.concatenate(batches)) if batched else given
    largest = widest = 0.0
    for place, image in enumerate(pictures):
        right = classifier.logits(image).numpy()
        span = float(np.ptp(right))
        for found in (given[place], together[place]):
            difference = float(np.abs(found - right).max()) if found.shape == right.shape else np.nan
            if not (difference <= TOLERANCE * span and found.argmax() == right.argmax()):
                raise ModelError(_differs(classifier, runtime, right, found, difference))
            largest = max(largest, difference)
        widest = max(widest, span)
    return (
        f"Checked with {runtime} on {len(pictures)} pictures: every label is torch's, and the largest difference of an "
        f"output is {largest:.2g}, where outputs span up to {widest:.3g}."
    )


def _differs(
    classifier: Classifier,
    runtime: str,
    right: npt.NDArray[np.float32],
    found: npt.NDArray[np.float32],
    difference: float,
) -> str:
    if found.shape != right.shape:
        return f"Nothing was written: {runtime} gives {found.shape} numbers for a picture, torch {right.shape}."
    labels = [classifier.classes[int(one.argmax())] for one in (right, found)]
    told = f"torch says {labels[0]}, {runtime} {labels[1]}" if labels[0] != labels[1] else f"both say {labels[0]}"
    return (
        f"Nothing was written: {runtime} does not compute what torch does. On one picture the outputs differ by "
        f"{difference:.3g}, of {float(np.ptp(right)):.3g} that they span; {told}."
    )
