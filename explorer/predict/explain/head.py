"""What the end of a network reads and adds up: a logit as the exact sum that the last linear layer makes.

It is found in a recorded forward, from the output backwards: past what is linear (a division by a temperature, an
average of heads) to the features that all of the output is made of. The sum is said to be the network's output only
where it is; a softmax or a ReLU behind the last layer is named, and so are heads that read different features.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from explorer.activations.ending import ancestors, has_places, sources, unmoved
from explorer.activations.linearity import bend_of
from explorer.activations.nodes import Node, Trace
from explorer.activations.replay import replay
from explorer.activations.tracer import record_trace
from explorer.errors import ModelError

Map = npt.NDArray[np.float32]
_LAYERS = frozenset(["linear", "addmm", "matmul", "mm"])
_CLOSE = 1e-4  # of the amounts that are added: more than rounding makes of a sum in float32


@dataclass(frozen=True)
class MapsLayer:
    """What Grad-CAM can look at: a convolution, or the maps that the head reads."""

    name: str  # a module's name, or the key of an operation between modules
    shape: tuple[int, ...]  # of its output: channels, height, width


@dataclass(frozen=True)
class FeatureTerm:
    """One feature's share in a logit."""

    feature: int  # its place in the input of the last linear layer
    weight: float  # with what is linear behind that layer, such as a temperature, in it
    value: float  # of the feature; with a pooled head the mean of map `feature`
    amount: float  # weight * value


@dataclass(frozen=True)
class ExactSum:
    """A number near a network's end as what the last linear layer adds up: sum of the terms' amounts + bias."""

    layer: str  # the linear layer; of several heads all, with commas
    end: str  # the operation whose output the sum is
    source: str | None  # the layer whose maps are averaged into the features, if these are means of maps
    terms: tuple[FeatureTerm, ...]  # one a feature, the largest amount (by size) first; none where there is no such sum
    bias: float
    logit: float  # the network's own at `end`
    output: float  # what the network gives for the class
    places: Map | None  # (h, w): each place's share; their sum + bias = logit. None where source is None
    counted_in: tuple[str, ...] = ()  # what is linear behind the layer and stands in weights and bias: "div"
    follows: tuple[str, ...] = ()  # what stands between this and the network's output: "softmax"; () where they are one
    between: tuple[str, ...] = ()  # what stands between the last maps and the features, where these are no means
    maps: str | None = None  # the last maps before the features, averaged or not


def exact_sum(model: nn.Module, batch: torch.Tensor, class_index: int, *, before: bool = False) -> ExactSum:
    """The output for a class as the sum that the last linear layer makes; of a pooled head, down to places in its maps.

    Args:
        batch: float32 (1, C, H, W) on the model's device.
        before: where the output is no such sum, because a softmax, say, follows: the sum of the number before that,
            as `follows` then tells. Else there are no terms.

    Raises:
        ModelError: no such class, or a network that does not end in a linear layer.
    """
    trace = record_trace(model, batch)
    check_class(trace, class_index)
    ending = _ending(trace)
    output = float(trace.tensor(trace.output).reshape(-1)[class_index])
    layers = ", ".join(head.key for head in ending.heads)
    if ending.features is None or (ending.bends and not before):
        follows = tuple(_names(ending.bends or ending.tail))
        return ExactSum(layers, trace.output, None, (), 0.0, output, output, None, follows=follows)
    weights, bias, value = _affine(trace, ending.features, ending.end, class_index)
    values = trace.output_of(ending.features).detach().double().cpu().reshape(-1)
    amounts = weights * values
    if abs(float(amounts.sum()) + bias - value) > _CLOSE * (float(amounts.abs().sum()) + abs(bias) + 1e-30):
        return ExactSum(layers, trace.output, None, (), 0.0, output, output, None, follows=tuple(_names(ending.tail)))
    order = torch.sort(amounts.abs(), descending=True, stable=True).indices.tolist()
    terms = tuple(FeatureTerm(i, float(weights[i]), float(values[i]), float(amounts[i])) for i in order)
    maps = latest_maps(ancestors(trace, [ending.features]))
    averaged = _averaged(trace, ending.features, maps)
    return ExactSum(
        layers, ending.end.key, averaged.key if averaged else None, terms, bias, value, output,
        _places(trace, averaged, weights) if averaged else None,
        counted_in=tuple(_names(node for node in ending.tail if not node.moves and node.index <= ending.end.index)),
        follows=tuple(_names(ending.bends)),
        between=() if averaged or maps is None else _standing_between(trace, maps, ending.features),
        maps=maps.key if maps else None,
    )  # fmt: skip


def averaged_maps(trace: Trace) -> Node | None:
    """The operation whose maps are averaged into the features of the last linear layer, if that is how they are made.

    Raises:
        ModelError: the network does not end in a linear layer.
    """
    features = _ending(trace).features
    return None if features is None else _averaged(trace, features, latest_maps(ancestors(trace, [features])))


def latest_maps(nodes: Iterable[Node]) -> Node | None:
    """The first of the nodes that gives maps of more than one cell."""
    return next((node for node in nodes if has_places(node.shape) and not node.is_complex), None)


