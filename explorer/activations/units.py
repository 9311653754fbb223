"""Where a unit is in the output of its layer.

A unit is (channel, y, x): the tensor's second, third and fourth dimension, whatever they mean there. After ConvNeXt's
permutation to (1, H, W, C) the "channel" is a row; a vector (1, F) has y = x = 0. A tensor of more dimensions, or one
whose first dimension counts something (several pictures, the channels of an unbatched map), has no units.
"""

from explorer.activations.nodes import Node
from explorer.errors import ModelError

Index = tuple[int, ...]  # the place of a number in its tensor
Unit = tuple[int, int, int]  # channel, y, x; y and x are 0 in a vector


def has_units(node: Node) -> bool:
    """Whether every number of a node's output has a (channel, y, x) of its own."""
    return len(node.shape) < 2 or (len(node.shape) <= 4 and node.shape[0] == 1)


def to_index(node: Node, channel: int, y: int, x: int) -> Index:
    """The place of a unit in its tensor.

    Raises:
        ModelError: the layer has no such unit; says which it has.
    """
    places = (channel, y, x)
    if not has_units(node):
        raise ModelError(
            f"{node.key} puts out {node.shape}: more dimensions than one picture's (1, channel, y, x), or several "
            "pictures at once. Its numbers have no (channel, y, x) to open them by."
        )
    sizes = node.shape[1:] if len(node.shape) > 1 else node.shape
    for name, place, size in zip(("channel", "y", "x"), places, (*sizes, 1, 1, 1), strict=False):
        if not 0 <= place < size:
            raise ModelError(f"{node.key} has {name} 0 to {size - 1}, not {place}; its output is {node.shape}.")
    return (0, *places[: len(sizes)]) if len(node.shape) > 1 else places[: len(sizes)]


def to_unit(index: Index) -> Unit:
    """Channel, y and x of a place; the inverse of `to_index`."""
    channel, y, x = (*(index[1:] if len(index) > 1 else index), 0, 0, 0)[:3]
    return channel, y, x
