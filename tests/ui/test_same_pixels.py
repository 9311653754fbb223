"""One file is the same pixels to the page, the endpoints and the shell; colours last from Display P3 to the network."""

import io
import zipfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pillow_heif
import pytest
import torch
from PIL import Image

from explorer import classify
from explorer.checkpoint import save
from explorer.checkpoint.file import Card
from explorer.image import open_upload
from explorer.models import build_model
from explorer.predict import Classifier
from explorer.preprocessing import Preprocessing
from explorer.ui import api
from explorer.ui.answers import Answers
from explorer.ui.classifier import api as classifier_api
from explorer.ui.filters.tab import Filters
from explorer.ui.store import Store
from explorer.ui.turns import Turns
from explorer.ui.uploads import Photographs
from tests.image.colours import picture, rgb_profile, stored_and_right
from tests.image.test_colour import cmyk_profile
from tests.image.test_tiff import raw_file

pillow_heif.register_heif_opener()
P3 = rgb_profile("Display P3")
PROBE = (64, 64, 3)  # what a network is tried with while it is loaded


def file_of(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def kinds() -> dict[str, bytes]:
    """Name -> file, one of each kind that is read, in its odd forms too."""
    plain, p3 = picture(), stored_and_right(picture(), P3)[0]
    grey = np.asarray(plain.convert("L"))
    layered = plain.copy()
    layered.putalpha(Image.fromarray(grey))
    sideways = Image.Exif()
    sideways[0x0112] = 6
    large = plain.resize((2001, 1333))
    return {
        "plain.png": file_of(plain, "PNG"),
        "p3.png": file_of(p3, "PNG", icc_profile=P3),
        "layered.png": file_of(layered, "PNG"),
        "deep.png": file_of(Image.fromarray(grey.astype(np.uint16) * 257), "PNG"),
        "palette.gif": file_of(plain.quantize(16), "GIF"),
        "plain.bmp": file_of(plain, "BMP"),
        "p3.jpg": file_of(p3, "JPEG", icc_profile=P3, quality=95),
        "sideways.jpg": file_of(plain, "JPEG", exif=sideways),
        "cut.jpg": file_of(plain, "JPEG")[:-2],
        "cmyk.jpg": file_of(plain.convert("CMYK"), "JPEG", icc_profile=cmyk_profile()),
        "large.jpg": file_of(large, "JPEG"),
        "large.webp": file_of(large, "WEBP"),
        "layered.webp": file_of(layered, "WEBP", lossless=True),
        "p3.tif": file_of(p3, "TIFF", icc_profile=P3, compression="tiff_deflate"),
        "deep.tif": file_of(Image.fromarray(grey.astype(np.uint16) * 200), "TIFF"),
        "p3.avif": file_of(p3, "AVIF", icc_profile=P3),
        "p3.heic": file_of(p3, "HEIF", icc_profile=P3),
        "raw.dng": raw_file(preview=True),
    }


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory) -> Path:
    card = Card("lenet5", {"num_classes": 3, "in_channels": 3}, ("a", "b", "c"), Preprocessing(size=32), {})
    return save(tmp_path_factory.mktemp("checkpoint") / "tiny.safetensors", build_model("lenet5", 3), card)


@pytest.fixture
def seen(monkeypatch) -> list[np.ndarray]:
    """Every picture that is made a tensor of, as it comes to the one place where this is done."""
    found: list[np.ndarray] = []
    made = Preprocessing.__call__

    def call(self: Preprocessing, image: np.ndarray) -> torch.Tensor:
        if image.shape != PROBE:
            found.append(image.copy())
        return made(self, image)

    monkeypatch.setattr(Preprocessing, "__call__", call)
    return found


