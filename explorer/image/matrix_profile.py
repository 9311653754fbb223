"""ICC profiles of three curves and a matrix, as cameras, telephones and screens have them: what is in them as numbers.

littleCMS reads these too, at twice the time; `profile` takes the numbers only where both give the same colours.
"""

import struct
from dataclasses import dataclass

import numpy as np

from explorer.image.numbers import Floats

_STORED = np.arange(256) / 255


@dataclass(frozen=True)
class MatrixProfile:
    """Stored level -> light by a curve a channel, light -> XYZ under D50 by a matrix."""

    curves: Floats  # (3, 256), 0 to 1
    matrix: Floats  # (3, 3), a column a colour


def read_matrix_profile(profile: bytes) -> MatrixProfile | None:
    """What an ICC profile says by curves and a matrix; None: it does not, or is broken.

    Source: ICC.1:2022, 7.3 (the table of tags), 10.6 and 10.18 (curves), 10.31 (XYZ).
    """
    try:
        tags = _tags(profile)
        curves = [_curve(tags[name]) for name in (b"rTRC", b"gTRC", b"bTRC")]
        colours = [struct.unpack_from(">3i", tags[name], 8) for name in (b"rXYZ", b"gXYZ", b"bXYZ")]
    except (KeyError, struct.error, ValueError):
        return None
    found = MatrixProfile(np.stack(curves), np.array(colours).T / 65536)
    return found if np.isfinite(found.curves).all() else None


def _tags(profile: bytes) -> dict[bytes, bytes]:
    count = struct.unpack_from(">I", profile, 128)[0]
    entries = [struct.unpack_from(">4sII", profile, 132 + 12 * place) for place in range(min(count, 100))]
    return {name: profile[start : start + length] for name, start, length in entries}


def _curve(tag: bytes) -> Floats:
    """The light of each of 256 levels, (256,).

    Raises:
        ValueError: a curve of another kind.
    """
    if tag[:4] == b"curv":
        count = struct.unpack_from(">I", tag, 8)[0]
        if count == 0:
            return _STORED
        values = np.frombuffer(tag, ">u2", count, 12)
        if count == 1:
            return np.asarray(_STORED ** (values[0] / 256))
        return np.interp(_STORED, np.linspace(0, 1, count), values / 65535)
    if tag[:4] != b"para":
        raise ValueError("a curve of another kind")
    kind = struct.unpack_from(">H", tag, 8)[0]
    lengths = {0: 1, 1: 3, 2: 4, 3: 5, 4: 7}
    if kind not in lengths:
        raise ValueError("a curve of another kind")
    g, *rest = (value / 65536 for value in struct.unpack_from(f">{lengths[kind]}i", tag, 12))
    a, b, c, d, e, f = [*rest, *[0.0] * 6][:6] if kind else [1.0, *[0.0] * 5]
    if kind in {1, 2}:  # below -b/a a constant: 0, or c, which is added above it too
        offset = c if kind == 2 else 0.0
        c, d, e, f = 0.0, -b / a if a else 0.0, offset, offset
    with np.errstate(all="ignore"):
        bent = np.maximum(a * _STORED + b, 0) ** g + e
    return np.asarray(np.clip(np.where(d <= _STORED, bent, c * _STORED + f), 0, 1))
