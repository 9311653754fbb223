"""Where a unit is in the output of its layer.

A unit is (channel, y, x): the tensor's second, third and fourth dimension, whatever they mean there. After ConvNeXt's
permutation to (1, H, W, C) the "channel" is a row; of tokens (1, L, C) it is the token, and y the feature; a vector
(1, F) has y = x = 0. Where the first dimension counts something (several pictures, windows, the channels of an
unbatched map), it counts here too; and of a tensor of more than three such dimensions the first ones are counted
through as one.
"""

from collections.abc import Sequence
from math import prod

from explorer.activations.nodes import Node
from explorer.errors import ModelError

Index = tuple[int, ...]  # the place of a number in its tensor
Unit = tuple[int, int, int]  # channel, y, x; y and x are 0 in a vector


def is_plain(shape: Sequence[int]) -> bool:
    """Whether channel, y and x of its units are dimensions of the tensor's own, of one picture."""
    return len(shape) < 2 or (len(shape) <= 4 and shape[0] == 1)


def sides(shape: Sequence[int]) -> tuple[int, int, int]:
    """How many channels, rows and columns the units of a tensor have."""
    counted = tuple(shape[1:]) if len(shape) > 1 and shape[0] == 1 else tuple(shape)
    if len(counted) > 3:
        counted = (prod(counted[:-2]), *counted[-2:])
    channels, rows, columns = (*counted, 1, 1, 1)[:3]
    return channels, rows, columns


def to_index(node: Node, channel: int, y: int, x: int) -> Index:
    """The place of a unit in its tensor.

    Raises:
        ModelError: the layer has no such unit; says which it has.
    """
    for name, place, size in zip(("channel", "y", "x"), (channel, y, x), sides(node.shape), strict=True):
        if not 0 <= place < size:
            has = f"{name} 0 to {size - 1}" if size else f"no {name}"
            raise ModelError(f"{node.key} has {has}, not {place}; its output is {node.shape}.")
    return counted(_number((channel, y, x), sides(node.shape)), node.shape)


def to_unit(node: Node, index: Index) -> Unit:
    """Channel, y and x of a place; the inverse of `to_index`."""
    if len(index) > 1 and is_plain(node.shape):
        channel, y, x = (*index[1:], 0, 0)[:3]
    else:
        channel, y, x = counted(_number(index, node.shape), sides(node.shape))
    return channel, y, x


def counted(number: int, shape: Sequence[int]) -> Index:
    """The place of a tensor's number, counted through from 0."""
    places = []  # in plain numbers: a receipt of attention has 151,296 terms, and NumPy takes ten times that for each
    for size in reversed(shape):
        number, place = divmod(number, size)
        places.append(place)
    return tuple(reversed(places))


def _number(index: Index, shape: Sequence[int]) -> int:
    """The inverse of `counted`."""
    number = 0
    for place, size in zip(index, shape, strict=True):
        number = number * size + place
    return number
