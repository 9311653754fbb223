"""The drawn product set: garments and things in random colour, pose, background and noise. Nothing to download.

Deterministic: the picture of (seed, split, number) is always the same, on every machine with the same Pillow and numpy.
Class names are those of the shop's catalogue where they mean the same thing.
"""

from collections.abc import Callable
from zlib import crc32

import numpy as np
import numpy.typing as npt

from explorer.data.drawn import bags, garments, legwear, things
from explorer.data.drawn.materials import background
from explorer.data.drawn.studio import Pose, Studio
from explorer.errors import CatalogError

DRAWERS: dict[str, Callable[[Studio], None]] = {
    "backpacks": bags.backpack,
    "caps": things.cap,
    "dresses": garments.dress,
    "handbags": bags.handbag,
    "heels": things.heel,
    "jeans": legwear.jeans,
    "kurtas": garments.kurta,
    "sarees": garments.saree,
    "shirts": garments.shirt,
    "shorts": legwear.shorts,
    "skirts": garments.skirt,
    "sports-shoes": things.sports_shoe,
    "sunglasses": things.sunglasses,
    "ties": things.tie,
    "trousers": legwear.trousers,
    "tshirts": garments.tshirt,
    "watches": things.watch,
}
CLASSES = tuple(DRAWERS)
VERSION = 1  # of the drawings: raised when a picture comes out otherwise


def draw(label: str, seed: int = 0, size: int = 224, *, plain: bool = False) -> npt.NDArray[np.uint8]:
    """One picture of a class, uint8 (size, size, 3).

    Args:
        seed: another seed, another colour, pose and background; the same seed, the same picture.
        size: height and width in pixels, 8 to 2048.
        plain: upright and centred on white, as an example on the page.

    Raises:
        CatalogError: an unknown class (the known ones are listed), or a size out of range.
    """
    if label not in DRAWERS:
        raise CatalogError(f"There is no drawing of {label!r}; there are {', '.join(CLASSES)}.")
    if not 8 <= size <= 2048:
        raise CatalogError(f"A drawing of {size} pixels is not possible; 8 to 2048 are.")
    rng = np.random.default_rng([seed, crc32(label.encode())])
    studio = Studio(size, rng, Pose() if plain else _pose(rng))
    if not plain:
        background(studio)
    DRAWERS[label](studio)
    return studio.finish(grain=0.004 if plain else float(rng.uniform(0.0, 0.03)))


def picture_seed(seed: int, split: str, number: int) -> int:
    """The seed of one picture of the set; no two splits share one."""
    return (seed * 1_000_003 + crc32(split.encode()) % 1_000_003) * 1_000_000 + number


def _pose(rng: np.random.Generator) -> Pose:
    """A little turned, shifted and scaled, mirrored half of the time."""
    return Pose(
        turn=float(rng.normal(0, 0.12)),
        scale=float(rng.uniform(0.66, 0.96)),
        stretch=float(rng.uniform(0.85, 1.15)),
        shear=float(rng.normal(0, 0.05)),
        shift=(float(rng.normal(0, 0.05)), float(rng.normal(0, 0.05))),
        mirrored=bool(rng.random() < 0.5),
    )
