"""A network that somebody looks into, whoever brought it; and how a class is written for people."""

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import nn

from explorer.checkpoint.file import Card
from explorer.preprocessing import Preprocessing

_LINES = """\
import torch

from explorer.image import open_upload
from explorer.networks.{module} import {function}

loaded = {function}({arguments})
model, preprocessing = loaded.model, loaded.preprocessing
"""


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
    snapshot: bool = False  # a copy of a model that goes on changing; it lives as long as what was recorded with it
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


def lines_that_load(module: str, function: str, arguments: str) -> str:
    """Python that gives `model` and `preprocessing`, by a function of explorer.networks.MODULE."""
    return _LINES.format(module=module, function=function, arguments=arguments)


def labels_of(by_index: Any) -> tuple[str, ...]:  # noqa: ANN401 -- what a file holds
    """The class names in a table from index to name, as transformers writes it; empty where it has only numbers."""
    if not isinstance(by_index, Mapping):
        return ()
    try:
        names = {int(index): str(name) for index, name in by_index.items()}
    except (TypeError, ValueError):
        return ()
    if sorted(names) != list(range(len(names))) or all(name == f"LABEL_{index}" for index, name in names.items()):
        return ()
    return tuple(names[index] for index in range(len(names)))


def readable(label: str) -> str:
    """A class as people write it: "sports-shoes" → "sports shoes".

    A name with signs other than letters, numbers, hyphens and underscores within it stays as it is
    ("jack-o'-lantern"). The page's `readable` in `wording.js` follows the same rule; one table tests both.
    """
    plain = re.fullmatch(r"[^\W_]+([-_]+[^\W_]+)*", label)
    return re.sub("[-_]+", " ", label) if plain else label
