"""What the last layer reads: against torch's own forward, for one picture and many, and for networks that have none."""

import numpy as np
import pytest
import torch
from torch import nn

from explorer.checkpoint import load, save
from explorer.checkpoint.file import Card
from explorer.errors import ModelError
from explorer.models import build_model
from explorer.predict import Classifier
from explorer.preprocessing import Preprocessing
from explorer.settings import ROOT
from explorer.teaching.base import AT_ONCE, Base, edges_alone
from tests.teaching.lessons import coloured, small_base, small_classifier


def test_features_times_the_layers_weights_are_the_networks_logits():
    base = small_base()
    images = [coloured("blue", number) for number in range(AT_ONCE + 3)]
    looks = base.look(images)
    head = base.classifier.model.get_submodule(base.head_name)
    assert len(looks) == AT_ONCE + 3
    for image, look in zip(images, looks, strict=True):
        assert torch.allclose(head(look.features), base.classifier.logits(image), atol=1e-5)
        seen = base.classifier.preprocessing.picture(image)
        assert torch.allclose(head(look.edges), base.classifier.logits(edges_alone(seen)), atol=1e-5)


def test_the_network_is_left_without_a_hook_and_in_its_mode():
    classifier = small_classifier()
    Base("small", classifier).look([coloured("blue", 0)])
    assert not any(module._forward_pre_hooks or module.training for module in classifier.model.modules())


def test_the_middle_is_of_one_colour_and_the_edges_are_as_they_were():
    picture = np.random.default_rng(0).integers(0, 256, (30, 20, 3)).astype(np.uint8)
    kept = picture.copy()
    alone = edges_alone(picture)
    assert (picture == kept).all()
    assert (alone[3:27, 2:18] == np.rint(picture.mean(axis=(0, 1)))).all()
    assert (alone[:3] == picture[:3]).all()
    assert (alone[:, 18:] == picture[:, 18:]).all()


def test_the_same_pixels_have_the_same_hash_and_others_another():
    base = small_base()
    image = coloured("blue", 0)
    other = image.copy()
    other[0, 0, 0] ^= 1
    first, second, third = base.look([image, image.copy(), other])
    assert first.sha256 == second.sha256 != third.sha256


@pytest.mark.parametrize("name", ["products", "imagenet", "compact", "meesho", "cifar10", "clothing"])
def test_every_network_on_board_can_be_taught_on(name):
    classifier = Classifier.load(ROOT / "checkpoints" / f"{name}.safetensors")
    base = Base(name, classifier)
    assert isinstance(classifier.model.get_submodule(base.head_name), nn.Linear)


def test_the_hash_is_that_of_the_file(tmp_path):
    classifier = small_classifier()
    path = save(tmp_path / "small.safetensors", classifier.model, classifier.card)
    opened, card = load(path)
    first, second = Base("small", classifier).sha256, Base("again", Classifier(opened, card)).sha256
    assert first == second
    assert first.encode() in path.read_bytes()


def test_what_ends_otherwise_is_refused():
    class Shares(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = build_model("compact", 4)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.inner(x).softmax(1)

    card = Card("compact", {"num_classes": 4}, tuple("abcd"), Preprocessing(size=32))
    with pytest.raises(ModelError, match="shares does not end in one linear layer"):
        Base("shares", Classifier(Shares(), card))
    stack = Card("stack:conv", {"num_classes": 4}, tuple("abcd"), Preprocessing(size=32))
    with pytest.raises(ModelError, match="cannot be built anew"):
        Base("stack", Classifier(build_model("compact", 4), stack))
