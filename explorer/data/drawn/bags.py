"""How the drawn bags look. One function a class, painting on a `Studio`."""

from explorer.data.drawn.materials import GOLD, STEEL, cloth, contrast, darker, dye, leather
from explorer.data.drawn.studio import Array, Colour, Studio, curve, ellipse


def _closing(studio: Studio, body: Array, colour: Colour, metal: Colour, size: tuple[float, float]) -> None:
    """A flap with a clasp, or a zip; size is half the width, and where the body begins."""
    rng, (wide, top) = studio.rng, size
    if rng.random() < 0.6:
        flap = [
            (-wide + 0.12, top - 0.01),
            (wide - 0.12, top - 0.01),
            *curve([(wide - 0.09, 0.08), (wide * 0.5, 0.28), (0, 0.33), (-wide * 0.5, 0.28), (-wide + 0.09, 0.08)]),
        ]
        studio.paint(studio.mask(flap), darker(colour, 0.93), relief=0.05, gloss=0.3, shadow=0.35)
        studio.paint(
            studio.mask([(-0.08, 0.2), (0.08, 0.2), (0.08, 0.4), (-0.08, 0.4)]),
            metal,
            relief=0.03,
            gloss=0.8,
            shadow=0.3,
        )
    else:
        studio.line([(-wide + 0.14, top + 0.06), (wide - 0.14, top + 0.06)], metal, 0.025, body)
        studio.line([(-wide, top + 0.12), (wide, top + 0.12)], darker(colour, 0.6), 0.01, body)


def handbag(studio: Studio) -> None:
    """A body wider at the foot, two handles, flap or zip, metal clasp."""
    rng = studio.rng
    colour = leather(rng)
    metal = GOLD if rng.random() < 0.6 else STEEL
    top, wide, rise = rng.uniform(-0.25, -0.05), rng.uniform(0.56, 0.76), rng.uniform(-0.9, -0.65)
    back_handle = curve(
        [(-0.3, top), (-0.26, (top + rise) / 2 - 0.1), (0, rise - 0.04), (0.26, (top + rise) / 2 - 0.1), (0.3, top)]
    )
    studio.paint(studio.line_mask(back_handle, 0.06), darker(colour, 0.6), relief=0.025, shadow=0.15)
    side = [
        (wide - 0.12, top),
        *curve([(wide - 0.1, top), (wide - 0.03, 0.3), (wide, 0.6)]),
        *curve([(wide, 0.6), (wide - 0.02, 0.72), (wide - 0.14, 0.74)]),
    ]
    outline = [*side, *[(-x, y) for x, y in reversed(side)]]
    body = studio.paint(
        studio.mask(outline),
        cloth(studio, colour, ("plain", "plain", "plain", "checks", "print")),
        relief=0.1,
        folds=0.2,
        gloss=0.3,
        shadow=0.35,
    )
    studio.line([(-wide, 0.64), (wide, 0.64)], darker(colour, 0.6), 0.012, body)
    _closing(studio, body, colour, metal, (wide, top))
    front = curve(
        [
            (-0.34, top + 0.1),
            (-0.3, (top + rise) / 2),
            (-0.15, rise + 0.05),
            (0.15, rise + 0.05),
            (0.3, (top + rise) / 2),
            (0.34, top + 0.1),
        ]
    )
    studio.paint(studio.line_mask(front, 0.07), colour, relief=0.03, gloss=0.3, shadow=0.25)
    for x in (-0.34, 0.34):
        studio.paint(studio.mask(ellipse(x, top + 0.1, 0.045, 0.045)), metal, relief=0.02, gloss=0.7)


def _front_pocket(studio: Studio, colour: Colour, accent: Colour) -> None:
    """Pocket with a zip, and a label above it."""
    rng = studio.rng
    pocket = [
        *curve([(-0.38, 0.14), (-0.2, 0.1), (0.2, 0.1), (0.38, 0.14)]),
        *curve([(0.4, 0.2), (0.4, 0.66), (0.3, 0.72), (-0.3, 0.72), (-0.4, 0.66), (-0.4, 0.2)]),
    ]
    studio.paint(
        studio.mask(pocket), accent if rng.random() < 0.6 else darker(colour, 0.85), relief=0.07, folds=0.2, shadow=0.35
    )
    studio.line([(-0.33, 0.22), (0.33, 0.22)], darker(accent, 0.4), 0.02)
    studio.paint(studio.line_mask([(0.3, 0.22), (0.31, 0.34)], 0.03), STEEL, relief=0.012, gloss=0.5)
    studio.paint(
        studio.mask([(-0.1, -0.36), (0.1, -0.36), (0.1, -0.24), (-0.1, -0.24)]),
        contrast(colour),
        relief=0.015,
        shadow=0.15,
    )


def backpack(studio: Studio) -> None:
    """Rounded body, top loop, shoulder straps at the sides, front pocket, zips."""
    rng = studio.rng
    colour, accent = dye(rng), dye(rng)
    studio.paint(
        studio.line_mask(curve([(-0.13, -0.74), (-0.1, -0.92), (0.1, -0.92), (0.13, -0.74)]), 0.05),
        darker(colour, 0.6),
        relief=0.02,
        shadow=0.15,
    )
    for side in (-1.0, 1.0):
        strap = curve([(side * 0.34, -0.62), (side * 0.66, -0.3), (side * 0.7, 0.3), (side * 0.46, 0.72)])
        studio.paint(studio.line_mask(strap, 0.08), darker(colour, 0.65), relief=0.035, shadow=0.2)
        pouch = [*curve([(side * 0.44, 0.2), (side * 0.64, 0.26), (side * 0.64, 0.66)]), (side * 0.44, 0.72)]
        studio.paint(studio.mask(pouch), darker(colour, 0.8), relief=0.05, shadow=0.2)
    half = [
        *curve([(0.0, -0.82), (0.28, -0.79), (0.47, -0.58), (0.53, 0.0), (0.54, 0.6)]),
        *curve([(0.54, 0.6), (0.5, 0.78), (0.3, 0.82), (0.0, 0.82)]),
    ]
    body = studio.paint(
        studio.mask([*half, *[(-x, y) for x, y in reversed(half)]]),
        cloth(studio, colour, ("plain", "plain", "print", "checks")),
        relief=0.12,
        folds=0.3,
        shadow=0.35,
    )
    studio.line(
        curve([(-0.42, 0.0), (-0.4, -0.5), (0, -0.68), (0.4, -0.5), (0.42, 0.0)]), darker(colour, 0.4), 0.022, body
    )
    _front_pocket(studio, colour, accent)
