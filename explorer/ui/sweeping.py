"""What visitors left is deleted in time, whatever gradio does: by a timer, when a page closes, when asked.

Gradio's sweeper walks a set that uploads add to, and one upload at that moment ends it for good; files of aborted
uploads and empty folders it does not know at all. This one walks the folder itself.
"""

import contextlib
import logging
import os
import threading
import time
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from explorer.errors import ExplorerError
from explorer.ui.store import MADE, Store
from explorer.ui.turns import Turns, at_once
from explorer.ui.uploads import forget_uploads
from explorer.ui.visitor import LONGEST, visitor

EVERY_S = 20
SETTLED_S = 60  # an upload that got nothing for so long was given up; an empty folder that old is nobody's

_log = logging.getLogger(__name__)


class Sweeper:
    """Deletes from the server's folder and from the stores what is due."""

    def __init__(
        self,
        folder: Path,
        stores: Sequence[Store],
        lasting: Sequence[Store],  # what outlives the visit: shared photographs
        max_age_s: float,
        max_bytes: int,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._folder = folder
        self._of_visit = stores
        self._stores = [*stores, *lasting]
        self._max_age_s = max_age_s
        self._max_bytes = max_bytes
        self._clock = clock
        self._n_bytes = 0  # on disk at the last sweep, and what was announced since
        self._lock = threading.Lock()
        self._stopped = threading.Event()

    def start(self) -> None:
        """Sweep now and again until `stop`."""
        self._stopped.clear()
        threading.Thread(target=self._run, name="delete what is due", daemon=True).start()

    def stop(self) -> None:
        """Sweep no more, and keep nothing."""
        self._stopped.set()
        for store in self._stores:
            store.clear()

    def leave(self, whose: str) -> int:
        """Delete what a visit has left, but for what was shared by link; how many things that were."""
        return self._forget(whose, self._of_visit)

    @at_once
    def forget_mine(self, _request: dict[str, Any]) -> int:
        """Delete all that is kept for the visitor who asks; how many things that were."""
        return self._forget(visitor(), self._stores)

    def _forget(self, whose: str, stores: Sequence[Store]) -> int:
        return sum(store.drop_of(whose) for store in stores) + forget_uploads(whose) if whose else 0

    def announce(self, n_bytes: int) -> None:
        """Make sure that there is room for an upload.

        Raises:
            ExplorerError: the disk that visitors may use is full.
        """
        with self._lock:
            if self._n_bytes + n_bytes > self._max_bytes:
                raise ExplorerError("There is no room for more files on this server now; please try again in a minute.")
            self._n_bytes += n_bytes

    def sweep(self) -> None:
        """Delete what is due at this moment, and the oldest uploads while all together is too large."""
        for store in self._stores:
            store.drop_old()
        now = self._clock()
        kept = sorted(self._kept_files(now))
        total = sum(size for _, size, _ in kept) + sum(_size(path) for path in self._held())
        for _, size, path in kept:
            if total <= self._max_bytes:
                break
            path.unlink(missing_ok=True)
            total -= size
        for path in self._folders():
            with contextlib.suppress(OSError):  # it is not empty, or gone
                if now - path.stat().st_mtime > SETTLED_S:
                    path.rmdir()
        with self._lock:
            self._n_bytes = total

    def _run(self) -> None:
        while not self._stopped.wait(EVERY_S):
            try:
                self.sweep()
            except Exception:  # noqa: BLE001  the next sweep shall come
                _log.exception("some files could not be deleted")

    def _held(self) -> Collection[Path]:
        """The folders of what is in the stores."""
        made = self._folder / MADE
        found = list(made.iterdir()) if made.is_dir() else []
        return [path for path in found if any(store.holds(path.name) for store in self._stores)]

    def _kept_files(self, now: float) -> Iterator[tuple[float, int, Path]]:
        """Files that belong to nothing in the stores and are not due: (used at, bytes, path); those that are due go."""
        held = set(self._held())
        for folder, folders, files in os.walk(self._folder):
            here = Path(folder)
            folders[:] = [name for name in folders if here / name not in held]
            patience = SETTLED_S if here == self._folder or MADE in here.parts else self._max_age_s
            for path in (here / name for name in files):
                with contextlib.suppress(OSError):  # it has gone meanwhile
                    facts = path.lstat()
                    if now - facts.st_mtime > patience:
                        path.unlink()
                    else:
                        yield facts.st_mtime, facts.st_size, path

    def _folders(self) -> list[Path]:
        """All folders below, the deepest first."""
        return [Path(one) for one, *_ in os.walk(self._folder, topdown=False) if Path(one) != self._folder]


def sweeping(sweeper: Sweeper) -> Callable[[object], AbstractAsyncContextManager[None]]:
    """The server's life, in which the sweeper sweeps."""

    @contextlib.asynccontextmanager
    async def life(_app: object) -> AsyncIterator[None]:
        sweeper.start()
        try:
            yield
        finally:
            sweeper.stop()

    return life


def leave_route(sweeper: Sweeper, turns: Turns) -> Route:
    """Where a page says its visitor's word when it is closed; what it has asked is not computed any more."""

    async def leave(request: Request) -> Response:
        word = (await request.body())[: LONGEST + 1].decode("ascii", "replace")
        if word.isalnum():
            turns.drop_of(word)
        await run_in_threadpool(sweeper.leave, word)
        return Response(status_code=204)

    return Route("/leave", leave, methods=["POST"])


def _size(folder: Path) -> int:
    """What the files of a folder occupy, as far as they are there."""
    total = 0
    for path in folder.glob("*"):
        with contextlib.suppress(OSError):
            total += path.stat().st_size
    return total
