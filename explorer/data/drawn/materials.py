"""Colours, patterns and backgrounds for the drawn things."""

import colorsys

import numpy as np

from explorer.data.drawn.studio import Array, Colour, Studio

GOLD: Colour = (0.85, 0.66, 0.28)
STEEL: Colour = (0.74, 0.76, 0.79)
SKIN: Colour = (0.86, 0.72, 0.62)
WHITE: Colour = (0.97, 0.97, 0.96)
BLACK: Colour = (0.10, 0.10, 0.11)


def dye(
    rng: np.random.Generator, saturation: tuple[float, float] = (0.25, 0.9), value: tuple[float, float] = (0.3, 0.95)
) -> Colour:
    """Any hue; one in four is white, black or grey, as clothes are."""
    if rng.random() < 0.25:
        grey = float(rng.choice([0.12, 0.2, 0.5, 0.75, 0.93, 0.97]))
        return (grey, grey, min(1.0, grey * 1.02))
    return colorsys.hsv_to_rgb(float(rng.random()), float(rng.uniform(*saturation)), float(rng.uniform(*value)))


def denim(rng: np.random.Generator) -> Colour:
    """Indigo, washed more or less; now and then black."""
    if rng.random() < 0.15:
        return (0.16, 0.17, 0.19)
    return colorsys.hsv_to_rgb(
        float(rng.uniform(0.57, 0.63)), float(rng.uniform(0.35, 0.7)), float(rng.uniform(0.3, 0.75))
    )


def leather(rng: np.random.Generator) -> Colour:
    """Tan, brown, black, burgundy, or a fashion colour."""
    if rng.random() < 0.3:
        return dye(rng)
    tones = [(0.55, 0.34, 0.18), (0.36, 0.21, 0.13), (0.13, 0.12, 0.12), (0.45, 0.1, 0.13), (0.74, 0.58, 0.4)]
    return tones[int(rng.integers(len(tones)))]


def darker(colour: Colour, factor: float = 0.7) -> Colour:
    """The colour with each channel times the factor."""
    return (colour[0] * factor, colour[1] * factor, colour[2] * factor)


def contrast(colour: Colour) -> Colour:
    """White on dark colours, a deep tone on light ones."""
    return WHITE if sum(colour) < 1.5 else darker(colour, 0.35)


def cloth(
    studio: Studio,
    colour: Colour,
    kinds: tuple[str, ...] = ("plain", "plain", "stripes", "hoops", "checks", "dots", "print"),
) -> Array:
    """A pattern in the colour and a second one, (side, side, 3)."""
    rng = studio.rng
    kind = kinds[int(rng.integers(len(kinds)))]
    x, y = studio.local()
    count, shift = float(rng.uniform(5, 13)), float(rng.random())
    if kind == "stripes":
        weight = (np.sin((x + shift) * count * np.pi) > 0.2).astype(np.float32)
    elif kind == "hoops":
        weight = (np.sin((y + shift) * count * np.pi) > 0.1).astype(np.float32)
    elif kind == "checks":
        weight = 0.5 * (np.sin(x * count * np.pi) > 0).astype(np.float32) + 0.5 * (np.sin(y * count * np.pi) > 0)
    elif kind == "dots":
        weight = (np.sin(x * count * 2) ** 2 * np.sin(y * count * 2) ** 2 > 0.72).astype(np.float32)
    elif kind == "print":
        weight = (studio.noise(7, 2) > 0.8).astype(np.float32)
    else:
        weight = np.zeros_like(x)
    second = dye(rng) if rng.random() < 0.5 else contrast(colour)
    weave = 1 + 0.025 * studio.noise(90)
    mixed = np.array(colour, np.float32) * (1 - weight[..., None]) + np.array(second, np.float32) * weight[..., None]
    return np.asarray(mixed * weave[..., None], np.float32)


def background(studio: Studio) -> None:
    """White studio half of the time, else a tinted wall, boards, cloth or a carpet."""
    rng = studio.rng
    kind = rng.choice(["white", "tint", "boards", "carpet", "cloth"], p=[0.5, 0.2, 0.1, 0.1, 0.1])
    tone = np.array(dye(rng, (0.05, 0.35), (0.6, 0.97)), np.float32)
    if kind == "white":
        studio.pixels[:] = np.float32(rng.uniform(0.95, 1.0))
        return
    light = 1 + rng.uniform(-0.12, 0.12) * studio.x + rng.uniform(-0.12, 0.12) * studio.y
    if kind == "boards":
        wood = np.array([0.66, 0.49, 0.33], np.float32) * np.float32(rng.uniform(0.7, 1.3))
        across = studio.y if rng.random() < 0.5 else studio.x
        grain = 0.06 * np.sin(across * 60 + 2 * studio.noise(4, 2)) + 0.03 * studio.noise(30)
        gap = 1 - 0.35 * (np.abs(np.sin(across * rng.uniform(5, 9))) < 0.03)
        studio.pixels[:] = wood * ((light + grain) * gap)[..., None]
    elif kind == "carpet":
        studio.pixels[:] = tone * (light * (1 + 0.09 * studio.noise(110)))[..., None]
    elif kind == "cloth":
        studio.pixels[:] = tone * (light * (1 + 0.07 * np.sin(3 * studio.noise(2, 2))))[..., None]
    else:
        studio.pixels[:] = tone * (light + 0.01 * studio.noise(3, 2))[..., None]
    np.clip(studio.pixels, 0, 1, out=studio.pixels)
