"""A whole run: from options to a checkpoint with its card."""

import json
import os
import platform
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch

from explorer import checkpoint
from explorer.checkpoint import Card
from explorer.data.cache import PictureSet, decode
from explorer.data.labels import KNOWN_COARSE, LabelSpace, read_coarse, unify
from explorer.data.sources import Item, fingerprint, read_source
from explorer.errors import CheckpointError, ModelError
from explorer.models import build_model
from explorer.preprocessing import Preprocessing
from explorer.training.averaging import AveragedWeights
from explorer.training.engine import Learner, predict_logits, train_epoch
from explorer.training.optimiser import make_optimiser, rate_factor, set_rate
from explorer.training.options import Options
from explorer.training.scores import score
from explorer.training.state import load_state, save_state


@dataclass(frozen=True)
class Material:
    """What a run learns from and is judged on."""

    space: LabelSpace
    preprocessing: Preprocessing
    train: dict[int, PictureSet]  # by the size that the network sees
    validation: PictureSet
    files: dict[str, str]  # split -> SHA-256 of its list of pictures


def train(options: Options) -> Path:
    """Trains, and writes `out`/NAME.safetensors, the state, and a log of one JSON line an epoch.

    Returns:
        The checkpoint's path.

    Raises:
        ExplorerError: what the caller can put right.
    """
    if options.threads:
        torch.set_num_threads(options.threads)
    state_path = options.folder / "state.safetensors"
    if state_path.exists() and not (options.resume or options.fresh):
        raise CheckpointError(f"{options.folder} holds a run already: go on with --resume, or overwrite it with --fresh.")
    options.folder.mkdir(parents=True, exist_ok=True)
    material = prepare(options)
    arguments = {**_arguments(options), "num_classes": len(material.space.classes), "in_channels": options.channels}
    torch.manual_seed(options.seed)
    learner = make_learner(options, arguments)
    epoch, history = 0, []
    run = {**{name: value for name, value in asdict(options).items() if name not in _FREE}, "files": material.files}
    if options.resume:
        epoch, history = load_state(state_path, learner, run)
    count = sum(parameter.numel() for parameter in learner.model.parameters() if parameter.requires_grad)
    _say(f"{options.network}: {count:,} parameters learn, of {sum(p.numel() for p in learner.model.parameters()):,}; "
         f"{len(material.train[options.size]):,} + {len(material.validation):,} pictures, {len(material.space.classes)} classes; "
         f"{learner.device}, {str(learner.precision).removeprefix('torch.')}")
    while epoch < options.epochs:
        line = one_epoch(learner, material, options, epoch)
        epoch += 1
        history.append(line)
        save_state(state_path, learner, epoch, history, run)
        _write_log(options.folder / "log.jsonl", history)
        _say(_summary(line, options.epochs))
    return write_checkpoint(learner, material, options, arguments, history)


_FREE = ("resume", "fresh", "out", "cache", "threads", "name", "device", "allow_unread")  # may differ when a run goes on


def prepare(options: Options) -> Material:
    """Lists, unifies and decodes the sources; mean and standard deviation come from the training pictures alone."""
    cached_size = options.size if options.recipe == "none" else round(options.size * 1.17)
    sources = [read_source(text, options.seed, cached_size) for text in options.data]
    coarse = read_coarse(Path(options.label_sets)) if options.label_sets else KNOWN_COARSE
    space = unify({source.name: source.labels() for source in sources}, coarse)
    splits: dict[str, list[Item]] = {
        split: [item for source in sources for item in source.splits[split]] for split in ("train", "validation")
    }
    neutral = (0.5,) * options.channels
    geometry = Preprocessing(size=cached_size, mode=options.mode, mean=neutral, std=neutral)
    folder = Path(options.cache) if options.cache else None
    large = decode(splits["train"], space, geometry, folder, allow_unread=options.allow_unread)
    seen = replace(geometry, size=options.size)
    validation = decode(splits["validation"], space, seen, folder, allow_unread=options.allow_unread)
    mean, std = measure(large.pictures)
    train_sets = {options.size: large}
    if options.small_size:
        train_sets[options.small_size] = large.resized(round(options.small_size * 1.17))
    for name in (*large.unread, *validation.unread):
        _say(f"left out: {name}")
    files = {split: fingerprint(items) for split, items in splits.items()}
    _write_files(options.folder / "files.json", splits, files)
    return Material(space, replace(seen, mean=mean, std=std), train_sets, validation, files)


