"""What is peculiar to torchvision's networks, all of it here; the rest of the project treats them like any other.

How they are built, the side of the picture that they were made for, what their weights were trained
with, how old files spell their tensors, and the ones that a run can start from. Loads torchvision, and is therefore
imported only where one of them is asked for. Getting the weights is `explorer.networks.pretrained`.
"""

import re
import warnings
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

import torch
import torchvision
from torch import nn

from explorer.errors import ModelError
from explorer.models.names import TORCHVISION
from explorer.preprocessing import IMAGENET_MEAN, IMAGENET_STD, Preprocessing

USUAL_SIDE = 224  # pixels of the pictures that they were made for
_OTHER_SIDES = {"inception_v3": 299}
_OTHER_WEIGHTS = {"vit_h_14": "IMAGENET1K_SWAG_LINEAR_V1"}  # the default ones have 518 pixels and 1,370 tokens
_SLOW_TO_FILL = frozenset(["googlenet", "inception_v3"])  # a truncated normal takes minutes of scipy
# DenseNet's files are older than torch's rule that a module's name holds no dot.
_OLD_DENSENET = re.compile(r"^(.*denselayer\d+\.(?:norm|relu|conv))\.([12]\.\w+)$")
_OLD_STEM = 32  # features of MNASNet's first layer in files of version 1
_AUXILIARY = ("aux1.", "aux2.", "AuxLogits.")  # how the tensors of heads begin that only training reads
_TO_START_FROM = (
    "alexnet", "vgg16", "resnet18", "resnet50", "efficientnet_b0", "efficientnet_b2", "mobilenet_v3_large",
    "convnext_tiny",
)  # fmt: skip
NAMES = tuple(TORCHVISION + name for name in _TO_START_FROM)


def classifiers() -> list[str]:
    """Torchvision's classifiers, convolutional ones and transformers, by torchvision's own names."""
    return list(torchvision.models.list_models(module=torchvision.models))


def made_for(name: str) -> int:
    """Height and width in pixels of the pictures that a network was made for."""
    return _OTHER_SIDES.get(name.removeprefix(TORCHVISION), USUAL_SIDE)


def build_fresh(name: str, num_classes: int) -> nn.Module:
    """Any of torchvision's networks with fresh weights, in train mode."""
    short = name.removeprefix(TORCHVISION)
    quick = {"init_weights": False} if short in _SLOW_TO_FILL else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # on GoogLeNet's slow initialisation, which is left out
        model: nn.Module = torchvision.models.get_model(short, weights=None, num_classes=num_classes, **quick)
    if isinstance(model, torchvision.models.VisionTransformer):
        nn.init.trunc_normal_(model.heads.head.weight, std=0.02)  # zeros in torchvision: no logit would say anything
    return model


def weight_set(name: str) -> Any:  # noqa: ANN401 -- torchvision is untyped
    """The weights that a network is loaded with: their address, transforms and class names; loads nothing.

    Torchvision's default ones, but where those take pictures of another size than the network that is built.
    """
    short = name.removeprefix(TORCHVISION)
    known = torchvision.models.get_model_weights(short)
    return known[_OTHER_WEIGHTS[short]] if short in _OTHER_WEIGHTS else known.DEFAULT


def class_names(name: str) -> tuple[str, ...]:
    """The names of the 1,000 logits."""
    return tuple(weight_set(name).meta["categories"])


def trained_preprocessing(name: str) -> Preprocessing:
    """What a network's ImageNet weights were trained with."""
    preset = weight_set(name).transforms()
    return Preprocessing(
        size=preset.crop_size[0],
        mode="crop",
        interpolation=preset.interpolation.value,
        mean=tuple(preset.mean),
        std=tuple(preset.std),
        resize=preset.resize_size[0],
    )


def load_trained(model: nn.Module, state: Mapping[str, torch.Tensor]) -> None:
    """Put the tensors of torchvision's own file into a network that `build_fresh` made.

    Args:
        state: by name, each of the shape that the network has it in.
    """
    load_tensors(model, {today_name(key): tensor for key, tensor in state.items()})
    set_renormalising(model, wanted=True)


def load_tensors(model: nn.Module, tensors: Mapping[str, torch.Tensor]) -> None:
    """Put tensors into any network by its own names; counters of batches, which older files lack, stay as they are.

    Raises:
        RuntimeError: torch's, where tensors are missing, of another shape or not the network's.
    """
    state = model.state_dict()  # MNASNet asks for the version of its names, which stands in it beside the tensors
    for name in state.keys() - tensors.keys():
        if not name.endswith("num_batches_tracked"):
            del state[name]
    state.update(tensors)
    model.load_state_dict(state)


