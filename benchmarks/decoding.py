"""How long a photograph of 12 megapixels takes to decode, and how much memory one of 64.

    python benchmarks/decoding.py            (from the project's root)

Each kind against bare Pillow: reduced decoding and resizing, nothing of colours. In alternation, the least of ten.
The P3 profile is a matrix of the wide primaries with an exponent of 2.2, as a telephone's. Memory is measured in a
process of its own, above what it held after a small picture.
"""

import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from explorer.image import open_upload
from tests.image.colours import picture, rgb_profile

SIDE = 1600
MOST_SRGB, MOST_P3, MOST_MB = 1.25, 1.6, 450
ONE = """
import re, sys
from explorer.image import open_upload
from pathlib import Path
def kilobytes(name): return int(re.search(name + r":\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
open_upload(sys.argv[1]); idle = kilobytes("VmRSS"); open_upload(sys.argv[2])
print((kilobytes("VmHWM") - idle) * 1024 / 1e6)
"""


def bare(path: Path) -> np.ndarray:
    """The least that any decoder does: the decoder before profiles were read."""
    with Image.open(path) as opened:
        target = SIDE, round(opened.height * SIDE / opened.width)
        _, box = opened.draft(None, target) or (None, None)
        opened.load()
        return np.array(opened.resize(target, Image.Resampling.HAMMING, box, reducing_gap=2.0))


def ratio(ours: Callable[[], object], theirs: Callable[[], object]) -> float:
    """Our least time over theirs, measured in alternation."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(10):
        for kept, function in zip(times, (ours, theirs), strict=True):
            started = time.perf_counter()
            function()
            kept.append(time.perf_counter() - started)
    return min(times[0]) / min(times[1])


def main() -> int:
    """Print a line a claim; status 1 where one does not hold."""
    folder = Path(tempfile.mkdtemp())
    noise = np.random.default_rng(0).integers(-20, 20, (3000, 4000, 3))
    photo = Image.fromarray(np.clip(np.asarray(picture().resize((4000, 3000))) + noise, 0, 255).astype(np.uint8))
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    wrong = 0
    for name, profile, most in (("sRGB", srgb, MOST_SRGB), ("P3", rgb_profile("Display P3"), MOST_P3)):
        path = folder / f"{name}.jpg"
        photo.save(path, quality=92, icc_profile=profile)
        found = ratio(lambda path=path: open_upload(path), lambda path=path: bare(path))
        wrong += found > most
        print(f"{name} JPEG of 12 megapixels: {found:.2f} times bare decoding (at most {most})")
    picture().save(folder / "small.png")
    large = picture().resize((9248, 6936))
    for name, options in (
        ("png", {"compress_level": 1}),
        ("webp", {"quality": 60, "method": 0}),
        ("tif", {"compression": "tiff_deflate"}),
    ):
        large.save(folder / f"large.{name}", **options)
        command = [sys.executable, "-c", ONE, str(folder / "small.png"), str(folder / f"large.{name}")]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
        megabytes = float(answer.stdout) if re.match(r"\d", answer.stdout) else float("inf")
        wrong += megabytes > MOST_MB
        print(f"{name} of 64 megapixels: {megabytes:.0f} MB above idle (at most {MOST_MB}) {answer.stderr[-120:]}")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
