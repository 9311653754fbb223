"""Transfer: who learns when, and that what is frozen stays as it was, batch-norm statistics too."""

from pathlib import Path

import pytest
import torch

from explorer.checkpoint import load
from explorer.errors import CheckpointError, ModelError
from explorer.models import build_model
from explorer.models.pretrained import NAMES, build_pretrained
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


def test_a_network_without_a_linear_layer_is_a_sentence():
    with pytest.raises(ModelError, match="no linear layer"):
        layer_groups(torch.nn.Conv2d(1, 1, 1))


@pytest.mark.parametrize(
    ("transfer", "by_epoch"),
    [
        ("none", [(6, 1.0)] * 4),
        ("features", [(1, 1.0)] * 4),
        ("partial", [(2, 1.0)] * 4),
        ("full", [(6, 1.0)] * 4),
        ("two-stage", [(1, 1.0), (1, 1.0), (6, 0.1), (6, 0.1)]),
        ("gradual", [(1, 1.0), (1, 1.0), (2, 1.0), (2, 1.0)]),
    ],
)
def test_phases(transfer, by_epoch):
    options = Options(transfer=transfer, start="x" if transfer != "none" else "", stage_epochs=2)
    phases = [phase_of(options, epoch, 6) for epoch in range(4)]
    assert [(phase.open_groups, phase.rate_factor) for phase in phases] == by_epoch


def test_gradual_ends_with_everything_open():
    assert phase_of(Options(transfer="gradual", start="x", stage_epochs=1), 40, 6).open_groups == 6


def test_opening_counts_what_learns():
    model = build_model("compact", 5)
    groups = layer_groups(model)
    frozen = open_phase(groups, phase_of(Options(transfer="features", start="x"), 0, 6))
    assert count_parameters(model)[0] == 320 * 5 + 5
    assert any(isinstance(module, torch.nn.BatchNorm2d) for module in frozen)
    assert not open_phase(groups, phase_of(Options(), 0, 6))
    trainable, total = count_parameters(model)
    assert trainable == total


@pytest.mark.parametrize("transfer", ["features", "partial", "full", "two-stage", "gradual"])
def test_frozen_layers_keep_their_weights_and_statistics(transfer, base, tmp_path, capsys):
    checkpoint, folder = base
    options = Options(
        data=(str(folder),),
        out=str(tmp_path / "run"),
        epochs=1,
        start=str(checkpoint),
        transfer=transfer,
        average=0.0,
        **QUICK,
    )
    model, _ = load(train(options))
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


def test_a_start_that_shares_nothing_is_refused(base):
    with pytest.raises(CheckpointError, match="shares no weight with this network"):
        start_from(build_model("lenet5", 3, 1), str(base[0]))
