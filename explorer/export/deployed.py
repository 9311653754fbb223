"""A network as it is deployed: pictures go in as they are, and the normalisation is a part of it."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from explorer.activations.borrowing import own_copy
from explorer.activations.recording import answer_in
from explorer.image.pixels import Picture
from explorer.image.render import picture_png
from explorer.predict import Classifier
from explorer.preprocessing import Preprocessing, to_tensor

Input = Literal["uint8", "float"]
INPUTS: tuple[Input, ...] = get_args(Input)


@dataclass(frozen=True)
class Made:
    """What an export gives."""

    files: dict[str, bytes]  # name -> content, the network first
    says: str  # a sentence: how it was checked, and how far it is from torch


class Deployed(nn.Module):
    """Pictures of the network's own size in, its output for each class out, float32 (N, classes).

    In evaluation mode, on the CPU, in float32; a copy, so that tracing it touches nobody's network.

    Args:
        taken: "uint8" for pixels of 0..255, (N, H, W, C); "float" for pixels of 0..1, float32 (N, C, H, W).

    Raises:
        ModelError: a network that keeps what it sees outside of its modules, so that no copy of it can be made.
    """

    mean: torch.Tensor
    std: torch.Tensor

    def __init__(self, classifier: Classifier, taken: Input) -> None:
        super().__init__()
        preprocessing = classifier.preprocessing
        probe = torch.zeros(1, preprocessing.channels, preprocessing.size, preprocessing.size)
        self.network = own_copy(classifier.model, probe.to(classifier.device)).cpu().float()
        self.register_buffer("mean", torch.tensor(preprocessing.mean).view(1, -1, 1, 1))
        self.register_buffer("std", torch.tensor(preprocessing.std).view(1, -1, 1, 1))
        self.pixels = taken == "uint8"
        self.eval()

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """The network's output."""
        if self.pixels:
            image = image.permute(0, 3, 1, 2).float() / 255
        return answer_in(self.network((image - self.mean) / self.std)).float()


def probe_picture() -> Picture:
    """Noise, uint8 (64, 64, 3), to follow a network on that will not answer it."""
    return np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)


def seen_png(preprocessing: Preprocessing, image: Picture) -> bytes:
    """What a network sees of a picture of any size, uint8 (H, W, 3), as a PNG file."""
    picture = preprocessing.picture(image)
    return picture_png(np.ascontiguousarray(np.broadcast_to(picture, (*picture.shape[:2], 3))))


def taken_by(preprocessing: Preprocessing, taken: Input, image: Picture) -> npt.NDArray[np.generic]:
    """A picture of any size, uint8 (H, W, 3), as the deployed network takes it, one of a batch of one."""
    picture = preprocessing.picture(image)
    if taken == "uint8":
        return picture[None]
    return to_tensor(picture).float().div(255).numpy()
