"""How a layer's numbers lie as maps: feature by feature on the picture's grid, where a tensor has its features last.

A convolution's output is maps already, (1, C, H, W). A transformer keeps its features last: Swin's maps are
(1, H, W, C), ViT's tokens (1, L, C), of which some lie on a grid of patches and the others, such as the class token,
beside it. Which tensors these are is found in a recorded forward: by layer norms and linear layers, which work on the
last dimension, and by where a convolution's maps became tokens. Tokens on no known grid are rows of one table.

A unit's place in the tensor, as receipts have it, is in explorer.activations.units; here is its place in those maps.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Literal

import torch

from explorer.activations.nodes import Node, Trace
from explorer.activations.operations.registry import arguments
from explorer.activations.units import Unit, sides, to_index, to_unit

Kind = Literal["tensor", "maps", "patches", "beside", "table", "groups"]
_BY_FEATURE = frozenset(["linear", "layer_norm", "rms_norm"])  # work on the last dimension
_BY_PLACE = frozenset(["conv2d", "batch_norm", "max_pool2d", "avg_pool2d", "adaptive_avg_pool2d"])  # on the second


@dataclass(frozen=True)
class Layout:
    """Which numbers of a tensor are the maps (C, H, W) that it is shown as.

    "tensor": as its dimensions come, see explorer.activations.units. "maps": (1, H, W, C), "groups": the same where the
    middle two are not the picture's rows and columns but, for example, windows and their tokens. "patches": the tokens
    of (1, L, C) that lie on a grid; "beside": its other tokens, C × count × 1. "table": (1, L, C), a row a token.
    """

    kind: Kind
    shape: tuple[int, ...]  # of the tensor
    sides: tuple[int, int, int]  # of the maps
    first: int = 0  # of tokens, the first on the grid

    @classmethod
    def as_it_comes(cls, shape: tuple[int, ...]) -> "Layout":
        """That of a tensor's own dimensions."""
        return cls("tensor", shape, sides(shape))

    @property
    def is_plain(self) -> bool:
        """Whether it shows maps (1, C, H, W), or a vector (1, F), as they are."""
        return self.kind == "tensor" and len(self.shape) in {2, 4} and self.shape[0] == 1

    @property
    def name(self) -> str:
        """What is written behind the layer's key for the tokens that are shown."""
        return "[class token]" if (self.first, self.sides[1]) == (1, 1) else "[other tokens]"

    def words(self, node: Node, channel: int, y: int, x: int) -> str:
        """Where a cell of the maps is, in words, behind its layer's name: channel and place, or more where it is more.

        Raises:
            ModelError: there is no such cell.
        """
        place = f"ch {channel} ({y}, {x})" if self.sides[1] * self.sides[2] > 1 else f"ch {channel}"
        if self.kind == "patches":
            return f"{place}, token {self.first + y * self.sides[2] + x}"
        if self.kind == "table":
            return f"token {y}, feature {x}"
        alone = self.kind == "beside" and self.sides[1] == 1
        if alone or self.kind == "maps" or self.is_plain:
            return place
        return str(list(to_index(node, *self.unit(node, channel, y, x))))

    def arranged(self, values: torch.Tensor) -> torch.Tensor:
        """A tensor's numbers as maps, (C, H, W).

        Args:
            values: of `shape`.
        """
        if self.kind in {"tensor", "table"}:
            return values.reshape(self.sides)
        tokens = values.reshape(-1, self.shape[-1])
        if self.kind in {"patches", "beside"}:
            tokens = tokens[list(self._tokens)]
        return tokens.T.reshape(self.sides)

    def numbered(self) -> torch.Tensor:
        """Which of the tensor's numbers, counted through from 0, each cell of the maps is: int64 (C, H, W)."""
        return self.arranged(torch.arange(prod(self.shape)).reshape(self.shape))

    def unit(self, node: Node, channel: int, y: int, x: int) -> Unit:
        """The unit of the tensor that is this cell of its maps.

        Raises:
            ModelError: there is no such cell.
        """
        if self.kind == "tensor":
            return channel, y, x
        shown = Node(node.index, node.key, node.kind, "", None, (), {}, (), (1, *self.sides))
        return to_unit(node, self._index(*to_index(shown, channel, y, x)[1:]))

    def cell(self, node: Node, unit: Unit) -> Unit | None:
        """The cell of the maps in which a unit of the tensor is; None if it is in none."""
        if self.kind == "tensor":
            return unit
        place = to_index(node, *unit)
        if self.kind in {"maps", "groups"}:
            return place[3], place[1], place[2]
        token, feature = place[1:]
        if self.kind == "table":
            return 0, token, feature
        shown = self._tokens
        return (feature, *divmod(shown.index(token), self.sides[2])) if token in shown else None

    @property
    def _tokens(self) -> Sequence[int]:
        """The tokens that are shown, cell by cell."""
        count = self.sides[1] * self.sides[2]
        if self.kind == "patches":
            return range(self.first, self.first + count)
        return [*range(self.first), *range(self.shape[1] - count + self.first, self.shape[1])]

    def _index(self, channel: int, y: int, x: int) -> tuple[int, ...]:
        """A cell's place in the tensor."""
        if self.kind in {"maps", "groups"}:
            return 0, y, x, channel
        if self.kind == "table":
            return 0, y, x
        return 0, self._tokens[y * self.sides[2] + x], channel


