"""What a rule is given, and what it gives: one call of one operation, and the shares of one number of its output."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import torch

from explorer.activations.nodes import Node, Ref, Trace
from explorer.activations.units import Index


class NotCoveredError(Exception):
    """No rule holds for this call; the message says why, to go after "it cannot be taken apart:"."""


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
    magnitude: float = 0.0  # of larger numbers that nearly cancel in it: their sum without signs
    factors: list[Share] = field(default_factory=list)
    note: str = ""


class Call:
    """One operation with its arguments by name."""

    def __init__(self, trace: Trace, node: Node, named: Mapping[str, Any]) -> None:
        self.trace = trace
        self.node = node
        self.named = named

    def get(self, name: str, default: Any = None) -> Any:  # noqa: ANN401 -- any argument
        """An argument as it was given; the default for None too."""
        value = self.named.get(name)
        return default if value is None else value

    def ref(self, name: str = "input") -> int:
        """The node whose output was given for this argument.

        Raises:
            NotCoveredError: it is a constant.
        """
        value = self.named.get(name)
        if not isinstance(value, Ref):
            raise NotCoveredError(f"its {name} does not come from the picture")
        return value.index

    def tensor(self, name: str) -> torch.Tensor | None:
        """A weight; None if none was given.

        Raises:
            NotCoveredError: it is computed from the picture.
        """
        value = self.named.get(name)
        if isinstance(value, Ref):
            raise NotCoveredError(f"its {name} is computed from the picture")
        return value.detach() if isinstance(value, torch.Tensor) else None

    def recorded(self, name: str) -> torch.Tensor | None:
        """The numbers that an argument had, be it a constant or computed from the picture; None if none was given."""
        value = self.named.get(name)
        return self.output(value.index) if isinstance(value, Ref) else self.tensor(name)

    def weight(self) -> torch.Tensor:
        """The weight of an operation that cannot do without, be it a parameter or computed from the picture.

        Raises:
            NotCoveredError: it is no tensor.
        """
        weight = self.recorded("weight")
        if weight is None:
            raise NotCoveredError("its weight is no tensor")
        return weight

    def bias_share(self, place: Index) -> tuple[float, list[Share]]:
        """What the argument "bias" adds: as a number, or, where it is computed from the picture, as a share."""
        value, bias = self.named.get("bias"), self.recorded("bias")
        if bias is None:
            return 0.0, []
        number = float(bias[place].double())
        return (0.0, [Share(value.index, place, number, number, 1.0)]) if isinstance(value, Ref) else (number, [])

    def note_of_weight(self) -> str:
        """Whose numbers the weights are, where they are activations too."""
        value = self.named.get("weight")
        return (
            f"Its weights are activations too: {self.trace.nodes[value.index].key}." if isinstance(value, Ref) else ""
        )

    def operand(self, name: str) -> Any:  # noqa: ANN401 -- a reference, a tensor or a number
        """One side of a sum or product.

        Raises:
            NotCoveredError: it was not given by this name.
        """
        value = self.named.get(name)
        if value is None:
            raise NotCoveredError(f"its {name} was given in an unusual way")
        return value.detach() if isinstance(value, torch.Tensor) else value

    def shape(self, node: int) -> tuple[int, ...]:
        """The shape of a node's output."""
        return self.trace.nodes[node].shape

    def shape_of(self, name: str = "input") -> tuple[int, ...]:
        """The shape of an argument, be it computed from the picture or a constant.

        Raises:
            NotCoveredError: it is no tensor.
        """
        value = self.named.get(name)
        if isinstance(value, Ref):
            return self.shape(value.index)
        if isinstance(value, torch.Tensor):
            return tuple(value.shape)
        raise NotCoveredError(f"its {name} is no tensor")

    def output(self, node: int) -> torch.Tensor:
        """The recorded output of a node."""
        return self.trace.output_of(self.trace.nodes[node])

    def number(self, node: int, index: Index) -> float:
        """One recorded number."""
        return float(self.output(node)[index])
