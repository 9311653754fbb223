"""The networks that can be traced by name, built without numbers on torch's meta device."""

import inspect
import warnings
from dataclasses import dataclass

import torch
import torchvision
from torch import nn

from explorer.errors import ModelError
from explorer.models import build_model, model_names

PREFIX = "torchvision/"
USUAL_SIDE = 224  # pixels, for networks that name no size of their own
# Transformers; and RegNets, which compute their widths with tensors while they are built: meta has no numbers for that.
_NOT_HERE = ("vit", "swin", "maxvit", "regnet")


@dataclass(frozen=True)
class Catalogued:
    """A network that can be traced by name, with the picture that it was made for."""

    name: str
    channels: int
    height: int
    width: int


def network_names() -> list[str]:
    """Names that `build_on_meta` knows: the project's own, then torchvision's convolutional classifiers."""
    listed = torchvision.models.list_models(module=torchvision.models)
    return [*model_names(), *(PREFIX + name for name in listed if not name.startswith(_NOT_HERE))]


def build_on_meta(name: str, num_classes: int = 10) -> tuple[nn.Module, Catalogued]:
    """A network without numbers, and the picture that it was made for.

    Args:
        name: one of `network_names()`; torchvision's with or without their prefix.

    Raises:
        ModelError: an unknown name, or a number of classes below 1.
    """
    if not isinstance(num_classes, int) or not 1 <= num_classes <= 100_000:
        raise ModelError(f"num_classes must be a whole number from 1 to 100,000, not {num_classes!r}.")
    known = network_names()
    if name not in known and PREFIX + name not in known:
        raise ModelError(f"There is no network {name!r}; there are {', '.join(known)}.")
    with torch.device("meta"), warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # on googlenet's slow initialisation, which meta skips
        if name in model_names():
            return _own(name, num_classes)
        short = name.removeprefix(PREFIX)
        quick = {"init_weights": False} if short in {"googlenet", "inception_v3"} else {}
        model = torchvision.models.get_model(short, weights=None, num_classes=num_classes, **quick)
    side = 299 if short == "inception_v3" else USUAL_SIDE
    return model, Catalogued(PREFIX + short, 3, side, side)


def _own(name: str, num_classes: int) -> tuple[nn.Module, Catalogued]:
    """One of the project's networks, with the channels and the size that its constructor has by default."""
    model = build_model(name, num_classes=num_classes)
    usual = {key: value.default for key, value in inspect.signature(type(model)).parameters.items()}
    channels, side = usual.get("in_channels", 3), usual.get("input_size", USUAL_SIDE)
    if channels != 3:
        model = build_model(name, num_classes=num_classes, in_channels=channels)
    return model, Catalogued(name, channels, side, side)
