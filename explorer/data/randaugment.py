"""RandAugment (Cubuk et al. 2020) for a whole batch: random operations, drawn for each photograph by itself.

Moves become one more factor of the affine map, colours one more factor of the colour map; only posterising and
solarising touch the pixels one by one.
"""

from dataclasses import dataclass

import torch

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
        for index, (kind, amount) in enumerate(zip(kinds.tolist(), amounts.tolist(), strict=True)):
            name = OPERATIONS[kind]
            if name == "posterise":
                levels[index] = 2.0 ** (8 - round(5 * abs(amount)))
            elif name == "solarise":
                fold[index] = 1 - abs(amount)
            elif name in _COLOURS:
                colour[index] = _colour(name, amount) @ colour[index]
            elif name in _MOVES:
                geometry[index] = geometry[index] @ _move(name, amount)
    return Operations(geometry, colour, levels, fold)


def quantise(pixels: torch.Tensor, operations: Operations) -> torch.Tensor:
    """Posterised and solarised pixels, float (N, C, H, W) of 0..255."""
    levels = operations.levels.to(pixels.device).view(-1, 1, 1, 1)
    fold = operations.fold.to(pixels.device).view(-1, 1, 1, 1) * 255
    step = 256 / levels
    rough = torch.where(levels < 256, (pixels / step).floor() * step, pixels)
    return torch.where(rough > fold, 255 - rough, rough)


def _move(name: str, amount: float) -> torch.Tensor:
    """One affine map (3, 3)."""
    matrix = torch.eye(3)
    if name == "turn":
        angle = torch.tensor(amount * torch.pi / 4)
        matrix[:2, :2] = torch.tensor([[angle.cos(), -angle.sin()], [angle.sin(), angle.cos()]])
    elif name == "shear_x":
        matrix[0, 1] = 0.4 * amount
    elif name == "shear_y":
        matrix[1, 0] = 0.4 * amount
    else:
        matrix[0 if name == "shift_x" else 1, 2] = 0.8 * amount
    return matrix


def _colour(name: str, amount: float) -> torch.Tensor:
    """One colour map (4, 4)."""
    matrix, factor = torch.eye(4), 1 + 0.9 * amount
    if name == "brightness":
        matrix[:3, :3] *= factor
    elif name == "contrast":
        matrix[:3, :3] *= factor
        matrix[:3, 3] = 0.5 * (1 - factor)
    else:
        grey = torch.tensor([0.299, 0.587, 0.114]).expand(3, 3)
        matrix[:3, :3] = factor * torch.eye(3) + (1 - factor) * grey
    return matrix
