#!/usr/bin/env bash
# torch 2.11.0: the exporter that torch.onnx.export takes by default writes into each node's metadata, under
# pkg.torch.onnx.stack_trace, the absolute paths of the files that the forward ran through on the exporting machine, and
# their lines of code (onnx 1.23.2, onnxscript 0.7.2). The older exporter (dynamo=False) writes none.
# Good guess: a file to hand out holds the network and no folder names.
# Seen: "new exporter: 2 of 2 nodes name the folder and quote a line; old exporter: 0 of 2"
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
install() {
  if command -v uv > /dev/null; then uv pip install --quiet --python "$folder/venv/bin/python" "$@"
  else "$folder/venv/bin/pip" install --quiet "$@"; fi
}
install torch==2.11.0 numpy==2.4.6 onnx==1.23.2 onnxscript==0.7.2
cd "$folder"
cat > shop.py <<'PYTHON'
import torch
from torch import nn


class Shop(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)

    def forward(self, x):
        return torch.relu(self.conv(x))
PYTHON
seen=$("$folder/venv/bin/python" - <<'PYTHON'
import os, sys, warnings
sys.path.insert(0, os.getcwd())
import onnx
import torch
from shop import Shop
warnings.simplefilter("ignore")
said = []
for name, new in (("new", True), ("old", False)):
    torch.onnx.export(Shop().eval(), (torch.zeros(1, 3, 8, 7),), "shop.onnx", dynamo=new)
    nodes = onnx.load("shop.onnx").graph.node
    texts = [" ".join(prop.value for prop in node.metadata_props) for node in nodes]
    telling = sum(os.getcwd() in text and "return torch.relu(self.conv(x))" in text for text in texts)
    said.append(f"{name} exporter: {telling} of {len(nodes)}" + (" nodes name the folder and quote a line" if new else ""))
print("; ".join(said))
PYTHON
)
seen=$(tail -n 1 <<< "$seen")
echo "$seen"
test "$seen" = "new exporter: 2 of 2 nodes name the folder and quote a line; old exporter: 0 of 2"
