"""The layers of any network for one picture, recorded on torch's meta device."""

import contextlib
import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode
from torch.utils.flop_counter import FlopCounterMode

from explorer.activations.borrowing import borrowed
from explorer.activations.nodes import Node, Ref, Trace, mapped
from explorer.activations.operations.call import NotCoveredError
from explorer.activations.operations.registry import call_of, operation_called
from explorer.activations.recording import is_leaf, watching
from explorer.activations.shadow import shadow
from explorer.activations.standing import standing_tensors
from explorer.activations.tracer import trace_of
from explorer.arithmetic.costs import activation_memory
from explorer.arithmetic.fields import FieldPair
from explorer.errors import ShapeError
from explorer.networks.catalogue import build_on_meta
from explorer.summary.reach import all_fields

LARGEST_SIDE = 4096
LARGEST_COMPUTED = 512  # pixels, of a picture for a network that cannot be followed without numbers


@dataclass(frozen=True)
class LayerSummary:
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
class NetworkSummary:
    """All layers in the order in which they run, and the network's sums."""

    layers: tuple[LayerSummary, ...]
    parameters: int  # of the whole network, layers that this forward does not reach included
    mult_adds: int


def summarise_network(name: str, height: int = 224, width: int = 224, num_classes: int = 10) -> NetworkSummary:
    """The layers of a known network for one picture of height × width.

    Raises:
        ModelError: an unknown name.
        ShapeError: a side that is too large, or a picture that the network refuses; the layer is named.
    """
    model, made_for = build_on_meta(name, num_classes)
    try:
        return summarise(model, (made_for.channels, height, width))
    except ShapeError as error:
        fits = f"{made_for.channels} × {made_for.height} × {made_for.width}"
        raise ShapeError(f"{error} {made_for.name} was made for {fits}.") from error


def summarise(model: nn.Module, shape: tuple[int, int, int]) -> NetworkSummary:
    """The layers of any network for one picture of shape (C, H, W). The network is left as it was.

    Raises:
        ShapeError: a side that is too large, or a picture that the network refuses; the layer is named.
    """
    for side in shape:
        if not isinstance(side, int) or not 1 <= side <= LARGEST_SIDE:
            raise ShapeError(f"A picture's sides must be whole numbers from 1 to {LARGEST_SIDE}, not {side!r}.")
    network = _without_numbers(shadow(model))
    recorded = _record(network, model, shape)
    modules = dict(network.named_modules())
    fields = all_fields(recorded)
    costs = _costs(recorded)
    seen: set[str] = set()
    layers = [_layer(node, modules, fields[node.index], costs, seen) for node in recorded.nodes[1:] if _is_shown(node)]
    total = sum(parameter.numel() for parameter in network.parameters())
    return NetworkSummary(tuple(layers), total, sum(layer.mult_adds for layer in layers))


def _is_shown(node: Node) -> bool:
    """Whether it is no step inside a module, whose last step stands for it."""
    return node.labelled or not node.leaf


def _costs(recorded: Trace) -> dict[str, int]:
    """Multiply-adds by key: those of a step inside a module count for the module's call."""
    costs: dict[str, int] = {}
    for node in recorded.nodes[1:]:
        if node.part in {None, 0} and not node.moves and (cost := _cost(recorded, node)):
            key = node.leaf or node.key
            costs[key] = costs.get(key, 0) + cost
    return costs


def _cost(recorded: Trace, node: Node) -> int:
    """Multiply-adds of one operation: by its rule; where it has none, as torch counts them."""
    record = operation_called(node.operation)
    if record.mult_adds is not None:
        with contextlib.suppress(NotCoveredError):
            return record.mult_adds(call_of(recorded, node))
    if node.function is None or record.activation or record.joins:
        return 0

    def numberless(ref: Ref) -> torch.Tensor:
        return torch.empty_like(recorded.output_of(recorded.nodes[ref.index]), device="meta")

    args, kwargs = mapped(recorded.filled(node, numberless), _numberless)
    with contextlib.suppress(Exception), FlopCounterMode(display=False) as counter, torch.no_grad():
        node.function(*args, **kwargs)
        return int(counter.get_total_flops()) // 2
    return 0