def measure(pictures: torch.Tensor) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and standard deviation by channel, of pixels scaled to 0..1, rounded to four digits."""
    sums = torch.zeros(2, pictures.shape[1], dtype=torch.float64)
    for part in pictures.split(256):
        values = part.double() / 255
        sums += torch.stack([values.sum((0, 2, 3)), values.square().sum((0, 2, 3))])
    count = pictures.numel() / pictures.shape[1]
    mean = sums[0] / count
    std = (sums[1] / count - mean**2).clamp(min=1e-4).sqrt()
    return tuple(round(float(value), 4) for value in mean), tuple(round(float(value), 4) for value in std)


def make_learner(options: Options, arguments: dict[str, Any]) -> Learner:
    """Network, optimiser and average, on the device."""
    device = torch.device(("cuda" if torch.cuda.is_available() else "cpu") if options.device == "auto" else options.device)
    model = build_model(options.network, **arguments)
    if options.start:
        _start_from(model, options.start)
    model = model.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    average = AveragedWeights(model, options.average) if options.average else None
    return Learner(model, make_optimiser(model, options), average, device, choose_precision(options.precision, device))


def choose_precision(name: str, device: torch.device) -> torch.dtype:
    """bfloat16 where it was asked for, or where `auto` finds a processor with instructions for it."""
    if name != "auto":
        return torch.bfloat16 if name == "bfloat16" else torch.float32
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32
    try:
        has_it = "avx512_bf16" in Path("/proc/cpuinfo").read_text() or "amx_bf16" in Path("/proc/cpuinfo").read_text()
    except OSError:
        has_it = False
    return torch.bfloat16 if has_it else torch.float32


def one_epoch(learner: Learner, material: Material, options: Options, epoch: int) -> dict[str, Any]:
    """Learns and is judged once; the log's line."""
    started = time.perf_counter()
    small = options.small_size and epoch < round(options.epochs * options.small_share)
    size = options.small_size if small else options.size
    rates: list[float] = []

    def before_step(done: float) -> None:
        rate = options.rate * rate_factor((epoch + done) / options.epochs, options.schedule, options.warmup)
        set_rate(learner.optimiser, rate)
        rates.append(rate)

    members = material.space.members()
    result = train_epoch(learner, material.train[size], members, material.preprocessing, options, epoch, size, before_step)
    scores = score(predict_logits(learner.best, material.validation, material.preprocessing, learner.device), material.validation, material.space)
    return {
        "epoch": epoch + 1, "size": size, "loss": result.loss, "gradient_norm": result.gradient_norm, "rate": rates[-1],
        "validation": scores, "duration_s": round(time.perf_counter() - started, 2),
    }  # fmt: skip


def write_checkpoint(learner: Learner, material: Material, options: Options, arguments: dict[str, Any], history: list[dict[str, Any]]) -> Path:
    """Rounds the weights, measures the rounded ones, saves them with their card."""
    model = checkpoint.round_weights(learner.best)
    scores = score(predict_logits(model, material.validation, material.preprocessing, learner.device), material.validation, material.space)
    card = Card(
        architecture=options.network,
        arguments=arguments,
        classes=material.space.classes,
        preprocessing=material.preprocessing,
        label_sets=material.space.label_sets,
        metrics={"validation": scores},
        provenance=provenance(options, material, learner, history),
    )
    path = checkpoint.save(options.folder / f"{options.name or options.network}.safetensors", model, card)
    _say(f"{path}: " + ", ".join(f"{source} {values['top1']:.4f}" for source, values in scores.items()))
    return path


def provenance(options: Options, material: Material, learner: Learner, history: list[dict[str, Any]]) -> dict[str, Any]:
    """Where the weights come from."""
    device = torch.cuda.get_device_name() if learner.device.type == "cuda" else f"CPU, {torch.get_num_threads()} cores"
    return {
        "command": "python -m explorer.training " + " ".join(sys.argv[1:]),
        "options": asdict(options),
        "commit": _commit(),
        "device": device,
        "precision": str(learner.precision).removeprefix("torch."),
        "duration_s": round(sum(line["duration_s"] for line in history), 1),
        "epochs": len(history),
        "seed": options.seed,
        "pictures": {"train": len(material.train[options.size]), "validation": len(material.validation)},
        "files_sha256": material.files,
        "versions": {"python": platform.python_version(), "torch": str(torch.__version__)},
    }


def _arguments(options: Options) -> dict[str, Any]:
    try:
        arguments = json.loads(options.network_arguments)
    except ValueError as error:
        raise ModelError(f"network_arguments is no JSON: {error}.") from error
    if not isinstance(arguments, dict):
        raise ModelError('network_arguments must be a JSON object such as {"dropout": 0.2}.')
    return arguments


def _start_from(model: torch.nn.Module, path: str) -> None:
    """Weights of another checkpoint, where name and shape agree; a head for other classes stays fresh."""
    tensors, _ = checkpoint.read(path)
    expected = model.state_dict()
    fitting = {name: tensor.to(expected[name].dtype) for name, tensor in tensors.items()
               if name in expected and tensor.shape == expected[name].shape}  # fmt: skip
    if not fitting:
        raise CheckpointError(f"{path} shares no weight with this network; a run cannot start from it.")
    model.load_state_dict({**expected, **fitting})
    _say(f"{len(fitting)} of {len(expected)} tensors come from {path}")


def _commit() -> str:
    """The commit of the code, with a plus sign where files were changed since; empty outside of git."""
    folder = Path(__file__).parent
    try:
        asked = subprocess.run(["git", "describe", "--always", "--dirty=+", "--abbrev=40"], cwd=folder, capture_output=True, text=True, check=False)  # noqa: S607, S603 - git, wherever it is
    except OSError:
        return ""
    return asked.stdout.strip()


def _write_files(path: Path, splits: dict[str, list[Item]], files: dict[str, str]) -> None:
    """The pictures of each split with its hash: "which photographs were in that validation" has an answer."""
    lists = {split: {"sha256": files[split], "pictures": [f"{item.source}/{item.name}" for item in items]} for split, items in splits.items()}
    checkpoint.write_atomically(path, json.dumps(lists, indent=1).encode())


def _write_log(path: Path, history: list[dict[str, Any]]) -> None:
    checkpoint.write_atomically(path, "".join(json.dumps(line) + "\n" for line in history).encode())


def _summary(line: dict[str, Any], epochs: int) -> str:
    scores = "  ".join(f"{source} {values['top1']:.3f}" for source, values in line["validation"].items())
    return f"epoch {line['epoch']}/{epochs}  {line['size']} px  loss {line['loss']:.3f}  {scores}  {line['duration_s']:.0f} s"


def _say(text: str) -> None:
    """Progress, on stderr."""
    if int(os.environ.get("RANK", "0")) == 0:
        print(text, file=sys.stderr, flush=True)  # noqa: T201 - progress of a command line
