"""A small studio: smooth outlines, cloth that bulges and folds, soft shadows, backgrounds.

Outlines live in a unit square, x to the right and y down, both from -1 to 1. Everything is painted at twice the final
size from masks drawn at four times it, so edges are smooth. `garments` and `things` draw with it; `drawn` is the set.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

Points = Sequence[tuple[float, float]]
Array = npt.NDArray[np.float32]
Colour = tuple[float, float, float]  # red, green, blue from 0 to 1

LIGHT = np.array([-0.45, -0.6, 0.66], np.float32)  # from the upper left, towards the viewer


@dataclass(frozen=True)
class Pose:
    """Where and how a thing lies in the picture."""

    turn: float = 0.0  # radians, clockwise
    scale: float = 0.86
    stretch: float = 1.0  # width against height
    shear: float = 0.0
    shift: tuple[float, float] = (0.0, 0.0)
    mirrored: bool = False

    def place(self, points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Unit coordinates (N, 2) of the thing -> unit coordinates (N, 2) of the picture."""
        x, y = points[:, 0] * self.stretch * (-1 if self.mirrored else 1), points[:, 1]
        x = x + self.shear * y
        cosine, sine = np.cos(self.turn), np.sin(self.turn)
        placed = np.stack([x * cosine - y * sine, x * sine + y * cosine], 1) * self.scale
        return np.asarray(placed + np.array(self.shift))


def curve(points: Points, steps: int = 10) -> list[tuple[float, float]]:
    """An open Catmull-Rom curve through the points."""
    knots = np.array([points[0], *points, points[-1]], float)
    found = []
    for first, second, third, fourth in zip(knots, knots[1:], knots[2:], knots[3:], strict=False):
        rise, bend, twist = (
            third - first,
            2 * first - 5 * second + 4 * third - fourth,
            3 * second - first - 3 * third + fourth,
        )
        found += [
            0.5 * (2 * second + rise * t + bend * t**2 + twist * t**3) for t in np.linspace(0, 1, steps, endpoint=False)
        ]
    found.append(knots[-1])
    return [(float(x), float(y)) for x, y in found]


def symmetric(half: Points) -> list[tuple[float, float]]:
    """A closed outline from its right half, given from top to bottom."""
    return [*half, *[(-x, y) for x, y in reversed(half)]]


def ellipse(
    x: float, y: float, radius_x: float, radius_y: float, start: float = 0, end: float = 360
) -> list[tuple[float, float]]:
    """Points along an ellipse; angles in degrees, clockwise from the right."""
    angles = np.radians(np.linspace(start, end, 48))
    return [(x + radius_x * float(np.cos(a)), y + radius_y * float(np.sin(a))) for a in angles]


