"""A visitor's own weights on the page: checked, kept under an unguessable name, there for that visitor alone."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.errors import CheckpointError, ExplorerError, ImageError
from explorer.ui.request import choice, whole
from explorer.ui.store import Store
from explorer.ui.uploads import uploaded_path

if TYPE_CHECKING:
    from explorer.networks.network import Network
    from explorer.predict import Classifier
    from explorer.teaching.lesson import Taught

OWN_PREFIX = "own:"  # of the name of a visitor's own weights
KEPT_FILES = 2  # of the largest size that is taken: how much of visitors' weights is kept, all together
MOST_NAMES = 200_000  # letters of pasted class names
TAUGHT_FILE = "taught.safetensors"
_LABEL_LETTERS = 40  # of the classes that the menu names
LOADING = """\
import torch

from explorer.checkpoint import load
from explorer.image import open_upload
{imports}
model, card = load({path})
model.eval()
preprocessing = card.preprocessing
"""  # Python that gives a checkpoint's `model` and `preprocessing`

_turn = threading.Semaphore(1)  # one file is looked through at a time, so that memory holds one


@dataclass(frozen=True)
class _Own:
    network: "Network"
    classifier: "Classifier"


class OwnNetworks:
    """Visitors' weights by name: "own:" and a token that nobody can guess."""

    def __init__(self, device: str, limit_mb: int, kept_s: float) -> None:
        self.limit_mb = limit_mb
        self._device = device
        self.store = Store(KEPT_FILES * limit_mb * 2_000_000, kept_s)  # files of float16 are twice as large in memory

    def network(self, name: str) -> "Network":
        """The network of that name.

        Raises:
            ExplorerError: unknown, or let go of after a long time without use.
        """
        return self._kept(name).network

    def classifier(self, name: str) -> "Classifier":
        """The same as a classifier.

        Raises:
            ExplorerError: unknown, or let go of after a long time without use.
        """
        return self._kept(name).classifier

    def holds(self, network: "Network") -> bool:
        """Whether this is one of them."""
        return bool(self.store.token_of(_Own, lambda one: one.network is network))

    def check_own_file(self, request: dict[str, Any]) -> bool:
        """Refuse a file by its {"file_name"} and {"size"} in bytes, before it is sent."""
        from explorer.networks.own_weights import check_own_file

        check_own_file(str(request.get("file_name"))[:200], whole(request, "size", 10**12), self.limit_mb)
        return True

    def open_own(self, request: dict[str, Any]) -> dict[str, str]:
        """Load the uploaded {"path"} into {"architecture"}; pasted {"classes"}, {"channels"} of "file", "1" or "3".

        With {"config"}, an uploaded config.json of timm's or transformers', and maybe {"processor"}, transformers'
        preprocessor_config.json, these say all of that.

        Returns:
            What the menu needs: name, label, note.

        Raises:
            CheckpointError: no uploaded file, or one that is refused.
            ModelError: an unknown architecture.
        """
        from explorer.networks.loading import load_own_weights

        if request.get("config") is not None:
            return self._open_saved(request)
        path, names, architecture = _uploaded(request, "path"), request.get("classes", ""), request.get("architecture")
        channels = choice(request, "channels", ("file", "1", "3"))
        if not isinstance(names, str) or len(names) > MOST_NAMES or not isinstance(architecture, str):
            msg = f"The architecture is a name, and class names are a text of at most {MOST_NAMES} letters."
            raise CheckpointError(msg)
        in_channels = None if channels == "file" else int(channels)
        with _turn:
            loaded = load_own_weights(
                architecture[:200], path, classes=names, in_channels=in_channels, limit_mb=self.limit_mb
            )
            return self._entry(path, loaded)

    def _open_saved(self, request: dict[str, Any]) -> dict[str, str]:
        """Load what timm or transformers saved."""
        from explorer.networks.saved import SavedFiles, load_sent

        weights, config = _uploaded(request, "path"), _uploaded(request, "config")
        processor = None if request.get("processor") is None else _uploaded(request, "processor")
        with _turn:
            return self._entry(weights, load_sent(SavedFiles(config, weights, processor), self.limit_mb))

    def _entry(self, path: Path, loaded: "Network") -> dict[str, str]:
        """Keep a network, and what the menu needs to name it."""
        return {"name": self._keep(loaded), "label": f"{path.stem} ({loaded.name})", "note": loaded.note}

    def keep_taught(self, taught: "Taught", content: bytes) -> tuple[dict[str, str], str]:
        """Keep a network that its visitor taught, and its checkpoint file.

        Args:
            content: of the file.

        Returns:
            What the menu needs (name, label, note), and the path of the file.
        """
        from explorer.networks.network import Network

        card = taught.card
        base = str(card.provenance["base"])
        note = f"Taught by you, on top of {base}: {len(card.classes)} classes, {len(taught.pupils)} photographs."
        network = Network(
            "taught",
            taught.model,
            card.preprocessing,
            card.classes,
            note=note,
            loading_lines=LOADING.format(imports="", path=repr(TAUGHT_FILE)),
            card=card,
        )
        name = self._keep(network)
        file = self.store.file(name.removeprefix(OWN_PREFIX), TAUGHT_FILE, lambda: content)
        return {"name": name, "label": f"taught: {_listed(card.classes)}", "note": note}, file

    def _keep(self, loaded: "Network") -> str:
        from explorer.predict import Classifier

        network = loaded.on(self._device)
        return OWN_PREFIX + self.store.put(_Own(network, Classifier.of(network)), network.n_bytes)

    def _kept(self, name: str) -> _Own:
        try:
            own: _Own = self.store.get(name.removeprefix(OWN_PREFIX), _Own)
        except ExplorerError as error:
            raise CheckpointError("Your own weights are no longer kept here; please open the file again.") from error
        return own


def _listed(classes: Sequence[str]) -> str:
    """The classes, as many letters of them as a menu has room for."""
    whole = ", ".join(classes)
    return whole if len(whole) <= _LABEL_LETTERS else whole[: _LABEL_LETTERS - 1] + "…"


def _uploaded(request: dict[str, Any], name: str) -> Path:
    try:
        return uploaded_path(request.get(name))
    except ImageError as error:
        raise CheckpointError("This is not an uploaded file; please choose the weights file itself.") from error