def _is_meta(model: nn.Module) -> bool:
    return all(tensor.is_meta for tensor in model.parameters()) and all(tensor.is_meta for tensor in model.buffers())


def _without_numbers(model: nn.Module) -> nn.Module:
    """A copy on the meta device, where it is not there already; the memory of the original is not copied."""
    if _is_meta(model):
        return model
    known = {key: tensor.detach().to("meta") for key, tensor in standing_tensors(model).items()}
    known |= {id(tensor): tensor.detach().to("meta") for tensor in model.buffers()}
    known |= {id(p): nn.Parameter(p.detach().to("meta"), p.requires_grad) for p in model.parameters()}
    return copy.deepcopy(model, known).eval()  # torchvision's extractors train when they are copied


class _OnMeta(TorchFunctionMode):
    """Takes the numbers from every tensor that meets one without: constants of a forward, and module-level ones."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 -- whatever the function gives
        args, kwargs = mapped((args, kwargs or {}), _numberless)
        return func(*args, **kwargs)


def _numberless(value: Any) -> Any:  # noqa: ANN401 -- an argument
    if not isinstance(value, torch.Tensor) or value.is_meta:
        return value
    return value.detach().to("meta")


def _record(network: nn.Module, model: nn.Module, shape: tuple[int, int, int]) -> Trace:
    """The network's operations on a picture without numbers; or, if it asks for numbers, on a black one.

    Args:
        network: on the meta device.
        model: the same, with its numbers if it has any.

    Raises:
        ShapeError: the network refuses the picture.
    """
    try:
        with _naming_the_layer(network, shape), torch.device("meta"), _OnMeta():
            return trace_of(network, torch.zeros(1, *shape))
    except Exception:  # without numbers, and with hooks that mean another network, a forward may fail in any way
        if _is_meta(model) or max(shape) > LARGEST_COMPUTED:
            raise
    device = next((one.device for one in (*model.parameters(), *model.buffers())), None)
    black = torch.zeros(1, *shape, device=device)
    with torch.no_grad(), borrowed(model, black) as (shown, picture), _naming_the_layer(shown, shape):
        return trace_of(shown, picture)


@contextlib.contextmanager
def _naming_the_layer(network: nn.Module, shape: tuple[int, ...]) -> Iterator[None]:
    """Turn torch's refusal into a sentence that names the layer at which it happened."""
    running: list[str] = []

    def enter(name: str, module: nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
        running.append(name)
        if isinstance(module, nn.Linear) and inputs and inputs[0].shape[-1] != module.in_features:
            gets = f"was told in_features {module.in_features:,} but gets {inputs[0].shape[-1]:,}"
            raise ShapeError(f"At {_shown(shape)} the layer {name} {gets} features.")

    try:
        with watching(network, lambda _name, module: is_leaf(module), before=enter):
            yield
    except (RuntimeError, ValueError, IndexError, AssertionError) as error:  # a vision transformer's own check
        if isinstance(error, ShapeError):
            raise
        where = f" at {running[-1]}" if running else ""
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ShapeError(
            f"A picture of {_shown(shape)} does not pass the network{where}: {reason.rstrip('.!')}."
        ) from error


def _shown(shape: tuple[int, ...]) -> str:
    return " × ".join(str(side) for side in shape)


def _layer(
    node: Node, modules: dict[str, nn.Module], fields: FieldPair, costs: dict[str, int], seen: set[str]
) -> LayerSummary:
    name = node.key.rpartition(":")[0] if node.key not in modules and ":" in node.key else node.key
    module = modules.get(name if name != "(model)" else "")
    own = 0
    if node.labelled and module is not None and name not in seen:
        seen.add(name)
        own = sum(parameter.numel() for parameter in module.parameters())
    shape = node.shape[1:]
    sizes = (fields[0].size, fields[1].size)
    joins, cost = len(node.inputs) > 1, costs.get(node.key, 0)
    return LayerSummary(node.key, node.kind, shape, own, cost, activation_memory(shape), sizes, joins)
