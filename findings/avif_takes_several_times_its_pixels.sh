#!/usr/bin/env bash
# Pillow 12.3.0 and opencv-python-headless 5.0.0.93: decoding a 64-megapixel AVIF (8-bit, 8000 x 8000, written by Pillow
# itself) takes, at its peak, 3 times the memory of its pixels in Pillow and 5.5 times in OpenCV; the same picture as JPEG
# takes 1.3 and 2 times. A limit on pixels that is meant as a limit on memory has to be set by the format.
# Good guess: about the pixels once, whatever the format.
# Seen: VmHWM of a child process over what it was before the decoding, by 64 million times three bytes: JPEG Pillow
# 1.34, OpenCV 2.02; AVIF Pillow 3.06, OpenCV 5.57. Held with generous bounds: "jpeg within: True True; avif
# within: True True"
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
install() {
  if command -v uv > /dev/null; then uv pip install --quiet --python "$folder/venv/bin/python" "$@"
  else "$folder/venv/bin/pip" install --quiet "$@"; fi
}
install pillow==12.3.0 opencv-python-headless==5.0.0.93 numpy==2.4.6
cd "$folder"
seen=$("$folder/venv/bin/python" - <<'PYTHON'
import subprocess, sys
import numpy as np
from PIL import Image
y, x = np.mgrid[0:8000, 0:8000].astype(np.uint16)
picture = Image.fromarray(np.stack([x // 32, y // 32, (x + y) // 64], -1).astype(np.uint8))
picture.save("picture.jpeg", quality=80)
picture.save("picture.avif", quality=50, speed=10)
child = """
import sys
import cv2
from PIL import Image
def peak():
    return next(int(line.split()[1]) * 1024 for line in open("/proc/self/status") if line.startswith("VmHWM"))
library, path = sys.argv[1:]
Image.init()
before = peak()
if library == "Pillow":
    picture = Image.open(path)
    picture.load()
else:
    picture = cv2.imread(path)
print((peak() - before) / (8000 * 8000 * 3))
"""
bounds = {"jpeg": {"Pillow": (1, 2), "OpenCV": (0.9, 2.2)}, "avif": {"Pillow": (2.4, 4), "OpenCV": (4, 7)}}
said = []
for kind, libraries in bounds.items():
    held = []
    for library, (low, high) in libraries.items():
        command = [sys.executable, "-c", child, library, f"picture.{kind}"]
        ratio = float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        print(f"{kind} {library} {ratio:.2f}", file=sys.stderr)
        held.append(str(low <= ratio <= high))
    said.append(f"{kind} within: {' '.join(held)}")
print("; ".join(said))
PYTHON
)
seen=$(tail -n 1 <<< "$seen")
echo "$seen"
test "$seen" = "jpeg within: True True; avif within: True True"
