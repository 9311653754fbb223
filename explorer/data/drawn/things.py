"""How the drawn shoes, bags and accessories look. One function a class, painting on a `Studio`."""

import numpy as np

from explorer.data.drawn.materials import BLACK, GOLD, STEEL, WHITE, cloth, contrast, darker, dye, leather
from explorer.data.drawn.studio import Colour, Studio, curve, ellipse


def _laces(studio: Studio, colour: Colour) -> None:
    """Tongue and five laces."""
    tongue = studio.mask([*curve([(-0.2, -0.42), (-0.1, -0.54), (0.02, -0.46)]), (0.3, -0.1), (0.16, -0.02)])
    studio.paint(tongue, darker(colour, 0.85), relief=0.02)
    for number in range(5):
        x, y = -0.1 + 0.11 * number, -0.34 + 0.075 * number
        studio.paint(
            studio.line_mask([(x - 0.07, y + 0.14), (x + 0.05, y - 0.05)], 0.035),
            WHITE if sum(colour) < 2.4 else BLACK,
            relief=0.012,
            shadow=0.15,
        )


def sports_shoe(studio: Studio) -> None:
    """Side view: thick sole, toe cap, laces, stripes."""
    rng = studio.rng
    colour, accent = dye(rng), dye(rng)
    sole = [
        *curve([(-0.86, 0.3), (-0.5, 0.27), (0.1, 0.28), (0.6, 0.3), (0.9, 0.22)]),
        *curve([(0.93, 0.3), (0.84, 0.42), (0.5, 0.44), (-0.4, 0.45), (-0.82, 0.44), (-0.9, 0.36)]),
    ]
    upper = [
        *curve([(-0.84, 0.32), (-0.86, 0.0), (-0.74, -0.22), (-0.78, -0.4)]),
        *curve([(-0.74, -0.46), (-0.6, -0.42), (-0.44, -0.3), (-0.2, -0.4)]),
        *curve([(-0.14, -0.44), (0.1, -0.22), (0.42, -0.04), (0.74, 0.04), (0.9, 0.2), (0.88, 0.32)]),
    ]
    cover = studio.paint(
        studio.mask(upper),
        cloth(studio, colour, ("plain", "plain", "dots")),
        relief=0.09,
        folds=0.15,
        gloss=0.15,
        shadow=0.3,
    )
    toe = studio.mask([*curve([(0.5, 0.36), (0.52, 0.14), (0.62, 0.0)]), (1.0, -0.05), (1.0, 0.4)]) * cover
    studio.paint(toe, darker(colour, 0.75) if rng.random() < 0.5 else accent, relief=0.04)
    studio.paint(
        studio.mask([(-1.0, 0.4), (-1.0, -0.1), *curve([(-0.72, -0.1), (-0.62, 0.1), (-0.6, 0.36)])]) * cover,
        accent,
        relief=0.04,
    )
    for number in range(int(rng.integers(1, 4))):
        studio.line(
            curve([(-0.3 + 0.16 * number, 0.3), (-0.2 + 0.16 * number, 0.08), (0.0 + 0.14 * number, -0.12)]),
            accent,
            0.06,
            cover,
        )
    _laces(studio, colour)
    studio.paint(studio.mask(sole), WHITE if rng.random() < 0.7 else contrast(colour), relief=0.05, shadow=0.25)
    studio.line(curve([(-0.86, 0.38), (0.0, 0.38), (0.88, 0.33)]), accent, 0.018)


