"""How the drawn garments look: outlines, seams, buttons, folds. One function a class, painting on a `Studio`."""

import numpy as np

from explorer.data.drawn.materials import GOLD, SKIN, WHITE, cloth, contrast, darker, dye
from explorer.data.drawn.studio import Array, Colour, Studio, curve, ellipse, symmetric


def tshirt(studio: Studio) -> None:
    """Short sleeves, round or V neck, often with something printed on the chest."""
    rng = studio.rng
    colour = dye(rng)
    width, hem, dip = rng.uniform(0.42, 0.52), rng.uniform(0.68, 0.86), rng.uniform(0.1, 0.22)
    neck = 0.2
    half = [
        *curve([(neck, -0.74), (0.32, -0.70), (0.46, -0.63)]),
        *curve([(0.46, -0.63), (0.68, -0.42), (0.88, -0.16)]),
        *curve([(0.88, -0.16), (0.76, -0.04), (0.66, 0.0)]),
        *curve([(0.66, 0.0), (0.54, -0.16), (width, -0.24)]),
        *curve([(width, -0.2), (width - 0.02, 0.3), (width + 0.01, hem)]),
        *curve([(width + 0.01, hem), (0.2, hem + 0.025), (0.0, hem + 0.03)]),
    ]
    pattern = cloth(studio, colour, ("plain", "plain", "plain", "hoops", "stripes"))
    back = studio.mask(ellipse(0, -0.72, neck, 0.1))
    studio.paint(back, darker(colour, 0.55), relief=0.02, shadow=0.15)
    outline = symmetric(
        [(0.0, -0.74 + dip), *curve([(0.08, -0.75 + dip), (0.15, -0.78 + dip * 0.7), (neck, -0.74)])][1:] + half
    )
    body = studio.paint(studio.mask(outline), pattern, relief=0.09, folds=0.8, shadow=0.3)
    collar = curve(
        [(-neck, -0.74), (-0.12, -0.73 + dip * 0.8), (0, -0.735 + dip), (0.12, -0.73 + dip * 0.8), (neck, -0.74)]
    )
    studio.line(collar, darker(colour, 0.8) if rng.random() < 0.6 else contrast(colour), 0.035, body)
    for side in (-1, 1):
        studio.line([(side * 0.47, -0.6), (side * 0.45, -0.26)], darker(colour, 0.7), 0.008, body)
        studio.line([(side * 0.85, -0.19), (side * 0.65, -0.04)], darker(colour, 0.7), 0.008, body)
    studio.line([(-width, hem - 0.04), (width, hem - 0.04)], darker(colour, 0.75), 0.008, body)
    if rng.random() < 0.6:
        _chest_print(studio, body, contrast(colour) if rng.random() < 0.5 else dye(rng))


def _chest_print(studio: Studio, body: Array, colour: Colour) -> None:
    """A disc, bar, star or lines of text-like strokes."""
    rng = studio.rng
    kind = int(rng.integers(4))
    if kind == 0:
        studio.paint(studio.mask(ellipse(0, -0.1, 0.2, 0.2)) * body, colour, relief=0)
        studio.paint(studio.mask(ellipse(0, -0.1, 0.13, 0.13)) * body, dye(rng), relief=0)
    elif kind == 1:
        studio.paint(studio.mask([(-0.6, -0.2), (0.6, -0.2), (0.6, 0.0), (-0.6, 0.0)]) * body, colour, relief=0)
    elif kind == 2:
        angles = np.linspace(0, 2 * np.pi, 11)[:-1]
        radii = np.where(np.arange(10) % 2 == 0, 0.24, 0.1)
        star = [(float(r * np.sin(a)), float(-0.1 - r * np.cos(a))) for a, r in zip(angles, radii, strict=True)]
        studio.paint(studio.mask(star) * body, colour, relief=0)
    else:
        for row in range(int(rng.integers(1, 4))):
            reach = rng.uniform(0.12, 0.28)
            studio.line([(-reach, -0.2 + 0.12 * row), (reach, -0.2 + 0.12 * row)], colour, 0.05, body)


