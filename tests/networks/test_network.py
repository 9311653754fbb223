"""A network to look into: one record for whoever brought it, and one rule for how its classes are written."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from explorer.checkpoint.file import Card
from explorer.errors import CheckpointError
from explorer.networks.network import Network, readable
from explorer.predict import Classifier
from explorer.preprocessing import Preprocessing

TABLE = json.loads((Path(__file__).parents[1] / "tables" / "labels.json").read_text("utf-8"))


@pytest.fixture
def network():
    torch.manual_seed(3)
    model = nn.Sequential(nn.Conv2d(1, 3, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten()).eval()
    return Network("own", model, Preprocessing(size=9, mean=(0.5,), std=(0.5,)), note="From somewhere.")


def test_a_class_is_written_as_the_page_writes_it():
    """The page's own rule is tested from the same table, by tests/ui/web/shared/wording.test.js."""
    assert len(TABLE) > 20
    assert {label == written for label, written in TABLE} == {True, False}
    for label, written in TABLE:
        assert readable(label) == written


def test_a_logit_without_a_name_is_called_by_its_number(network):
    named = replace(network, classes=("sports-shoes", "jack-o'-lantern"))
    assert [named.class_name(index) for index in range(3)] == ["sports shoes", "jack-o'-lantern", "class 2"]


def test_a_network_weighs_what_its_numbers_weigh(network):
    assert network.n_bytes == 4 * (3 * 9 + 3)


def test_a_network_moves_with_its_lock(network):
    moved = network.on("cpu")
    assert (moved.model, moved.lock) == (network.model, network.lock)
    with pytest.raises(RuntimeError, match="device"):
        network.on("abacus")


def test_a_network_without_a_card_is_a_classifier_of_numbered_classes(network):
    classifier = Classifier.of(network)
    assert classifier.classes == ("class 0", "class 1", "class 2")
    assert (classifier.temperature, network.temperature) == (1.0, 1.0)
    assert classifier.card.provenance == {"note": "From somewhere."}
    image = np.random.default_rng(1).integers(0, 256, (11, 14, 3), dtype=np.uint8)
    with torch.no_grad():
        assert torch.equal(classifier.logits(image), network.model(network.preprocessing(image))[0])
    with pytest.raises(CheckpointError, match="distinct"):
        Classifier.of(replace(network, classes=("a", "b", "a")))


def test_a_networks_card_is_its_classifiers(network):
    card = Card("own", {"num_classes": 2, "in_channels": 1}, ("a", "b"), network.preprocessing)
    card = replace(card, calibration={"temperature": 1.75})
    carded = replace(network, card=card)
    assert carded.temperature == Classifier.of(carded).temperature == 1.75
