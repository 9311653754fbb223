"""What visitors' browsers refer to by token: photographs, activations and the picture files made for them.

Bounded in bytes and in time. Who holds more than a fair share makes room, with what he used longest ago; who holds
less loses nothing. A token is unguessable and is the only way in.
"""

import secrets
import shutil
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

from gradio.utils import get_upload_folder

from explorer.errors import ExplorerError
from explorer.ui.visitor import asker, visitor

MADE = "made"  # the folder, among gradio's, of what is made for visitors
SHOWN_S = 60  # a page has fetched the files that it was told of by then
FULL = "There is no room for this here now, as many others are at work; please try again in a few minutes."
GONE = "This is no longer kept here; please choose the photograph again."

Kind = TypeVar("Kind")


class Sized(Protocol):
    """What knows how much memory it takes."""

    @property
    def n_bytes(self) -> int:
        """How much."""


@dataclass
class _Entry:
    value: Any  # None while it is to be made again
    kind: type
    value_bytes: int
    used_at: float
    folder: Path
    visitor: str
    asker: str
    again: Callable[[], Sized] | None = None
    file_bytes: int = 0
    files: dict[str, str] = field(default_factory=dict)
    making: threading.Lock = field(default_factory=threading.Lock)  # once, whoever asks

    @property
    def n_bytes(self) -> int:
        return self.value_bytes + self.file_bytes


class Store:
    """Values by token, with the files that belong to each."""

    def __init__(self, max_bytes: int, max_age_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.max_bytes = max_bytes
        self._max_age_s = max_age_s
        self._clock = clock
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._lock = threading.RLock()

    def put(self, value: object, n_bytes: int, again: Callable[[], Sized] | None = None) -> str:
        """Keep `value`, which occupies `n_bytes`, and give back its token.

        Args:
            again: makes the very same value once more; it may then go at any time, and nobody sees that it was gone.

        Raises:
            ExplorerError: others have less than their fair share each, and no room is left.
        """
        token = secrets.token_urlsafe(16)
        folder = Path(get_upload_folder()) / MADE / token
        entry = _Entry(value, type(value), n_bytes, self._clock(), folder, visitor(), asker(), again)
        with self._lock:
            self._entries[token] = entry
            self._make_room(entry)
            if again is None and self.n_bytes > self.max_bytes and self.n_bytes > n_bytes:
                self.drop(token)
                raise ExplorerError(FULL)
        return token

    def get(self, token: object, kind: type) -> Any:  # noqa: ANN401  whatever was put
        """The value behind `token`, which counts as used now.

        Raises:
            ExplorerError: unknown, expired, or of another kind; or it cannot be made again.
        """
        entry = self._entry(token, kind)
        value = entry.value
        if value is None:
            with entry.making:
                value = entry.value
                if value is None:
                    value = self._made_again(entry)
        return value

    def file(self, token: object, name: str, make: Callable[[], bytes]) -> str:
        """The path of a file that belongs to `token`, made once; the page reads it under its URL.

        Raises:
            ExplorerError: the token is unknown or expired.
        """
        entry = self._entry(token, object)
        path = entry.files.get(name)
        if path is None:
            content = make()
            entry = self._entry(token, object)  # whose visitor may have left in the meantime
            entry.folder.mkdir(parents=True, exist_ok=True)
            path = str(entry.folder / name)
            Path(path).write_bytes(content)
            with self._lock:
                entry.files[name] = path
                entry.file_bytes += len(content)
                self._make_room(entry)
        return path

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
            oldest = self._clock() - self._max_age_s
            for token in [token for token, entry in self._entries.items() if entry.used_at < oldest]:
                self.drop(token)

    def token_of(self, kind: type[Kind], which: Callable[[Kind], bool]) -> str:
        """The token of a value for which this is so, which does not count as used; empty if there is none."""
        with self._lock:
            entries = self._entries.items()
            return next((token for token, one in entries if isinstance(one.value, kind) and which(one.value)), "")

    def let_go(self, which: Callable[[Any], bool], of: str | None = None) -> None:
        """Hold no more, of what can be made again, the values for which this is so; of one asker if he is named."""
        with self._lock:
            for entry in self._entries.values():
                mine = of is None or entry.asker == of
                if mine and entry.again is not None and entry.value is not None and which(entry.value):
                    entry.value, entry.value_bytes = None, 0

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
        self.drop_old()
        with self._lock:
            entry = self._entries.get(token) if isinstance(token, str) else None
            if entry is None or not issubclass(entry.kind, kind):
                raise ExplorerError(GONE)
            entry.used_at = self._clock()
            self._entries.move_to_end(str(token))
            return entry

    def _made_again(self, entry: _Entry) -> Sized:
        assert entry.again is not None, "only what can be made again is let go"  # noqa: S101
        value = entry.again()
        with self._lock:
            entry.value, entry.value_bytes = value, value.n_bytes
            self._make_room(entry)
        return value

    def _make_room(self, newest: _Entry) -> None:
        """Let go, while there is too much, of what those use least who hold more than a fair share; not of the newest.

        What can be made again goes before anybody is refused.
        """
        while self.n_bytes > self.max_bytes:
            held: dict[str, int] = {}
            for entry in self._entries.values():
                held[entry.asker] = held.get(entry.asker, 0) + entry.n_bytes
            share = self.max_bytes / sum(map(bool, held.values()))
            others = [(token, entry) for token, entry in self._entries.items() if entry is not newest]
            greedy = [one for one in others if held[one[1].asker] > share]
            if not any(self._shrink(*one) for one in [*greedy, *(one for one in others if one[1].again)]):
                break

    def _shrink(self, token: str, entry: _Entry) -> bool:
        """Let go of an entry as far as that can be done unseen; whether that is anything."""
        before = entry.n_bytes
        if entry.again is None:
            self.drop(token)
            return True
        entry.value, entry.value_bytes = None, 0
        if entry.files and entry.used_at <= self._clock() - SHOWN_S:
            shutil.rmtree(entry.folder, ignore_errors=True)
            entry.files, entry.file_bytes = {}, 0
        return entry.n_bytes < before