def shirt(studio: Studio) -> None:
    """Long sleeves, collar, button placket, cuffs, often a pocket."""
    rng = studio.rng
    colour = dye(rng, (0.1, 0.7), (0.45, 0.98))
    pattern = cloth(studio, colour, ("plain", "plain", "stripes", "checks", "checks"))
    for side in (-1.0, 1.0):
        drop = rng.uniform(0.55, 0.72)
        sleeve = [
            *curve([(side * 0.40, -0.62), (side * 0.56, -0.5), (side * 0.70, 0.1), (side * 0.76, drop)]),
            *curve([(side * 0.60, drop + 0.03), (side * 0.52, 0.1), (side * 0.40, -0.2)]),
        ]
        cover = studio.paint(studio.mask(sleeve), pattern, relief=0.06, folds=0.9, shadow=0.25)
        studio.line([(side * 0.78, drop - 0.1), (side * 0.56, drop - 0.07)], darker(colour, 0.65), 0.012, cover)
    half = [
        *curve([(0.12, -0.72), (0.28, -0.68), (0.45, -0.6)]),
        *curve([(0.45, -0.6), (0.42, -0.2), (0.42, 0.3), (0.44, 0.72)]),
        *curve([(0.44, 0.72), (0.3, 0.82), (0.0, 0.84)]),
    ]
    body = studio.paint(studio.mask(symmetric(half)), pattern, relief=0.07, folds=0.6, shadow=0.25)
    studio.line([(0.045, -0.62), (0.045, 0.84)], darker(colour, 0.7), 0.008, body)
    studio.line([(-0.045, -0.62), (-0.045, 0.84)], darker(colour, 0.85), 0.006, body)
    for row in range(6):
        studio.paint(studio.mask(ellipse(0, -0.46 + 0.21 * row, 0.018, 0.018)), contrast(colour), relief=0.01)
    if rng.random() < 0.5:
        pocket = [(0.14, -0.3), (0.34, -0.3), (0.34, -0.08), (0.24, -0.03), (0.14, -0.08)]
        studio.paint(studio.mask(pocket), pattern * 0.95, relief=0.015, shadow=0.2)
    studio.paint(studio.mask(ellipse(0, -0.72, 0.13, 0.06)), darker(colour, 0.5), relief=0.01)
    for side in (-1.0, 1.0):
        flap = [(side * 0.13, -0.78), (side * 0.2, -0.66), (side * 0.15, -0.5), (0.0, -0.6), (side * 0.06, -0.68)]
        studio.paint(studio.mask(flap), pattern, relief=0.02, shadow=0.3)


def _kurta_neck(studio: Studio, colour: Colour, trim: Colour) -> None:
    """Placket with buttons, and the standing collar."""
    studio.paint(
        studio.mask([(-0.045, -0.82), (0.045, -0.82), (0.045, -0.3), (0.0, -0.26), (-0.045, -0.3)]),
        trim,
        relief=0.012,
        shadow=0.2,
    )
    for row in range(4):
        studio.paint(
            studio.mask(ellipse(0, -0.7 + 0.11 * row, 0.017, 0.017)), GOLD if trim != GOLD else WHITE, relief=0.01
        )
    studio.paint(studio.mask(ellipse(0, -0.84, 0.1, 0.035)), darker(colour, 0.5), relief=0.01)
    studio.paint(
        studio.line_mask(curve([(-0.11, -0.86), (-0.06, -0.81), (0, -0.79), (0.06, -0.81), (0.11, -0.86)]), 0.05),
        trim,
        relief=0.012,
    )


