"""The tab "Output sizes": one layer, drawn and walked through in the browser, and stacks of layers walked here."""

from explorer.ui.component import Instrument

SCRIPTS = (
    "colour", "sizes_rules", "sizes_links", "sizes_numbers", "sizes_settings", "sizes_presets", "sizes_playback",
    "sizes_layout", "sizes_marks", "sizes_draw", "sizes_fields", "sizes_sum", "sizes_show", "sizes_listen", "sizes_layer",
)  # fmt: skip


def build_sizes_tab() -> Instrument:
    """Lay out the tab."""
    return Instrument("sizes", scripts=SCRIPTS, label="Output sizes")
