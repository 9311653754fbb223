"""A network that visitors look into, whoever brought it, and the same as a classifier."""

import re
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from torch import nn

    from explorer.predict import Classifier
    from explorer.preprocessing import Preprocessing


@dataclass(frozen=True)
class Network:
    """A network that visitors look into; shared, so nobody changes it."""

    name: str  # what the page calls it in its menu and link
    model: "nn.Module"  # in eval mode
    preprocessing: "Preprocessing"
    device: "torch.device"
    classes: tuple[str, ...] = ()  # empty where the logits have no names
    temperature: float = 1.0
    trained: bool = True
    note: str = ""  # a sentence on where its weights are from
    loading_lines: str = ""  # Python that gives `model` and `preprocessing`
    lock: threading.Lock = field(default_factory=threading.Lock, compare=False)  # one forward at a time

    def class_name(self, index: int) -> str:
        """The name of a logit as people write it: "sports-shoes" → "sports shoes" (`readable` in wording.js)."""
        name = self.classes[index] if index < len(self.classes) else f"class {index}"
        return re.sub("[-_]+", " ", name) if re.fullmatch(r"[^\W_]+([-_]+[^\W_]+)*", name) else name

    @property
    def n_bytes(self) -> int:
        """What its weights occupy."""
        return sum(weight.numel() * weight.element_size() for weight in self.model.state_dict().values())


def as_classifier(network: Network) -> "Classifier":
    """A network without a model card as a classifier, with a card that says no more than is known."""
    import torch

    from explorer.checkpoint.file import Card
    from explorer.predict import Classifier

    preprocessing = network.preprocessing
    with network.lock, torch.no_grad():
        blank = torch.zeros(1, preprocessing.channels, preprocessing.size, preprocessing.size, device=network.device)
        count = int(network.model(blank).shape[-1])
    classes = network.classes or tuple(f"class {index}" for index in range(count))
    arguments = {"num_classes": len(classes), "in_channels": preprocessing.channels}
    card = Card(network.name, arguments, classes, preprocessing, provenance={"note": network.note})
    return Classifier(network.model, card, str(network.device))
