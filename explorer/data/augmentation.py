"""Random crops, turns, flips and colours for a whole batch at once, each photograph with its own numbers.

(torchvision's v2 transforms on a batch draw once for all of it.) The numbers come from a CPU generator, so a run is the
same on any device; the pixels move in one `grid_sample` on the device that holds them.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch.nn import functional

from explorer.data.randaugment import Operations, draw_operations, quantise
from explorer.errors import CatalogError
from explorer.image.pixels import LUMA


@dataclass(frozen=True)
class Recipe:
    """How much a training photograph may change without changing its label."""

    area: tuple[float, float] = (0.45, 1.0)  # share of the picture that is cut out
    aspect: float = 4 / 3  # width : height of the cut, at most that or one over it
    shift: float = 0.0  # share of the side by which the picture may move, its border drawn out behind it
    flip: float = 0.5  # chance of left for right
    flip_vertical: float = 0.0
    quarter_turns: bool = False
    turn_degrees: float = 0.0
    brightness: float = 0.0  # +- share
    contrast: float = 0.0
    saturation: float = 0.0
    hue_degrees: float = 0.0
    grey: float = 0.0  # chance of no colour at all
    erase: float = 0.0  # chance of a rectangle of one random colour
    operations: int = 0  # RandAugment: how many on top of all this
    magnitude: float = 0.3  # of those, 0 to 1

    @property
    def whole_pixels(self) -> bool:
        """Whether pixels are only moved, by whole ones: nothing is resampled, and nothing blurred."""
        return (self.area, self.aspect, self.turn_degrees, self.operations) == ((1.0, 1.0), 1.0, 0.0, 0)

    @property
    def changes_colour(self) -> bool:
        """Whether a photograph's colours may change."""
        return any((self.brightness, self.contrast, self.saturation, self.hue_degrees, self.grey))


RECIPES = {
    "natural": Recipe(area=(0.35, 1.0), turn_degrees=8, brightness=0.25, contrast=0.25, saturation=0.25, hue_degrees=8),
    "product": Recipe(
        area=(0.55, 1.0), aspect=1.2, turn_degrees=6, brightness=0.2, contrast=0.2, saturation=0.3, hue_degrees=12
    ),
    "medical": Recipe(area=(0.8, 1.0), aspect=1.1, flip=0.0, turn_degrees=5, brightness=0.1, contrast=0.1),
    "aerial": Recipe(
        area=(0.5, 1.0), flip_vertical=0.5, quarter_turns=True, brightness=0.15, contrast=0.15, saturation=0.15
    ),
    "tiny": Recipe(area=(1.0, 1.0), aspect=1.0, shift=0.125),  # some dozens of pixels, of which cuts would blur each
    "none": Recipe(area=(1.0, 1.0), aspect=1.0, flip=0.0),
}


@dataclass(frozen=True)
class Draws:
    """The numbers for a batch, or for a whole epoch."""

    geometry: torch.Tensor  # (N, 2, 3): output to input coordinates, -1..1
    colour: torch.Tensor | None  # (N, 3, 4): a map of colours of 0..1, with an offset; None changes none
    erased: torch.Tensor | None = None  # (N, 4): top, bottom, left, right as shares
    fill: torch.Tensor | None = None  # (N, 3) of 0..1: the colour of what is erased
    operations: Operations | None = None
    whole_pixels: bool = False  # a shift is rounded to whole pixels

    def part(self, chosen: slice | torch.Tensor) -> "Draws":
        """Those of some photographs of the batch, by a slice or by their places.

        Args:
            chosen: a slice, or int64 or bool (M,) or (N,).
        """
        return self._each(lambda numbers: numbers[chosen])

    def to(self, device: torch.device) -> "Draws":
        """The same in the device's own memory."""
        return self._each(lambda numbers: numbers.to(device))

    def _each(self, change: Callable[[torch.Tensor], torch.Tensor]) -> "Draws":
        found: dict[str, Any] = {name: change(held) for name, held in vars(self).items() if torch.is_tensor(held)}
        if self.operations:
            found["operations"] = Operations(**{name: change(held) for name, held in vars(self.operations).items()})
        return replace(self, **found)


