"""A visitor's own weights: one safetensors file, looked through before anything of it is used.

Names and sizes are compared with a network of shapes alone, so a file that does not belong costs no memory.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors import SafetensorError, safe_open
from torch import nn

from explorer.checkpoint import file as checkpoint
from explorer.checkpoint.tensor_names import Named, named_for
from explorer.errors import CheckpointError, ExplorerError
from explorer.models import build_model
from explorer.models.torchvision_networks import (
    can_renormalise,
    is_auxiliary,
    load_tensors,
    set_renormalising,
    take_stem_of,
    without_auxiliary_heads,
)
from explorer.networks.building import ShapesOnly, blueprint, build
from explorer.networks.folding import first_convolution
from explorer.networks.pretrained import SIDE_LIMIT

OWN_LIMIT_MB = 200
_SHOWN = 5  # how many tensors a mismatch names
_LONGEST = 80  # letters of a foreign tensor's name that a sentence quotes
_PROBE = 997  # a number of classes that no layer has by chance
COUNTER = "num_batches_tracked"  # of batch norm; files from before torch 0.4.1 have none
_PICKLES = frozenset([".pth", ".pt", ".bin", ".ckpt", ".pkl"])
_WIDEST, _DEEPEST = 4096, 200  # what a visitor's card may ask for: of any one number, and of blocks in all

Tensors = dict[str, torch.Tensor]


class OwnFile(NamedTuple):
    """What a safetensors file holds."""

    path: Path
    tensors: Tensors
    metadata: dict[str, str]


def check_own_file(file_name: str, n_bytes: int, limit_mb: float = OWN_LIMIT_MB) -> None:
    """Refuse by name and size what need not be sent at all.

    Raises:
        CheckpointError: a pickled file, an empty one or one that is too large.
    """
    if Path(file_name).suffix.lower() in _PICKLES:
        raise CheckpointError(
            f"{file_name} is no safetensors file but Python's own kind, which may run code and is not read here. "
            "Convert it at home: python -m explorer.checkpoint convert."
        )
    if n_bytes > limit_mb * 1e6:
        raise CheckpointError(f"{file_name} has {n_bytes / 1e6:.0f} MB; at most {limit_mb:.0f} are taken here.")
    if not n_bytes:
        raise CheckpointError(f"{file_name} is empty; choose the file that your training wrote.")


def read_own(path: Path, limit_mb: float = OWN_LIMIT_MB) -> OwnFile:
    """Tensors and metadata of a file, by the names that stand in it.

    Raises:
        CheckpointError: too large, or no safetensors file.
    """
    try:
        size = path.stat().st_size
    except OSError as error:
        raise CheckpointError(f"{path.name} cannot be read: {error.strerror or error}.") from error
    check_own_file(path.name, size, limit_mb)
    try:
        with safe_open(str(path), "pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 -- no mapping
    except (SafetensorError, OSError, ValueError, RuntimeError) as error:
        raise CheckpointError(f"{path.name} is no whole safetensors file.") from error
    return OwnFile(path, tensors, metadata)


class OwnModel(NamedTuple):
    """An architecture with a file's weights, and what is worth saying about how they came into it."""

    model: nn.Module
    remark: str  # sentences; empty where there is nothing to say


