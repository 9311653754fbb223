"""The environment and the command line decide how the page is served."""

import socket
import subprocess
import sys

import numpy as np
import pytest

import app
from explorer.errors import ExplorerError
from explorer.networks.network import Network
from explorer.predict import Classifier
from explorer.settings import ROOT, Settings
from explorer.ui.maps.recording import record_network


def test_defaults_suit_a_laptop():
    settings = Settings.from_env({})
    assert (settings.host, settings.port, settings.device) == ("127.0.0.1", 7860, "cpu")
    assert settings.checkpoints == ROOT / "checkpoints"


def test_a_space_must_be_reachable():
    assert Settings.from_env({"SPACE_ID": "someone/cnn"}).host == "0.0.0.0"  # noqa: S104


def test_the_environment_is_read(tmp_path):
    environ = {"EXPLORER_PORT": "80", "EXPLORER_CHECKPOINTS": str(tmp_path), "EXPLORER_STORE_MB": "100"}
    settings = Settings.from_env(environ)
    assert (settings.port, settings.checkpoints, settings.store_mb, settings.mcp) == (80, tmp_path, 100, False)
    assert Settings.from_env({"EXPLORER_MCP": "1"}).mcp


def test_what_the_limits_serve_is_said_and_is_so(shipped_recording_bytes):
    said = Settings(photographs_mb=540, store_mb=270, at_once=3).serves
    assert "about 60 visitors' photographs (540 MB)" in said
    assert "the sheets of 10 visitors with products (270 MB" in said
    assert "3 computations at once" in said
    assert 24e6 < shipped_recording_bytes < 28e6


@pytest.fixture
def shipped_recording_bytes() -> int:
    """What the shipped network makes of a photograph."""
    picture = np.random.default_rng(0).integers(0, 256, (300, 400, 3)).astype(np.uint8)
    classifier = Classifier.load(Settings().checkpoints / "products.safetensors")
    return record_network(Network("products", classifier.model, classifier.preprocessing), picture).n_bytes


def test_several_networks_are_named_by_environment_and_by_flags(tmp_path, monkeypatch):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text("{}")
    folders = (tmp_path / "one", tmp_path / "two")
    environ = {"EXPLORER_NETWORK": "a:B, c.d:E", "EXPLORER_NETWORK_FOLDER": f"{folders[0]},{folders[1]}"}
    settings = Settings.from_env({**environ, "EXPLORER_DOWNLOAD_MB": "7"})
    assert settings.network == ("a:B", "c.d:E")
    assert settings.network_folder == folders
    assert settings.may_download_mb == 7
    given = []
    monkeypatch.setattr("explorer.ui.page.build_app", given.append)
    monkeypatch.setattr("explorer.ui.page.launch", lambda *_: None)
    flags = ["--network", "a:B", "--network", "c.d:E", "--network-folder", str(folders[0]), "--download-mb", "0"]
    assert app.main(flags) == 0
    assert (given[0].network, given[0].network_folder, given[0].may_download_mb) == (("a:B", "c.d:E"), folders[:1], 0)


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        ({"EXPLORER_PORT": "many"}, "EXPLORER_PORT is 'many'; it must be a whole number"),
        ({"EXPLORER_PORT": "70000"}, "port is 70000"),
        ({"EXPLORER_CHECKPOINTS": "/nowhere"}, "There is no folder /nowhere"),
        ({"EXPLORER_STORE_MB": "1"}, "at least 64 MB"),
        ({"EXPLORER_PHOTOGRAPHS_MB": "1"}, "photographs_mb is 1; it must be at least 64"),
        ({"EXPLORER_AT_ONCE": "0"}, "at_once is 0; it must be at least 1"),
        ({"EXPLORER_NETWORK_FOLDER": "/nowhere"}, r"There is no config\.json in /nowhere"),
        ({"EXPLORER_DOWNLOAD_MB": "-1"}, "Downloads of -1 MB"),
    ],
)
def test_what_cannot_work_is_refused(environ, sentence):
    with pytest.raises(ExplorerError, match=sentence):
        Settings.from_env(environ)


def test_a_wrong_flag_is_one_line_and_status_2(capsys):
    assert app.main(["--checkpoints", "/nowhere"]) == 2
    assert capsys.readouterr().err == "There is no folder /nowhere; name one that holds checkpoints.\n"


def test_help_lists_the_flags():
    shown = subprocess.run([sys.executable, "app.py", "--help"], cwd=ROOT, capture_output=True, text=True, check=True)
    for flag in (
        "--host",
        "--port",
        "--checkpoints",
        "--device",
        "--mcp",
        "--network",
        "--network-folder",
        "--download-mb",
    ):
        assert flag in shown.stdout


def test_a_taken_port_is_one_line_and_status_2(capsys, monkeypatch):
    monkeypatch.setattr("explorer.ui.page.build_app", lambda _settings: None)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert app.main(["--port", str(port)]) == 2
    assert capsys.readouterr().err == f"Port {port} of 127.0.0.1 is taken; name another with --port.\n"
