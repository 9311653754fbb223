"""Claim: crop, flip and erase cost at most 0.1 of decoding the photographs again in every epoch, on a CPU.

Both on one thread in this very run, on JPEGs of a phone's shape drawn here; what is compared is CPU time, so that other
work on the machine does not count. Prints the ratio.
"""

import io
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from explorer.data.augmentation import RECIPES, augment, draw_numbers
from explorer.data.drawn import CLASSES, draw
from explorer.image import open_upload
from explorer.preprocessing import Preprocessing, to_tensor

COUNT = 64
SIZE = 96
KEPT = 112  # what training keeps for pictures of SIZE


def main() -> int:
    torch.set_num_threads(1)
    geometry = Preprocessing(size=KEPT)
    recipe = replace(RECIPES["none"], area=(0.5, 1.0), aspect=1.2, flip=0.5, erase=0.5)
    with tempfile.TemporaryDirectory() as folder:
        paths = [write_photograph(Path(folder), number) for number in range(COUNT)]

        def decode() -> torch.Tensor:
            return torch.cat([to_tensor(geometry.picture(open_upload(path))) for path in paths])

        pictures = decode()
        generator = torch.Generator().manual_seed(0)

        def change() -> torch.Tensor:
            return augment(pictures, SIZE, draw_numbers(recipe, COUNT, generator))

        decoding_s, augmenting_s = fastest(decode), fastest(change)
    each = 1000 / COUNT
    print(f"decoding a photograph: {each * decoding_s:.3f} ms; crop, flip and erase: {each * augmenting_s:.3f} ms")
    print(f"ratio {augmenting_s / decoding_s:.3f} (claimed: at most 0.1)")
    return 0 if augmenting_s <= 0.1 * decoding_s else 1


def write_photograph(folder: Path, number: int) -> Path:
    """A drawing as a JPEG of 600 x 800, as a small phone photograph has."""
    picture = Image.fromarray(draw(CLASSES[number % len(CLASSES)], number, 160)).resize(
        (600, 800), Image.Resampling.BICUBIC
    )
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=90)
    path = folder / f"{number}.jpg"
    path.write_bytes(buffer.getvalue())
    return path


def fastest(work: Callable[[], torch.Tensor], times: int = 5) -> float:
    """Least CPU seconds of several runs."""
    found = []
    for _ in range(times):
        started = time.process_time()
        work()
        found.append(time.process_time() - started)
    return min(found)


if __name__ == "__main__":
    sys.exit(main())
