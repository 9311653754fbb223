"""What a network answers when a piece of the photograph is hidden, or when the photograph is framed otherwise."""

import dataclasses
from collections.abc import Callable

import torch

from explorer.activations.borrowing import computed
from explorer.activations.recording import answer_in
from explorer.errors import ModelError
from explorer.predict.classifier import Classifier
from explorer.preprocessing import MODES, Preprocessing

AT_ONCE = 8  # pictures with something hidden in one batch: a bound on memory, and on the wait for an end


def logits_of(classifier: Classifier, batch: torch.Tensor) -> torch.Tensor:
    """float32 (classes,) on the CPU, of a batch of one that was preprocessed already."""
    with torch.inference_mode():
        logits = answer_in(computed(classifier.model, batch.to(classifier.device)))[0]
    return logits.float().cpu().clone()


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


def hidden_logits(
    classifier: Classifier,
    batch: torch.Tensor,
    patch: int,
    stride: int,
    row: int,
    *,
    go_on: Callable[[], None] = lambda: None,
) -> torch.Tensor:
    """The logits when a grey patch hides one piece after the other of a row.

    Args:
        batch: float32 (1, C, H, W), preprocessed. A hidden pixel becomes 0, which is the training photographs' mean.
        patch: height and width of the patch, in pixels of the batch.
        stride: pixels from one position to the next.
        row: which row of positions, from 0.
        go_on: called between the batches of AT_ONCE positions; what it raises ends the work.
    Returns:
        float32 (positions in the row, classes) on the CPU.
    Raises:
        ModelError: no such row.
    """
    tops = hiding_starts(batch.shape[2], patch, stride)
    lefts = hiding_starts(batch.shape[3], patch, stride)
    if not 0 <= row < len(tops):
        raise ModelError(f"There is no row {row}; with this patch there are {len(tops)}.")
    top, bottom = max(0, tops[row]), tops[row] + patch
    found: list[torch.Tensor] = []
    for few in (lefts[start : start + AT_ONCE] for start in range(0, len(lefts), AT_ONCE)):
        go_on()
        hidden = batch.repeat(len(few), 1, 1, 1)
        for place, left in enumerate(few):
            hidden[place, :, top:bottom, max(0, left) : left + patch] = 0
        with torch.inference_mode():
            found.append(answer_in(computed(classifier.model, hidden.to(classifier.device))).float().cpu())
    return torch.cat(found)
