"""Folders of tiny pictures, made in code."""

from pathlib import Path

import numpy as np
from PIL import Image

COLOURS = {"reds": (200, 40, 40), "greens": (40, 180, 60), "blues": (40, 60, 200)}


def write_folder(root: Path, per_class: int = 6, labels: tuple[str, ...] = tuple(COLOURS), size: int = 20) -> Path:
    """root/{train,validation}/LABEL/N.png: one colour a label, with noise; validation has half as many."""
    rng = np.random.default_rng(3)
    for split, count in (("train", per_class), ("validation", max(1, per_class // 2))):
        for label in labels:
            folder = root / split / label
            folder.mkdir(parents=True)
            for number in range(count):
                pixels = np.array(COLOURS[label]) + rng.normal(0, 25, (size, size + 3, 3))
                Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(folder / f"{number}.png")
    return root
