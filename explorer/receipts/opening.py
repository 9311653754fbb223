"""Opening a unit: from a place in the network to the receipt of its sum."""

import torch
from torch import nn

from explorer.activations.nodes import Node, Trace
from explorer.activations.operations.call import Call, NotCoveredError, Share, Shares
from explorer.activations.operations.registry import call_of, operation_called
from explorer.activations.tracer import record_trace
from explorer.activations.units import Index, is_plain, to_index, to_unit
from explorer.errors import ModelError
from explorer.receipts.moves import WayBack
from explorer.receipts.record import FLOAT32, Factor, Receipt, Source, Term


def open_unit(model: nn.Module, batch: torch.Tensor, layer: str, channel: int, y: int = 0, x: int = 0) -> Receipt:
    """The sum that made one activation; runs the network once.

    Args:
        batch: float32 (1, C, H, W).
        layer: key of a leaf's call ("layer1.0.relu:1"), of an operation between modules ("layer1.0.add") or of a block.
        channel: place in the output's second dimension; y and x in the third and fourth, 0 for vectors.

    Raises:
        ShapeError: the batch does not hold one picture.
        ModelError: an unknown layer, or one that has no such unit.
    """
    return open_traced(record_trace(model, batch), layer, channel, y, x)


def open_traced(trace: Trace, layer: str, channel: int, y: int = 0, x: int = 0) -> Receipt:
    """The sum that made one activation of a recorded forward; arguments and errors as of `open_unit`."""
    node = trace.node(layer)
    return _Opening(trace, node).receipt(to_index(node, channel, y, x))


def opened_operation(way: WayBack, node: Node, index: Index) -> tuple[Node, Index]:
    """The operation that computed a unit: for a leaf module that ends in a mere permutation, the one before it."""
    place = way.step(node, index) if node.moves and node.labelled else None
    while place is not None and place[0].leaf == node.leaf:
        if not place[0].moves:
            return place
        place = way.step(*place)
    return node, index


def opened_call(trace: Trace, node: Node) -> Call:
    """An operation's arguments, if its recorded output is what its rule tells of.

    Raises:
        NotCoveredError: an argument that is not known, a result that is not the operation's first, or complex numbers.
    """
    if node.part:
        raise NotCoveredError(f"this is number {node.part + 1} of its results, such as where the largest stood")
    if node.is_complex or any(trace.nodes[one].is_complex for one in node.inputs):
        raise NotCoveredError("it works with complex numbers")
    return call_of(trace, node)


class _Opening:
    """One unit being opened."""

    def __init__(self, trace: Trace, node: Node) -> None:
        self._trace = trace
        self._node = node
        self._way = WayBack(trace)

    def receipt(self, index: Index) -> Receipt:
        node, where = opened_operation(self._way, self._node, index)
        value = self._value(node, where)
        covered, note = True, ""
        try:
            shares = self._shares(node, where)
            (bias, terms), factors = self._terms(shares), self._factors(shares)
            note = shares.note
        except NotCoveredError as reason:
            shares, bias, terms, factors = Shares("", []), 0.0, [], []
            covered, note = False, f"This explorer cannot take {node.operation} apart: {reason}. Its inputs are shown."
        channel, y, x = to_unit(self._node, index)
        if node.index == 0:
            note = "A number of the picture itself, as the network got it."
        return Receipt(
            layer=self._node.key, kind=self._node.kind, operation=node.operation, channel=channel, y=y, x=x,
            value=value, recomputed=bias + sum(term.amount for term in terms) if covered else None, bias=bias,
            terms=terms, formula=shares.formula, inputs=self._inputs(node), factors=factors,
            covered=covered, note=note, magnitude=shares.magnitude, step=self._step(node),
        )  # fmt: skip

    def _shares(self, node: Node, index: Index) -> Shares:
        if node.index == 0:
            return Shares("a pixel", [], float(self._trace.output_of(node)[index].detach().double()))
        if node.moves:
            place = self._way.step(node, index)
            if place is None:
                value = float(self._trace.output_of(node)[index].detach().double())
                return Shares("a constant", [], value, note="Put in by the operation (padding), not computed.")
            value = self._value(*place)
            return Shares("the same number", [Share(place[0].index, place[1], value, value, 1.0)])
        rule = operation_called(node.operation).receipt
        if rule is None:
            raise NotCoveredError("it has no rule for it")
        return rule(opened_call(self._trace, node), index)

    def _value(self, node: Node, index: Index) -> float:
        """One recorded number, found without moving whole tensors about.

        Raises:
            ModelError: it is complex.
        """
        while node.moves:
            place = self._way.step(node, index)
            if place is None:
                break
            node, index = place
        number = self._trace.output_of(node)[index]
        if number.is_complex():
            raise ModelError(f"{node.key} holds complex numbers, which this explorer cannot show as one value.")
        return float(number.detach().double())

    def _step(self, node: Node) -> float:
        """From 1 to the next number in the coarsest precision of an operation's inputs and output."""
        of = [node, *(self._trace.nodes[one] for one in node.inputs)]
        kinds = [self._trace.output_of(one).dtype for one in of if not one.moves]
        return max([FLOAT32, *(torch.finfo(kind).eps for kind in kinds if kind.is_floating_point)])

    def _terms(self, shares: Shares) -> tuple[float, list[Term]]:
        bias, terms = shares.bias, []
        for share in shares.shares:
            place = self._way.visible(self._trace.nodes[share.node], share.place)
            if place is None:
                bias += share.amount
                continue
            terms.append(Term(place[0].key, *to_unit(*place), share.amount, share.value, share.weight))
        terms.sort(key=lambda term: -abs(term.amount))
        return bias, terms

    def _factors(self, shares: Shares) -> list[Factor]:
        found = []
        for share in shares.factors:
            place = self._way.visible(self._trace.nodes[share.node], share.place)
            if place is not None:
                found.append(Factor(place[0].key, *to_unit(*place), share.amount))
        return found

    def _inputs(self, node: Node) -> list[Source]:
        found = []
        for one in node.inputs:
            source = self._trace.nodes[one]
            while (
                source.inputs and source.moves and (not is_plain(source.shape) or (source.leaf and not source.labelled))
            ):
                source = self._trace.nodes[source.inputs[0]]
            found.append(Source(source.key, source.shape))
        return found
