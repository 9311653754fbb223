"""An opened unit's operation as a whole, for its card: the curve it lies on, or what batch norm does to its map."""

from typing import TYPE_CHECKING, Any

from explorer.ui.maps.mosaic import histogram
from explorer.ui.maps.recording import Recording, number, numbers

if TYPE_CHECKING:
    import torch

    from explorer.receipts.record import Receipt


def inside(recording: Recording, receipt: "Receipt") -> dict[str, Any]:
    """{"curve"} and {"norm"} of the unit, None where there is none."""
    from explorer.receipts.inside import open_curve, open_norm

    unit = (receipt.layer, receipt.channel, receipt.y, receipt.x)
    curve, norm = open_curve(recording.trace, *unit), open_norm(recording.trace, *unit)
    return {
        "curve": curve
        and {"value": number(curve.value), "given": numbers(curve.given.numpy()), "made": numbers(curve.made.numpy())},
        "norm": norm
        and {
            **{name: number(getattr(norm, name)) for name in ("value", "mean", "variance", "gamma", "beta", "epsilon")},
            "before": _histogram(norm.before),
            "after": _histogram(norm.after),
        },
    }


def _histogram(values: "torch.Tensor") -> dict[str, Any]:
    return histogram(values.float().numpy())
