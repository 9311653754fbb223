"""A network taken along from the page: what the zip holds, and what is refused."""

import io
import threading
import zipfile
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from PIL import Image

from explorer.checkpoint import save
from explorer.errors import ExplorerError, ModelError
from explorer.preprocessing import Preprocessing
from explorer.ui.maps.tab import FeatureMaps
from explorer.ui.networks import along as along_module
from explorer.ui.networks.along import TakeAlong
from explorer.ui.networks.menu import Shelf
from explorer.ui.store import Store
from explorer.ui.uploads import Photograph, Photographs
from tests.export.networks import named

PHOTO = np.random.default_rng(4).integers(0, 256, (60, 45, 3), dtype=np.uint8)


@pytest.fixture
def page(tmp_path, monkeypatch):
    """(what takes along, a request of a small network and a photograph, its classifier, its Feature maps)."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "gradio"))
    classifier = named("simple_gap", Preprocessing(size=33))
    save(tmp_path / "small.safetensors", classifier.model, classifier.card)
    shelf, store = Shelf(tmp_path, "cpu"), Store(64_000_000, 600)
    shelf._warm_up()
    photographs = Photographs(store)
    token = store.put(Photograph(PHOTO, "my dress.jpg", 45, 60), PHOTO.nbytes)
    request = {"photo": token, "network": "small", "form": "onnx", "input": "float"}
    return TakeAlong(photographs, shelf, 600), request, classifier, FeatureMaps(photographs, shelf, store)


def test_the_zip_holds_a_network_that_answers_as_the_page_does(page):
    along, request, classifier, _ = page
    made = along.take_network(request)
    assert made["name"] == "small-onnx.zip"
    assert "on 11 pictures: every label is torch's" in made["says"]
    with zipfile.ZipFile(made["path"]) as archive:
        assert archive.namelist() == ["small.onnx", "small-onnx.py", "small-onnx.html", "small-picture.png"]
        session = onnxruntime.InferenceSession(archive.read("small.onnx"))
        seen = np.asarray(Image.open(io.BytesIO(archive.read("small-picture.png"))), np.float32)
    logits = session.run(None, {"image": seen.transpose(2, 0, 1)[None] / 255})[0][0]
    assert np.allclose(logits, classifier.logits(PHOTO).numpy(), atol=1e-5)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"photo": "x"}, "no longer kept"),
        ({"network": "smal"}, "small"),
        ({"form": "coreml"}, "one of onnx, openvino"),
        ({"input": 8}, "one of uint8, float"),
    ],
)
def test_what_is_asked_wrongly_gets_a_sentence(page, change, words):
    along, request, *_ = page
    with pytest.raises(ExplorerError, match=words):
        along.take_network({**request, **change})


def test_a_large_network_and_a_long_queue_are_said(page, monkeypatch):
    along, request, *_ = page
    monkeypatch.setattr(along_module, "LONGEST_WAIT_S", 0)
    along._turn.acquire()
    with pytest.raises(ModelError, match="Many take a network along"):
        along.take_network(request)
    along._turn = threading.Semaphore(1)
    monkeypatch.setattr(along_module, "MOST_MB", 0)
    with pytest.raises(ModelError, match=r"python -m explorer\.export"):
        along.take_network(request)
    assert not along.store.n_bytes


def test_a_notebook_brings_the_picture_and_the_checkpoint_that_it_reads(page, monkeypatch):
    _, request, classifier, maps = page
    token = maps.open_network(request)["token"]
    unit = {"token": token, "layer": "block1.conv", "channel": 2, "y": 3, "x": 4, "name": "../small block1"}
    path = Path(maps.take_notebook(unit))
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == ["small-block1.ipynb", "my-dress-working.png", "small.safetensors"]
        assert np.array_equal(np.asarray(Image.open(io.BytesIO(archive.read("my-dress-working.png")))), PHOTO)
        archive.extractall(path.parent)
        text = archive.read("small-block1.ipynb").decode()
    monkeypatch.chdir(path.parent)
    from explorer.networks.loading import load_own_weights

    assert "load_own_weights('', 'small.safetensors')" in text
    again = load_own_weights("", "small.safetensors").model(classifier.preprocessing(PHOTO))[0]
    assert again.detach().numpy() == pytest.approx(classifier.logits(PHOTO).numpy(), abs=1e-6)
