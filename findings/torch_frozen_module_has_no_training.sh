#!/usr/bin/env bash
# torch 2.11.0: torch.jit.freeze gives an nn.Module without the attribute `training` that nn.Module says every module has; so
# what remembers each module's mode, [one.training for one in network.modules()], ends in an AttributeError, until eval() or
# train() was called on it.
# Good guess: a frozen module, which has to be in eval before, says training = False.
# Seen: "scripted: [False, False, False]; frozen: 'RecursiveScriptModule' object has no attribute 'training'; after eval():
# [False]"
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
install() {
  if command -v uv > /dev/null; then uv pip install --quiet --python "$folder/venv/bin/python" "$@"
  else "$folder/venv/bin/pip" install --quiet "$@"; fi
}
install torch==2.11.0 numpy==2.4.6
cd "$folder"
seen=$("$folder/venv/bin/python" - <<'PYTHON'
import warnings
import torch
from torch import nn
warnings.simplefilter("ignore")
scripted = torch.jit.script(nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU()).eval())
frozen = torch.jit.freeze(scripted)
said = f"scripted: {[one.training for one in scripted.modules()]}"
try:
    said += f"; frozen: {[one.training for one in frozen.modules()]}"
except AttributeError as error:
    said += f"; frozen: {error}"
frozen.eval()
print(f"{said}; after eval(): {[one.training for one in frozen.modules()]}")
PYTHON
)
seen=$(tail -n 1 <<< "$seen")
echo "$seen"
test "$seen" = "scripted: [False, False, False]; frozen: 'RecursiveScriptModule' object has no attribute 'training'; after eval(): [False]"
