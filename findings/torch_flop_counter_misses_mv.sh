#!/usr/bin/env bash
# torch 2.11.0: torch.utils.flop_counter.FlopCounterMode counts a 13 x 7 matrix times a 7 x 1 matrix as 2 * 13 * 7
# operations, and the same matrix times the same seven numbers as a vector as none: it has no formula for aten.mv or
# aten.addmv, and says nothing of that.
# Good guess: the same products and sums are the same count.
# Seen: "one-column matrix: 182; vector: 0; torch.addmv: 0; a batch of matrices times a vector: 0"
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
from torch.utils.flop_counter import FlopCounterMode
def count(compute):
    with FlopCounterMode(display=False) as counter:
        compute()
    return counter.get_total_flops()
matrix, vector = torch.randn(13, 7), torch.randn(7)
assert torch.allclose((matrix @ vector[:, None])[:, 0], matrix @ vector, atol=1e-5)
print(
    f"one-column matrix: {count(lambda: matrix @ vector[:, None])}; vector: {count(lambda: matrix @ vector)}; "
    f"torch.addmv: {count(lambda: torch.addmv(torch.ones(13), matrix, vector))}; "
    f"a batch of matrices times a vector: {count(lambda: torch.randn(3, 13, 7) @ vector)}"
)
PYTHON
)
seen=$(tail -n 1 <<< "$seen")
echo "$seen"
test "$seen" = "one-column matrix: 182; vector: 0; torch.addmv: 0; a batch of matrices times a vector: 0"
