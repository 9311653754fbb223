"""A network as the page shows it: ready to run, with its preprocessing, its class names and a sentence about it."""

import contextlib
import importlib
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from explorer.checkpoint import load
from explorer.checkpoint.file import Card
from explorer.errors import CheckpointError, ModelError
from explorer.image import open_upload
from explorer.models.names import TORCHVISION
from explorer.models.torchvision_networks import USUAL_SIDE, class_names, load_trained, weight_set
from explorer.networks.batch_norm import set_statistics
from explorer.networks.building import blueprint, build, neutral_preprocessing
from explorer.networks.folding import first_convolution
from explorer.networks.network import Network
from explorer.networks.own_weights import OWN_LIMIT_MB, own_checkpoint, own_classes, own_model, read_own
from explorer.networks.pretrained import Progress, pretrained_state
from explorer.networks.stacks import NAME_PREFIX, build_named_stack, why_no_logits
from explorer.preprocessing import Preprocessing
from explorer.settings import EXAMPLES

Pictures = Sequence[npt.NDArray[np.uint8]]

_LONGEST = 60  # letters of a foreign value that a sentence quotes
_LINES = """\
import torch

from explorer.image import open_upload
from explorer.networks.loading import {function}

loaded = {function}({arguments})
model, preprocessing = loaded.model, loaded.preprocessing
"""


_CHANCE = "Untrained: random weights, so what the maps show is chance."


def load_network(
    name: str,
    *,
    pretrained: bool = True,
    checkpoints: Path | None = None,
    pictures: Pictures | None = None,
    progress: Progress | None = None,
) -> Network:
    """A network from the list.

    Args:
        name: an `Entry.name`: a checkpoint's, "meesho", "torchvision/resnet18".
        pretrained: torchvision's weights, downloaded if need be; where they cannot be had, the note says so and the
            network is untrained.
        checkpoints: the folder that the checkpoints are in.
        pictures: uint8 (H, W, 3), at least two, to calibrate an untrained network on; None for the examples.

    Raises:
        ModelError: an unknown name; a transformer, with the reason why it is left out.
        CheckpointError: a damaged file.
    """
    if name.startswith(NAME_PREFIX):
        return _stack(name, pictures)
    path = checkpoints / f"{name}.safetensors" if checkpoints and "/" not in name else None
    if path is not None and path.is_file():
        return _from_checkpoint(name, path)
    plan = blueprint(name)
    lines = _LINES.format(function="load_network", arguments=repr(name))
    note = _CHANCE
    if pretrained and name.startswith(TORCHVISION):
        try:
            return _pretrained(name, plan.preprocessing, lines, progress)
        except ModelError as error:
            note = f"{error} This is the untrained network instead: random weights."
    lines = _LINES.format(function="load_network", arguments=f"{name!r}, pretrained=False")
    size = min(plan.preprocessing.size, USUAL_SIDE)  # weights that were never trained ask for no size of their own
    preprocessing = neutral_preprocessing(plan.in_channels, size)
    return _untrained(build(name), name, preprocessing, note=note, lines=lines, pictures=pictures)


