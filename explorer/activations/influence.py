"""How much each map of one layer moves chosen units of a later one: gradient × value, summed over the map.

Exact where what lies between is linear (average pooling and a linear head: weight × mean of the map). Across ReLUs and
max pooling it is exact for the way the units are switched for this picture, up to a constant. Used by the sheet's wires
and by the sorting of maps by what they give to a class. Receipts, which leave nothing out, are in explorer.receipts.

The part of the network between the two layers is run again from a recorded forward, with gradients; the rest is not.
"""

from collections.abc import Sequence

import torch

from explorer.activations.layouts import Layout
from explorer.activations.nodes import Trace
from explorer.activations.replay import replay
from explorer.activations.units import Unit, sides, to_index
from explorer.errors import ModelError


def influence(
    trace: Trace, source: str, target: str, units: Sequence[Unit], layout: Layout | None = None
) -> torch.Tensor:
    """Gradient × value of the source's channels with respect to units of the target.

    Args:
        trace: one forward of one picture.
        source: key of a layer or operation.
        target: key of a later one.
        units: of the target, at least one.
        layout: the maps whose channels are meant; None for those of the source's dimensions as they come.
    Returns:
        float32 (units, channels of the source), on the CPU; zeros for a unit that the source does not reach.
    Raises:
        ModelError: an unknown key, a unit that its layer does not have, or a way that torch cannot differentiate.
    """
    start = trace.node(source)
    with torch.inference_mode(mode=False), torch.enable_grad():
        picture = trace.output_of(start).detach().clone()
        if not picture.is_floating_point():
            raise ModelError(f"{source} holds {picture.dtype}: what it moves has no gradient.")
        picture.requires_grad_()
        try:
            output = replay(trace, {start.index: picture}, trace.node(target))
            places = [to_index(trace.node(target), *unit) for unit in units]
            maps = layout or Layout("tensor", start.shape, sides(start.shape))
            rows = [_row(output[place], picture, maps) for place in places]
        except RuntimeError as error:
            reason = str(error).strip().partition("\n")[0].rstrip(".")
            raise ModelError(f"Torch finds no gradient from {source} to {target}: {reason}.") from error
    return torch.stack(rows)


def _row(value: torch.Tensor, source: torch.Tensor, layout: Layout) -> torch.Tensor:
    """Gradient × value of one number, by the channels of the source's maps."""
    if not value.requires_grad:
        return torch.zeros(layout.sides[0])
    (gradient,) = torch.autograd.grad(value, source, retain_graph=True, allow_unused=True)
    if gradient is None:
        return torch.zeros(layout.sides[0])
    return layout.arranged((gradient * source).detach()).sum(dim=(1, 2)).float().cpu()
