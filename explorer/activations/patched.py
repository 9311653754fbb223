"""A recorded forward run again for pictures that differ from its own in a patch: only what a patch reaches is computed.

`Patched(trace, patches)` goes through the recorded operations and works out which rows and columns of each one's output
the patches can change (explorer.activations.parts), up to the first operation that mixes all places: from there on
everything is computed. `run` does so, for all patches at once, and takes the rest from the record. All patches have the
same rows, so that a row of positions goes through in one piece. Used for the effect of hiding a piece.

The idea is that of Nakandala, Kumar & Papakonstantinou 2019, "Incremental and approximate inference for faster
occlusion-based deep CNN explanations" (Krypton), doi:10.1145/3299869.3319874.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch.nn import functional

from explorer.activations.ending import ancestors
from explorer.activations.nodes import Node, Ref, Trace
from explorer.activations.operations.registry import call_of, operation_called
from explorer.activations.parts import WINDOWED, Part, border_of, reached, walks_of
from explorer.activations.replay import result_of
from explorer.errors import ModelError


class Patch(NamedTuple):
    """A patch in the picture: rows top to bottom, columns left to right, ends not included."""

    top: int
    left: int
    bottom: int
    right: int


class Patched:
    """Pictures that differ from the recorded one in one patch each.

    Args:
        trace: one forward of one picture, (1, C, H, W).
        patches: at least one, of the same rows, each within the picture and not empty.

    Raises:
        ModelError: on construction, an operation on the way to the output that cannot be run again.
    """

    def __init__(self, trace: Trace, patches: Sequence[Patch]) -> None:
        self._trace, self._patches, self._end = trace, patches, trace.node(trace.output).index
        self._order = sorted(node.index for node in ancestors(trace, [trace.nodes[self._end]]) if node.index)
        width = max(patch.right - patch.left for patch in patches)
        lefts = tuple(min(patch.left, trace.nodes[0].shape[-1] - width) for patch in patches)
        self._parts = {0: Part(patches[0].top, patches[0].bottom - patches[0].top, lefts, width)}  # others: everything
        for index in self._order:
            node = trace.nodes[index]
            if node.function is None and node.operation != "identity":
                raise ModelError(f"What {node.key} does cannot be run again.")
            if all(one in self._parts for one in node.inputs):
                part = reached(trace, node, [self._parts[one] for one in node.inputs])
                self._parts |= {} if part is None else {index: part}

    @property
    def share(self) -> float:
        """How much of the multiply-adds of a whole forward a patch takes."""
        part, whole = 0.0, 1
        for node in (self._trace.nodes[index] for index in self._order):
            record = operation_called(node.operation)
            if record.mult_adds is not None:
                cost = record.mult_adds(call_of(self._trace, node))
                whole += cost
                part += cost * (self._parts[node.index].share(node.shape) if node.index in self._parts else 1.0)
        return part / whole

    def run(self, value: float) -> torch.Tensor:
        """The network's output for each picture, (patches, ...), where the patches have this number in all channels."""
        with torch.inference_mode(mode=False), torch.no_grad():
            run = _Run(self._trace, self._parts, len(self._patches))
            run.fill_patches(self._patches, value)
            return run.output(self._order, self._end)


