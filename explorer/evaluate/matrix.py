"""The confusion matrix, as numbers and as a picture."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from explorer.evaluate.judging import Verdicts


def confusion(outcome: Verdicts) -> npt.NDArray[np.int64]:
    """Counts (labels, labels): row true, column predicted."""
    matrix = np.zeros((len(outcome.labels),) * 2, np.int64)
    np.add.at(matrix, (outcome.truth, outcome.probabilities.argmax(1)), 1)
    return matrix


def draw_confusion(matrix: npt.NDArray[np.int64], labels: Sequence[str]) -> Image.Image:
    """The matrix with its numbers; darker is a larger share of the row.

    Args:
        matrix: int64 (labels, labels), as `confusion` gives it.
    """
    font = ImageFont.load_default(14)
    cell, left = 36, 24 + max(int(font.getlength(name)) for name in labels)
    top, side = left + 10, cell * len(labels)
    picture = Image.new("RGB", (max(left + side + 20, 260), top + side + 56), "white")
    draw = ImageDraw.Draw(picture)
    for index, name in enumerate(labels):
        draw.text((left - 8, top + cell * index + cell / 2), name, "black", font, anchor="rm")
        column = Image.new("L", (left, 20))
        ImageDraw.Draw(column).text((0, 10), name, 255, font, anchor="lm")
        turned = column.rotate(90, expand=True)
        picture.paste("black", (left + cell * index + 8, top - 8 - left), turned)
    for row, counts in enumerate(matrix):
        for column_index, count in enumerate(counts):
            share = count / max(1, counts.sum())
            x, y = left + cell * column_index, top + cell * row
            tone = tuple(round(255 + (dark - 255) * share) for dark in (8, 48, 107))
            draw.rectangle((x, y, x + cell - 2, y + cell - 2), tone)
            if count:
                draw.text(
                    (x + cell / 2, y + cell / 2), str(count), "white" if share > 0.5 else "black", font, anchor="mm"
                )
    draw.text((12, top + side + 8), "rows: true, columns: predicted", "black", font)
    draw.text((12, top + side + 28), "darker: larger share of its row", "black", font)
    return picture
