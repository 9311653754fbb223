"""A stack as PyTorch code and as CSV."""

import csv
import io
from collections.abc import Sequence

from explorer.stack.layers import Layer
from explorer.stack.shapes import Shape
from explorer.stack.walking import Row

COLUMNS = ("layer", "output_shape", "parameters", "mult_adds", "memory_bytes", "receptive_field", "jump", "error")


def to_code(layers: Sequence[Layer], shape: Shape) -> str:
    """A script that builds the stack and prints its output's shape for one picture of `shape`."""
    lines = "\n".join(f"    {layer.code()}," for layer in layers)
    sides = ", ".join(str(n) for n in (1, *shape))
    return (
        "import torch\nfrom torch import nn\n\n"
        f"model = nn.Sequential(\n{lines}\n).eval()\n\n"
        f"print(model(torch.zeros({sides})).shape)\n"
    )


def to_csv(rows: Sequence[Row]) -> str:
    """The rows as a table; sides are joined with "x", an axis's two values with a space."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        shape = "x".join(str(n) for n in row.shape) if row.shape else ""
        field = "x".join(str(n) for n in row.receptive_field) if row.receptive_field else ""
        jump = "x".join(f"{n:g}" for n in row.jump) if row.jump else ""
        costs = (row.parameters, row.mult_adds, row.memory) if row.shape else ("", "", "")
        writer.writerow((row.layer.code(), shape, *costs, field, jump, row.error or ""))
    return out.getvalue()