def heel(studio: Studio) -> None:
    """Side view of a pump on a high thin heel."""
    rng = studio.rng
    colour = leather(rng) if rng.random() < 0.5 else dye(rng)
    lift = rng.uniform(0.45, 0.7)
    thick = rng.uniform(0.02, 0.12)
    stiletto = [
        *curve([(-0.76, 0.52 - lift), (-0.72, 0.2), (-0.70, 0.56)]),
        *curve([(-0.67 + thick, 0.56), (-0.6 + thick, 0.3), (-0.44, 0.66 - lift)]),
    ]
    studio.paint(studio.mask(stiletto), darker(colour, 0.8), relief=0.03, gloss=0.4, shadow=0.3)
    body = [
        *curve([(-0.8, 0.1 - lift), (-0.84, 0.3 - lift), (-0.76, 0.56 - lift)]),
        *curve([(-0.76, 0.56 - lift), (-0.3, 0.62 - lift * 0.7), (0.05, 0.5), (0.4, 0.56), (0.88, 0.55)]),
        *curve([(0.92, 0.5), (0.78, 0.34), (0.5, 0.24)]),
        *curve([(0.5, 0.24), (0.2, 0.36), (-0.2, 0.42 - lift * 0.7), (-0.55, 0.4 - lift), (-0.8, 0.1 - lift)]),
    ]
    studio.paint(studio.mask(body), colour, relief=0.07, gloss=0.55, shadow=0.3)
    inner = [
        *curve([(-0.74, 0.16 - lift), (-0.5, 0.36 - lift), (-0.18, 0.4 - lift * 0.7), (0.2, 0.34), (0.46, 0.25)]),
        *curve([(0.3, 0.25), (0.0, 0.22), (-0.3, 0.3 - lift * 0.7)]),
    ]
    studio.paint(studio.mask(inner), (0.78, 0.66, 0.54), relief=0.03)
    if rng.random() < 0.5:
        strap = curve([(-0.74, 0.0 - lift * 0.8), (-0.45, -0.06 - lift * 0.5), (-0.2, 0.3 - lift * 0.6)])
        studio.paint(studio.line_mask(strap, 0.05), colour, relief=0.02, gloss=0.4, shadow=0.2)
    studio.line(
        curve([(-0.7, 0.575 - lift), (-0.3, 0.64 - lift * 0.7), (0.05, 0.525), (0.4, 0.585), (0.88, 0.57)]),
        darker(colour, 0.4),
        0.03,
    )


def _strap(studio: Studio, strap: Colour, narrow: float) -> None:
    """Both halves of a watch strap: steel links, or leather with holes and stitching."""
    for side in (-1.0, 1.0):
        outline = [
            (-narrow, side * 0.3),
            (narrow, side * 0.3),
            *curve([(narrow * 0.85, side * 0.7), (narrow * 0.7, side * 0.96)]),
            (-narrow * 0.7, side * 0.96),
            (-narrow * 0.85, side * 0.7),
        ]
        cover = studio.paint(studio.mask(outline), strap, relief=0.06, gloss=0.35, shadow=0.3)
        for link in range(6):
            y = side * (0.45 + 0.1 * link)
            if strap == STEEL:
                studio.line([(-narrow, y), (narrow, y)], darker(STEEL, 0.55), 0.014, cover)
            elif side > 0 and link > 1:
                studio.paint(studio.mask(ellipse(0, y, 0.02, 0.025)), darker(strap, 0.3), relief=0)
        if strap != STEEL:
            for edge in (-0.8, 0.8):
                studio.line(
                    [(narrow * edge, side * 0.3), (narrow * edge * 0.75, side * 0.95)],
                    contrast(strap),
                    0.008,
                    cover,
                    0.7,
                )


