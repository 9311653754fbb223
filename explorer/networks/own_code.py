"""A network that somebody wrote: a class, a function or an instance by name, or the model itself; used as it is.

Its weights and statistics are its owner's: nothing here sets, calibrates or moves them.
"""

import functools
import importlib
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn

from explorer.activations.borrowing import computed
from explorer.activations.compiled import EXPORTED, check_is_whole
from explorer.activations.recording import first_tensor
from explorer.errors import CheckpointError, ModelError
from explorer.models.torchvision_networks import USUAL_SIDE
from explorer.networks.building import channels_of, neutral_preprocessing
from explorer.networks.network import Network, labels_of, lines_that_load
from explorer.preprocessing import Preprocessing


def load_code(spec: str) -> Network:
    """A host's own network, "package.module:NAME": a class or function, called without arguments, or an instance.

    Its attributes `preprocessing` (an explorer.preprocessing.Preprocessing) and `classes` are used if it has them.

    Raises:
        ModelError: it cannot be imported, is no network, cannot be built without arguments, takes no picture of the
            size that it is given, or gives no logits.
        CheckpointError: class names that are not as many as its logits.
    """
    module_name, _, name = spec.partition(":")
    if not module_name or not name:
        raise ModelError(f"A network of your own is named package.module:NAME, not {spec!r}.")
    if "" not in sys.path and str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    try:
        found = functools.reduce(getattr, name.split("."), importlib.import_module(module_name))
        made = isinstance(found, nn.Module) or type(found).__name__ == "ExportedProgram"
        model = found if made or not callable(found) else found()
    except Exception as error:
        raise ModelError(f"{spec} cannot be loaded: {type(error).__name__}: {error}.") from error
    if type(model).__name__ == "ExportedProgram":
        raise ModelError(EXPORTED)
    if not isinstance(model, nn.Module):
        raise ModelError(f"{spec} gives a {type(model).__name__}, no torch.nn.Module.")
    check_is_whole(model)  # before eval(), which an exported one refuses
    lines = lines_that_load("own_code", "load_code", repr(spec))
    return as_it_is(model.eval(), spec, note=f"The host's own: {spec}.", lines=lines)


def as_it_is(
    model: nn.Module,
    name: str,
    *,
    classes: Sequence[str] | None = None,
    preprocessing: Preprocessing | None = None,
    note: str = "",
    lines: str = "",
) -> Network:
    """Any network in evaluation mode, checked with one picture and not changed.

    Args:
        classes: names of its logits; None for its own attribute `classes`, or what its configuration calls them.
        preprocessing: None for its own attribute `preprocessing`, or what its configuration states; else the middle
            square at 224 pixels.

    Raises:
        ModelError: it takes no such picture (`preprocessing` is asked for where nobody gave it), or gives no logits.
        CheckpointError: class names that are not as many as its logits.
    """
    stated = preprocessing or stated_preprocessing(model)
    used = stated or neutral_preprocessing(channels_of(model), USUAL_SIDE)
    count = _logits_of(model, name, used, asked=stated is None)
    names = tuple(map(str, classes if classes is not None else stated_classes(model)))
    if names and len(names) != count:
        raise CheckpointError(f"{name} has {count} logits, but {len(names)} class names.")
    if classes is None and isinstance(given := getattr(model, "classes", ()), int | float | str):
        note = f"{note} Its attribute classes is {given!r:.60}, no list of names: the classes are numbered.".strip()
    place = next((weight.device for weight in model.parameters()), torch.device("cpu"))
    return Network(name, model, used, names, True, note, lines, device=place)


def stated_preprocessing(model: nn.Module) -> Preprocessing | None:
    """What a model says of its pictures: by its attribute `preprocessing`, or as timm's models do; None for nothing.

    Raises:
        ModelError: timm's configuration asks for what is not done here.
    """
    own = getattr(model, "preprocessing", None)
    if isinstance(own, Preprocessing):
        return own
    config = getattr(model, "pretrained_cfg", None)
    if isinstance(config, Mapping) and "input_size" in config and type(model).__module__.startswith("timm."):
        from explorer.networks.timm_networks import preprocessing_stated

        return preprocessing_stated(config, str(config.get("architecture") or type(model).__name__))
    return None


def stated_classes(model: nn.Module) -> tuple[str, ...]:
    """What a model calls its logits: its attribute `classes`, or its configuration's `id2label`; empty for nothing."""
    own = getattr(model, "classes", None)
    if isinstance(own, Sequence) and not isinstance(own, str):
        return tuple(map(str, own))
    return labels_of(getattr(getattr(model, "config", None), "id2label", None))


def _logits_of(model: nn.Module, name: str, preprocessing: Preprocessing, *, asked: bool) -> int:
    """How many logits one picture gives.

    Raises:
        ModelError: it is not taken, or what comes out is no row of logits: the page names the outputs as classes.
    """
    check_is_whole(model)
    side, channels = preprocessing.size, preprocessing.channels
    place = next((weight.device for weight in model.parameters()), None)
    try:
        with torch.no_grad():
            given = computed(model, torch.zeros(1, channels, side, side, device=place))
    except ModelError:  # it computes with what it kept, or has no layers: said already
        raise
    except Exception as error:
        msg = f"{name} does not take pictures of {channels} × {side} × {side}: {str(error).strip().rstrip('.')}."
        kinds = {str(weight.dtype) for weight in model.parameters()}
        if kinds and "torch.float32" not in kinds:
            msg += f" Its weights are {' and '.join(sorted(kinds))}, and pictures float32: give model.float()."
        elif asked:
            msg += (
                " It does not say which it takes: give it an attribute `preprocessing`, an "
                "explorer.preprocessing.Preprocessing of the size, mean and std that it was made for."
            )
        raise ModelError(msg) from error
    output = first_tensor(given) if isinstance(given, torch.Tensor) or _holds_logits(given) else None
    if output is not None and (output.is_complex() or output.dtype == torch.bool):
        raise ModelError(f"{name} gives {output.dtype} for one picture; logits are real numbers.")
    if output is None or output.ndim != 2 or len(output) != 1 or not output.numel():
        what = tuple(output.shape) if output is not None else type(given).__name__
        if output is None and isinstance(given, Mapping):
            what = f"{what} with {', '.join(repr(str(key)) for key in [*given][:5])}, and no 'logits',"
        raise ModelError(f"{name} gives {what} for one picture; logits of the shape (1, classes) are needed.")
    return int(output.shape[1])


def _holds_logits(given: Any) -> bool:  # noqa: ANN401 -- whatever a network gives
    """Whether logits are named in it, or it is a tuple that begins with them."""
    named = given.get("logits") if isinstance(given, Mapping) else getattr(given, "logits", None)
    return isinstance(named, torch.Tensor) or (
        isinstance(given, tuple) and isinstance(first_tensor(given), torch.Tensor)
    )
