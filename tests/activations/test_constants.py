"""Numbers that do not come from the picture: they are what they are, see nothing, and leave their neighbours alone."""

import pytest
import torch
from torch.nn import functional

from explorer.activations.receptive_field import Box, ReceptiveFields
from explorer.receipts.opening import open_traced
from tests.receipts.checks import checked, traced

# Each puts constants beside the maps (1, 4, 7, 9) of a convolution: the constant channel is the one after them.
BESIDE = {
    "columns": lambda y: torch.cat([y, torch.arange(9).expand(1, 1, 7, 9)], 1),
    "rows first in a list": lambda y: torch.concat([y, torch.arange(7).view(1, 1, 7, 1).expand(1, 1, 7, 9)], dim=1),
    "a boolean border": lambda y: torch.cat((y, (torch.arange(63) % 9 == 0).view(1, 1, 7, 9)), 1),
    "bytes": lambda y: torch.cat([y, torch.full((1, 2, 7, 9), 200, dtype=torch.uint8)], 1),
    "doubles": lambda y: torch.cat([y.double(), torch.linspace(0, 1, 63, dtype=torch.float64).view(1, 1, 7, 9)], 1),
    "zeros for more channels": lambda y: torch.cat([y, torch.zeros(1, 2, *y.shape[2:])], 1),
    "ones like a map": lambda y: torch.cat([y, torch.ones_like(y[:, :1])], 1),
    "new zeros": lambda y: torch.cat([y, y.new_zeros(1, 1, 7, 9)], 1),
    "channels of padding": lambda y: functional.pad(y, (0, 0, 0, 0, 0, 2)),
    "a stack": lambda y: torch.stack([y, torch.arange(63).view(7, 9).expand(1, 4, 7, 9)], 1).flatten(1, 2),
}


@pytest.mark.parametrize("name", BESIDE)
def test_a_constant_beside_maps_is_its_own_number_and_leaves_fields_small(name):
    _, _, trace = traced(lambda net, x: BESIDE[name](net.conv(x)))
    node = trace.node(trace.output)
    expected = BESIDE[name](trace.tensor("conv"))
    fields = ReceptiveFields(trace)
    for y, x in [(0, 0), (3, 4), (6, 8)]:
        for channel in range(node.shape[1]):
            receipt = open_traced(trace, node.key, channel, y, x)
            assert receipt.covered
            assert receipt.agrees
            assert receipt.value == receipt.recomputed == float(expected[0, channel, y, x])
        assert fields.box(node.key, 2, y, x) == Box(y, x, y + 3, x + 3, ())
        assert fields.box(node.key, 4, y, x) == Box(0, 0, 0, 0, ())


def test_a_convolution_over_maps_and_columns_sees_what_it_sees_of_the_maps():
    def run(net, x):
        y = net.conv(x)
        columns = torch.arange(y.shape[3]).view(1, 1, 1, -1).expand(1, 1, *y.shape[2:])
        return net.after(torch.cat([y, columns], 1))

    _, _, trace = traced(run, after=torch.nn.Conv2d(5, 2, 3))
    receipt = checked(trace, trace.node("after"), (1, 2, 3))
    columns = {(term.y, term.x): term.value for term in receipt.terms if (term.layer, term.channel) == ("cat", 4)}
    assert columns == {(y, x): float(x) for y in (2, 3, 4) for x in (3, 4, 5)}
    assert ReceptiveFields(trace).box("after", 1, 2, 3) == Box(2, 3, 7, 8, ())
