"""Where a tensor's numbers are in its maps: every cell against the tensor itself, and the way back."""

import itertools

import pytest
import torch

from explorer.activations.layouts import Layout
from explorer.activations.nodes import Node
from explorer.activations.units import to_index, to_unit

LAYOUTS = [
    Layout("maps", (1, 3, 4, 5), (5, 3, 4)),
    Layout("groups", (1, 3, 4, 5), (5, 3, 4)),
    Layout("table", (1, 6, 5), (1, 6, 5)),
    *(Layout("patches", (1, 6 + others, 5), (5, 2, 3), first) for others, first in ((0, 0), (1, 1), (3, 2))),
    *(Layout("beside", (1, 6 + others, 5), (5, others, 1), first) for others, first in ((1, 1), (1, 0), (3, 2))),
]


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda one: f"{one.kind} {one.shape} {one.first}")
def test_each_cell_is_one_number_of_the_tensor_and_each_other_number_none(layout):
    node = Node(0, "layer", "", "", None, (), {}, (), layout.shape)
    values = torch.arange(torch.Size(layout.shape).numel()).reshape(layout.shape)
    maps, shown = layout.arranged(values), set()
    for cell in itertools.product(*map(range, layout.sides)):
        unit = layout.unit(node, *cell)
        assert values[to_index(node, *unit)] == maps[cell] == layout.numbered()[cell]
        assert layout.cell(node, unit) == cell
        shown.add(int(maps[cell]))
    assert len(shown) == maps.numel()
    for place in itertools.product(*map(range, layout.shape)):
        assert (layout.cell(node, to_unit(node, place)) is None) == (int(values[place]) not in shown)
