"""One input channel's share of a convolution or pooling, cell by cell: patch, kernel and product."""

from dataclasses import dataclass

import numpy as np

from explorer.activations.nodes import Node, Trace
from explorer.activations.operations import convolution as windows
from explorer.activations.operations.call import Call
from explorer.activations.operations.names import NotCoveredError, arguments
from explorer.activations.operations.windows import ADAPTIVE_POOLINGS, POOLINGS
from explorer.activations.units import Index, to_index, to_unit
from explorer.errors import ModelError
from explorer.receipts.moves import WayBack
from explorer.receipts.opening import opened_operation


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
    if node.operation not in {"conv2d"} | POOLINGS | ADAPTIVE_POOLINGS:
        raise ModelError(f"{layer} is no convolution or pooling, but {node.operation}: it looks through no window.")
    try:
        return _opened(trace, way, Call(trace, node), index, source)
    except NotCoveredError as reason:
        raise ModelError(f"The window of {layer} cannot be shown: {reason}.") from reason


def _opened(trace: Trace, way: WayBack, call: Call, index: Index, source: int) -> Contribution:
    if len(index) != 4:
        raise NotCoveredError(f"its output has {len(index)} dimensions instead of 4")
    kernel = _kernel(call, index[1], source) if call.node.operation == "conv2d" else None
    window = windows.window_of(call, index[2], index[3])
    return _contribution(trace, way, call, window, kernel, (index[0], source if kernel is not None else index[1]))


def _kernel(call: Call, channel: int, source: int) -> np.ndarray:
    weight = call.weight()
    per_group = weight.shape[1]
    first = channel // (weight.shape[0] // int(call.get("groups", 1))) * per_group
    if not first <= source < first + per_group:
        raise ModelError(
            f"Channel {channel} of {call.node.key} reads the channels {first} to {first + per_group - 1}, not {source}."
        )
    kernel: np.ndarray = weight[channel, source - first].double().cpu().numpy()
    return kernel


def _contribution(
    trace: Trace, way: WayBack, call: Call, window: windows.Window, kernel: np.ndarray | None, source: Index
) -> Contribution:
    """A window on one channel; `source` is the picture's and the channel's place in the input."""
    feed = trace.nodes[call.ref()]
    patch = np.zeros((len(window.ys), len(window.xs)))
    real = np.ix_(window.rows, window.columns)
    patch[real] = window.cut(trace.output_of(feed)[source][None])[0].numpy()
    padding, rows, columns = window.padding, window.ys, window.xs
    if kernel is None:
        kernel = _pooling_kernel(call, patch, ~padding)
    if feed.moves and feed.operation == "pad" and feed.leaf and not feed.labelled:
        rows, columns, padding, feed = _before_padding(trace, feed, rows, columns)
    first_real = tuple(int(one) for one in np.argwhere(~padding)[0]) if (~padding).any() else (0, 0)
    place = (*source, max(int(rows[first_real[0]]), 0), max(int(columns[first_real[1]]), 0))
    seen = way.visible(feed, place) if (~padding).any() else None
    name, number = (seen[0].key, to_unit(seen[1])[0]) if seen else (feed.key, source[1])
    return Contribution(name, number, patch, kernel, patch * kernel, padding, rows, columns)


def _pooling_kernel(call: Call, patch: np.ndarray, real: np.ndarray) -> np.ndarray:
    kernel = np.zeros_like(patch)
    if "max" in call.node.operation:
        held = np.where(real, patch, -np.inf)
        kernel[np.unravel_index(int(held.argmax()), held.shape)] = 1.0
        return kernel
    include = call.named.get("count_include_pad", True) and call.node.operation == "avg_pool2d"
    divisor = call.get("divisor_override") or (patch.size if include else int(real.sum()))
    kernel[real] = 1.0 / divisor
    return kernel


def _before_padding(
    trace: Trace, pad: Node, rows: np.ndarray, columns: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, Node]:
    """Rows, columns and padding cells as seen from the tensor before an explicit padding (reflect, replicate)."""
    amounts = arguments("pad", pad.args, pad.kwargs)["pad"]
    left, top = int(amounts[0]), int(amounts[2]) if len(amounts) > 2 else 0
    feed = trace.nodes[pad.inputs[0]]
    height, width = feed.shape[-2:]
    rows, columns = rows - top, columns - left
    inside = ((rows >= 0) & (rows < height))[:, None] & ((columns >= 0) & (columns < width))[None]
    return rows, columns, ~inside, feed
