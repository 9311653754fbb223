#!/usr/bin/env bash
# torch 2.11.0, CPU: the gradient of batch norm in evaluation mode is wrong, without a word, for a batch of one whose gradient
# comes in lying channels-last and dense, as a transposed view of tokens does: it differs from that of the same numbers laid
# out in order. With a batch of two both are the same.
# Good guess: how a tensor lies in memory changes no number.
# Seen, the largest difference of the two gradients: "a batch of 1: 1.0; a batch of 2: 0.0"
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
import torch

said = []
for count in (1, 2):
    pictures = torch.ones(count, 8, 6, 5, requires_grad=True)
    normed = torch.nn.functional.batch_norm(pictures, torch.zeros(8), torch.ones(8))
    tokens = torch.zeros(count, 30, 8)
    tokens[0, -1] = 1
    gradient = tokens.transpose(1, 2).view(count, 8, 6, 5)
    lying, = torch.autograd.grad(normed, pictures, gradient, retain_graph=True)
    ordered, = torch.autograd.grad(normed, pictures, gradient.contiguous())
    said.append(f"a batch of {count}: {(lying - ordered).abs().max().item():.1f}")
print("; ".join(said))
PYTHON
)
seen=$(tail -n 1 <<< "$seen")
echo "$seen"
test "$seen" = "a batch of 1: 1.0; a batch of 2: 0.0"
