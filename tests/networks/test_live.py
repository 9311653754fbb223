"""A model that goes on changing: every change is seen, and a copy stays as it was."""

import copy

import pytest
import torch
from torch import nn

from explorer.activations.borrowing import computed
from explorer.errors import ModelError
from explorer.networks.live import frozen_copy, model_version
from explorer.receipts import open_unit


class Scaled(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.norm, self.fc = nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Linear(4, 2)
        self.scale = 1.0

    def forward(self, x):
        return self.fc(self.norm(self.conv(x)).relu().mean((2, 3)) * self.scale)


@pytest.fixture
def model():
    torch.manual_seed(2)
    return Scaled()


PICTURE = torch.rand(1, 3, 11, 13, generator=torch.Generator().manual_seed(1))


def step(model):
    optimiser = torch.optim.SGD(model.parameters(), 0.1)
    model(PICTURE).sum().backward()
    optimiser.step()


CHANGES = {
    "a step of training": step,
    "through .data": lambda model: model.fc.weight.data.mul_(2),
    "one number through .data": lambda model: model.conv.weight.data[0, 0, 0].fill_(0.25),
    "another tensor as .data": lambda model: setattr(model.fc.bias, "data", torch.ones(2)),
    "load_state_dict": lambda model: model.load_state_dict(Scaled().state_dict()),
    "assigned": lambda model: model.load_state_dict(Scaled().state_dict(), assign=True),
    "statistics": lambda model: model.train()(PICTURE),
    "another head": lambda model: setattr(model, "fc", nn.Linear(4, 3)),
    "a setting": lambda model: setattr(model, "scale", 2.0),
    "a hook": lambda model: model.conv.register_forward_hook(lambda _m, _i, output: output * 2),
    "numpy": lambda model: model.fc.weight.detach().numpy().fill(0.5),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_seen_and_does_not_reach_the_copy(model, change):
    before, kept = model_version(model), frozen_copy(model)
    assert model_version(model) == before
    right = copy.deepcopy(model).eval()(PICTURE)
    CHANGES[change](model)
    assert model_version(model) != before
    assert torch.equal(kept(PICTURE), right)
    assert torch.equal(frozen_copy(model)(PICTURE), copy.deepcopy(model).eval()(PICTURE))


def test_modes_are_no_change_and_stay(model):
    before = model_version(model)
    model.train()
    assert model_version(model) == before
    frozen_copy(model)(PICTURE)
    assert model.training
    assert model.norm.training
    assert int(model.norm.num_batches_tracked) == 0


def test_a_receipt_of_the_copy_agrees_after_more_training(model):
    kept = frozen_copy(model)
    receipt = open_unit(kept, PICTURE, "conv", 2, 3, 4)
    step(model)
    assert receipt.agrees
    assert open_unit(kept, PICTURE, "conv", 2, 3, 4) == receipt
    assert open_unit(frozen_copy(model), PICTURE, "conv", 2, 3, 4).value != receipt.value


def test_weights_that_are_shared_are_shared_in_the_copy():
    model = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3))
    model[1].weight = model[0].weight
    kept = frozen_copy(model)
    assert kept[0].weight is kept[1].weight
    assert kept[0].weight is not model[0].weight


def test_weights_without_numbers_are_refused():
    with pytest.raises(ModelError, match="meta device"):
        frozen_copy(nn.Linear(3, 2, device="meta"))


KEPT = {}


class Keeping(nn.Module):
    """Keeps features by a hook that is a closure, or in a global, and reads them there."""

    def __init__(self, where):
        super().__init__()
        self.conv, self.fc, self.kept, self.where = nn.Conv2d(3, 4, 3), nn.Linear(4, 3), None, where

        def keep(_module, _inputs, output):
            if where == "closure":
                self.kept = output
            else:
                KEPT["features"] = output

        self.conv.register_forward_hook(keep)

    def forward(self, x):
        self.conv(x)
        kept = self.kept if self.where == "closure" else KEPT["features"]
        return self.fc(kept.relu().mean((2, 3)))


@pytest.mark.parametrize("where", ["closure", "global"])
def test_a_model_that_keeps_its_features_is_copied_and_shows_no_other_picture(where):
    torch.manual_seed(3)
    model = Keeping(where).train()
    mine = torch.rand(1, 3, 9, 9)
    right = model(mine).detach()
    features = model.kept
    kept = frozen_copy(model)
    for picture in (PICTURE, PICTURE * 2, PICTURE):
        other = copy.deepcopy(model.fc)(model.conv.__class__.forward(model.conv, picture).relu().mean((2, 3)))
        assert torch.equal(computed(kept, picture), other)
    assert where == "global" or model.kept is features
    assert torch.equal(model(mine), right)
