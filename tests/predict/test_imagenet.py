"""The network that knows ImageNet: it names photographs, refuses what is none, and every number of it opens."""

import random
from pathlib import Path

import numpy as np
import pytest
import torch

from explorer.activations.receptive_field import ReceptiveFields
from explorer.activations.tracer import Trace, record_trace
from explorer.data.drawn.strangers import draw_stranger
from explorer.image import open_upload
from explorer.predict import Classifier
from explorer.predict.explain import exact_sum, grad_cam, head_maps
from explorer.settings import ROOT
from tests.receipts.checks import checked, openable, path_to_the_picture

PHOTOGRAPHS = Path(__file__).parents[1] / "assets"
CUPS = {"cup", "espresso", "coffee mug"}
CATS = {"tabby", "tiger cat", "Egyptian cat"}
DOGS = range(151, 269)  # ImageNet's breeds of dogs lie side by side, Chihuahua to Mexican hairless


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier.load(ROOT / "checkpoints" / "imagenet.safetensors")


@pytest.fixture(scope="module")
def batch(classifier) -> torch.Tensor:
    return classifier.preprocessing(open_upload(PHOTOGRAPHS / "coffee.jpg"))


@pytest.fixture(scope="module")
def trace(classifier, batch) -> Trace:
    return record_trace(classifier.model, batch)


@pytest.mark.parametrize(("name", "right"), [("coffee", CUPS), ("chelsea", CATS)])
def test_photographs_are_named_rightly_and_are_not_strange(classifier, name, right):
    photograph = open_upload(PHOTOGRAPHS / f"{name}.jpg")
    assert classifier.top_k(photograph, 1)[0].label in right
    assert not classifier.is_strange(photograph)
    mirrored = np.ascontiguousarray(photograph[:, ::-1])
    assert classifier.top_k(mirrored, 1)[0].label in right


@pytest.mark.parametrize("number", [1, 2, 3])
def test_dogs_are_named_as_dogs_and_are_not_strange(classifier, number):
    photograph = open_upload(PHOTOGRAPHS / f"doggo_{number}.webp")
    assert (classifier.classes[DOGS[0]], classifier.classes[DOGS[-1]]) == ("Chihuahua", "Mexican hairless")
    assert classifier.classes.index(classifier.top_k(photograph, 1)[0].label) in DOGS
    assert not classifier.is_strange(photograph)


def test_pages_charts_and_plain_sheets_are_strange(classifier):
    assert all(
        classifier.is_strange(draw_stranger(kind, seed)) for kind in ("text", "chart", "plain") for seed in range(3)
    )


def test_random_units_add_up_and_a_logit_leads_down_to_the_picture(trace):
    chance = random.Random(4)
    kinds = set()
    for _ in range(60):
        node = chance.choice(openable(trace))
        unit = tuple(chance.randrange(size) for size in (*node.shape[1:], 1, 1, 1)[:3])
        kinds.add(checked(trace, node, unit).operation)
    assert {"conv2d", "batch_norm", "hardtanh", "add"} <= kinds
    path = path_to_the_picture(trace, 967)
    assert path[-1] == "input"
    assert len(path) > 40


def test_fields_follow_the_padding_that_stands_at_the_end_alone(trace):
    fields = ReceptiveFields(trace)
    first, last = fields.box("stem.conv", 0, 0, 0), fields.box("stem.conv", 0, 111, 111)
    assert (first.top, first.left, first.bottom, first.right, first.clipped) == (0, 0, 3, 3, ())
    assert (last.top, last.left, last.bottom, last.right) == (222, 222, 224, 224)
    assert set(last.clipped) == {"bottom", "right"}
    deep = fields.box("stage3.0.depthwise_conv", 5, 10, 12)
    assert deep.exact


def test_a_field_is_where_the_gradient_is(classifier, batch, trace):
    box = ReceptiveFields(trace).box("stage2.0.depthwise_conv", 7, 20, 31)
    seen = batch.clone().requires_grad_()
    x = classifier.model.stage1(classifier.model.stem(seen))
    block = classifier.model.stage2[0]
    block.depthwise_conv(block.depthwise_pad(block.expand_bn(block.expand_conv(x))))[0, 7, 20, 31].backward()
    rows, columns = (seen.grad[0].abs().sum((0, axis)) > 0 for axis in (2, 1))
    assert box.top <= int(rows.nonzero().min()) <= int(rows.nonzero().max()) < box.bottom
    assert box.left <= int(columns.nonzero().min()) <= int(columns.nonzero().max()) < box.right


def test_reasons_add_up(classifier, batch):
    with torch.no_grad():
        logits = classifier.model(batch)[0]
    best = int(logits.argmax())
    maps = head_maps(classifier.model, batch)
    assert maps is not None
    assert (maps.name, tuple(maps.shape)) == ("top.relu", (1280, 7, 7))
    found = exact_sum(classifier.model, batch, best)
    assert len(found.terms) == 1280
    total = sum(term.amount for term in found.terms) + found.bias
    assert total == pytest.approx(float(logits[best]), abs=1e-3)
    heat = grad_cam(classifier.model, batch, "top.relu", best)
    assert heat.shape == (7, 7)
    assert heat[2:5, 2:5].mean() > heat[[0, 0, -1, -1], [0, -1, 0, -1]].mean()  # the cup stands in the middle