def own_model(name: str, own: OwnFile, in_channels: int | None = None, transform_input: bool | None = None) -> OwnModel:
    """The architecture with the file's weights; its number of classes is the file's.

    Args:
        in_channels: 1 or 3; None for as many as the file's first convolution reads.
        transform_input: whether GoogLeNet and Inception normalise the picture anew inside, as torchvision's own weights
            do; None for what the file's metadata says, else as torchvision's own.

    Raises:
        ModelError: an unknown architecture.
        CheckpointError: tensors that do not belong to the architecture (the first five are named), or values that are
            not finite.
    """
    file_name = own.path.name
    with ShapesOnly():
        named = named_for(own.tensors, build(name).state_dict())
        classes, channels = _counts(name, named.tensors)
        channels = channels if in_channels is None else in_channels
        expected = take_stem_of(build(name, classes, channels), named.tensors).state_dict()
    tensors, whole = named.tensors, _fit_in(expected, named.tensors)
    if not whole:  # heads that only training reads: often left away, or left with another number of classes
        tensors, expected = ({k: v for k, v in one.items() if not is_auxiliary(k)} for one in (tensors, expected))
    compare_names(expected, tensors, file_name, name)
    check_values(tensors, file_name)
    model = take_stem_of(build(name, classes, channels), tensors)
    model = model if whole else without_auxiliary_heads(model)
    state = model.state_dict()
    load_tensors(model, {key: one.reshape(state[key].shape).to(state[key].dtype) for key, one in tensors.items()})
    set_renormalising(model, wanted=channels == 3 and _renormalises(own, transform_input))
    return OwnModel(model.eval(), _remark(model, named))


def _fit_in(expected: Tensors, tensors: Tensors) -> bool:
    """Whether the heads that only training reads are in the file as the architecture has them."""
    heads = (key for key in expected if is_auxiliary(key) and not key.endswith(COUNTER))
    return all(key in tensors and tensors[key].shape == expected[key].shape for key in heads)


def _renormalises(own: OwnFile, wanted: bool | None) -> bool:
    """Whether the pictures that a GoogLeNet or Inception was trained on were normalised anew inside."""
    if wanted is None:
        return own.metadata.get("transform_input", "true").lower() not in {"false", "0", "no"}
    return wanted


def _remark(model: nn.Module, named: Named) -> str:
    """How the file was taken where it could have been taken otherwise."""
    said = []
    if named.beside:
        left = ", ".join(one[:_LONGEST] for one in named.beside[:3]) + (" ..." if len(named.beside) > 3 else "")
        said.append(f"What begins with {named.prefix!r} was taken, and {len(named.beside)} others left: {left}.")
    if can_renormalise(model) and model.transform_input:
        said.append("As with torchvision's own weights, the picture is normalised anew inside (transform_input).")
    elif can_renormalise(model):
        said.append("The picture is not normalised anew inside (no transform_input).")
    return " ".join(said)


def check_values(tensors: Tensors, file_name: str) -> None:
    """Refuse numbers that no training leaves.

    Raises:
        CheckpointError: one is not finite, or a variance is below 0.
    """
    for key, tensor in tensors.items():
        if tensor.is_floating_point() and not torch.isfinite(tensor.float()).all():
            raise CheckpointError(f"{file_name} holds values in {key!r} that are not finite; it was not loaded.")
        if key.endswith("running_var") and (tensor < 0).any():
            raise CheckpointError(f"{file_name} holds a negative variance in {key!r}; it was not loaded.")


def own_checkpoint(own: OwnFile) -> tuple[nn.Module, checkpoint.Card] | None:
    """The network and card of a checkpoint that this project wrote; None where the file has no card.

    Raises:
        CheckpointError: damaged, changed, or not matching its own card.
    """
    if checkpoint.CARD_KEY not in own.metadata:
        return None
    path = own.path
    _, card = checkpoint.read(path)
    _check_modest(card, path.name)
    try:
        with ShapesOnly():
            expected = build_model(card.architecture, **card.arguments).state_dict()
    except (ExplorerError, TypeError, ValueError, RuntimeError) as error:
        raise CheckpointError(f"{path.name} describes a network that cannot be built: {error}") from error
    compare_names(expected, own.tensors, path.name, card.architecture)
    return checkpoint.load(path)


def own_classes(text: str | None, metadata: Mapping[str, str], num_classes: int) -> tuple[str, ...]:
    """Class names as pasted (one a line, or separated by commas), or from the file's metadata ("classes", JSON).

    Raises:
        CheckpointError: another number of names than of logits, or the same name twice.
    """
    names = _pasted(text) if text and text.strip() else _stored(metadata)
    if names and len(names) != num_classes:
        raise CheckpointError(f"There are {len(names)} class names, but the network has {num_classes} logits.")
    if len(set(names)) != len(names):
        twice = next(one for one in names if names.count(one) > 1)
        raise CheckpointError(f"The class name {twice!r} stands there twice.")
    return names


