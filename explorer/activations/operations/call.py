"""What a rule is given, and what it gives: one call of one operation, and the shares of one number of its output."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import torch

from explorer.activations.nodes import Node, Ref, Trace
from explorer.activations.operations.names import NotCoveredError, known_arguments
from explorer.activations.units import Index


class Share(NamedTuple):
    """An amount, and the place in a node's output that it came from."""

    node: int
    place: Index
    amount: float
    value: float | None = None
    weight: float | None = None


@dataclass(slots=True)
class Shares:
    """The sum that makes one number."""

    formula: str
    shares: list[Share]
    bias: float = 0.0
    bias_magnitude: float = 0.0  # if the bias was made of larger numbers that nearly cancelled: their sum without signs
    factors: list[Share] = field(default_factory=list)
    note: str = ""


class Call:
    """One operation with its arguments by name.

    Raises:
        NotCoveredError: an argument that is not known, or a result that is not the operation's first.
    """

    def __init__(self, trace: Trace, node: Node) -> None:
        self.trace = trace
        self.node = node
        self.named = known_arguments(node.operation, node.args, node.kwargs)
        if node.part:
            raise NotCoveredError(f"this is number {node.part + 1} of its results, such as where the largest stood")

    def get(self, name: str, default: Any = None) -> Any:  # noqa: ANN401 -- any argument
        """An argument as it was given."""
        value = self.named.get(name)
        return default if value is None else value

    def ref(self, name: str = "input") -> int:
        """The node whose output was given for this argument."""
        value = self.named.get(name)
        if not isinstance(value, Ref):
            raise NotCoveredError(f"its {name} does not come from the picture")
        return value.index

    def tensor(self, name: str) -> torch.Tensor | None:
        """A weight; None if none was given."""
        value = self.named.get(name)
        if isinstance(value, Ref):
            raise NotCoveredError(f"its {name} is computed from the picture")
        return value.detach() if isinstance(value, torch.Tensor) else None

    def weight(self) -> torch.Tensor:
        """The weight of an operation that cannot do without."""
        weight = self.tensor("weight")
        if weight is None:
            raise NotCoveredError("its weight is no tensor")
        return weight

    def operand(self, name: str) -> Any:  # noqa: ANN401 -- a reference, a tensor or a number
        """One side of a sum or product."""
        value = self.named.get(name)
        if value is None:
            raise NotCoveredError(f"its {name} was given in an unusual way")
        return value.detach() if isinstance(value, torch.Tensor) else value

    def shape(self, node: int) -> tuple[int, ...]:
        """The shape of a node's output."""
        return self.trace.nodes[node].shape

    def output(self, node: int) -> torch.Tensor:
        """The recorded output of a node."""
        return self.trace.output_of(self.trace.nodes[node])

    def number(self, node: int, index: Index) -> float:
        """One recorded number."""
        return float(self.output(node)[index])


Rule = Callable[[Call, Index], Shares]
