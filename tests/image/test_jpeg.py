"""How much of a cut JPEG is there, where every component is a scan of its own."""

import io
import struct

import numpy as np
import pytest
from PIL import Image

from explorer.errors import ImageError
from explorer.image import open_upload

SIDE = 160


def segments(jpeg: bytes) -> tuple[dict[int, list[bytes]], bytes]:
    """The segments of a baseline JPEG by marker, and what follows the header of its one scan, without the end."""
    found: dict[int, list[bytes]] = {}
    at = 2
    while True:
        marker, length = struct.unpack_from(">xBH", jpeg, at)
        found.setdefault(marker, []).append(jpeg[at : at + 2 + length])
        at += 2 + length
        if marker == 0xDA:
            return found, jpeg[at:-2]


@pytest.fixture(scope="module")
def apart() -> tuple[bytes, list[int]]:
    """A colour JPEG of three scans, put together of three grey ones with the same tables; and where each scan ends."""
    rng = np.random.default_rng(5)
    scans = []
    for _ in range(3):
        buffer = io.BytesIO()
        Image.fromarray(rng.integers(60, 190, (SIDE, SIDE), dtype=np.uint8)).save(buffer, "JPEG", quality=90)
        found, data = segments(buffer.getvalue())
        scans.append(data)
    frame = struct.pack(">BBHBHHB", 0xFF, 0xC0, 17, 8, SIDE, SIDE, 3)
    frame += b"".join(bytes([component, 0x11, 0]) for component in (1, 2, 3))
    content = b"\xff\xd8" + b"".join(found[0xDB]) + frame + b"".join(found[0xC4])
    ends = []
    for component, data in zip((1, 2, 3), scans, strict=True):
        content += struct.pack(">BBHBBBBBB", 0xFF, 0xDA, 8, 1, component, 0, 0, 63, 0) + data
        ends.append(len(content))
    return content, ends


def opened(tmp_path, content: bytes) -> np.ndarray:
    path = tmp_path / "apart.jpg"
    path.write_bytes(content)
    return open_upload(path)


def test_a_whole_file_of_three_scans_opens(apart, tmp_path):
    content, _ = apart
    assert opened(tmp_path, content + b"\xff\xd9").shape == (SIDE, SIDE, 3)
    assert opened(tmp_path, content).shape == (SIDE, SIDE, 3)  # without its end


@pytest.mark.parametrize(("scan", "share", "missing"), [(1, 0.5, 50), (2, 0.4, 20), (0, 0.5, 83)])
def test_components_that_are_not_told_are_missing(apart, tmp_path, scan, share, missing):
    content, ends = apart
    start = ends[scan - 1] if scan else ends[0] - (ends[1] - ends[0])
    with pytest.raises(ImageError, match=r"cut off: about (\d+) %") as caught:
        opened(tmp_path, content[: round(start + share * (ends[scan] - start))])
    said = int(str(caught.value).split("about ")[1].split(" ")[0])
    assert abs(said - missing) <= 5
