"""Draw the page's example pictures anew: `python assets/draw_examples.py`. Nothing in them is a photograph."""

import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from explorer.data.drawn import draw

SIZE = 512
Picture = npt.NDArray[np.uint8]


def test_chart() -> Picture:
    """A Siemens star, rings that get finer outwards, a step wedge, and colour patches."""
    y, x = np.mgrid[0:SIZE, 0:SIZE] / (SIZE - 1)
    chart = np.full((SIZE, SIZE, 3), 255.0)
    for centre_x, wave in ((0.27, "star"), (0.73, "rings")):
        across, down = x - centre_x, y - 0.3
        radius = np.hypot(across, down)
        phase = np.arctan2(down, across) * 18 if wave == "star" else radius**2 * 1100
        chart[radius < 0.23] = (127.5 + 127.5 * np.sin(phase))[radius < 0.23, None]
    steps = np.floor(x * 12) / 11 * 255
    wedge = (y > 0.6) & (y < 0.76)
    chart[wedge] = steps[wedge, None]
    patches = [(200, 30, 40), (240, 140, 30), (250, 220, 50), (40, 150, 70), (30, 100, 200), (110, 40, 150)]
    for index, colour in enumerate(patches):
        chart[(y > 0.81) & (y < 0.97) & (x > index / 6 + 0.012) & (x < (index + 1) / 6 - 0.012)] = colour
    return np.rint(chart).astype(np.uint8)


def stripes() -> Picture:
    """Four fields of hard-edged stripes: vertical, horizontal and both diagonals."""
    y, x = np.mgrid[0:SIZE, 0:SIZE]
    half = SIZE // 2
    fields = [[x % half, y % half], [(x + y) % SIZE, (x - y) % SIZE]]
    picture = np.empty((SIZE, SIZE, 3), np.uint8)
    dark, light = (24, 36, 66), (246, 243, 234)
    for row in (0, 1):
        for column in (0, 1):
            on = (fields[row][column] // 16) % 2 == 0
            part = (slice(row * half, (row + 1) * half), slice(column * half, (column + 1) * half))
            picture[part] = np.where(on[part][..., None], dark, light)
    return picture


def text() -> Picture:
    """Letters and digits, large to small."""
    page = Image.new("RGB", (SIZE, SIZE), (252, 251, 247))
    pen = ImageDraw.Draw(page)
    top = 14
    for size, line in ((118, "Kernel"), (84, "3 by 3 = 9"), (58, "stride, padding"), (40, "every number opens"),
                       (28, "down to the pixels and the weights"), (20, "ABCDEFGHIJKLMNOPQRSTUVWXYZ 0123456789"),
                       (14, "the quick brown fox jumps over the lazy dog, and over it again")):  # fmt: skip
        pen.text((24, top), line, fill=(28, 30, 36), font=ImageFont.load_default(size))
        top += round(size * 1.28)
    return np.asarray(page)


EXAMPLES = {
    "01-sports-shoe": lambda: draw("sports-shoes", 2, SIZE, plain=True),
    "02-kurta": lambda: draw("kurtas", 2, SIZE, plain=True),
    "03-handbag": lambda: draw("handbags", 1, SIZE, plain=True),
    "04-shirt": lambda: draw("shirts", 1, SIZE, plain=True),
    "05-watch": lambda: draw("watches", 1, SIZE, plain=True),
    "06-saree": lambda: draw("sarees", 1, SIZE, plain=True),
    "07-jeans": lambda: draw("jeans", 0, SIZE, plain=True),
    "08-test-chart": test_chart,
    "09-stripes": stripes,
    "10-text": text,
}


def main() -> int:
    """Write every example into assets/examples."""
    folder = ROOT / "assets" / "examples"
    folder.mkdir(exist_ok=True)
    for name, make in EXAMPLES.items():
        Image.fromarray(make()).save(folder / f"{name}.png", optimize=True)
    sys.stdout.write(f"{len(EXAMPLES)} pictures drawn into {folder}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
