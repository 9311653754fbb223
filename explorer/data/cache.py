"""Pictures decoded once, as one uint8 tensor; optionally kept on disk for the next run.

What cannot be read is listed by reason and left out: one broken file does not cost an epoch.
"""

import hashlib
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from explorer.data.labels import LabelSpace
from explorer.data.sources import Item
from explorer.errors import CatalogError, ImageError
from explorer.preprocessing import Preprocessing

UNREAD_SHARE = 0.01  # of all pictures of a run; more ends it unless allowed


@dataclass(frozen=True)
class PictureSet:
    """Decoded pictures of one split."""

    pictures: torch.Tensor  # uint8 (N, C, size, size)
    rows: torch.Tensor  # int64 (N,): row of LabelSpace.members
    items: tuple[Item, ...]
    unread: tuple[str, ...] = ()  # "name: reason"

    def __len__(self) -> int:
        """How many pictures."""
        return len(self.rows)

    def of_source(self, source: str) -> torch.Tensor:
        """Bool (N,): which pictures come from that source."""
        return torch.tensor([item.source == source for item in self.items], dtype=torch.bool)

    def resized(self, size: int) -> "PictureSet":
        """The same pictures at another size, antialiased; in portions, so that memory stays small."""
        if size == self.pictures.shape[-1]:
            return self
        portions = [
            functional.interpolate(part, (size, size), mode="bilinear", antialias=True)
            for part in torch.split(self.pictures, 512)
        ]
        return replace(self, pictures=torch.cat(portions))


def decode(
    items: Sequence[Item],
    space: LabelSpace,
    preprocessing: Preprocessing,
    folder: Path | None = None,
) -> PictureSet:
    """Every picture as `preprocessing.picture` gives it.

    Args:
        folder: where decoded pictures are kept between runs; None keeps nothing.

    Raises:
        CatalogError: no picture that can be read, or a disk that refuses to keep them.
    """
    kept = folder / f"{_key(items, preprocessing)}.npy" if folder else None
    if kept is not None and kept.exists():
        pixels, read, unread = np.load(kept, mmap_mode="r", allow_pickle=False), list(items), tuple[str, ...]()
    else:
        pixels, read, unread = _decoded(items, preprocessing)
        if kept is not None and not unread:
            _keep(kept, pixels)
    if not read:
        raise CatalogError(f"{_unread(unread, len(items))}.")
    rows = space.rows()
    indices = torch.tensor([rows[item.source, item.label] for item in read])
    return PictureSet(torch.from_numpy(np.array(pixels)), indices, tuple(read), tuple(unread))


def check_unread(sets: Sequence[PictureSet]) -> None:
    """Ends a run whose pictures are too damaged.

    Raises:
        CatalogError: more than 1 % of them all cannot be read.
    """
    unread = [reason for found in sets for reason in found.unread]
    count = len(unread) + sum(len(found) for found in sets)
    if len(unread) > UNREAD_SHARE * count:
        raise CatalogError(f"{_unread(unread, count)}, or allow it with --allow-unread.")


def _unread(unread: Sequence[str], count: int) -> str:
    examples = "; ".join(reason.rstrip(".") for reason in unread[:3])
    return f"{len(unread)} of {count} pictures cannot be read, such as {examples}. Repair or remove them"


def _keep(path: Path, pixels: np.ndarray) -> None:
    """Writes the pictures whole, or not at all."""
    part = path.with_suffix(f".{os.getpid()}.npy")  # several processes may decode the same list at once
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(part, pixels, allow_pickle=False)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise CatalogError(f"Decoded pictures cannot be kept in {path.parent}: {error.strerror or error}.") from error


def _decoded(items: Sequence[Item], preprocessing: Preprocessing) -> tuple[np.ndarray, list[Item], tuple[str, ...]]:
    """Pixels (N, C, size, size), the items that could be read, and the others by reason."""
    pixels = np.empty((len(items), preprocessing.channels, preprocessing.size, preprocessing.size), np.uint8)
    read: list[Item] = []
    unread: list[str] = []
    for number, item in enumerate(items):
        if sys.stderr.isatty() and number % 100 == 0:
            sys.stderr.write(f"\rdecoding {number}/{len(items)}")
        try:
            pixels[len(read)] = preprocessing.picture(item.open()).transpose(2, 0, 1)
            read.append(item)
        except ImageError as error:
            unread.append(f"{item.source}/{item.name}: {error}")
    return pixels[: len(read)], read, tuple(unread)


def _key(items: Sequence[Item], preprocessing: Preprocessing) -> str:
    """Name of a kept file: another one for other pictures (name, label, stamp) or another geometry."""
    geometry = preprocessing.to_json()
    if preprocessing.mode != "letterbox":  # the mean is the colour of its bars
        geometry = {**geometry, "mean": len(preprocessing.mean), "std": 0}
    lines = [repr(geometry), *(f"{item.source}\t{item.name}\t{item.label}\t{item.stamp}" for item in items)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:32]
