"""Why a network answered as it did.

Grad-CAM at any convolution and at the maps that the head reads, the exact sum of a logit, the effect of hiding a piece,
and the answer to the photograph framed otherwise. Runs happen on a shadow of the network
(explorer.activations.shadow), so that nobody else's is touched: no hook stays, no gradient is stored, no mode changes.
The receipts of single activations are explorer.receipts.
"""

import contextlib
import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from explorer.activations import record
from explorer.activations.recording import is_leaf, watching
from explorer.activations.shadow import shadow
from explorer.errors import ModelError
from explorer.predict.classifier import Classifier
from explorer.preprocessing import MODES, Preprocessing

Map = npt.NDArray[np.float32]


@dataclass(frozen=True)
class ConvolutionLayer:
    """A layer that Grad-CAM can look at: a convolution, or the last maps."""

    name: str
    shape: tuple[int, ...]  # of its output: channels, height, width


@dataclass(frozen=True)
class FeatureTerm:
    """One feature's share in a logit."""

    feature: int  # its place in the input of the last linear layer
    weight: float
    value: float  # of the feature; with a pooled head the mean of map `feature`
    amount: float  # weight * value


@dataclass(frozen=True)
class ExactSum:
    """A logit as what the last linear layer adds up: sum of the terms' amounts + bias."""

    layer: str  # the linear layer
    source: str | None  # the layer whose maps are averaged into the features; None: hidden layers stand before the head
    terms: tuple[FeatureTerm, ...]  # one a feature, the largest amount (by size) first
    bias: float
    logit: float  # the network's own
    places: Map | None  # (h, w): each place's share; their sum + bias = logit. None where source is None


def logits_of(classifier: Classifier, batch: torch.Tensor) -> torch.Tensor:
    """float32 (classes,) on the CPU, of a batch of one that was preprocessed already."""
    with torch.inference_mode():
        logits: torch.Tensor = classifier.model(batch.to(classifier.device))[0]
    return logits.float().cpu().clone()


def other_modes(preprocessing: Preprocessing) -> list[Preprocessing]:
    """The same preprocessing in each mode: crop, letterbox, stretch."""
    return [
        dataclasses.replace(preprocessing, mode=mode, resize=preprocessing.resize if mode == "crop" else None)
        for mode in MODES
    ]


def convolution_layers(model: nn.Module, batch: torch.Tensor) -> list[ConvolutionLayer]:
    """The convolutions that a forward of this batch runs through, in their order, with the shapes that they give."""
    twin = shadow(model)
    found: list[ConvolutionLayer] = []

    def note(name: str, _module: nn.Module, _inputs: Any, output: torch.Tensor) -> None:  # noqa: ANN401  torch's own
        found.append(ConvolutionLayer(name, tuple(output.shape[1:])))

    with watching(twin, lambda _name, module: isinstance(module, nn.Conv2d), after=note), torch.inference_mode():
        twin(batch)
    return list({layer.name: layer for layer in found}.values())


def head_maps(model: nn.Module, batch: torch.Tensor) -> ConvolutionLayer | None:
    """The maps that the head averages or reads: what Grad-CAM was made for, and where it is seldom empty.

    A last convolution stands before batch norm and before the residual addition, so its own maps say little of what the
    head gets.

    Args:
        batch: float32 (1, C, H, W) on the model's device.

    Returns:
        The layer whose means are the features of the last linear layer; where there is none, the last activation of
        the last convolution's size that follows it, else that convolution. None if no convolution gives several cells.
    """
    records = {one.name: one for one in record(model, batch) if len(one.shape) == 4 and min(one.shape[2:]) > 1}
    with contextlib.suppress(ModelError):
        source = exact_sum(model, batch, 0).source
        if source in records:
            return ConvolutionLayer(source, records[source].shape[1:])
    names = list(records)
    modules = dict(model.named_modules())
    convolutions = [name for name in names if isinstance(modules.get(name), nn.Conv2d)]
    if not convolutions:
        return None
    size = records[convolutions[-1]].shape[2:]
    after = names[names.index(convolutions[-1]) + 1 :]
    active = [one for one in after if _is_activation(modules.get(one)) and records[one].shape[2:] == size]
    name = (active or convolutions)[-1]
    return ConvolutionLayer(name, records[name].shape[1:])


def _is_activation(module: nn.Module | None) -> bool:
    return type(module).__module__ == "torch.nn.modules.activation"


def grad_cam(model: nn.Module, batch: torch.Tensor, layer: str, class_index: int) -> Map:
    """Where the maps of a layer speak for a class: ReLU(sum over channels of mean gradient * map).

    Args:
        model: any network; not changed.
        batch: float32 (1, C, H, W) on its device.
        layer: the name of a convolution, or of another layer that gives maps; of more calls the last counts.
        class_index: which logit is asked about.
    Returns:
        float32 (h, w) at the layer's own size, 0 or more, not scaled.
    Raises:
        ModelError: no such layer, one that gives no maps, never reached, or no such class.
    Source: Selvaraju et al. 2017, arXiv:1610.02391, equations 1 and 2.
    """
    twin = shadow(model)
    module = dict(twin.named_modules()).get(layer)
    if module is None or isinstance(module, nn.Linear):
        known = [name for name, one in twin.named_modules() if isinstance(one, nn.Conv2d)]
        raise ModelError(f"{layer!r} is no convolution of this network; it has {', '.join(known[:60])}.")
    kept: list[torch.Tensor] = []

    def keep(_name: str, _module: nn.Module, _inputs: Any, output: torch.Tensor) -> None:  # noqa: ANN401  torch's own
        kept.append(output)

    with watching(twin, lambda _name, one: one is module, after=keep), torch.enable_grad():
        logits = twin(batch.detach().clone().requires_grad_(True))
        _check_class(class_index, logits.shape[1])
        if not kept:
            raise ModelError(f"The forward of this network never reaches {layer!r}; choose another layer.")
        if not isinstance(kept[-1], torch.Tensor) or kept[-1].ndim != 4:
            raise ModelError(f"{layer!r} gives no maps; choose a convolution.")
        gradient = torch.autograd.grad(logits[0, class_index], kept[-1], allow_unused=True)[0]
    if gradient is None:
        return np.zeros(tuple(kept[-1].shape[2:]), np.float32)
    weights = gradient.mean(dim=(2, 3), keepdim=True)
    cam = torch.relu((weights * kept[-1]).sum(1))[0]
    return np.asarray(cam.detach().float().cpu().numpy())


