"""What a network answers when a piece of the photograph is hidden, or when the photograph is framed otherwise."""

import dataclasses
import threading
import weakref
from collections.abc import Callable, Sequence

import torch
from torch import nn

from explorer.activations.nodes import Trace
from explorer.activations.patched import Patch, Patched
from explorer.activations.tracer import record_trace
from explorer.errors import ModelError
from explorer.networks.twin import twin_of
from explorer.predict.classifier import Classifier
from explorer.preprocessing import MODES, Preprocessing

WORTH_IT = 0.75  # of a forward's multiply-adds: with more the plain way is as quick
MOST_KEPT_BYTES = 128_000_000  # of forwards that wait for the next row of their picture's map
_lock = threading.RLock()  # a picture may die while the list is being changed
_recent: list[tuple["weakref.ref[nn.Module]", torch.Tensor, Trace, "weakref.ref[object]"]] = []
AT_ONCE = 8  # pictures with something hidden in one batch: a bound on memory, and on the wait for an end


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
    picture: object = None,
) -> torch.Tensor:
    """The logits when a grey patch hides one piece after the other of a row.

    What a patch does not reach is not computed again, where that saves something; the numbers are those of the network
    within 1e-5 of their range.

    Args:
        batch: float32 (1, C, H, W), preprocessed. A hidden pixel becomes 0, which is the training photographs' mean.
        patch: height and width of the patch, in pixels of the batch.
        stride: pixels from one position to the next.
        row: which row of positions, from 0.
        go_on: called between the batches of AT_ONCE positions; what it raises ends the work.
        picture: what the batch was made of, such as the photograph's array: what is kept of it for the next row goes
            when it goes. The batch itself where nothing is said.
    Returns:
        float32 (positions in the row, classes) on the CPU.
    Raises:
        ModelError: no such row.
    """
    height, width = batch.shape[2:]
    tops = hiding_starts(height, patch, stride)
    if not 0 <= row < len(tops):
        raise ModelError(f"There is no row {row}; with this patch there are {len(tops)}.")
    top, bottom = max(0, tops[row]), min(height, tops[row] + patch)
    lefts = hiding_starts(width, patch, stride)
    boxes = [Patch(top, max(0, left), bottom, min(width, left + patch)) for left in lefts]
    go_on()
    found = _in_pieces(classifier, batch, boxes, batch if picture is None else picture)
    if row == len(tops) - 1:  # the map is done
        _forget(batch)
    return _one_by_one(classifier, batch, boxes, go_on) if found is None else found


def _one_by_one(
    classifier: Classifier, batch: torch.Tensor, boxes: Sequence[Patch], go_on: Callable[[], None]
) -> torch.Tensor:
    """The plain way: a whole picture for each box."""
    found: list[torch.Tensor] = []
    for few in (boxes[start : start + AT_ONCE] for start in range(0, len(boxes), AT_ONCE)):
        go_on()
        hidden = batch.repeat(len(few), 1, 1, 1)
        for place, box in enumerate(few):
            hidden[place, :, box.top : box.bottom, box.left : box.right] = 0
        found.append(classifier.answers(hidden))
    return torch.cat(found)


def _in_pieces(
    classifier: Classifier, batch: torch.Tensor, boxes: Sequence[Patch], picture: object
) -> torch.Tensor | None:
    """The same from one recorded forward of the network's twin; None where it has none, or little is saved."""
    network = twin_of(classifier.model, batch)
    if network is classifier.model:
        return None
    try:
        patched = Patched(_recorded(network, batch, picture), boxes)
    except ModelError:  # something cannot be run again
        return None
    return patched.run(0.0).float().cpu() if patched.share < WORTH_IT else None


def _forget(batch: torch.Tensor) -> None:
    with _lock:
        _recent[:] = [one for one in _recent if not torch.equal(one[1], batch)]


def _forget_the_dead(_gone: object = None) -> None:
    with _lock:
        _recent[:] = [one for one in _recent if one[0]() is not None and one[3]() is not None]


def _recorded(network: nn.Module, batch: torch.Tensor, picture: object) -> Trace:
    """A forward of a twin, kept for the next row of the same picture as long as the picture is."""
    with _lock:
        _forget_the_dead()
        for one in _recent:
            if one[0]() is network and torch.equal(one[1], batch):
                return one[2]
    trace = record_trace(network, batch)
    with _lock:
        _recent.append((weakref.ref(network), batch.clone(), trace, weakref.ref(picture, _forget_the_dead)))
        while len(_recent) > 1 and sum(one[2].size_bytes for one in _recent) > MOST_KEPT_BYTES:
            _recent.pop(0)
        if trace.size_bytes > MOST_KEPT_BYTES:
            _recent.clear()
    return trace
