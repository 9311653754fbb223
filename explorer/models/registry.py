"""The one table from a network's name to the function that builds it."""

from collections.abc import Callable
from functools import partial
from inspect import signature
from typing import Any, TypeVar

from torch import nn

from explorer.errors import ModelError
from explorer.models.names import TORCHVISION

BuilderType = TypeVar("BuilderType", bound=Callable[..., nn.Module])

_BUILDERS: dict[str, Callable[..., nn.Module]] = {}


def register(name: str) -> Callable[[BuilderType], BuilderType]:
    """A decorator that makes a network class known under a name.

    Raises:
        ModelError: the name is taken already.
    """

    def keep(builder: BuilderType) -> BuilderType:
        if name in _BUILDERS:
            raise ModelError(f"A network named {name!r} is registered already; give the new one another name.")
        _BUILDERS[name] = builder
        return builder

    return keep


def model_names() -> list[str]:
    """The names that `build_model` knows, in the order of their registration."""
    return list(_BUILDERS)


def fixed_size(name: str) -> int | None:
    """Height and width that a network's linear layers are made for, in pixels; None where any size will do."""
    parameters = signature(_BUILDERS[name]).parameters if name in _BUILDERS else {}
    return int(parameters["input_size"].default) if "input_size" in parameters else None


def build_model(name: str, num_classes: int = 10, in_channels: int = 3, **arguments: Any) -> nn.Module:  # noqa: ANN401 - each has its own
    """A network with fresh weights, in train mode.

    Args:
        name: one of `model_names()`, or `torchvision/resnet18` and its like.
        num_classes: length of the logits, at least 1.
        in_channels: 3 for colour, 1 for grey.
        arguments: what else that network takes, such as `dropout`.

    Raises:
        ModelError: an unknown name (the known ones are listed), or arguments that the network refuses.
        ShapeError: layers that do not fit each other at the network's input size.
    """
    if not isinstance(name, str) or (name not in _BUILDERS and not name.startswith(TORCHVISION)):
        raise ModelError(f"There is no network named {name!r}; the known ones are {', '.join(model_names())}.")
    for what, value in (("num_classes", num_classes), ("in_channels", in_channels)):
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise ModelError(f"{what} is {value!r}; a whole number of at least 1 is needed.")
    if name.startswith(TORCHVISION):
        from explorer.models.torchvision_networks import build_pretrained

        builder: Callable[..., nn.Module] = partial(build_pretrained, name)
    else:
        builder = _BUILDERS[name]
    try:
        return builder(num_classes=num_classes, in_channels=in_channels, **arguments)
    except TypeError as error:
        raise ModelError(f"The network {name!r} cannot be built with {arguments}: {error}.") from error
