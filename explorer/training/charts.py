"""A run as pictures: curves.png (loss and validation by epoch) and gradients.png (gradient norms by layer).

Drawn with Pillow alone, so that training needs no plotting library.
"""

import io
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from explorer.checkpoint.file import write_atomically

Colour = tuple[int, int, int]
INK: Colour = (40, 40, 48)
FAINT: Colour = (222, 224, 230)
COLOURS: tuple[Colour, ...] = (
    (0, 107, 164),
    (255, 128, 14),
    (89, 89, 89),
    (163, 200, 236),
    (200, 82, 0),
    (120, 60, 150),
)


def write_curves(folder: Path, history: Sequence[dict[str, Any]]) -> None:
    """Writes both pictures, replacing those of the epoch before."""
    sources = list(history[-1]["validation"])
    tops: dict[str, Sequence[float]] = {
        source: [line["validation"][source]["top1"] for line in history] for source in sources
    }
    loss = line_chart("training loss", {"loss": [line["loss"] for line in history]})
    accuracy = line_chart("validation top-1", tops, low=0.0, high=1.0)
    save_png(folder / "curves.png", _beside(loss, accuracy))
    save_png(
        folder / "gradients.png", heat_chart("gradient norm by layer", [line["gradient_norms"] for line in history])
    )


def line_chart(
    title: str, series: dict[str, Sequence[float]], low: float | None = None, high: float | None = None
) -> Image.Image:
    """Lines over epochs 1, 2, ... with a scale in numbers and a legend; values that are not finite are left out."""
    width, height, left, top, right, bottom = 560, 360, 64, 40, 16, 62
    picture = Image.new("RGB", (width, height), "white")
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(14)
    values = [value for line in series.values() for value in line if math.isfinite(value)] or [0.0]
    low = min(values) if low is None else low
    high = max(values) if high is None else high
    high = high if high > low else low + 1
    longest = max([2, *(len(line) for line in series.values())])
    draw.text((left, 12), title, INK, font)
    for tick in range(5):
        value = low + (high - low) * tick / 4
        y = height - bottom - (height - top - bottom) * tick / 4
        draw.line((left, y, width - right, y), FAINT)
        draw.text((left - 8, y), f"{value:.3g}", INK, font, anchor="rm")
    draw.text((left, height - bottom + 6), "epoch 1", INK, font)
    draw.text((width - right, height - bottom + 6), f"{longest}", INK, font, anchor="ra")
    for number, (name, line) in enumerate(series.items()):
        colour = COLOURS[number % len(COLOURS)]
        points = [
            (
                left + (width - left - right) * index / (longest - 1),
                height - bottom - (height - top - bottom) * (value - low) / (high - low),
            )
            for index, value in enumerate(line)
            if math.isfinite(value)
        ]
        draw.line(points, colour, 3, joint="curve")
        for x, y in points:
            draw.ellipse((x - 3, y - 3, x + 3, y + 3), colour)
        x = left + 160 * number
        draw.line((x, height - 18, x + 22, height - 18), colour, 4)
        draw.text((x + 28, height - 18), name, INK, font, anchor="lm")
    return picture


def heat_chart(title: str, columns: Sequence[dict[str, float]]) -> Image.Image:
    """A row a layer, a column an epoch; darker is larger, on a logarithmic scale whose ends are printed."""
    names = list(dict.fromkeys(name for column in columns for name in column))
    cell, left, top, row = max(6, min(28, 700 // max(1, len(columns)))), 260, 64, 18
    picture = Image.new("RGB", (max(520, left + cell * len(columns) + 20), top + row * len(names) + 16), "white")
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(13)
    logs = [math.log10(v) for column in columns for v in column.values() if math.isfinite(v) and v > 0] or [0.0]
    low, high = min(logs), max(*logs, min(logs) + 1e-6)
    draw.text((12, 10), f"{title}; light {10**low:.2g}, dark {10**high:.2g}; crossed: frozen or zero", INK, font)
    draw.text((left, 40), f"epoch 1 to {len(columns)}", INK, font)
    for y, name in enumerate(names):
        draw.text((left - 8, top + row * y + row / 2), name, INK, font, anchor="rm")
        for x, column in enumerate(columns):
            box = (left + cell * x, top + row * y, left + cell * (x + 1) - 2, top + row * (y + 1) - 2)
            value = column.get(name, 0.0)
            if not (math.isfinite(value) and value > 0):
                draw.line(box, FAINT, 2)
                continue
            depth = (math.log10(value) - low) / (high - low)
            draw.rectangle(box, tuple(round(250 + (tone - 250) * depth) for tone in (8, 48, 107)))
    return picture


def save_png(path: Path, picture: Image.Image) -> None:
    """Written atomically."""
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    write_atomically(path, buffer.getvalue())


def _beside(first: Image.Image, second: Image.Image) -> Image.Image:
    both = Image.new("RGB", (first.width + second.width, max(first.height, second.height)), "white")
    both.paste(first, (0, 0))
    both.paste(second, (first.width, 0))
    return both
