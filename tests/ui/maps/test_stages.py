"""How the sheet folds networks, of every kind."""

import pytest
import torch
import torchvision

from explorer.activations.tracer import record_trace
from explorer.models import build_model
from explorer.ui.maps.stages import MOST, LayerCall, stages_of


def conv(name, side=8, kind="Conv2d", channels=4):
    return LayerCall(name, kind, (1, channels, side, side))


def vector(name, kind="Linear"):
    return LayerCall(name, kind, (1, 10))


def titles(layers):
    return [stage.title for stage in stages_of(layers)]


def test_a_small_network_shows_every_layer():
    layers = [conv("conv1"), conv("relu1", kind="ReLU"), conv("pool1", 4, "MaxPool2d"), vector("flatten"), vector("fc")]
    assert titles(layers) == ["conv1", "relu1", "pool1", "flatten"]


def test_containers_are_stages_and_the_head_is_one():
    layers = [conv(f"stage{stage}.{block}", 32 >> stage) for stage in range(3) for block in range(5)]
    layers += [LayerCall("pool", "AdaptiveAvgPool2d", (1, 4, 1, 1)), vector("flatten"), vector("dropout"), vector("fc")]
    assert titles(layers) == ["stage0", "stage1", "stage2", "pool – dropout"]
    assert stages_of(layers)[1].shown.key == "stage1.4"


def test_single_layers_are_joined_up_to_a_pooling_and_named_by_their_ends():
    layers = []
    for at in range(4):
        side = 64 >> at
        layers += [conv(f"features.{3 * at}", side), conv(f"features.{3 * at + 1}", side, "ReLU")]
        layers += [conv(f"features.{3 * at + 2}", side // 2, "MaxPool2d")]
    layers += [vector("flatten"), vector("classifier")]
    assert titles(layers) == ["features.0 – 2", "features.3 – 5", "features.6 – 8", "features.9 – 11", "flatten"]


def test_too_many_stages_are_joined_where_the_size_stays():
    layers = [conv(f"block{at}.{one}", 32 if at < 6 else 16) for at in range(9) for one in range(3)] + [vector("fc")]
    stages = stages_of(layers)
    assert len(stages) == MOST
    assert not [stage for stage in stages if len({layer.shape for layer in stage.layers}) > 1]


def test_only_an_output_has_no_stage():
    assert stages_of([vector("fc")]) == []


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "name",
    [
        "compact",
        "meesho",
        "lenet5",
        "resnet18",
        "vgg11",
        "densenet121",
        "efficientnet_b0",
        "googlenet",
        "convnext_tiny",
    ],
)
def test_every_layer_lies_in_one_stage_in_order(name):
    own = name in {"compact", "meesho", "lenet5"}
    model = build_model(name) if own else torchvision.models.get_model(name)
    side = 32 if name == "lenet5" else 64
    channels = next(one.in_channels for one in model.modules() if isinstance(one, torch.nn.Conv2d))
    trace = record_trace(model.eval(), torch.randn(1, channels, side, side))
    layers = [LayerCall(node.key, node.kind, node.shape) for node in trace.nodes[1:] if node.labelled or not node.leaf]
    stages = stages_of(layers)
    assert 3 <= len(stages) <= MOST + 1
    assert [layer for stage in stages for layer in stage.layers] == layers[:-1]
    assert len({stage.title for stage in stages}) == len(stages)
