"""Attention as torch computes it when nobody looks: in one fused kernel, whose last bits differ from its steps.

nn.MultiheadAttention and nn.TransformerEncoderLayer call such a kernel where they can, but not under a
TorchFunctionMode, and the encoder's not with hooks on it or in it; nn.TransformerEncoder packs what is not padding, and
nothing else, on the same terms. So the steps are what is watched and opened, and what the module gives is then taken
from a copy of it that runs unwatched. Used by explorer.activations.recording and explorer.activations.tracer.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from explorer.activations.shadow import shadow

AtOnce = Callable[[tuple[Any, ...], dict[str, Any]], Any]  # what a module gives; None where it goes by its steps

_ENCODER, _ATTENTION, _PACKING = (
    "_transformer_encoder_layer_fwd",
    "_native_multi_head_attention",
    "_nested_tensor_from_mask",
)
_KERNELS: dict[Any, str] = {
    nn.TransformerEncoder.forward: _PACKING,
    nn.TransformerEncoderLayer.forward: _ENCODER,
    nn.MultiheadAttention.forward: _ATTENTION,
}
_FUSED = (nn.TransformerEncoder, nn.TransformerEncoderLayer, nn.MultiheadAttention)
_STEPS = frozenset(
    ["linear", "addmm", "mm", "bmm", "matmul", "t", "transpose", "native_layer_norm", _ENCODER, _ATTENTION]
)


class _ByStepsError(Exception):
    """Ends a forward that does not come to its kernel."""


class _Probe(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch's has no types
    """Lets a forward go on if its first step is its kernel."""

    def __init__(self, kernel: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.kernel, self.reached = kernel, False

    def __torch_dispatch__(
        self,
        func: Any,  # noqa: ANN401 -- one of torch's kernels
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 -- whatever it gives
        name = func.overloadpacket.__name__
        self.reached = self.reached or name == self.kernel
        if not self.reached and name in _STEPS:
            raise _ByStepsError
        return func(*args, **(kwargs or {}))


def unwatched(module: nn.Module) -> AtOnce | None:
    """What gives a module's output as torch computes it unwatched; None for a module that has no kernel of its own.

    To be called before hooks are added to the module or in it.
    """
    kernel = _KERNELS.get(type(module).forward) if isinstance(module, _FUSED) else None
    if kernel is None or "forward" in module.__dict__:
        return None
    plain = shadow(module)

    def at_once(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:  # noqa: ANN401
        probe = _Probe(kernel)
        try:
            with torch._C.DisableTorchFunction(), probe:  # noqa: SLF001 -- torch has no other way around a mode
                output = plain.forward(*args, **kwargs)
        except Exception:  # noqa: BLE001 -- by its steps; or it fails, and the watched one will say so
            return None
        return output if probe.reached else None

    return at_once


def hooks_at_once(network: nn.Module) -> list[tuple[nn.Module, Callable[..., Any]]]:
    """Hooks, with keyword arguments, that let attention in a network give what it gives unwatched.

    To be called before other hooks are added, and registered before them.
    """

    def taking(at_once: AtOnce) -> Callable[..., Any]:
        def hook(_module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> Any:  # noqa: ANN401
            given = at_once(args, kwargs)
            return output if given is None else given

        return hook

    found = ((module, unwatched(module)) for module in network.modules())
    return [(module, taking(at_once)) for module, at_once in found if at_once is not None]


def by_places(at_once: Any) -> Any:  # noqa: ANN401
    """What nn.MultiheadAttention gives in one kernel, in the order that its steps have: places first, then pictures."""
    return (at_once[0].transpose(0, 1), *at_once[1:])
