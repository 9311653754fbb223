"""A test of one's own: photographs that come out of a source's training split before anything is learnt.

Which ones follows from the bytes of each file alone, so renaming or adding photographs moves no other. What is nearly
the same is kept together: with a validation photograph it stays validation's, and is not learnt from; else a whole
group goes to the test or stays. The test is looked at once, by `python -m explorer.evaluate --record-test`.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from explorer.data.duplicates import group_alike, picture_code
from explorer.data.sources import DataSource, Item, fingerprint
from explorer.errors import CatalogError, ImageError


@dataclass(frozen=True)
class HeldOut:
    """What was held out of a source, and what was nearly the same."""

    source: str
    share: float  # of the training photographs that was asked for
    pictures: int  # in the test
    sha256: str  # of the list of them
    alike: int  # photographs beside the first of each group of nearly equal ones, over all splits
    left_out: int  # of training: nearly the same as one of validation

    def record(self) -> dict[str, Any]:
        """For the card: what finds the same test again, and how much was alike."""
        return {name: value for name, value in asdict(self).items() if name != "source"}

    def sentence(self) -> str:
        """For the log of a run."""
        return (
            f"{self.source}: {self.pictures} training photographs are held out as a test; {self.alike} are nearly the "
            f"same as another, {self.left_out} of them as one of validation, which are not learnt from"
        )


def hold_out(source: DataSource, share: float) -> tuple[DataSource, HeldOut | None]:
    """The source with a split "test" taken out of "train", and what was found; itself where it has a test or no files.

    Args:
        share: of the training photographs, 0 to 1, up to the luck of the hash.

    Raises:
        CatalogError: a class would have no training photograph left, or none would be held out.
    """
    train, validation = source.splits["train"], source.splits["validation"]
    if "test" in source.splits or not all(item.path for item in train):
        return source, None
    items = (*validation, *train)
    digests = [_digest(item) for item in items]
    groups = group_alike([_code(item) for item in items])
    groups = _joined(groups, digests)
    of_validation = set(groups[: len(validation)])
    smallest: dict[int, str] = {}
    for group, digest in zip(groups, digests, strict=True):
        smallest[group] = min(digest, smallest.get(group, digest))
    kept, test, left_out = list[Item](), list[Item](), 0
    for item, group in zip(train, groups[len(validation) :], strict=True):
        if group in of_validation:
            left_out += 1
        elif int(smallest[group][:16], 16) / 2**64 < share:
            test.append(item)
        else:
            kept.append(item)
    gone = source.labels() - {item.label for item in kept}
    if gone or not test:
        reason = f"leaves {', '.join(sorted(gone))} nothing to learn from" if gone else "holds no photograph out"
        raise CatalogError(
            f"--test-share {share:g} {reason} in {source.name}; it has {len(train)} training photographs."
        )
    found = HeldOut(source.name, share, len(test), fingerprint(test), len(items) - len(set(groups)), left_out)
    return replace(source, splits={**source.splits, "train": tuple(kept), "test": tuple(test)}), found


def _joined(groups: Sequence[int], digests: Sequence[str]) -> list[int]:
    """The same groups, with files of the very same bytes in one (those that cannot be opened too)."""
    first_of: dict[str, int] = {}
    target: dict[int, int] = {}
    for group, digest in zip(groups, digests, strict=True):
        known = first_of.setdefault(digest, group)
        target.setdefault(group, target.get(known, known))
    return [target[group] for group in groups]


def _digest(item: Item) -> str:
    """SHA-256 of the file; of its name where it cannot be read."""
    try:
        return hashlib.sha256(Path(item.path).read_bytes()).hexdigest()
    except OSError:
        return hashlib.sha256(item.name.encode()).hexdigest()


def _code(item: Item) -> npt.NDArray[np.float32] | None:
    try:
        return picture_code(item.open())
    except ImageError:
        return None
