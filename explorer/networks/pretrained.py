"""torchvision's ImageNet weights: found on disk, or downloaded with progress; read without running any pickled code."""

import contextlib
import hashlib
import http.client
import os
import re
import tempfile
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from explorer.errors import CheckpointError, ModelError
from explorer.models.torchvision_networks import trained_preprocessing, weight_set
from explorer.preprocessing import Preprocessing

Progress = Callable[[float, str], None]  # share done (0 to 1), and what is being done
TIMEOUT_S = 10  # without an answer
SIDE_LIMIT = 384  # pixels; EfficientNet-B7's own 600 would fill a visitor's whole store
_PIECE = 1 << 20


def weights_path(name: str) -> Path:
    """Where torch keeps these weights once they are downloaded."""
    return Path(torch.hub.get_dir()) / "checkpoints" / weight_set(name).url.rpartition("/")[2]


def on_disk(name: str) -> bool:
    """Whether the weights need no download."""
    return weights_path(name).is_file()


def megabytes(name: str) -> float:
    """Size of the download, in MB."""
    return float(weight_set(name).meta["_file_size"])


def preprocessing_of(name: str) -> Preprocessing:
    """What the weights were trained with, at no more than 384 pixels."""
    trained = trained_preprocessing(name)
    if trained.size <= SIDE_LIMIT:
        return trained
    resize = None if trained.resize is None else SIDE_LIMIT * trained.resize // trained.size
    return replace(trained, size=SIDE_LIMIT, resize=resize)


def pretrained_state(
    name: str, progress: Progress | None = None, room_for: Callable[[str], int] | None = None
) -> dict[str, torch.Tensor]:
    """The pretrained tensors as torchvision's file has them, downloaded first if they are not on disk.

    Args:
        room_for: says how many bytes may be downloaded, or raises; None for any.

    Raises:
        ModelError: they are not at hand and cannot be had.
        CheckpointError: the file is damaged.
    """
    path = weights_path(name)
    if not path.is_file():
        fetch(weight_set(name).url, path, progress, room_for(name) if room_for else None)
    try:
        state: dict[str, torch.Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise CheckpointError(f"The weights in {path.name} are damaged; delete the file to get it again.") from error
    return state


def fetch(url: str, path: Path, progress: Progress | None = None, most_bytes: int | None = None) -> None:
    """Download to `path`: at no moment is there half a file; the hash in its name (resnet18-f37072fd) must match.

    Args:
        most_bytes: a larger file is not taken; None for any.

    Raises:
        ModelError: no connection, a file that is too large, or bytes that are not the ones that the name promises.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(descriptor, "wb") as file:
            digest = _received(url, file, path.name, progress, most_bytes)
        promised = re.search(r"-([0-9a-f]{8,})\.", path.name)
        if promised and not digest.startswith(promised[1]):
            raise ModelError(f"{path.name} arrived damaged: its SHA-256 is not the one in its name. Try again.")
        Path(temporary).replace(path)
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        raise ModelError(f"{path.name} cannot be downloaded here ({reason}).") from error
    finally:
        with contextlib.suppress(FileNotFoundError):
            Path(temporary).unlink()


def _received(url: str, file: Any, name: str, progress: Progress | None, most_bytes: int | None) -> str:  # noqa: ANN401
    """SHA-256 of what was written into a binary file."""
    digest, done = hashlib.sha256(), 0
    with urllib.request.urlopen(url, timeout=TIMEOUT_S) as answer:  # noqa: S310 -- torchvision's own addresses
        size = int(answer.headers.get("Content-Length") or 0)
        while piece := answer.read(_PIECE):
            if most_bytes is not None and max(size, done + len(piece)) > most_bytes:
                raise ModelError(
                    f"{name} is larger than the {most_bytes / 1e6:,.0f} MB that are left for downloads here."
                )
            file.write(piece)
            digest.update(piece)
            done += len(piece)
            if progress is not None:
                progress(done / size if size else 0.0, f"{name}: {done / 1e6:.0f} of {size / 1e6:.0f} MB")
    if size and done < size:
        raise ModelError(f"{name} arrived only in part ({done:,} of {size:,} bytes). Try again.")
    return digest.hexdigest()
