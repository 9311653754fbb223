"""The networks that can be traced by name, built of tensors that have a shape and no numbers."""

from dataclasses import dataclass

from torch import nn

from explorer.errors import ModelError
from explorer.models import model_names
from explorer.models.names import TORCHVISION
from explorer.models.torchvision_networks import classifiers, made_for
from explorer.networks.building import ShapesOnly, blueprint, build


@dataclass(frozen=True)
class Catalogued:
    """A network that can be traced by name, with the picture that it was made for."""

    name: str
    channels: int
    height: int
    width: int


def network_names() -> list[str]:
    """Names that `build_on_meta` knows: the project's own, then torchvision's classifiers."""
    return [*model_names(), *(TORCHVISION + name for name in classifiers())]


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
    if name not in known and TORCHVISION + name not in known:
        raise ModelError(f"There is no network {name!r}; there are {', '.join(known)}.")
    full = name if name in known else TORCHVISION + name
    with ShapesOnly():
        model = build(full, num_classes).to("meta")  # counters are made of a number, and come with one
    plan = blueprint(full)
    side = made_for(full) if full.startswith(TORCHVISION) else plan.preprocessing.size
    return model, Catalogued(full, plan.in_channels, side, side)
