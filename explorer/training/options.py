"""What a run can be told: one frozen record, whose fields are the flags of the command line."""

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any, get_type_hints

from explorer.checkpoint import file as checkpoint
from explorer.checkpoint.file import Card
from explorer.data.augmentation import find_recipe
from explorer.errors import ModelError
from explorer.models import model_names
from explorer.models.names import TORCHVISION
from explorer.models.registry import fixed_size
from explorer.settings import ROOT

OPTIMISERS = ("sgd", "adamw")
SCHEDULES = ("cosine", "one-cycle", "step", "constant")
PRECISIONS = ("auto", "float32", "bfloat16")
TRANSFERS = ("none", "features", "partial", "full", "two-stage", "gradual")
WEIGHTINGS = ("none", "balanced", "root")
SAMPLERS = ("shuffle", "balanced")
FROM_IMAGENET, FROM_TORCHVISION = "imagenet", "torchvision"  # --start: the weights on board, or the network's own
_ON_BOARD = ROOT / "checkpoints" / "imagenet.safetensors"
_MORE_FLAGS = {"start": ("--start-from",)}  # torchrun takes --start for an abbreviation of a flag of its own
_RANGES: dict[str, tuple[float, float]] = {
    "epochs": (1, 100_000),
    "until": (0, 100_000),
    "batch_size": (1, 65_536),
    "accumulate": (1, 4096),
    "size": (8, 1024),
    "small_size": (0, 1024),
    "small_share": (0, 1),
    "rate": (0, 100),
    "momentum": (0, 0.9999),
    "weight_decay": (0, 10),
    "warmup": (0, 1),
    "smoothing": (0, 0.9),
    "average": (0, 0.99999),
    "clip": (0, 1e9),
    "layer_decay": (0.01, 1),
    "stage_epochs": (1, 100_000),
    "body": (0, 1),
    "freeze": (0, 1000),
    "test_share": (0, 0.5),
    "erase": (0, 1),
    "randaugment": (0, 8),
    "magnitude": (0, 1),
    "mixup": (0, 10),
    "cutmix": (0, 10),
    "patience": (0, 100_000),
    "teacher_share": (0, 1),
    "threads": (0, 1024),
    "seed": (0, 2**31),
}