def find_recipe(name: str) -> Recipe:
    """A recipe by name.

    Raises:
        CatalogError: an unknown name; the known ones are listed.
    """
    if name not in RECIPES:
        raise CatalogError(f"There is no augmentation recipe {name!r}; there are {', '.join(RECIPES)}.")
    return RECIPES[name]


def draw_numbers(recipe: Recipe, count: int, generator: torch.Generator) -> Draws:
    """Numbers for `count` photographs."""
    uniform = torch.rand(count, 16, generator=generator)
    erased = _rectangles(uniform[:, 11:16], recipe.erase) if recipe.erase > 0 else None
    fill = torch.rand(count, 3, generator=generator) if recipe.erase > 0 else None
    turns = torch.rand(count, generator=generator) if recipe.quarter_turns else None
    coins = torch.rand(count, generator=generator) if recipe.grey > 0 else None
    geometry, colour = _geometry(recipe, uniform[:, :7], turns), _colour(recipe, uniform[:, 7:11], coins)
    if not recipe.operations:
        changed = colour if recipe.changes_colour else None
        return Draws(geometry, changed, erased, fill, whole_pixels=recipe.whole_pixels)
    operations = draw_operations(count, recipe.operations, recipe.magnitude, generator)
    last_row = torch.tensor([0.0, 0.0, 0.0, 1.0]).expand(count, 1, 4)
    colour = (operations.colour @ torch.cat([colour, last_row], 1))[:, :3]
    geometry = geometry @ operations.geometry
    return Draws(geometry, colour, erased, fill, operations)


def augment(pictures: torch.Tensor, size: int, draws: Draws) -> torch.Tensor:
    """Augmented photographs, float32 (N, C, size, size) of 0..255.

    Args:
        pictures: uint8 (N, C, H, W), C 3 or 1.
    """
    draws = draws.to(pictures.device)
    pixels = pictures.float()
    geometry = draws.geometry
    if draws.whole_pixels:
        geometry = torch.cat([geometry[:, :, :2], (geometry[:, :, 2:] * size / 2).round() * 2 / size], 2)
    grid = _grid(geometry, size)
    pixels = functional.grid_sample(pixels, grid, mode="bilinear", padding_mode="border", align_corners=False)
    if draws.colour is not None:
        matrix = draws.colour
        if pixels.shape[1] == 1:  # the same grey in all three channels
            matrix = torch.stack([matrix[:, :1, :3].sum(2), matrix[:, :1, 3]], 2)
        pixels = torch.baddbmm(matrix[:, :, -1:] * 255, matrix[:, :, :-1], pixels.flatten(2)).view_as(pixels)
    pixels = pixels.clamp_(0, 255)
    if draws.operations:
        pixels = quantise(pixels, draws.operations)
    if draws.erased is not None and draws.fill is not None:
        pixels = _erase(pixels, draws.erased, draws.fill)
    return pixels


def _grid(geometry: torch.Tensor, size: int) -> torch.Tensor:
    """Where each output pixel looks, (N, size, size, 2) of -1..1; `functional.affine_grid`, at a fifth of its time."""
    centres = (torch.arange(size, device=geometry.device) * 2 + 1) / size - 1
    columns = geometry[:, :, 0, None] * centres + geometry[:, :, 2, None]  # (N, 2, size)
    rows = geometry[:, :, 1, None] * centres
    grid = torch.empty(len(geometry), size, size, 2, device=geometry.device)
    for axis in (0, 1):
        torch.add(columns[:, axis, None, :], rows[:, axis, :, None], out=grid[..., axis])
    return grid


def _between(uniform: torch.Tensor, low: float, high: float) -> torch.Tensor:
    return low + (high - low) * uniform


