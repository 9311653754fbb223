"""When a GPU's memory is too small for a batch: which size would fit."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch

from explorer.errors import ModelError
from explorer.training.engine import Learner
from explorer.training.options import Options


@contextmanager
def explain_memory(learner: Learner, options: Options) -> Iterator[None]:
    """Turns "out of memory" into a sentence that names a batch size that fits.

    Raises:
        ModelError: the memory was too small.
    """
    failed = False
    try:
        yield
    except torch.OutOfMemoryError:
        failed = True  # handled below, when the exception no longer holds the tensors
    if failed:
        fits = largest_that_fits(lambda count: _try_batch(learner, options, count), options.batch_size)
        advice = f"--batch-size {fits} would fit" if fits else "not even one picture fits; use a smaller --size"
        raise ModelError(f"The memory of {learner.device} is too small for batches of {options.batch_size}: {advice}.")


def largest_that_fits(attempt: Callable[[int], None], too_large: int) -> int:
    """The largest half, quarter, eighth ... of a batch size that `attempt` has memory for; 0 if none."""
    count = too_large // 2
    while count >= 1:
        try:
            attempt(count)
        except torch.OutOfMemoryError:
            count //= 2
        else:
            return count
    return 0


def _try_batch(learner: Learner, options: Options, count: int) -> None:
    """One forward and backward of that many black pictures; leaves no gradient behind."""
    if learner.device.type == "cuda":
        torch.cuda.empty_cache()
    learner.optimiser.zero_grad(set_to_none=True)
    batch = torch.zeros(count, options.channels, options.size, options.size, device=learner.device)
    with learner.autocast():
        loss = learner.model(batch).sum()
    loss.backward()
    learner.optimiser.zero_grad(set_to_none=True)
