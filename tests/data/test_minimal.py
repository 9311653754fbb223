"""Training where nothing is installed but torch, torchvision, numpy, pillow and safetensors, with what these need."""

import subprocess
import sys
from pathlib import Path

import pytest

from explorer.image import open_upload
from tests.data.folders import write_folder

ROOT = Path(__file__).parents[2]
HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(64)
BLOCKER = """
import re, sys
from importlib.machinery import PathFinder
from importlib.metadata import PackageNotFoundError, packages_distributions, requires

def needed(name, known):
    if name not in known:
        known.add(name)
        try:
            lines = [line for line in requires(name) or [] if "extra ==" not in line]
        except PackageNotFoundError:
            lines = []
        for line in lines:
            needed(normal(re.match(r"[\\w.-]+", line)[0]), known)
    return known

def normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()

WANTED = ("torch", "torchvision", "numpy", "pillow", "safetensors")
allowed = set().union(*(needed(name, set()) for name in WANTED))
owners = {top: {normal(name) for name in names} for top, names in packages_distributions().items()}

class Blocker:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top in owners and not owners[top] & allowed:
            return None
        return PathFinder.find_spec(name, path, target)

sys.meta_path[sys.meta_path.index(PathFinder)] = Blocker()
"""


def run(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", BLOCKER + script, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)


@pytest.mark.slow
def test_training_needs_five_packages_and_heic_a_sixth(tmp_path):
    folder = write_folder(tmp_path / "shop", 2)
    (folder / "train/reds/0.png").write_bytes(HEIC)
    script = """
for name in ("gradio", "pillow_heif", "sqlalchemy", "pytest"):
    try:
        __import__(name)
    except ModuleNotFoundError:
        continue
    sys.exit(f"{name} is not blocked")
from explorer.training.__main__ import main
sys.exit(main(sys.argv[1:]))
"""
    flags = [
        "--data",
        str(folder),
        "--size",
        "16",
        "--epochs",
        "1",
        "--out",
        str(tmp_path / "run"),
        "--batch-size",
        "4",
    ]
    done = run(script, *flags)
    assert done.returncode == 2, done.stderr
    assert "HEIC pictures need the package pillow-heif, which is not installed here" in done.stderr
    done = run(script, *flags, "--allow-unread")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "run" / "compact.safetensors").exists()


def test_heic_is_read_where_its_package_is(tmp_path):
    pillow_heif = pytest.importorskip("pillow_heif")
    path = tmp_path / "photo.heic"
    pillow_heif.from_bytes("RGB", (16, 12), bytes(16 * 12 * 3)).save(path)
    assert open_upload(path).shape == (12, 16, 3)
