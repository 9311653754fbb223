"""The head alone, on features that are computed once: `--transfer features --cached-features`.

The other way to train a head shows it every photograph once an epoch, augmented. Here each is looked at once, as it is,
and the head is the one minimum that explorer.teaching.head finds; of six strengths of its penalty the one with the
smallest loss on the validation photographs is taken.
"""

import time
from typing import Any

import torch
from torch import nn

from explorer.checkpoint.file import Card
from explorer.data.cache import PictureSet
from explorer.errors import ModelError
from explorer.predict import Classifier
from explorer.teaching.base import Base
from explorer.teaching.head import STRENGTHS, Head, learn_head, losses
from explorer.training.engine import Learner
from explorer.training.material import Material
from explorer.training.options import Options
from explorer.training.records import commit, say


def learn_on_features(
    learner: Learner, material: Material, options: Options, arguments: dict[str, Any]
) -> dict[str, Any]:
    """Gives the learner's network the head.

    Returns:
        The log's one line, but for its validation.

    Raises:
        ModelError: a label that stands for several classes, or a network that does not end in one linear layer.
    """
    started = time.perf_counter()
    card = Card(options.network, arguments, material.space.classes, material.preprocessing)
    learner.average = None  # there is nothing to average
    base = Base(options.network, Classifier(learner.model, card, str(learner.device)))
    features, truth = _features(base, material.train[options.size].resized(options.size), material)
    judged, judged_truth = _features(base, material.validation, material)
    say(f"{len(features):,} + {len(judged):,} photographs were looked at")
    loss, strength, head = _best(features, truth, judged, judged_truth, len(material.space.classes))
    say(f"penalty {strength:g}: the smallest validation loss, {loss:.4f}")
    _give(learner.model, base.head_name, head)
    return {
        "epoch": 1,
        "size": options.size,
        "loss": float(losses(head.logits(features), truth).mean()),
        "gradient_norm": 0.0,
        "gradient_norms": {},
        "rate": 0.0,
        "strength": strength,
        "trainable": head.weights.numel() + head.bias.numel(),
        "commit": commit(),
        "duration_s": round(time.perf_counter() - started, 2),
    }


def _features(base: Base, pictures: PictureSet, material: Material) -> tuple[torch.Tensor, torch.Tensor]:
    """What the head reads, float32 (N, features), and the classes, int64 (N,).

    Raises:
        ModelError: a label that stands for several classes.
    """
    members = material.space.members()[pictures.rows]
    if bool((members.sum(1) != 1).any()):
        raise ModelError(
            "--cached-features needs labels that are classes; here some stand for several (see --label-sets)."
        )
    return base.features(pictures.pictures), members.int().argmax(1)


def _best(
    features: torch.Tensor, truth: torch.Tensor, judged: torch.Tensor, judged_truth: torch.Tensor, classes: int
) -> tuple[float, float, Head]:
    """Validation loss, strength and head of the strength with the smallest loss."""
    found = []
    for strength in STRENGTHS:
        head = learn_head(features, truth, classes, strength)
        found.append((float(losses(head.logits(judged), judged_truth).mean()), strength, head))
    return min(found, key=lambda one: one[0])


def _give(model: nn.Module, name: str, head: Head) -> None:
    state = model.state_dict()
    state[f"{name}.weight"].copy_(head.weights)
    state[f"{name}.bias"].copy_(head.bias)