def kurta(studio: Studio) -> None:
    """A long tunic: standing collar, short placket, side slits, embroidery at neck and hem."""
    rng = studio.rng
    colour = dye(rng, (0.3, 0.85), (0.45, 0.97))
    pattern = cloth(studio, colour, ("plain", "plain", "plain", "print", "dots", "stripes"))
    trim = GOLD if rng.random() < 0.5 else contrast(colour)
    reach = rng.uniform(0.05, 0.4)
    for side in (-1.0, 1.0):
        sleeve = [
            *curve([(side * 0.30, -0.74), (side * 0.44, -0.6), (side * 0.56, -0.2), (side * 0.62, reach)]),
            *curve([(side * 0.47, reach + 0.03), (side * 0.40, -0.2), (side * 0.28, -0.45)]),
        ]
        cover = studio.paint(studio.mask(sleeve), pattern, relief=0.05, folds=0.8, shadow=0.25)
        studio.line([(side * 0.66, reach - 0.05), (side * 0.42, reach - 0.02)], trim, 0.03, cover)
    flare = rng.uniform(0.4, 0.5)
    half = [
        *curve([(0.1, -0.84), (0.2, -0.80), (0.33, -0.72)]),
        *curve([(0.33, -0.72), (0.31, -0.4), (0.30, -0.05), (0.35, 0.35)]),
        (0.345, 0.4),
        *curve([(0.36, 0.42), (flare - 0.03, 0.7), (flare, 0.93)]),
        (0.0, 0.95),
    ]
    body = studio.paint(studio.mask(symmetric(half)), pattern, relief=0.07, folds=0.9, shadow=0.3)
    studio.line([(-0.6, 0.9), (0.6, 0.9)], trim, 0.05, body)
    studio.line([(-0.6, 0.83), (0.6, 0.83)], trim, 0.012, body)
    for side in (-1.0, 1.0):
        studio.line([(side * 0.335, 0.38), (side * (flare - 0.02), 0.93)], darker(colour, 0.6), 0.01, body)
    _kurta_neck(studio, colour, trim)


def saree(studio: Studio) -> None:
    """Draped on a stand: blouse, pleats to the floor, the end of the cloth over one shoulder, golden border."""
    rng = studio.rng
    colour = dye(rng, (0.5, 0.95), (0.4, 0.92))
    blouse = dye(rng, (0.4, 0.9), (0.3, 0.8))
    border = GOLD if rng.random() < 0.75 else contrast(colour)
    studio.paint(
        studio.mask(symmetric([(0.0, -0.55), (0.2, -0.5), (0.19, -0.1), (0.0, -0.1)])), SKIN, relief=0.07, shadow=0.2
    )
    half = [
        *curve([(0.12, -0.86), (0.22, -0.82), (0.36, -0.6)]),
        (0.27, -0.5),
        *curve([(0.22, -0.58), (0.21, -0.45), (0.2, -0.36)]),
        (0.0, -0.34),
    ]
    studio.paint(studio.mask(symmetric([(0.0, -0.7), *half])), blouse, relief=0.05, folds=0.4, shadow=0.2)
    pattern = cloth(studio, colour, ("plain", "plain", "print", "dots"))
    skirt_half = [*curve([(0.21, -0.16), (0.29, 0.1), (0.34, 0.5), (0.4, 0.95)]), (0.0, 0.97)]
    x, y = studio.local()
    pleats = 1 + 0.16 * np.sin(x * 55 / (1 + 0.9 * np.clip(y, 0, 1)) + 0.4 * studio.noise(3)) * np.exp(
        -((x + 0.03) ** 2) / 0.03
    )
    skirt_cover = studio.paint(
        studio.mask(symmetric(skirt_half)), pattern * pleats[..., None], relief=0.08, folds=0.7, shadow=0.3
    )
    studio.line([(-0.6, 0.92), (0.6, 0.92)], border, 0.07, skirt_cover)
    studio.line([(-0.6, 0.85), (0.6, 0.85)], border, 0.014, skirt_cover)
    fall = rng.uniform(0.45, 0.75)
    drape = [
        *curve([(-0.27, -0.1), (-0.12, -0.4), (0.1, -0.72), (0.2, -0.87)]),
        *curve([(0.3, -0.86), (0.4, -0.5), (0.46, 0.0), (0.5, fall)]),
        *curve([(0.33, fall + 0.04), (0.3, 0.1), (0.26, -0.3)]),
        *curve([(0.24, -0.34), (0.18, -0.06), (0.26, 0.2)]),
        (-0.25, 0.02),
    ]
    cover = studio.paint(
        studio.mask(drape), pattern * (1 + 0.08 * np.sin(40 * (x + y)))[..., None], relief=0.05, folds=0.9, shadow=0.35
    )
    studio.line(curve([(-0.27, -0.1), (-0.12, -0.4), (0.1, -0.72), (0.2, -0.87)]), border, 0.06, cover)
    studio.line([(0.28, fall - 0.02), (0.56, fall - 0.06)], border, 0.09, cover)


