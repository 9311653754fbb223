"""The tab "Output sizes": one layer, drawn and walked through in the browser, and stacks of layers walked here."""

import gradio as gr

from explorer.ui.component import instrument
from explorer.ui.sizes.stack import network_menu, stack_menu, trace_stack, walk_stacks


def build_sizes_tab() -> gr.HTML:
    """Lay out the tab."""
    functions = [stack_menu, network_menu, walk_stacks, trace_stack]
    return instrument("sizes", functions=functions, label="Output sizes")
