"""The networks that the page offers: handles made at once, filled by a background thread after the server listens.

Everybody reads the same networks; nobody changes one (what a visitor changes is done on a copy).
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from explorer.errors import ExplorerError, ModelError

if TYPE_CHECKING:
    import torch
    from torch import nn

    from explorer.predict import Classifier
    from explorer.preprocessing import Preprocessing

LOADING = """\
import torch

from explorer.checkpoint import load
from explorer.image import open_upload

model, card = load("{path}")
model.eval()
preprocessing = card.preprocessing
"""
LOADING_LIMIT_S = 90  # how long a visitor's first request waits for torch on a slow machine

_log = logging.getLogger(__name__)
Function = TypeVar("Function", bound=Callable[..., Any])


def on_gpu(function: Function) -> Function:
    """`function` as what a ZeroGPU Space runs on its borrowed GPU; anywhere else the function itself."""
    try:
        import spaces
    except ImportError:
        return function
    lent: Function = spaces.GPU(duration=10)(function)
    return lent


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
    loading_lines: str = ""  # Python that gives `model` and `preprocessing`
    lock: threading.Lock = field(default_factory=threading.Lock, compare=False)  # one forward at a time

    def class_name(self, index: int) -> str:
        """The name of a logit."""
        return self.classes[index] if index < len(self.classes) else f"class {index}"


class Shelf:
    """Checkpoints by name, loaded once."""

    def __init__(self, folder: Path, device: str) -> None:
        self._files = {path.stem: path for path in sorted(folder.glob("*.safetensors"))}
        self._device = device
        self._classifiers: dict[str, Classifier] = {}
        self._networks: dict[str, Network] = {}
        self._lock = threading.Lock()
        self._ready = threading.Event()

    @property
    def names(self) -> list[str]:
        """The checkpoints, the default one first."""
        return sorted(self._files, key=lambda name: (name != "products", name))

    def start(self) -> None:
        """Load torch and the default checkpoint in the background; requests wait for it."""
        threading.Thread(target=self._warm_up, name="load networks", daemon=True).start()

    def networks(self, _request: dict[str, Any]) -> list[dict[str, Any]]:
        """The page's menu: groups of networks, each with its name, label and a sentence."""
        self._wait()
        trained = [self._menu_entry(name) for name in self.names]
        return [{"label": "Trained by this project", "networks": trained}]

    def classifier(self, name: object) -> "Classifier":
        """The checkpoint of that name, loaded at its first use.

        Raises:
            ModelError: unknown name (the known ones are listed), or torch is still loading after a long wait.
            CheckpointError: its file is damaged.
        """
        if not isinstance(name, str) or name not in self._files:
            msg = f"There is no checkpoint {name!r}; there are {', '.join(self.names) or 'none'}."
            raise ModelError(msg)
        self._wait()
        return self._load(str(name))

    def network(self, name: object) -> Network:
        """The network of that name, loaded at its first use.

        Raises:
            ModelError: unknown name, or torch is still loading after a long wait.
            CheckpointError: its file is damaged.
        """
        classifier = self.classifier(name)
        with self._lock:
            return self._networks.setdefault(
                str(name),
                Network(
                    str(name),
                    classifier.model,
                    classifier.preprocessing,
                    classifier.device,
                    classifier.classes,
                    classifier.temperature,
                    loading_lines=LOADING.format(path=f"checkpoints/{self._files[str(name)].name}"),
                ),
            )

    def _wait(self) -> None:
        if not self._ready.wait(LOADING_LIMIT_S):
            raise ModelError("The network is still loading; please try again in a moment.")

    def _menu_entry(self, name: str) -> dict[str, Any]:
        card = self._load(name).card
        return {"name": name, "label": name, "note": f"{card.architecture}, {len(card.classes)} classes"}

    def _warm_up(self) -> None:
        try:
            import numpy as np

            for name in self.names[:1]:
                classifier = self._load(name)
                classifier.top_k(np.zeros((32, 32, 3), np.uint8))  # the first forward sets up torch's kernels
        except ExplorerError as error:
            _log.error("the default checkpoint cannot be used: %s", error)
        finally:
            self._ready.set()

    def _load(self, name: str) -> "Classifier":
        from explorer.predict import Classifier

        with self._lock:
            if name not in self._classifiers:
                self._classifiers[name] = Classifier.load(str(self._files[name]), self._device)
            return self._classifiers[name]
