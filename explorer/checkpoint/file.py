"""One safetensors file that carries everything needed to use a network.

The tensors, and in the file's metadata one JSON text: schema version, card, and a SHA-256 over the tensors (name, kind,
shape, bytes) and the canonical JSON of the card together. So a flipped bit anywhere, a cut, or a changed digit is
refused. Weights are rounded once to float16; batch-norm buffers stay float32. No pickle.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load as read_safetensors
from safetensors.torch import save as write_safetensors
from torch import nn

from explorer.errors import CheckpointError, ExplorerError
from explorer.models import build_model
from explorer.preprocessing import Preprocessing

SCHEMA_VERSION = 1
CARD_KEY = "cnn_explorer"  # one key alone: the order of several would change from run to run
_BUFFERS = ("running_mean", "running_var")
_TOO_LARGE = 1_000_000_000  # bytes; no network here comes near
_HEADER_LIMIT = 50_000_000


@dataclass(frozen=True)
class Card:
    """What a checkpoint says of itself."""

    architecture: str  # a name that build_model knows
    arguments: dict[str, Any]  # what build_model got beside the name, num_classes and in_channels included
    classes: tuple[str, ...]  # in the order of the logits
    preprocessing: Preprocessing
    label_sets: dict[str, dict[str, tuple[str, ...]]] = field(
        default_factory=dict
    )  # set -> label -> classes it sums over
    metrics: dict[str, Any] = field(default_factory=dict)  # measured on the rounded weights
    provenance: dict[str, Any] = field(default_factory=dict)  # data, commit, device, seconds, seeds, command
    calibration: dict[str, Any] = field(default_factory=dict)  # temperature and threshold of strangeness

    def __post_init__(self) -> None:
        """Refuses cards that contradict themselves.

        Raises:
            CheckpointError: on construction, fields that contradict each other.
        """
        if not self.classes or len(set(self.classes)) != len(self.classes):
            raise CheckpointError(f"A checkpoint needs distinct class names; these are {list(self.classes)[:20]}.")
        if self.arguments.get("num_classes") != len(self.classes):
            raise CheckpointError(
                f"The card names {len(self.classes)} classes, but its network has num_classes="
                f"{self.arguments.get('num_classes')}."
            )
        if self.arguments.get("in_channels", 3) != self.preprocessing.channels:
            raise CheckpointError(
                f"The network takes {self.arguments.get('in_channels', 3)} channels, but the preprocessing "
                f"gives {self.preprocessing.channels}."
            )
        for name, labels in self.label_sets.items():
            unknown = {member for members in labels.values() for member in members} - set(self.classes)
            if unknown:
                raise CheckpointError(f"The label set {name!r} names unknown classes: {', '.join(sorted(unknown))}.")

    @property
    def temperature(self) -> float:
        """What the logits are divided by before the softmax; fitted on validation photographs, 1 where it was not."""
        return float(self.calibration.get("temperature", 1.0))

    def to_json(self) -> dict[str, Any]:
        """Plain values; `from_json` gives an equal card back."""
        return {**asdict(self), "preprocessing": self.preprocessing.to_json()}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Card":
        """The card that `to_json` described.

        Raises:
            CheckpointError: fields missing, unknown or of another kind.
        """
        try:
            label_sets = {
                name: {label: tuple(members) for label, members in labels.items()}
                for name, labels in values["label_sets"].items()
            }
            preprocessing = Preprocessing.from_json(values["preprocessing"])
            changed = {"classes": tuple(values["classes"]), "label_sets": label_sets, "preprocessing": preprocessing}
            return cls(**{**values, **changed})
        except (KeyError, TypeError, AttributeError) as error:
            known = ", ".join(item.name for item in fields(cls))
            raise CheckpointError(
                f"The card of this checkpoint cannot be read ({error!r}); its fields are {known}."
            ) from error


def save(path: str | os.PathLike[str], model: nn.Module, card: Card) -> Path:
    """Writes the checkpoint atomically: a full disk or a kill leaves the file from before whole.

    Returns:
        The path.

    Raises:
        CheckpointError: weights that are not finite (in float16), a card that does not match, or a disk that refuses.
    """
    write_atomically(Path(path), content(model, card, str(path)))
    return Path(path)


def content(model: nn.Module, card: Card, path: str) -> bytes:
    """The checkpoint file; an error calls it `path`.

    Raises:
        CheckpointError: weights that are not finite (in float16), or a card that does not match.
    """
    tensors = _stored(model)
    for name, tensor in tensors.items():
        if not torch.isfinite(tensor).all():
            raise CheckpointError(f"{name!r} holds values that are not finite in {tensor.dtype}; it was not saved.")
    _load_into(_build(card, path), tensors, path)
    envelope = {"schema": SCHEMA_VERSION, "sha256": digest(tensors, card), "card": card.to_json()}
    return write_safetensors(tensors, metadata={CARD_KEY: canonical_json(envelope)})


def load(path: str | os.PathLike[str]) -> tuple[nn.Module, Card]:
    """The network, in eval mode with float32 weights, and its card.

    Raises:
        CheckpointError: damaged, foreign, or not matching its network; one sentence says which.
    """
    tensors, card = read(path)
    model = _build(card, str(path))
    _load_into(model, tensors, str(path))
    return model.eval(), card


def read(path: str | os.PathLike[str]) -> tuple[dict[str, torch.Tensor], Card]:
    """The tensors as stored, by name, of whatever shape; and the card, after every check but that of the network.

    Raises:
        CheckpointError: damaged or foreign.
    """
    payload = _bytes(Path(path))
    envelope = _envelope(payload, str(path))
    try:
        tensors = read_safetensors(payload)
    except (SafetensorError, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise CheckpointError(f"{path} is no whole safetensors file: {error}.") from error
    card = Card.from_json(envelope["card"])
    if digest(tensors, card) != envelope["sha256"]:
        raise CheckpointError(
            f"{path} is damaged or was changed: its SHA-256 does not match its content. Get it again."
        )
    for name, tensor in tensors.items():
        if not torch.isfinite(tensor).all():
            raise CheckpointError(f"{path} holds values in {name!r} that are not finite; it was not loaded.")
    return tensors, card


def digest(tensors: Mapping[str, torch.Tensor], card: Card) -> str:
    """SHA-256, in hexadecimal, over schema, canonical card, and each tensor's name, kind, shape and bytes, by name.

    Raises:
        CheckpointError: a card that JSON has no words for.
    """
    sha256 = hashlib.sha256(canonical_json({"schema": SCHEMA_VERSION, "card": card.to_json()}).encode())
    for name in sorted(tensors):
        tensor = tensors[name].detach().cpu().contiguous()
        sha256.update(canonical_json([name, str(tensor.dtype), list(tensor.shape)]).encode())
        sha256.update(tensor.reshape(-1).view(torch.uint8).numpy().tobytes())
    return sha256.hexdigest()


def stored_digest(model: nn.Module, card: Card) -> str:
    """The SHA-256 that the checkpoint of this network and card carries."""
    return digest(_stored(model), card)


def canonical_json(value: object) -> str:
    """One text for one value: sorted keys, no spaces, ASCII, no NaN.

    Raises:
        CheckpointError: something that JSON has no word for.
    """
    try:
        return json.dumps(
            value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False, default=_plain
        )
    except (TypeError, ValueError) as error:
        raise CheckpointError(f"The card cannot be written as JSON: {error}.") from error


def write_atomically(path: Path, payload: bytes) -> None:
    """Temporary file beside it, fsync, rename: at any moment the old file or the new one, never a part.

    Raises:
        CheckpointError: the disk is full or the folder cannot be written.
    """
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        with os.fdopen(descriptor, "wb") as file:
            file.write(payload)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        raise CheckpointError(
            f"{path} could not be written ({error.strerror or error}); what was there stays."
        ) from error
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)


def round_weights(model: nn.Module) -> nn.Module:
    """The network itself, its weights rounded to float16 and kept as float32: what the saved file will give back."""
    with torch.no_grad():
        for name, tensor in model.state_dict().items():
            tensor.copy_(_rounded(name, tensor).to(tensor.dtype))
    return model


def _stored(model: nn.Module) -> dict[str, torch.Tensor]:
    """The network's tensors as a file holds them."""
    return {name: _rounded(name, tensor) for name, tensor in model.state_dict().items()}


