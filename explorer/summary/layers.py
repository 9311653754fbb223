"""The layers of any network for one picture, recorded on torch's meta device."""

import contextlib
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

import torch
from torch import nn

from explorer.activations.recording import is_leaf, watching
from explorer.activations.tracer import Node, Trace, record_trace
from explorer.arithmetic.costs import activation_memory
from explorer.errors import ShapeError
from explorer.networks.catalogue import build_on_meta
from explorer.summary.reach import Fields, all_fields
from explorer.summary.strides import arguments_of, window_of

LARGEST_SIDE = 4096


@dataclass(frozen=True)
class TracedLayer:
    """One call of a module, or one operation between modules, and what comes out of it for one picture."""

    key: str  # the module's name, ":1" for its second call; "layer1.0.add" between modules
    kind: str  # the module's class, or the operation's name
    shape: tuple[int, ...]  # without the batch axis
    parameters: int  # of the module, at its first call
    mult_adds: int
    memory: int  # bytes of the output in float32
    receptive_field: tuple[int, int]  # height and width, padding counted; an upper bound after joins
    joins: bool  # whether several branches meet here


@dataclass(frozen=True)
class NetworkTrace:
    """All layers in the order in which they run, and the network's sums."""

    layers: tuple[TracedLayer, ...]
    parameters: int  # of the whole network, layers that this forward does not reach included
    mult_adds: int


def trace_network(name: str, height: int = 224, width: int = 224, num_classes: int = 10) -> NetworkTrace:
    """The layers of a known network for one picture of height × width.

    Raises:
        ModelError: an unknown name.
        ShapeError: a side that is too large, or a picture that the network refuses; the layer is named.
    """
    model, made_for = build_on_meta(name, num_classes)
    try:
        return trace(model, (made_for.channels, height, width))
    except ShapeError as error:
        fits = f"{made_for.channels} × {made_for.height} × {made_for.width}"
        raise ShapeError(f"{error} {made_for.name} was made for {fits}.") from error


def trace(model: nn.Module, shape: tuple[int, int, int]) -> NetworkTrace:
    """The layers of any network for one picture of shape (C, H, W). The network is left as it was.

    Raises:
        ShapeError: a side that is too large, or a picture that the network refuses; the layer is named.
    """
    for side in shape:
        if not isinstance(side, int) or not 1 <= side <= LARGEST_SIDE:
            raise ShapeError(f"A picture's sides must be whole numbers from 1 to {LARGEST_SIDE}, not {side!r}.")
    network = model if _is_meta(model) else _without_numbers(model)
    recorded = _record(network, shape)
    modules = dict(network.named_modules())
    fields = all_fields(recorded.nodes)
    seen: set[str] = set()
    layers = []
    for node in recorded.nodes[1:]:
        if node.leaf and not node.labelled:
            continue  # a step inside a module, whose last step stands for it
        layers.append(_layer(node, modules, fields[node.index], seen))
    total = sum(parameter.numel() for parameter in network.parameters())
    return NetworkTrace(tuple(layers), total, sum(layer.mult_adds for layer in layers))


def _is_meta(model: nn.Module) -> bool:
    return all(tensor.is_meta for tensor in model.parameters()) and all(tensor.is_meta for tensor in model.buffers())


def _without_numbers(model: nn.Module) -> nn.Module:
    """A copy on the meta device; the memory of the original is not copied."""
    known = {id(tensor): tensor.detach().to("meta") for tensor in model.buffers()}
    known |= {id(p): nn.Parameter(p.detach().to("meta"), p.requires_grad) for p in model.parameters()}
    return copy.deepcopy(model, known)


def _record(network: nn.Module, shape: tuple[int, int, int]) -> Trace:
    """The network's operations on a picture without numbers.

    Raises:
        ShapeError: the network refuses the picture.
    """
    with _naming_the_layer(network, shape):
        return record_trace(network, torch.zeros(1, *shape, device="meta"))


@contextlib.contextmanager
def _naming_the_layer(network: nn.Module, shape: tuple[int, ...]) -> Iterator[None]:
    """Turn torch's refusal into a sentence that names the layer at which it happened."""
    running: list[str] = []

    def enter(name: str, module: nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
        running.append(name)
        if isinstance(module, nn.Linear) and inputs[0].shape[-1] != module.in_features:
            gets = f"was told in_features {module.in_features:,} but gets {inputs[0].shape[-1]:,}"
            raise ShapeError(f"At {_shown(shape)} the layer {name} {gets} features.")

    try:
        with watching(network, lambda _name, module: is_leaf(module), before=enter):
            yield
    except (RuntimeError, ValueError, IndexError) as error:
        if isinstance(error, ShapeError):
            raise
        where = f" at {running[-1]}" if running else ""
        reason = str(error).strip().splitlines()[0]
        raise ShapeError(
            f"A picture of {_shown(shape)} does not pass the network{where}: {reason.rstrip('.')}."
        ) from error


def _shown(shape: tuple[int, ...]) -> str:
    return " × ".join(str(side) for side in shape)


def _layer(node: Node, modules: dict[str, nn.Module], fields: Fields, seen: set[str]) -> TracedLayer:
    name = node.key.rpartition(":")[0] if node.key not in modules and ":" in node.key else node.key
    module = modules.get(name if name != "(model)" else "")
    own = 0
    if node.labelled and module is not None and name not in seen:
        seen.add(name)
        own = sum(parameter.numel() for parameter in module.parameters())
    shape = node.shape[1:]
    sizes = (fields[0].size, fields[1].size)
    joins = len(node.inputs) > 1
    return TracedLayer(node.key, node.kind, shape, own, _mult_adds(node), activation_memory(shape), sizes, joins)


def _mult_adds(node: Node) -> int:
    """One for each weight and place: convolutions and linear layers only."""
    if node.operation not in {"conv2d", "conv_transpose2d", "linear"}:
        return 0
    weight = arguments_of(node)["weight"]
    if node.operation == "linear":
        return prod(node.shape[1:-1]) * int(weight.numel())
    if node.operation == "conv2d":
        return prod(node.shape[-2:]) * int(weight.numel())
    return 0 if not node.inputs else int(weight.numel()) * _positions_before(node)


def _positions_before(node: Node) -> int:
    """Pixels that go into a transposed convolution, from its output's size."""
    window = window_of(node)
    sides = []
    for axis in (0, 1):
        kernel, stride, padding, dilation = (window[name][axis] for name in ("kernel", "stride", "padding", "dilation"))
        extra = window["output_padding"][axis]
        sides.append((node.shape[-2 + axis] + 2 * padding - dilation * (kernel - 1) - extra - 1) // stride + 1)
    return prod(sides)
