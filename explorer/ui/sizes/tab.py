"""The tab "Output sizes": one layer, drawn and walked through in the browser, and stacks of layers walked here."""

from explorer.ui.component import Instrument
from explorer.ui.sizes.stack import network_menu, stack_menu, trace_stack, walk_stacks

SCRIPTS = (
    "shared/colour", "sizes/rules", "sizes/links", "sizes/numbers", "sizes/settings", "sizes/presets",
    "shared/playback", "sizes/layout", "sizes/marks", "sizes/draw", "sizes/fields", "sizes/sum", "sizes/show",
    "sizes/listen", "sizes/layer", "sizes/stack_words", "sizes/stack_draw", "sizes/stack_table", "sizes/stack",
)  # fmt: skip


def build_sizes_tab() -> Instrument:
    """Lay out the tab."""
    functions = [stack_menu, network_menu, walk_stacks, trace_stack]
    return Instrument("sizes", scripts=SCRIPTS, functions=functions, label="Output sizes")
