"""Networks that a host brings: their own class, taken as it is, and told in a sentence where it does not do."""

import sys

import numpy as np
import pytest
import torch
from torch import nn

from explorer.activations import record
from explorer.errors import ModelError
from explorer.networks.loading import load_class, made_ready
from explorer.predict import Classifier
from explorer.predict.explain import grad_cam, head_maps
from explorer.summary import summarise
from explorer.ui.filters.learned import learned_filters

NOISE = np.random.default_rng(0).integers(0, 256, (70, 90, 3), dtype=np.uint8)

OWN_CLASS = """
import torch
from torch import nn

class Fine(nn.Module):
    classes = ("light", "dark")
    def __init__(self):
        super().__init__()
        self.conv, self.norm, self.head = nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.Linear(4, 2)
    def forward(self, x):
        return self.head(self.norm(self.conv(x)).mean((2, 3)))

class Numbered(Fine):
    classes = 3

class Worded(Fine):
    classes = "light, dark"

class TooFew(Fine):
    classes = ("light",)

class NoConvolution(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(3 * 224 * 224, 2)
    def forward(self, x):
        return self.head(input=x.flatten(1))

class Frozen(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone, self.head = nn.Conv2d(3, 4, 3, stride=4), nn.Linear(4, 2)
    def forward(self, x):
        with torch.no_grad():
            x = self.backbone(x)
        return self.head(x.relu().mean((2, 3)))

class Wrong(nn.Linear):
    def __init__(self):
        super().__init__(5, 2)

class Needs(nn.Module):
    def __init__(self, width):
        super().__init__()

class Maps(nn.Conv2d):
    def __init__(self):
        super().__init__(3, 2, 3)

class Several(nn.Linear):
    def __init__(self):
        super().__init__(224, 2)
    def forward(self, x):
        return {"aux": x, "out": super().forward(x)}

number = int
"""


@pytest.fixture
def own_module(tmp_path, monkeypatch):
    (tmp_path / "shop_networks.py").write_text(OWN_CLASS, "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield
    sys.modules.pop("shop_networks", None)


def test_a_hosts_own_class_is_loaded_and_left_as_it_is(own_module):
    loaded = load_class("shop_networks:Fine")
    assert loaded.name == "Fine"
    assert loaded.classes == ("light", "dark")
    assert loaded.preprocessing.channels == 1
    assert loaded.trained
    assert int(loaded.model.norm.num_batches_tracked) == 0
    assert (loaded.model.norm.running_mean == 0).all()
    assert (loaded.model.norm.running_var == 1).all()
    assert loaded.note == "The host's own class shop_networks:Fine."


@pytest.mark.parametrize(("name", "shown"), [("Numbered", "3"), ("Worded", "'light, dark'")])
def test_classes_that_are_no_list_of_names_are_numbered_and_that_is_said(name, shown, own_module):
    loaded = load_class(f"shop_networks:{name}")
    assert loaded.classes == ()
    assert f"The attribute classes of {name} is {shown}, no list of names" in loaded.note
    assert len(Classifier.of(loaded).classes) == 2


def test_a_network_without_a_convolution_answers_and_a_frozen_backbone_is_looked_into(own_module):
    plain, frozen = load_class("shop_networks:NoConvolution"), load_class("shop_networks:Frozen")
    assert len(Classifier.of(plain).top_k(NOISE)) == 2
    assert head_maps(plain.model, plain.preprocessing(NOISE)) is None
    assert summarise(plain.model, (3, 224, 224)).mult_adds == 3 * 224 * 224 * 2
    with pytest.raises(ModelError, match="no convolution over red, green and blue"):
        learned_filters(plain)
    batch = frozen.preprocessing(NOISE)
    given = grad_cam(frozen.model, batch, "backbone", 1)
    maps = frozen.model.backbone(batch).detach()
    # the head is the mean of ReLU: each live cell has the same gradient, weight / cells
    live = (maps > 0).double().mean((2, 3), keepdim=True) / maps[0, 0].numel()
    right = (frozen.model.head.weight[1].detach().double().view(1, -1, 1, 1) * live * maps).sum(1)[0].clamp(min=0)
    assert np.allclose(given, right.detach().numpy(), atol=1e-6 * float(right.max()))


def test_an_own_network_without_any_batch_norm_is_taken_for_trained():
    model = nn.Sequential(nn.Conv2d(3, 4, 3, stride=8), nn.Flatten(), nn.Linear(4 * 28 * 28, 2))
    assert made_ready(model, "plain").trained


def test_trained_statistics_stay_whatever_their_counter_says():
    """As of files from before torch 0.4.1, which have no counters; and of momentum=None, where they decide."""
    for momentum in (0.1, None):
        norm = nn.BatchNorm2d(4, momentum=momentum)
        norm.running_mean.normal_()
        norm.running_var.uniform_(2, 3)
        norm.num_batches_tracked.zero_()
        model = nn.Sequential(nn.Conv2d(3, 4, 3, stride=8), norm, nn.AdaptiveAvgPool2d(1), nn.Flatten())
        before = {key: value.clone() for key, value in model.state_dict().items()}
        loaded = made_ready(model, "old")
        assert loaded.trained
        assert all(torch.equal(value, before[key]) for key, value in loaded.model.state_dict().items())


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("shop_networks", "package.module:Class"),
        ("shop_networks:None_", "cannot be loaded: AttributeError"),
        ("no_such_module:Net", "cannot be loaded: ModuleNotFoundError"),
        ("shop_networks:Needs", "cannot be loaded: TypeError"),
        ("shop_networks:number", "gives a int, no torch.nn.Module"),
        ("shop_networks:Wrong", "Wrong does not take pictures of 3 × 224 × 224"),
        ("shop_networks:Maps", r"Maps gives \(1, 2, 222, 222\) for one picture; logits of the shape"),
        ("shop_networks:Several", "Several gives dict for one picture"),
        ("shop_networks:TooFew", "TooFew has 1 class names in its attribute classes, but gives 2 logits"),
    ],
)
def test_a_class_that_cannot_be_used_gets_a_sentence(spec, message, own_module):
    with pytest.raises(ModelError, match=message):
        load_class(spec)


def test_any_stack_of_layers_can_be_made_ready():
    model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    loaded = made_ready(model.train(), "a stack")
    assert not loaded.model.training
    assert record(loaded.model, loaded.preprocessing(NOISE))[-1].shape == (1, 8)
