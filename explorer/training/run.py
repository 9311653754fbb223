"""A whole run: from options to a checkpoint with its card."""

import math
import os
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch

from explorer.checkpoint import file as checkpoint
from explorer.checkpoint.file import Card
from explorer.data.augmentation import Recipe, find_recipe
from explorer.data.labels import KNOWN_COARSE
from explorer.errors import CheckpointError
from explorer.training import charts, distributed
from explorer.training.balance import shown_pictures
from explorer.training.cached import learn_on_features
from explorer.training.calibration import calibrate
from explorer.training.engine import Learner, Lesson, predict_logits, train_epoch
from explorer.training.learner import check_sizes, make_learner, network_arguments
from explorer.training.material import Material, prepare
from explorer.training.memory import explain_memory
from explorer.training.optimiser import rate_factor, set_rate
from explorer.training.options import Options
from explorer.training.records import (
    ProgressBar,
    commit,
    provenance,
    say,
    summary,
    write_events,
    write_files,
    write_log,
)
from explorer.training.scores import best_epoch, score
from explorer.training.state import load_state, save_state
from explorer.training.transfer import count_parameters, open_phase, phase_of

_MAY_DIFFER = (
    "until",
    "resume",
    "fresh",
    "out",
    "cache",
    "threads",
    "name",
    "device",
    "allow_unread",
    "tensorboard",
    "dry_run",
)
_CURVES_EVERY_S = 10  # drawing takes longer than a short epoch


def train(options: Options) -> Path:
    """Trains, and writes `out`/NAME.safetensors, the state, a log of one JSON line an epoch, curves, the list of files.

    Returns:
        The checkpoint's path.

    Raises:
        ExplorerError: what the caller can put right.
    """
    commit()  # now, before the checkout can change
    if options.threads:
        torch.set_num_threads(options.threads)
    if options.deterministic:
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.use_deterministic_algorithms(mode=True)
    target = options.folder / f"{options.name or options.network.replace('/', '-')}.safetensors"
    state = options.folder / "state.safetensors"
    if state.exists() and not (options.resume or options.fresh):
        raise CheckpointError(f"{options.folder} holds a run: go on with --resume, or overwrite it with --fresh.")
    device = distributed.pick_device(options.device)
    check_sizes(options)
    distributed.check_share(options.batch_size)
    if options.fresh and not options.dry_run and distributed.rank() == 0:
        state.unlink(missing_ok=True)  # a run that is killed before its first epoch must not go on with the old one
    material = prepare(options)
    distributed.check_share(len(material.train[options.size]))
    arguments = network_arguments(options, len(material.space.classes))
    distributed.join(device)
    try:
        learner = make_learner(options, arguments, device)
        material = material.near(learner.device)
        say(describe(options, material, learner))
        if options.dry_run:
            return target
        with explain_memory(learner, options):
            if options.cached_features:
                history = _on_features(learner, material, options, arguments)
            else:
                history = _all_epochs(learner, material, options, state)
        if distributed.rank() == 0:
            write_checkpoint(target, learner, material, options, arguments, history)
        distributed.wait_for_all()
    finally:
        distributed.leave()
    return target


def describe(options: Options, material: Material, learner: Learner) -> str:
    """What is about to be trained, on what; pictures that were left out are counted."""
    open_phase(learner.groups, phase_of(options, 0, learner.groups))
    trainable, total = count_parameters(learner.model)
    left_out = len(material.train[options.size].unread) + len(material.validation.unread)
    coarse = [name for name in material.space.label_sets if name in KNOWN_COARSE and not options.label_sets]
    told = "".join(f"{name}: its labels are sets of classes, by our own table (see --label-sets)\n" for name in coarse)
    told += "".join(f"{found.sentence()}\n" for found in material.held_out)
    return told + (
        f"{options.network}: {trainable:,} of {total:,} parameters learn; {len(material.train[options.size]):,} + "
        f"{len(material.validation):,} pictures ({left_out} left out), {len(material.space.classes)} classes; "
        f"{learner.device}, {str(learner.precision).removeprefix('torch.')}, {distributed.world_size()} process(es)"
    )


def _all_epochs(learner: Learner, material: Material, options: Options, state: Path) -> list[dict[str, Any]]:
    """From the first epoch, or the one after the last that was saved, to the end."""
    run = {name: value for name, value in asdict(options).items() if name not in _MAY_DIFFER}
    run |= {"files": material.fingerprints()}
    epoch, history = _saved(state, learner, run) if options.resume else (0, [])
    first, drawn = distributed.rank() == 0, -math.inf
    if first:
        write_files(options.folder / "files.json", material)
    last = min(options.epochs, options.until or options.epochs)
    while epoch < last and not _stops(history, options.patience, learner.device):
        line = _one_epoch(learner, material, options, epoch)
        epoch += 1
        history.append(line)
        if first:
            if options.patience and best_epoch(history) == epoch:
                learner.kept = {name: tensor.cpu().clone() for name, tensor in learner.judged.state_dict().items()}
            save_state(state, learner, epoch, history, run)
            write_log(options.folder / "log.jsonl", history)
            if time.monotonic() - drawn > _CURVES_EVERY_S:
                charts.write_curves(options.folder, history)
                drawn = time.monotonic()
            if options.tensorboard:
                write_events(options.folder / "events", history)
        say(summary(line, options.epochs))
    if first:
        charts.write_curves(options.folder, history)
        if learner.kept:
            learner.judged.load_state_dict(learner.kept)
    return history


