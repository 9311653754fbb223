"""What can be looked into, by name; loads no network."""

from dataclasses import dataclass
from pathlib import Path

from explorer.models import model_names
from explorer.models.names import TORCHVISION
from explorer.models.torchvision_networks import classifiers
from explorer.networks.hub import hub_path, repositories_on_disk
from explorer.networks.pretrained import megabytes, on_disk
from explorer.networks.timm_networks import TIMM, hub_repository, timm_names
from explorer.networks.transformers_networks import KNOWN, TRANSFORMERS, has_transformers, is_classifier

_TRAINED = "Trained, on board"  # groups
_OWN = "This project's architectures, untrained"
_TORCHVISION = "torchvision"
_TIMM, _TRANSFORMERS = "timm", "transformers"


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
    return entries + [Entry(TORCHVISION + name, name, _TORCHVISION, _torchvision_note(name)) for name in classifiers()]


def listed_packages(*, downloads: bool = True) -> list[Entry]:
    """The image classifiers of timm and transformers, where these are installed; takes seconds to load timm.

    Args:
        downloads: those too whose weights are not on this machine.
    """
    here = set(repositories_on_disk())
    stored = {name: hub_repository(name) in here for name in timm_names()}
    entries = [
        Entry(name, name.removeprefix(TIMM), _TIMM, _package_note("timm's own weights", on_machine))
        for name, on_machine in stored.items()
        if on_machine or downloads
    ]
    if has_transformers():
        names = [name for name in here if hub_path(name, "config.json") and is_classifier(name)]
        for name in sorted({*names, *(KNOWN if downloads else ())}):
            note = _package_note("With transformers, by its name on the Hugging Face hub", name in here)
            entries.append(Entry(TRANSFORMERS + name, name, _TRANSFORMERS, note))
    return entries


def _package_note(whose: str, on_machine: bool) -> str:
    return f"{whose}; on this machine." if on_machine else f"{whose}, downloaded at first use."


def _torchvision_note(name: str) -> str:
    if on_disk(name):
        return "Pretrained on ImageNet; its weights are on this machine."
    return f"Pretrained on ImageNet once its {megabytes(name):.0f} MB are downloaded; untrained without."
