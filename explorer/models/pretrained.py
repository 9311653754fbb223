"""torchvision's networks for transfer, each with a fresh head and its own weights' preprocessing.

Their ReLUs are made non-in-place, so that hooks see what each layer gave. Named `torchvision/resnet18` and so on.
"""

from typing import Any

import torchvision
from torch import nn

from explorer.errors import ModelError
from explorer.preprocessing import Preprocessing

PREFIX = "torchvision/"
_HEADS = {  # name -> (path of the last linear layer, name of the weight set)
    "alexnet": ("classifier.6", "AlexNet_Weights"),
    "vgg16": ("classifier.6", "VGG16_Weights"),
    "resnet18": ("fc", "ResNet18_Weights"),
    "resnet50": ("fc", "ResNet50_Weights"),
    "efficientnet_b0": ("classifier.1", "EfficientNet_B0_Weights"),
    "efficientnet_b2": ("classifier.1", "EfficientNet_B2_Weights"),
    "mobilenet_v3_large": ("classifier.3", "MobileNet_V3_Large_Weights"),
    "convnext_tiny": ("classifier.2", "ConvNeXt_Tiny_Weights"),
}
NAMES = tuple(PREFIX + name for name in _HEADS)


def build_pretrained(name: str, num_classes: int = 1000, in_channels: int = 3, *, weights: bool = False) -> nn.Module:
    """A torchvision network with `num_classes` logits.

    Args:
        name: one of `NAMES`.
        weights: its ImageNet weights, downloaded where they are not at hand; else random ones.

    Raises:
        ModelError: an unknown name, other than 3 input channels, or weights that cannot be had.
    """
    short = name.removeprefix(PREFIX)
    if short not in _HEADS:
        raise ModelError(f"There is no torchvision network {name!r} here; there are {', '.join(NAMES)}.")
    if in_channels != 3:
        raise ModelError(f"{name} takes pictures of 3 channels, not {in_channels}.")
    try:
        model = getattr(torchvision.models, short)(weights=_weights(short) if weights else None)
    except (OSError, RuntimeError) as error:
        raise ModelError(f"The ImageNet weights of {name} cannot be had here: {error}.") from error
    path = _HEADS[short][0]
    head = model.get_submodule(path)
    if head.out_features != num_classes:
        model.set_submodule(path, nn.Linear(head.in_features, num_classes))
    for module in model.modules():
        if hasattr(module, "inplace"):
            module.inplace = False
    return model


def pretrained_preprocessing(name: str) -> Preprocessing:
    """The preprocessing that the network's ImageNet weights were trained with.

    Raises:
        ModelError: an unknown name.
    """
    short = name.removeprefix(PREFIX)
    if short not in _HEADS:
        raise ModelError(f"There is no torchvision network {name!r} here; there are {', '.join(NAMES)}.")
    preset: Any = _weights(short).transforms()
    return Preprocessing(
        size=preset.crop_size[0],
        mode="crop",
        interpolation=preset.interpolation.value,
        mean=tuple(preset.mean),
        std=tuple(preset.std),
        resize=preset.resize_size[0],
    )


def head_path(name: str) -> str:
    """Name of the last linear layer."""
    return _HEADS[name.removeprefix(PREFIX)][0]


def _weights(short: str) -> Any:  # noqa: ANN401 - torchvision is untyped
    return getattr(torchvision.models, _HEADS[short][1]).DEFAULT
