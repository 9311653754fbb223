"""A visitor's own weights: what is loaded is what the file holds, and what does not fit is refused in words."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from explorer.checkpoint import file as checkpoint
from explorer.checkpoint import save
from explorer.checkpoint.file import Card
from explorer.errors import CheckpointError
from explorer.models import build_model
from explorer.networks.building import ShapesOnly, build
from explorer.networks.loading import load_own_weights
from explorer.preprocessing import Preprocessing

NOISE = np.random.default_rng(0).integers(0, 256, (70, 90, 3), dtype=np.uint8)


@pytest.mark.parametrize(
    ("name", "num_classes", "in_channels"),
    [("meesho", 6, 3), ("lenet5", 4, 1), ("torchvision/resnet18", 3, 1), ("torchvision/squeezenet1_1", 7, 3)],
)
def test_own_weights_of_any_number_of_classes_and_channels(name, num_classes, in_channels, tmp_path):
    model = build(name, num_classes, in_channels, seed=3)
    path = tmp_path / "own.safetensors"
    half = {
        f"module.{key}": value.half() if value.is_floating_point() else value
        for key, value in model.state_dict().items()
    }
    save_file(half, path)
    labels = "\n".join(f"class {number}, red" for number in range(num_classes))
    loaded = load_own_weights(name, path, classes=labels)
    assert loaded.classes[1] == "class 1, red"
    assert len(loaded.classes) == num_classes
    assert loaded.trained
    assert loaded.preprocessing.channels == in_channels
    for key, value in loaded.model.state_dict().items():
        assert torch.equal(value, model.state_dict()[key].half().to(value.dtype))
    assert loaded.model(loaded.preprocessing(NOISE)).shape == (1, num_classes)


def test_class_names_come_from_the_file_or_from_commas_and_must_be_as_many_as_logits(tmp_path):
    model = build("simple_gap", 2)
    path = tmp_path / "own.safetensors"
    save_file(model.state_dict(), path, metadata={"classes": json.dumps(["kurta", "saree"])})
    assert load_own_weights("simple_gap", path).classes == ("kurta", "saree")
    assert load_own_weights("simple_gap", path, classes=" shoe , bag ").classes == ("shoe", "bag")
    with pytest.raises(CheckpointError, match="3 class names, but the network has 2"):
        load_own_weights("simple_gap", path, classes="a, b, c")
    with pytest.raises(CheckpointError, match="'a' stands there twice"):
        load_own_weights("simple_gap", path, classes="a, a")


def test_weights_of_another_network_name_the_first_five_tensors(tmp_path):
    path = tmp_path / "own.safetensors"
    save_file(build("lenet5").state_dict(), path)
    with pytest.raises(CheckpointError, match="does not belong to meesho") as caught:
        load_own_weights("meesho", path)
    named = str(caught.value)
    assert named.count(" is missing") + named.count(" instead of ") + named.count(" is not part") == 5
    assert "more. Choose the architecture" in named


def test_bad_weights_files_get_a_sentence(tmp_path):
    model = build("lenet5")
    state = model.state_dict()
    key = next(iter(state))
    path = tmp_path / "own.safetensors"
    save_file({**state, key: state[key].clone().index_fill_(0, torch.tensor([0]), torch.nan)}, path)
    with pytest.raises(CheckpointError, match="not finite"):
        load_own_weights("lenet5", path)
    with pytest.raises(CheckpointError, match="at most 0 are taken"):
        load_own_weights("lenet5", path, limit_mb=0.1)
    save_file({**state, "x" * 5000: torch.zeros(1)}, path)
    with pytest.raises(CheckpointError) as caught:
        load_own_weights("lenet5", path)
    assert len(str(caught.value)) < 300
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(CheckpointError, match="no whole safetensors file"):
        load_own_weights("lenet5", path)
    torch.save(state, tmp_path / "own.pth")
    with pytest.raises(CheckpointError, match=r"Convert it at home: python -m explorer\.checkpoint convert"):
        load_own_weights("lenet5", tmp_path / "own.pth")
    with pytest.raises(CheckpointError, match="cannot be read"):
        load_own_weights("lenet5", tmp_path / "none.safetensors")


def test_a_negative_variance_and_class_names_nested_without_end_get_no_further(tmp_path):
    state = build("simple_gap").state_dict()
    key = next(key for key in state if key.endswith("running_var"))
    path = tmp_path / "own.safetensors"
    save_file({**state, key: state[key] - 2}, path)
    with pytest.raises(CheckpointError, match="negative variance"):
        load_own_weights("simple_gap", path)
    save_file(state, path, {"classes": "[" * 100_000 + "]" * 100_000})
    assert load_own_weights("simple_gap", path).classes == ()


@pytest.mark.parametrize("name", ["meesho", "torchvision/regnet_y_400mf", "torchvision/googlenet"])
def test_a_network_of_shapes_alone_has_the_real_ones_names_and_sizes(name):
    with ShapesOnly():
        shapes = build(name, 7, 1).state_dict()
    real = build(name, 7, 1).state_dict()
    assert {key: value.shape for key, value in shapes.items()} == {key: value.shape for key, value in real.items()}
    assert all(value.is_meta for key, value in shapes.items() if value.ndim)


def test_channels_that_the_visitor_names_must_be_the_files(tmp_path):
    path = tmp_path / "own.safetensors"
    save_file(build("meesho", 4, 1).state_dict(), path)
    assert load_own_weights("meesho", path, in_channels=1).preprocessing.channels == 1
    with pytest.raises(CheckpointError, match=r"'block1\.conv\.weight' is \(32, 1, 3, 3\) instead of \(32, 3, 3, 3\)"):
        load_own_weights("meesho", path, in_channels=3)


def test_a_visitors_checkpoint_is_what_its_card_says(tmp_path):
    path = tmp_path / "shop.safetensors"
    card = Card("compact", {"num_classes": 2, "in_channels": 3}, ("kurta", "saree"), Preprocessing(size=64))
    save(path, build_model("compact", num_classes=2), card)
    loaded = load_own_weights("meesho", path)
    assert (loaded.name, loaded.classes, loaded.preprocessing, loaded.card) == (
        "compact",
        *(card.classes, card.preprocessing, card),
    )
    with pytest.raises(CheckpointError, match="brings its own 2 class names"):
        load_own_weights("", path, classes="a, b")
    with pytest.raises(CheckpointError, match="takes 3 channels, not 1"):
        load_own_weights("", path, in_channels=1)


@pytest.mark.parametrize(
    ("arguments", "side", "message"),
    [
        ({"widths": [10**9, 64, 160, 320]}, 64, "too large to be built here"),
        ({"depths": [10**9, 1, 1, 1]}, 64, "too large to be built here"),
        ({"depths": [70, 70, 70, 70]}, 64, "too large to be built here"),
        ({"widths": [2048, 64, 160, 320]}, 64, "does not belong to compact: 'stem.conv.weight' is"),
        ({"nothing": 1}, 64, "cannot be built"),
        ({}, 4096, "looks at pictures of 4096 pixels; at most 384"),
    ],
)
def test_a_card_that_asks_for_more_than_its_file_holds_is_refused_before_anything_is_built(
    tmp_path, arguments, side, message
):
    model, path = build_model("compact", num_classes=2), tmp_path / "bomb.safetensors"
    tensors = {key: value.clone() for key, value in model.state_dict().items()}
    card = Card("compact", {"num_classes": 2, "in_channels": 3, **arguments}, ("a", "b"), Preprocessing(size=side))
    envelope = {"schema": checkpoint.SCHEMA_VERSION, "sha256": checkpoint.digest(tensors, card), "card": card.to_json()}
    save_file(tensors, path, metadata={checkpoint.CARD_KEY: checkpoint.canonical_json(envelope)})
    with pytest.raises(CheckpointError, match=message):
        load_own_weights("", path)
