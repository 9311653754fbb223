#!/usr/bin/env bash
# gradio 6.31.0: what `launch(head=...)` is given is not in the <head> of the document that the server sends. It stands in the
# configuration, as text in a script, and gradio's own scripts put it into the document when they have run: a stylesheet
# named there blocks no first paint, and `<link rel="modulepreload">` preloads nothing that gradio's scripts have not waited for.
# Good guess: the server writes it into the document, as the parameter's name says.
# Seen: "in the document's head: False; in the configuration: True"
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet gradio==6.31.0 pandas==2.3.3
seen=$("$folder/venv/bin/python" - <<'PYTHON'
import re, urllib.request
import gradio as gr
with gr.Blocks(analytics_enabled=False) as page:
    gr.HTML("<p>nothing</p>")
_, url, _ = page.launch(head='<link rel="modulepreload" href="mark.js">', prevent_thread_lock=True, quiet=True, ssr_mode=False)
document = urllib.request.urlopen(url).read().decode()
scriptless = re.sub(r"<script\b.*?</script>", "", document, flags=re.S)
print(f"in the document's head: {'mark.js' in scriptless}; in the configuration: {'mark.js' in document}")
page.close(verbose=False)
PYTHON
)
seen=$(tail -n 1 <<< "$seen")
echo "$seen"
test "$seen" = "in the document's head: False; in the configuration: True"
