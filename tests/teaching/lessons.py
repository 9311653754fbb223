"""A small network to teach on, and photographs of a colour a class."""

import numpy as np
import torch

from explorer.checkpoint.file import Card
from explorer.models import build_model
from explorer.predict import Classifier
from explorer.preprocessing import Preprocessing
from explorer.teaching.base import Base
from explorer.teaching.lesson import Pupil

COLOURS = {"red things": (190, 50, 40), "blue": (40, 60, 190), "grün": (60, 160, 70)}
ARGUMENTS = {"widths": [8, 8, 16, 16], "depths": [1, 1, 1, 1], "num_classes": 5, "in_channels": 3}


def small_classifier() -> Classifier:
    """compact, untrained, for five classes."""
    torch.manual_seed(4)
    model = build_model("compact", **ARGUMENTS).eval()
    with torch.no_grad():
        for tensor in model.state_dict().values():
            if tensor.is_floating_point():
                tensor.copy_(tensor.half())
    return Classifier(model, Card("compact", ARGUMENTS, tuple("abcde"), Preprocessing(size=32)))


def small_base() -> Base:
    return Base("small", small_classifier())


def coloured(label: str, number: int, size: tuple[int, int] = (45, 38)) -> np.ndarray:
    """A disc of the class's colour with noise, on a greyish ground; uint8 (H, W, 3)."""
    rng = np.random.default_rng([number, *label.encode()])
    picture = np.full((*size, 3), rng.integers(100, 150, 3), np.float64)
    y, x = np.mgrid[: size[0], : size[1]]
    inside = (y - rng.uniform(15, 29)) ** 2 + (x - rng.uniform(13, 25)) ** 2 < rng.uniform(100, 190)
    picture[inside] = COLOURS[label]
    return np.clip(picture + rng.normal(0, 20, picture.shape), 0, 255).astype(np.uint8)


def pupils(base: Base, per_class: int = 6, labels: tuple[str, ...] = tuple(COLOURS)) -> list[Pupil]:
    found = []
    for label in labels:
        looks = base.look([coloured(label, number) for number in range(per_class)])
        found += [Pupil(f"{label}/{number}.png", label, look) for number, look in enumerate(looks)]
    return found
