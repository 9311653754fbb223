"""What is peculiar to timm's networks: their names, how they are built, what they say of their pictures and classes.

timm is an extra and takes seconds to load: it is imported only where one of its networks is asked for.
"""

import functools
import importlib.util
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from explorer.errors import CheckpointError, ModelError
from explorer.networks.network import labels_of
from explorer.networks.own_weights import compare_names
from explorer.preprocessing import INTERPOLATIONS, Preprocessing

TIMM = "timm/"  # before their names
NOT_INSTALLED = "timm is not installed here: pip install cnn-explorer[timm]."
_IMAGENET = re.compile(r"_?in\d+k(_\d+)?$")  # how the tag of weights ends that were trained on a set of ImageNet's
_MODES = {"center": "crop", "squash": "stretch", "border": "letterbox"}
# Arguments of timm's factory that have it read or fetch files, or give something else than the network.
_FACTORYS_OWN = re.compile(
    r"pretrained|checkpoint|cache|feature|out_indices|scriptable|exportable|jit|filter|url|file|hub|device|dtype|output_fmt"
)


def has_timm() -> bool:
    """Whether timm is installed; does not load it."""
    return importlib.util.find_spec("timm") is not None


@functools.cache
def timm_names() -> tuple[str, ...]:
    """Names of timm's image classifiers whose weights are on the Hugging Face hub; empty without timm."""
    if not has_timm():
        return ()
    import timm

    configs = ((name, timm.get_pretrained_cfg(name)) for name in timm.list_models(pretrained=True))
    return tuple(TIMM + name for name, config in configs if config.hf_hub_id and config.num_classes)


def timm_full_name(name: str) -> str | None:
    """The name with the weights that timm takes if none are named: "timm/resnet18" → "timm/resnet18.a1_in1k"."""
    short = name.removeprefix(TIMM)
    if TIMM + short in timm_names():
        return TIMM + short
    return next((full for full in _defaults() if full.partition(".")[0] == TIMM + short), None)


@functools.cache
def _defaults() -> tuple[str, ...]:
    import timm

    models = {full.removeprefix(TIMM).partition(".")[0] for full in timm_names()}
    tagged = ((model, timm.get_pretrained_cfg(model)) for model in sorted(models))
    return tuple(f"{TIMM}{model}.{config.tag}" for model, config in tagged if config is not None)


def hub_repository(name: str) -> str:
    """Where the weights of one of `timm_names()` lie."""
    return str(_config(name)["hf_hub_id"])


def load_timm(name: str, weights: Path) -> nn.Module:
    """One of `timm_names()` with the weights in this file, in evaluation mode.

    Raises:
        CheckpointError: they do not belong to it.
    """
    import timm
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        given = {"state_dict": load_file(weights)}
        model: nn.Module = timm.create_model(name.removeprefix(TIMM), pretrained=True, pretrained_cfg_overlay=given)
    except (SafetensorError, OSError, RuntimeError, KeyError) as error:
        raise CheckpointError(f"{weights.name} does not belong to {name}: {str(error).splitlines()[0]}") from error
    return model.eval()


def named_timm_facts(name: str) -> tuple[Preprocessing, tuple[str, ...]]:
    """Preprocessing and class names of one of `timm_names()`; no names where its classes are not ImageNet's.

    Raises:
        ModelError: pictures of a kind that is not made here.
    """
    config = _config(name)
    return preprocessing_stated(config, name), _imagenet_names(config)


def _config(name: str) -> dict[str, Any]:
    import timm

    config: dict[str, Any] = timm.get_pretrained_cfg(name.removeprefix(TIMM)).to_dict()
    return config


def _imagenet_names(config: Mapping[str, Any]) -> tuple[str, ...]:
    """The classes' first names where the weights' tag says ImageNet."""
    from timm.data import ImageNetInfo, infer_imagenet_subset

    subset = infer_imagenet_subset(dict(config))
    if subset is None or not _IMAGENET.search(str(config.get("tag") or "")):
        return ()
    names = ImageNetInfo(subset)
    return tuple(names.index_to_description(index).split(",")[0] for index in range(names.num_classes()))


