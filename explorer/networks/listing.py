"""What can be looked into, by name; loads no network."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torchvision

from explorer.models import model_names
from explorer.networks.pretrained import PREFIX, megabytes, on_disk

CHECKPOINTS = "Trained, on board"
OWN = "This project's architectures, untrained"
TORCHVISION = "torchvision"
TRANSFORMERS = ("vit", "swin", "maxvit")


@dataclass(frozen=True, slots=True)
class Entry:
    """A network in the list."""

    name: str  # what load_network takes
    label: str
    group: str
    note: str  # a sentence


def listed(checkpoints: Path | None = None) -> list[Entry]:
    """All networks that `load_network` knows: the folder's checkpoints, the project's architectures, torchvision's.

    Args:
        checkpoints: a folder of .safetensors files.
    """
    files = sorted(checkpoints.glob("*.safetensors")) if checkpoints else []
    entries = [Entry(path.stem, path.stem, CHECKPOINTS, "Trained weights with their model card.") for path in files]
    entries += [Entry(name, name, OWN, "Untrained: random weights.") for name in model_names()]
    return entries + [Entry(PREFIX + name, name, TORCHVISION, _torchvision_note(name)) for name in convolutional()]


def left_out() -> dict[str, str]:
    """Torchvision's classifiers that are not listed, by name, each with the reason."""
    reason = (
        "{name} is a transformer: most of its sums run over attention between patches, which is no convolution and "
        "has no maps to look at."
    )
    return {PREFIX + name: reason.format(name=name) for name in _classifiers() if name.startswith(TRANSFORMERS)}


def convolutional() -> list[str]:
    """Torchvision's convolutional classifiers."""
    return [name for name in _classifiers() if not name.startswith(TRANSFORMERS)]


def _classifiers() -> Sequence[str]:
    names: list[str] = torchvision.models.list_models(module=torchvision.models)
    return names


def _torchvision_note(name: str) -> str:
    if on_disk(name):
        return "Pretrained on ImageNet; its weights are on this machine."
    return f"Pretrained on ImageNet once its {megabytes(name):.0f} MB are downloaded; untrained without."
