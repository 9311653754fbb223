"""RandAugment (Cubuk et al. 2020) for a whole batch: random operations, drawn for each photograph by itself.

Moves become one more factor of the affine map, colours one more factor of the colour map; only posterising and
solarising touch the pixels one by one.
"""

from dataclasses import dataclass

import torch

from explorer.image.pixels import LUMA

_MOVES = ("turn", "shear_x", "shear_y", "shift_x", "shift_y")
_COLOURS = ("brightness", "contrast", "saturation")
OPERATIONS = ("identity", *_MOVES, *_COLOURS, "posterise", "solarise")


@dataclass(frozen=True)
class Operations:
    """What was drawn for each photograph."""

    geometry: torch.Tensor  # (N, 3, 3): a map of output to input coordinates, -1..1
    colour: torch.Tensor  # (N, 4, 4): a map of colours 0..1, with an offset
    levels: torch.Tensor  # (N,): colours are rounded to so many levels
    fold: torch.Tensor  # (N,): colours above this share are turned over


def draw_operations(count: int, rounds: int, magnitude: float, generator: torch.Generator) -> Operations:
    """`rounds` operations for each of `count` photographs.

    Args:
        magnitude: 0 changes nothing, 1 turns by up to 45 degrees and moves by up to 40 %.
    """
    geometry, colour = torch.eye(3).repeat(count, 1, 1), torch.eye(4).repeat(count, 1, 1)
    levels, fold = torch.full((count,), 256.0), torch.ones(count)
    for _ in range(rounds):
        kinds = torch.randint(len(OPERATIONS), (count,), generator=generator)
        amounts = magnitude * (2 * torch.rand(count, generator=generator) - 1)
        of = {name: torch.where(kinds == index, amounts, 0.0) for index, name in enumerate(OPERATIONS)}
        geometry = geometry @ _move(of)
        colour = _colour(of) @ colour
        levels = torch.where(of["posterise"] != 0, 2.0 ** (8 - (5 * of["posterise"].abs()).round()), levels)
        fold = torch.where(of["solarise"] != 0, 1 - of["solarise"].abs(), fold)
    return Operations(geometry, colour, levels, fold)


def quantise(pixels: torch.Tensor, operations: Operations) -> torch.Tensor:
    """Posterised and solarised pixels, float (N, C, H, W) of 0..255."""
    levels, fold = operations.levels.view(-1, 1, 1, 1), operations.fold.view(-1, 1, 1, 1) * 255
    step = 256 / levels
    rough = torch.where(levels < 256, (pixels / step).floor() * step, pixels)
    return torch.where(rough > fold, 255 - rough, rough)


def _move(of: dict[str, torch.Tensor]) -> torch.Tensor:
    """Affine maps (N, 3, 3), of how much each photograph has of each operation: 0 but for one of them."""
    angle = of["turn"] * torch.pi / 4
    cosine, sine, zero, one = angle.cos(), angle.sin(), torch.zeros_like(angle), torch.ones_like(angle)
    rows = (
        (cosine, 0.4 * of["shear_x"] - sine, 0.8 * of["shift_x"]),
        (0.4 * of["shear_y"] + sine, cosine, 0.8 * of["shift_y"]),
        (zero, zero, one),
    )
    return torch.stack([torch.stack(row, 1) for row in rows], 1)


def _colour(of: dict[str, torch.Tensor]) -> torch.Tensor:
    """Colour maps (N, 4, 4), likewise."""
    brightness, contrast, saturation = (1 + 0.9 * of[name].view(-1, 1, 1) for name in _COLOURS)
    grey = torch.tensor(LUMA).expand(3, 3)
    matrix = torch.eye(4).repeat(len(saturation), 1, 1)
    matrix[:, :3, :3] = (saturation * torch.eye(3) + (1 - saturation) * grey) * contrast * brightness
    matrix[:, :3, 3:] = 0.5 * (1 - contrast)
    return matrix
