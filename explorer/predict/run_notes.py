"""How a run over many photographs went, kept beside its table: what answered, how fast, what it waited for.

`classify` counts and writes; a run in bfloat16 also says how often it agrees with float32.
"""

import json
import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from explorer.checkpoint.file import stored_digest
from explorer.predict.classifier import Classifier

CHECKED_BATCHES = 50  # of so many batches one is computed in float32 as well, from the first on


@dataclass
class RunNotes:
    """What is counted while a table is written."""

    answered: int = 0
    unread: int = 0
    seconds: dict[str, float] = field(default_factory=lambda: {"reading": 0.0, "computing": 0.0})  # waited for each
    batches: int = 0  # that were computed
    checked: int = 0  # photographs that were computed in float32 as well
    agreed: int = 0  # those of them with the same first label
    apart: float = 0.0  # the largest difference of a probability between the two
    _began: float = field(default_factory=time.perf_counter)

    @contextmanager
    def waiting_for(self, what: str) -> Iterator[None]:
        """Counts the time within the context."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[what] += time.perf_counter() - began

    def compare(self, rounded: torch.Tensor, whole: torch.Tensor) -> None:
        """Count how far probabilities of a batch in bfloat16, float32 (N, classes), are from those in float32."""
        self.checked += len(whole)
        self.agreed += int((rounded.argmax(1) == whole.argmax(1)).sum())
        self.apart = max(self.apart, float((rounded - whole).abs().max()))

    def sentences(self) -> str:
        """What is said at the end of a run."""
        said = [f"{self.answered} answered, {self.unread} could not be read."]
        if self.answered:
            duration_s = time.perf_counter() - self._began
            waits = ", ".join(f"{share:.0%} of the time waited for {name}" for name, share in self._shares(duration_s))
            said.append(f"{self.answered / duration_s:.1f} a second; {waits}.")
        if self.checked:
            said.append(
                f"Of {self.checked} that float32 answered too, {self.agreed} have the same first label; "
                f"probabilities differ by at most {self.apart:.2g}."
            )
        return "\n".join(said) + "\n"

    def write(self, table: Path, classifier: Classifier, chosen: dict[str, Any]) -> None:
        """Keep it as TABLE.meta.json, where the table is a file and no pipe or device.

        Args:
            chosen: the settings of the run, plain values.
        """
        if not table.is_file():
            return
        duration_s = time.perf_counter() - self._began
        content: dict[str, Any] = {
            "architecture": classifier.card.architecture,
            "checkpoint_sha256": stored_digest(classifier.model, classifier.card),
            "settings": chosen,
            "answered": self.answered,
            "unread": self.unread,
            "duration_s": round(duration_s, 3),
            "waited_for": {name: round(share, 4) for name, share in self._shares(duration_s)},  # shares of the time
            "threads": torch.get_num_threads(),
            "cores": os.cpu_count(),
            "versions": {"python": platform.python_version(), "torch": str(torch.__version__)},
        }
        if self.checked:
            content["against_float32"] = {
                "photographs": self.checked, "same_first_label": self.agreed, "largest_difference": self.apart
            }  # fmt: skip
        table.with_name(f"{table.name}.meta.json").write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")

    def _shares(self, duration_s: float) -> list[tuple[str, float]]:
        """What was waited for and its share of the time, the largest first: that bounds the run."""
        return sorted(((name, took / duration_s) for name, took in self.seconds.items()), key=lambda one: -one[1])
