"""What if: the classes that the network would name with a channel silenced, or with no activations or skips at all."""

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.activations.operations import DROPOUTS, MOVES, arguments
from explorer.errors import ModelError
from explorer.ui.maps.recording import Floats, Recording, number
from explorer.ui.request import whole

if TYPE_CHECKING:
    import torch

    from explorer.activations.nodes import Node, Trace

MOST_CHANNELS = 4096
SHOWN_CLASSES = 5

PRODUCTS = frozenset(
    """mul matmul bmm mm addmm einsum linear conv1d conv2d conv3d conv_transpose1d conv_transpose2d
    conv_transpose3d""".split()  # noqa: SIM905 -- thirteen quoted words read worse
)  # linear as long as only one of their operands comes from the picture
LINEAR = (
    MOVES
    | DROPOUTS
    | frozenset(
        """avg_pool1d avg_pool2d avg_pool3d adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d add sub rsub neg
    mean sum to float double""".split()  # noqa: SIM905
    )
)
CONSTANTS = frozenset("new_ones new_zeros new_full new_empty ones_like zeros_like full_like".split())  # noqa: SIM905
PRODUCT, DIVISION = "a product of two activations", "a division by an activation"
BENDS = {
    **dict.fromkeys(("max_pool1d", "max_pool2d", "adaptive_max_pool2d"), "max pooling"),
    **dict.fromkeys(("max", "amax", "maximum"), "a maximum"),
    "layer_norm": "layer normalisation",
    "group_norm": "group normalisation",
    "instance_norm": "instance normalisation",
    "local_response_norm": "response normalisation",
    "clamp": "a clamp",
}


def changed_classes(recording: Recording, kind: str, request: dict[str, Any]) -> dict[str, Any]:
    """The first classes before and after a change, with the probability of each, and the change in words.

    Args:
        kind: "silence", with the request's {"layer", "channels"}, "activations" or "skips".
    Raises:
        ModelError: an unknown layer or channel.
    """
    with recording.network.lock:
        logits, text = _changed(recording, kind, request)
    after = logits[0].detach().float().cpu().numpy().reshape(-1)
    return {"text": text, **_compared(recording, after)}


def _changed(recording: Recording, kind: str, request: dict[str, Any]) -> "tuple[torch.Tensor, str]":
    from explorer.activations import replay

    if kind == "activations":
        logits, count = replay.without_activations(recording.trace)
        return logits, _activations_text(count, left_bends(recording.trace))
    if kind == "skips":
        logits, count = replay.without_skips(recording.trace)
        return logits, _skips_text(count)
    layer, channels = recording.node(request.get("layer")).key, request.get("channels")
    if not isinstance(channels, list) or not 0 < len(channels) <= MOST_CHANNELS:
        raise ModelError("The channels to silence must be a list of numbers.")
    chosen = [whole({"channel": channel}, "channel", 1_000_000) for channel in channels]
    names = ", ".join(map(str, chosen[:5])) + (" and others" if len(chosen) > 5 else "")
    return replay.silenced(recording.trace, layer, chosen), f"With channel {names} of {layer} set to 0:"


def _activations_text(count: int, bends: list[str]) -> str:
    if not count:
        return "This network has no activation functions to take out."
    out = f"With all {count} activations taken out" if count > 1 else "With its only activation taken out"
    if not bends:
        return f"{out}, what is left is one linear map, plus a constant:"
    return f"{out}, it still is no linear map, for there is left: {', '.join(bends)}."


def _skips_text(count: int) -> str:
    if not count:
        return "This network has no shortcuts to take out: nowhere does it add two branches."
    return f"With the shortcut of {count} addition{'s' if count > 1 else ''} taken out:"


def left_bends(trace: "Trace") -> list[str]:
    """What keeps a network from being linear (plus a constant) without its activations, in words; empty if nothing.

    Whatever is not known to be linear is named: the sentence shall never claim too much.
    """
    from explorer.activations.replay import ACTIVATIONS

    moved, wanted = {0}, {trace.node(trace.output).index}
    for node in trace.nodes:
        if moved.intersection(node.inputs) and node.operation not in CONSTANTS:
            moved.add(node.index)
    for node in reversed(trace.nodes):
        if node.index in wanted:
            wanted.update(node.inputs)
    between = [node for node in trace.nodes if node.index in moved & wanted and node.index and not node.moves]
    found = Counter(_bend(node, moved) for node in between if node.operation not in ACTIVATIONS)
    found.pop("", None)
    return [f"{name} ({count} times)" if count > 1 else name for name, count in found.most_common()]


def _bend(node: "Node", moved: set[int]) -> str:
    """Why an operation is not linear in what comes from the picture; empty if it is."""
    from explorer.activations.nodes import Ref

    operation, named = node.operation, arguments(node.operation, node.args, node.kwargs)
    if operation == "batch_norm":
        own = named.get("training", False) or named.get("running_mean") is None
        return "batch normalisation with statistics of this picture" if own else ""
    refs = [arg.index for arg in (*node.args, *node.kwargs.values()) if isinstance(arg, Ref)]
    if operation == "div":
        below = named.get("other")
        return DIVISION if isinstance(below, Ref) and below.index in moved else ""
    if operation in PRODUCTS:
        return PRODUCT if sum(index in moved for index in refs) > 1 else ""
    return "" if operation in LINEAR else BENDS.get(operation, operation)


def _compared(recording: Recording, after: Floats) -> dict[str, Any]:
    before, now = recording.probabilities(recording.logits), recording.probabilities(after)
    order = sorted(
        set(np.argsort(-before)[:SHOWN_CLASSES]) | set(np.argsort(-now)[:SHOWN_CLASSES]), key=lambda i: -now[i]
    )
    classes = [
        {
            "label": recording.network.class_name(int(index)),
            "before": number(before[index]),
            "after": number(now[index]),
            "logit_before": number(recording.logits[index]),
            "logit_after": number(after[index]),
        }
        for index in order
    ]
    return {"classes": classes, "first": classes[0]["label"]}
