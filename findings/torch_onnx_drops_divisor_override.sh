#!/usr/bin/env bash
# torch 2.11.0: torch.onnx.export writes nn.AvgPool2d(2, divisor_override=3) as a plain AveragePool, which divides by four,
# without an error or a warning that says so; the old exporter and the new one alike (onnx 1.23.2, onnxscript 0.7.2, run with
# onnxruntime 1.32.0). ONNX's AveragePool has no divisor to give.
# Good guess: what cannot be written is refused, or written as a sum and a division.
# Seen, on pixels of 0.375: "torch 0.5, 0.5; old exporter 0.375, 0.375; new exporter 0.375, 0.375"
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
install() {
  if command -v uv > /dev/null; then uv pip install --quiet --python "$folder/venv/bin/python" "$@"
  else "$folder/venv/bin/pip" install --quiet "$@"; fi
}
install torch==2.11.0 numpy==2.4.6 onnx==1.23.2 onnxscript==0.7.2 onnxruntime==1.32.0
cd "$folder"
seen=$("$folder/venv/bin/python" - <<'PYTHON'
import warnings
import onnxruntime
import torch
from torch import nn
warnings.simplefilter("ignore")
pool, pixels = nn.AvgPool2d(2, divisor_override=3).eval(), torch.full((1, 1, 4, 6), 0.375)
def told(numbers):
    return f"{numbers.min():g}, {numbers.max():g}"
said = [f"torch {told(pool(pixels))}"]
for name, new in (("old", False), ("new", True)):
    torch.onnx.export(pool, (pixels,), "pool.onnx", dynamo=new)
    session = onnxruntime.InferenceSession("pool.onnx")
    said.append(f"{name} exporter {told(session.run(None, {session.get_inputs()[0].name: pixels.numpy()})[0])}")
print("; ".join(said))
PYTHON
)
seen=$(tail -n 1 <<< "$seen")
echo "$seen"
test "$seen" = "torch 0.5, 0.5; old exporter 0.375, 0.375; new exporter 0.375, 0.375"
