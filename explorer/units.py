"""Where a unit is in the output of its layer.

A unit is (channel, y, x): the tensor's second, third and fourth dimension, whatever they mean there. After ConvNeXt's
permutation to (1, H, W, C) the "channel" is a row; a vector (1, F) has y = x = 0.
"""

from explorer.errors import ModelError
from explorer.trace import Node

Index = tuple[int, ...]


def to_index(node: Node, channel: int, y: int, x: int) -> Index:
    """The place of a unit in its tensor.

    Raises:
        ModelError: the layer has no such unit; says which it has.
    """
    places = (channel, y, x)
    if len(node.shape) > 4:
        raise ModelError(
            f"{node.key} has {len(node.shape)} dimensions {node.shape}: its units have no (channel, y, x)."
        )
    sizes = node.shape[1:] if len(node.shape) > 1 else node.shape
    for name, place, size in zip(("channel", "y", "x"), places, (*sizes, 1, 1, 1), strict=False):
        if not 0 <= place < size:
            raise ModelError(f"{node.key} has {name} 0 to {size - 1}, not {place}; its output is {node.shape}.")
    return (0, *places[: len(sizes)]) if len(node.shape) > 1 else places[: len(sizes)]


def to_unit(index: Index) -> tuple[int, int, int]:
    """Channel, y and x of a place; the inverse of `to_index`."""
    channel, y, x = (*(index[1:] if len(index) > 1 else index), 0, 0, 0)[:3]
    return channel, y, x
