"""How much each map of one layer moves chosen units of a later one: gradient × value, summed over the map.

Exact where what lies between is linear (average pooling and a linear head: weight × mean of the map). Across ReLUs and
max pooling it is exact for the way the units are switched for this picture, up to a constant. Used by the sheet's wires
and by the sorting of maps by what they give to a class. Receipts, which leave nothing out, are in explorer.receipts.
"""

from collections.abc import Sequence

import torch
from torch import nn

from explorer.activations import call_key, check_one_picture, first_tensor
from explorer.errors import ModelError
from explorer.shadow import shadow

Unit = tuple[int, int, int]  # channel, y, x; y and x are 0 in a vector


def influences(
    model: nn.Module, batch: torch.Tensor, keys: Sequence[str], units: Sequence[Sequence[Unit]]
) -> list[torch.Tensor]:
    """Gradient × value of each layer's channels with respect to units of the layer named after it.

    Args:
        batch: float32 (1, C, H, W).
        keys: layers in the order of the forward, at least two; keys as `explorer.activations.record` gives them.
        units: for each key but the first, the units of that layer.
    Returns:
        For each key but the first a float32 (units, channels of the layer before), on the CPU.
    Raises:
        ModelError: a key that this forward does not reach, or a unit that its layer does not have.
    """
    check_one_picture(batch)
    outputs = _outputs(model, batch, set(keys))
    missing = [key for key in keys if key not in outputs]
    if missing:
        raise ModelError(f"The forward never reaches {', '.join(missing)}.")
    return [
        _one_gap(outputs[source], outputs[target], chosen)
        for source, target, chosen in zip(keys, keys[1:], units, strict=False)
    ]


def _one_gap(source: torch.Tensor, target: torch.Tensor, units: Sequence[Unit]) -> torch.Tensor:
    rows = []
    for channel, y, x in units:
        row = torch.zeros(source.shape[1])
        try:
            value = target[0, channel] if target.ndim == 2 else target[0, channel, y, x]
        except IndexError as error:
            shape = tuple(target.shape[1:])
            raise ModelError(f"A layer of shape {shape} has no unit ({channel}, {y}, {x}).") from error
        if value.requires_grad:
            (gradient,) = torch.autograd.grad(value, source, retain_graph=True, allow_unused=True)
            if gradient is not None:
                row = (gradient * source).detach().reshape(source.shape[1], -1).sum(dim=1).cpu()
        rows.append(row)
    return torch.stack(rows) if rows else torch.zeros(0, source.shape[1])


def _outputs(model: nn.Module, batch: torch.Tensor, wanted: set[str]) -> dict[str, torch.Tensor]:
    """The outputs of the wanted layers in one forward, joined by their graph of gradients."""
    network = shadow(model)
    found: dict[str, torch.Tensor] = {}
    calls: dict[str, int] = {}

    def keeping(name: str) -> None:
        def keep(_module: nn.Module, _inputs: object, output: object) -> object:
            call = calls.get(name, 0)
            calls[name] = call + 1
            tensor = first_tensor(output)
            if call_key(name, call) not in wanted or tensor is None or not isinstance(output, torch.Tensor):
                return output
            found[call_key(name, call)] = output
            return output.clone()  # what is written in place afterwards must not change what is kept

        modules[name].register_forward_hook(keep)

    modules = dict(network.named_modules())
    for key in wanted:
        name, _, call = key.rpartition(":")
        known = name if name and call.isdecimal() else key
        if known in modules:
            keeping(known)
    with torch.enable_grad():
        network(batch.detach().clone().requires_grad_())
    return found
