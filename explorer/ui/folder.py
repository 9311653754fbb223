"""The server's own folder, where all that visitors send and are given lies; and the port, claimed before anything else.

A folder belongs to one process. `NAME.lock` beside it holds that process's number and is locked by the system for as
long as the process lives, however it ends: only a folder whose lock can be had is provably nobody's, and goes.
"""

import atexit
import contextlib
import errno
import getpass
import os
import secrets
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from explorer.errors import ExplorerError

VARIABLE = "GRADIO_TEMP_DIR"  # where gradio keeps files
PREFIX = "cnn-explorer-"

_mine: dict[Path, tuple[int, BinaryIO]] = {}  # folders, each with the process that made it and its open lock


def use_private_folder() -> Path:
    """Point gradio at a folder of this process's own, made at the first call; what dead servers left beside it goes.

    Raises:
        ExplorerError: no folder can be made where GRADIO_TEMP_DIR, or the system, wants temporary files.
    """
    base = Path(os.environ.get(VARIABLE) or tempfile.gettempdir())
    if base in _mine:
        if _mine[base][0] == os.getpid() and base.is_dir():
            return base
        base = base.parent  # this is a child of the process whose it is, or somebody has deleted it
    try:
        base.mkdir(parents=True, exist_ok=True)
        base = base.resolve()
        _sweep(base)
        folder, lock = _claim(base)
    except OSError as error:
        msg = f"No folder for visitors' files can be made in {base} ({error.strerror}); name another in {VARIABLE}."
        raise ExplorerError(msg) from error
    _mine[folder] = os.getpid(), lock
    os.environ[VARIABLE] = str(folder)
    atexit.register(_leave, folder)
    return folder


def free_port(host: str, port: int) -> int:
    """`port` itself, or for 0 any that is free.

    Raises:
        ExplorerError: another server has it, or this machine has no such address.
    """
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        with socket.socket(family) as probe:
            exclusive = getattr(socket, "SO_EXCLUSIVEADDRUSE", None)  # where SO_REUSEADDR lets two have one port
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR if exclusive is None else exclusive, 1)
            probe.bind(address)
            return int(probe.getsockname()[1])
    except OSError as error:
        if error.errno in {errno.EADDRINUSE, errno.EACCES, 10013, 10048}:  # the last two are Windows's own
            msg = f"Port {port} of {host} is taken; name another with --port."
        else:
            msg = f"{host} is no address of this machine ({error.strerror}); name another with --host."
        raise ExplorerError(msg) from error


def leave_private_folder() -> None:
    """Delete what this process keeps for visitors, and let go of its folder."""
    for folder in list(_mine):
        _leave(folder)


def _user() -> str:
    """Who runs this: a number where the system has no name for it, as in many containers."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError, ImportError):
        name = str(os.getuid()) if hasattr(os, "getuid") else "somebody"
    return "".join(letter if letter.isalnum() else "-" for letter in name)


def _claim(base: Path) -> tuple[Path, BinaryIO]:
    """A new folder that nobody else can open, and its lock, held."""
    while True:
        folder = base / f"{PREFIX}{_user()}-{secrets.token_hex(6)}"
        lock = _lock_of(folder).open("x+b")
        lock.write(b"%d\n" % os.getpid())
        lock.flush()
        with contextlib.suppress(OSError):  # a file system without locks: then nobody can have it either
            _hold(lock)
        if _is_still(lock, _lock_of(folder)):  # else a server that starts at this moment took it for a dead one's
            folder.mkdir(mode=0o700)
            return folder, lock
        lock.close()


def _sweep(base: Path) -> None:
    """Delete the folders of this user's servers that have ended without doing so."""
    for path in sorted(base.glob(f"{PREFIX}{_user()}-*.lock")):
        with _nobodys(path) as is_nobodys:
            if is_nobodys:
                shutil.rmtree(path.with_suffix(""), ignore_errors=True)
                if not path.with_suffix("").exists():
                    with contextlib.suppress(OSError):
                        path.unlink()


@contextmanager
def _nobodys(path: Path) -> Iterator[bool]:
    """Whether nobody holds this lock; in the meantime, we do."""
    if not path.is_file() or path.is_symlink():
        yield False
        return
    try:
        lock = path.open("r+b")
    except OSError:  # another user's, or gone
        yield False
        return
    with lock:
        try:
            _hold(lock)
        except OSError:
            yield False
            return
        yield _is_still(lock, path)


def _hold(lock: BinaryIO) -> None:
    """Lock an open file until it is closed, or the process ends.

    Raises:
        OSError: another process holds it, or there are no locks here.
    """
    if os.name == "nt":
        import msvcrt

        lock.seek(1000)  # behind the number, which stays readable
        msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
    else:
        import fcntl

        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _is_still(lock: BinaryIO, path: Path) -> bool:
    """Whether the open file is still what lies at `path`."""
    try:
        return os.path.samestat(os.fstat(lock.fileno()), path.stat())
    except OSError:
        return False


def _leave(folder: Path) -> None:
    """Delete the folder and let go of it, unless this is a child of the process whose it is."""
    if folder not in _mine:
        return
    process, lock = _mine.pop(folder)
    if process == os.getpid():
        shutil.rmtree(folder, ignore_errors=True)
        lock.close()
        _lock_of(folder).unlink(missing_ok=True)


def _lock_of(folder: Path) -> Path:
    return folder.with_name(folder.name + ".lock")
