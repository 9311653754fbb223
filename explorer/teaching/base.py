"""What a network's last linear layer reads of a photograph, and of its edges alone; the rest of teaching needs no more.

The layer is found as the Classifier's exact sum finds it (explorer.predict.explain): its sum has to be the network's
output, so that another layer in its place gives another network and nothing else changes.
"""

import hashlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from explorer.activations.recording import watching
from explorer.activations.shadow import shadow
from explorer.checkpoint.file import stored_digest
from explorer.data.duplicates import picture_code
from explorer.errors import ModelError
from explorer.image.pixels import Picture
from explorer.models import model_names
from explorer.models.names import TORCHVISION
from explorer.networks.twin import twin_of
from explorer.predict.classifier import Classifier
from explorer.predict.explain import exact_sum
from explorer.preprocessing import to_tensor

MIDDLE = 0.8  # of each side: what is greyed where the edges alone are to tell
AT_ONCE = 16  # pictures a forward


@dataclass(frozen=True)
class Glance:
    """All that teaching keeps of a photograph."""

    features: torch.Tensor  # float32 (features,): what the head reads
    edges: torch.Tensor  # float32 (features,): the same of the picture with its middle greyed
    code: npt.NDArray[np.float32]  # by which it is compared with others, from explorer.data.duplicates
    sha256: str  # of its pixels

    @property
    def n_bytes(self) -> int:
        """What it occupies."""
        return self.features.nbytes + self.edges.nbytes + self.code.nbytes


class Base:
    """A network whose head another can take the place of.

    Raises:
        ModelError: on construction, a network that is none of the project's or torchvision's, or that does not end in
            one linear layer which gives its logits.
    """

    def __init__(self, name: str, classifier: Classifier) -> None:
        self.name, self.classifier = name, classifier
        card = classifier.card
        if card.architecture not in model_names() and not card.architecture.startswith(TORCHVISION):
            raise ModelError(f"{name} cannot be built anew for other classes, so nothing can be taught on top of it.")
        self.head_name = self._find_head()
        self._lock = threading.Lock()

    @cached_property
    def sha256(self) -> str:
        """What its checkpoint file is known by."""
        return stored_digest(self.classifier.model, self.classifier.card)

    def look(self, images: Sequence[Picture]) -> list[Glance]:
        """What is to be kept of each picture, uint8 (H, W, 3) of any size."""
        seen = [self.classifier.preprocessing.picture(image) for image in images]
        features = self.features(torch.cat([to_tensor(picture) for picture in (*seen, *map(edges_alone, seen))]))
        codes = [picture_code(image) for image in images]
        return [
            Glance(features[place], features[len(images) + place], codes[place], _hash(image))
            for place, image in enumerate(images)
        ]

    def features(self, pictures: torch.Tensor) -> torch.Tensor:
        """What the head reads of pictures that are of the network's size: float32 (N, features).

        Args:
            pictures: uint8 (N, C, size, size).
        """
        found: list[torch.Tensor] = []

        def keep(_name: str, _module: nn.Module, inputs: tuple[Any, ...]) -> None:
            found.append(inputs[0].detach().float().cpu().clone())

        device, preprocessing = self.classifier.device, self.classifier.preprocessing
        batches = [preprocessing.normalise(few.to(device)) for few in torch.split(pictures, AT_ONCE)]
        with self._lock:
            network = shadow(twin_of(self.classifier.model, batches[0]))
            with watching(network, lambda name, _: name == self.head_name, before=keep), torch.inference_mode():
                for batch in batches:
                    network(batch)
        return torch.cat(found).reshape(len(pictures), -1)

    def _find_head(self) -> str:
        """The name of the layer, if the network's output is what it adds up.

        Raises:
            ModelError: it is not.
        """
        noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)
        found = exact_sum(self.classifier.model, self.classifier.preprocessing(noise).to(self.classifier.device), 0)
        modules = dict(self.classifier.model.named_modules())
        head = modules.get(found.layer)
        bends = found.follows or found.counted_in or not found.terms
        if bends or not isinstance(head, nn.Linear) or head.bias is None:
            raise ModelError(f"{self.name} does not end in one linear layer, so no other can be taught in its place.")
        return found.layer


def edges_alone(picture: Picture) -> Picture:
    """A copy whose middle is of its own mean colour: what is left tells of the background; uint8 (H, W, C)."""
    height, width = picture.shape[:2]
    top, left = round(height * (1 - MIDDLE) / 2), round(width * (1 - MIDDLE) / 2)
    left_over = picture.copy()
    left_over[top : height - top, left : width - left] = np.rint(picture.mean(axis=(0, 1))).astype(np.uint8)
    return left_over


def _hash(image: Picture) -> str:
    return hashlib.sha256(repr(image.shape).encode() + np.ascontiguousarray(image).tobytes()).hexdigest()