@dataclass(frozen=True)
class _Grid:
    """Tokens that lie on the picture."""

    rows: int
    columns: int
    first: int  # token


def layouts_of(trace: Trace) -> dict[int, list[Layout]]:
    """The layouts of every operation's output, by its place in the trace: one, or the patches' and the others'."""
    featured, placed = _shapes(trace)
    found: dict[int, list[Layout]] = {}
    grids: dict[int, _Grid] = {}  # by the number of tokens, as they stand at this point of the forward
    for node in trace.nodes:
        shape = node.shape
        if len(shape) == 4 and shape[0] == 1 and shape in featured - placed:
            on_picture = _has_form_of(shape[1:3], trace.nodes[0].shape[-2:])
            found[node.index] = [Layout("maps" if on_picture else "groups", shape, (shape[3], *shape[1:3]))]
        elif len(shape) == 3 and shape[0] == 1:
            _learn(trace, node, grids)
            found[node.index] = _of_tokens(shape, grids.get(shape[1]))
        else:
            found[node.index] = [Layout.as_it_comes(shape)]
    return found


def _shapes(trace: Trace) -> tuple[set[tuple[int, ...]], set[tuple[int, ...]]]:
    """Shapes that come with their features last, and those that come as a convolution's maps."""
    featured, placed = set(), {trace.nodes[0].shape}
    for node in trace.nodes:
        if node.operation in _BY_PLACE:
            placed.add(node.shape)
        elif node.operation in _BY_FEATURE and len(arguments(node).get("normalized_shape", (0,))) == 1:
            featured.add(node.shape)
    return featured, placed


def _has_form_of(grid: tuple[int, ...], picture: tuple[int, ...]) -> bool:
    """Whether rows and columns are as many to each other as the picture's, but for one that rounding takes."""
    return abs(grid[0] * picture[1] - grid[1] * picture[0]) <= max(picture)


def _of_tokens(shape: tuple[int, ...], grid: _Grid | None) -> list[Layout]:
    if grid is None:
        return [Layout("table", shape, (1, shape[1], shape[2]))]
    patches = Layout("patches", shape, (shape[2], grid.rows, grid.columns), grid.first)
    others = shape[1] - grid.rows * grid.columns
    return [patches, *([Layout("beside", shape, (shape[2], others, 1), grid.first)] if others else [])]


def _learn(trace: Trace, node: Node, grids: dict[int, _Grid]) -> None:
    """Take note of a grid where an operation makes tokens of maps, or puts others beside them."""
    if node.operation == "cat":
        for source in (trace.nodes[index] for index in node.inputs):
            grid = grids.get(source.shape[1]) if len(source.shape) == 3 else None
            if grid and source.shape[2] == node.shape[2] and grid.first == 0:
                _learn_beside(trace, node, source, grids, grid)
        return
    if node.operation not in {"permute", "transpose", "swapaxes"} or len(node.inputs) != 1:
        return
    flat = trace.nodes[node.inputs[0]]
    maps = trace.nodes[flat.inputs[0]] if flat.moves and len(flat.inputs) == 1 else None
    if maps and len(maps.shape) == 4 and flat.shape == (1, maps.shape[1], prod(maps.shape[2:])):
        grids[flat.shape[2]] = _Grid(*maps.shape[2:], 0)


def _learn_beside(trace: Trace, node: Node, source: Node, grids: dict[int, _Grid], grid: _Grid) -> None:
    whole, part = trace.output_of(node)[0], trace.output_of(source)[0]
    for first in range(len(whole) - len(part) + 1):
        if torch.equal(whole[first : first + len(part)], part):
            grids[len(whole)] = _Grid(grid.rows, grid.columns, first)
            return
