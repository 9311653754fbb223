"""The tab "Output sizes": one layer, drawn and walked through in the browser, and stacks of layers walked here."""

from explorer.ui.component import Instrument
from explorer.ui.sizes_stack import network_menu, stack_menu, trace_stack, walk_stacks

SCRIPTS = (
    "colour", "sizes_rules", "sizes_links", "sizes_numbers", "sizes_settings", "sizes_presets", "sizes_playback",
    "sizes_layout", "sizes_marks", "sizes_draw", "sizes_fields", "sizes_sum", "sizes_show", "sizes_listen",
    "sizes_layer", "sizes_stack_words", "sizes_stack_draw", "sizes_stack_table", "sizes_stack",
)  # fmt: skip


def build_sizes_tab() -> Instrument:
    """Lay out the tab."""
    functions = [stack_menu, network_menu, walk_stacks, trace_stack]
    return Instrument("sizes", scripts=SCRIPTS, functions=functions, label="Output sizes")
