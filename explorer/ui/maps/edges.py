"""What feeds what on the sheet: signed shares between the shown maps of neighbouring columns."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from explorer.ui.maps import recording as recorded
from explorer.ui.maps.recording import Recording

MOST_GAPS = 40  # between columns; a sheet with more unfolded ones draws even edges
DIGITS = 4


def shown_channels(maps: recorded.Floats, count: int) -> npt.NDArray[np.intp]:
    """The channels that a column shows: the strongest, strongest first.

    Args:
        maps: float32 (C, H, W).

    Returns:
        int64 (count,), or (C,) where there are fewer.
    """
    return np.argsort(-recorded.strength(maps), kind="stable")[:count]


def edges(recording: Recording, layers: Sequence[str], count: int, classes: Sequence[int]) -> list[list[list[float]]]:
    """Shares of each column's maps in the strongest numbers of the next; the last gap leads to the classes' logits.

    A share is gradient × value of a map over the sum of their absolutes in all maps of its layer, -1 to 1.

    Args:
        layers: keys of the columns, in order.
        count: maps that a column shows.
        classes: indices of the shown logits.
    Returns:
        For each gap the targets' rows, each with a share for every source, none where no logits are shown; empty if
        there are too many columns.
    """
    if not layers or len(layers) > MOST_GAPS:
        return []
    shown = {key: shown_channels(recording.maps(key), count) for key in layers}
    targets = [*layers[1:], recording.trace.output]
    gaps: list[list[list[float]]] = []
    for source, target in zip(layers, targets, strict=True):
        units = [(index, 0, 0) for index in classes] if target not in shown else _units(recording, target, shown)
        if not units:
            gaps.append([])
            continue
        with recording.network.lock:  # gap by gap, so that other visitors' forwards come in between
            rows = _influence(recording, source, target, units)
        gaps.append(_shares(rows)[:, shown[source]].round(DIGITS).tolist())
    return gaps


def contributions(recording: Recording, key: str, class_index: int) -> npt.NDArray[np.float64]:
    """What each map of a layer gives to a class's logit: gradient × value, (C,)."""
    with recording.network.lock:
        rows = _influence(recording, key, recording.trace.output, [(class_index, 0, 0)])
    return rows[0]


def _influence(
    recording: Recording, source: str, target: str, units: list[tuple[int, int, int]]
) -> npt.NDArray[np.float64]:
    """`influence` of a layer's maps on the page, (units, C)."""
    from explorer.activations.influence import influence

    addresses = [recording.tensor_unit((target, *unit)) for unit in units]
    places = [(channel, y, x) for _, channel, y, x in addresses]
    rows = influence(
        recording.trace, recording.node(source).key, recording.node(target).key, places, recording.layout(source)
    )
    return rows.numpy().astype(np.float64)


def _units(recording: Recording, key: str, shown: dict[str, npt.NDArray[np.intp]]) -> list[tuple[int, int, int]]:
    maps = recording.maps(key)
    return [(int(channel), *recorded.strongest(maps[channel])) for channel in shown[key]]


def _shares(rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    rows = np.nan_to_num(rows, posinf=0.0, neginf=0.0)
    total = np.abs(rows).sum(axis=1, keepdims=True)
    return np.divide(rows, total, out=np.zeros_like(rows), where=total > 0)
