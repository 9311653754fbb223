"""A visitor's own weights: one safetensors file, looked through before anything of it is used."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import nn

from explorer.errors import CheckpointError
from explorer.networks.building import blueprint, build

OWN_LIMIT_MB = 200
_SHOWN = 5  # how many tensors a mismatch names
_PROBE = 997  # a number of classes that no layer has by chance


def own_model(name: str, path: Path, limit_mb: float = OWN_LIMIT_MB) -> nn.Module:
    """The architecture with the file's weights; its number of classes and of channels are the file's.

    Raises:
        ModelError: an unknown architecture.
        CheckpointError: too large, no safetensors file, tensors that do not belong to the architecture (the first five
            are named), or values that are not finite.
    """
    tensors = _read(path, limit_mb)
    model = build(name, *_counts(name, tensors))
    expected = model.state_dict()
    differences = _differences(expected, tensors)
    if differences:
        more = f" and {len(differences) - _SHOWN} more" if len(differences) > _SHOWN else ""
        raise CheckpointError(
            f"{path.name} does not belong to {name}: {'; '.join(differences[:_SHOWN])}{more}. Choose the architecture "
            "that these weights were saved from."
        )
    for key, tensor in tensors.items():
        if not torch.isfinite(tensor).all():
            raise CheckpointError(f"{path.name} holds values in {key!r} that are not finite; it was not loaded.")
    model.load_state_dict({key: tensors.get(key, old).to(old.dtype) for key, old in expected.items()})
    return model.eval()


def own_classes(text: str | None, path: Path, num_classes: int) -> tuple[str, ...]:
    """Class names as pasted (one a line, or separated by commas), or from the file's metadata ("classes", JSON).

    Raises:
        CheckpointError: another number of names than of logits, or the same name twice.
    """
    names = _pasted(text) if text and text.strip() else _stored(path)
    if names and len(names) != num_classes:
        raise CheckpointError(f"There are {len(names)} class names, but the network has {num_classes} logits.")
    if len(set(names)) != len(names):
        twice = next(one for one in names if names.count(one) > 1)
        raise CheckpointError(f"The class name {twice!r} stands there twice.")
    return names


def _pasted(text: str) -> tuple[str, ...]:
    parts = text.splitlines() if "\n" in text.strip() else text.split(",")
    return tuple(part.strip() for part in parts if part.strip())


def _stored(path: Path) -> tuple[str, ...]:
    with safe_open(str(path), "pt") as file:
        text = (file.metadata() or {}).get("classes")
    try:
        names = json.loads(text) if text else []
    except ValueError:
        return ()
    return tuple(str(one) for one in names) if isinstance(names, list) else ()


def _read(path: Path, limit_mb: float) -> dict[str, torch.Tensor]:
    try:
        size = path.stat().st_size
    except OSError as error:
        raise CheckpointError(f"{path.name} cannot be read: {error.strerror or error}.") from error
    if size > limit_mb * 1e6:
        raise CheckpointError(f"{path.name} has {size / 1e6:.0f} MB; at most {limit_mb:.0f} are taken here.")
    try:
        with safe_open(str(path), "pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 -- no mapping
    except (SafetensorError, OSError, ValueError, RuntimeError) as error:
        hint = ""
        if path.suffix in {".pth", ".pt", ".bin", ".ckpt", ".pkl"}:
            hint = " Convert it at home: python -m explorer.checkpoint convert."
        raise CheckpointError(f"{path.name} is no whole safetensors file.{hint}") from error
    prefix = "module."  # what DataParallel puts before every name
    if tensors and all(name.startswith(prefix) for name in tensors):
        return {name.removeprefix(prefix): tensor for name, tensor in tensors.items()}
    return tensors


def _counts(name: str, tensors: Mapping[str, torch.Tensor]) -> tuple[int, int]:
    """How many classes and channels the file is for; the usual numbers where that cannot be told.

    A network built for 997 classes gives away which tensors' length is the number of classes.
    """
    plan = blueprint(name)
    num_classes, in_channels = plan.num_classes, plan.in_channels
    probe = build(name, _PROBE).state_dict()
    for key, old in probe.items():
        own = tensors.get(key)
        if own is not None and old.shape[:1] == (_PROBE,) and own.ndim == old.ndim and own.shape[1:] == old.shape[1:]:
            num_classes = int(own.shape[0])
    first = next((key for key, old in probe.items() if old.ndim == 4), None)
    own = tensors.get(first) if first else None
    if own is not None and own.ndim == 4 and own.shape[1] in {1, 3}:
        in_channels = int(own.shape[1])
    return num_classes, in_channels


def _differences(expected: Mapping[str, torch.Tensor], tensors: Mapping[str, Any]) -> list[str]:
    found = []
    for key, old in expected.items():
        own = tensors.get(key)
        if own is None:
            if not key.endswith("num_batches_tracked"):
                found.append(f"{key!r} is missing")
        elif own.shape != old.shape:
            found.append(f"{key!r} is {tuple(own.shape)} instead of {tuple(old.shape)}")
        elif own.is_floating_point() != old.is_floating_point():
            found.append(f"{key!r} holds {own.dtype} instead of {old.dtype}")
    found += [f"{key!r} is not part of it" for key in tensors if key not in expected]
    return found