def _rounded(name: str, tensor: torch.Tensor) -> torch.Tensor:
    """float16 for weights, as it is for batch-norm statistics and counts."""
    tensor = tensor.detach().cpu().contiguous()
    if not tensor.is_floating_point() or name.rsplit(".", 1)[-1] in _BUFFERS:
        return tensor.clone()
    return tensor.to(torch.float16)


def _bytes(path: Path) -> bytes:
    """The file, if it can be read and is of a size that makes sense."""
    try:
        size = path.stat().st_size
        if size > _TOO_LARGE:
            raise CheckpointError(f"{path} has {size:,} bytes; no checkpoint of ours is larger than {_TOO_LARGE:,}.")
        return path.read_bytes()
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error.strerror or error}.") from error


def _envelope(payload: bytes, path: str) -> dict[str, Any]:
    """Schema, hash and card from a safetensors header; the JSON must be in its one canonical form."""
    length = int.from_bytes(payload[:8], "little") if len(payload) >= 8 else 0
    if not 2 <= length <= min(len(payload) - 8, _HEADER_LIMIT):
        raise CheckpointError(f"{path} is no whole safetensors file: its header is cut or missing.")
    try:
        text = json.loads(payload[8 : 8 + length])["__metadata__"][CARD_KEY]
        envelope = json.loads(text)
        schema, canonical = envelope["schema"], canonical_json(envelope)
    except (ValueError, KeyError, TypeError, RecursionError, CheckpointError) as error:
        raise CheckpointError(
            f"{path} is no checkpoint of this project: it has no readable {CARD_KEY!r} metadata."
        ) from error
    if schema != SCHEMA_VERSION or isinstance(schema, bool):
        raise CheckpointError(f"{path} has schema version {schema!r}; this program reads {SCHEMA_VERSION}. Update it.")
    if canonical != text or set(envelope) != {"schema", "sha256", "card"} or not isinstance(envelope["card"], dict):
        raise CheckpointError(f"{path} is damaged or was changed: its metadata is not in the form it was written in.")
    return dict(envelope)


