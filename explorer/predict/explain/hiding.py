"""What a network answers when a piece of the photograph is hidden, or when the photograph is framed otherwise."""

import dataclasses

import torch

from explorer.errors import ModelError
from explorer.predict.classifier import Classifier
from explorer.preprocessing import MODES, Preprocessing


def other_modes(preprocessing: Preprocessing) -> list[Preprocessing]:
    """The same preprocessing in each mode: crop, letterbox, stretch."""
    own = preprocessing.mode
    return [
        dataclasses.replace(preprocessing, mode=mode, resize=preprocessing.resize if mode in {"crop", own} else None)
        for mode in MODES
    ]


def hiding_starts(size: int, patch: int, stride: int) -> list[int]:
    """Where patches begin along an axis: their centres tile it in cells of `stride`."""
    return list(range(stride // 2 - patch // 2, size - patch // 2, stride))


def hidden_logits(classifier: Classifier, batch: torch.Tensor, patch: int, stride: int, row: int) -> torch.Tensor:
    """The logits when a grey patch hides one piece after the other of a row.

    Args:
        batch: float32 (1, C, H, W), preprocessed. A hidden pixel becomes 0, which is the training photographs' mean.
        patch: height and width of the patch, in pixels of the batch.
        stride: pixels from one position to the next.
        row: which row of positions, from 0.
    Returns:
        float32 (positions in the row, classes) on the CPU.
    Raises:
        ModelError: no such row.
    """
    tops = hiding_starts(batch.shape[2], patch, stride)
    lefts = hiding_starts(batch.shape[3], patch, stride)
    if not 0 <= row < len(tops):
        raise ModelError(f"There is no row {row}; with this patch there are {len(tops)}.")
    hidden = batch.repeat(len(lefts), 1, 1, 1)
    top, bottom = max(0, tops[row]), tops[row] + patch
    for place, left in enumerate(lefts):
        hidden[place, :, top:bottom, max(0, left) : left + patch] = 0
    return classifier.answers(hidden)
