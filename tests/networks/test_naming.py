"""What somebody calls a network is understood, or the nearest is suggested."""

import pytest

from explorer.errors import ModelError
from explorer.networks.loading import load_network
from explorer.networks.naming import full_name

OTHERS = ["products", "shop.networks:Shelf", "live/Tiny"]


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("resnet18", "torchvision/resnet18"),
        ("torchvision/resnet18", "torchvision/resnet18"),
        ("vit_b_16", "torchvision/vit_b_16"),
        ("meesho", "meesho"),
        ("Shelf", "shop.networks:Shelf"),
        ("Tiny", "live/Tiny"),
        ("resnet18.a1_in1k", "timm/resnet18.a1_in1k"),
        ("timm/resnet18", "timm/resnet18.a1_in1k"),
        ("resnet10t", "timm/resnet10t.c3_in1k"),
        ("microsoft/resnet-18", "transformers/microsoft/resnet-18"),
    ],
)
def test_a_name_without_its_prefix_is_understood(said, meant):
    assert full_name(said, OTHERS) == meant
    assert full_name(meant, OTHERS) == meant


@pytest.mark.parametrize(
    ("said", "suggested"),
    [
        ("resnet81", "torchvision/resnet18"),
        ("resnet-18", "torchvision/resnet18"),
        ("ResNet18", "torchvision/resnet18"),
        ("torchvision/efficentnet_b0", "torchvision/efficientnet_b0"),
        ("meesoh", "meesho"),
        ("product", "products"),
        ("timm/resnet10x", "timm/resnet10t.c3_in1k"),
        ("quite another thing", "/networks lists all"),
    ],
)
def test_a_near_miss_is_suggested(said, suggested):
    with pytest.raises(ModelError, match="There is no checkpoint or network") as refused:
        full_name(said, OTHERS)
    assert suggested in str(refused.value)


def test_a_long_name_is_cut():
    with pytest.raises(ModelError) as refused:
        full_name("x" * 100_000, OTHERS)
    assert len(str(refused.value)) < 400


def test_python_understands_it_too():
    assert load_network("mobilenet_v3_small", pretrained=False).name == "torchvision/mobilenet_v3_small"
