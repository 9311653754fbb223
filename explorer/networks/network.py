"""A network that somebody looks into, whoever brought it; and how a class is written for people."""

import re
import threading
from dataclasses import dataclass, field, replace

import torch
from torch import nn

from explorer.checkpoint.file import Card
from explorer.preprocessing import Preprocessing


@dataclass(frozen=True)
class Network:
    """A network to look into, in evaluation mode; shared by all who look, so nobody changes it."""

    name: str  # what the list, the page's menu and its link call it
    model: nn.Module
    preprocessing: Preprocessing
    classes: tuple[str, ...] = ()  # names of the logits; empty where they have none
    trained: bool = True
    note: str = ""  # a sentence on where the weights are from
    loading_lines: str = ""  # Python that gives `model` and `preprocessing`
    card: Card | None = None  # of a checkpoint of this project
    no_logits: str = ""  # a sentence, where its output is no logit for each class, so that it answers nothing
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    lock: threading.Lock = field(default_factory=threading.Lock, compare=False)  # one forward at a time

    @property
    def temperature(self) -> float:
        """What the logits are divided by before the softmax."""
        return self.card.temperature if self.card else 1.0

    @property
    def n_bytes(self) -> int:
        """What its weights occupy."""
        return sum(weight.numel() * weight.element_size() for weight in self.model.state_dict().values())

    def class_name(self, index: int) -> str:
        """The name of a logit as people write it; "class 7" where it has none."""
        return readable(self.classes[index]) if index < len(self.classes) else f"class {index}"

    def on(self, device: str) -> "Network":
        """The same network on a device, to which its model is moved.

        Raises:
            RuntimeError: torch knows no such device, or the machine has none.
        """
        place = torch.device(device)
        return replace(self, model=self.model.to(place), device=place)


def readable(label: str) -> str:
    """A class as people write it: "sports-shoes" → "sports shoes".

    A name with signs other than letters, numbers, hyphens and underscores within it stays as it is
    ("jack-o'-lantern"). The page's `readable` in `wording.js` follows the same rule; one table tests both.
    """
    plain = re.fullmatch(r"[^\W_]+([-_]+[^\W_]+)*", label)
    return re.sub("[-_]+", " ", label) if plain else label