def watch(studio: Studio) -> None:
    """Face, hands at a random hour, marks, crown, strap of leather or steel."""
    rng = studio.rng
    strap, metal = leather(rng) if rng.random() < 0.6 else STEEL, GOLD if rng.random() < 0.35 else STEEL
    dial = WHITE if rng.random() < 0.5 else dye(rng, (0.3, 0.8), (0.15, 0.5))
    narrow = rng.uniform(0.2, 0.27)
    _strap(studio, strap, narrow)
    studio.paint(studio.mask([(0.36, -0.05), (0.47, -0.05), (0.47, 0.05), (0.36, 0.05)]), metal, relief=0.02, gloss=0.6)
    studio.paint(studio.mask(ellipse(0, 0, 0.4, 0.4)), metal, relief=0.08, gloss=0.8, shadow=0.35)
    studio.paint(studio.mask(ellipse(0, 0, 0.325, 0.325)), darker(metal, 0.6), relief=0)
    studio.paint(studio.mask(ellipse(0, 0, 0.31, 0.31)), dial, relief=0.015)
    ink = BLACK if sum(dial) > 1.5 else WHITE
    for mark in range(12):
        angle = np.pi * mark / 6
        inner = 0.24 if mark % 3 else 0.21
        studio.line(
            [(inner * np.sin(angle), -inner * np.cos(angle)), (0.28 * np.sin(angle), -0.28 * np.cos(angle))],
            ink,
            0.02 if mark % 3 else 0.032,
        )
    for length, width in ((0.15, 0.032), (0.23, 0.02)):
        angle = rng.uniform(0, 2 * np.pi)
        studio.paint(
            studio.line_mask([(0, 0), (length * np.sin(angle), -length * np.cos(angle))], width),
            ink,
            relief=0.008,
            shadow=0.2,
        )
    studio.paint(studio.mask(ellipse(0, 0, 0.025, 0.025)), metal, relief=0.01, gloss=0.5)


def cap(studio: Studio) -> None:
    """Dome of panels, button on top, peak to one side."""
    rng = studio.rng
    colour = dye(rng)
    peak_colour = dye(rng) if rng.random() < 0.35 else colour
    peak = [
        *curve([(0.2, 0.2), (0.6, 0.16), (0.94, 0.34)]),
        *curve([(0.96, 0.4), (0.7, 0.44), (0.3, 0.44), (-0.1, 0.38)]),
    ]
    studio.paint(studio.mask(peak), darker(peak_colour, 0.9), relief=0.05, shadow=0.35)
    studio.line(curve([(0.2, 0.4), (0.6, 0.4), (0.92, 0.37)]), darker(peak_colour, 0.6), 0.01)
    dome = [
        *curve([(-0.78, 0.3), (-0.8, 0.0), (-0.62, -0.36), (-0.2, -0.56), (0.22, -0.46), (0.46, -0.12), (0.5, 0.2)]),
        *curve([(0.46, 0.26), (0.0, 0.38), (-0.4, 0.4), (-0.78, 0.3)]),
    ]
    body = studio.paint(
        studio.mask(dome),
        cloth(studio, colour, ("plain", "plain", "plain", "checks")),
        relief=0.16,
        folds=0.2,
        shadow=0.3,
    )
    for bend in (-0.62, -0.3, 0.12):
        studio.line(curve([(-0.16, -0.55), (bend * 0.8 - 0.06, -0.25), (bend, 0.38)]), darker(colour, 0.6), 0.012, body)
    for x in (-0.45, 0.0, 0.25):
        studio.paint(studio.mask(ellipse(x, -0.2, 0.022, 0.022)) * body, darker(colour, 0.4), relief=0)
    studio.paint(studio.mask(ellipse(-0.17, -0.57, 0.06, 0.03)), darker(colour, 0.8), relief=0.02)
    if rng.random() < 0.7:
        studio.paint(studio.mask(ellipse(0.16, -0.02, 0.13, 0.13)) * body, contrast(colour), relief=0.02)


