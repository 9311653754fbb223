"""A larger network as the teacher: its answers to the training photographs, learnt beside their labels.

Hinton, Vinyals and Dean 2015 (arXiv:1503.02531). The teacher sees each photograph once, whole, by its own
preprocessing, and in a mirror; how the pupil's photographs are cut and coloured does not change what it said.
"""

from pathlib import Path

import torch
from torch.nn import functional

from explorer.checkpoint import file as checkpoint
from explorer.data.cache import PictureSet, decode
from explorer.data.labels import LabelSpace
from explorer.errors import CheckpointError
from explorer.training.engine import predict_logits
from explorer.training.loss import SOFTNESS


def teacher_answers(path: str, pictures: PictureSet, space: LabelSpace, cache: Path | None) -> torch.Tensor:
    """What the teacher says of each photograph: softened probabilities of the pupil's classes, float32 (N, classes).

    Args:
        path: a checkpoint of ours that knows every class of the pupil's; what else it knows is left out.
        cache: where decoded pictures are kept between runs; None keeps nothing.

    Raises:
        CheckpointError: it cannot be read, or lacks a class; the first three are named.
        CatalogError: photographs that cannot be decoded.
    """
    model, card = checkpoint.load(Path(path))
    lacking = [name for name in space.classes if name not in card.classes]
    if lacking:
        raise CheckpointError(
            f"{path} cannot teach {', '.join(lacking[:3])}: it does not know every class of this run."
        )
    seen = decode(pictures.items, space, card.preprocessing, cache)
    if len(seen) < len(pictures):
        raise CheckpointError(f"{path} cannot be shown photographs that were readable a moment ago: {seen.unread[0]}.")
    device = torch.device("cpu")
    columns = [card.classes.index(name) for name in space.classes]
    logits = predict_logits(model, seen.pictures, card.preprocessing, device)
    mirrored = predict_logits(model, seen.pictures.flip(3), card.preprocessing, device)
    return functional.softmax((logits + mirrored)[:, columns] / 2 / SOFTNESS, dim=1)
