"""What a network computes for one picture, and how it is opened.

recording        every layer's output, through hooks: the one place beside the tracer where hooks are registered
tracer           every operation of a forward, between modules too; writing, nodes: how they are written down
operations       what is known of an operation: one record each, with its rules and its words
borrowing        a network to run, so that nothing of one picture is seen in the answer for another
shadow, keeping  the copy of a network that is watched; whether something of a picture stays behind
buffers          the memory that activations lie in
sparing          which of them need not be kept
standing         the tensors that stand before a forward: constants
units            where a unit is in its layer
receptive_field  where a unit looks
replay           what if: a recorded forward with something changed; influence: what feeds what
patched          the same for pictures that differ in a patch: only what it reaches, by its parts of the maps
linearity        what keeps a network from being one linear map
snippets         lines of PyTorch to take away
"""

from explorer.activations.recording import record

__all__ = ["record"]
