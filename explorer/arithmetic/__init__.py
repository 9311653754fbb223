"""The arithmetic of sizes, with no tensor in sight: pure Python, right wherever PyTorch is.

sizes     output_size, pooled_output_size, transposed_output_size, adaptive_output_size: accepted where torch accepts
rules     one axis of a layer as a record: why it is refused, the nearest settings that are legal or waste nothing
windows   which input cells each output cell reads; coverage, unread cells
fields    receptive field, jump and start, layer after layer
costs     parameters, multiply-adds, bytes of an activation
formulas  the formula with its numbers plugged in, the floor visible

Used by `explorer.stack`, the tracer of networks and the page; the page's JavaScript repeats `rules`, `windows` and
`formulas`, and both are tested against one table.
"""

from explorer.arithmetic.costs import activation_memory, check_groups, mult_adds, parameters
from explorer.arithmetic.fields import Field, jump, receptive_field
from explorer.arithmetic.formulas import formula
from explorer.arithmetic.rules import Axis, Change, nearest_legal, nearest_without_waste, refusal, waste
from explorer.arithmetic.sizes import (
    adaptive_output_size,
    axis_output_size,
    output_size,
    pooled_output_size,
    transposed_output_size,
)
from explorer.arithmetic.windows import coverage, taps, unread

__all__ = [
    "Axis",
    "Change",
    "Field",
    "activation_memory",
    "adaptive_output_size",
    "axis_output_size",
    "check_groups",
    "coverage",
    "formula",
    "jump",
    "mult_adds",
    "nearest_legal",
    "nearest_without_waste",
    "output_size",
    "parameters",
    "pooled_output_size",
    "receptive_field",
    "refusal",
    "taps",
    "transposed_output_size",
    "unread",
    "waste",
]
