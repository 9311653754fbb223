"""The server's own folder belongs to one process; a dead one's goes, a living one's never."""

import os
import signal
import socket
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from explorer.errors import ExplorerError
from explorer.predict.zips import ZipPhotographs
from explorer.ui import folder as folders
from tests.predict.test_zips import png, zipped

SERVER = """
from explorer.ui.folder import use_private_folder
folder = use_private_folder()
assert use_private_folder() == folder
(folder / "photograph.png").write_bytes(b"somebody's")
print(folder, flush=True)
input()
"""


@pytest.fixture
def base(tmp_path, monkeypatch) -> Iterator[Path]:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    monkeypatch.setattr(folders, "_mine", {})
    monkeypatch.setattr(folders.atexit, "register", lambda *_: None)
    yield tmp_path
    for _, lock in folders._mine.values():
        lock.close()


def _serve(base: Path) -> tuple[subprocess.Popen[str], Path]:
    server = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(SERVER)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "GRADIO_TEMP_DIR": str(base)},
    )
    assert server.stdout is not None
    return server, Path(server.stdout.readline().strip())


def test_a_living_servers_files_stay_a_dead_ones_go_and_one_that_ends_leaves_nothing(base):
    living, folder = _serve(base)
    dead, left = _serve(base)
    try:
        assert folder.parent == left.parent == base
        assert folder != left
        assert folder.stat().st_mode & 0o777 == 0o700
        assert folder.with_name(folder.name + ".lock").read_text().strip() == str(living.pid)
        dead.send_signal(signal.SIGKILL)
        dead.communicate()
        assert left.is_dir()
        mine = folders.use_private_folder()
        assert (folder / "photograph.png").read_bytes() == b"somebody's"
        assert sorted(base.glob("*")) == sorted(f for one in (folder, mine) for f in (one, Path(f"{one}.lock")))
    finally:
        living.communicate("\n")
    assert living.returncode == 0
    assert not folder.exists()
    assert not Path(f"{folder}.lock").exists()


def test_what_is_not_provably_a_dead_servers_stays(base, monkeypatch):
    monkeypatch.setattr(folders.getpass, "getuser", lambda: "me")
    for name in ("cnn-explorer-me-1", "cnn-explorer-other-2", "photographs"):
        (base / name).mkdir()
        (base / name / "kept.txt").write_text("kept")
    (base / "cnn-explorer-other-2.lock").write_text("1")
    (base / "cnn-explorer-me-3.lock").symlink_to(base / "photographs" / "kept.txt")
    folders.use_private_folder()
    assert len(list(base.glob("*/kept.txt"))) == 3
    assert (base / "cnn-explorer-me-3.lock").is_symlink()


def test_where_files_cannot_be_locked_nothing_is_taken_for_dead(base, monkeypatch):
    def no_locks(_lock):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(folders, "_hold", no_locks)
    (base / f"cnn-explorer-{folders._user()}-1").mkdir()
    (base / f"cnn-explorer-{folders._user()}-1.lock").write_text("1")
    mine = folders.use_private_folder()
    assert len(list(base.glob("*.lock"))) == 2
    assert mine.is_dir()


def test_a_user_without_a_name_is_a_number(base, monkeypatch):
    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 12345")

    monkeypatch.setattr(folders.getpass, "getuser", nobody)
    assert folders.use_private_folder().name.startswith(f"cnn-explorer-{os.getuid()}-")
    monkeypatch.setattr(folders.getpass, "getuser", lambda: "DOMAIN\\../some one")
    assert folders._user() == "DOMAIN----some-one"


def test_a_folder_that_cannot_be_used_is_a_sentence(base, monkeypatch):
    (base / "file").write_text("")
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(base / "file" / "below"))
    with pytest.raises(ExplorerError, match=r"No folder for visitors' files can be made in .*GRADIO_TEMP_DIR"):
        folders.use_private_folder()
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(base / "not" / "yet"))
    assert folders.use_private_folder().is_dir()


class _Windows(socket.socket):
    """A socket of a system where SO_REUSEADDR would let two servers have one port."""

    asked: list[int]

    def setsockopt(self, _level, option, _value):
        self.asked.append(option)
        assert option != socket.SO_REUSEADDR


def test_windows_is_asked_for_the_port_alone(monkeypatch):
    monkeypatch.setattr(_Windows, "asked", [], raising=False)
    monkeypatch.setattr(socket, "SO_EXCLUSIVEADDRUSE", -5, raising=False)
    monkeypatch.setattr(socket, "socket", _Windows)
    assert folders.free_port("127.0.0.1", 0) > 0
    assert _Windows.asked == [-5]


@pytest.mark.parametrize("number", [10013, 10048])
def test_windows_own_words_for_a_taken_port_are_understood(monkeypatch, number):
    def taken(_self, _address):
        raise OSError(number, "taken")

    monkeypatch.setattr(_Windows, "bind", taken)
    monkeypatch.setattr(_Windows, "asked", [], raising=False)
    monkeypatch.setattr(socket, "SO_EXCLUSIVEADDRUSE", -5, raising=False)
    monkeypatch.setattr(socket, "socket", _Windows)
    with pytest.raises(ExplorerError, match=r"Port 7860 of 127\.0\.0\.1 is taken"):
        folders.free_port("127.0.0.1", 7860)


def test_an_address_of_another_machine_is_not_called_a_taken_port():
    with pytest.raises(ExplorerError, match=r"192\.0\.2\.1 is no address of this machine"):
        folders.free_port("192.0.2.1", 7860)


def test_a_photograph_of_a_zip_is_unpacked_where_it_is_told(tmp_path, monkeypatch):
    seen = []

    def looking(path):
        seen.append(Path(path).parent)
        raise KeyboardInterrupt

    archive = zipped(tmp_path / "photos.zip", {"one.png": png()})
    private = tmp_path / "private"
    private.mkdir()
    monkeypatch.setattr("explorer.predict.zips.open_remarked", looking)
    with ZipPhotographs(archive, unpack_in=str(private)) as photographs, pytest.raises(KeyboardInterrupt):
        photographs.photograph(photographs.entries[0].index)
    assert seen == [private]
    assert list(private.iterdir()) == []
