"""Colours said by numbers and not by a profile: primaries and a curve, as sRGB.

Two ways to say them: the code points of ITU-T H.273 (CICP) that PNG, AVIF and HEIC hold, and PNG's older gAMA and cHRM.
High dynamic range (PQ and HLG, BT.2100) becomes ordinary range like this: 203 cd/m², the white of BT.2408, is white; up
to four fifths of it light stays as it is, above it 0.8 + 0.2 * t / (1 + t) with t = (light - 0.8) / 0.2, taken of the
largest of red, green and blue and applied to all three alike, so that hues stay.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating]
Primaries = tuple[float, float, float, float, float, float, float, float]  # x, y of red, green, blue and white

D65 = (0.3127, 0.3290)
BT709: Primaries = (0.640, 0.330, 0.300, 0.600, 0.150, 0.060, *D65)
DISPLAY_P3: Primaries = (0.680, 0.320, 0.265, 0.690, 0.150, 0.060, *D65)
ADOBE_RGB: Primaries = (0.640, 0.330, 0.210, 0.710, 0.150, 0.060, *D65)
# ITU-T H.273 (07/2024), tables 2 and 3; 2 is "unspecified" and taken for the usual.
CODED_PRIMARIES: dict[int, Primaries] = {
    1: BT709,
    2: BT709,
    4: (0.670, 0.330, 0.210, 0.710, 0.140, 0.080, 0.310, 0.316),
    5: (0.640, 0.330, 0.290, 0.600, 0.150, 0.060, *D65),
    6: (0.630, 0.340, 0.310, 0.595, 0.155, 0.070, *D65),
    7: (0.630, 0.340, 0.310, 0.595, 0.155, 0.070, *D65),
    9: (0.708, 0.292, 0.170, 0.797, 0.131, 0.046, *D65),
    11: (0.680, 0.320, 0.265, 0.690, 0.150, 0.060, 0.314, 0.351),
    12: DISPLAY_P3,
    22: (0.630, 0.340, 0.295, 0.605, 0.155, 0.077, *D65),
}
WHITE_CD_M2 = 203.0
_KNEE = 0.8  # of white: what is darker stays
_BAND = 16  # rows at a time, which a processor's cache holds
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
_STEPS = 65_535  # of linear light; 20 of them to the darkest level of sRGB


@dataclass(frozen=True)
class Numbers:
    """Primaries and the curve of a picture's colours; `curve` is an exponent, or the name of a standard's curve."""

    primaries: Primaries = BT709
    curve: float | str = "srgb"  # "srgb", "pq", "hlg", or the exponent that gives light from a stored value
    full_range: bool = True  # False: black is 16 and white 235 of 255


def coded(primaries: int, transfer: int, *, full_range: bool = True) -> Numbers | None:
    """What code points of H.273 mean; None: reserved or unknown ones, to be passed over.

    BT.709's own curve (1, 6, 14, 15) is taken for sRGB's, as browsers do: both were meant for the same screens.
    """
    curves: dict[int, float | str] = {4: 2.2, 5: 2.8, 8: 1.0, 16: "pq", 17: 2.6, 18: "hlg"}
    curves |= dict.fromkeys((1, 2, 6, 13, 14, 15), "srgb")
    if primaries not in CODED_PRIMARIES or transfer not in curves:
        return None
    return Numbers(CODED_PRIMARIES[primaries], curves[transfer], full_range)


def of_gamma(gamma: float | None, chromaticity: tuple[float, ...] | None) -> Numbers | None:
    """What PNG's gAMA (1 / 2.2 is usual) and cHRM (white, red, green, blue) mean; None: nothing that can be used.

    1 / 2.2 is how many writers say sRGB; it is read so.
    """
    if gamma is not None and not 0.05 <= gamma <= 20:
        gamma = None
    curve: float | str = "srgb" if gamma is None or abs(gamma * 2.2 - 1) < 0.01 else 1 / gamma
    if chromaticity is None or len(chromaticity) != 8:
        return Numbers(BT709, curve) if gamma is not None else None
    white, colours = chromaticity[:2], chromaticity[2:]
    primaries: Primaries = (*colours, *white)
    return Numbers(primaries, curve) if _matrix(primaries) is not None else None


def by_numbers(colours: npt.NDArray[np.uint8], numbers: Numbers) -> npt.NDArray[np.uint8]:
    """The sRGB colours that pixels stand for; uint8 (H, W, 3) in and out, the pixels themselves where nothing changes.

    Relative colorimetric: another white point is adapted to D65 by Bradford's transform, what sRGB cannot show is cut.
    """
    matrix = _matrix(numbers.primaries)
    if matrix is None or (numbers.curve == "srgb" and numbers.full_range and np.abs(matrix - np.eye(3)).max() < 2e-3):
        return colours
    stored = np.arange(256) / 255
    if not numbers.full_range:
        stored = np.clip((np.arange(256) - 16) / 219, 0, 1)
    light = _LIGHT[numbers.curve](stored) if isinstance(numbers.curve, str) else stored**numbers.curve
    if numbers.curve not in {"pq", "hlg"}:
        return by_matrix(colours, light[None], matrix)

    def to_screen(band: Floats) -> Floats:
        if numbers.curve == "hlg":
            band = _shown_by_hlg(band, numbers.primaries)
        return _rolled_off(np.maximum(band @ matrix.T.astype(np.float32), 0))

    return by_matrix(colours, light[None], np.eye(3), to_screen)


def by_matrix(
    colours: npt.NDArray[np.uint8],
    curves: Floats,
    matrix: Floats,
    change: Callable[[Floats], Floats] | None = None,
) -> npt.NDArray[np.uint8]:
    """The sRGB colours of pixels whose levels mean light by a curve, and whose light means sRGB's by a matrix.

    Args:
        colours: uint8 (H, W, 3).
        curves: (1, 256) for all channels alike, or (3, 256).
        matrix: (3, 3).
        change: what is done with the light (rows, W, 3) before the matrix.
    """
    screen = np.rint(255 * _to_srgb(np.arange(_STEPS + 1) / _STEPS)).astype(np.uint8)
    light, scaled = curves.astype(np.float32).ravel(), (matrix.T * _STEPS).astype(np.float32)
    turned = np.empty_like(colours)
    for top in range(0, len(colours), _BAND):
        place = colours[top : top + _BAND].astype(np.intp)  # as `take` wants it: other kinds cost it a copy
        if len(curves) > 1:
            place += (0, 256, 512)
        band = light.take(place)
        if change:
            band = change(band)
        band = band @ scaled
        np.clip(band, 0, _STEPS, out=band)
        band += 0.5
        turned[top : top + _BAND] = screen.take(band.astype(np.intp))
    return turned


def _rolled_off(light: Floats) -> Floats:
    """Light in units of white, brought below 1; see the top of this file."""
    brightest = light.max(axis=-1, keepdims=True)
    above = np.maximum(brightest - _KNEE, 0) / (1 - _KNEE)
    wanted = np.minimum(brightest, _KNEE) + (1 - _KNEE) * above / (1 + above)
    return light * np.divide(wanted, brightest, out=np.ones_like(brightest), where=brightest > 0)


def _shown_by_hlg(scene: Floats, primaries: Primaries) -> Floats:
    """Light of a screen of 1,000 cd/m², in units of white, from the scene's: BT.2100's OOTF with its gamma of 1.2."""
    luminance = np.maximum(scene @ _to_xyz(primaries)[1].astype(scene.dtype), 0)[..., None]
    return scene * luminance**0.2 * (1000 / WHITE_CD_M2)


def _from_srgb(value: Floats) -> Floats:
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def _to_srgb(light: Floats) -> Floats:
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


def _from_pq(value: Floats) -> Floats:
    """In units of white. Source: ITU-R BT.2100-3, table 4."""
    root = value ** (32 / 2523)
    return (
        10_000 / WHITE_CD_M2 * (np.maximum(root - 3424 / 4096, 0) / (2413 / 128 - 2392 / 128 * root)) ** (16384 / 2610)
    )


def _from_hlg(value: Floats) -> Floats:
    """Of the scene, 0 to 1. Source: ITU-R BT.2100-3, table 5."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    return np.where(value <= 0.5, value**2 / 3, (np.exp((value - c) / a) + b) / 12)


