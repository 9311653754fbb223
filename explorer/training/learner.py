"""What learns in a run, put together from its options: network, optimiser, average, precision."""

import json
from pathlib import Path
from typing import Any

import torch

from explorer.errors import ModelError, ShapeError
from explorer.models import build_model
from explorer.models.dimensions import check_dimensions
from explorer.models.registry import fixed_size
from explorer.training.averaging import AveragedWeights
from explorer.training.depthwise import quicken_depthwise
from explorer.training.engine import Learner
from explorer.training.optimiser import make_optimiser
from explorer.training.options import FROM_TORCHVISION, Options, start_files
from explorer.training.records import say
from explorer.training.repeatable import make_repeatable
from explorer.training.transfer import layer_groups, start_from


def make_learner(options: Options, arguments: dict[str, Any], device: torch.device) -> Learner:
    """Network, optimiser and average, on the device."""
    torch.manual_seed(options.seed)
    if options.start == FROM_TORCHVISION:
        arguments = {**arguments, "weights": True}
    model = build_model(options.network, **arguments)
    if start_files(options.start):
        say(start_from(model, options.start))
    if options.deterministic and device.type == "cuda":
        make_repeatable(model)
    model = model.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    groups = layer_groups(model)
    average = AveragedWeights(model, options.average) if options.average else None
    precision = choose_precision(options.precision, device)
    if device.type == "cpu" and precision == torch.bfloat16:
        quicken_depthwise(model)
    return Learner(model, groups, make_optimiser(groups, options), average, device, precision, model)


def choose_precision(name: str, device: torch.device) -> torch.dtype:
    """bfloat16 where it was asked for, or where `auto` finds a processor with instructions for it."""
    if name != "auto":
        return torch.bfloat16 if name == "bfloat16" else torch.float32
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32
    try:
        flags = Path("/proc/cpuinfo").read_text()
    except OSError:
        return torch.float32
    return torch.bfloat16 if "avx512_bf16" in flags or "amx_bf16" in flags else torch.float32


def network_arguments(options: Options, classes: int) -> dict[str, Any]:
    """What the network is built with.

    Raises:
        ModelError: `network_arguments` is no JSON object.
    """
    try:
        arguments = json.loads(options.network_arguments)
    except ValueError as error:
        raise ModelError(f"network_arguments is no JSON: {error}.") from error
    if not isinstance(arguments, dict):
        raise ModelError('network_arguments must be a JSON object such as {"dropout": 0.2}.')
    return {**arguments, "num_classes": classes, "in_channels": options.channels}


def check_sizes(options: Options) -> None:
    """Does the network take pictures of the sizes that it will be shown? Asked before any is decoded.

    Raises:
        ModelError: it cannot be built.
        ShapeError: it does not; the layer that fails is named.
    """
    with torch.device("meta"):  # shapes alone
        model = build_model(options.network, **network_arguments(options, 2))
        for size in filter(None, (options.small_size, options.size)):
            try:
                check_dimensions(model, options.channels, size, 2)
            except ShapeError as error:
                fixed = fixed_size(options.network)
                advice = f" {options.network} takes --size {fixed} alone." if fixed else ""
                raise ShapeError(f"{error}{advice}") from error
