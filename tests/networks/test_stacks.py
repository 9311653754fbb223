"""Stacks as networks: whether the numbers of one are logits."""

import numpy as np
import pytest

from explorer.errors import ModelError
from explorer.networks.loading import load_network
from explorer.predict import Classifier

NOISE = [np.random.default_rng(seed).integers(0, 256, (70, 90, 3), dtype=np.uint8) for seed in range(2)]


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ("nn.Conv2d(3, 8, 3);nn.Flatten()", r"7,200 numbers and no logit .* nn\.Linear\(7200, 10\)"),
        ("nn.Conv2d(3, 8, 3);nn.ReLU()", r"8 × 30 × 30 numbers and no logit .* nn\.Flatten\(\) and nn\.Linear\(7200"),
        ("nn.Flatten()", "no layer with weights"),
        ("nn.ReLU()", "no layer with weights"),
        ("nn.Flatten();nn.Linear(3072, 4);nn.Softmax(1)", ""),
        ("nn.Conv2d(3, 8, 3);nn.AdaptiveAvgPool2d(1);nn.Flatten()", ""),
        ("nn.Conv2d(3, 5, 32);nn.Flatten();nn.LogSoftmax(1)", ""),
    ],
)
def test_a_stack_that_gives_no_logits_says_so_and_invents_no_classes(layers, message):
    loaded = load_network(f"stack:3x32x32:{layers}", pictures=NOISE)
    assert not loaded.trained
    if not message:
        assert loaded.no_logits == ""
        assert Classifier.of(loaded).top_k(NOISE[0])
        return
    with pytest.raises(ModelError, match=message):
        Classifier.of(loaded)
