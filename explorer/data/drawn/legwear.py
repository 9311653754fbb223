"""How the drawn jeans, trousers and shorts look. One function a class, painting on a `Studio`."""

import numpy as np

from explorer.data.drawn.materials import BLACK, GOLD, WHITE, cloth, darker, denim, dye
from explorer.data.drawn.studio import Array, Colour, Studio, curve, ellipse, symmetric


def jeans(studio: Studio) -> None:
    """Two long legs of denim: pockets, fly, orange seams, worn thighs."""
    colour = denim(studio.rng)
    thread: Colour = (0.83, 0.55, 0.25)
    body = _legs(studio, colour, studio.rng.uniform(0.84, 0.95), denim_like=True)
    for side in (-1.0, 1.0):
        pocket = curve([(side * 0.13, -0.78), (side * 0.18, -0.66), (side * 0.34, -0.62)])
        studio.line(pocket, thread, 0.01, body)
        studio.line([(side * 0.37, -0.62), (side * 0.44, 0.9)], thread, 0.007, body, strength=0.6)
    studio.line(curve([(0.0, -0.78), (0.06, -0.6), (0.05, -0.48), (0.0, -0.44)]), thread, 0.01, body)
    studio.paint(studio.mask(ellipse(0, -0.83, 0.022, 0.022)), GOLD, relief=0.01, gloss=0.4)


def trousers(studio: Studio) -> None:
    """Two long legs of plain cloth with a pressed crease and slanted pockets."""
    rng = studio.rng
    tones: list[Colour] = [
        (0.2, 0.2, 0.22),
        (0.45, 0.42, 0.38),
        (0.72, 0.64, 0.5),
        (0.3, 0.25, 0.2),
        (0.35, 0.37, 0.3),
        (0.55, 0.55, 0.57),
    ]
    colour = tones[int(rng.integers(len(tones)))]
    body = _legs(studio, colour, rng.uniform(0.86, 0.95))
    for side in (-1.0, 1.0):
        studio.line([(side * 0.2, -0.6), (side * 0.27, 0.92)], darker(colour, 0.72), 0.012, body)
        studio.line([(side * 0.24, -0.78), (side * 0.34, -0.55)], darker(colour, 0.6), 0.012, body)
    studio.line([(0.0, -0.8), (0.0, -0.45)], darker(colour, 0.6), 0.01, body)


def shorts(studio: Studio) -> None:
    """Legs that end above the knee; a drawstring now and then."""
    rng = studio.rng
    colour = denim(rng) if rng.random() < 0.3 else dye(rng)
    body = _legs(studio, colour, rng.uniform(0.18, 0.42), leg=0.32, top=-0.58)
    studio.line([(0.0, -0.6), (0.0, -0.2)], darker(colour, 0.6), 0.01, body)
    for side in (-1.0, 1.0):
        studio.line([(side * 0.26, -0.52), (side * 0.38, -0.25)], darker(colour, 0.6), 0.014, body)
        if rng.random() < 0.5:
            studio.line(
                curve([(0.0, -0.56), (side * 0.05, -0.45), (side * 0.04, -0.32)]),
                WHITE if sum(colour) < 1.8 else BLACK,
                0.016,
            )


def _legs(
    studio: Studio, colour: Colour, hem: float, leg: float = 0.2, top: float = -0.86, *, denim_like: bool = False
) -> Array:
    """Waistband and two legs; gives back the cover of the legs."""
    rng = studio.rng
    crotch = top + rng.uniform(0.46, 0.54)
    apart, wide = rng.uniform(0.04, 0.1), leg + rng.uniform(-0.02, 0.08)
    inner, outer = (apart + 0.08, apart + wide + 0.14) if leg < 0.25 else (apart * 0.6, apart * 0.6 + wide + 0.08)
    half = [
        *curve([(0.31, top), (0.37, top + 0.25), (0.40, crotch)]),
        *curve([(0.40, crotch), ((0.40 + outer) / 2, (crotch + hem) / 2), (outer, hem)]),
        *curve([(inner, hem + 0.015), (inner * 0.6, (crotch + hem) / 2), (0.0, crotch)]),
    ]
    pattern = cloth(studio, colour, ("plain",) if denim_like else ("plain", "plain", "plain", "checks"))
    if denim_like:
        x, y = studio.local()
        worn = np.exp(-((np.abs(x) - 0.23) ** 2) / 0.008 - ((y + 0.15) ** 2) / 0.16)
        pattern = pattern * (1 + 0.05 * studio.noise(60)[..., None]) + np.asarray(
            0.2 * rng.random() * worn[..., None], np.float32
        )
    body = studio.paint(studio.mask(symmetric(half)), pattern, relief=0.075, folds=0.7, shadow=0.3)
    band = [(-0.315, top - 0.02), (0.315, top - 0.02), (0.325, top + 0.08), (-0.325, top + 0.08)]
    studio.paint(studio.mask(band), darker(colour, 0.85), relief=0.02, shadow=0.15)
    for x_loop in (-0.22, 0.0, 0.22):
        studio.line([(x_loop, top - 0.02), (x_loop, top + 0.08)], darker(colour, 0.65), 0.022)
    return body
