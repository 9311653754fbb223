"""The hub's weights: found on disk, downloaded where that is allowed and fits, never for visitors of a public page."""

import io
from pathlib import Path
from types import SimpleNamespace

import huggingface_hub.constants
import numpy as np
import pytest
import timm
import torch
from safetensors.torch import save

from explorer.errors import CheckpointError, ModelError
from explorer.networks import pretrained as pretrained_module
from explorer.networks.hub import Downloads, hub_file, weights_folder
from explorer.networks.listing import listed_packages
from explorer.networks.loading import load_network
from explorer.settings import Settings
from explorer.ui.networks.menu import Shelf
from tests.networks.saved_networks import LABELS, by_transformers

NAME = "timm/test_resnet.r160_in1k"
PICTURE = np.random.default_rng(1).integers(0, 256, (170, 201, 3), np.uint8)


class Answer(io.BytesIO):
    """What an address gives."""

    @property
    def headers(self):
        return {"Content-Length": str(len(self.getvalue()))}


@pytest.fixture
def web(tmp_path, monkeypatch):
    """An empty disk and no connection: what was `asked` for, and the `answers` by how an address ends."""
    found = SimpleNamespace(asked=[], answers={}, folder=tmp_path)
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "torch"))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))

    def answer(url, **_more):
        found.asked.append(url)
        for ending, content in found.answers.items():
            if url.endswith(ending):
                return Answer(content)
        raise OSError("Name or service not known")

    monkeypatch.setattr(pretrained_module.urllib.request, "urlopen", answer)
    return found


@pytest.fixture(scope="module")
def trained():
    torch.manual_seed(8)
    return timm.create_model("test_resnet", pretrained=False).eval()


def test_timms_are_downloaded_once_with_their_own_preprocessing_and_class_names(web, trained):
    web.answers["timm/test_resnet.r160_in1k/resolve/main/model.safetensors"] = save(trained.state_dict())
    said = []
    for _ in range(2):
        network = load_network("test_resnet.r160_in1k", progress=lambda share, text: said.append((share, text)))
        assert network.name == NAME
        assert network.preprocessing.size == 160
        assert network.preprocessing.mean == (0.5, 0.5, 0.5)
        assert (len(network.classes), network.classes[0], network.classes[999]) == (1000, "tench", "toilet tissue")
        batch = network.preprocessing(PICTURE)
        assert torch.equal(network.model(batch), trained(batch))
    assert len(web.asked) == 1
    assert said[-1][0] == 1.0
    assert not list(weights_folder().rglob("*.part"))


def test_transformers_are_taken_by_their_repository(web):
    model = by_transformers(web.folder / "made")
    for file in (web.folder / "made").iterdir():
        web.answers[f"someone/shelf/resolve/main/{file.name}"] = file.read_bytes()
    network = load_network("transformers/someone/shelf")
    batch = network.preprocessing(PICTURE)
    assert network.classes == LABELS
    assert torch.equal(network.model(batch).logits, model(batch).logits)
    assert "transformers/someone/shelf" in [entry.name for entry in listed_packages(downloads=False)]


def test_what_huggingfaces_own_cache_holds_is_used(web, trained):
    snapshot = web.folder / "hub" / "models--timm--test_resnet.r160_in1k"
    (snapshot / "snapshots" / ("a" * 40)).mkdir(parents=True)
    (snapshot / "refs").mkdir()
    (snapshot / "refs" / "main").write_text("a" * 40)
    (snapshot / "snapshots" / ("a" * 40) / "model.safetensors").write_bytes(save(trained.state_dict()))
    assert [entry.name for entry in listed_packages(downloads=False)] == [NAME]


def test_offline_there_is_a_sentence(web):
    with pytest.raises(ModelError, match=r"model\.safetensors cannot be downloaded here \(Name or service not known\)"):
        load_network(NAME)
    with pytest.raises(ModelError, match=r"config\.json cannot be downloaded here"):
        load_network("transformers/microsoft/resnet-18")
    for name in ("transformers/../../etc", "transformers/resnet", "transformers/a/b/c", "transformers/"):
        with pytest.raises(ModelError, match="no name of a repository"):
            load_network(name)


def test_damaged_weights_get_a_sentence(web, trained):
    state = trained.state_dict()
    for content in (b"nothing", save({"other": torch.zeros(3)}), save({**state, "conv1.0.weight": torch.zeros(2)})):
        web.answers["model.safetensors"] = content
        with pytest.raises(CheckpointError, match="does not belong to timm/test_resnet"):
            load_network(NAME)
        hub_file(NAME, "model.safetensors").unlink()


def test_visitors_of_a_public_page_have_nothing_downloaded(web):
    assert Settings(host="0.0.0.0").may_download_mb == 0  # noqa: S104
    assert Settings(host="192.168.0.7").may_download_mb == 0
    assert Settings().may_download_mb == 4000
    assert Settings(host="0.0.0.0", download_mb=50).may_download_mb == 50  # noqa: S104
    shelf = Shelf(web.folder, "cpu", download_mb=0)
    shelf._ready.set()
    for name in (NAME, "transformers/microsoft/resnet-18"):
        with pytest.raises(ModelError, match="nothing is downloaded for visitors here"):
            shelf.network(name)
    network = shelf.network("resnet18")
    assert "nothing is downloaded for visitors here" in network.note
    assert not network.trained
    assert not web.asked
    assert not shelf.networks({"more": "packages"})


def test_downloads_have_room_for_so_much(web, trained):
    content = save(trained.state_dict())
    web.answers["model.safetensors"] = content
    size = len(content) / 1e6
    with pytest.raises(ModelError, match=r"larger than the \d+ MB that are left"):
        load_network(NAME, downloads=Downloads(int(size)))
    assert not [path for path in weights_folder().rglob("*") if path.is_file()]
    load_network(NAME, downloads=Downloads(int(size) + 1))
    with pytest.raises(ModelError, match=r"larger than the 1 MB that are left"):
        hub_file("someone/else", "model.safetensors", Downloads(int(size) + 2))
    Path(weights_folder() / "filler").write_bytes(bytes(3_000_000))
    with pytest.raises(ModelError, match=r"the \d+ MB that downloads may take here are taken"):
        hub_file("someone/else", "model.safetensors", Downloads(int(size) + 2))
