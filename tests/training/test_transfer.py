"""Transfer: who learns when, and that what is frozen stays as it was, batch-norm statistics too."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from explorer.checkpoint import load, save
from explorer.checkpoint.file import Card
from explorer.errors import CheckpointError, ModelError
from explorer.models import build_model, model_names
from explorer.models.torchvision_networks import NAMES, build_pretrained
from explorer.preprocessing import Preprocessing
from explorer.training.options import Options
from explorer.training.run import train
from explorer.training.transfer import count_parameters, layer_groups, open_phase, phase_of, start_from
from tests.data.folders import write_folder

QUICK = {
    "network": "compact",
    "network_arguments": '{"widths": [4, 4, 8, 8], "depths": [1, 1, 1, 1]}',
    "size": 16,
    "batch_size": 6,
}


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> tuple[Path, Path]:
    """A folder, and a checkpoint trained on two of its classes."""
    root = tmp_path_factory.mktemp("transfer")
    two = write_folder(root / "two", 6, ("reds", "blues"))
    three = write_folder(root / "three", 6)
    return train(Options(data=(str(two),), out=str(root / "base"), epochs=2, **QUICK)), three


def fine_tuning(base: tuple[Path, Path], tmp_path: Path, transfer: str) -> Options:
    """An epoch on the folder from the checkpoint."""
    checkpoint, folder = base
    return Options(
        data=(str(folder),), out=str(tmp_path / "run"), epochs=1, start=str(checkpoint), transfer=transfer, **QUICK
    )


def test_groups_run_from_the_picture_to_the_head():
    names = [group.name for group in layer_groups(build_model("compact", 5))]
    assert names == ["stem", "stage1", "stage2", "stage3", "stage4", "head"]
    assert [group.name for group in layer_groups(build_model("meesho"))] == [
        "block1",
        "block2",
        "block3",
        "block4",
        "fc1",
        "head",
    ]


@pytest.mark.parametrize("name", NAMES)
def test_groups_of_torchvision_hold_every_parameter_once(name):
    with torch.device("meta"):
        model = build_pretrained(name, 7)
    groups = layer_groups(model)
    found = [id(parameter) for group in groups for parameter in group.parameters()]
    assert len(found) == len(set(found))
    direct = {id(parameter) for parameter in model.parameters()}
    assert direct - set(found) == set()
    assert groups[-1].modules[0].out_features == 7


LAST_STAGES = {  # what partial fine-tuning opens, the head among it
    "torchvision/alexnet": {"features.6", "features.8", "features.10", "classifier"},
    "torchvision/vgg16": {"features.24", "features.26", "features.28", "classifier"},
    "torchvision/resnet18": {"layer4", "fc"},
    "torchvision/resnet50": {"layer4", "fc"},
    "torchvision/efficientnet_b0": {"features.6", "features.7", "features.8", "classifier"},
    "torchvision/efficientnet_b2": {"features.6", "features.7", "features.8", "classifier"},
    "torchvision/mobilenet_v3_large": {"features.13", "features.14", "features.15", "features.16", "classifier"},
    "torchvision/convnext_tiny": {"features.6", "features.7", "classifier"},
    "meesho": {"block4", "fc1", "fc2"},
    "meesho_3": {"block3", "fc1", "fc2"},
    "forge": {"block2", "fc1", "fc2"},
    "simple": {"block3", "fc1", "fc2"},
    "simple_two_layer": {"conv2", "fc1", "fc2"},
    "simple_gap": {"block3", "fc1", "fc2"},
    "cifar10_cnn": {"block3", "fc1", "fc2"},
    "lenet5": {"conv2", "fc1", "fc2", "fc3"},
    "residual": {"stage3", "fc"},
    "compact": {"stage4", "fc"},
    **{f"efficientnet_lite{number}": {"stage6", "stage7", "top", "fc"} for number in range(3)},
}


@pytest.mark.parametrize("name", [*NAMES, *model_names()])
def test_partial_opens_the_last_stage_and_what_follows(name):
    with torch.device("meta"):
        model = build_model(name, 7)
    groups = layer_groups(model)
    open_phase(groups, phase_of(Options(transfer="partial", start="x"), 0, groups))
    learning = {key for key, parameter in model.named_parameters() if parameter.requires_grad}
    expected = LAST_STAGES[name]
    assert learning == {
        key for key, _ in model.named_parameters() if any(key.startswith(f"{top}.") for top in expected)
    }
    assert all(any(key.startswith(f"{top}.") for key in learning) for top in expected)


def test_every_group_has_a_convolution_or_a_linear_layer():
    for name in (*NAMES, *model_names()):
        with torch.device("meta"):
            groups = layer_groups(build_model(name, 7))
        for group in groups:
            assert any(isinstance(module, torch.nn.Conv2d | torch.nn.Linear) for module in group.modules), group.name


def test_a_network_without_a_linear_layer_is_a_sentence():
    with pytest.raises(ModelError, match="no linear layer"):
        layer_groups(torch.nn.Conv2d(1, 1, 1))


@pytest.mark.parametrize(
    ("transfer", "by_epoch"),
    [
        ("none", [(6, 1.0)] * 4),
        ("features", [(1, 1.0)] * 4),
        ("partial", [(3, 1.0)] * 4),
        ("full", [(6, 1.0)] * 4),
        ("two-stage", [(1, 1.0), (1, 1.0), (6, 0.1), (6, 0.1)]),
        ("gradual", [(1, 1.0), (1, 1.0), (2, 1.0), (2, 1.0)]),
    ],
)
def test_phases(transfer, by_epoch):
    options = Options(transfer=transfer, start="x" if transfer != "none" else "", stage_epochs=2)
    groups = layer_groups(build_model("meesho"))  # block1 to block4, fc1, head
    phases = [phase_of(options, epoch, groups) for epoch in range(4)]
    assert [(phase.open_groups, phase.rate_factor) for phase in phases] == by_epoch


def test_frozen_groups_never_learn_and_the_head_always_does():
    groups = layer_groups(build_model("efficientnet_lite0", 3))
    assert [group.name for group in groups[:4]] == ["stem", "stage1", "stage2", "stage3"]
    opened = {
        (transfer, freeze): phase_of(
            Options(transfer=transfer, start="x", freeze=freeze, stage_epochs=1), 50, groups
        ).open_groups
        for transfer in ("full", "partial", "features", "gradual")
        for freeze in (0, 4, 8, 1000)
    }
    assert [opened["full", freeze] for freeze in (0, 4, 8, 1000)] == [10, 6, 2, 1]
    assert [opened["partial", freeze] for freeze in (0, 4, 8, 1000)] == [4, 4, 2, 1]
    assert [opened["features", freeze] for freeze in (0, 4, 8, 1000)] == [1, 1, 1, 1]
    assert [opened["gradual", freeze] for freeze in (0, 4, 8, 1000)] == [10, 6, 2, 1]


def test_gradual_ends_with_everything_open():
    groups = layer_groups(build_model("compact"))
    assert phase_of(Options(transfer="gradual", start="x", stage_epochs=1), 40, groups).open_groups == 6


def test_opening_counts_what_learns():
    model = build_model("compact", 5)
    groups = layer_groups(model)
    frozen = open_phase(groups, phase_of(Options(transfer="features", start="x"), 0, groups))
    assert count_parameters(model)[0] == 320 * 5 + 5
    assert any(isinstance(module, torch.nn.BatchNorm2d) for module in frozen)
    assert not open_phase(groups, phase_of(Options(), 0, groups))
    trainable, total = count_parameters(model)
    assert trainable == total


@pytest.mark.parametrize("transfer", ["features", "partial", "full", "two-stage", "gradual"])
def test_frozen_layers_keep_their_weights_and_statistics(transfer, base, tmp_path, capsys):
    checkpoint, _ = base
    model, _ = load(train(replace(fine_tuning(base, tmp_path, transfer), average=0.0)))
    original, _ = load(checkpoint)
    ours, theirs = model.state_dict(), original.state_dict()
    same_shape = {name for name in theirs if ours[name].shape == theirs[name].shape and ours[name].is_floating_point()}
    changed = {name.split(".")[0] for name in same_shape if not torch.equal(ours[name], theirs[name])}
    expected = {"features": set(), "partial": {"stage4"}, "two-stage": set(), "gradual": set()}
    everything = {"stem", "stage1", "stage2", "stage3", "stage4"}
    assert changed == expected.get(transfer, everything)
    shown = capsys.readouterr().err
    assert "parameters learn" in shown
    assert "tensors come from" in shown


def test_what_learns_is_printed_whenever_it_changes(base, tmp_path, capsys):
    train(replace(fine_tuning(base, tmp_path, "two-stage"), epochs=4))
    shown = [line for line in capsys.readouterr().err.splitlines() if "parameters learn" in line]
    model, _ = load(tmp_path / "run" / "compact.safetensors")
    total = sum(parameter.numel() for parameter in model.parameters())
    assert shown[0].startswith(f"compact: {8 * 3 + 3} of {total:,} parameters learn;")
    assert shown[1:] == [f"{total:,} of {total:,} parameters learn from epoch 3 on"]


def test_a_start_that_shares_nothing_is_refused(base):
    with pytest.raises(CheckpointError, match="shares no weight with this network"):
        start_from(build_model("lenet5", 3, 1), str(base[0]))


def saved(path: Path, seed: int, classes: tuple[str, ...] = ("a", "b"), mean: float = 0.5) -> str:
    torch.manual_seed(seed)
    arguments = {"num_classes": len(classes), "in_channels": 1}
    preprocessing = Preprocessing(size=32, mode="stretch", mean=(mean,), std=(0.25,))
    return str(save(path, build_model("lenet5", **arguments), Card("lenet5", arguments, classes, preprocessing)))


def test_of_several_checkpoints_the_mean_is_taken(tmp_path):
    first, second = saved(tmp_path / "first.safetensors", 1), saved(tmp_path / "second.safetensors", 2)
    model = build_model("lenet5", 2, 1)
    assert start_from(model, f"{first},{second}") == f"10 of 10 tensors come from {first} and {second}"
    ours, theirs = load(first)[0].state_dict(), load(second)[0].state_dict()
    for name, tensor in model.state_dict().items():
        assert torch.allclose(tensor, (ours[name] + theirs[name]) / 2, atol=1e-7)
        assert not torch.equal(tensor, ours[name])


@pytest.mark.parametrize("other", [{"classes": ("b", "a")}, {"mean": 0.4}], ids=str)
def test_networks_that_see_or_say_other_things_have_no_mean(tmp_path, other):
    first, second = saved(tmp_path / "first.safetensors", 1), saved(tmp_path / "second.safetensors", 1, **other)
    with pytest.raises(CheckpointError, match="only networks for the same classes, means and deviations have a mean"):
        start_from(build_model("lenet5", 2, 1), f"{first},{second}")
