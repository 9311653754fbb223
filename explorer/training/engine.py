"""One epoch of learning, and one evaluation. All randomness of an epoch comes from (seed, epoch)."""

import math
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from itertools import pairwise

import torch
from torch import nn

from explorer.data.augmentation import Draws, Recipe, augment, draw_numbers
from explorer.data.cache import PictureSet
from explorer.errors import ModelError
from explorer.preprocessing import Preprocessing
from explorer.training import distributed
from explorer.training.averaging import AveragedWeights
from explorer.training.balance import example_weights, picture_order
from explorer.training.loss import distillation_loss, set_cross_entropy
from explorer.training.mixing import Mix, draw_mix, mix_pixels
from explorer.training.options import Options
from explorer.training.transfer import LayerGroup

_NORMS_EVERY = 10  # steps; gradient norms by layer are looked at now and then, because looking costs time


@dataclass
class Learner:
    """What changes during a run."""

    model: nn.Module
    groups: list[LayerGroup]
    optimiser: torch.optim.Optimizer
    average: AveragedWeights | None
    device: torch.device
    precision: torch.dtype
    wrapped: nn.Module  # the model, or DDP around it
    frozen: list[nn.Module] = field(default_factory=list)
    kept: dict[str, torch.Tensor] = field(default_factory=dict)  # of the best epoch, where early stopping looks for it

    def autocast(self) -> AbstractContextManager[object]:
        """Mixed precision, where it was chosen."""
        if self.precision == torch.float32:
            return nullcontext()
        return torch.autocast(self.device.type, self.precision)

    @property
    def judged(self) -> nn.Module:
        """The network that is evaluated, and saved."""
        return self.average.model if self.average else self.model


@dataclass(frozen=True)
class Lesson:
    """What is learnt in an epoch, and how."""

    pictures: PictureSet
    members: torch.Tensor  # bool (rows, classes), from the label space
    preprocessing: Preprocessing
    recipe: Recipe
    size: int  # pixels that the network sees
    shown: torch.Tensor  # int64: which pictures an epoch shows, some perhaps more than once
    answers: torch.Tensor | None = None  # (N, classes): what a teacher says of each picture
    teacher_share: float = 0.0  # of the loss


@dataclass(frozen=True)
class EpochResult:
    """What one epoch of learning gave."""

    loss: float
    gradient_norm: float  # mean over the steps, before clipping
    gradient_norms: dict[str, float]  # by layer, mean over some of the steps


def train_epoch(
    learner: Learner, lesson: Lesson, options: Options, epoch: int, before_step: Callable[[float], None]
) -> EpochResult:
    """One pass over the pictures in random order.

    With `accumulate` or several processes, the gradients of the parts of a batch are added up before the step: the same
    as the whole batch, within rounding, on a network without batch norm and dropout; with batch norm each part has its
    own statistics. What is random about a photograph is drawn once for the whole batch, so parts change nothing.

    Args:
        before_step: told the share of the epoch that is done, 0 to 1, before each step; sets the rate.

    Raises:
        ModelError: a loss that is not finite; the batch is named.
    """
    seed = options.seed * 1_000_003 + epoch
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed + 500_009 * distributed.rank())  # dropout
    weights = example_weights(lesson.pictures.rows, options.weighting)
    order = lesson.shown[picture_order(lesson.pictures.rows[lesson.shown], options.sampler, generator)]
    batches = whole_batches(order, options.batch_size)
    draws = draw_numbers(lesson.recipe, len(order), generator).to(learner.device)
    learner.wrapped.train()
    for module in learner.frozen:
        module.eval()
    total, norms, by_layer = 0.0, [], []
    for number, indices in enumerate(batches):
        before_step(number / len(batches))
        learner.optimiser.zero_grad(set_to_none=True)
        first = number * options.batch_size
        mix = draw_mix(len(indices), options.mixup, options.cutmix, generator)
        numbers = draws.part(slice(first, first + len(indices)))
        loss = _accumulate_gradients(learner, lesson, options, indices, weights, numbers, mix)
        _check_finite(loss, f"epoch {epoch + 1}, batch {number + 1}", lesson.pictures, indices)
        if number % _NORMS_EVERY == 0:
            by_layer.append(layer_norms(learner.model))
        norms.append(float(nn.utils.clip_grad_norm_(learner.model.parameters(), options.clip or float("inf"))))
        learner.optimiser.step()
        if learner.average:
            learner.average.update(learner.model)
        total += loss
    means = {name: sum(found[name] for found in by_layer) / len(by_layer) for name in by_layer[0]}
    return EpochResult(total / len(batches), sum(norms) / len(norms), means)


