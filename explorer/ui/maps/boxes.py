"""Where units look on the network's picture, as the page draws it: boxes by row and column of a layer."""

from typing import Any

from explorer.ui.maps.recording import Recording

Boxes = dict[str, Any]


def layer_field(recording: Recording, key: str) -> Boxes:
    """The boxes of a layer's units: `rows` holds (top, bottom) for each y, `columns` (left, right) for each x.

    Where channels see different parts, as in a flattened layer, the box spans what all of them see.
    """
    node = recording.node(key)
    if len(node.shape) != 4:
        height, width = recording.picture.shape[:2]
        none = [[False, False]]
        return {"rows": [[0, height]], "columns": [[0, width]], "rows_clipped": none, "columns_clipped": none}
    table = recording.fields.table(node.key)
    return {
        "rows": table.rows.tolist(),
        "columns": table.columns.tolist(),
        "rows_clipped": table.rows_clipped.tolist(),
        "columns_clipped": table.columns_clipped.tolist(),
    }


def unit_field(recording: Recording, unit: tuple[str, int, int, int]) -> Boxes:
    """The box of one unit, in the same form."""
    box = recording.fields.box(*unit)
    sides = [[name in box.clipped for name in pair] for pair in (("top", "bottom"), ("left", "right"))]
    return {
        "rows": [[box.top, box.bottom]],
        "columns": [[box.left, box.right]],
        "rows_clipped": [sides[0]],
        "columns_clipped": [sides[1]],
        "exact": box.exact,
    }