def exact_sum(model: nn.Module, batch: torch.Tensor, class_index: int) -> ExactSum:
    """The logit of a class as the sum that the last linear layer makes; of a pooled head, down to places in its maps.

    Args:
        batch: float32 (1, C, H, W) on the model's device.

    Raises:
        ModelError: no such class, or a network that does not end in a linear layer.
    """
    head = _watch_head(model, batch)
    _check_class(class_index, head.logits.shape[1])
    weights = head.linear.weight[class_index].detach().double().cpu()
    bias = 0.0 if head.linear.bias is None else float(head.linear.bias[class_index].detach())
    values = head.features[0].double().cpu()
    amounts = weights * values
    order = torch.sort(amounts.abs(), descending=True, stable=True).indices.tolist()
    terms = tuple(FeatureTerm(i, float(weights[i]), float(values[i]), float(amounts[i])) for i in order)
    places = None
    if head.maps is not None:
        maps = head.maps[0].double().cpu()
        places = np.asarray(torch.einsum("c,chw->hw", weights, maps).div(maps[0].numel()).float().numpy())
    return ExactSum(head.name, head.source, terms, bias, float(head.logits[0, class_index]), places)


def hiding_starts(size: int, patch: int, stride: int) -> list[int]:
    """Where patches begin along an axis: their centres tile it in cells of `stride`."""
    return list(range(stride // 2 - patch // 2, size - patch // 2, stride))


def hidden_logits(classifier: Classifier, batch: torch.Tensor, patch: int, stride: int, row: int) -> torch.Tensor:
    """The logits when a grey patch hides one piece after the other of a row.

    Args:
        batch: float32 (1, C, H, W), preprocessed. A hidden pixel becomes 0, which is the training photographs' mean.
        patch: height and width of the patch, in pixels of the batch.
        stride: pixels from one position to the next.
        row: which row of positions, from 0.
    Returns:
        float32 (positions in the row, classes) on the CPU.
    Raises:
        ModelError: no such row.
    """
    tops = hiding_starts(batch.shape[2], patch, stride)
    lefts = hiding_starts(batch.shape[3], patch, stride)
    if not 0 <= row < len(tops):
        raise ModelError(f"There is no row {row}; with this patch there are {len(tops)}.")
    hidden = batch.repeat(len(lefts), 1, 1, 1)
    top, bottom = max(0, tops[row]), tops[row] + patch
    for place, left in enumerate(lefts):
        hidden[place, :, top:bottom, max(0, left) : left + patch] = 0
    with torch.inference_mode():
        logits: torch.Tensor = classifier.model(hidden.to(classifier.device))
    return logits.float().cpu()


@dataclass
class _Head:
    """What the end of a network did with one batch."""

    name: str
    linear: nn.Linear
    features: torch.Tensor  # (1, F): the input of the linear layer
    logits: torch.Tensor
    source: str | None = None
    maps: torch.Tensor | None = None  # (1, F, h, w): what was averaged into the features


def _watch_head(model: nn.Module, batch: torch.Tensor) -> _Head:
    twin = shadow(model)
    inputs: dict[str, torch.Tensor] = {}
    last_maps: list[tuple[str, torch.Tensor]] = []

    def note(name: str, module: nn.Module, given: Sequence[torch.Tensor], output: torch.Tensor) -> None:
        if isinstance(module, nn.Linear):
            inputs.pop(name, None)  # of several calls the last counts
            inputs[name] = given[0].clone()
        elif isinstance(output, torch.Tensor) and output.ndim == 4 and output.shape[2] * output.shape[3] > 1:
            last_maps.append((name, output.clone()))

    with watching(twin, lambda _name, module: is_leaf(module), after=note), torch.inference_mode():
        logits = twin(batch)
    modules = dict(twin.named_modules())
    names = list(inputs)
    linear = modules[names[-1]] if names else None
    if not isinstance(linear, nn.Linear) or logits.ndim != 2 or linear.out_features != logits.shape[1]:
        raise ModelError("This network does not end in a linear layer, so its logits are no such sum.")
    head = _Head(names[-1], linear, inputs[names[-1]], logits)
    for name, maps in reversed(last_maps):
        if maps.shape[1] == head.features.shape[1]:
            for read in (maps, maps.relu()):  # DenseNet's last ReLU is a function, which no hook sees
                if torch.allclose(read.mean(dim=(2, 3)), head.features, rtol=1e-4, atol=1e-5):
                    head.source, head.maps = name, read
                    return head
            break
    return head


def _check_class(class_index: int, count: int) -> None:
    if isinstance(class_index, bool) or not isinstance(class_index, int) or not 0 <= class_index < count:
        raise ModelError(f"There is no class {class_index!r}; this network has {count}, counted from 0.")
