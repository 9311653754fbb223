"""Pictures of nothing that a product network knows: for trying it, never for training."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from explorer.image.pixels import Picture

KINDS = ("noise", "stripes", "text", "plain", "chart")
PER_KIND = 20


def draw_stranger(kind: str, seed: int = 0, size: int = 160) -> Picture:
    """One picture, uint8 (size, size, 3), always the same for one seed.

    Args:
        kind: one of KINDS.
    """
    rng = np.random.default_rng([seed, KINDS.index(kind)])
    y, x = np.mgrid[0:size, 0:size]
    if kind == "noise":
        return rng.integers(0, 256, (size, size, 3), dtype=np.uint8)
    if kind == "stripes":
        angle, wave = rng.uniform(0, np.pi), rng.uniform(0.05, 0.6)
        light = np.sin((x * np.cos(angle) + y * np.sin(angle)) * wave) > 0
        return np.where(light[..., None], rng.integers(150, 256, 3), rng.integers(0, 110, 3)).astype(np.uint8)
    if kind == "plain":
        return np.full((size, size, 3), rng.integers(0, 256, 3), np.uint8)
    if kind == "chart":
        tiles = rng.integers(0, 256, (8, 8, 3), dtype=np.uint8)
        return tiles[y * 8 // size, x * 8 // size]
    page = Image.new("RGB", (size, size), "white")
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(14)
    for line in range(size // 18):
        words = "".join(rng.choice(list("abcdefghijklmnopqrstuvwxyz     "), size // 7))
        draw.text((6, 4 + 18 * line), words, "black", font)
    return np.array(page)


def draw_strangers(per_kind: int = PER_KIND) -> list[Picture]:
    """Some of each kind, always the same ones: what a threshold is tried on."""
    return [draw_stranger(kind, seed) for kind in KINDS for seed in range(per_kind)]
