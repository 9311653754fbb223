"""The record of an operation: all that this project knows of one torch function, in one place.

Receipts, receptive fields, what-if runs, costs and the page read it from here. Only where the question is not what an
operation computes but what it is for (a softmax at the end, the linear layer of a head) is it looked for by name. The
records themselves stand in the files beside this one, by kind, and `registry` finds them by name.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch

from explorer.activations.nodes import Node
from explorer.activations.operations.call import Call, NotCoveredError, Shares
from explorer.activations.operations.intervals import Step
from explorer.activations.operations.windows import Look
from explorer.activations.units import Index
from explorer.arithmetic.fields import Window
from explorer.arithmetic.rules import Kind

Arguments = Mapping[str, Any]  # by name; those left out are left out

# Computed again, an output has the same bits each time, by whatever kernel; or it is one pass over its inputs, and that
# its bits are the same is tried when it is recorded.
Again = Literal["never", "same", "tried"]

LINEAR = ""  # how an operation bends what comes from the picture: not at all
PRODUCT = "a product of two activations"

# What torch takes for these names too: numpy's, and those of torch.dropout.
_ALIASES = {
    "axis": "dim", "keepdims": "keepdim", "x": "input", "a": "input", "x1": "input", "x2": "other", "train": "training",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One torch function. Whatever has no rule here is shown, and said not to be covered: nothing is guessed."""

    name: str  # torch's, the same for method, operator and in-place form
    also: tuple[str, ...] = ()  # other names that torch has for it
    arguments: tuple[str, ...] = ("input", "inplace")  # in torch's order, "*rest" for as many as are given
    by_name_alone: tuple[str, ...] = ()  # arguments that torch takes by name only
    reads: tuple[str, ...] = ("input",)  # arguments that its rules expect from the picture; all others are settings

    # Its receipt: the sum that makes one number of its output.
    receipt: Callable[[Call, Index], Shares] | None = None
    look: Callable[[Call, Index], Look] | None = None  # of an operation with windows: the cells that one number reads

    # What it makes of any number of a channel, float64 (N,), where it makes one number of one: its curve.
    curve: Callable[[Call, int, torch.Tensor], torch.Tensor] | None = None

    # Its receptive field: the intervals of its output, from those of its inputs.
    field: Callable[[Step], torch.Tensor] | None = None
    windows: Callable[[Call], tuple[Window, ...]] | None = None  # how its window walks along height and width
    window_kind: Kind | None = None

    # Whether every number of its output is one of its input's numbers, wherever it went; its settings may decide.
    moves: bool | Callable[[Arguments], bool] = False
    came_from: Callable[[Node, Node, Index], Index] | None = None  # (node, source, place) -> place in the source
    sized_as: bool = False  # takes the size of another tensor, and none of its numbers
    puts_in: str = ""  # the argument that holds the number that it puts beside those it moves: the padding's
    may_do_nothing: bool = False  # where it gives back the very tensor that it got, it is not worth a node
    # Whether its output is done again when asked for, and not kept; its settings may decide (activations.sparing).
    again: Again | Callable[[Arguments], Again] = "never"
    constant: bool = False  # nothing of what it is given goes into its numbers

    # What if: whether it is an activation function, which can be taken out; and why it is not linear in what comes from
    # the picture, in words: LINEAR if it is, None for its name. A rule is given the arguments, and the names of those
    # that come from the picture.
    activation: bool = False
    bend: str | Callable[[Arguments, Sequence[str]], str] | None = None

    joins: bool = False  # whether it adds branches, of which one is a shortcut

    mult_adds: Callable[[Call], int] | None = None  # None for what is not counted

    # Its words on the page.
    bias_word: str = "bias"  # what is added whatever the inputs are
    factor_words: str = "times"  # before the numbers beside a term
    window_words: str = ""  # above the cells of a window, before the channel's number
    by_channel: bool = False  # whether its terms are put together by the channel that they came from
    pools: bool = False  # whether its numbers stand for whole maps, which are then shown behind them

    def named(self, args: Sequence[Any], kwargs: Arguments) -> dict[str, Any]:
        """The arguments of a call by name, as torch's documentation calls them; those left out are left out."""
        names = self.arguments
        named: dict[str, Any] = {}
        if names[-1][0] == "*":
            named[names[-1][1:]], args = tuple(args[len(names) - 1 :]), args[: len(names) - 1]
        named |= {names[at] if at < len(names) else f"argument {at + 1}": value for at, value in enumerate(args)}
        for name, value in kwargs.items():
            named[name if name in names else _ALIASES.get(name, name)] = value
        return named

    def known(self, args: Sequence[Any], kwargs: Arguments) -> dict[str, Any]:
        """The same, for a rule that must not overlook an argument.

        Raises:
            NotCoveredError: there is one that the operation is not known to take.
        """
        named = self.named(args, kwargs)
        known = {name.lstrip("*") for name in (*self.arguments, *self.by_name_alone)}
        for name, value in named.items():
            if value is not None and name not in known:
                raise NotCoveredError(f"its argument {name!r} is not known here")
        return named


def bends_with_two(words: str = LINEAR) -> Callable[[Arguments, Sequence[str]], str]:
    """The rule of a product: linear as long as only one of its operands comes from the picture."""

    def bend(_named: Arguments, moving: Sequence[str]) -> str:
        return PRODUCT if len(moving) > 1 else words

    return bend
