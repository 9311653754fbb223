"""Networks that torch exported, quantized or scripted as a whole: refused, with what to give instead.

What torch.compile made is opened by its original, and a scripted module within a network is one step
(explorer.activations.shadow); what torch.fx traced is a network like any other.
"""

from typing import Any

import torch
from torch import nn

from explorer.errors import ModelError

EXPORTED = (
    "This network was exported by torch.export: its layers have become single operations; give the network that it was "
    "exported from, with these weights (its state_dict() fits)."
)


def check_is_whole(model: nn.Module) -> None:
    """Refuse a network that has no layers, because torch.jit compiled all of it, or because it was exported.

    Raises:
        ModelError: says what to give instead.
    """
    check_has_layers(model)
    if isinstance(model, torch.jit.ScriptModule):
        raise ModelError(
            "This network was compiled by torch.jit, which leaves no layers to look into; give the network as it was "
            "before, with these weights (its state_dict() fits)."
        )


def check_has_layers(model: nn.Module) -> None:
    """Refuse a network whose layers have become something else, or are nothing yet.

    Raises:
        ModelError: exported, quantized or without numbers; says what to give instead.
    """
    for name, module in model.named_modules():
        kind = type(module)
        if kind.__module__.startswith("torch.") and "quantized" in kind.__module__.split("."):
            raise ModelError(
                f"{name or 'This network'} is a quantized {kind.__name__}, which computes with rounded whole numbers "
                "that cannot be opened here; give the network as it was before it was quantized."
            )
        unflattened = kind.__module__ == "torch.export.unflatten"  # slow to import
        if unflattened or (isinstance(module, torch.fx.GraphModule) and _is_exported(module)):
            raise ModelError(EXPORTED)
    for name, weight in model.named_parameters():
        if nn.parameter.is_lazy(weight) or weight.is_meta:
            raise ModelError(
                f"{name} has no numbers yet: this network is lazy, or on the meta device; give it after its first "
                "forward, or with its weights loaded."
            )


def _is_exported(module: torch.fx.GraphModule) -> bool:
    """Whether its graph calls torch's kernels by themselves, and no layer."""
    return any(node.op == "call_function" and _is_kernel(node.target) for node in module.graph.nodes)


def _is_kernel(target: Any) -> bool:  # noqa: ANN401 -- any function
    return isinstance(target, torch._ops.OpOverload | torch._ops.OpOverloadPacket) and (  # noqa: SLF001 -- no other name
        str(target).startswith(("aten.", "quantized"))
    )
