"""What an operation does to a channel as a whole: an activation function's curve, batch norm's five numbers."""

from dataclasses import dataclass

import torch

from explorer.activations.nodes import Node, Trace
from explorer.activations.operations.call import Call, NotCoveredError
from explorer.activations.operations.registry import operation_called
from explorer.activations.units import Index, to_index
from explorer.receipts.moves import WayBack
from explorer.receipts.opening import opened_call, opened_operation

SAMPLES = 161  # of a curve
LEAST_REACH = 1.0  # to either side of 0: what a curve shows at the least


@dataclass(frozen=True, slots=True)
class Curve:
    """What an activation function makes of every number between two."""

    value: float  # the number that the unit is made of
    given: torch.Tensor  # float64 (SAMPLES,): rising
    made: torch.Tensor  # float64 (SAMPLES,)


@dataclass(frozen=True, slots=True)
class Norm:
    """Batch norm with kept statistics, of one channel: (v - mean) / sqrt(variance + epsilon) * gamma + beta."""

    value: float  # the number that the unit is made of
    mean: float
    variance: float
    gamma: float
    beta: float
    epsilon: float
    before: torch.Tensor  # the channel's numbers, of any shape, before and after it
    after: torch.Tensor


def open_curve(trace: Trace, layer: str, channel: int, y: int = 0, x: int = 0) -> Curve | None:
    """The curve of the activation function that made a unit, over what its channel holds; None if it was made by none.

    Raises:
        ModelError: an unknown layer, or one that has no such unit.
    """
    node, index = _operation(trace, layer, channel, y, x)
    rule, call = operation_called(node.operation).curve, _call(trace, node)
    if rule is None or call is None:
        return None
    numbers = _channel(call, index)
    finite = numbers[numbers.isfinite()]
    value = call.number(call.ref(), index)
    if not finite.numel():
        return None
    low, high = min(-LEAST_REACH, float(finite.min())), max(LEAST_REACH, float(finite.max()))
    given = torch.linspace(low, high, SAMPLES, dtype=torch.float64)
    try:
        return Curve(value, given, rule(call, index[1] if len(index) > 1 else 0, given))
    except NotCoveredError:
        return None


def open_norm(trace: Trace, layer: str, channel: int, y: int = 0, x: int = 0) -> Norm | None:
    """What batch norm did to a unit's channel; None of other operations, and where a number of it is the picture's.

    Raises:
        ModelError: an unknown layer, or one that has no such unit.
    """
    node, index = _operation(trace, layer, channel, y, x)
    call = _call(trace, node) if node.operation == "batch_norm" else None
    if call is None or call.get("training", False):
        return None
    place = index[1]
    try:
        mean, variance, gamma, beta = (call.tensor(name) for name in ("running_mean", "running_var", "weight", "bias"))
    except NotCoveredError:
        return None
    if mean is None or variance is None:
        return None
    return Norm(
        value=call.number(call.ref(), index),
        mean=float(mean[place]),
        variance=float(variance[place]),
        gamma=1.0 if gamma is None else float(gamma[place]),
        beta=0.0 if beta is None else float(beta[place]),
        epsilon=float(call.get("eps", 1e-5)),
        before=_channel(call, index),
        after=trace.output_of(node)[:, place].detach().cpu(),
    )


def _operation(trace: Trace, layer: str, channel: int, y: int, x: int) -> tuple[Node, Index]:
    node = trace.node(layer)
    return opened_operation(WayBack(trace), node, to_index(node, channel, y, x))


def _call(trace: Trace, node: Node) -> Call | None:
    """The operation's call, if all of it is known and its input comes from the picture."""
    try:
        call = opened_call(trace, node)
        call.ref()
    except NotCoveredError:
        return None
    return call


def _channel(call: Call, index: Index) -> torch.Tensor:
    """What an operation was given of the channel; all of it where there are none."""
    numbers = call.output(call.ref()).detach().cpu()
    return numbers[:, index[1]] if len(index) > 1 else numbers
