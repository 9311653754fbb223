"""An epoch: accumulation equals the whole batch, the average follows, a loss that is not finite stops."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from explorer.errors import ModelError
from explorer.models import build_model
from explorer.training.averaging import AveragedWeights
from explorer.training.engine import Learner, train_epoch, whole_batches
from explorer.training.learner import make_learner
from explorer.training.material import prepare
from explorer.training.memory import explain_memory, largest_that_fits
from explorer.training.options import Options
from explorer.training.run import make_lesson
from tests.data.folders import write_folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return write_folder(tmp_path_factory.mktemp("engine") / "shop", 8)


def epoch(folder: Path, **changes: object) -> tuple[Learner, float]:
    """One epoch of a network without batch norm and dropout."""
    common = {"network": "simple_two_layer", "size": 32, "batch_size": 12, "precision": "float32", "average": 0.0}
    options = Options(**{"data": (f"shop={folder}",), **common, **changes})
    material = prepare(options)
    learner = make_learner(options, {"num_classes": 3, "in_channels": 3}, torch.device("cpu"))
    result = train_epoch(learner, make_lesson(material, options, 32), options, 0, lambda _share: None)
    return learner, result.loss


def distance(first: nn.Module, second: nn.Module) -> float:
    pairs = zip(first.parameters(), second.parameters(), strict=True)
    return max(float((ours - theirs).detach().abs().max()) for ours, theirs in pairs)


@pytest.mark.parametrize("changes", [{}, {"erase": 1.0}, {"mixup": 0.4}, {"cutmix": 1.0, "erase": 0.5}], ids=str)
@pytest.mark.parametrize("parts", [2, 5, 12])
def test_accumulated_gradients_equal_those_of_the_whole_batch(folder, parts, changes):
    whole, whole_loss = epoch(folder, **changes)
    small, small_loss = epoch(folder, accumulate=parts, **changes)
    assert small_loss == pytest.approx(whole_loss, abs=1e-5)
    assert distance(whole.model, small.model) < 1e-5


def test_the_same_seed_gives_the_same_bits_and_another_does_not(folder):
    first, _ = epoch(folder, seed=4)
    again, _ = epoch(folder, seed=4)
    other, _ = epoch(folder, seed=5)
    assert distance(first.model, again.model) == 0
    assert distance(first.model, other.model) > 1e-4


def test_class_weights_change_what_is_learnt_and_balanced_data_does_not_need_them(folder, tmp_path):
    plain, _ = epoch(folder)
    weighted, _ = epoch(folder, weighting="balanced")
    assert distance(plain.model, weighted.model) < 1e-6  # the folder is balanced: all weights are 1
    unequal = write_folder(tmp_path / "shop", 4)
    for copy in range(12):
        shutil.copy(unequal / "train/reds/0.png", unequal / f"train/reds/more{copy}.png")
    plain, _ = epoch(unequal)
    weighted, _ = epoch(unequal, weighting="balanced")
    assert distance(plain.model, weighted.model) > 1e-4


@pytest.mark.parametrize(
    "changes",
    [
        {"mixup": 0.4},
        {"cutmix": 1.0},
        {"randaugment": 2},
        {"erase": 1.0},
        {"sampler": "balanced"},
        {"optimiser": "adamw"},
    ],
)
def test_options_take_part(folder, changes):
    plain, _ = epoch(folder)
    changed, loss = epoch(folder, **changes)
    assert torch.isfinite(torch.tensor(loss))
    assert distance(plain.model, changed.model) > 1e-5


def test_a_repeated_source_is_shown_more_often(folder):
    options = Options(data=(f"shop={folder}",), size=32, repeat='{"shop": 3}')
    shown = make_lesson(prepare(options), options, 32).shown
    assert torch.bincount(shown).tolist() == [3] * 24
    for wrong, message in (
        ("[", "JSON such as"),
        ('{"shoop": 2}', "sources are shop"),
        ('{"shop": 0}', "times 1 to 100"),
    ):
        with pytest.raises(ModelError, match=message):
            make_lesson(prepare(options), replace(options, repeat=wrong), 32)


def test_clipping_limits_the_step(folder):
    free, _ = epoch(folder, momentum=0.0, weight_decay=0.0, batch_size=24, rate=1.0)
    start = make_learner(Options(network="simple_two_layer"), {"num_classes": 3, "in_channels": 3}, torch.device("cpu"))
    clipped, _ = epoch(folder, momentum=0.0, weight_decay=0.0, batch_size=24, rate=1.0, clip=1e-3)

    def step(learner: Learner) -> float:
        pairs = zip(learner.model.parameters(), start.model.parameters(), strict=True)
        return float(sum((ours - theirs).detach().square().sum() for ours, theirs in pairs).sqrt())

    assert step(clipped) == pytest.approx(1e-3, rel=1e-2)
    assert step(free) > 10 * step(clipped)


def test_a_loss_that_is_not_finite_names_the_batch(folder):
    with pytest.raises(
        ModelError, match=r"The loss is (nan|inf) in epoch 1, batch \d+ \(train/.*\.png, .*lower --rate"
    ):
        epoch(folder, rate=100.0, momentum=0.99, batch_size=2, warmup=0.0)


def test_whole_batches_leave_out_an_incomplete_last_one():
    assert [len(batch) for batch in whole_batches(torch.arange(10), 4)] == [4, 4]
    assert [len(batch) for batch in whole_batches(torch.arange(3), 4)] == [3]


def test_the_average_follows_the_weights():
    model = build_model("compact", 3)
    average = AveragedWeights(model, 0.5)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(1)
        model.stem.bn.num_batches_tracked.fill_(7)
    before = average.model.fc.bias.clone()
    average.update(model)
    expected = before + (model.fc.bias - before) * (1 - 2 / 11)  # the first step: (1 + 1) / (10 + 1)
    assert torch.allclose(average.model.fc.bias, expected)
    assert int(average.model.stem.bn.num_batches_tracked) == 7
    for _ in range(60):
        average.update(model)
    assert torch.allclose(average.model.fc.bias, model.fc.bias, atol=1e-5)


def test_the_batch_size_that_fits_is_found_by_halving():
    tried = []

    def attempt(count: int) -> None:
        tried.append(count)
        if count > 20:
            raise torch.OutOfMemoryError

    assert largest_that_fits(attempt, 128) == 16
    assert tried == [64, 32, 16]

    def never(_count: int) -> None:
        raise torch.OutOfMemoryError

    assert largest_that_fits(never, 8) == 0


def test_out_of_memory_becomes_a_sentence():
    options = Options(network="simple_gap", batch_size=64, size=32)
    learner = make_learner(options, {"num_classes": 3, "in_channels": 3}, torch.device("cpu"))
    message = "memory of cpu is too small for batches of 64: --batch-size 32 would fit"
    with pytest.raises(ModelError, match=message), explain_memory(learner, options):
        raise torch.OutOfMemoryError
    assert all(parameter.grad is None for parameter in learner.model.parameters())