def load_own_weights(
    name: str,
    path: Path | str,
    *,
    classes: str | None = None,
    in_channels: int | None = None,
    transform_input: bool | None = None,
    limit_mb: float = OWN_LIMIT_MB,
) -> Network:
    """A listed architecture with a visitor's own weights; a checkpoint of this project as its card says.

    Args:
        name: the architecture: "meesho", "torchvision/resnet18"; a card's takes its place, and is needed if it is "".
        path: a safetensors file; for one channel or three, for any number of classes.
        classes: names as pasted, one a line or separated by commas; None for those in the file's metadata, if any.
        in_channels: 1 or 3; None for as many as the file's first convolution reads.
        transform_input: whether a GoogLeNet or Inception was trained with it; None for what the file's metadata says
            ("transform_input": "false"), else as torchvision's own weights were: with it.

    Raises:
        ModelError: an unknown architecture.
        CheckpointError: a file that is too large, damaged or does not match, in words.
    """
    path = Path(path)
    own = read_own(path, limit_mb)
    whole = own_checkpoint(own)
    if whole is not None:
        return _of_card(path, *whole, named=bool(classes and classes.strip()), in_channels=in_channels)
    if not name:
        raise CheckpointError(f"{path.name} has no card that names its architecture; choose the one it was saved from.")
    model, remark = own_model(name, own, in_channels, transform_input)
    channels, usual = _in_channels(model), blueprint(name).preprocessing
    preprocessing = usual if usual.channels == channels else neutral_preprocessing(channels, usual.size)
    with torch.no_grad():
        logits = model(torch.zeros(1, channels, preprocessing.size, preprocessing.size))
    arguments = f"{name!r}, {path.name!r}" + (f", classes={classes!r}" if classes and classes.strip() else "")
    arguments += "" if transform_input is None else f", transform_input={transform_input}"
    lines = _LINES.format(function="load_own_weights", arguments=arguments)
    names = own_classes(classes, own.metadata, int(logits.shape[-1]))
    mean, std = (", ".join(f"{value:g}" for value in values) for values in (preprocessing.mean, preprocessing.std))
    side = f"{preprocessing.size} × {preprocessing.size}"
    note = f"Your own weights, from {path.name}, as {name}; pictures at {side} pixels, mean {mean}, deviation {std}."
    return Network(name, model, preprocessing, names, True, f"{note} {remark}".strip(), lines)


def _of_card(path: Path, model: nn.Module, card: Card, *, named: bool, in_channels: int | None) -> Network:
    """A visitor's checkpoint of this project; what its card says cannot be said otherwise."""
    if named:
        raise CheckpointError(f"{path.name} brings its own {len(card.classes)} class names; leave the names empty.")
    if in_channels not in {None, card.preprocessing.channels}:
        raise CheckpointError(f"{path.name} takes {card.preprocessing.channels} channels, not {in_channels}.")
    note = f"Your own checkpoint, from {path.name}: {card.architecture}, {len(card.classes)} classes, as its card says."
    lines = _LINES.format(function="load_own_weights", arguments=f"{card.architecture!r}, {path.name!r}")
    return Network(card.architecture, model, card.preprocessing, card.classes, True, note, lines, card)


def load_class(spec: str) -> Network:
    """A host's own class, "package.module:Class", called without arguments.

    Its weights and statistics stay as they are. Its attribute `preprocessing` (an
    explorer.preprocessing.Preprocessing) and `classes`, a list of names, are used if it has them.

    Raises:
        ModelError: it cannot be imported, is no network, cannot be built without arguments, gives no logits, or another
            number of them than of names.
    """
    module_name, _, class_name = spec.partition(":")
    if not module_name or not class_name:
        raise ModelError(f"A network of your own is named package.module:Class, not {spec!r}.")
    if "" not in sys.path and str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    try:
        model = getattr(importlib.import_module(module_name), class_name)()
    except Exception as error:
        raise ModelError(f"{spec} cannot be loaded: {type(error).__name__}: {error}.") from error
    if not isinstance(model, nn.Module):
        raise ModelError(f"{spec} gives a {type(model).__name__}, no torch.nn.Module.")
    lines = _LINES.format(function="load_class", arguments=repr(spec))
    note, preprocessing = f"The host's own class {spec}.", getattr(model, "preprocessing", None)
    network = made_ready(model, class_name, preprocessing, note=note, lines=lines)
    _check_logits(network)
    return network


def made_ready(
    model: nn.Module, name: str, preprocessing: Preprocessing | None = None, *, note: str = "", lines: str = ""
) -> Network:
    """Any network ready to be looked into, in evaluation mode; its weights and its statistics stay as they are.

    It counts as trained: only of what this project built itself is it known that it is not.

    Args:
        preprocessing: None for the middle square at 224 pixels, with the channels of the first convolution.

    Raises:
        ModelError: it does not take such pictures.
    """
    if not isinstance(preprocessing, Preprocessing):
        preprocessing = neutral_preprocessing(_in_channels(model), USUAL_SIDE)
    side, channels = preprocessing.size, preprocessing.channels
    try:
        with torch.no_grad():
            model.eval()(_nothing_to_see(model, preprocessing))
    except Exception as error:
        raise ModelError(f"{name} does not take pictures of {channels} × {side} × {side}: {error}.") from error
    classes, remark = _class_names(name, model)
    return Network(name, model, preprocessing, classes, True, f"{note} {remark}".strip(), lines)


