"""What visitors' browsers refer to by token: photographs, activations and the picture files made for them.

Bounded in bytes and in time; the least recently used goes first. A token is unguessable and is the only way in.
"""

import secrets
import shutil
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gradio.utils import get_upload_folder

from explorer.errors import ExplorerError
from explorer.ui.visitor import visitor

MADE = "made"  # the folder, among gradio's, of what is made for visitors


@dataclass
class _Entry:
    value: Any
    n_bytes: int
    used_at: float
    folder: Path
    visitor: str
    files: dict[str, str] = field(default_factory=dict)


class Store:
    """Values by token, with the files that belong to each."""

    def __init__(self, max_bytes: int, max_age_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._max_bytes = max_bytes
        self._max_age_s = max_age_s
        self._clock = clock
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._lock = threading.RLock()

    def put(self, value: object, n_bytes: int) -> str:
        """Keep `value`, which occupies `n_bytes`, and give back its token."""
        token = secrets.token_urlsafe(16)
        folder = Path(get_upload_folder()) / MADE / token
        with self._lock:
            self._entries[token] = _Entry(value, n_bytes, self._clock(), folder, visitor())
            self._evict()
        return token

    def get(self, token: object, kind: type) -> Any:  # noqa: ANN401  whatever was put
        """The value behind `token`, which counts as used now.

        Raises:
            ExplorerError: unknown, expired, or of another kind.
        """
        return self._entry(token, kind).value

    def file(self, token: object, name: str, make: Callable[[], bytes]) -> str:
        """The path of a file that belongs to `token`, made once; the page reads it under its URL.

        Raises:
            ExplorerError: the token is unknown or expired.
        """
        entry = self._entry(token, object)
        if name not in entry.files:
            entry.folder.mkdir(parents=True, exist_ok=True)
            path = entry.folder / name
            path.write_bytes(make())
            with self._lock:
                entry.files[name] = str(path)
                entry.n_bytes += path.stat().st_size
                self._evict()
        return entry.files[name]

    def holds(self, token: str) -> bool:
        """Whether something is kept under `token`."""
        with self._lock:
            return token in self._entries

    def drop(self, token: str) -> None:
        """Forget what is kept under `token`, with its files."""
        with self._lock:
            entry = self._entries.pop(token)
        shutil.rmtree(entry.folder, ignore_errors=True)

    def drop_of(self, visitor: str) -> int:
        """Forget all that was put in by a visitor; how many things that were."""
        with self._lock:
            tokens = [token for token, entry in self._entries.items() if entry.visitor == visitor]
            for token in tokens:
                self.drop(token)
        return len(tokens)

    def drop_old(self) -> None:
        """Forget what nobody has used for too long."""
        with self._lock:
            self._evict()

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            for token in list(self._entries):
                self.drop(token)

    @property
    def n_bytes(self) -> int:
        """What all entries and their files occupy."""
        with self._lock:
            return sum(entry.n_bytes for entry in self._entries.values())

    def _entry(self, token: object, kind: type) -> _Entry:
        with self._lock:
            self._evict()
            entry = self._entries.get(token) if isinstance(token, str) else None
            if entry is None or not isinstance(entry.value, kind):
                raise ExplorerError("This is no longer kept here; please choose the photograph again.")
            entry.used_at = self._clock()
            self._entries.move_to_end(str(token))
            return entry

    def _evict(self) -> None:
        """Drop what is too old, and the least recently used while the rest is too large; the newest always stays."""
        oldest = self._clock() - self._max_age_s
        while self._entries:
            token, entry = next(iter(self._entries.items()))
            too_large = len(self._entries) > 1 and self.n_bytes > self._max_bytes
            if entry.used_at >= oldest and not too_large:
                return
            self.drop(token)
