"""A network as timm or transformers saves it: config.json and model.safetensors, for a host in a folder, else sent.

Never runs code that comes with it, and reads no other kind of weights than safetensors. What a visitor sends is built
of shapes alone first, and compared with the file's.
"""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import nn

from explorer.errors import CheckpointError, ExplorerError
from explorer.networks.building import SEED, ShapesOnly
from explorer.networks.network import Network, lines_that_load
from explorer.networks.own_code import as_it_is
from explorer.networks.own_weights import OWN_LIMIT_MB, check_values, numbers_in, read_own
from explorer.networks.pretrained import SIDE_LIMIT
from explorer.networks.timm_networks import TimmPlan
from explorer.networks.transformers_networks import TransformersPlan
from explorer.preprocessing import Preprocessing

CONFIG, WEIGHTS, PROCESSOR = "config.json", "model.safetensors", "preprocessor_config.json"
_LONGEST_JSON = 8_000_000  # bytes; 21,000 classes with descriptions take 2 million
_WIDEST, _DEEPEST = 8192, 400  # what a visitor's config.json may ask for: of any one number, and of a list's sum
_SPARE = 1.2  # how many times the file's numbers a network may have: some are held twice, and in the file once
_NOTHING_SAID = (
    f"No {PROCESSOR} says how its pictures are prepared; ImageNet's mean and deviation are assumed, which may be wrong."
)
_TABLES = frozenset(["id2label", "label2id", "label_names", "label_descriptions", "labels", "pretrained_cfg"])


@dataclass(frozen=True)
class SavedFiles:
    """The files of a saved network."""

    config: Path
    weights: Path
    processor: Path | None = None  # transformers' own, of its pictures


class _Plan(Protocol):
    """What config.json says."""

    architecture: str
    arguments: dict[str, Any]
    classes: tuple[str, ...]

    @property
    def preprocessing(self) -> Preprocessing | None: ...

    def build(self) -> nn.Module: ...

    def load(self, tensors: dict[str, torch.Tensor], file_name: str) -> nn.Module: ...


def saved_in(folder: Path) -> SavedFiles:
    """The files of a folder as `timm.models.save_for_hf` or `save_pretrained` writes it.

    Raises:
        CheckpointError: one of the two that are needed is missing; says which.
    """
    for name in (CONFIG, WEIGHTS):
        if not (folder / name).is_file():
            raise CheckpointError(
                f"There is no {name} in {folder}. A network's folder is what timm.models.save_for_hf(..., "
                "safe_serialization=True) or transformers' save_pretrained writes."
            )
    processor = folder / PROCESSOR
    return SavedFiles(folder / CONFIG, folder / WEIGHTS, processor if processor.is_file() else None)


def load_folder(folder: Path | str, name: str | None = None) -> Network:
    """A host's folder as a network; called by the folder's name if no other is given.

    Raises:
        CheckpointError: files that are missing, damaged, or do not belong together.
        ModelError: its package is not installed, or it takes pictures that cannot be made here.
    """
    network = load_saved(saved_in(Path(folder)))
    note = f"The host's own, from the folder {Path(folder).name}: {network.note}"
    lines = lines_that_load("saved", "load_folder", repr(str(folder)))
    return replace(network, name=name or Path(folder).name, note=note, loading_lines=lines)


def load_saved(files: SavedFiles) -> Network:
    """Files of the host's own choice as a network, of any size.

    Raises:
        CheckpointError: files that are damaged, or do not belong together.
        ModelError: its package is not installed, or it takes pictures that cannot be made here.
    """
    return _loaded(files, _plan(files), limit_mb=float("inf"))


def load_sent(files: SavedFiles, limit_mb: float = OWN_LIMIT_MB) -> Network:
    """What a visitor sent, checked before anything is built of it.

    Raises:
        CheckpointError: files that are too large, damaged, or do not belong together; a network that is too large.
        ModelError: its package is not installed, or it takes pictures that cannot be made here.
    """
    plan = _plan(files)
    _check_modest(plan)
    network = _loaded(files, plan, limit_mb=limit_mb, largest_side=SIDE_LIMIT)
    return replace(network, note=f"Your own, from {files.weights.name}: {network.note}")


def _plan(files: SavedFiles) -> _Plan:
    config = _read(files.config)
    if "architecture" in config:  # of timm's, or of transformers' wrapper around it
        return TimmPlan(config)
    if "model_type" in config:
        return TransformersPlan(config, _read(files.processor) if files.processor else None)
    raise CheckpointError(
        f"{files.config.name} says neither timm's `architecture` nor transformers' `model_type`: nothing can be built."
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _LONGEST_JSON:
            raise CheckpointError(f"{path.name} is larger than {_LONGEST_JSON // 1_000_000} MB.")
        values = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise CheckpointError(f"{path.name} cannot be read as JSON: {str(error)[:120]}.") from error
    if not isinstance(values, dict):
        raise CheckpointError(f"{path.name} holds no object.")
    return values


def _check_modest(plan: _Plan) -> None:
    """Refuse a description whose network would occupy the host, whatever the file itself weighs."""
    asked = {key: value for key, value in plan.arguments.items() if key not in _TABLES}
    classes = max(len(plan.classes), int(_number(asked.pop("num_classes", 0))), _WIDEST)
    sums = [
        sum(numbers_in(value))
        for key, value in asked.items()
        if "depth" in key or key in {"layers", "num_hidden_layers"}
    ]
    if max(numbers_in(asked), default=0) > classes or max(sums, default=0) > _DEEPEST or classes > 100_000:
        raise CheckpointError(f"{CONFIG} describes a network that is too large to be built here.")


def _number(value: Any) -> float:  # noqa: ANN401 -- what JSON holds
    return value if isinstance(value, int | float) else float("inf")


def _loaded(files: SavedFiles, plan: _Plan, *, limit_mb: float, largest_side: int = 4096) -> Network:
    tensors = read_own(files.weights, limit_mb).tensors
    check_values(tensors, files.weights.name)
    stated, words = plan.preprocessing, ""
    if stated is None:
        words = f" {_NOTHING_SAID}"
    elif stated.size > largest_side:
        raise CheckpointError(f"It looks at pictures of {stated.size} pixels; at most {largest_side} are opened here.")
    with _building(plan.architecture):
        with ShapesOnly():
            wanted = sum(weight.numel() for weight in plan.build().state_dict().values())
        given = sum(tensor.numel() for tensor in tensors.values())
        if wanted > _SPARE * given:  # before memory is taken for all of it
            raise CheckpointError(
                f"{files.weights.name} does not belong to {plan.architecture}: it has {given:,} numbers of {wanted:,}."
            )
        model = plan.load(tensors, files.weights.name)
    note = f"{plan.architecture}, with pictures prepared as it says.{words}"
    return as_it_is(model, plan.architecture, classes=plan.classes, preprocessing=stated, note=note)


@contextlib.contextmanager
def _building(name: str) -> Iterator[None]:
    """While a network is built: torch's state of chance stays as it was, and what fails is a sentence.

    Raises:
        CheckpointError: it cannot be built of what is said.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        try:
            yield
        except ExplorerError:
            raise
        except Exception as error:  # whatever its package raises
            reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
            raise CheckpointError(f"{CONFIG} describes a {name} that cannot be built: {reason}.") from error
