"""What a receipt says: plain records, numbers and names only."""

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

FLOAT32 = 2.0**-23  # the distance from 1 to the next number
LARGEST = (2 - FLOAT32) * 2.0**127  # of float32
FLOOR = 2.0**-118  # below it float32 counts in coarser steps, and what saturates is cut off to 0


class Term(NamedTuple):
    """One share of a sum, and the unit that it came from."""

    layer: str  # key of the operation that made the unit; Trace.picture is the picture's
    channel: int
    y: int
    x: int
    amount: float  # its share of the sum
    value: float | None = None  # the unit's activation, where the share is value × weight
    weight: float | None = None


class ChannelShare(NamedTuple):
    """The terms of one channel together: what a patch × kernel adds to a convolution."""

    layer: str
    channel: int
    amount: float
    cells: int  # how many terms those are
    y: int  # where its biggest term came from
    x: int


class Factor(NamedTuple):
    """The other side of a product of two activations: the gate of a squeeze-and-excitation block."""

    layer: str
    channel: int
    y: int
    x: int
    value: float


class Source(NamedTuple):
    """An input of the operation as a whole."""

    layer: str
    shape: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Receipt:
    """One activation, and the sum that makes it."""

    layer: str
    kind: str  # "Conv2d", or "add" between modules
    operation: str  # torch's name: "conv2d"
    channel: int  # which one was opened
    y: int
    x: int
    value: float  # what the network computed, in its own precision
    recomputed: float | None  # bias + amounts, in float64; None if the operation is not covered
    bias: float  # what is added whatever the inputs are; 0 where there is nothing
    terms: list[Term]  # the biggest amount, by magnitude, first
    formula: str  # the operation in signs: "Σ patch × kernel + bias"
    inputs: list[Source]
    factors: list[Factor]
    covered: bool = True
    note: str = ""  # a sentence, where one is needed
    magnitude: float = 0.0  # of larger numbers that nearly cancel in the sum: their own sum without signs
    step: float = FLOAT32  # from 1 to the next number, in the coarsest precision that the network worked in here

    @property
    def difference(self) -> float | None:
        """Recomputed minus the network's value."""
        return None if self.recomputed is None else self.recomputed - self.value

    @property
    def tolerance(self) -> float:
        """How far apart the two may be for float32 arithmetic: 2e-6 × (|bias| + Σ|amounts|), and 3e-36 at the least.

        A batch norm's bias is shift − mean × scale; where the two cancel, |shift| + |mean × scale| counts in its place.
        In coarser precisions it is larger by as much as their steps are.
        """
        sizes = max(abs(self.bias), self.magnitude) + sum(abs(term.amount) for term in self.terms)
        return 2e-6 * self.step / FLOAT32 * sizes + FLOOR

    @property
    def agrees(self) -> bool:
        """Whether the sum gives the network's value, within its arithmetic; infinite stands for what is too large."""
        if self.recomputed is None or self.difference is None:
            return False
        if math.isnan(self.value):
            return math.isnan(self.recomputed)
        if math.isinf(self.value):
            return abs(self.recomputed) > LARGEST and (self.recomputed > 0) == (self.value > 0)
        return abs(self.difference) <= self.tolerance

    def largest(self, count: int) -> tuple[list[Term], float]:
        """The `count` biggest terms, and the sum of the amounts of all the others."""
        return self.terms[:count], sum(term.amount for term in self.terms[count:])

    def channels(self) -> list[ChannelShare]:
        """The terms summed by the channel that they came from; the biggest sum, by magnitude, first."""
        found: dict[tuple[str, int], list[Term]] = {}
        for term in self.terms:
            found.setdefault((term.layer, term.channel), []).append(term)
        shares = [
            ChannelShare(*where, math.fsum(term.amount for term in terms), len(terms), terms[0].y, terms[0].x)
            for where, terms in found.items()
        ]
        return sorted(shares, key=lambda share: -abs(share.amount))

    def as_dict(self, count: int = 16) -> dict[str, Any]:
        """For JSON: the `count` biggest terms and channels; `rest` is the sum of the `rest_count` other terms."""
        shown, rest = self.largest(count)
        channels = self.channels()
        plain = {name: getattr(self, name) for name in self.__slots__}
        plain["terms"] = [term._asdict() for term in shown]
        plain["factors"] = [factor._asdict() for factor in self.factors]
        plain["inputs"] = [source._asdict() for source in self.inputs]
        return plain | {
            "rest": rest,
            "rest_count": len(self.terms) - len(shown),
            "channels": [share._asdict() for share in channels[:count]],
            "channels_rest": sum(share.amount for share in channels[count:]),
            "channels_count": len(channels),
            "difference": self.difference,
            "tolerance": self.tolerance,
            "agrees": self.agrees,
        }