class Explorer:
    """The four ways in, as their callers use them, with the same small network behind each."""

    def __init__(self, uploads: Path, checkpoint: Path) -> None:
        self.uploads, self.checkpoint = uploads, checkpoint
        store = Store(200_000_000, 60)
        classifier = Classifier.load(checkpoint)
        network = SimpleNamespace(trained=True)
        shelf = SimpleNamespace(classifier=lambda _: classifier, network=lambda _: network)
        self.photographs = Photographs(store)
        self.answers = Answers(self.photographs, shelf)
        self.filters = Filters(self.photographs, shelf, store)
        with api.Page(SimpleNamespace(), lambda: True, Turns(2)) as page:
            api.publish(shelf)
            classifier_api.publish(shelf, store)
        self.endpoints = {one.api_name: one.fn for one in page.fns.values()}

    def page(self, path: Path) -> dict[str, object]:
        photo = self.photographs.open_photo({"path": str(path)})
        self.answers.classify({"photo": photo["token"], "network": "tiny"})
        return photo

    def ask(self, path: Path) -> list[str]:
        """All four, and a zip besides; what each says of the picture, where it does."""
        photo = self.page(path)
        one = self.endpoints["classify"]({"path": str(path)}, "tiny")
        zipped = path.with_suffix(".zip")
        with zipfile.ZipFile(zipped, "w") as archive:
            archive.write(path, path.name)
        photos = [{"path": str(path)}, *([{"path": str(zipped)}] if path.suffix != ".dng" else [])]
        _, many = self.endpoints["classify_many"](photos, "tiny")
        assert not many["unread"]
        assert classify.main([str(path), "--checkpoint", str(self.checkpoint)]) == 0
        return [photo["remark"], one["remark"], *(row["remark"] for row in many["rows"])]


@pytest.fixture
def explorer(tmp_path, monkeypatch, checkpoint) -> Explorer:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    return Explorer(tmp_path, checkpoint)


@pytest.mark.parametrize("name", kinds())
def test_every_way_in_sees_the_same_pixels_of_a_file(explorer, seen, name, capsys):
    path = explorer.uploads / name
    path.write_bytes(kinds()[name])
    remarks = explorer.ask(path)
    assert len(seen) == len(remarks) + 1 >= 4
    expected = open_upload(path)
    for image in seen:
        np.testing.assert_array_equal(image, expected)
    assert {bool(remark) for remark in remarks} == {name == "raw.dng"}


PATCHES = (np.s_[12:23, 12:28], np.s_[32:48, 47:68])  # of `picture`, well inside
WANTED = [np.rint(np.array(colour) * 255) for colour in ((0.75, 0.3, 0.25), (0.2, 0.5, 0.3))]


def assert_patches(image: np.ndarray) -> None:
    scale = image.shape[1] // 86
    for (rows, columns), wanted in zip(PATCHES, WANTED, strict=True):
        inside = image[rows.start * scale : rows.stop * scale, columns.start * scale : columns.stop * scale]
        assert np.abs(inside - wanted).mean() < 2


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp", "a.tif", "a.heic", "a.avif"])
def test_the_colours_of_flat_patches_last_from_display_p3_to_the_network(explorer, seen, name):
    """Page, preview, the picture downloaded, and the classifier that this is given to, one after the other."""
    stored = stored_and_right(picture(), P3)[0].resize((86 * 8, 60 * 8), Image.Resampling.NEAREST)
    assert np.abs(np.asarray(stored)[40 * 8, 60 * 8] - WANTED[1]).mean() > 5, "stored under P3 the numbers are others"
    path = explorer.uploads / name
    stored.save(path, icc_profile=P3, **({} if name in {"a.png", "a.tif"} else {"quality": 92}))
    photo = explorer.page(path)
    assert_patches(seen[-1])
    for file in (photo["preview"], explorer.photographs.working_picture({"photo": photo["token"]})["path"]):
        with Image.open(file) as opened:
            assert "icc_profile" not in opened.info
            if opened.width == stored.width:
                assert_patches(np.asarray(opened))
            else:
                assert_patches(np.asarray(opened.resize(stored.size)))
    asked = {
        "photo": photo["token"], "kernels": [[[0, 0, 0], [0, 1, 0], [0, 0, 0]]], "magnitude": False, "bias": 0,
        "stride": 1, "padding": 1, "dilation": 1, "padding_mode": "zeros", "colour": "rgb", "border": [0, 0, 0],
        "view": "clipped", "low": 0, "high": 255,
    }  # fmt: skip
    downloaded = Path(explorer.filters.make_picture(asked)["path"])
    again = explorer.uploads / f"downloaded{downloaded.suffix}"
    again.write_bytes(downloaded.read_bytes())
    explorer.page(again)
    assert_patches(seen[-1])
    assert len(seen) == 2