@dataclass(frozen=True)
class Options:
    """One training run.

    Raises:
        ModelError, CatalogError: on construction, values that no run can have.
    """

    data: Annotated[tuple[str, ...], "drawn, drawn=COUNT, [NAME=]FOLDER or [NAME=]CATALOGUE#FOLDER; several unite"] = (
        "drawn",
    )
    out: Annotated[str, "folder of the run: checkpoint, state, log, curves"] = "runs/latest"
    name: Annotated[str, "of the checkpoint file; empty: the network's"] = ""
    network: Annotated[str, "a name that explorer.models knows, or torchvision/resnet18; if not given, the start's"] = (
        "compact"
    )
    network_arguments: Annotated[str, "JSON, what the network takes beside classes and channels"] = "{}"
    label_sets: Annotated[
        str, "JSON ({} for none), or its file: source -> coarse label -> classes; empty: the project's own"
    ] = ""
    channels: Annotated[int, "1 trains on grey"] = 3
    size: Annotated[
        int, "pixels that the network sees; if not given, what suits the network or the weights to start from"
    ] = 64
    mode: Annotated[str, "crop, letterbox or stretch; if not given, that of the weights to start from"] = "stretch"
    small_size: Annotated[int, "the first epochs see less: cheaper, and it does not hurt; 0 is off"] = 0
    small_share: Annotated[float, "share of the epochs at small_size"] = 0.5
    epochs: Annotated[int, "epochs"] = 8
    until: Annotated[int, "stop after so many of the epochs, and save; --resume goes on. 0: all of them"] = 0
    batch_size: Annotated[int, "of all processes together"] = 64
    accumulate: Annotated[
        int, "parts of a batch whose gradients are added up; batch norm and dropout see each by itself"
    ] = 1
    optimiser: Annotated[str, "sgd (Nesterov) or adamw"] = "sgd"
    rate: Annotated[float, "the highest learning rate"] = 0.05
    momentum: Annotated[float, "momentum"] = 0.9
    weight_decay: Annotated[float, "not on norms and biases"] = 5e-4
    schedule: Annotated[str, "cosine, one-cycle, step, constant"] = "one-cycle"
    warmup: Annotated[float, "share of the steps during which the rate rises"] = 0.15
    smoothing: Annotated[float, "label smoothing"] = 0.1
    average: Annotated[float, "decay of the moving average of the weights, a step; 0 is off"] = 0.998
    clip: Annotated[float, "largest norm of the gradient; 0 is off"] = 0.0
    start: Annotated[
        str, "weights, with mean and std: checkpoints of ours (A,B: their mean), imagenet (on board), or torchvision"
    ] = ""
    transfer: Annotated[str, "with --start: features, partial, full, two-stage or gradual; none trains all alike"] = (
        "none"
    )
    cached_features: Annotated[
        bool, "with --transfer features: each photograph is looked at once, as it is, and the head learnt on that"
    ] = False
    stage_epochs: Annotated[
        int, "two-stage: epochs of the head alone; gradual: epochs until the next group learns too"
    ] = 2
    body: Annotated[float, "the rate of all layers but the head is that of the head times this"] = 1.0
    freeze: Annotated[int, "so many layer groups, counted from the picture, stay as they started"] = 0
    layer_decay: Annotated[float, "the rate of each layer group is that of the next one times this"] = 1.0
    recipe: Annotated[str, "augmentation: natural, product, medical, aerial, tiny, none"] = "product"
    randaugment: Annotated[int, "how many random operations a photograph gets on top of the recipe"] = 0
    magnitude: Annotated[float, "of those operations, 0 to 1"] = 0.3
    erase: Annotated[float, "chance of an erased rectangle, on top of the recipe"] = 0.0
    mixup: Annotated[float, "alpha of MixUp; 0 is off"] = 0.0
    cutmix: Annotated[float, "alpha of CutMix; 0 is off"] = 0.0
    weighting: Annotated[str, "of the loss by class: balanced (1 / count) or root (1 / square root of it)"] = "none"
    repeat: Annotated[
        str, 'JSON: source -> how often an epoch shows each of its training pictures, such as {"clothing": 2}'
    ] = ""
    sampler: Annotated[str, "balanced draws every label equally often"] = "shuffle"
    patience: Annotated[
        int, "epochs without a better validation until it stops, and saves the best weights; 0 is off"
    ] = 0
    teacher: Annotated[str, "a checkpoint whose answers are learnt beside the labels (distillation)"] = ""
    teacher_share: Annotated[float, "how much of the loss is the teacher's"] = 0.5
    precision: Annotated[str, "bfloat16 where the processor has it"] = "auto"
    device: Annotated[str, "cuda where there is one"] = "auto"
    deterministic: Annotated[bool, "only algorithms that give the same bits again, on a GPU too"] = False
    threads: Annotated[int, "CPU threads; 0: torch's choice"] = 0
    seed: Annotated[int, "seed"] = 0
    resume: Annotated[bool, "go on from the state in `out`, or from the beginning if none was saved yet"] = False
    fresh: Annotated[bool, "overwrite a run in `out`"] = False
    test_share: Annotated[
        float, "of the training photographs: held out by their content, for evaluate --record-test"
    ] = 0.0
    cache: Annotated[str, "folder where decoded pictures are kept between runs"] = ""
    allow_unread: Annotated[bool, "go on when more than 1 % of the pictures cannot be read"] = False
    tensorboard: Annotated[bool, "write event files too; needs the tensorboard package"] = False
    dry_run: Annotated[bool, "check options and data, say what would be done, and stop"] = False

    def __post_init__(self) -> None:
        """Refuses what no run can have."""
        if not self.network.startswith(TORCHVISION):
            _known("network", self.network, model_names())
        _known("optimiser", self.optimiser, OPTIMISERS)
        _known("schedule", self.schedule, SCHEDULES)
        _known("precision", self.precision, PRECISIONS)
        _known("transfer", self.transfer, TRANSFERS)
        _known("weighting", self.weighting, WEIGHTINGS)
        _known("sampler", self.sampler, SAMPLERS)
        find_recipe(self.recipe)
        for name, (low, high) in _RANGES.items():
            if not low <= getattr(self, name) <= high:
                raise ModelError(f"{name} is {getattr(self, name)}; {low} to {high} is possible.")
        if self.channels not in (1, 3):
            raise ModelError(f"channels is {self.channels}; 1 (grey) or 3 (colour) is possible.")
        if self.transfer != "none" and not self.start:
            raise ModelError(f"transfer is {self.transfer}, but --start names no weights to start from.")
        if self.cached_features and self.transfer != "features":
            raise ModelError("--cached-features learns the head alone: it goes with --transfer features.")
        of_torchvision = self.network.startswith(TORCHVISION)
        if self.start == FROM_TORCHVISION and not of_torchvision:
            raise ModelError(f"{self.network} is none of torchvision's; torchvision/resnet18 and its like are.")
        if self.start == FROM_IMAGENET and of_torchvision:
            raise ModelError(
                f"--start {FROM_IMAGENET} means the EfficientNet-Lite0 on board; {self.network} with its own ImageNet "
                f"weights is --start {FROM_TORCHVISION}."
            )
        if self.resume and self.fresh:
            raise ModelError("--resume goes on and --fresh begins anew; give one of them.")

    @property
    def folder(self) -> Path:
        """Of the run."""
        return Path(self.out)


