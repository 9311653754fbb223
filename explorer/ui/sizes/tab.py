"""The tab "Output sizes": one layer, drawn and walked through in the browser, and stacks of layers walked here."""

import gradio as gr

from explorer.ui.component import pasted
from explorer.ui.sizes.stack import network_menu, stack_menu, trace_stack, walk_stacks

SCRIPTS = (
    "sizes/rules", "sizes/links", "sizes/numbers", "sizes/settings", "sizes/presets",
    "sizes/layout", "sizes/marks", "sizes/draw", "sizes/fields", "sizes/sum", "sizes/show",
    "sizes/listen", "sizes/layer", "sizes/stack_words", "sizes/stack_draw", "sizes/stack_table", "sizes/stack",
)  # fmt: skip


def build_sizes_tab() -> gr.HTML:
    """Lay out the tab."""
    functions = [stack_menu, network_menu, walk_stacks, trace_stack]
    return pasted("sizes", scripts=SCRIPTS, functions=functions, label="Output sizes")
