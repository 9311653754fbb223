"""The same bits again on a GPU: what torch has no repeatable gradient for, in other words.

Of the layers that the networks here use, that is adaptive average pooling to more than 1 x 1 alone (the docstring of
`torch.use_deterministic_algorithms` lists them); as two products of matrices it has one.
"""

import torch
from torch import nn


class MatrixPool(nn.Module):
    """`nn.AdaptiveAvgPool2d` as a product with averaging matrices, one for the rows and one for the columns."""

    def __init__(self, output_size: int | tuple[int | None, int | None] | None) -> None:
        super().__init__()
        self.output_size = output_size if isinstance(output_size, tuple) else (output_size, output_size)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, C, H, W) -> (N, C, *output_size)."""
        rows, columns = (
            averaging(given, wanted or given).to(x) for given, wanted in zip(x.shape[2:], self.output_size, strict=True)
        )
        return rows @ x @ columns.T


def averaging(given: int, wanted: int) -> torch.Tensor:
    """float32 (wanted, given): row i takes the mean from floor(i * given / wanted) to ceil((i + 1) * given / wanted).

    Source: torch.nn.AdaptiveAvgPool2d, `start_index` and `end_index`.
    """
    matrix = torch.zeros(wanted, given)
    for row in range(wanted):
        first, last = row * given // wanted, -(-(row + 1) * given // wanted)
        matrix[row, first:last] = 1 / (last - first)
    return matrix


def make_repeatable(model: nn.Module) -> None:
    """Puts a `MatrixPool` in the place of each adaptive average pooling that has no repeatable gradient on a GPU."""
    for name, module in list(model.named_modules()):
        if isinstance(module, nn.AdaptiveAvgPool2d) and module.output_size not in (1, (1, 1)):
            model.set_submodule(name, MatrixPool(module.output_size))
