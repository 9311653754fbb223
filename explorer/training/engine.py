"""One epoch of learning, and one evaluation. All randomness of an epoch comes from (seed, epoch)."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace

import torch
from torch import nn

from explorer.data.augmentation import augment, draw_numbers, find_recipe
from explorer.data.cache import PictureSet
from explorer.errors import ModelError
from explorer.preprocessing import Preprocessing
from explorer.training.averaging import AveragedWeights
from explorer.training.loss import set_cross_entropy
from explorer.training.options import Options


@dataclass
class Learner:
    """What changes during a run."""

    model: nn.Module
    optimiser: torch.optim.Optimizer
    average: AveragedWeights | None
    device: torch.device
    precision: torch.dtype

    def autocast(self) -> AbstractContextManager[object]:
        """Mixed precision, where it was chosen."""
        if self.precision == torch.float32:
            return nullcontext()
        return torch.autocast(self.device.type, self.precision)

    @property
    def best(self) -> nn.Module:
        """The network that is evaluated and saved."""
        return self.average.model if self.average else self.model


@dataclass(frozen=True)
class EpochResult:
    """What one epoch of learning gave."""

    loss: float
    gradient_norm: float  # mean over the steps, before clipping


def train_epoch(
    learner: Learner,
    pictures: PictureSet,
    members: torch.Tensor,
    preprocessing: Preprocessing,
    options: Options,
    epoch: int,
    size: int,
    before_step: Callable[[float], None],
) -> EpochResult:
    """One pass over the pictures in random order.

    Args:
        members: bool (rows, classes), from the label space.
        size: pixels that the network sees in this epoch.
        before_step: told the share of the epoch that is done, 0 to 1, before each step; sets the rate.

    Raises:
        ModelError: a loss that is not finite; the batch is named.
    """
    generator = torch.Generator().manual_seed(options.seed * 1_000_003 + epoch)
    torch.manual_seed(options.seed * 1_000_003 + epoch)  # dropout
    recipe = replace(find_recipe(options.recipe), erase=max(options.erase, find_recipe(options.recipe).erase))
    batches = batch_indices(len(pictures), options.batch_size, generator)
    learner.model.train()
    total, norms = 0.0, []
    for number, indices in enumerate(batches):
        before_step(number / len(batches))
        draws = draw_numbers(recipe, len(indices), generator)
        noise = torch.Generator(learner.device).manual_seed(int(torch.randint(2**62, (1,), generator=generator)))
        learner.optimiser.zero_grad(set_to_none=True)
        step_loss = 0.0
        for part in _parts(len(indices), options.accumulate):
            chosen = pictures.pictures[indices[part]].to(learner.device)
            targets = members[pictures.rows[indices[part]]].to(learner.device)
            batch = preprocessing.normalise(augment(chosen, size, draws.part(part), noise))
            batch = batch.contiguous(memory_format=torch.channels_last)
            with learner.autocast():
                logits = learner.model(batch)
            loss = set_cross_entropy(logits, targets, options.smoothing)
            share = len(chosen) / len(indices)
            (loss * share).backward()  # type: ignore[no-untyped-call]
            step_loss += float(loss.detach()) * share
        if not torch.isfinite(torch.tensor(step_loss)):
            names = ", ".join(pictures.items[index].name for index in indices[:3].tolist())
            raise ModelError(f"The loss is {step_loss} in epoch {epoch + 1}, batch {number + 1} ({names}, ...): lower the rate.")
        limit = options.clip or float("inf")
        norms.append(float(torch.nn.utils.clip_grad_norm_(learner.model.parameters(), limit)))
        learner.optimiser.step()
        if learner.average:
            learner.average.update(learner.model)
        total += step_loss
    return EpochResult(total / len(batches), sum(norms) / len(norms))


@torch.inference_mode()
def predict_logits(model: nn.Module, pictures: PictureSet, preprocessing: Preprocessing, device: torch.device) -> torch.Tensor:
    """Logits float32 (N, classes) of every picture, in eval mode and full precision, as the page computes them."""
    model.eval()
    parts = []
    for portion in pictures.pictures.split(128):
        batch = preprocessing.normalise(portion.to(device))
        parts.append(model(batch.contiguous(memory_format=torch.channels_last)).float().cpu())
    return torch.cat(parts)


def batch_indices(count: int, batch_size: int, generator: torch.Generator) -> list[torch.Tensor]:
    """A random order in batches; an incomplete last batch is left out if there is a complete one."""
    batches = list(torch.randperm(count, generator=generator).split(batch_size))
    return batches[:-1] if len(batches) > 1 and len(batches[-1]) < batch_size else batches


def _parts(count: int, pieces: int) -> list[slice]:
    """`pieces` nearly equal parts of 0..count."""
    edges = [round(count * piece / pieces) for piece in range(pieces + 1)]
    return [slice(first, last) for first, last in zip(edges, edges[1:], strict=False) if last > first]
