"""`explorer.filters` beside OpenCV's own call, on a 12-megapixel RGB photograph: ratios in one run.

    python benchmarks/filters.py

Claims, for 3 × 3, 5 × 5 and 7 × 7: `apply` takes at most 1.15 × `cv2.filter2D(photo, cv2.CV_32F, kernel)`, kernels of
rank one (box, binomial) at most 0.75, 0.45 and 0.3 ×, and the memory of its result + 1 × the photograph;
`apply_to_picture` at most 1.15 × the uint8 call and 2.1 × the photograph's bytes; the working picture (longer side
1600) takes at most half of the full size's time. Times are the median of alternating runs; memory is the process's
peak above what it held before (Linux).
"""

import platform
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from explorer.filters import apply, apply_to_picture

RUNS = 9
MEGA = 1e6
SEPARABLE_BARS = {3: 0.75, 5: 0.45, 7: 0.3}


def interleaved(*calls: Callable[[], object]) -> list[float]:
    """Median seconds of each call, all taking turns so that a busy moment hits them alike."""
    times: list[list[float]] = [[] for _ in calls]
    for run in range(RUNS + 1):
        for call, taken in zip(calls, times, strict=True):
            started = time.perf_counter()
            call()
            if run:  # the first warms up
                taken.append(time.perf_counter() - started)
    return [statistics.median(taken) for taken in times]


def peak_bytes(call: Callable[[], object]) -> int | None:
    """Peak resident memory of the call above what was held before it; None where the system does not tell."""
    try:
        Path("/proc/self/clear_refs").write_text("5", "ascii")
        before = _status("VmRSS")
        result = call()
        peak = _status("VmHWM")
    except OSError:
        return None
    del result
    return peak - before


def _status(name: str) -> int:
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith(name + ":"):
            return 1024 * int(line.split()[1])
    raise OSError(name)


def main() -> int:
    """Print one line a kernel; status 1 if a claim does not hold."""
    random = np.random.default_rng(0)
    photo = cv2.resize(random.integers(0, 256, (300, 400, 3), dtype=np.uint8), (4000, 3000))
    working = cv2.resize(photo, (1600, 1200), interpolation=cv2.INTER_AREA)
    print(
        f"{platform.node()}, {platform.machine()}, {cv2.getNumberOfCPUs()} cores, OpenCV {cv2.__version__}, 4000 × 3000"
    )
    print("kernel              apply/cv2  memory  | picture/cv2  memory  | working/full")
    worst = 0.0
    for size in (3, 5, 7):
        row = np.poly1d([0.5, 0.5]) ** (size - 1)
        kernels = {
            "random": random.normal(size=(size, size)),
            "box": np.full((size, size), 1 / size**2),
            "binomial": np.outer(row.coeffs, row.coeffs),
        }
        for name, kernel in kernels.items():
            for padding in (0, size // 2):
                bar = 1.15 if name == "random" else SEPARABLE_BARS[size]
                worst = max(worst, _line(photo, working, kernel, f"{size} × {size} {name:8} +{padding}", padding, bar))
    print("every claim holds" if worst <= 1 else f"a claim is exceeded by {100 * (worst - 1):.0f} %")
    return int(worst > 1)


def _line(photo: np.ndarray, working: np.ndarray, kernel: np.ndarray, name: str, padding: int, bar: float) -> float:
    ours, theirs, ours_picture, theirs_picture, small = interleaved(
        lambda: apply(photo, kernel, padding=padding),
        lambda: cv2.filter2D(photo, cv2.CV_32F, kernel, borderType=cv2.BORDER_CONSTANT),
        lambda: apply_to_picture(photo, kernel, padding=padding),
        lambda: cv2.filter2D(photo, -1, kernel),
        lambda: apply(working, kernel, padding=padding),
    )
    memory = peak_bytes(lambda: apply(photo, kernel, padding=padding))
    memory_picture = peak_bytes(lambda: apply_to_picture(photo, kernel, padding=padding))
    shares = [ours / theirs / bar, ours_picture / theirs_picture / 1.15, small / ours / 0.5]
    columns = ["  n/a", "  n/a"]
    if memory is not None and memory_picture is not None:
        columns = [f"{memory / photo.nbytes:5.2f}", f"{memory_picture / photo.nbytes:5.2f}"]
        shares += [memory / (5 * photo.nbytes), memory_picture / (2.1 * photo.nbytes)]
    print(f"{name:19} {ours / theirs:8.2f}   {columns[0]}×  | {ours_picture / theirs_picture:8.2f}     {columns[1]}×  |"
          f" {small / ours:8.2f}    ({1000 * ours:.0f} ms, {1000 * ours_picture:.0f} ms)")  # fmt: skip
    return max(shares)


if __name__ == "__main__":
    sys.exit(main())
