"""One input channel's share of a convolution or pooling, cell by cell: patch, kernel and product."""

from dataclasses import dataclass

import numpy as np

from explorer.activations.nodes import Node, Trace
from explorer.activations.operations.call import Call, NotCoveredError
from explorer.activations.operations.registry import arguments, operation_called
from explorer.activations.operations.windows import Look
from explorer.activations.units import Index, to_index, to_unit
from explorer.errors import ModelError
from explorer.receipts.moves import WayBack
from explorer.receipts.opening import opened_call, opened_operation


@dataclass(frozen=True, slots=True, eq=False)
class Contribution:
    """A window on one channel; all arrays are (kernel height, kernel width)."""

    layer: str  # the channel that is looked at, as terms name it
    channel: int
    patch: np.ndarray  # float64; in the padding what the padding holds
    kernel: np.ndarray  # float64: weights; 1 / n for an average, 1 at the winner of a maximum
    product: np.ndarray  # float64; its sum is the term's amount
    padding: np.ndarray  # bool, True where a cell is padding
    rows: np.ndarray  # int (kernel height,): rows of the channel under the window; outside it, in the padding
    columns: np.ndarray  # int (kernel width,)


def open_contribution(trace: Trace, layer: str, channel: int, y: int, x: int, source: int = 0) -> Contribution:
    """Patch × kernel of one input channel for one unit of a convolution or pooling.

    Args:
        layer: key of the convolution or pooling; channel, y and x name its unit, as in `open_traced`.
        source: the input channel: `Term.channel` of the share that is opened. Poolings read their own.

    Raises:
        ModelError: the layer has no window, or the unit does not read that channel.
    """
    node = trace.node(layer)
    way = WayBack(trace)
    node, index = opened_operation(way, node, to_index(node, channel, y, x))
    look_of = operation_called(node.operation).look
    if look_of is None:
        raise ModelError(f"{layer} is no convolution or pooling, but {node.operation}: it looks through no window.")
    try:
        call = opened_call(trace, node)
        return _contribution(trace, way, call, index, _on_channel(node, index, look_of(call, index), source))
    except NotCoveredError as reason:
        raise ModelError(f"The window of {layer} cannot be shown: {reason}.") from reason


def _on_channel(node: Node, index: Index, look: Look, source: int) -> Look:
    """The part of a window that lies on one channel; where terms are not told apart by channel, there is only one.

    Raises:
        NotCoveredError: a window of three dimensions.
        ModelError: a channel that is not read.
    """
    if len(look.cells) > 2:
        raise NotCoveredError(f"it has {len(look.cells)} dimensions instead of 2")
    if not operation_called(node.operation).by_channel:
        return look
    channels = look.channels
    if source not in channels:
        channel = index[-1 - len(look.cells)]
        read = f"the channels {channels[0]} to {channels[-1]}"
        raise ModelError(f"Channel {channel} of {node.key} reads {read}, not {source}.")
    return Look(look.cells, look.sizes, range(source, source + 1), look.kernel[source - channels.start][None])


def _contribution(trace: Trace, way: WayBack, call: Call, index: Index, look: Look) -> Contribution:
    """A window on one channel."""
    feed, axes = trace.nodes[call.ref()], len(look.cells)
    source = (*index[: -1 - axes], look.channels[0])
    shape = [len(cells) for cells in look.cells]
    patch = np.zeros(shape)
    patch[np.ix_(*look.real)] = look.cut(trace.output_of(feed)[source][None])[0].numpy()
    padding, cells = look.padding, look.cells
    kernel = look.kernel[0].numpy()
    if axes == 1:
        padding, patch, kernel, cells = padding[:, None], patch[:, None], kernel[:, None], (*cells, np.zeros(1, int))
    rows, columns = cells
    if axes == 2 and feed.moves and operation_called(feed.operation).puts_in and feed.leaf and not feed.labelled:
        rows, columns, padding, feed = _before_padding(trace, feed, rows, columns)
    first_real = tuple(int(one) for one in np.argwhere(~padding)[0]) if (~padding).any() else (0, 0)
    place = (*source, max(int(rows[first_real[0]]), 0), max(int(columns[first_real[1]]), 0))[: len(source) + axes]
    seen = way.visible(feed, place) if (~padding).any() else None
    name, number = (seen[0].key, to_unit(*seen)[0]) if seen else (feed.key, look.channels[0])
    return Contribution(name, number, patch, kernel, patch * kernel, padding, rows, columns)


def _before_padding(
    trace: Trace, pad: Node, rows: np.ndarray, columns: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, Node]:
    """Rows, columns and padding cells as seen from the tensor before an explicit padding (reflect, replicate)."""
    amounts = arguments(pad)["pad"]
    left, top = int(amounts[0]), int(amounts[2]) if len(amounts) > 2 else 0
    feed = trace.nodes[pad.inputs[0]]
    height, width = feed.shape[-2:]
    rows, columns = rows - top, columns - left
    inside = ((rows >= 0) & (rows < height))[:, None] & ((columns >= 0) & (columns < width))[None]
    return rows, columns, ~inside, feed
