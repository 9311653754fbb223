"""How a network ends: what kind of numbers it gives, and what its last operations read.

Used by the classifier and by the reasons for an answer (explorer.predict), and by the page.
"""

import weakref
from collections.abc import Iterable, Iterator
from typing import Literal, get_args

import torch
from torch import nn

from explorer.activations.nodes import Node, Trace
from explorer.activations.operations.registry import operation_called
from explorer.activations.tracer import record_trace
from explorer.errors import ExplorerError

# "independent": a sigmoid of each class by itself; such shares do not add up to 1.
OutputKind = Literal["logits", "probabilities", "log_probabilities", "independent"]
OUTPUT_KINDS: tuple[OutputKind, ...] = get_args(OutputKind)

_BY_OPERATION: dict[str, OutputKind] = {
    "softmax": "probabilities", "log_softmax": "log_probabilities",
    "sigmoid": "independent", "hardsigmoid": "independent",
}  # fmt: skip
_JOINING = frozenset(["add", "mean", "div", "mul", "stack", "cat", "sum"])  # of several heads' shares
_EXACT, _COARSE = 1e-4, 2e-2  # how far shares may be from adding up to 1; the second in half precision
_known: weakref.WeakKeyDictionary[nn.Module, OutputKind] = weakref.WeakKeyDictionary()


def output_kind(model: nn.Module, batch: torch.Tensor) -> OutputKind:
    """What the numbers are that a network gives: logits, or what a softmax, its logarithm or a sigmoid made of them.

    Found out once a network. Shares that some other operation gives (a mean of two networks' softmaxes, a softmax
    written out) are known by their numbers, on two pictures.

    Args:
        batch: float32 (1, C, H, W) on the network's device.
    """
    known = _known.get(model)
    if known is None:
        try:
            known = _found(model, batch)
        except ExplorerError:  # it cannot be followed, which does not keep it from answering
            known = "logits"
        _known[model] = known
    return known


def probabilities_of(output: torch.Tensor, kind: OutputKind, temperature: float = 1.0) -> torch.Tensor:
    """What a network's output says as shares; same shape.

    Args:
        output: float32 (..., classes).
        temperature: what logits are divided by; other outputs have none.
    """
    if kind == "logits":
        return torch.softmax(output / temperature, -1)
    return output.exp() if kind == "log_probabilities" else output


def _found(model: nn.Module, batch: torch.Tensor) -> OutputKind:
    trace = record_trace(model, batch)
    kinds = _kinds_joined(trace, trace.node(trace.output))
    kind = kinds.pop() if len(kinds) == 1 else "logits"
    output = trace.tensor(trace.output)
    by_numbers = _kind_of_numbers(output)
    within = kind == "independent" and bool(((output >= 0) & (output <= 1)).all())
    otherwise: OutputKind = "independent" if within else "logits"
    if by_numbers in {kind, "logits"}:  # a softmax along another dimension gives no shares of the classes
        return otherwise if by_numbers == "logits" else by_numbers
    other = record_trace(model, batch.flip(-1) * 0.5 - 0.25)
    return by_numbers if _kind_of_numbers(other.tensor(other.output)) == by_numbers else otherwise


def _kinds_joined(trace: Trace, end: Node) -> set[OutputKind]:
    """What the last operations give, one or several whose mean or product the output is."""
    kinds: set[OutputKind] = set()
    seen, waiting = {end.index}, [end]
    while waiting:
        node = unmoved(trace, waiting.pop())
        joined = node.inputs if node.operation in _JOINING else ()
        if not joined:
            kinds.add(_BY_OPERATION.get(node.operation, "logits"))
        waiting += [trace.nodes[one] for one in joined if one not in seen]
        seen.update(joined)
    return kinds


def _kind_of_numbers(output: torch.Tensor) -> OutputKind:
    """Whether numbers are shares that add up to 1, or the logarithms of such."""
    if output.is_complex() or output.numel() < 2 or output.ndim < 1:
        return "logits"
    tolerance = _EXACT if output.dtype in {torch.float32, torch.float64} else _COARSE
    values = output.detach().double().reshape(-1)
    if bool((values >= 0).all()) and abs(float(values.sum()) - 1) < tolerance:
        return "probabilities"
    if bool((values <= tolerance).all()) and abs(float(values.exp().sum()) - 1) < tolerance:
        return "log_probabilities"
    return "logits"


def unmoved(trace: Trace, node: Node) -> Node:
    """Where the numbers of a node came from, past operations that only put them elsewhere."""
    while len(node.inputs) == 1 and (node.moves or node.operation == "identity"):
        node = trace.nodes[node.inputs[0]]
    return node


def ancestors(trace: Trace, nodes: Iterable[Node]) -> Iterator[Node]:
    """The nodes and all that they depend on, the last to run first; sizes alone are no dependence."""
    wanted = {node.index for node in nodes}
    for node in reversed(trace.nodes[: max(wanted) + 1]):
        if node.index in wanted:
            wanted.update(sources(node))
            yield node


def sources(node: Node) -> tuple[int, ...]:
    """The nodes whose numbers go into a node's own."""
    record = operation_called(node.operation)
    if record.constant:
        return ()
    return node.inputs[:1] if record.sized_as else node.inputs


def has_places(shape: tuple[int, ...]) -> bool:
    """Whether an output of this shape is maps of more than one cell."""
    return len(shape) == 4 and shape[2] * shape[3] > 1 and shape[1:3] != (1, 1)  # that is a vector, channels last
