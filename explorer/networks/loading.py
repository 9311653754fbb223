"""A network as the page shows it: ready to run, with its preprocessing, its class names and a sentence about it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from explorer.activations.borrowing import computed
from explorer.activations.compiled import check_is_whole
from explorer.checkpoint import load
from explorer.checkpoint.file import Card
from explorer.errors import CheckpointError, ModelError
from explorer.image import open_upload
from explorer.models.names import TORCHVISION
from explorer.models.torchvision_networks import USUAL_SIDE, class_names, load_trained, weight_set
from explorer.networks.batch_norm import set_statistics
from explorer.networks.building import blueprint, build, channels_of, neutral_preprocessing, weights_bytes
from explorer.networks.hub import Downloads, hub_file, hub_path
from explorer.networks.naming import full_name
from explorer.networks.network import Network, lines_that_load
from explorer.networks.own_code import as_it_is, stated_classes
from explorer.networks.own_weights import OWN_LIMIT_MB, own_checkpoint, own_classes, own_model, read_own
from explorer.networks.pretrained import Progress, pretrained_state
from explorer.networks.saved import CONFIG, PROCESSOR, WEIGHTS, SavedFiles, load_saved
from explorer.networks.stacks import NAME_PREFIX, build_named_stack, why_no_logits
from explorer.networks.timm_networks import TIMM, hub_repository, load_timm, named_timm_facts
from explorer.networks.transformers_networks import TRANSFORMERS
from explorer.preprocessing import Preprocessing
from explorer.settings import EXAMPLES

Pictures = Sequence[npt.NDArray[np.uint8]]


_CHANCE = "Untrained: random weights, so what the maps show is chance."


def load_network(
    name: str,
    *,
    pretrained: bool = True,
    checkpoints: Path | None = None,
    pictures: Pictures | None = None,
    progress: Progress | None = None,
    downloads: Downloads | None = None,
) -> Network:
    """A network from the list.

    Args:
        name: an `Entry.name`: a checkpoint's, "meesho", "torchvision/resnet18", "timm/resnet18.a1_in1k"; torchvision's
            and timm's without their prefix too.
        pretrained: torchvision's weights, downloaded if need be; where they cannot be had, the note says so and the
            network is untrained.
        checkpoints: the folder that the checkpoints are in.
        pictures: uint8 (H, W, 3), at least two, to calibrate an untrained network on; None for the examples.
        downloads: how much may be downloaded; None for any.

    Raises:
        ModelError: an unknown name; one of timm's or transformers' whose weights are not at hand.
        CheckpointError: a damaged file.
    """
    if name.startswith(NAME_PREFIX):
        return _stack(name, pictures)
    path = checkpoints / f"{name}.safetensors" if checkpoints and "/" not in name else None
    if path is not None and path.is_file():
        return _from_checkpoint(name, path)
    name = full_name(name)
    if name.startswith((TIMM, TRANSFORMERS)):
        return _of_package(name, progress, downloads)
    plan = blueprint(name)
    note = _CHANCE
    if pretrained and name.startswith(TORCHVISION):
        try:
            return _pretrained(name, plan.preprocessing, progress, downloads)
        except ModelError as error:
            note = f"{error} This is the untrained network instead: random weights."
    lines = lines_that_load("loading", "load_network", f"{name!r}, pretrained=False")
    size = min(plan.preprocessing.size, USUAL_SIDE)  # weights that were never trained ask for no size of their own
    preprocessing = neutral_preprocessing(plan.in_channels, size)
    return _untrained(build(name), name, preprocessing, note=note, lines=lines, pictures=pictures)


def expected_bytes(name: str) -> int:
    """What the weights of a network from the list occupy, before it is loaded; 0 where that is not known.

    Raises:
        ModelError: an unknown name.
    """
    if name.startswith((TIMM, TRANSFORMERS)):
        repository = hub_repository(name) if name.startswith(TIMM) else name.removeprefix(TRANSFORMERS)
        path = hub_path(repository, WEIGHTS)
        return path.stat().st_size if path else 0
    return 0 if name.startswith(NAME_PREFIX) else weights_bytes(name)


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
    channels, usual = channels_of(model), blueprint(name).preprocessing
    preprocessing = usual if usual.channels == channels else neutral_preprocessing(channels, usual.size)
    with torch.no_grad():
        logits = model(torch.zeros(1, channels, preprocessing.size, preprocessing.size))
    arguments = f"{name!r}, {path.name!r}" + (f", classes={classes!r}" if classes and classes.strip() else "")
    arguments += "" if transform_input is None else f", transform_input={transform_input}"
    lines = lines_that_load("loading", "load_own_weights", arguments)
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
    lines = lines_that_load("loading", "load_own_weights", f"{card.architecture!r}, {path.name!r}")
    return Network(card.architecture, model, card.preprocessing, card.classes, True, note, lines, card)


def made_ready(
    model: nn.Module, name: str, preprocessing: Preprocessing | None = None, *, note: str = "", lines: str = ""
) -> Network:
    """Any network ready to be looked into, in evaluation mode; its weights and its statistics stay as they are.

    It counts as trained: only of what this project built at random itself is it known that it is not.

    Args:
        preprocessing: None for the middle square at 224 pixels, with the channels of the first convolution.

    Raises:
        ModelError: it does not take such pictures; or it was scripted, exported or quantized.
    """
    check_is_whole(model)
    if not isinstance(preprocessing, Preprocessing):
        preprocessing = neutral_preprocessing(channels_of(model), USUAL_SIDE)
    side, channels = preprocessing.size, preprocessing.channels
    try:
        with torch.no_grad():
            computed(model.eval(), torch.zeros(1, channels, side, side))
    except ModelError:
        raise
    except Exception as error:
        raise ModelError(f"{name} does not take pictures of {channels} × {side} × {side}: {error}.") from error
    return Network(name, model, preprocessing, stated_classes(model), True, note, lines)


def _untrained(
    model: nn.Module, name: str, preprocessing: Preprocessing, *, note: str, lines: str, pictures: Pictures | None
) -> Network:
    """A network that this project has just built at random: its batch norms get the statistics of a few pictures."""
    network = made_ready(model, name, preprocessing, note=note, lines=lines)
    if not any(isinstance(one, _BatchNorm) and one.track_running_stats for one in model.modules()):
        return replace(network, trained=False)
    chosen = example_pictures() if pictures is None else pictures
    set_statistics(model, torch.cat([preprocessing(picture) for picture in chosen]))
    note = f"{note} Batch norm took its statistics from {len(chosen)} pictures."
    return replace(network, trained=False, note=note)


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
    lines = lines_that_load("loading", "load_network", repr(name))
    network = _untrained(model, name, preprocessing, note=_CHANCE, lines=lines, pictures=pictures)
    return replace(network, no_logits=why_no_logits(model, (channels, height, width)))


def _from_checkpoint(name: str, path: Path) -> Network:
    model, card = load(path)
    by_whom = "Published weights" if "source" in card.provenance else "Trained by this project"
    note = f"{by_whom}: {card.architecture}, {len(card.classes):,} classes."
    arguments = f"{name!r}, checkpoints=Path({str(path.parent)!r})"
    lines = "from pathlib import Path\n\n" + lines_that_load("loading", "load_network", arguments)
    return Network(name, model, card.preprocessing, card.classes, True, note, lines, card)


def _of_package(name: str, progress: Progress | None, downloads: Downloads | None) -> Network:
    """One of timm's or transformers', by its name on the Hugging Face hub."""
    lines = lines_that_load("loading", "load_network", repr(name))
    if name.startswith(TIMM):
        preprocessing, classes = named_timm_facts(name)
        model = load_timm(name, hub_file(hub_repository(name), WEIGHTS, downloads, progress))
        note = f"timm's {name.removeprefix(TIMM)}, with its own weights and preprocessing."
        network = as_it_is(model, name, classes=classes, preprocessing=preprocessing, note=note)
    else:
        repository = name.removeprefix(TRANSFORMERS)
        config, processor, weights = (
            hub_file(repository, file, downloads, progress) for file in (CONFIG, PROCESSOR, WEIGHTS)
        )
        network = load_saved(SavedFiles(config, weights, processor))
        network = replace(network, name=name, note=f"{repository}: {network.note}")
    return replace(network, loading_lines=lines)


def _pretrained(
    name: str, preprocessing: Preprocessing, progress: Progress | None, downloads: Downloads | None
) -> Network:
    state = pretrained_state(name, progress, downloads.room_for if downloads else None)
    model = build(name)
    load_trained(model, state)
    note = f"Pretrained on ImageNet (torchvision's {weight_set(name).name})."
    lines = lines_that_load("loading", "load_network", repr(name))
    return Network(name, model.eval(), preprocessing, class_names(name), True, note, lines)
