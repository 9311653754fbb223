"""A network's layers at an input size: shapes, parameters, multiply-adds, receptive fields; without computing anything.

The forward runs on torch's meta device, where tensors have shapes and no numbers, under the function mode of
`explorer.activations.tracer`: ResNet-50 takes a fifth of a second at any size. (A test holds the windows that meta
accepts against those that a CPU accepts.)

Multiply-adds are half of what torch's FlopCounterMode counts, with two exceptions: what is computed of constants alone
(Swin v2's tables of positions) is left out, and a product with a single vector counts.

A receptive field is followed along every branch; where branches join it spans all of them, and is an upper bound. A
squeeze-and-excitation mixes in the mean of the whole picture, after which a unit does see all of it.

Used by the page's stacks and the endpoint /trace_network. Stacks typed by a visitor are walked by `explorer.stack`,
with no torch at all.

layers     one forward, and the records that come of it
reach      receptive fields through the branches
"""

from explorer.summary.layers import summarise

trace = summarise  # by which scripts know it

__all__ = ["summarise", "trace"]
