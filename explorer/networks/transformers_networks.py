"""What is peculiar to transformers' image classifiers: how they are built of their config.json, and their pictures.

What their image processor does with a picture is not read off its settings, whose meaning differs from class to class,
but found out: it is run, and the `Preprocessing` that does the same is taken, or none. transformers is an extra and
takes seconds to load: it is imported only where one of its networks is asked for.
"""

import functools
import importlib.util
import itertools
import json
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from explorer.errors import CheckpointError, ModelError
from explorer.networks.hub import hub_path
from explorer.networks.network import labels_of
from explorer.networks.own_weights import COUNTER, does_not_belong
from explorer.preprocessing import Preprocessing

TRANSFORMERS = "transformers/"  # before their names
NOT_INSTALLED = "transformers is not installed here: pip install cnn-explorer[timm]."
# Known on the Hugging Face hub; any other of its repositories can be asked for by its name.
KNOWN = (
    "microsoft/resnet-18", "microsoft/resnet-50", "facebook/convnext-tiny-224", "facebook/regnet-y-040",
    "google/mobilenet_v2_1.0_224", "google/efficientnet-b0", "google/vit-base-patch16-224",
)  # fmt: skip
# Entries of config.json that have code or weights fetched, or attention computed by somebody else's code.
_NOT_TAKEN = ("auto_map", "_attn_implementation", "attn_implementation", "quantization_config", "_name_or_path")
_OLDER = ("FeatureExtractor", "ImageProcessorFast", "ImageProcessorPil")  # what a processor's class was called before
_LEVELS = 1.01  # of 255: how far the pictures of their processor and of ours may be apart


def has_transformers() -> bool:
    """Whether transformers is installed; does not load it."""
    return importlib.util.find_spec("transformers") is not None


@functools.cache
def _classes() -> dict[str, tuple[str, ...]]:
    """By the type of a model, the names of its classes that classify pictures."""
    from transformers.models.auto.modeling_auto import MODEL_FOR_IMAGE_CLASSIFICATION_MAPPING_NAMES as NAMES

    return {kind: names if isinstance(names, tuple) else (names,) for kind, names in NAMES.items()}


def is_classifier(repository: str) -> bool:
    """Whether a repository on this machine holds an image classifier, by its config.json; loads no transformers."""
    path = hub_path(repository, "config.json")
    try:
        config = json.loads(path.read_text("utf-8")) if path else {}
    except (OSError, ValueError):
        return False
    named = config.get("architectures") if isinstance(config, dict) else None
    return isinstance(named, list) and any(str(one).endswith("ForImageClassification") for one in named)


class TransformersPlan:
    """A network as `save_pretrained` describes it in config.json and preprocessor_config.json.

    Raises:
        CheckpointError: on construction, a description that says no image classifier of transformers.
        ModelError: transformers is not installed.
    """

    def __init__(self, config: Mapping[str, Any], processor: Mapping[str, Any] | None) -> None:
        if not has_transformers():
            raise ModelError(NOT_INSTALLED)
        self.architecture = self._class_named(config)
        self.arguments = {key: value for key, value in config.items() if key not in _NOT_TAKEN}
        self.classes = labels_of(config.get("id2label"))
        self._kind, self._processor = str(config["model_type"]), processor

    @staticmethod
    def _class_named(config: Mapping[str, Any]) -> str:
        kind, named = config.get("model_type"), config.get("architectures")
        known = _classes().get(kind, ()) if isinstance(kind, str) else ()
        wanted = named[0] if isinstance(named, list) and named else (known or [None])[0]
        if wanted not in known:
            own = " It brings code of its own, which is never run here." if "auto_map" in config else ""
            raise CheckpointError(
                f"config.json names {str(wanted)[:80]!r}, which is no image classifier of transformers.{own}"
            )
        return str(wanted)

    def build(self) -> nn.Module:
        """The network with fresh weights."""
        import transformers

        model: nn.Module = getattr(transformers, self.architecture)(self._config())
        return model

    def load(self, tensors: dict[str, torch.Tensor], file_name: str) -> nn.Module:
        """The network with these weights, whose names may be those of any version of transformers.

        Raises:
            CheckpointError: tensors that do not belong to it; the first five are named.
        """
        import transformers

        found, said = getattr(transformers, self.architecture).from_pretrained(
            None, config=self._config(), state_dict=tensors, output_loading_info=True, dtype=torch.float32
        )
        wrong = [f"{key!r} is missing" for key in sorted(said["missing_keys"]) if not key.endswith(COUNTER)]
        wrong += [f"{one[0]!r} is {tuple(one[1])} instead of {tuple(one[2])}" for one in said["mismatched_keys"]]
        wrong += [f"{key!r} is not part of it" for key in sorted(said["unexpected_keys"])]
        if wrong:
            raise does_not_belong(wrong, file_name, self.architecture)
        model: nn.Module = found
        return model.eval()

    def _config(self) -> Any:  # noqa: ANN401 -- of transformers
        from transformers.models.auto.configuration_auto import CONFIG_MAPPING

        return CONFIG_MAPPING[self._kind].from_dict(dict(self.arguments))

    @property
    def preprocessing(self) -> Preprocessing | None:
        """What its image processor does with a picture; None where there is no file that says it.

        Raises:
            CheckpointError: a file that names no image processor of transformers.
            ModelError: pictures of a kind that is not made here.
        """
        if self._processor is None:
            return None
        return preprocessing_of_processor(_processor(self._processor, self._kind))


