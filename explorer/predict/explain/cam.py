"""Grad-CAM: where the maps of a layer speak for a class."""

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from explorer.activations.borrowing import borrowed
from explorer.activations.ending import ancestors, has_places
from explorer.activations.nodes import Node, Trace
from explorer.activations.operations.registry import operation_called
from explorer.activations.recording import first_tensor, watching
from explorer.activations.replay import replay
from explorer.activations.tracer import record_trace
from explorer.errors import ModelError
from explorer.predict.explain.head import MapsLayer, averaged_maps, check_class, latest_maps

Map = npt.NDArray[np.float32]
_SAME_AS_RUN = 1e-3  # how far, of its largest number, an output that is run again may be from the forward's


def convolution_layers(model: nn.Module, batch: torch.Tensor) -> list[MapsLayer]:
    """The convolutions that a forward of this batch runs through, in their order, with the shapes that they give."""
    return _convolutions(record_trace(model, batch))


def _convolutions(trace: Trace) -> list[MapsLayer]:
    layers = {}
    for node in trace.nodes:
        if node.operation == "conv2d" and len(node.shape) == 4:
            name = trace.layer_names[node.key][0] if node.labelled else node.key
            layers[name] = MapsLayer(name, node.shape[1:])
    return list(layers.values())


def head_maps(model: nn.Module, batch: torch.Tensor) -> MapsLayer | None:
    """The maps that the head averages or reads: what Grad-CAM was made for, and where it is seldom empty.

    A last convolution stands before batch norm, before the residual addition and before the branches are put together,
    so its own maps say little of what the head gets. The maps may be made between modules ("inception5b.cat").

    Args:
        batch: float32 (1, C, H, W) on the model's device.

    Returns:
        The layer whose means are the features of the last linear layer; where there is none, the last maps of more
        than one cell on the way to the output, before they are pooled. None if there are only the picture's, or if they
        became tokens on that way: then the head reads no maps.
    """
    trace = record_trace(model, batch)
    try:
        node = averaged_maps(trace)
    except ModelError:
        node = None
    before = list(ancestors(trace, [trace.node(trace.output)]))
    node = node or _unpooled(trace, latest_maps(before))
    if node is not None and any(one.index > node.index and _is_tokens(one.shape) for one in before):
        return None
    return MapsLayer(node.key, node.shape[1:]) if node is not None and node.index else None


def _is_tokens(shape: tuple[int, ...]) -> bool:
    return len(shape) == 3 and shape[0] == 1 and min(shape[1:]) > 1


def _unpooled(trace: Trace, node: Node | None) -> Node | None:
    """The maps before they were pooled, or handed on as they are."""
    while node is not None and len(node.inputs) == 1:
        record, source = operation_called(node.operation), trace.nodes[node.inputs[0]]
        pools = record.window_kind in {"max", "average", "adaptive"} or record.pools
        handed_on = node.moves and record.came_from is not None and source.shape == node.shape
        if not has_places(source.shape) or not (pools or handed_on):
            break
        node = source
    return node


def grad_cam(model: nn.Module, batch: torch.Tensor, layer: str, class_index: int) -> Map:
    """Where the maps of a layer speak for a class: ReLU(sum over channels of mean gradient * map).

    The map is that of a network in which no operation works in place: of the layer's own output, not of what an
    activation wrote over it.

    Args:
        model: any network; not changed.
        batch: float32 (1, C, H, W) on its device.
        layer: the name of a convolution, of another layer or block that gives maps (of more calls the last counts), or
            the key of an operation between modules ("inception5b.cat").
        class_index: which output is asked about.
    Returns:
        float32 (h, w) at the layer's own size, 0 or more, not scaled.
    Raises:
        ModelError: no such layer, one that gives no maps, never reached, or no such class; an operation behind it that
            cannot be followed.
    Source: Selvaraju et al. 2017, arXiv:1610.02391, equations 1 and 2.
    """
    trace = record_trace(model, batch)
    node = _node_of(trace, model, layer)
    check_class(trace, class_index)
    maps = trace.output_of(node).detach().clone()
    try:
        gradient = _gradient_in_replay(trace, node, maps, class_index)
    except (ModelError, RuntimeError):  # what it does cannot be run piece by piece; maybe as a whole
        if layer not in dict(model.named_modules()):
            raise
        try:
            maps, gradient = _gradient_in_run(model, batch, layer, class_index)
        except RuntimeError as error:
            reason = str(error).strip().partition("\n")[0].rstrip(".")
            raise ModelError(f"Torch finds no gradient from {layer} to the output: {reason}.") from error
    if gradient is None:
        return np.zeros(tuple(maps.shape[2:]), np.float32)
    weights = gradient.mean(dim=(2, 3), keepdim=True)
    cam = torch.relu((weights * maps).sum(1))[0]
    return np.asarray(cam.detach().float().cpu().numpy())


def _node_of(trace: Trace, model: nn.Module, layer: str) -> Node:
    """The operation that made a layer's output, in its last call.

    Raises:
        ModelError: there is none, or it gives no maps.
    """
    keys = [key for key, (name, _) in trace.layer_names.items() if name == layer]
    keys += [key for key in trace.blocks if key.rpartition(":")[0] == layer and key.rpartition(":")[2].isdecimal()]
    known = {*trace.keys(), *trace.blocks, *trace.never_reached}
    if isinstance(dict(model.named_modules()).get(layer), nn.Linear) or not (keys or layer in known):
        names = ", ".join(one.name for one in _convolutions(trace)[:60])
        raise ModelError(f"{layer!r} is no convolution of this network; it has {names}.")
    node = trace.node(keys[-1] if keys else layer)
    if len(node.shape) != 4 or node.is_complex:
        raise ModelError(f"{layer!r} gives no maps; choose a convolution.")
    return node


def _gradient_in_replay(trace: Trace, node: Node, maps: torch.Tensor, class_index: int) -> torch.Tensor | None:
    """The gradient of an output by a layer's maps, where what follows is run once more, out of place.

    Raises:
        ModelError: something behind the layer cannot be run again.
        RuntimeError: torch's, where it ran in another way (under autocast, for example).
    """
    end = trace.node(trace.output)
    with torch.inference_mode(mode=False), torch.enable_grad():
        start = maps.clone().requires_grad_()
        output = replay(trace, {node.index: start}, end)
        right = trace.output_of(end)
        if (output - right).abs().max() > _SAME_AS_RUN * right.abs().max():
            raise ModelError(f"What follows {node.key} gives other numbers when it is run again.")
        if not output.requires_grad:
            return None
        return torch.autograd.grad(output.reshape(-1)[class_index], start, allow_unused=True)[0]


def _gradient_in_run(
    model: nn.Module, batch: torch.Tensor, layer: str, class_index: int
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """A module's maps and the gradient by them, in a run of its own.

    The maps are put back into the module's output from a copy that what follows cannot write into.
    """
    kept: list[torch.Tensor] = []

    def keep(_name: str, _module: nn.Module, _inputs: object, output: torch.Tensor) -> None:
        kept.append(output.clone())
        output.copy_(kept[-1])

    with (
        torch.inference_mode(mode=False),
        torch.enable_grad(),
        borrowed(model, batch) as (network, picture),
        watching(network, lambda name, _: name == layer, after=keep),
    ):
        output = first_tensor(network(picture.requires_grad_()))
        if output is None or not kept:
            raise ModelError(f"{layer!r} cannot be followed to the output; choose another layer.")
        gradient = torch.autograd.grad(output.reshape(-1)[class_index], kept[-1], allow_unused=True)[0]
    return kept[-1].detach(), gradient
