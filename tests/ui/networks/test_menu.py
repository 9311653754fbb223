"""The networks that the page offers."""

import json
import os

import numpy as np
import pytest
import safetensors.torch
import torch

from explorer.checkpoint import file as checkpoint
from explorer.checkpoint.published import distinct_names
from explorer.errors import CheckpointError, ModelError
from explorer.models import build_model, model_names
from explorer.networks.building import build, weights_bytes
from explorer.preprocessing import Preprocessing
from explorer.settings import ROOT, Settings
from explorer.ui.networks.hosted import hosted_networks
from explorer.ui.networks.menu import Shelf


@pytest.fixture(scope="module")
def shelf(tmp_path_factory) -> Shelf:
    folder = tmp_path_factory.mktemp("checkpoints")
    torch.manual_seed(0)
    card = checkpoint.Card("compact", {"num_classes": 3, "in_channels": 3}, ("a", "b", "c"), Preprocessing(size=32))
    checkpoint.save(folder / "products.safetensors", build_model("compact", 3).eval(), card)
    shelf = Shelf(folder, "cpu")
    shelf._warm_up()
    return shelf


def test_the_menu_has_the_checkpoints_first_then_all_other_networks(shelf):
    groups = shelf.networks({}) + shelf.networks({"more": True})
    assert [network["name"] for network in groups[0]["networks"]] == ["products"]
    names = [network["name"] for group in groups for network in group["networks"]]
    assert len(names) == len(set(names))
    assert set(model_names()) <= set(names)
    assert {"torchvision/resnet50", "torchvision/efficientnet_b0", "torchvision/convnext_tiny"} <= set(names)
    assert {"torchvision/vit_b_16", "torchvision/swin_t", "torchvision/maxvit_t"} <= set(names)
    assert all(network["note"] and network["label"] for group in groups for network in group["networks"])


def test_the_shipped_menu_begins_with_products_and_imagenet():
    shelf = Shelf(ROOT / "checkpoints", "cpu")
    shelf._ready.set()
    (trained,) = shelf.networks({})
    assert [one["name"] for one in trained["networks"]][:2] == ["products", "imagenet"]
    assert trained["networks"][1]["note"] == "efficientnet_lite0, 1,000 classes, as published."
    classes = shelf.network("imagenet").classes
    assert len(set(classes)) == len(classes) == 1000
    assert {"crane", "crane bird", "maillot", "espresso"} <= set(classes)


def test_a_checkpoints_network_is_its_classifiers(shelf):
    assert shelf.network("products").model is shelf.classifier("products").model
    assert shelf.network("products").classes == ("a", "b", "c")
    assert shelf.network("products").trained


def test_an_untrained_network_is_marked_and_named_and_the_same_for_all(shelf):
    one = shelf.network("lenet5")
    assert one is shelf.network("lenet5")
    assert not one.trained
    assert "Untrained" in one.note
    classifier = shelf.classifier("lenet5")
    assert classifier.model is one.model
    best = classifier.top_k(np.zeros((20, 30, 3), np.uint8), 1)[0]
    assert best.label == one.class_name(classifier.classes.index(best.label))


def test_unknown_names_are_refused_with_a_sentence(shelf):
    with pytest.raises(ModelError, match=r"no checkpoint or network 'nothing'.*products"):
        shelf.network("nothing")
    with pytest.raises(ModelError, match=r"Did you mean products\?"):
        shelf.network("product")
    for name in (None, 3, ["products"], "../products"):
        with pytest.raises(ModelError):
            shelf.classifier(name)


def test_networks_beside_the_checkpoints_are_let_go_when_they_weigh_too_much(shelf, monkeypatch):
    monkeypatch.setattr(shelf, "_networks_mb", 11)
    first = shelf.network("meesho")  # 10 MB
    assert shelf.network("meesho") is first
    shelf.network("forge")
    assert "meesho" not in shelf._networks or shelf.network("meesho").n_bytes < 11_000_000
    assert shelf.network("products") is shelf.network("products")
    again = shelf.network("meesho")
    assert again is not first
    assert all(torch.equal(a, b) for a, b in zip(first.model.parameters(), again.model.parameters(), strict=True))


def test_a_network_larger_than_the_host_opens_is_refused_before_it_is_built(shelf):
    with pytest.raises(ModelError, match=r"regnet_y_128gf take 2,581 MB; networks of up to 600 MB"):
        shelf.network("torchvision/regnet_y_128gf")
    assert not shelf.progress("torchvision/regnet_y_128gf")