def check_class(trace: Trace, class_index: int) -> None:
    """Refuse a class that the network does not have.

    Raises:
        ModelError: there is none of this number, or the network gives something else than one number a class.
    """
    shape = trace.node(trace.output).shape
    count = int(np.prod(shape))
    if len(shape) < 2 or count != shape[1]:
        raise ModelError(f"This network gives {tuple(shape)}, not one number for each class.")
    if isinstance(class_index, bool) or not isinstance(class_index, int) or not 0 <= class_index < count:
        raise ModelError(f"There is no class {class_index!r}; this network has {count}, counted from 0.")


@dataclass
class _Ending:
    """What lies between the features and the output of one forward."""

    heads: list[Node]  # the last linear layers
    features: Node | None  # what they all read; None where they read different ones, or something passes them by
    end: Node  # the last operation before anything that bends
    bends: list[Node]  # operations behind the heads that are not linear
    tail: list[Node]  # all operations behind the heads


def _ending(trace: Trace) -> _Ending:
    """How the output is made of linear layers.

    Raises:
        ModelError: it is not.
    """
    output = trace.node(trace.output)
    heads: list[Node] = []
    others: list[Node] = []
    tail: list[Node] = []
    waiting = {output.index}
    while waiting:
        node = trace.nodes[max(waiting)]
        waiting.discard(node.index)
        if _is_layer(trace, node):
            heads.append(node)
        elif not sources(node) or has_places(node.shape):
            others.append(node)
        else:
            tail.append(node)
            waiting.update(sources(node))
    if not heads or (others and not _only_last(trace, heads, others)):
        raise ModelError("This network does not end in a linear layer, so its logits are no such sum.")
    moved = _moved(trace, heads)
    bends = [node for node in tail if bend_of(node, moved)][::-1]
    end = trace.nodes[sources(bends[0])[0]] if bends else output
    features = None if others else _common(trace, [trace.nodes[sources(head)[0]] for head in heads])
    if end.shape != output.shape and unmoved(trace, end).shape != unmoved(trace, output).shape:
        features = None  # its numbers are not the classes'
    if bends and len(heads) > 1:
        features = None
    return _Ending(heads, features, end, bends, tail[::-1])


def _only_last(trace: Trace, heads: list[Node], others: list[Node]) -> bool:
    """Whether the layers are the classes', though something passes them by, and not a gate's far before the end."""
    return max(head.index for head in heads) > max(one.index for one in others) and any(
        head.shape[-1] == trace.node(trace.output).shape[1] for head in heads
    )


def _moved(trace: Trace, heads: list[Node]) -> set[int]:
    """The nodes that depend on one of the heads, themselves too."""
    moved = {head.index for head in heads}
    for node in trace.nodes[min(moved) :]:
        if moved.intersection(sources(node)):
            moved.add(node.index)
    return moved


def _is_layer(trace: Trace, node: Node) -> bool:
    """Whether it multiplies one row of features by weights that do not depend on the picture."""
    read = sources(node)
    if len(read) != 1 or node.function is None:
        return False
    shape = trace.nodes[read[0]].shape
    count = int(np.prod(shape))
    if node.operation == "conv2d":
        return len(shape) == 4 and shape[1] == count and shape[2] * shape[3] == 1
    return node.operation in _LAYERS and bool(shape) and count in {shape[-1], shape[0]}


def _common(trace: Trace, features: list[Node]) -> Node | None:
    if len({node.index for node in features}) == 1:
        return features[0]
    roots = {unmoved(trace, node).index for node in features}
    return trace.nodes[roots.pop()] if len(roots) == 1 else None


def _affine(trace: Trace, features: Node, end: Node, class_index: int) -> tuple[torch.Tensor, float, float]:
    """Weights (float64, one a feature), bias, and value of a class's number at the end, which is linear in them."""
    values = trace.output_of(features).detach()
    with torch.inference_mode(mode=False), torch.enable_grad():
        start = values.clone().requires_grad_()
        number = replay(trace, {features.index: start}, end).reshape(-1)[class_index]
        weights = torch.autograd.grad(number, start)[0]
    with torch.inference_mode(mode=False), torch.no_grad():
        bias = replay(trace, {features.index: torch.zeros_like(values)}, end).reshape(-1)[class_index]
    value = trace.output_of(end).reshape(-1)[class_index]
    return weights.double().cpu().reshape(-1), float(bias), float(value)


def _averaged(trace: Trace, features: Node, maps: Node | None) -> Node | None:
    """The maps, if the features are their means."""
    count = int(np.prod(features.shape))
    if maps is None or maps.shape[1] != count:
        return None
    values = trace.output_of(features).detach().double().reshape(-1)
    means = trace.output_of(maps)[0].detach().double().mean(dim=(1, 2))
    return maps if torch.allclose(means, values, rtol=1e-4, atol=1e-5 * float(values.abs().max())) else None


def _places(trace: Trace, maps: Node, weights: torch.Tensor) -> Map:
    values = trace.output_of(maps)[0].detach().double().cpu()
    return np.asarray(torch.einsum("c,chw->hw", weights, values).div(values[0].numel()).float().numpy())


def _standing_between(trace: Trace, maps: Node, features: Node) -> tuple[str, ...]:
    """Names of the operations that compute on the way from maps to features, in order."""
    reached = _moved(trace, [maps])
    nodes = [node for node in ancestors(trace, [features]) if node.index in reached and node.index > maps.index]
    return tuple(_names(node for node in nodes[::-1] if not node.moves and node.operation != "identity"))


def _names(nodes: Iterable[Node]) -> list[str]:
    """What the operations are called, each once."""
    return list(dict.fromkeys(node.operation for node in nodes if not node.moves))