def sunglasses(studio: Studio) -> None:
    """Front view: two dark lenses, bridge, and the arms beyond."""
    rng = studio.rng
    frame: Colour = BLACK if rng.random() < 0.4 else (leather(rng) if rng.random() < 0.5 else dye(rng))
    lens = dye(rng, (0.1, 0.6), (0.08, 0.3)) if rng.random() < 0.8 else dye(rng, (0.4, 0.8), (0.4, 0.7))
    thick, high, droop = rng.uniform(0.02, 0.08), rng.uniform(0.2, 0.32), rng.uniform(0.0, 0.12)
    for side in (-1.0, 1.0):
        arm = curve([(side * 0.78, -0.16), (side * 0.86, -0.3), (side * 0.72, -0.44), (side * 0.42, -0.5)])
        studio.paint(studio.line_mask(arm, 0.05), darker(frame, 0.8), relief=0.02, gloss=0.4, shadow=0.25)
    for side in (-1.0, 1.0):

        def rim(grow: float, side: float = side) -> list[tuple[float, float]]:
            shape = [
                (0.1, -0.12),
                (0.4, -high),
                (0.76, -0.16),
                (0.76, 0.1),
                (0.5 + droop, high + droop),
                (0.2, high * 0.8),
                (0.1, -0.12),
            ]
            return curve([(side * (0.44 + (x - 0.44) * grow), (y - 0.02) * grow) for x, y in shape])

        studio.paint(studio.mask(rim(1.0 + thick)), frame, relief=0.04, gloss=0.6, shadow=0.35)
        glass = studio.mask(rim(0.95 - thick * 1.5))
        _, y = studio.local()
        shaded = np.array(lens, np.float32) * (1.25 - 1.1 * np.clip(-y * 1.5 + 0.2, 0, 0.6))[..., None]
        studio.paint(glass, np.asarray(shaded, np.float32), relief=0.03, gloss=0.5)
        studio.line([(side * 0.44 - 0.16, -0.1), (side * 0.44 - 0.02, -0.2)], WHITE, 0.03, glass, 0.55)
    studio.paint(
        studio.line_mask(curve([(-0.14, -0.1), (0.0, -0.17), (0.14, -0.1)]), 0.05), frame, relief=0.02, gloss=0.5
    )


def tie(studio: Studio) -> None:
    """Knot and a blade that widens to a point; slanted stripes or dots."""
    rng = studio.rng
    colour = dye(rng, (0.4, 0.9), (0.2, 0.8))
    x, y = studio.local()
    count, lean = rng.uniform(7, 15), 1.0 if rng.random() < 0.5 else -1.0
    weight = (
        (np.sin((x * lean + y) * count) > rng.uniform(0.0, 0.8)).astype(np.float32)
        if rng.random() < 0.7
        else np.zeros_like(x)
    )
    second = np.array(dye(rng), np.float32)
    pattern = np.array(colour, np.float32) * (1 - weight[..., None]) + second * weight[..., None]
    wide = rng.uniform(0.17, 0.26)
    loop = curve([(-0.1, -0.78), (-0.2, -0.92), (0.0, -0.98), (0.2, -0.92), (0.1, -0.78)])
    studio.paint(studio.line_mask(loop, 0.07), np.asarray(pattern * 0.8, np.float32), relief=0.03, shadow=0.2)
    tail = [(-0.04, -0.6), (0.08, -0.6), (0.16, 0.66), (0.1, 0.78), (0.02, 0.66)]
    studio.paint(studio.mask(tail), np.asarray(pattern * 0.75, np.float32), relief=0.03, shadow=0.2)
    blade = [
        (-0.07, -0.62),
        (0.07, -0.62),
        *curve([(0.1, -0.2), (wide * 0.8, 0.4), (wide, 0.72)]),
        (0.0, 0.94),
        *curve([(-wide, 0.72), (-wide * 0.8, 0.4), (-0.1, -0.2)]),
    ]
    studio.paint(studio.mask(blade), pattern, relief=0.05, gloss=0.15, shadow=0.3)
    knot = [
        (-0.13, -0.82),
        (0.13, -0.82),
        *curve([(0.12, -0.72), (0.07, -0.6)]),
        *curve([(-0.07, -0.6), (-0.12, -0.72)]),
    ]
    studio.paint(studio.mask(knot), np.asarray(pattern * 1.04, np.float32), relief=0.05, gloss=0.15, shadow=0.3)