class Studio:
    """A picture under way: paint from back to front, then `finish`.

    Args:
        size: height and width of the finished picture, in pixels.
        rng: where every random choice comes from.
        pose: of everything painted.
    """

    def __init__(self, size: int, rng: np.random.Generator, pose: Pose) -> None:
        self.size, self.rng, self.pose = size, rng, pose
        self.side = 2 * size
        self.pixels: Array = np.ones((self.side, self.side, 3), np.float32)
        axis = np.linspace(-1, 1, self.side, dtype=np.float32)
        self.x, self.y = np.meshgrid(axis, axis)

    def mask(self, outline: Points) -> Array:
        """Cover of a closed outline, float32 from 0 to 1."""
        canvas = Image.new("L", (2 * self.side, 2 * self.side))
        ImageDraw.Draw(canvas).polygon(self._pixels(outline), fill=255)
        return np.asarray(canvas.reduce(2), np.float32) / np.float32(255)

    def line_mask(self, points: Points, width: float) -> Array:
        """Cover of a line with round ends; the width is in units of the thing."""
        canvas = Image.new("L", (2 * self.side, 2 * self.side))
        draw, placed = ImageDraw.Draw(canvas), self._pixels(points)
        thick = max(2.0, width * self.pose.scale * self.side)
        draw.line(placed, fill=255, width=round(thick), joint="curve")
        for x, y in (placed[0], placed[-1]):
            draw.ellipse((x - thick / 2, y - thick / 2, x + thick / 2, y + thick / 2), fill=255)
        return np.asarray(canvas.reduce(2), np.float32) / np.float32(255)

    def paint(
        self,
        cover: Array,
        colour: Colour | Array,
        relief: float = 0.05,
        folds: float = 0.0,
        gloss: float = 0.0,
        shadow: float = 0.0,
    ) -> Array:
        """Lays coloured material over the picture, lit from the upper left.

        Args:
            cover: from `mask` or `line_mask`.
            colour: one, or one a pixel (a pattern).
            relief: how wide the rounded edge is, in units of the picture; 0 paints flat.
            folds: depth of soft creases, as cloth has.
            gloss: strength of the highlight, as leather and glass have.
            shadow: strength of the shadow that it throws on what lies below.

        Returns:
            The cover, for painting inside it.
        """
        if shadow:
            self.shade(cover, shadow)
        window = self._window(cover, relief)
        factor, white = self._light(cover[window], window, relief, folds, gloss)
        tone = np.asarray(colour, np.float32)
        tone = tone[window] if tone.ndim == 3 else tone
        painted = np.clip(tone * factor[..., None] + white[..., None], 0, 1)
        part = self.pixels[window]
        part += cover[window][..., None] * (painted - part)
        return cover

    def shade(self, cover: Array, strength: float, offset: float = 0.03, softness: float = 0.05) -> None:
        """A soft shadow of the cover, thrown to the lower right."""
        window = self._window(cover, offset + softness)
        moved = np.roll(cover[window], (round(offset * self.side / 2), round(offset * self.side / 3)), (0, 1))
        part = self.pixels[window]
        part *= 1 - strength * blurred(moved, softness * self.side / 2)[..., None]

    def line(
        self, points: Points, colour: Colour, width: float, inside: Array | None = None, strength: float = 1.0
    ) -> None:
        """A flat line, such as a seam; `inside` cuts it off at a cover's edge."""
        cover = self.line_mask(points, width) * np.float32(strength)
        cover = cover if inside is None else cover * inside
        window = self._window(cover, 0)
        part = self.pixels[window]
        part += cover[window][..., None] * (np.array(colour, np.float32) - part)

    def local(self) -> tuple[Array, Array]:
        """Coordinates of every pixel in units of the thing: patterns turn with it."""
        x, y = (self.x - self.pose.shift[0]) / self.pose.scale, (self.y - self.pose.shift[1]) / self.pose.scale
        cosine, sine = np.float32(np.cos(self.pose.turn)), np.float32(np.sin(self.pose.turn))
        return x * cosine + y * sine, -x * sine + y * cosine

    def noise(self, cells: int, octaves: int = 1) -> Array:
        """Smooth noise of deviation 1; `cells` blobs along a side, each octave twice as many at half strength."""
        total = np.zeros((self.side, self.side), np.float32)
        for octave in range(octaves):
            grid = self.rng.standard_normal((cells * 2**octave + 3,) * 2).astype(np.float32)
            grown = Image.fromarray(grid).resize((self.side, self.side), Image.Resampling.BICUBIC)
            total += np.asarray(grown, np.float32) / 2**octave
        return np.asarray(total / max(float(total.std()), 1e-6), np.float32)

    def finish(self, grain: float = 0.01) -> npt.NDArray[np.uint8]:
        """The picture at its final size, uint8 (size, size, 3), with a little grain as a sensor has."""
        small = self.pixels.reshape(self.size, 2, self.size, 2, 3).mean((1, 3))
        small = small + grain * self.rng.standard_normal(small.shape).astype(np.float32)
        return np.asarray(np.clip(np.rint(small * 255), 0, 255), np.uint8)

    def _pixels(self, points: Points) -> list[tuple[float, float]]:
        placed = (self.pose.place(np.array(points, float)) + 1) * self.side
        return [(float(x), float(y)) for x, y in placed]

    def _window(self, cover: Array, reach: float) -> tuple[slice, slice]:
        """Rows and columns that a cover and what is blurred around it can touch."""
        margin = 2 * round(reach * self.side / 2) + 4
        edges = []
        for axis in (1, 0):
            found = np.flatnonzero(cover.any(axis))
            low, high = (int(found[0]), int(found[-1])) if len(found) else (0, 0)
            edges.append(slice(max(0, low - margin), min(self.side, high + margin + 1)))
        return edges[0], edges[1]

    def _light(
        self, cover: Array, window: tuple[slice, slice], relief: float, folds: float, gloss: float
    ) -> tuple[Array, Array]:
        """Factor on the colour and white to add, for a cushion of that cover under our light."""
        if relief <= 0 and folds <= 0:
            return np.ones_like(cover), np.zeros_like(cover)
        height = np.zeros_like(cover)
        if relief > 0:
            soft = blurred(cover, relief * self.side / 2)
            height += np.sqrt(np.clip(2 * soft - 1, 0, 1)) * relief * 0.9
        if folds > 0:
            x, y = (values[window] for values in self.local())
            wave = self.noise(3, 2)[window] * 1.3 + 2.2 * x + 0.6 * y
            height += folds * (0.02 * np.sin(wave * 2.5) + 0.012 * self.noise(5, 2)[window])
        slope_y, slope_x = np.gradient(height, 2 / self.side)
        length = np.sqrt(slope_x**2 + slope_y**2 + 1)
        facing = (-slope_x * LIGHT[0] - slope_y * LIGHT[1] + LIGHT[2]) / length
        factor = 0.42 + 0.86 * np.clip(facing, 0, 1.2)
        shine = gloss * np.clip(facing, 0, 1) ** 14 if gloss else np.zeros_like(cover)
        return np.asarray(factor, np.float32), np.asarray(shine, np.float32)


def blurred(values: Array, radius: float) -> Array:
    """Two passes of a box of that radius along both axes: close to a Gaussian."""
    reach = max(1, round(radius))
    for _ in range(4):  # a pass along the rows, turned each time
        edges = (np.repeat(values[:, :1], reach + 1, 1), values, np.repeat(values[:, -1:], reach, 1))
        sums = np.cumsum(np.concatenate(edges, 1), 1, dtype=np.float32)
        means = (sums[:, 2 * reach + 1 :] - sums[:, : -2 * reach - 1]) / np.float32(2 * reach + 1)
        values = np.ascontiguousarray(means.T)
    return values
