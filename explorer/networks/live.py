"""A model that lives in somebody's program and goes on changing: seen to have changed, and taken as it is now."""

from typing import Any

import numpy as np
import torch
from torch import nn

from explorer.activations.shadow import shadow
from explorer.errors import ModelError

_PLAIN = frozenset([int, float, complex, bool, str, type(None)])
_BITS = {1: torch.int8, 2: torch.int16, 4: torch.int32, 8: torch.int64}  # by the bytes of an element
_WORDS = frozenset([torch.float32, torch.float64, torch.int64])  # which NumPy adds up as whole words
_INTERNAL = frozenset(vars(nn.Module()))


def model_version(model: nn.Module) -> int:
    """A number that changes when the model does: its weights and buffers, their bits, its modules, hooks and settings.

    A tensor's version counter alone does not tell of what is written through `.data`, so its bits are added up as well.
    """
    parts: list[Any] = []
    for name, module in model.named_modules(remove_duplicate=False):
        held = module.__dict__
        settings = [(key, _setting(value)) for key, value in held.items() if key not in _INTERNAL]
        hooks = [
            (key, id(hook)) for table in ("_forward_hooks", "_forward_pre_hooks") for key, hook in held[table].items()
        ]
        parts += [name, id(module), type(module), *settings, *hooks]
        for key, tensor in [*module._parameters.items(), *module._buffers.items()]:  # noqa: SLF001 -- None too
            parts.append((key, None if tensor is None else _signs(tensor)))
    return hash(tuple(parts))


def frozen_copy(model: nn.Module) -> nn.Module:
    """The model as it is now, in evaluation mode: what goes on with the model itself does not reach it.

    Raises:
        ModelError: weights without numbers.
    """
    if any(weight.is_meta for weight in model.parameters()):
        raise ModelError("This network's weights are on the meta device and have no numbers.")
    twin = shadow(model)
    made: dict[int, nn.Parameter] = {}  # a weight that is held twice is one weight still
    for module in twin.modules():
        for name, weight in module._parameters.items():  # noqa: SLF001 -- assigning would register it anew
            if weight is not None:
                if id(weight) not in made:
                    made[id(weight)] = nn.Parameter(weight.detach().clone(), requires_grad=weight.requires_grad)
                module._parameters[name] = made[id(weight)]  # noqa: SLF001
    return twin


def _signs(tensor: torch.Tensor) -> tuple[Any, ...]:
    """What changes of a tensor when anything is written into it."""
    version = 0 if tensor.is_inference() else tensor._version  # noqa: SLF001 -- torch has no other
    return id(tensor), version, tensor.shape, tensor.dtype, tensor.device, _sum_of_bits(tensor.detach())


def _sum_of_bits(plain: torch.Tensor) -> int | None:
    """A tensor's bits as whole numbers, added up; None where there are none to be read."""
    if plain.dtype in _WORDS and plain.device.type == "cpu" and plain.is_contiguous():  # NumPy is far quicker
        numbers = plain.numpy().reshape(-1)
        return int(np.add.reduce(numbers.view(np.int32 if numbers.nbytes % 8 else np.int64), dtype=np.int64))
    if plain.is_complex():
        plain = torch.view_as_real(plain)
    bits = _BITS.get(plain.element_size())
    if bits is None or plain.layout != torch.strided or plain.is_quantized or plain.is_meta:
        return None
    return int(plain.contiguous().view(bits).sum(dtype=torch.int64))


def _setting(value: Any) -> Any:  # noqa: ANN401 -- any attribute
    """What stands for a module's attribute: its value where that is plain, or which function it is."""
    if type(value) in _PLAIN:
        return type(value), value
    if type(value) is tuple:
        return tuple(map(_setting, value))
    return id(value) if callable(value) and not isinstance(value, nn.Module) else None