def take_stem_of(model: nn.Module, tensors: Mapping[str, torch.Tensor]) -> nn.Module:
    """The network itself, with the stem of a file's tensors: MNASNet's was 32 wide at any size until torchvision 0.5.

    Torchvision builds that stem for a file that says that its names are of version 1; outside of its own few say so.
    """
    first = tensors.get("layers.0.weight")
    wide = isinstance(model, torchvision.models.MNASNet) and first is not None and len(first) == _OLD_STEM
    if wide and len(model.get_parameter("layers.0.weight")) != _OLD_STEM:
        said = OrderedDict[str, torch.Tensor]()
        said.__dict__["_metadata"] = {"": {"version": 1}}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # advice to train anew
            model.load_state_dict(said, strict=False)
        model.__dict__.pop("_version")  # which would have every later loading build it once more
    return model


def today_name(name: str) -> str:
    """What a tensor of an old file of DenseNet's is called today; itself where it is none of these.

    >>> today_name("features.denseblock1.denselayer2.norm.1.weight")
    'features.denseblock1.denselayer2.norm1.weight'
    """
    return _OLD_DENSENET.sub(r"\1\2", name)


def can_renormalise(model: nn.Module) -> bool:
    """Whether it can normalise a picture anew inside: GoogLeNet and Inception, whose weights began elsewhere."""
    return isinstance(model, torchvision.models.GoogLeNet | torchvision.models.Inception3)


def set_renormalising(model: nn.Module, *, wanted: bool) -> None:
    """Let a network that can normalise a picture anew inside, or not; any other stays as it is."""
    if can_renormalise(model):
        model.__dict__["transform_input"] = wanted


def normalisation_seen(
    model: nn.Module, mean: Sequence[float], std: Sequence[float]
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and deviation by which the first layer's input really was normalised, of pixels scaled to 0..1.

    Args:
        mean, std: with which the picture was normalised before the network got it.

    Source: torchvision's `transform_input`: each channel times its ImageNet deviation / 0.5, plus (mean - 0.5) / 0.5.
    """
    if not (can_renormalise(model) and model.transform_input) or len(mean) != len(IMAGENET_MEAN):
        return tuple(mean), tuple(std)
    scales = [one / 0.5 for one in IMAGENET_STD]
    shifts = [(one - 0.5) / 0.5 for one in IMAGENET_MEAN]
    means = (m - shift * s / scale for m, s, scale, shift in zip(mean, std, scales, shifts, strict=True))
    return tuple(means), tuple(s / scale for s, scale in zip(std, scales, strict=True))


def is_auxiliary(name: str) -> bool:
    """Whether a tensor belongs to a head that is used in training alone."""
    return name.startswith(_AUXILIARY)


def without_auxiliary_heads(model: nn.Module) -> nn.Module:
    """The network itself without the heads that are used in training alone, as torchvision's own loading leaves it."""
    for head in {one.rstrip(".") for one in _AUXILIARY} & dict(model.named_children()).keys():
        setattr(model, head, None)
    if can_renormalise(model):
        model.__dict__["aux_logits"] = False
    return model


def build_pretrained(name: str, num_classes: int = 1000, in_channels: int = 3, *, weights: bool = False) -> nn.Module:
    """A torchvision network to start a run from, with a fresh head of `num_classes` logits.

    Its ReLUs are made non-in-place, so that hooks see what each layer gave.

    Args:
        name: one of `NAMES`.
        weights: its ImageNet weights, downloaded where they are not at hand; else random ones.

    Raises:
        ModelError: an unknown name, other than 3 input channels, or weights that cannot be had.
    """
    short = _known(name)
    if in_channels != 3:
        raise ModelError(f"{name} takes pictures of 3 channels, not {in_channels}.")
    try:
        model: nn.Module = getattr(torchvision.models, short)(weights=weight_set(name) if weights else None)
    except (OSError, RuntimeError) as error:
        raise ModelError(f"The ImageNet weights of {name} cannot be had here: {error}.") from error
    path, head = [(key, module) for key, module in model.named_modules() if isinstance(module, nn.Linear)][-1]
    if head.out_features != num_classes:
        model.set_submodule(path, nn.Linear(head.in_features, num_classes))
    for module in model.modules():
        if hasattr(module, "inplace"):
            module.__dict__["inplace"] = False
    return model


def pretrained_preprocessing(name: str) -> Preprocessing:
    """`trained_preprocessing` of a network that a run can start from.

    Raises:
        ModelError: an unknown name.
    """
    return trained_preprocessing(_known(name))


def _known(name: str) -> str:
    """Torchvision's own name of one of `NAMES`."""
    short = name.removeprefix(TORCHVISION)
    if short not in _TO_START_FROM:
        raise ModelError(f"There is no torchvision network {name!r} here; there are {', '.join(NAMES)}.")
    return short
