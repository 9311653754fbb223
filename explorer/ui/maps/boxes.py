"""Where units look on the network's picture, as the page looks it up: the one source of every box and size on it."""

from typing import Any

from explorer.ui.maps.recording import Recording


def layer_field(recording: Recording, key: str) -> dict[str, Any]:
    """The boxes of a layer's units, as `FieldTable` has them; `of` is empty where all channels see alike."""
    table = recording.fields.table(recording.node(key).key, recording.layout(key))
    of = table.of.tolist() if len(table.rows) > 1 else []
    return {"of": of, "rows": table.rows.tolist(), "columns": table.columns.tolist()}
