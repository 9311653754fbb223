#!/usr/bin/env bash
# torchvision 0.26.0: copy.deepcopy of what create_feature_extractor made of a network in evaluation mode comes back in
# training mode, every module of it, without a word: a copy to try something out on drops out, and its batch norms normalise
# by the batch and count it.
# Good guess: a copy is in the mode of what it was copied from, as it is of any nn.Module and of torch.fx's own GraphModule.
# Seen: "traced: False, copied: False; extractor: False, copied: True; the same numbers: False"
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
install() {
  if command -v uv > /dev/null; then uv pip install --quiet --python "$folder/venv/bin/python" "$@"
  else "$folder/venv/bin/pip" install --quiet "$@"; fi
}
install torch==2.11.0 torchvision==0.26.0 numpy==2.4.6
cd "$folder"
seen=$("$folder/venv/bin/python" - <<'PYTHON'
import copy
import torch
from torchvision.models import resnet18
from torchvision.models.feature_extraction import create_feature_extractor
torch.manual_seed(0)
network = resnet18(weights=None).eval()
traced = torch.fx.symbolic_trace(network)
extractor = create_feature_extractor(network, {"fc": "logits"})
copied = copy.deepcopy(extractor)
pictures = torch.rand(2, 3, 64, 64)
with torch.no_grad():
    same = torch.allclose(extractor(pictures)["logits"], copied(pictures)["logits"], atol=1e-4)
print(f"traced: {traced.training}, copied: {copy.deepcopy(traced).training}; "
      f"extractor: {extractor.training}, copied: {copied.training}; the same numbers: {same}")
PYTHON
)
seen=$(tail -n 1 <<< "$seen")
echo "$seen"
test "$seen" = "traced: False, copied: False; extractor: False, copied: True; the same numbers: False"
