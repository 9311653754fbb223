"""What a format cannot hold: refused by name before a file is written, as its writer says nothing, or little.

Found by trying torch 2.11's exporter, onnxruntime 1.32 and OpenVINO 2026.4.
"""

from collections.abc import Callable
from dataclasses import dataclass

from explorer.activations.nodes import Trace
from explorer.activations.operations.call import Call
from explorer.activations.operations.pooling import windows
from explorer.activations.operations.registry import call_of
from explorer.errors import ModelError


@dataclass(frozen=True)
class Refusal:
    """One thing that a format cannot hold."""

    operation: str  # how torch's names of it begin
    what: str
    why: str
    applies: Callable[[Call], bool] | None = None  # None: whatever its arguments


def _leaves_out_a_window(call: Call) -> bool:
    """Whether torch's size is not ⌈(size + 2 × padding − dilation × (kernel − 1) − 1) / stride⌉ + 1 along an axis."""
    if not call.get("ceil_mode"):
        return False
    walks = windows(call)
    reach = [
        size + 2 * walk.padding - walk.dilation * (walk.kernel_size - 1) - 1
        for size, walk in zip(call.shape_of()[-len(walks) :], walks, strict=True)
    ]
    whole = [-(-room // walk.stride) + 1 for room, walk in zip(reach, walks, strict=True)]
    return tuple(whole) != call.node.shape[-len(walks) :]


ONNX = (
    Refusal(
        "avg_pool",
        "average pooling with divisor_override",
        "the divisor would be dropped without a word",
        lambda call: call.get("divisor_override") is not None,
    ),
    Refusal("adaptive_max_pool", "adaptive max pooling", "it has no such operation"),
    Refusal("fractional_max_pool", "fractional max pooling", "it has no such operation"),
    Refusal("lp_pool", "power-average pooling", "negative numbers would become none at all"),
)
OPENVINO = (
    *ONNX,
    Refusal(
        "max_pool",
        "max pooling with ceil_mode whose last window begins in the padding",
        "it keeps that window, which torch leaves out, so that the maps are a row larger",
        _leaves_out_a_window,
    ),
)


def check_holdable(trace: Trace, form: str, refusals: tuple[Refusal, ...]) -> None:
    """Refuse a network with an operation that the format cannot hold.

    Args:
        form: what the format is called.

    Raises:
        ModelError: names the operation, its layer, and why.
    """
    for node in trace.nodes:
        for one in refusals:
            if not node.operation.startswith(one.operation):
                continue
            if one.applies is None or one.applies(call_of(trace, node)):
                msg = f"{form} cannot hold {one.what} ({node.key}): {one.why}. Nothing was written."
                raise ModelError(msg)
