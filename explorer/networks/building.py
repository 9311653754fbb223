"""Named architectures with fresh weights, for any number of classes and of channels."""

import contextlib
import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from explorer.errors import ModelError
from explorer.models import build_model, model_names
from explorer.models.names import TORCHVISION
from explorer.models.torchvision_networks import USUAL_SIDE, build_fresh, classifiers
from explorer.networks.folding import first_convolution
from explorer.networks.pretrained import preprocessing_of
from explorer.preprocessing import Preprocessing

SEED = 0  # the untrained networks are the same ones every time


@dataclass(frozen=True, slots=True)
class Blueprint:
    """An architecture with the numbers that it is usually built with."""

    name: str
    num_classes: int
    in_channels: int
    preprocessing: Preprocessing


@functools.cache
def blueprint(name: str) -> Blueprint:
    """What a named architecture is usually built with.

    Raises:
        ModelError: an unknown name.
    """
    if name in model_names():
        return _own_blueprint(name)
    if name.startswith(TORCHVISION) and name.removeprefix(TORCHVISION) in classifiers():
        return Blueprint(name, 1000, 3, preprocessing_of(name))
    known = ", ".join(model_names())
    raise ModelError(f"There is no network {name!r}; there are {known}, and torchvision's as torchvision/resnet18.")


def build(name: str, num_classes: int | None = None, in_channels: int | None = None, *, seed: int = SEED) -> nn.Module:
    """The architecture with fresh weights, in evaluation mode.

    Args:
        num_classes: length of the logits; None for the usual number, and so for channels.
        seed: of the weights; torch's own state of chance stays as it was.

    Raises:
        ModelError: an unknown name, or numbers that the network refuses.
        ShapeError: layers that do not fit each other.
    """
    plan = blueprint(name)
    classes = plan.num_classes if num_classes is None else num_classes
    channels = plan.in_channels if in_channels is None else in_channels
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        if not name.startswith(TORCHVISION):
            return build_model(name, num_classes=classes, in_channels=channels).eval()
        model = build_fresh(name, classes)
        if channels != plan.in_channels:
            _take_channels(model, channels)
        return model.eval()


class ShapesOnly(TorchFunctionMode):
    """Within it a network is built of tensors with a shape and no numbers: no memory, whatever the network's size.

    torch.device("meta") would do the same to the arithmetic by which a RegNet reckons its widths, which fails there.
    """

    def __torch_function__(
        self,
        func: Callable[..., Any],
        _types: Any,  # noqa: ANN401 -- torch's own
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 -- whatever torch gives
        """The function itself, but parameters and buffers are made on the device without numbers."""
        kwargs = kwargs or {}
        if func in {torch.empty, torch.zeros, torch.ones} and kwargs.get("device") is None:
            kwargs["device"] = "meta"
        return func(*args, **kwargs)


def weights_bytes(name: str) -> int:
    """What the weights of a named architecture occupy, known without building it.

    Raises:
        ModelError: an unknown name.
    """
    with ShapesOnly():
        return sum(one.numel() * one.element_size() for one in build(name).state_dict().values())


def _own_blueprint(name: str) -> Blueprint:
    with torch.random.fork_rng(devices=[]):
        parameters = inspect.signature(type(build_model(name))).parameters
    usual = {key: value.default for key, value in parameters.items()}
    channels, side = int(usual.get("in_channels", 3)), int(usual.get("input_size", USUAL_SIDE))
    return Blueprint(name, int(usual.get("num_classes", 10)), channels, neutral_preprocessing(channels, side))


def neutral_preprocessing(channels: int, side: int = USUAL_SIDE) -> Preprocessing:
    """ImageNet's mean and deviation for colour, one half for grey; the middle square of the picture."""
    if channels == 1:
        return Preprocessing(size=side, mode="crop", mean=(0.5,), std=(0.5,))
    return Preprocessing(size=side, mode="crop")


def channels_of(model: nn.Module) -> int:
    """How many channels of a picture a network reads: its first convolution's; 3 where there is none."""
    with contextlib.suppress(ModelError):
        return first_convolution(model)[1].in_channels
    return 3


def _take_channels(model: nn.Module, in_channels: int) -> None:
    """Let the first convolution read another number of channels."""
    _, first = first_convolution(model)
    first.in_channels = in_channels
    first.weight = nn.Parameter(torch.empty(first.out_channels, in_channels, *first.kernel_size))
    first.reset_parameters()