def preprocessing_stated(config: Mapping[str, Any], name: str) -> Preprocessing:
    """What a `pretrained_cfg` says of the pictures, read as timm reads it.

    Raises:
        ModelError: pictures of a kind that is not made here.
    """
    from timm.data import resolve_data_config

    try:
        stated = resolve_data_config(pretrained_cfg=dict(config))
        channels, height, width = stated["input_size"]
        mean, std = (_by_channel(stated[one], int(channels)) for one in ("mean", "std"))
        mode, share = _MODES.get(stated["crop_mode"]), float(stated["crop_pct"])
        resize = math.floor(height / share)
    except (TypeError, ValueError, KeyError, ZeroDivisionError, OverflowError, AssertionError) as error:
        raise ModelError(f"What {name} says of its pictures cannot be read: {error}.") from error
    if height != width or channels not in {1, 3}:
        raise ModelError(
            f"{name} takes pictures of {channels} × {height} × {width}; square ones in grey or colour can be made here."
        )
    if mode is None or stated["interpolation"] not in INTERPOLATIONS or resize < height:
        raise ModelError(
            f"{name} takes pictures cropped by {stated['crop_mode']!r} with {stated['interpolation']!r} at "
            f"{share:g} of their size, which is not made here."
        )
    if mode == "letterbox" and resize != height:
        raise ModelError(f"{name} takes pictures on bars and then cropped, which is not made here.")
    return Preprocessing(height, mode, stated["interpolation"], mean, std, None if resize == height else resize)


def _by_channel(values: Any, channels: int) -> tuple[float, ...]:  # noqa: ANN401 -- what a file holds
    """One number a channel; of three equal ones for a grey picture, one.

    Raises:
        ValueError: another number of them.
    """
    numbers = tuple(map(float, values))
    if channels == 1 and len(set(numbers)) == 1:
        return numbers[:1]
    if len(numbers) != channels:
        msg = f"{len(numbers)} means or deviations for {channels} channels"
        raise ValueError(msg)
    return numbers


class TimmPlan:
    """A network as `timm.models.save_for_hf` describes it in config.json.

    Raises:
        CheckpointError: on construction, a description that says no classifier of timm's.
        ModelError: timm is not installed.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        if not has_timm():
            raise ModelError(NOT_INSTALLED)
        import timm

        self.architecture = str(config.get("architecture")).partition(".")[0]
        if not timm.is_model(self.architecture):
            raise CheckpointError(f"config.json names {self.architecture[:80]!r}, which timm does not know.")
        nested = config.get("pretrained_cfg")
        stated = dict(nested if isinstance(nested, Mapping) else config)  # older files have it all in one
        self._config = {**stated, **{key: config[key] for key in ("num_classes",) if key in config}}
        self.arguments = self._arguments(config)
        self.classes = _labels(config) or _labels(stated)

    def _arguments(self, config: Mapping[str, Any]) -> dict[str, Any]:
        given = config.get("model_args") or {}
        if not isinstance(given, Mapping):
            raise CheckpointError("model_args in config.json is no object.")
        refused = [key for key, value in given.items() if _FACTORYS_OWN.search(key) or not _is_plain(value)]
        if refused:
            raise CheckpointError(f"config.json has model_args that are not taken here: {', '.join(refused)[:200]}.")
        arguments = {**given}
        if isinstance(config.get("global_pool"), str):
            arguments.setdefault("global_pool", config["global_pool"])
        if self._config.get("num_classes") is not None:
            arguments.setdefault("num_classes", self._config["num_classes"])
        return arguments

    @property
    def preprocessing(self) -> Preprocessing:
        """What it says of its pictures.

        Raises:
            ModelError: pictures of a kind that is not made here.
        """
        from timm.models._hub import _parse_model_cfg

        whole = {"architecture": self.architecture, "pretrained_cfg": dict(self._config), "model_args": self.arguments}
        stated, _, _ = _parse_model_cfg(whole, {})
        return preprocessing_stated(stated, self.architecture)

    def build(self) -> nn.Module:
        """The network with fresh weights."""
        import timm

        model: nn.Module = timm.create_model(self.architecture, pretrained=False, **self.arguments)
        return model

    def load(self, tensors: dict[str, torch.Tensor], file_name: str) -> nn.Module:
        """The network with these weights, in evaluation mode.

        Raises:
            CheckpointError: tensors that do not belong to it; the first five are named.
        """
        before = "timm_model."  # by transformers' wrapper around timm's networks
        if tensors and all(key.startswith(before) for key in tensors):
            tensors = {key.removeprefix(before): tensor for key, tensor in tensors.items()}
        model = self.build()
        state = model.state_dict()
        compare_names(state, tensors, file_name, self.architecture)
        model.load_state_dict({key: tensors.get(key, old).to(old.dtype) for key, old in state.items()})
        return model.eval()


def _is_plain(value: Any) -> bool:  # noqa: ANN401 -- what JSON holds
    if isinstance(value, list):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, bool | int | float | str)


def _labels(config: Mapping[str, Any]) -> tuple[str, ...]:
    """Class names, described where they are described; empty where there are none."""
    names = config.get("label_names") or config.get("labels")
    described = config.get("label_descriptions")
    if isinstance(names, Mapping):
        names = labels_of(names)
    if not isinstance(names, list | tuple):
        return ()
    table = described if isinstance(described, Mapping) else {}
    return tuple(str(table.get(name, name)) if isinstance(name, str) else str(name) for name in names)
