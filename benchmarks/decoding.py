"""How long a photograph of 12 megapixels takes to decode, and how much memory one of 64.

    python benchmarks/decoding.py            (from the project's root)

Time: against the decoder of commit 6c8a206, which read no profiles, out of this repository's history; in alternation,
the least of ten. The P3 profile is a matrix of the wide primaries with an exponent of 2.2, as a telephone's.

Memory: in a process of its own, above what it held after a small picture. Three kinds take more than the others, for
what the libraries that decode them hold, and these give no part of a picture: libwebp has the whole of a lossless one a
second time, libheif one of 10 bits at that depth and at 8, Pillow an AVIF twice beside libavif's own.
"""

import importlib.util
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pillow_heif
from PIL import Image, ImageCms

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from explorer.image import open_upload
from tests.image.colours import picture, rgb_profile

BEFORE = "6c8a206"  # the last commit whose decoder passed profiles over
MOST_SRGB, MOST_P3, MOST_MB = 1.25, 1.6, 450
MORE_MB = {"lossless.webp": 490, "deep.heic": 510, "plain.avif": 550}
ONE = """
import re, sys
from explorer.image import open_upload
from pathlib import Path
def kilobytes(name): return int(re.search(name + r":\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
import cv2  # the page has it anyway
open_upload(sys.argv[1]); idle = kilobytes("VmRSS"); open_upload(sys.argv[2])
print((kilobytes("VmHWM") - idle) * 1024 / 1e6)
"""


def decoder_before(folder: Path) -> ModuleType:
    """The module that decoded at `BEFORE`."""
    command = ["git", "show", f"{BEFORE}:explorer/image.py"]
    source = subprocess.run(command, capture_output=True, check=True, cwd=Path(__file__).parent).stdout
    file = folder / "image_before.py"
    file.write_bytes(source)
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def ratio(ours: Callable[[], object], theirs: Callable[[], object]) -> float:
    """Our least time over theirs, measured in alternation."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(10):
        for kept, function in zip(times, (ours, theirs), strict=True):
            started = time.perf_counter()
            function()
            kept.append(time.perf_counter() - started)
    return min(times[0]) / min(times[1])


def times(folder: Path) -> int:
    """Print a ratio a kind; how many are over their bar."""
    noise = np.random.default_rng(0).integers(-20, 20, (3000, 4000, 3))
    photo = Image.fromarray(np.clip(np.asarray(picture().resize((4000, 3000))) + noise, 0, 255).astype(np.uint8))
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    before, wrong = decoder_before(folder), 0
    for name, profile, most in (("sRGB", srgb, MOST_SRGB), ("P3", rgb_profile("Display P3"), MOST_P3)):
        path = folder / f"{name}.jpg"
        photo.save(path, quality=92, icc_profile=profile)
        found = ratio(lambda path=path: open_upload(path), lambda path=path: before.open_upload(path))
        wrong += found > most
        print(f"{name} JPEG of 12 megapixels: {found:.2f} times the decoder of {BEFORE} (at most {most})")
    return wrong


def large_files(folder: Path) -> Iterator[Path]:
    """Pictures of 64 megapixels, one a kind."""
    large = picture().resize((9248, 6936))
    kinds: dict[str, dict[str, object]] = {
        "plain.png": {"compress_level": 1},
        "plain.webp": {"quality": 60, "method": 0},
        "plain.tif": {"compression": "tiff_deflate"},
        "plain.heic": {"quality": 60},
        "plain.avif": {"quality": 60, "speed": 10},
        "lossless.webp": {"lossless": True, "quality": 0, "method": 0},
    }
    for name, options in kinds.items():
        large.save(folder / name, **options)
        yield folder / name
    deep = np.asarray(large).astype(np.uint16) * 257
    pillow_heif.from_bytes("RGB;16", large.size, deep.tobytes()).save(folder / "deep.heic", quality=50)
    yield folder / "deep.heic"


def memory(folder: Path) -> int:
    """Print the peak of each kind; how many are over their bar."""
    picture().save(folder / "small.png")
    wrong = 0
    for path in large_files(folder):
        most = MORE_MB.get(path.name, MOST_MB)
        command = [sys.executable, "-c", ONE, str(folder / "small.png"), str(path)]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
        megabytes = float(answer.stdout) if re.match(r"\d", answer.stdout) else float("inf")
        wrong += megabytes > most
        print(f"{path.name} of 64 megapixels: {megabytes:.0f} MB above idle (at most {most}) {answer.stderr[-120:]}")
    return wrong


def main() -> int:
    """Print a line a claim; status 1 where one does not hold."""
    pillow_heif.register_heif_opener()
    pillow_heif.options.SAVE_HDR_TO_12_BIT = False
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        return int(times(folder) + memory(folder) > 0)


if __name__ == "__main__":
    sys.exit(main())