def ready_batch(
    lesson: Lesson, indices: torch.Tensor, part: slice, draws: Draws, mix: Mix | None, device: torch.device
) -> tuple[torch.Tensor, float]:
    """The input pipeline: part of a batch, augmented, and mixed with partners from the whole batch if asked for.

    Returns:
        What the network sees, float32 (N, C, size, size), and the share of each photograph's own pixels in it.
    """
    batch = _augmented(lesson, indices, torch.arange(len(indices))[part], draws, device)
    if not mix:
        return batch, 1.0
    partners = mix.partner[part]
    whole = len(partners) == len(indices)
    partner = batch[partners.to(device)] if whole else _augmented(lesson, indices, partners, draws, device)
    return mix_pixels(batch, partner, mix)


@torch.inference_mode()
def predict_logits(
    model: nn.Module, pictures: torch.Tensor, preprocessing: Preprocessing, device: torch.device
) -> torch.Tensor:
    """Logits float32 (N, classes) of uint8 pictures (N, C, size, size), in eval mode and full precision."""
    model.eval()
    parts = []
    for start in range(0, len(pictures), 128):
        batch = preprocessing.normalise(pictures[start : start + 128].to(device))
        parts.append(model(batch).float().cpu())
    return torch.cat(parts)


def whole_batches(order: torch.Tensor, batch_size: int) -> list[torch.Tensor]:
    """The order in batches; an incomplete last one is left out if there is a complete one.

    Args:
        order: int64 (N,), indices of pictures.

    Returns:
        Each int64 (batch_size,), the last maybe shorter.
    """
    batches = [order[start : start + batch_size] for start in range(0, len(order), batch_size)]
    return batches[:-1] if len(batches) > 1 and len(batches[-1]) < batch_size else batches


def layer_norms(model: nn.Module) -> dict[str, float]:
    """Norm of the gradient of each weight matrix or kernel that has one, by its layer's name."""
    return {
        name.removesuffix(".weight"): float(parameter.grad.norm())
        for name, parameter in model.named_parameters()
        if parameter.grad is not None and parameter.ndim > 1
    }


def _check_finite(loss: float, place: str, pictures: PictureSet, indices: torch.Tensor) -> None:
    if not math.isfinite(loss):
        names = ", ".join(pictures.items[index].name for index in indices[:3].tolist())
        raise ModelError(f"The loss is {loss} in {place} ({names}, ...); try a lower --rate.")


def _accumulate_gradients(
    learner: Learner,
    lesson: Lesson,
    options: Options,
    indices: torch.Tensor,
    weights: torch.Tensor | None,
    draws: Draws,
    mix: Mix | None,
) -> float:
    """Forward and backward of one batch, part by part; gives its mean loss over all processes."""
    own = distributed.own_part(len(indices))
    parts = list(_parts(own, options.accumulate))
    total = 0.0
    for number, part in enumerate(parts):
        quiet = distributed.without_averaging(learner.wrapped) if number + 1 < len(parts) else nullcontext()
        with quiet:
            scale = torch.ones(part.stop - part.start) if weights is None else weights[indices[part]]
            losses = _losses(learner, lesson, options.smoothing, indices, part, draws, mix)
            loss = (losses * scale.to(learner.device)).sum() / len(indices) * distributed.world_size()
            loss.backward()  # type: ignore[no-untyped-call]
        total += float(loss.detach())
    return distributed.mean(total, learner.device)


def _losses(
    learner: Learner,
    lesson: Lesson,
    smoothing: float,
    indices: torch.Tensor,
    part: slice,
    draws: Draws,
    mix: Mix | None,
) -> torch.Tensor:
    """Losses (N,) of a part of a batch, augmented, and mixed with partners from the whole batch if asked for."""
    members = lesson.members[lesson.pictures.rows[indices]].to(learner.device)
    batch, share = ready_batch(lesson, indices, part, draws, mix, learner.device)
    with learner.autocast():
        logits = learner.wrapped(batch.contiguous(memory_format=torch.channels_last))
    answers = None if lesson.answers is None else lesson.answers[indices].to(learner.device)

    def against(places: torch.Tensor | slice) -> torch.Tensor:
        labelled = set_cross_entropy(logits, members[places], smoothing)
        if answers is None:
            return labelled
        return labelled + lesson.teacher_share * (distillation_loss(logits, answers[places]) - labelled)

    return share * against(part) + ((1 - share) * against(mix.partner[part].to(members.device)) if mix else 0)


def _augmented(
    lesson: Lesson, indices: torch.Tensor, places: torch.Tensor, draws: Draws, device: torch.device
) -> torch.Tensor:
    """What the network sees of the photographs at some places of a batch."""
    chosen = lesson.pictures.pictures[indices[places]].to(device)
    return lesson.preprocessing.normalise(augment(chosen, lesson.size, draws.part(places)))


def _parts(whole: slice, pieces: int) -> Iterator[slice]:
    """`pieces` nearly equal parts of a slice, empty ones left out."""
    count = whole.stop - whole.start
    edges = [whole.start + count * piece // pieces for piece in range(pieces + 1)]
    return (slice(first, last) for first, last in pairwise(edges) if last > first)