def _processor(said: Mapping[str, Any], kind: str) -> Any:  # noqa: ANN401 -- of transformers
    import transformers
    from transformers.models.auto.image_processing_auto import IMAGE_PROCESSOR_MAPPING_NAMES as NAMES

    of_kind = NAMES.get(kind) or {}
    named = said.get("image_processor_type") or said.get("feature_extractor_type") or of_kind.get("torchvision")
    known = {one for names in NAMES.values() for one in (names or {}).values() if one}
    for ending in _OLDER:
        if isinstance(named, str) and named.endswith(ending):
            named = named.removesuffix(ending) + "ImageProcessor"
    if named not in known:
        raise CheckpointError(
            f"preprocessor_config.json names {str(named)[:80]!r}, no image processor of transformers."
        )
    settings = {key: value for key, value in said.items() if key not in {"auto_map", "processor_class"}}
    try:
        return getattr(transformers, str(named)).from_dict(settings)
    except (TypeError, ValueError, KeyError) as error:
        raise CheckpointError(f"preprocessor_config.json cannot be read: {str(error).splitlines()[0]}.") from error


def preprocessing_of_processor(processor: Any) -> Preprocessing:  # noqa: ANN401 -- of transformers
    """The `Preprocessing` that gives what this image processor gives.

    Raises:
        ModelError: none does, or the processor cannot be run.
    """
    first, second = _pictures()
    try:
        black, white = (_processed(processor, np.full((90, 70, 3), level, np.uint8)) for level in (0, 255))
        wanted = [_processed(processor, picture) for picture in (first, second)]
    except Exception as error:
        raise ModelError(f"Its image processor cannot be run: {str(error).splitlines()[0]}.") from error
    side = black.shape[-1]
    if black.shape != (1, 3, side, side):
        raise ModelError(f"It takes pictures of {tuple(black.shape[1:])}; square ones in colour can be made here.")
    span = (white - black)[0, :, side // 2, side // 2].double()
    if not bool((span > 0).all()):
        raise ModelError("Its image processor makes no picture that can be made here.")
    mean, std = _stated(-black[0, :, side // 2, side // 2].double() / span, 1 / span, processor)
    for mode, resize, interpolation, floor in _candidates(processor, side):
        ours = Preprocessing(side, mode, interpolation, mean, std, resize, floor)
        if all(map(_same, itertools.repeat(ours), (first, second), wanted)):
            return ours
    raise ModelError(
        f"Its image processor ({type(processor).__name__}) prepares pictures in a way that is not known here, so its "
        "answers would be wrong."
    )


def _stated(mean: torch.Tensor, std: torch.Tensor, processor: Any) -> tuple[tuple[float, ...], tuple[float, ...]]:  # noqa: ANN401
    """The measured mean and deviation, in the digits of the settings where these say the same."""
    said = (getattr(processor, "image_mean", None), getattr(processor, "image_std", None))
    found = []
    for measured, stated in zip((mean, std), said, strict=True):
        exact = torch.tensor([float(one) for one in stated] if stated else [0.0], dtype=torch.float64)
        same = exact.shape == measured.shape and torch.allclose(exact, measured, rtol=1e-5, atol=1e-6)
        found.append(tuple((exact if same else measured).tolist()))
    return found[0], found[1]


def _candidates(processor: Any, side: int) -> Iterator[tuple[str, int | None, str, bool]]:  # noqa: ANN401
    """Mode, size before the crop, interpolation and how a margin is halved, as the settings' numbers suggest."""
    stated = processor.to_dict()
    numbers = {one for key in ("size", "crop_size", "resize_short") for one in _whole(stated.get(key))}
    share = stated.get("crop_pct")
    by_share = {int(number / share) for number in numbers} if isinstance(share, float) and share > 0 else set()
    numbers |= by_share | {int(256 / 224 * number) for number in numbers}  # the second is LeViT's
    resizes = [None, *sorted(number for number in numbers if side < number <= 2 * side)]
    order = ("bicubic", "bilinear") if stated.get("resample") in {1, 3} else ("bilinear", "bicubic")
    for interpolation, resize, mode in itertools.product(order, resizes, ("stretch", "crop")):
        whole = mode == "stretch" and resize is None  # no margin
        yield from ((mode, resize, interpolation, floor) for floor in ([False] if whole else [True, False]))


def _whole(value: Any) -> list[int]:  # noqa: ANN401 -- a setting
    values = list(value.values()) if isinstance(value, Mapping) else [value]
    return [one for one in values if isinstance(one, int) and not isinstance(one, bool)]


def _processed(processor: Any, picture: npt.NDArray[np.uint8]) -> torch.Tensor:  # noqa: ANN401
    given: torch.Tensor = processor(picture, return_tensors="pt")["pixel_values"]
    return given.float()


def _same(ours: Preprocessing, picture: npt.NDArray[np.uint8], theirs: torch.Tensor) -> bool:
    """Whether ours makes the batch that theirs made."""
    batch, std = ours(picture), torch.tensor(ours.std).view(1, -1, 1, 1)
    return batch.shape == theirs.shape and float(((batch - theirs) * std).abs().max() * 255) <= _LEVELS


@functools.cache
def _pictures() -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """Two pictures of noise, one wide and one high, of odd sides: no two ways of preparing them give the same."""
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (431, 587, 3), np.uint8), rng.integers(0, 256, (613, 457, 3), np.uint8)