def _on_features(
    learner: Learner, material: Material, options: Options, arguments: dict[str, Any]
) -> list[dict[str, Any]]:
    """The head learnt at once; a history of one line, and its files."""
    line = learn_on_features(learner, material, options, arguments)
    history = [line | {"validation": validate(learner, material)}]
    if distributed.rank() == 0:
        write_files(options.folder / "files.json", material)
        write_log(options.folder / "log.jsonl", history)
        charts.write_curves(options.folder, history)
    say(summary(history[0], 1))
    return history


def _saved(state: Path, learner: Learner, run: dict[str, Any]) -> tuple[int, list[dict[str, Any]]]:
    """Epochs done, and the history; none where a run was killed before its first epoch was saved."""
    if state.exists():
        return load_state(state, learner, run)
    say("nothing was saved yet; starting from the beginning")
    return 0, []


def _one_epoch(learner: Learner, material: Material, options: Options, epoch: int) -> dict[str, Any]:
    """Learns and is judged once; the log's line."""
    started = time.perf_counter()
    small = bool(options.small_size) and epoch < round(options.epochs * options.small_share)
    size = options.small_size if small else options.size
    phase = phase_of(options, epoch, learner.groups)
    before, _ = count_parameters(learner.model)
    learner.frozen = open_phase(learner.groups, phase)
    trainable, total = count_parameters(learner.model)
    if trainable != before:
        say(f"{trainable:,} of {total:,} parameters learn from epoch {epoch + 1} on")
    learner.wrapped = distributed.wrap(learner.model)
    bar = ProgressBar(f"epoch {epoch + 1}/{options.epochs}")

    def before_step(done: float) -> None:
        factor = rate_factor((epoch + done) / options.epochs, options.schedule, options.warmup)
        set_rate(learner.optimiser, options.rate * factor * phase.rate_factor)
        bar.show(done)

    lesson = make_lesson(material, options, size)
    result = train_epoch(learner, lesson, options, epoch, before_step)
    bar.clear()
    scores = validate(learner, material) if distributed.rank() == 0 else {}
    return {
        "epoch": epoch + 1,
        "size": size,
        "loss": result.loss,
        "gradient_norm": result.gradient_norm,
        "gradient_norms": result.gradient_norms,
        "rate": learner.optimiser.param_groups[-1]["lr"],
        "trainable": count_parameters(learner.model)[0],
        "validation": scores,
        "commit": commit(),
        "duration_s": round(time.perf_counter() - started, 2),
    }


def make_lesson(material: Material, options: Options, size: int) -> Lesson:
    """What an epoch at that size learns."""
    pictures = material.train[size]
    shown = shown_pictures(pictures, options.repeat)
    return Lesson(
        pictures,
        material.space.members(),
        material.preprocessing,
        recipe_of(options),
        size,
        shown,
        material.answers,
        options.teacher_share,
    )


def recipe_of(options: Options) -> Recipe:
    """The recipe with what the options put on top of it."""
    recipe = find_recipe(options.recipe)
    return replace(
        recipe,
        erase=max(options.erase, recipe.erase),
        operations=options.randaugment,
        magnitude=options.magnitude,
    )


def validate(learner: Learner, material: Material) -> dict[str, dict[str, float]]:
    """Scores by source of the network that would be saved."""
    pictures = material.validation
    logits = predict_logits(learner.judged, pictures.pictures, material.preprocessing, learner.device)
    return score(logits, pictures, material.space)


def write_checkpoint(
    path: Path,
    learner: Learner,
    material: Material,
    options: Options,
    arguments: dict[str, Any],
    history: list[dict[str, Any]],
) -> None:
    """Rounds the weights, measures the rounded ones, saves them with their card."""
    model = checkpoint.round_weights(learner.judged)
    pictures = material.validation
    logits = predict_logits(model, pictures.pictures, material.preprocessing, learner.device)
    calibration = calibrate(model, material.train[options.size], pictures, material.space, material.preprocessing)
    scores = score(logits / calibration["temperature"], pictures, material.space)  # sums over a label set depend on it
    card = Card(
        architecture=options.network,
        arguments=arguments,
        classes=material.space.classes,
        preprocessing=material.preprocessing,
        label_sets=material.space.label_sets,
        metrics={"validation": scores},
        provenance=provenance(options, material, learner, history),
        calibration=calibration,
    )
    checkpoint.save(path, model, card)
    say(f"{path}: " + ", ".join(f"{source} {values['top1']:.4f}" for source, values in scores.items()))


def _stops(history: list[dict[str, Any]], patience: int, device: torch.device) -> bool:
    """Whether validation has not become better for so many epochs; the first process decides for all."""
    stop = False
    if patience and history and history[0]["validation"]:
        stop = len(history) - best_epoch(history) >= patience
    return bool(distributed.from_first(float(stop), device))