class _Run:
    """One run: what is computed of each operation, by its index."""

    def __init__(self, trace: Trace, parts: dict[int, Part], count: int) -> None:
        self._trace, self._part, self._count = trace, parts, count
        self._pieces: dict[int, torch.Tensor] = {}  # (patches, C, height, width) of a part
        self._wholes: dict[int, list[torch.Tensor]] = {}  # where everything is computed: (1, ...), a patch each
        self._standing: dict[int, torch.Tensor] = {}  # recorded maps, (H, W, C)

    def fill_patches(self, patches: Sequence[Patch], value: float) -> None:
        part = self._part[0]
        picture = self._pieces[0] = self._cut(0, part)
        for place, (patch, left) in enumerate(zip(patches, part.lefts, strict=True)):
            picture[place, :, :, patch.left - left : patch.right - left] = value

    def output(self, order: Sequence[int], end: int) -> torch.Tensor:
        last = {one: index for index in order for one in self._trace.nodes[index].inputs}  # who reads it last
        for index in order:
            node = self._trace.nodes[index]
            if index in self._part:
                self._pieces[index] = self._piece_of(node, self._part[index])
            else:
                self._wholes[index] = [self._whole_of(node, place) for place in range(self._count)]
            for done in node.inputs:
                if last[done] == index:
                    for kept in (self._pieces, self._wholes, self._standing):
                        kept.pop(done, None)
        return torch.cat([self._whole(end, place) for place in range(self._count)])

    def _piece_of(self, node: Node, part: Part) -> torch.Tensor:
        if node.operation in WINDOWED:
            return self._windowed(node, part)
        if (border := border_of(node)) is not None:
            return self._patched(node.inputs[0], part.moved(-border[0], -border[1]), border[2])

        def fill(ref: Ref) -> torch.Tensor:
            if self._part[ref.index] != part:
                return self._patched(ref.index, part)
            return self._pieces[ref.index].clone() if node.in_place else self._pieces[ref.index]

        if node.function is None:
            return fill(Ref(node.inputs[0]))
        return result_of(node, *self._trace.filled(node, fill))

    def _windowed(self, node: Node, part: Part) -> torch.Tensor:
        """A convolution or pooling of the cells that the part's windows span, with the padding among them."""
        call = call_of(self._trace, node)
        walks = walks_of(call)
        if walks is None or node.function is None:
            raise ModelError(f"What {node.key} does cannot be run in pieces.")
        border = -torch.inf if node.operation == "max_pool2d" else 0.0
        named = {**call.named, "input": self._patched(call.ref(), part.read_by(walks), border), "padding": 0}
        if node.operation != "conv2d":
            named["ceil_mode"] = False
        return result_of(node, (), named)

    def _patched(self, index: int, part: Part, border: float = 0.0) -> torch.Tensor:
        """Recorded numbers of a node, and those that were computed in their place; `border` beyond the edge."""
        own, piece, cut = self._part[index], self._pieces[index], self._cut(index, part, border)
        first, last = max(own.top, part.top), min(own.top + own.height, part.top + part.height)
        for place, (left, own_left) in enumerate(zip(part.lefts, own.lefts, strict=True)):
            begin, end = max(own_left, left), min(own_left + own.width, left + part.width)
            if first < last and begin < end:
                rows, columns = slice(first - own.top, last - own.top), slice(begin - own_left, end - own_left)
                target = cut[place, :, first - part.top : last - part.top, begin - left : end - left]
                target.copy_(piece[place, :, rows, columns])
        return cut

    def _cut(self, index: int, part: Part, border: float = 0.0) -> torch.Tensor:
        """Recorded numbers of a node at a part, (patches, C, height, width), channels-last."""
        if index not in self._standing:
            self._standing[index] = self._trace.output_of(self._trace.nodes[index])[0].permute(1, 2, 0).contiguous()
        maps, top, bottom = self._standing[index], part.top, part.top + part.height
        before, after = max(0, -min(part.lefts)), max(0, max(part.lefts) + part.width - maps.shape[1])
        above, below = max(0, -top), max(0, bottom - maps.shape[0])
        maps = maps[max(0, top) : bottom]
        if before or after or above or below:
            maps = functional.pad(maps, (0, 0, before, after, above, below), value=border)
        starts = [left + before for left in part.lefts]
        return torch.stack([maps[:, start : start + part.width] for start in starts]).permute(0, 3, 1, 2)

    def _whole_of(self, node: Node, place: int) -> torch.Tensor:
        """All of an operation's output of one picture, as the network computes it."""

        def fill(ref: Ref) -> torch.Tensor:
            given = self._whole(ref.index, place)
            return given.clone() if node.in_place else given

        if node.function is None:
            return fill(Ref(node.inputs[0]))
        return result_of(node, *self._trace.filled(node, fill))

    def _whole(self, index: int, place: int) -> torch.Tensor:
        """All of a node's output of one picture."""
        if index in self._wholes:
            return self._wholes[index][place]
        part, recorded = self._part.get(index), self._trace.output_of(self._trace.nodes[index])
        if part is None or index not in self._pieces:  # of which only the size is asked
            return recorded
        whole = recorded.clone()
        rows, left = slice(part.top, part.top + part.height), part.lefts[place]
        whole[0, :, rows, left : left + part.width] = self._pieces[index][place]
        return whole
