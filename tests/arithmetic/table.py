"""Settings with torch's answers, for Python and for the browser's arithmetic alike.

`python -m tests.arithmetic.table` writes tests/tables/sizes.json anew; test_sizes_table.py holds it against torch.
"""

import json
import random
from pathlib import Path

import torch
import torch.nn.functional as F  # noqa: N812

from explorer.arithmetic.formulas import formula
from explorer.arithmetic.rules import Axis, nearest_legal, nearest_without_waste, refusal
from explorer.arithmetic.taps import coverage, taps, unread

TABLE = Path(__file__).parents[1] / "tables" / "sizes.json"
KINDS = ("conv", "transposed", "max", "average", "adaptive")


def torch_length(axis):
    """The length that torch gives on a CPU tensor, or None where it refuses."""
    image = torch.zeros(1, 1, axis.size, 1, dtype=torch.float64)
    weight = torch.zeros(1, 1, axis.kernel_size, 1, dtype=torch.float64)
    kernel, stride, padding, dilation = (axis.kernel_size, 1), (axis.stride, 1), (axis.padding, 0), (axis.dilation, 1)
    try:
        if axis.kind == "conv":
            out = F.conv2d(image, weight, None, stride, padding, dilation)
        elif axis.kind == "transposed":
            out = F.conv_transpose2d(image, weight, None, stride, padding, (axis.output_padding, 0), 1, dilation)
        elif axis.kind == "max":
            out = F.max_pool2d(image, kernel, stride, padding, dilation, axis.ceil_mode)
        elif axis.kind == "average":
            out = F.avg_pool2d(image, kernel, stride, padding, axis.ceil_mode)
        else:
            out = F.adaptive_avg_pool2d(image, (axis.kernel_size, 1))
    except RuntimeError:
        return None
    return out.shape[2]


def settings(count=700, seed=3):
    """Axes of every kind, legal and not, the same at every call."""
    draw = random.Random(seed)
    for index in range(count):
        kind = KINDS[index % len(KINDS)]
        plain = kind == "adaptive"
        yield Axis(
            kind,
            size=draw.randint(1, 14),
            kernel_size=draw.randint(1, 7),
            stride=1 if plain else draw.randint(1, 4),
            padding=0 if plain else draw.choice((0, 0, 1, 1, 2, 3)),
            dilation=1 if plain or kind == "average" else draw.choice((1, 1, 2, 3)),
            output_padding=draw.choice((0, 0, 1, 2)) if kind == "transposed" else 0,
            ceil_mode=kind in {"max", "average"} and draw.random() < 0.4,
        )


def row(axis):
    """One line of the table: the axis, torch's length, and what ours says about it."""
    reason = refusal(axis)
    answer = {
        "axis": dict(axis.__dict__),
        "length": torch_length(axis),
        "refusal": reason,
        "nearest": [[change.name, change.value] for change in nearest_legal(axis)],
        "nearest_without_waste": [[change.name, change.value] for change in nearest_without_waste(axis)],
    }
    if reason is None:
        answer["formula"] = formula(axis)
        answer["taps"] = [sorted(window) for window in taps(axis)]
        answer["unread"] = unread(axis)
        if axis.output_padding == 0:
            windows = (axis.kernel_size, axis.stride, axis.padding, axis.dilation)
            answer["coverage"] = coverage(axis.size, *windows, ceil_mode=axis.ceil_mode, kind=axis.kind)
    return answer


def rows():
    """The whole table."""
    return [row(axis) for axis in settings()]


if __name__ == "__main__":
    TABLE.write_text("[\n" + ",\n".join(json.dumps(each, ensure_ascii=False) for each in rows()) + "\n]\n", "utf-8")
