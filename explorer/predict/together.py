"""Pictures that different callers ask about at one time, answered in one forward.

Nobody waits for company: who finds nobody at work begins at once, with all that wait by then, and those who come
meanwhile make the next batch. Used by the endpoint `/classify`.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass

import torch

from explorer.predict.classifier import Classifier

MOST_AT_ONCE = 8  # pictures a forward

Answering = Callable[[Classifier, torch.Tensor], torch.Tensor]  # a batch (N, C, H, W) to its logits (N, classes)


@dataclass(eq=False)
class _Asked:
    """One picture that somebody waits for."""

    classifier: Classifier
    batch: torch.Tensor  # of one
    logits: torch.Tensor | None = None


class Together:
    """Where callers in threads of their own meet."""

    def __init__(self, answering: Answering = Classifier.answers) -> None:
        self._answering = answering
        self._waiting: list[_Asked] = []
        self._changing = threading.Lock()  # the list
        self._working = threading.Lock()  # one forward at a time

    def answers(self, classifier: Classifier, batch: torch.Tensor) -> torch.Tensor:
        """The logits of one picture, float32 (classes,), as `Classifier.answers` gives them.

        Args:
            batch: float32 (1, C, H, W), preprocessed.
        """
        own = _Asked(classifier, batch)
        with self._changing:
            self._waiting.append(own)
        with self._working:
            if own.logits is None:
                taken = self._taken(own)
                found = self._answering(classifier, torch.cat([one.batch for one in taken]))
                for one, logits in zip(taken, found, strict=True):
                    one.logits = logits
                return found[0]
        return own.logits

    def _taken(self, own: _Asked) -> list[_Asked]:
        """The picture first, and others for the same network, in the order in which they came, off the list."""
        with self._changing:
            alike = [
                one
                for one in self._waiting
                if one is not own and one.classifier is own.classifier and one.batch.shape == own.batch.shape
            ]
            taken = [own, *alike[: MOST_AT_ONCE - 1]]
            self._waiting = [one for one in self._waiting if one not in taken]
        return taken
