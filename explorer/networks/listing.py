"""What can be looked into, by name; loads no network."""

from dataclasses import dataclass
from pathlib import Path

from explorer.models import model_names
from explorer.models.names import TORCHVISION
from explorer.models.torchvision_networks import convolutional
from explorer.networks.pretrained import megabytes, on_disk

_TRAINED = "Trained, on board"  # groups
_OWN = "This project's architectures, untrained"
_TORCHVISION = "torchvision"


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
    entries = [Entry(path.stem, path.stem, _TRAINED, "Trained weights with their model card.") for path in files]
    entries += [Entry(name, name, _OWN, "Untrained: random weights.") for name in model_names()]
    return entries + [
        Entry(TORCHVISION + name, name, _TORCHVISION, _torchvision_note(name)) for name in convolutional()
    ]


def _torchvision_note(name: str) -> str:
    if on_disk(name):
        return "Pretrained on ImageNet; its weights are on this machine."
    return f"Pretrained on ImageNet once its {megabytes(name):.0f} MB are downloaded; untrained without."