DRAWN: dict[str, Any] = {  # what suits the drawn set: 0.95 on its validation in under a minute on one core
    "network": "meesho",
    "size": 40,
    "epochs": 12,
    "batch_size": 32,
    "optimiser": "adamw",
    "rate": 0.002,
    "weight_decay": 0.02,
}


def parse(arguments: Sequence[str] | None = None) -> Options:
    """The options of a command line; `--help` lists them. Without --data, those of DRAWN are the defaults."""
    says = _says()
    parser = argparse.ArgumentParser(
        prog="python -m explorer.training",
        description="Train a network. Without --data: MeeshoCNN, on the drawn product set, in about a minute.",
        argument_default=argparse.SUPPRESS,
    )
    for item in fields(Options):
        flag, kind = f"--{item.name.replace('_', '-')}", type(item.default)
        text = f"{says[item.name]} (default: {item.default!r})".replace("%", "%%")
        if item.name == "data":
            parser.add_argument(flag, action="append", metavar="SOURCE", help=text)
        elif kind is bool:
            parser.add_argument(flag, action="store_true", help=says[item.name].replace("%", "%%"))
        else:
            parser.add_argument(flag, *_MORE_FLAGS.get(item.name, ()), type=kind, metavar=kind.__name__, help=text)
    given = vars(parser.parse_args(arguments))
    if "data" in given:
        given["data"] = tuple(given["data"])
    suited = DRAWN if "data" not in given else {}
    return Options(**{**suited, **_suited(given, suited.get("network", Options.network)), **given})


def start_files(start: str) -> list[str]:
    """The checkpoints of ours that `--start` names; none from scratch, or from torchvision's weights."""
    if start in ("", FROM_TORCHVISION):
        return []
    return [str(_ON_BOARD) if name == FROM_IMAGENET else name for name in start.split(",")]


def _suited(given: dict[str, Any], default: str) -> dict[str, Any]:
    """What the weights to start from were learnt with, or the one size that a network takes."""
    start, network = given.get("start"), given.get("network", default)
    if start == FROM_TORCHVISION and network.startswith(TORCHVISION):
        from explorer.models.torchvision_networks import pretrained_preprocessing  # loads torchvision

        found = pretrained_preprocessing(network)
        return {"size": found.size, "mode": found.mode}
    if start and start_files(start):
        return _as_learnt(checkpoint.read(start_files(start)[0])[1], given.get("network"))
    fixed = fixed_size(network)
    return {"size": fixed} if fixed else {}


def _as_learnt(card: Card, network: str | None) -> dict[str, Any]:
    """Network, channels, size and mode of a checkpoint; another network may have a size of its own."""
    preprocessing = card.preprocessing
    found = {"channels": preprocessing.channels, "size": preprocessing.size, "mode": preprocessing.mode}
    if network in (None, card.architecture):
        of_data = ("num_classes", "in_channels")
        arguments = {name: value for name, value in card.arguments.items() if name not in of_data}
        return found | {"network": card.architecture, "network_arguments": json.dumps(arguments)}
    fixed = fixed_size(network)
    return found | ({"size": fixed} if fixed else {})


def _says() -> dict[str, str]:
    """What each field of Options means, as said beside it."""
    return {name: hint.__metadata__[0] for name, hint in get_type_hints(Options, include_extras=True).items()}


def _known(what: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        raise ModelError(f"There is no {what} {value!r}; there are {', '.join(known)}.")
