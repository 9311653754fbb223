"""The wheel: what is in it, and that its command serves the page from an empty folder, without the checkout."""

import os
import re
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from gradio_client import Client, handle_file

from explorer.image import open_upload
from explorer.predict import Classifier
from explorer.settings import INSTALLED, ROOT, Settings

WATCH = "assets/examples/05-watch.png"


def run(*command: str | Path, cwd: Path) -> str:
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(command, cwd=cwd, env=environ, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, f"{done.stdout[-1500:]}{done.stderr[-1500:]}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    offline = ("--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", folder)
    run(sys.executable, "-m", "pip", "wheel", *offline, ROOT, cwd=folder)
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def environment(wheel, tmp_path_factory) -> Path:
    """An environment with the wheel alone; what it depends on is lent by the one that runs the tests."""
    folder = tmp_path_factory.mktemp("empty") / "venv"
    run(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder.parent)
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    pip = (sys.executable, "-m", "pip", "--python", programs / "python")
    run(*pip, "install", "--no-deps", "--no-index", wheel, cwd=folder.parent)
    (packages,) = folder.rglob("site-packages")
    (packages / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n", "utf-8")
    return programs


@pytest.fixture
def served(environment, tmp_path) -> Iterator[str]:
    """The address of `cnn-explorer --port 0`, started in an empty folder."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "EXPLORER_"))}
    environ |= {"PYTHONUNBUFFERED": "1", "GRADIO_TEMP_DIR": str(tmp_path / "uploads")}
    command, folder = [environment / "cnn-explorer", "--port", "0"], tmp_path / "nothing"
    folder.mkdir()
    with subprocess.Popen(command, cwd=folder, env=environ, stdout=subprocess.PIPE, text=True) as server:
        try:
            yield next(line for line in server.stdout if "http://" in line).split()[-1]
        finally:
            server.terminate()


def test_the_wheel_holds_the_package_and_what_is_shipped_with_it_and_nothing_else(wheel):
    assert not INSTALLED
    expected = {
        path.relative_to(ROOT).as_posix()
        for path in ROOT.glob("explorer/**/*")
        if path.is_file() and path.suffix not in {".pyc", ".pyi"}
    }
    shipped = [*ROOT.glob("checkpoints/*"), *ROOT.glob("assets/examples/*")]
    assert len(expected) > 200
    assert {path.suffix for path in shipped} == {".safetensors", ".md", ".png"}
    expected |= {f"explorer/_shipped/{path.relative_to(ROOT).as_posix()}" for path in shipped}
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert names == expected
    web = {Path(name).suffix for name in names if name.startswith("explorer/ui/web/")}
    assert web >= {".js", ".css"}


def test_the_installed_command_is_not_the_checkouts(environment, tmp_path):
    code = "import explorer.settings as s; print(s.INSTALLED, s.__file__, s.Settings().checkpoints)"
    installed, file, checkpoints = run(environment / "python", "-c", code, cwd=tmp_path).split()
    assert installed == "True"
    for path in (file, checkpoints):
        assert Path(path).is_relative_to(environment.parent)
        assert not Path(path).is_relative_to(ROOT)
    assert sorted(path.name for path in Path(checkpoints).iterdir()) == sorted(
        path.name for path in Settings().checkpoints.iterdir()
    )


def test_help_names_the_command_and_has_the_flags_of_app_py(environment, tmp_path):
    theirs = run(environment / "cnn-explorer", "--help", cwd=tmp_path)
    ours = run(sys.executable, "app.py", "--help", cwd=ROOT)
    assert theirs.startswith("usage: cnn-explorer ")
    assert set(re.findall(r"--\w+", theirs)) == set(re.findall(r"--\w+", ours)) >= {"--port", "--network", "--mcp"}


def test_the_installed_page_names_the_example(served):
    answer = Client(served, verbose=False).predict(
        photo=handle_file(str(ROOT / WATCH)), checkpoint="products", k=1, api_name="/classify"
    )
    (best,) = Classifier.load(ROOT / "checkpoints" / "products.safetensors").top_k(open_upload(ROOT / WATCH), 1)
    assert answer["top_k"][0]["label"] == best.label == "watches"
    assert answer["top_k"][0]["probability"] == pytest.approx(best.probability, abs=1e-5)
