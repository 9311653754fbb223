"""Own weights on the page: where they may come from, whom they serve, how long, and how large they may be."""

import pytest
import torch
from gradio.utils import get_upload_folder
from safetensors.torch import save_file

from explorer.errors import CheckpointError, ExplorerError, ModelError
from explorer.networks.building import build
from explorer.settings import Settings
from explorer.ui.component import answering
from explorer.ui.networks.menu import Shelf
from explorer.ui.networks.own import OwnNetworks


@pytest.fixture
def own(tmp_path, monkeypatch) -> OwnNetworks:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))
    return OwnNetworks("cpu", 1, 600)


@pytest.fixture
def request_of(own, tmp_path):
    """What the page sends for a grey LeNet-5 of four classes that was uploaded."""
    folder = tmp_path / "uploads"
    folder.mkdir(exist_ok=True)
    assert str(folder) == get_upload_folder()
    save_file(build("lenet5", 4, seed=9).state_dict(), folder / "mine.safetensors")
    return {"path": str(folder / "mine.safetensors"), "architecture": "lenet5"}


def test_an_opened_file_is_a_network_of_that_name_and_of_no_other(own, request_of, tmp_path):
    entry = own.open_own(request_of)
    (tmp_path / "none").mkdir()
    shelf = Shelf(tmp_path / "none", "cpu", own_weights=own)
    assert entry["label"] == "mine (lenet5)"
    state = shelf.network(entry["name"]).model.state_dict()
    assert all(torch.equal(value, state[key]) for key, value in build("lenet5", 4, seed=9).state_dict().items())
    assert shelf.classifier(entry["name"]).classes == ("class 0", "class 1", "class 2", "class 3")
    assert shelf.classifier(entry["name"]).model is shelf.network(entry["name"]).model
    for name in ("own:", "own:" + "A" * 22, entry["name"] + "x"):
        with pytest.raises(CheckpointError, match="no longer kept here; please open the file again"):
            shelf.network(name)
    assert own.open_own(request_of)["name"] != entry["name"]
    assert entry["name"] not in str(shelf._networks), "the shelf would keep it for ever"
    assert not shelf._classifiers


def test_only_uploaded_files_are_opened(own, request_of, tmp_path):
    save_file(build("lenet5", 4).state_dict(), tmp_path / "outside.safetensors")
    for path in (str(tmp_path / "outside.safetensors"), request_of["path"] + "x", None, 3, "/etc/passwd"):
        with pytest.raises(CheckpointError, match="not an uploaded file; please choose the weights file"):
            own.open_own({**request_of, "path": path})


@pytest.mark.parametrize("wrong", [{"architecture": None}, {"classes": 3}, {"classes": "x" * 200_001}])
def test_wrong_kinds_are_a_sentence(own, request_of, wrong):
    with pytest.raises(CheckpointError, match="The architecture is a name, and class names are a text"):
        own.open_own({**request_of, **wrong})
    assert answering(own.open_own)({**request_of, "channels": "2"})["error"].startswith("channels is '2'")
    with pytest.raises(ModelError, match="There is no network 'nothing'"):
        own.open_own({**request_of, "architecture": "nothing"})


def test_what_need_not_be_sent_is_refused_before(own, request_of):
    assert own.check_own_file({"file_name": "mine.safetensors", "size": 900_000})
    with pytest.raises(CheckpointError, match=r"mine\.safetensors has 2 MB; at most 1 are taken here"):
        own.check_own_file({"file_name": "mine.safetensors", "size": 1_500_001})
    with pytest.raises(CheckpointError, match=r"python -m explorer\.checkpoint convert"):
        own.check_own_file({"file_name": "MINE.PTH", "size": 9})
    with pytest.raises(CheckpointError, match=r"mine\.safetensors is empty"):
        own.check_own_file({"file_name": "mine.safetensors", "size": 0})
    own.limit_mb = 0.1
    with pytest.raises(CheckpointError, match="at most 0 are taken"):
        own.open_own(request_of)


def test_the_host_says_how_large_a_file_may_be():
    assert Settings().own_mb == 200
    assert Settings.from_env({"EXPLORER_OWN_MB": "500"}).own_mb == 500
    with pytest.raises(ExplorerError, match="own weights of 0 MB cannot be taken"):
        Settings(own_mb=0)
