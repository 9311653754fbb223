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

from explorer.arithmetic.sizes import output_size, pooled_output_size, transposed_output_size

__all__ = ["output_size", "pooled_output_size", "transposed_output_size"]
