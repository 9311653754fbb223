"""What if: the classes that the network would name with a channel silenced, or with no activations or skips at all.

Silenced is set to 0, wherever it is read: what papers call ablation.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.errors import ModelError
from explorer.ui.maps.recording import Floats, Recording, number
from explorer.ui.request import whole

if TYPE_CHECKING:
    import torch

MOST_CHANNELS = 4096
SHOWN_CLASSES = 5


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
    from explorer.activations.linearity import left_bends

    if kind == "activations":
        logits, count = replay.without_activations(recording.trace)
        return logits, _activations_text(count, left_bends(recording.trace))
    if kind == "skips":
        logits, count = replay.without_skips(recording.trace)
        return logits, _skips_text(count)
    layer, channels = request.get("layer"), request.get("channels")
    node, layout = recording.node(layer), recording.layout(layer)
    if not isinstance(channels, list) or not 0 < len(channels) <= MOST_CHANNELS:
        raise ModelError("The channels to silence must be a list of numbers.")
    chosen = [whole({"channel": channel}, "channel", 1_000_000) for channel in channels]
    names = ", ".join(map(str, chosen[:5])) + (" and others" if len(chosen) > 5 else "")
    return replay.silenced(recording.trace, node.key, chosen, layout), f"With channel {names} of {layer} set to 0:"


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