def dress(studio: Studio) -> None:
    """Fitted top with straps or short sleeves, narrow waist, wide skirt."""
    rng = studio.rng
    colour = dye(rng)
    pattern = cloth(studio, colour)
    flare, hem, waist = rng.uniform(0.42, 0.68), rng.uniform(0.6, 0.94), rng.uniform(-0.2, -0.05)
    if rng.random() < 0.5:
        for side in (-1.0, 1.0):
            studio.paint(
                studio.line_mask([(side * 0.2, -0.88), (side * 0.19, -0.6)], 0.05), colour, relief=0.02, shadow=0.2
            )
        top = [
            *curve([(0.0, -0.56), (0.1, -0.6), (0.21, -0.68)]),
            *curve([(0.21, -0.68), (0.27, -0.56), (0.29, -0.45)]),
        ]
    else:
        top = [
            *curve([(0.0, -0.66), (0.1, -0.7), (0.16, -0.86)]),
            *curve([(0.16, -0.86), (0.3, -0.82), (0.46, -0.62)]),
            (0.34, -0.5),
            *curve([(0.29, -0.56), (0.28, -0.45)]),
        ]
    half = [
        *top,
        *curve([(0.28, -0.45), (0.235, waist), (0.24, waist + 0.02)]),
        *curve([(0.24, waist + 0.02), (0.36, 0.25), (flare, hem)]),
    ]
    half += curve([(flare, hem), (flare * 0.5, hem + 0.04), (0.0, hem + 0.05)])
    x, y = studio.local()
    gathers = 1 + 0.09 * np.sin(x / (0.35 + np.clip(y + 0.4, 0, 2)) * 26) * (y > waist)
    body = studio.paint(studio.mask(symmetric(half)), pattern * gathers[..., None], relief=0.08, folds=0.8, shadow=0.3)
    studio.line([(-0.4, waist), (0.4, waist)], contrast(colour) if rng.random() < 0.5 else darker(colour), 0.05, body)


def skirt(studio: Studio) -> None:
    """Waistband and an A-line, pleated or plain."""
    rng = studio.rng
    colour = dye(rng)
    flare, hem, waist = rng.uniform(0.45, 0.85), rng.uniform(0.3, 0.8), rng.uniform(0.28, 0.36)
    half = [
        *curve([(waist, -0.55), (waist + 0.12, -0.2), (flare, hem)]),
        *curve([(flare, hem), (flare * 0.5, hem + 0.06), (0.0, hem + 0.07)]),
    ]
    x, y = studio.local()
    pleats = 1 + rng.choice([0.0, 0.13]) * np.sin(x / (0.45 + 0.42 * np.clip(y + 0.55, 0, 2)) * rng.uniform(18, 30))
    pattern = cloth(studio, colour, ("plain", "checks", "dots", "print")) * pleats[..., None]
    studio.paint(studio.mask(symmetric(half)), pattern, relief=0.07, folds=0.9, shadow=0.3)
    band = symmetric([(waist, -0.66), (waist + 0.01, -0.53), (0.0, -0.51)])
    studio.paint(studio.mask([(-waist, -0.66), *band[:1], *band[1:-1]]), darker(colour, 0.85), relief=0.03, shadow=0.2)
