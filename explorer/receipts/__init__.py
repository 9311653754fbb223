"""Receipts: the sum that made one activation, term by term, from what PyTorch really computed.

`open_unit(model, batch, layer, channel, y, x)` runs the network once and opens one unit. A page keeps the trace of a
photograph and opens as many units as it likes without another run:

    trace = record_trace(model, batch)                # explorer.activations.tracer: one forward
    receipt = open_traced(trace, "layer1.0.conv1", 12, 30, 41)
    receipt.terms[0]                                  # the biggest share: (layer, channel, y, x, amount)

The files: `opening` puts a receipt together from an operation's rule, which stands in its record
(explorer.activations.operations); `moves` finds the way back through operations that only move numbers; `contribution`
is a window's share cell by cell; `record` is what is handed out.

Every share is computed anew in float64 from the recorded inputs and the weights; the network's own number stands beside
the sum. An operation without a rule is shown with its inputs, `covered` is False, and nothing is guessed.
"""

from explorer.receipts.opening import open_unit

__all__ = ["open_unit"]
