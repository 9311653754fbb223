"""A first layer goes to the Filters tab from two places: what one refuses, the other refuses in the same words."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from explorer.errors import ModelError
from explorer.networks.network import Network
from explorer.preprocessing import Preprocessing
from explorer.ui.filters.tab import Filters
from explorer.ui.maps.recording import record_network
from explorer.ui.maps.takeaway import first_kernels, folded_kernel

COLOUR = Preprocessing(size=32, mean=(0.5, 0.4, 0.3), std=(0.2, 0.25, 0.3))
GREY = Preprocessing(size=32, mean=(0.5,), std=(0.25,))


def both_ways(first: nn.Module, preprocessing: Preprocessing, index: int):
    """The two functions that send a filter: of the Filters tab, and of Feature maps."""
    torch.manual_seed(4)
    model = nn.Sequential(first, nn.AdaptiveAvgPool2d(1), nn.Flatten()).eval()
    network = Network("own", model, preprocessing)
    image = np.random.default_rng(2).integers(0, 256, (40, 50, 3), dtype=np.uint8)
    filters = Filters(None, SimpleNamespace(network=lambda _name: network), None)
    return lambda: filters.learned({"network": "own"}), lambda: folded_kernel(record_network(network, image), index)


@pytest.mark.parametrize(
    "settings",
    [
        {"stride": (2, 1)},
        {"stride": (1, 2)},
        {"padding": (1, 0)},
        {"dilation": (2, 1)},
        {"kernel_size": (3, 5), "padding": "same"},
        {"kernel_size": 13},
        {"kernel_size": (1, 12)},
        {"kernel_size": 4, "padding": "same"},
    ],
    ids=str,
)
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")
@pytest.mark.parametrize("preprocessing", [COLOUR, GREY], ids=["colour", "grey"])
def test_what_the_tab_cannot_show_is_refused_from_both(settings, preprocessing):
    layer = nn.Conv2d(preprocessing.channels, 4, **{"kernel_size": 3, **settings})
    said = []
    for send in both_ways(layer, preprocessing, 0):
        with pytest.raises(ModelError) as refused:
            send()
        said.append(str(refused.value))
    assert said[0] == said[1]


@pytest.mark.parametrize("preprocessing", [COLOUR, GREY], ids=["colour", "grey"])
def test_what_it_can_show_is_the_same_from_both(preprocessing):
    layer = nn.Conv2d(preprocessing.channels, 4, (5, 3), stride=2, padding=1, dilation=2, padding_mode="reflect")
    whole, one = (send() for send in both_ways(layer, preprocessing, 3))
    filters = whole.pop("filters")
    assert len(filters) == 4
    assert {**whole, **filters[3]} == one
    assert (one["stride"], one["padding"], one["dilation"], one["padding_mode"]) == (2, 1, 2, "reflect")


def test_the_layer_is_the_one_that_looks_at_the_picture():
    """Of a network whose first module is for something else, both take the convolution over the picture's channels."""
    model = nn.ModuleDict({"later": nn.Conv2d(5, 2, 1), "stem": nn.Conv2d(3, 5, 3)})
    model.forward = lambda x: model["later"](model["stem"](x)).mean((2, 3))
    network = Network("own", model.eval(), COLOUR)
    image = np.random.default_rng(2).integers(0, 256, (40, 50, 3), dtype=np.uint8)
    filters = Filters(None, SimpleNamespace(network=lambda _name: network), None)
    recording = record_network(network, image)
    assert filters.learned({})["layer"] == folded_kernel(recording, 0)["layer"] == first_kernels(recording)[0] == "stem"
