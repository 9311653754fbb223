"""Answers that torch computed in float64, as a table for the browser's arithmetic to be held against.

    python -m tests.filters.table

writes tests/tables/filters.json anew; `test_filters_table` fails while it differs from what torch says.
"""

import json
import sys
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from tests.filters.test_convolve import by_torch

TABLE = Path(__file__).parents[1] / "tables" / "filters.json"
HEIGHT, WIDTH = 7, 9


def table() -> dict[str, Any]:
    """One picture; and for many settings and kernels torch's answer, or None where torch refuses."""
    random = np.random.default_rng(11)
    image = random.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    cases = []
    for number, (mode, colour, stride, dilation, padding) in enumerate(
        product(("zeros", "reflect", "replicate", "circular"), ("grey", "rgb", "sum"), (1, 3), (1, 2), (0, 1, 7, 8))
    ):
        size = [(3, 3), (2, 5), (1, 4), (4, 1)][number % 4]
        planes = 3 if colour == "sum" and number % 8 < 4 else 1
        kernel = np.round(random.normal(size=(planes, *size)), 3)
        settings = {"stride": stride, "dilation": dilation, "padding": padding, "padding_mode": mode, "colour": colour}
        try:
            answer = by_torch(image, kernel if planes == 3 else kernel[0], bias=0.25, **settings)
            answer = np.round(answer, 7).tolist()
        except RuntimeError:
            answer = None
        cases.append({"settings": settings, "kernel": kernel.tolist(), "answer": answer})
    return {"image": image.tolist(), "cases": cases}


def main() -> int:
    """Write the table."""
    TABLE.write_text(json.dumps(table(), separators=(",", ":")) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
