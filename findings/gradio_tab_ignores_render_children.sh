#!/usr/bin/env bash
# gradio 6.31.0: gr.Tab takes render_children=True, documented as rendering what is in a tab that is not open yet. The flag
# reaches the page's configuration, but no script that gradio serves knows its name (the names of other flags of a tab stand
# in them), and the children are not in the document until the tab is opened.
# Good guess: a tab's children are there, hidden, when the page has loaded.
# Seen: "in the configuration: True; scripts that know it: 0; that know a tab's elem_classes: many"
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet gradio==6.31.0 pandas==2.3.3
seen=$("$folder/venv/bin/python" - <<'PYTHON'
from pathlib import Path
import gradio as gr
with gr.Blocks(analytics_enabled=False) as page, gr.Tabs():
    gr.Tab("One")
    with gr.Tab("Two", render_children=True):
        gr.HTML("<p>here</p>")
flags = [one["props"].get("render_children") for one in page.config["components"] if one["type"] == "tabitem"]
scripts = [path.read_text("utf-8", "replace") for path in (Path(gr.__file__).parent / "templates").rglob("*.js")]
assert len(scripts) > 100
known, other = (sum(name in text for text in scripts) for name in ("render_children", "elem_classes"))
print(f"in the configuration: {flags == [False, True]}; scripts that know it: {known}; "
      f"that know a tab's elem_classes: {'many' if other > 20 else other}")
PYTHON
)
seen=$(tail -n 1 <<< "$seen")
echo "$seen"
test "$seen" = "in the configuration: True; scripts that know it: 0; that know a tab's elem_classes: many"