def _geometry(recipe: Recipe, uniform: torch.Tensor, turns: torch.Tensor | None) -> torch.Tensor:
    """Affine matrices (N, 2, 3) from output to input coordinates, both -1..1.

    Args:
        uniform: (N, 7) of 0..1.
        turns: (N,) of 0..1, which of the four quarters; None for none.
    """
    side = _between(uniform[:, 0], *recipe.area).sqrt()
    stretch = (torch.log(torch.tensor(recipe.aspect)) * _between(uniform[:, 1], -0.5, 0.5)).exp()
    width, height = (side * stretch).clamp(max=1), (side / stretch).clamp(max=1)
    farthest = 1 + 2 * recipe.shift
    shift_x, shift_y = (
        (farthest - width) * _between(uniform[:, 2], -1, 1),
        (farthest - height) * _between(uniform[:, 3], -1, 1),
    )
    width = torch.where(uniform[:, 4] < recipe.flip, -width, width)
    height = torch.where(uniform[:, 5] < recipe.flip_vertical, -height, height)
    angle = torch.deg2rad(_between(uniform[:, 6], -recipe.turn_degrees, recipe.turn_degrees))
    if turns is not None:
        angle = angle + torch.pi / 2 * torch.floor(turns * 4)
    cosine, sine = angle.cos(), angle.sin()
    first = torch.stack([width * cosine, -width * sine, shift_x], 1)
    second = torch.stack([height * sine, height * cosine, shift_y], 1)
    return torch.stack([first, second], 1)


def _colour(recipe: Recipe, uniform: torch.Tensor, coins: torch.Tensor | None) -> torch.Tensor:
    """Affine colour maps (N, 3, 4) on values of 0..1: hue, saturation, contrast about mid-grey, brightness.

    Args:
        uniform: (N, 4) of 0..1.
        coins: (N,) of 0..1; below the recipe's chance all colour goes. None for never.
    """
    to_grey = torch.tensor(LUMA).expand(3, 3)
    third = torch.full((3, 3), 1 / 3)
    cross = torch.tensor([[0.0, -1, 1], [1, 0, -1], [-1, 1, 0]]) / 3**0.5
    angle = torch.deg2rad(_between(uniform[:, 0], -recipe.hue_degrees, recipe.hue_degrees)).view(-1, 1, 1)
    hue = angle.cos() * torch.eye(3) + angle.sin() * cross + (1 - angle.cos()) * third  # a turn about the grey axis
    keep = (1 + recipe.saturation * _between(uniform[:, 1], -1, 1)).view(-1, 1, 1)
    if coins is not None:
        keep = keep * (coins >= recipe.grey).view(-1, 1, 1)
    matrix = (keep * torch.eye(3) + (1 - keep) * to_grey) @ hue
    contrast = (1 + recipe.contrast * _between(uniform[:, 2], -1, 1)).view(-1, 1, 1)
    brightness = (1 + recipe.brightness * _between(uniform[:, 3], -1, 1)).view(-1, 1, 1)
    offset = (0.5 * (1 - contrast) * brightness).expand(-1, 3, 1)
    return torch.cat([matrix * contrast * brightness, offset], 2)


def _rectangles(uniform: torch.Tensor, chance: float) -> torch.Tensor:
    """Top, bottom, left, right as shares; an empty rectangle where nothing is erased."""
    area = _between(uniform[:, 0], 0.02, 0.2)
    stretch = (torch.log(torch.tensor(3.0)) * _between(uniform[:, 1], -0.5, 0.5)).exp()
    height, width = (area.sqrt() * stretch).clamp(max=0.9), (area.sqrt() / stretch).clamp(max=0.9)
    top, left = (1 - height) * uniform[:, 2], (1 - width) * uniform[:, 3]
    found = (uniform[:, 4] < chance).float()
    return torch.stack([top, top + height * found, left, left + width * found], 1)


def _erase(pixels: torch.Tensor, rectangles: torch.Tensor, fill: torch.Tensor) -> torch.Tensor:
    """Each photograph's own colour inside its rectangle."""
    height, width = pixels.shape[-2:]
    y = ((torch.arange(height, device=pixels.device) + 0.5) / height).view(1, -1, 1)
    x = ((torch.arange(width, device=pixels.device) + 0.5) / width).view(1, 1, -1)
    top, bottom, left, right = (column.view(-1, 1, 1) for column in rectangles.unbind(1))
    inside = (y >= top) & (y < bottom) & (x >= left) & (x < right)
    colours = fill[:, : pixels.shape[1], None, None] * 255
    return torch.where(inside.unsqueeze(1), colours, pixels)