def _untrained(
    model: nn.Module, name: str, preprocessing: Preprocessing, *, note: str, lines: str, pictures: Pictures | None
) -> Network:
    """A network that this project has just built at random: its batch norms get the statistics of a few pictures."""
    network = made_ready(model, name, preprocessing, note=note, lines=lines)
    chosen = example_pictures() if pictures is None else pictures
    if not any(isinstance(one, _BatchNorm) and one.track_running_stats for one in model.modules()):
        return replace(network, trained=False)
    set_statistics(model, torch.cat([preprocessing(picture) for picture in chosen]))
    note = f"{network.note} Batch norm took its statistics from {len(chosen)} pictures."
    return replace(network, trained=False, note=note)


def _class_names(name: str, model: nn.Module) -> tuple[tuple[str, ...], str]:
    """The names that a network has in its attribute `classes`; a sentence where what stands there are none."""
    given = getattr(model, "classes", ())
    if isinstance(given, list | tuple) and all(isinstance(one, str) for one in given):
        return tuple(given), ""
    short = repr(given)[:_LONGEST]
    return (), f"The attribute classes of {name} is {short}, no list of names: its classes are numbered."


def _nothing_to_see(model: nn.Module, preprocessing: Preprocessing) -> torch.Tensor:
    """A black picture on the network's own device."""
    device = next((one.device for one in (*model.parameters(), *model.buffers())), None)
    return torch.zeros(1, preprocessing.channels, preprocessing.size, preprocessing.size, device=device)


def _check_logits(network: Network) -> None:
    """Refuse a network that is no classifier, for the page names its outputs as classes; or with too few names."""
    with torch.no_grad():
        output = network.model(_nothing_to_see(network.model, network.preprocessing))
    if not isinstance(output, torch.Tensor) or output.ndim != 2 or len(output) != 1:
        given = tuple(output.shape) if isinstance(output, torch.Tensor) else type(output).__name__
        raise ModelError(f"{network.name} gives {given} for one picture; logits of the shape (1, classes) are needed.")
    if network.classes and len(network.classes) != output.shape[1]:
        names = f"{len(network.classes)} class names"
        raise ModelError(f"{network.name} has {names} in its attribute classes, but gives {output.shape[1]} logits.")


def example_pictures() -> list[npt.NDArray[np.uint8]]:
    """The pictures that the project draws itself, each uint8 (H, W, 3)."""
    return [open_upload(path) for path in sorted(EXAMPLES.glob("*.png"))]


def _stack(name: str, pictures: Pictures | None) -> Network:
    """A stack put together on the page: random weights, and pictures of the size that it was walked for."""
    model, (channels, height, width) = build_named_stack(name)
    if height != width or channels not in {1, 3}:
        shape = f"{channels} × {height} × {width}"
        raise ModelError(f"A stack is opened on square pictures of 1 or 3 channels, not {shape}.")
    preprocessing = neutral_preprocessing(channels, height)
    lines = _LINES.format(function="load_network", arguments=repr(name))
    network = _untrained(model, name, preprocessing, note=_CHANCE, lines=lines, pictures=pictures)
    return replace(network, no_logits=why_no_logits(model, (channels, height, width)))


def _from_checkpoint(name: str, path: Path) -> Network:
    model, card = load(path)
    by_whom = "Published weights" if "source" in card.provenance else "Trained by this project"
    note = f"{by_whom}: {card.architecture}, {len(card.classes):,} classes."
    arguments = f"{name!r}, checkpoints=Path({str(path.parent)!r})"
    lines = "from pathlib import Path\n\n" + _LINES.format(function="load_network", arguments=arguments)
    return Network(name, model, card.preprocessing, card.classes, True, note, lines, card)


def _pretrained(name: str, preprocessing: Preprocessing, lines: str, progress: Progress | None) -> Network:
    state = pretrained_state(name, progress)
    model = build(name)
    load_trained(model, state)
    note = f"Pretrained on ImageNet (torchvision's {weight_set(name).name})."
    return Network(name, model.eval(), preprocessing, class_names(name), True, note, lines)


def _in_channels(model: nn.Module) -> int:
    """Of the first convolution; 3 where there is none."""
    with contextlib.suppress(ModelError):
        return first_convolution(model)[1].in_channels
    return 3
