"""Torchvision's weights: used from disk, read without running code, downloaded whole or not at all."""

import functools
import hashlib
import http.server
import re
import threading
from pathlib import Path

import numpy as np
import pytest
import torch

from explorer.errors import CheckpointError, ModelError
from explorer.networks import pretrained as pretrained_module
from explorer.networks.building import build
from explorer.networks.loading import load_network
from explorer.networks.pretrained import fetch, on_disk, preprocessing_of

NOISE = [np.random.default_rng(seed).integers(0, 256, (70, 90, 3), dtype=np.uint8) for seed in range(3)]


@pytest.mark.parametrize("name", ["torchvision/densenet121", "torchvision/googlenet"])
@pytest.mark.filterwarnings("ignore:The default weight initialization of GoogleNet")
def test_weights_on_disk_are_used_with_their_preprocessing_and_class_names(name, monkeypatch, tmp_path):
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    model = build(name, seed=5)
    state = model.state_dict()
    if "densenet" in name:  # as in the old file: norm1 is norm.1
        state = {re.sub(r"(denselayer.*(?:norm|conv))([12])", r"\1.\2", key): value for key, value in state.items()}
        assert "features.denseblock1.denselayer1.norm.1.weight" in state
    path = pretrained_module.weights_path(name)
    path.parent.mkdir()
    torch.save(state, path)
    assert on_disk(name)
    loaded = load_network(name, pictures=NOISE)
    assert loaded.trained
    assert loaded.classes[0] == "tench"
    assert len(loaded.classes) == 1000
    assert loaded.preprocessing == preprocessing_of(name)
    assert loaded.preprocessing.resize == 256
    batch = loaded.preprocessing(NOISE[0])
    if hasattr(model, "transform_input"):
        model.transform_input = True
    with torch.no_grad():
        assert torch.equal(loaded.model(batch), model(batch))

    path.write_bytes(b"no weights")
    with pytest.raises(CheckpointError, match="are damaged"):
        load_network(name, pictures=NOISE)


def test_weights_files_cannot_run_code(monkeypatch, tmp_path):
    class Evil:
        def __reduce__(self):
            return (Path(tmp_path / "ran").touch, ())

    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    path = pretrained_module.weights_path("resnet18")
    path.parent.mkdir()
    torch.save(Evil(), path)
    with pytest.raises(CheckpointError, match="are damaged"):
        load_network("torchvision/resnet18", pictures=NOISE)
    assert not (tmp_path / "ran").exists()


@pytest.fixture
def server(tmp_path):
    folder = tmp_path / "served"
    folder.mkdir()

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_args):
            pass

    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield folder, f"http://127.0.0.1:{running.server_address[1]}/"
        running.shutdown()
        thread.join()


def test_a_download_reports_its_progress_and_its_hash_is_checked(server, tmp_path):
    folder, url = server
    content = np.random.default_rng(0).bytes(3_000_000)
    name = f"net-{hashlib.sha256(content).hexdigest()[:8]}.pth"
    (folder / name).write_bytes(content)
    (folder / "net-00000000.pth").write_bytes(content)
    seen: list[tuple[float, str]] = []
    fetch(url + name, tmp_path / "kept" / name, lambda share, text: seen.append((share, text)))
    assert (tmp_path / "kept" / name).read_bytes() == content
    assert seen[-1] == (1.0, f"{name}: 3 of 3 MB")
    assert [share for share, _ in seen] == sorted(share for share, _ in seen)
    assert len(seen) >= 3
    with pytest.raises(ModelError, match="arrived damaged"):
        fetch(url + "net-00000000.pth", tmp_path / "kept" / "net-00000000.pth")
    with pytest.raises(ModelError, match="cannot be downloaded here"):
        fetch(url + "missing.pth", tmp_path / "kept" / "missing.pth")
    assert [path.name for path in (tmp_path / "kept").iterdir()] == [name]
