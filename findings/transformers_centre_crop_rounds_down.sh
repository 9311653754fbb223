#!/usr/bin/env bash
# transformers 5.24.0 beside torchvision 0.26.0: where the margin of a centre crop is odd, transformers' image processors
# round its half down, (107 - 64) / 2 = 21.5 to 21, and torchvision's CenterCrop to the nearest even number, 22. The resized
# picture is the same in every pixel, the crop is one column off: another input to the network.
# Good guess: transformers, which crops with torchvision since its version 5, crops where torchvision does.
# Seen: "resized to 80 x 107; transformers starts at row 8, column 21; torchvision's CenterCrop at row 8, column 22"
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
install() {
  if command -v uv > /dev/null; then uv pip install --quiet --python "$folder/venv/bin/python" "$@"
  else "$folder/venv/bin/pip" install --quiet "$@"; fi
}
install torch==2.11.0 torchvision==0.26.0 transformers==5.24.0 numpy==2.4.6 pillow==12.3.0
cd "$folder"
seen=$("$folder/venv/bin/python" - <<'PYTHON'
import numpy as np
import torch
from PIL import Image
from torchvision.transforms.v2 import CenterCrop
from torchvision.transforms.v2 import functional as F
from transformers import ConvNextImageProcessor
pixels = np.random.default_rng(0).integers(0, 256, (457, 613, 3), dtype=np.uint8)
processor = ConvNextImageProcessor(size={"shortest_edge": 64}, crop_pct=0.8, do_rescale=False, do_normalize=False)
theirs = processor(Image.fromarray(pixels), return_tensors="pt")["pixel_values"][0]
resized = F.resize(torch.from_numpy(pixels).permute(2, 0, 1), [80], interpolation=F.InterpolationMode.BICUBIC, antialias=True)
def start(crop):
    """Where the resized picture holds exactly these 64 x 64 pixels."""
    height, width = resized.shape[-2:]
    places = [(r, c) for r in range(height - 63) for c in range(width - 63)]
    row, column = next(p for p in places if torch.equal(resized[:, p[0] : p[0] + 64, p[1] : p[1] + 64], crop))
    return f"row {row}, column {column}"
print(
    f"resized to {resized.shape[1]} x {resized.shape[2]}; transformers starts at {start(theirs)}; "
    f"torchvision's CenterCrop at {start(CenterCrop(64)(resized))}"
)
PYTHON
)
seen=$(tail -n 1 <<< "$seen")
echo "$seen"
test "$seen" = "resized to 80 x 107; transformers starts at row 8, column 21; torchvision's CenterCrop at row 8, column 22"
