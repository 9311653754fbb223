"""Small pictures and profiles for the tests of colours, made here; littleCMS reads them as the oracle."""

import io
import struct

import numpy as np
from PIL import Image, ImageCms

D65 = (0.3127, 0.3290)
PRIMARIES = {  # red, green, blue, white, exponent
    "Display P3": ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), D65, 2.2),
    "Adobe RGB": ((0.64, 0.33), (0.21, 0.71), (0.15, 0.06), D65, 2.2),
    "ProPhoto": ((0.7347, 0.2653), (0.1596, 0.8404), (0.0366, 0.0001), (0.3457, 0.3585), 1.8),
    "Rec. 2020": ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046), D65, 2.4),
    "Generic RGB": ((0.625, 0.340), (0.280, 0.595), (0.155, 0.070), D65, 1.8),
}
_D50 = np.array([0.9642, 1.0, 0.8249])
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])


def picture(height: int = 60, width: int = 86) -> Image.Image:
    """Smooth colours inside sRGB, and two flat patches."""
    y, x = np.mgrid[0:height, 0:width] / np.array([height, width]).reshape(2, 1, 1)
    base = np.stack([0.15 + 0.7 * x, 0.2 + 0.5 * y, 0.8 - 0.6 * x * y], 2)
    base[10:25, 10:30] = (0.75, 0.3, 0.25)
    base[30:50, 45:70] = (0.2, 0.5, 0.3)
    return Image.fromarray(np.rint(base * 255).astype(np.uint8))


def rgb_profile(name: str) -> bytes:
    """A matrix profile (ICC.1, 8.3.3) of the named primaries."""
    red, green, blue, white, exponent = PRIMARIES[name]
    columns = np.array([[x / y, 1.0, (1 - x - y) / y] for x, y in (red, green, blue)]).T
    target = np.array([white[0] / white[1], 1.0, (1 - white[0] - white[1]) / white[1]])
    columns = columns * np.linalg.solve(columns, target)
    adapt = np.linalg.inv(_BRADFORD) @ np.diag((_BRADFORD @ _D50) / (_BRADFORD @ target)) @ _BRADFORD
    tags = {key: _xyz(column) for key, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), (adapt @ columns).T, strict=True)}
    return _profile(b"RGB ", tags | dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), _curve(exponent)))


def grey_profile(exponent: float) -> bytes:
    """A profile of grey with one exponent."""
    return _profile(b"GRAY", {b"kTRC": _curve(exponent)})


def stored_and_right(image: Image.Image, profile: bytes, mode: str = "RGB") -> tuple[Image.Image, np.ndarray]:
    """(what a file stores for an sRGB picture under a profile, the sRGB pixels that littleCMS makes of it)."""
    srgb, other = ImageCms.createProfile("sRGB"), ImageCms.ImageCmsProfile(io.BytesIO(profile))
    stored = ImageCms.profileToProfile(image, srgb, other, renderingIntent=1, outputMode=mode)
    return stored, meant(stored, profile)


def meant(stored: Image.Image, profile: bytes) -> np.ndarray:
    """The sRGB pixels of a stored picture, int (H, W, 3), by littleCMS."""
    other = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    turned = ImageCms.profileToProfile(stored, other, ImageCms.createProfile("sRGB"), 1, outputMode="RGB")
    return np.asarray(turned).astype(int)


def _xyz(values: np.ndarray) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *[round(value * 65536) for value in values])


def _curve(exponent: float) -> bytes:
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(exponent * 256)) + b"\0\0"


def _profile(space: bytes, tags: dict[bytes, bytes]) -> bytes:
    text = b"test\0"
    description = b"desc\0\0\0\0" + struct.pack(">I", len(text)) + text + b"\0" * 78
    tags = {b"desc": description, b"cprt": b"text\0\0\0\0none\0", b"wtpt": _xyz(_D50)} | tags
    table, body, start = b"", b"", 128 + 4 + 12 * len(tags)
    for name, value in tags.items():
        padded = value + b"\0" * (-len(value) % 4)
        table += name + struct.pack(">II", start + len(body), len(value))
        body += padded
    head = struct.pack(">I4sI4s4s4s", start + len(body), b"\0\0\0\0", 0x02100000, b"mntr", space, b"XYZ ")
    head += struct.pack(">6H", 2024, 1, 1, 0, 0, 0) + b"acsp" + b"\0" * 28 + struct.pack(">3i", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body
