"""The networks that the page offers: handles made at once, filled by a background thread after the server listens.

Everybody reads the same networks; nobody changes one (what a visitor changes is done on a copy).
"""

import atexit
import contextlib
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.errors import CheckpointError, ModelError
from explorer.settings import ROOT, Settings
from explorer.ui.networks.hosted import LIVE_GROUP, Hosted
from explorer.ui.networks.own import LOADING, OWN_PREFIX, OwnNetworks
from explorer.ui.request import plain_text

if TYPE_CHECKING:
    from explorer.networks.network import Network
    from explorer.predict import Classifier

LOADING_LIMIT_S = 90  # how long a visitor's first request waits for torch on a slow machine

_log = logging.getLogger(__name__)


class Shelf:
    """Networks by name, each loaded at its first use; the checkpoints stay, of the others the last used few."""

    def __init__(
        self,
        folder: Path,
        device: str,
        hosted: Sequence[Hosted] = (),
        own_weights: OwnNetworks | None = None,
        download_mb: int | None = None,  # what downloads may take; None for any
        networks_mb: int = Settings.networks_mb,  # weights kept beside the checkpoints'
    ) -> None:
        self._hosted = {one.name: one for one in hosted}  # the host's
        self._versions: dict[str, object] = {}  # of live models, as they were when they were last taken
        self._own_weights = own_weights  # visitors'
        self._download_mb = download_mb
        self._networks_mb = networks_mb
        self.on_load: Callable[[int], None] = lambda _: None  # told of the bytes that a network is about to take
        self._files = {path.stem: path for path in sorted(folder.glob("*.safetensors"))}
        self._left_out: set[str] = set()  # of them those that cannot be used
        self._device = device
        self._classifiers: dict[str, Classifier] = {}
        self._networks: OrderedDict[str, Network] = OrderedDict()
        self._progress: dict[str, str] = {}
        self._lock = threading.Lock()
        self._loading: dict[str, threading.Lock] = {}
        self._ready = threading.Event()

    @property
    def names(self) -> list[str]:
        """The checkpoints, the default one first, then the one that knows ImageNet."""
        first = ("products", "imagenet")
        usable = self._files.keys() - self._left_out
        return sorted(usable, key=lambda name: (first.index(name) if name in first else len(first), name))

    @property
    def n_left_out(self) -> int:
        """How many files of the folder are no checkpoints that can be used; known once the menu was asked for."""
        return len(self._left_out)

    def start(self) -> None:
        """Load torch and the default checkpoint in the background; requests wait for it."""
        thread = threading.Thread(target=self._warm_up, name="load networks", daemon=True)
        atexit.register(thread.join, LOADING_LIMIT_S)  # a program that ends while torch computes is aborted by it
        thread.start()

    def answers(self) -> bool:
        """Whether a first network is loaded and has answered."""
        return self._ready.is_set() and bool(self._classifiers)

    def networks(self, request: dict[str, Any]) -> list[dict[str, Any]]:
        """The menu in groups: what is at hand; with {"more": true} all others, whose names take torchvision to read.

        With {"more": "packages"} timm's and transformers', whose names take longer still.

        Raises:
            ModelError: torch is still loading after a long wait.
        """
        self._wait()
        more, groups = request.get("more"), dict[str, list[dict[str, Any]]]()
        if not more:
            own = [
                (one.group, {"name": one.name, "label": one.name, "note": one.note}) for one in self._hosted.values()
            ]
            live = [one for one in own if one[0] == LIVE_GROUP]
            trained = [("Trained, on board", entry) for entry in map(self._menu_entry, self.names) if entry]
            entries = [*live, *trained, *(one for one in own if one not in live)]
        else:
            from explorer.networks.listing import listed, listed_packages

            allowed = self._download_mb is None or self._download_mb > 0
            found = listed_packages(downloads=allowed) if more == "packages" else listed()
            others = [one for one in found if one.name not in {*self._files, *self._hosted}]  # these names are taken
            entries = [(one.group, {"name": one.name, "label": one.label, "note": one.note}) for one in others]
        for group, entry in entries:
            groups.setdefault(group, []).append(entry)
        return [{"label": label, "networks": networks} for label, networks in groups.items()]

    def progress(self, name: object) -> str:
        """How far a network's loading is, in words; empty if there is nothing to say."""
        return self._progress.get(name, "") if isinstance(name, str) else ""

    def classifier(self, name: object) -> "Classifier":
        """The network of that name as a classifier; an untrained one names its classes "class 0", "class 1", ...

        Raises:
            ModelError: unknown name (some known ones are listed), or torch is still loading after a long wait.
            CheckpointError: its file is damaged.
        """
        from explorer.predict import Classifier

        if isinstance(name, str) and name in self._files:
            self._wait()
            return self._load(name)
        if own := self._visitors(name):
            return own.classifier(str(name))
        network = self.network(name)
        known = self._classifiers.get(network.name)
        if known is None or known.model is not network.model:  # a live one has changed
            known = Classifier.of(network)  # not in the lock: it runs the network, and others shall not wait for that
            with self._lock:
                if self.holds(network):
                    self._classifiers[network.name] = known
        return known

    def holds(self, network: "Network") -> bool:
        """Whether a network is kept here, so that it takes no memory to hold on to it."""
        own = self._own_weights
        return self._networks.get(network.name) is network or (own is not None and own.holds(network))

    def network(self, name: object) -> "Network":
        """The network of that name, loaded at its first use.

        Raises:
            ModelError: unknown name, or torch is still loading after a long wait.
            CheckpointError: its file is damaged.
        """
        if own := self._visitors(name):
            return own.network(str(name))
        name = self._full_name(name)
        self._wait()
        with self._lock:
            loading = self._loading.setdefault(name, threading.Lock())
        with loading:  # two visitors who want the same one wait for one loading
            found = None if self._has_changed(name) else self._networks.get(name)
            if found is None:
                found = self._of_checkpoint(name) if name in self._files else self._other(name)
            with self._lock:
                self._networks[name] = found
                self._networks.move_to_end(name)
                self._make_room(0)
                self._loading.pop(name, None)
        return found

    def _visitors(self, name: object) -> OwnNetworks | None:
        """Where a visitor's own weights are, if that is what the name means."""
        return self._own_weights if isinstance(name, str) and name.startswith(OWN_PREFIX) else None

    def _full_name(self, name: object) -> str:
        """What a network is called here, of what somebody calls it.

        Raises:
            ModelError: there is none; the sentence suggests the nearest.
        """
        if not isinstance(name, str):
            raise ModelError(f"A network is named by a text, not {str(name)[:60]!r}.")
        if name in self._files or name in self._hosted or name.startswith("stack:"):  # that says all it takes
            return name
        self._wait()
        from explorer.networks.naming import full_name

        return full_name(name, [*self.names, *self._hosted])

    def _has_changed(self, name: str) -> bool:
        """Whether a live model is not what it was when it was last taken."""
        one = self._hosted.get(name)
        if one is None or one.version is None:
            return False
        before, now = self._versions.get(name), one.version()
        self._versions[name] = now
        return before != now

    def _of_checkpoint(self, name: str) -> "Network":
        from explorer.networks.network import Network

        one = self._load(name)
        file = self._files[name]
        if file.parent == ROOT / "checkpoints":
            path = f'ROOT / "checkpoints/{file.name}"'
            lines = LOADING.format(imports="from explorer.settings import ROOT\n", path=path)
        else:
            lines = LOADING.format(imports="", path=repr(file.name))
        return Network(
            name,
            one.model,
            one.preprocessing,
            one.classes,
            loading_lines=lines,
            card=one.card,
            device=one.device,
        )

    def _other(self, name: str) -> "Network":
        from explorer.checkpoint.published import distinct_names
        from explorer.networks.hub import Downloads
        from explorer.networks.loading import load_network

        def report(_share: float, text: str) -> None:
            self._progress[name] = text

        hosted = self._hosted.get(name)
        if hosted is None:
            self._expect(name)
        downloads = None if self._download_mb is None else Downloads(self._download_mb)
        try:
            loaded = hosted.load() if hosted else load_network(name, progress=report, downloads=downloads)
        finally:
            self._progress.pop(name, None)
        placed = loaded if loaded.snapshot else loaded.on(self._device)  # a live model stays where it is
        return replace(placed, name=name, classes=distinct_names(placed.classes))

    def _expect(self, name: str) -> None:
        """Make room for a network that is about to be loaded.

        Raises:
            ModelError: it is larger than this host opens.
        """
        from explorer.networks.loading import expected_bytes

        n_bytes, most = expected_bytes(name), self._networks_mb * 1_000_000
        if n_bytes > most:
            raise ModelError(
                f"The weights of {name} take {n_bytes / 1e6:,.0f} MB; networks of up to {self._networks_mb:,} MB are "
                "opened here. Its host can allow more, by EXPLORER_NETWORKS_MB."
            )
        with self._lock:
            self._make_room(n_bytes)
        self.on_load(n_bytes)

    def _make_room(self, n_bytes: int) -> None:
        """Let go of the networks used longest ago while those beside the checkpoints, and `n_bytes`, are too much."""
        others = [name for name in self._networks if name not in self._files]
        most, kept = self._networks_mb * 1_000_000 - n_bytes, 0 if n_bytes else 1
        while len(others) > kept and sum(self._networks[name].n_bytes for name in others) > most:
            oldest = others.pop(0)
            del self._networks[oldest]
            self._classifiers.pop(oldest, None)

    def _wait(self) -> None:
        if not self._ready.wait(LOADING_LIMIT_S):
            raise ModelError("The network is still loading; please try again in a moment.")

    def _menu_entry(self, name: str) -> dict[str, Any] | None:
        """A checkpoint's line in the menu; None where its file cannot be used."""
        try:
            card = self._load(name).card
        except CheckpointError:
            return None
        origin = ", as published" if "source" in card.provenance else ""
        return {"name": name, "label": name, "note": f"{card.architecture}, {len(card.classes):,} classes{origin}."}

    def _warm_up(self) -> None:
        try:
            import numpy as np

            for name in self.names:
                with contextlib.suppress(CheckpointError):
                    self._load(name).top_k(np.zeros((32, 32, 3), np.uint8))  # the first forward sets up torch's kernels
                    break
        finally:
            self._ready.set()

    def _load(self, name: str) -> "Classifier":
        """A checkpoint's classifier.

        Raises:
            CheckpointError: its file cannot be used; the log says why, a visitor is told of no path.
        """
        with self._lock:
            if name not in self._classifiers and name not in self._left_out:
                try:
                    self._classifiers[name] = _classifier_of(self._files[name], self._device)
                except Exception as error:  # noqa: BLE001  a foreign file can fail anywhere, and the others shall serve
                    self._left_out.add(name)
                    _log.warning("left out of the menu: %r: %s", str(self._files[name]), error)
            if name in self._left_out:
                raise CheckpointError(
                    f"The checkpoint {plain_text(name)[:60]!r} cannot be used; the server's log says why."
                )
            return self._classifiers[name]


def _classifier_of(path: Path, device: str) -> "Classifier":
    """The checkpoint of a file.

    Raises:
        CheckpointError: no file, a name that no page can write, or content that is no whole checkpoint.
    """
    from explorer.predict import Classifier

    if not path.is_file():  # a folder, or a pipe that nobody writes to
        raise CheckpointError("it is no file")
    if plain_text(path.stem) != path.stem:
        raise CheckpointError("its name is no text")
    return Classifier.load(str(path), device)
