"""Flags and record are one; what no run can have is refused in a sentence."""

from dataclasses import fields

import pytest

from explorer.errors import CatalogError, ModelError
from explorer.training.options import DRAWN, Options, _comments, parse


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


def test_imagenet_weights_bring_their_size_and_crop():
    flags = ["--data", "drawn", "--network", "torchvision/efficientnet_b2"]
    found = parse([*flags, "--start", "imagenet"])
    assert (found.size, found.mode) == (288, "crop")
    found = parse([*flags, "--start", "imagenet", "--size", "96", "--mode", "stretch"])
    assert (found.size, found.mode) == (96, "stretch")
    assert parse(flags).size == Options.size


def test_the_start_has_a_name_that_torchrun_leaves_alone():
    assert parse(["--start-from", "x"]) == parse(["--start", "x"])


def test_every_field_is_explained(capsys):
    assert set(_comments()) == {item.name for item in fields(Options)}
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
        ({"start": "imagenet"}, "compact has no ImageNet weights; torchvision/resnet18"),
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
