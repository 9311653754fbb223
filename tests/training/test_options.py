"""Flags and record are one; what no run can have is refused in a sentence."""

import json
from dataclasses import fields
from pathlib import Path

import pytest

from explorer.checkpoint import save
from explorer.checkpoint.file import Card
from explorer.errors import CatalogError, CheckpointError, ModelError
from explorer.models import build_model
from explorer.preprocessing import Preprocessing
from explorer.training.options import DRAWN, Options, _says, parse, start_files


def test_defaults_of_the_command_line_are_those_of_the_record():
    assert parse(["--data", "drawn"]) == Options()


def test_without_data_the_drawn_set_is_learnt_with_what_suits_it():
    assert parse([]) == Options(**DRAWN)
    assert parse(["--epochs", "3", "--network", "forge"]) == Options(**{**DRAWN, "epochs": 3, "network": "forge"})


def test_flags_are_named_as_the_fields():
    found = parse(
        ["--data", "a=x", "--data", "drawn", "--batch-size", "7", "--rate", "0.5", "--resume", "--mixup", "0.2"]
    )
    assert found == Options(data=("a=x", "drawn"), batch_size=7, rate=0.5, resume=True, mixup=0.2)


def test_networks_for_one_size_get_it():
    for given in ([], ["--data", "drawn"]):
        assert parse([*given, "--network", "lenet5"]).size == 32
        assert parse([*given, "--network", "lenet5", "--size", "40"]).size == 40
    assert parse(["--network", "compact"]).size == DRAWN["size"]


def test_torchvisions_weights_bring_their_size_and_crop():
    flags = ["--data", "drawn", "--network", "torchvision/efficientnet_b2"]
    found = parse([*flags, "--start", "torchvision"])
    assert (found.size, found.mode) == (288, "crop")
    found = parse([*flags, "--start", "torchvision", "--size", "96", "--mode", "stretch"])
    assert (found.size, found.mode) == (96, "stretch")
    assert parse(flags).size == Options.size


@pytest.fixture
def grey_residual(tmp_path) -> str:
    """A checkpoint of a network without its skips, learnt on grey pictures of 40 pixels in bars."""
    arguments = {"num_classes": 2, "in_channels": 1, "skips": False}
    preprocessing = Preprocessing(size=40, mode="letterbox", mean=(0.5,), std=(0.5,))
    card = Card("residual", arguments, ("a", "b"), preprocessing)
    return str(save(tmp_path / "grey.safetensors", build_model("residual", **arguments), card))


@pytest.mark.parametrize("data", [[], ["--data", "drawn"]])
def test_a_checkpoint_to_start_from_brings_what_it_was_learnt_with(data, grey_residual):
    found = parse([*data, "--start", grey_residual])
    assert (found.network, found.channels, found.size, found.mode) == ("residual", 1, 40, "letterbox")
    assert json.loads(found.network_arguments) == {"skips": False}
    found = parse([*data, "--start", grey_residual, "--network", "residual", "--size", "64", "--mode", "stretch"])
    assert (found.size, found.mode, json.loads(found.network_arguments)) == (64, "stretch", {"skips": False})


def test_another_network_has_its_own_arguments_and_size(grey_residual):
    found = parse(["--start", grey_residual, "--network", "meesho"])
    assert (found.network, found.network_arguments, found.channels, found.size) == ("meesho", "{}", 1, 40)
    assert parse(["--start", grey_residual, "--network", "lenet5"]).size == 32


def test_a_start_that_is_no_file_is_a_sentence():
    with pytest.raises(CheckpointError, match="x"):
        parse(["--start", "x"])


def test_the_start_has_a_name_that_torchrun_leaves_alone(grey_residual):
    assert parse(["--start-from", grey_residual]) == parse(["--start", grey_residual])


def test_every_field_is_explained(capsys):
    assert set(_says()) == {item.name for item in fields(Options)}
    with pytest.raises(SystemExit):
        parse(["--help"])
    shown = capsys.readouterr().out
    assert "--weight-decay" in shown
    assert "bfloat16 where the processor has it" in shown


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"network": "resnet"}, "no network 'resnet'; there are meesho"),
        ({"optimiser": "lion"}, "no optimiser 'lion'; there are sgd, adamw"),
        ({"schedule": "linear"}, "there are cosine, one-cycle, step, constant"),
        ({"transfer": "half", "start": "x"}, "there are none, features, partial, full, two-stage, gradual"),
        ({"transfer": "full"}, "--start names no weights"),
        ({"epochs": 0}, "epochs is 0; 1 to 100000 is possible"),
        ({"smoothing": 1.0}, "smoothing is 1.0; 0 to 0.9 is possible"),
        ({"channels": 2}, r"1 \(grey\) or 3 \(colour\)"),
        ({"sampler": "odd"}, "there are shuffle, balanced"),
        ({"weighting": "odd"}, "there are none, balanced, root"),
        ({"start": "torchvision"}, "compact is none of torchvision's; torchvision/resnet18"),
        ({"start": "imagenet", "network": "torchvision/resnet18"}, "its own ImageNet weights is --start torchvision"),
        ({"resume": True, "fresh": True}, "give one of them"),
        ({"precision": "float16"}, "there are auto, float32, bfloat16"),
    ],
)
def test_impossible_options_are_sentences(changes, message):
    with pytest.raises(ModelError, match=message):
        Options(**changes)


def test_unknown_recipe_is_a_sentence():
    with pytest.raises(CatalogError, match="no augmentation recipe"):
        Options(recipe="wild")


def test_imagenet_is_the_checkpoint_on_board():
    found = parse(["--data", "drawn", "--start", "imagenet"])
    assert (found.network, found.size, found.mode, found.channels) == ("efficientnet_lite0", 224, "crop", 3)
    (path,) = start_files("imagenet")
    assert path.endswith("imagenet.safetensors")
    assert Path(path).is_file()
    assert start_files("torchvision") == start_files("") == []
    assert start_files("a.safetensors,imagenet") == ["a.safetensors", path]