_LIGHT: dict[str, Callable[[Floats], Floats]] = {"srgb": _from_srgb, "pq": _from_pq, "hlg": _from_hlg}


def _to_xyz(primaries: Primaries) -> Floats:
    x, y = np.array(primaries[:6:2]), np.array(primaries[1:6:2])
    columns = np.stack([x / y, np.ones(3), (1 - x - y) / y])
    return columns * np.linalg.solve(columns, _white(primaries))


def _white(primaries: Primaries) -> Floats:
    x, y = primaries[6:]
    return np.array([x / y, 1.0, (1 - x - y) / y])


def _matrix(primaries: Primaries) -> Floats | None:
    """Linear light under `primaries` -> under sRGB's, (3, 3); None: they span no colours."""
    if min(primaries[1], primaries[3], primaries[5], primaries[7]) <= 0:
        return None
    try:
        adapt = np.diag((_BRADFORD @ _white(BT709)) / (_BRADFORD @ _white(primaries)))
        into_d65 = np.linalg.inv(_BRADFORD) @ adapt @ _BRADFORD @ _to_xyz(primaries)
        matrix: Floats = np.linalg.solve(_to_xyz(BT709), into_d65)
    except np.linalg.LinAlgError:
        return None
    return matrix if np.isfinite(matrix).all() and np.abs(matrix).max() < 100 else None
