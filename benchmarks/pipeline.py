"""Claim: the input pipeline takes at most 5 % of a training step on a GPU.

What is compared, in this very run: an epoch of the shipped network with everything that a photograph can meet (cut,
turn, colours, RandAugment, erasing, CutMix, MixUp), and as many batches made ready and not learnt from.
Prints the ratio; on a processor, for which nothing is claimed, too.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from explorer.data.augmentation import draw_numbers
from explorer.training.engine import Lesson, ready_batch, train_epoch, whole_batches
from explorer.training.learner import make_learner
from explorer.training.material import prepare
from explorer.training.mixing import draw_mix
from explorer.training.options import Options
from explorer.training.run import make_lesson

OPTIONS = Options(
    data=("drawn=48",), size=128, batch_size=128, randaugment=2, erase=0.25, cutmix=1.0, mixup=0.2, average=0.998
)


def main() -> int:
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    material = prepare(OPTIONS).near(device)
    classes = len(material.space.classes)
    learner = make_learner(OPTIONS, {"num_classes": classes, "in_channels": 3}, device)
    lesson = make_lesson(material, OPTIONS, OPTIONS.size)
    epoch_s = fastest(device, lambda: train_epoch(learner, lesson, OPTIONS, 0, lambda _done: None))
    pipeline_s = fastest(device, lambda: make_ready(lesson, device))
    name = torch.cuda.get_device_name() if device.type == "cuda" else f"CPU, {torch.get_num_threads()} threads"
    steps = len(whole_batches(lesson.shown, OPTIONS.batch_size))
    print(f"{name}: a step {1000 * epoch_s / steps:.2f} ms, its pipeline {1000 * pipeline_s / steps:.2f} ms")
    print(f"ratio {pipeline_s / epoch_s:.3f} (claimed: at most 0.05 on a GPU)")
    return 0 if device.type == "cpu" or pipeline_s <= 0.05 * epoch_s else 1


def make_ready(lesson: Lesson, device: torch.device) -> None:
    """An epoch's batches as `train_epoch` makes them."""
    generator = torch.Generator().manual_seed(0)
    order = lesson.shown[torch.randperm(len(lesson.shown), generator=generator)]
    draws = draw_numbers(lesson.recipe, len(order), generator).to(device)
    for number, indices in enumerate(whole_batches(order, OPTIONS.batch_size)):
        first = number * OPTIONS.batch_size
        mix = draw_mix(len(indices), OPTIONS.mixup, OPTIONS.cutmix, generator)
        numbers = draws.part(slice(first, first + len(indices)))
        ready_batch(lesson, indices, slice(0, len(indices)), numbers, mix, device)


def fastest(device: torch.device, work: Callable[[], object], times: int = 3) -> float:
    """Least seconds of several runs, the first of which warms up and does not count."""
    found = []
    for _ in range(times + 1):
        started = time.perf_counter()
        work()
        if device.type == "cuda":
            torch.cuda.synchronize()
        found.append(time.perf_counter() - started)
    return min(found[1:])


if __name__ == "__main__":
    sys.exit(main())
