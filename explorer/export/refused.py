"""What a format cannot hold: refused by name before a file is written, as its writer says nothing, or little.

Found by trying torch 2.11's exporter, onnxruntime 1.32 and OpenVINO 2026.4.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from explorer.activations.nodes import Trace
from explorer.activations.operations.registry import arguments
from explorer.errors import ModelError


@dataclass(frozen=True)
class Refusal:
    """One thing that a format cannot hold."""

    operation: str  # how torch's names of it begin
    what: str
    why: str
    applies: Callable[[Mapping[str, Any]], bool] = lambda _named: True  # by the call's arguments


ONNX = (
    Refusal(
        "avg_pool",
        "average pooling with divisor_override",
        "the divisor would be dropped without a word",
        lambda named: named.get("divisor_override") is not None,
    ),
    Refusal("adaptive_max_pool", "adaptive max pooling", "it has no such operation"),
    Refusal("fractional_max_pool", "fractional max pooling", "it has no such operation"),
    Refusal("lp_pool", "power-average pooling", "negative numbers would become none at all"),
)
OPENVINO = (
    *ONNX,
    Refusal(
        "max_pool",
        "max pooling with ceil_mode and padding",
        "it makes the maps a row larger than torch does",
        lambda named: bool(named.get("ceil_mode") and np.any(named.get("padding") or 0)),
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
            if node.operation.startswith(one.operation) and one.applies(arguments(node)):
                msg = f"{form} cannot hold {one.what} ({node.key}): {one.why}. Nothing was written."
                raise ModelError(msg)