def _build(card: Card, path: str) -> nn.Module:
    """The network that the card describes, with fresh weights."""
    try:
        return build_model(card.architecture, **card.arguments)
    except (ExplorerError, TypeError, ValueError, RuntimeError) as error:
        raise CheckpointError(f"{path} describes a network that cannot be built: {error}") from error


def _load_into(model: nn.Module, tensors: Mapping[str, torch.Tensor], path: str) -> None:
    """Copies the tensors in, after their names and shapes were compared."""
    expected = model.state_dict()
    missing, surplus = sorted(set(expected) - set(tensors)), sorted(set(tensors) - set(expected))
    if missing or surplus:
        raise CheckpointError(
            f"{path} does not match its network: missing {missing[:3] or 'nothing'}, "
            f"not expected {surplus[:3] or 'nothing'}."
        )
    for name, tensor in tensors.items():
        if tensor.shape != expected[name].shape or tensor.is_floating_point() != expected[name].is_floating_point():
            raise CheckpointError(
                f"{path}: {name!r} is {tensor.dtype} {tuple(tensor.shape)}, "
                f"but the network has {expected[name].dtype} {tuple(expected[name].shape)}."
            )
    model.load_state_dict({name: tensor.to(expected[name].dtype) for name, tensor in tensors.items()})


def _sync_folder(folder: Path) -> None:
    """Makes the rename durable, where the system lets a folder be opened."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _plain(value: object) -> object:
    """Numpy scalars and arrays as JSON's own kinds."""
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} is no JSON value")