@pytest.mark.parametrize("name", ["meesho", "compact", "torchvision/googlenet", "torchvision/squeezenet1_1"])
def test_what_weights_take_is_known_before(name):
    assert weights_bytes(name) == sum(one.numel() * one.element_size() for one in build(name).state_dict().values())


def test_equal_class_names_are_told_apart():
    assert distinct_names(("crane", "bee", "crane")) == ("crane", "bee", "crane (2)")


def test_what_the_host_names_is_offered_and_loaded_under_that_name(tmp_path, monkeypatch):
    (tmp_path / "shop_network.py").write_text(
        "from torch import nn\n\n\nclass Tiny(nn.Sequential):\n    classes = ('yes', 'no')\n\n"
        "    def __init__(self):\n        super().__init__(nn.Conv2d(3, 2, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten())\n"
        "\n\ndef made():\n    return Tiny()\n\n\nTINY = Tiny()\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    settings = Settings(checkpoints=tmp_path, network=("shop_network:Tiny", "shop_network:made", "shop_network:TINY"))
    shelf = Shelf(tmp_path, "cpu", hosted_networks(settings))
    shelf.start()
    own = [group for group in shelf.networks({}) if group["label"] == "The host's own"]
    assert [network["name"] for network in own[0]["networks"]] == list(settings.network)
    assert [network["label"] for network in own[0]["networks"]] == list(settings.network)
    for name in settings.network:
        network = shelf.network(name)
        assert network.name == name
        assert network.classes == ("yes", "no")
        assert type(network.model).__name__ == "Tiny"
    assert shelf.network("TINY") is shelf.network("shop_network:TINY")


def test_lines_that_load_a_checkpoint_run_from_any_folder_and_name_no_path_of_the_host(tmp_path, monkeypatch):
    own = tmp_path / "own"
    own.mkdir()
    (own / "mine.safetensors").write_bytes((ROOT / "checkpoints" / "meesho.safetensors").read_bytes())
    for folder, name, start in ((ROOT / "checkpoints", "meesho", tmp_path), (own, "mine", own)):
        shelf = Shelf(folder, "cpu")
        shelf._ready.set()
        lines = shelf.network(name).loading_lines
        assert str(folder) not in lines
        monkeypatch.chdir(start)
        space: dict[str, object] = {}
        exec(compile(lines, "lines", "exec"), space)  # noqa: S102
        assert space["card"].architecture == "meesho"


def _spoil(folder, kind: str, whole: bytes) -> None:
    """A file or folder that ends in .safetensors and is no checkpoint."""
    path = folder / f"{kind}.safetensors"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "dangling":
        path.symlink_to(folder / "nowhere")
    elif kind == "no text":
        (folder / os.fsdecode(b"caf\xe9.safetensors")).write_bytes(whole)
    else:
        changed = bytearray(whole)
        changed[-1] ^= 1
        foreign = safetensors.torch.save({"weight": torch.ones(2)})
        contents = {"empty": b"", "cut": whole[: len(whole) // 2], "foreign": foreign, "changed": changed}
        path.write_bytes(contents[kind])


BAD = ["folder", "pipe", "dangling", "no text", "empty", "cut", "foreign", "changed"]


@pytest.mark.parametrize("kind", BAD)
def test_a_file_that_is_no_checkpoint_is_left_out_and_counted(shelf, tmp_path, caplog, kind):
    good = shelf._files["products"]
    (tmp_path / "good.safetensors").write_bytes(good.read_bytes())
    _spoil(tmp_path, kind, good.read_bytes())
    assert len(list(tmp_path.iterdir())) == 2
    with_bad = Shelf(tmp_path, "cpu")
    with_bad._warm_up()
    (group,) = with_bad.networks({})
    assert [one["name"] for one in group["networks"]] == ["good"]
    json.dumps(group).encode()
    assert with_bad.n_left_out == 1
    assert len([line for line in caplog.records if "left out of the menu" in line.message]) == 1
    (bad,) = with_bad._left_out
    for ask in (with_bad.network, with_bad.classifier):
        with pytest.raises(CheckpointError, match="cannot be used; the server's log says why") as refusal:
            ask(bad)
        assert str(tmp_path) not in str(refusal.value)
        str(refusal.value).encode()


def test_the_first_whole_checkpoint_answers_where_the_default_one_is_damaged(shelf, tmp_path):
    (tmp_path / "other.safetensors").write_bytes(shelf._files["products"].read_bytes())
    (tmp_path / "products.safetensors").write_bytes(b"")
    with_bad = Shelf(tmp_path, "cpu")
    with_bad._warm_up()
    assert "other" in with_bad._classifiers
    assert [one["name"] for one in with_bad.networks({})[0]["networks"]] == ["other"]
