"""Softmax and its logarithm: one number of a row, held against all of them."""

import math

import torch

from explorer.activations.operations.call import Call, NotCoveredError, Share, Shares
from explorer.activations.operations.intervals import Step, over
from explorer.activations.operations.record import Operation
from explorer.activations.units import Index

_SHOWN = 3  # of the other numbers of the row
_AGAINST = "held against the whole row, of which the largest others are"


def _dimension(call: Call) -> int:
    """Along which dimension the row lies.

    Raises:
        NotCoveredError: it is not said; torch then guesses, with a warning.
    """
    given, count = call.get("dim"), len(call.node.shape)
    if given is None:
        return 0 if count in {0, 1, 3} else 1  # torch.nn.functional.softmax, when it is not told
    if not isinstance(given, int):
        raise NotCoveredError("its dimension is no number")
    return given % max(count, 1)


def _row(call: Call, index: Index) -> tuple[int, torch.Tensor]:
    """The dimension, and the numbers along it through one place: float64 (n,)."""
    dimension = _dimension(call)
    cut = tuple(slice(None) if at == dimension else place for at, place in enumerate(index))
    return dimension, call.output(call.ref())[cut].double().cpu()


def _rivals(call: Call, index: Index, dimension: int, row: torch.Tensor) -> list[Share]:
    """The largest of the other numbers of the row: with them it shares the sum."""
    source = call.ref()
    order = [int(place) for place in row.argsort(descending=True)[: _SHOWN + 1] if place != index[dimension]]
    places = [(*index[:dimension], place, *index[dimension + 1 :]) for place in order[:_SHOWN]]
    return [Share(source, place, float(row[place[dimension]]), float(row[place[dimension]])) for place in places]


def _softmax(call: Call, index: Index) -> Shares:
    """One share, exp(v) over the sum of exp of the whole row, which is taken as a number.

    As torch does, the row's largest is taken off first: that changes nothing but the size of the numbers.
    """
    dimension, row = _row(call, index)
    value, largest = float(row[index[dimension]]), float(row.max())
    total = float((row - largest).exp().sum())
    amount = math.exp(value - largest) / total
    formula = f"exp(v − {largest:.9g}) / {total:.9g}: less the largest, over the sum of the same for all {len(row)}"
    shares = Shares(formula, [Share(call.ref(), index, amount, value)])
    shares.factors = _rivals(call, index, dimension, row)
    shares.magnitude = amount * abs(value - largest)  # what rounding v − largest may move it by
    return shares


def _log_softmax(call: Call, index: Index) -> Shares:
    """One share, v itself; the logarithm of the row's sum of exp is what is taken off."""
    dimension, row = _row(call, index)
    value = float(row[index[dimension]])
    shares = Shares(f"v − ln Σ exp, over all {len(row)}", [Share(call.ref(), index, value, value, 1.0)])
    shares.bias = -float(row.logsumexp(0))
    shares.factors = _rivals(call, index, dimension, row)
    return shares


def _field(step: Step) -> torch.Tensor:
    return over(step, [_dimension(step.call)])


_SOFTMAX = Operation(
    name="softmax",
    arguments=("input", "dim", "_stacklevel", "dtype"),
    receipt=_softmax,
    field=_field,
    bend="softmax",
    factor_words=_AGAINST,
)
_LOG_SOFTMAX = Operation(
    name="log_softmax",
    arguments=("input", "dim", "_stacklevel", "dtype"),
    receipt=_log_softmax,
    field=_field,
    bend="log softmax",
    bias_word="− ln Σ exp",
    factor_words=_AGAINST,
)
OPERATIONS = (_SOFTMAX, _LOG_SOFTMAX)
