"""What can be traced by name is what can be opened by name: one list, whoever asks."""

import pytest
import torch
import torchvision

from explorer.networks.catalogue import build_on_meta, network_names
from explorer.networks.listing import listed
from explorer.ui.sizes.api import traced_network
from explorer.ui.sizes.stack import network_menu, trace_stack


def test_every_network_that_can_be_opened_can_be_traced():
    opened = [entry.name for entry in listed()]
    assert network_names() == opened
    assert [name for group in network_menu({}) for name in group["names"]] == opened
    assert sum("regnet" in name for name in opened) == 15


@pytest.mark.parametrize("name", ["regnet_y_400mf", "regnet_x_800mf"])
def test_a_regnet_is_traced_with_the_weights_that_torchvision_counts(name):
    meta = torchvision.models.get_model_weights(name).DEFAULT.meta
    traced = traced_network(name, num_classes=1000)
    assert traced["parameters"] == meta["num_params"]
    assert traced["mult_adds"] / 1e9 == pytest.approx(meta["_ops"], abs=0.01)
    row = trace_stack({"network": f"torchvision/{name}"})
    assert row["totals"]["parameters"] == meta["num_params"]
    assert row["rows"][-1]["shape"] == [1000]


@pytest.mark.parametrize("name", ["regnet_x_400mf", "inception_v3", "lenet5", "densenet121"])
def test_a_traced_network_holds_no_numbers(name):
    model, made_for = build_on_meta(name, 7)
    assert all(tensor.is_meta for tensor in (*model.parameters(), *model.buffers()))
    assert not model.training
    batch = torch.zeros(1, made_for.channels, made_for.height, made_for.width, device="meta")
    assert model(batch).shape == (1, 7)
    assert made_for.height == {"inception_v3": 299, "lenet5": 32}.get(name, 224)