def _pasted(text: str) -> tuple[str, ...]:
    parts = text.splitlines() if "\n" in text.strip() else text.split(",")
    return tuple(part.strip() for part in parts if part.strip())


def _stored(metadata: Mapping[str, str]) -> tuple[str, ...]:
    try:
        names = json.loads(metadata.get("classes", "[]"))
    except (ValueError, RecursionError):
        return ()
    return tuple(str(one) for one in names) if isinstance(names, list) else ()


def _counts(name: str, tensors: Mapping[str, torch.Tensor]) -> tuple[int, int]:
    """How many classes and channels the file is for; the usual numbers where that cannot be told.

    A network built for 997 classes gives away which tensors' length is the number of classes.
    """
    plan = blueprint(name)
    num_classes, in_channels = plan.num_classes, plan.in_channels
    network = build(name, _PROBE)
    probe = network.state_dict()
    for key, old in probe.items():
        own = tensors.get(key)
        if own is not None and old.shape[:1] == (_PROBE,) and own.ndim == old.ndim and own.shape[1:] == old.shape[1:]:
            num_classes = int(own.shape[0])
    own = tensors.get(f"{first_convolution(network)[0]}.weight")
    if own is not None and own.ndim == 4 and own.shape[1] in {1, 3}:
        in_channels = int(own.shape[1])
    return num_classes, in_channels


def _check_modest(card: checkpoint.Card, file_name: str) -> None:
    """Refuse a card whose network or pictures would occupy the host, whatever the file itself weighs."""
    widest, deepest = max(numbers_in(card.arguments), default=0), sum(numbers_in(card.arguments.get("depths")))
    if widest > max(_WIDEST, len(card.classes)) or deepest > _DEEPEST:
        raise CheckpointError(f"{file_name} describes a network that is too large to be built here.")
    side = max(card.preprocessing.size, (card.preprocessing.resize or 0) // 2)
    if side > SIDE_LIMIT:
        raise CheckpointError(f"{file_name} looks at pictures of {side} pixels; at most {SIDE_LIMIT} are opened here.")


def numbers_in(value: Any) -> Iterator[float]:  # noqa: ANN401 -- what JSON holds
    """Every number in nested lists and objects."""
    if isinstance(value, int | float):
        yield value
    elif isinstance(value, Mapping | list | tuple):
        for one in value.values() if isinstance(value, Mapping) else value:
            yield from numbers_in(one)


def compare_names(expected: Mapping[str, torch.Tensor], tensors: Tensors, file_name: str, name: str) -> None:
    """Refuse tensors that are not the architecture's.

    Raises:
        CheckpointError: names or shapes differ; the first five are said.
    """
    found = []
    for key, old in expected.items():
        own = tensors.get(key)
        if key.endswith(COUNTER) and (own is None or own.numel() == 1):
            continue
        if own is None:
            found.append(f"{key!r} is missing")
        elif own.shape != old.shape:
            found.append(f"{key!r} is {tuple(own.shape)} instead of {tuple(old.shape)}")
        elif own.is_floating_point() != old.is_floating_point():
            found.append(f"{key!r} holds {own.dtype} instead of {old.dtype}")
    found += [f"{key[:_LONGEST]!r} is not part of it" for key in tensors if key not in expected]
    if found:
        raise does_not_belong(found, file_name, name)


def does_not_belong(found: Sequence[str], file_name: str, name: str) -> CheckpointError:
    """The error for a file of another architecture; says the first five of what was found."""
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return CheckpointError(
        f"{file_name} does not belong to {name}: {'; '.join(found[:_SHOWN])}{more}. Choose the architecture "
        "that these weights were saved from."
    )
