"""The left column's server functions: only uploads are opened, and a token is the only way to a photograph."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from explorer.errors import ExplorerError, ImageError
from explorer.image import open_upload
from explorer.ui.component import FAULT, answering
from explorer.ui.uploads import example_names, uploaded_path

PICTURE = np.random.default_rng(5).integers(0, 256, (40, 60, 3)).astype(np.uint8)


@pytest.fixture
def uploaded(photographs, tmp_path) -> Path:
    path = tmp_path / "uploads" / "picture.png"
    Image.fromarray(PICTURE).save(path)
    return path


@pytest.mark.parametrize("path", ["/etc/passwd", None, 3, "", "../secret.png", ["a"]])
def test_only_an_upload_is_opened(photographs, path):
    with pytest.raises(ImageError, match="not an uploaded file"):
        photographs.open_photo({"path": path})


def test_a_way_out_of_the_folder_is_refused(photographs, uploaded, tmp_path):
    outside = tmp_path / "outside.png"
    Image.fromarray(PICTURE).save(outside)
    with pytest.raises(ImageError, match="not an uploaded file"):
        uploaded_path(f"{uploaded.parent}/../outside.png")


def test_an_upload_is_described_and_found_again(photographs, uploaded):
    photo = photographs.open_photo({"path": str(uploaded)})
    assert (photo["width"], photo["height"], photo["name"]) == (60, 40, "picture.png")
    np.testing.assert_array_equal(photographs.get(photo["token"]).image, PICTURE)
    np.testing.assert_array_equal(photographs.full_picture(photo["token"]), PICTURE)
    working = photographs.working_picture({"photo": photo["token"]})
    np.testing.assert_array_equal(open_upload(working["path"]), PICTURE)


def test_examples_open_by_name_alone(photographs):
    names = example_names()
    assert len(names) >= 6
    assert [example["name"] for example in photographs.examples({})] == names
    assert photographs.open_example({"name": names[0]})["width"] == 512
    with pytest.raises(ImageError, match="There is no example of that name"):
        photographs.open_example({"name": "../README"})
    assert photographs.open_example({"name": "../README", "or_first": True})["example"] == names[0]
    assert photographs.open_example({"name": names[2], "or_first": True})["example"] == names[2]


def test_a_moved_photograph_is_made_from_the_original(photographs, uploaded):
    token = photographs.open_photo({"path": str(uploaded)})["token"]
    moved = photographs.move_photo({"photo": token, "mirrored": True})
    np.testing.assert_array_equal(photographs.get(moved["token"]).image, PICTURE[:, ::-1])
    np.testing.assert_array_equal(photographs.full_picture(moved["token"]), PICTURE[:, ::-1])
    again = photographs.move_photo({"photo": token, "shift_x": 0.5, "replaces": moved["token"]})
    np.testing.assert_array_equal(photographs.get(again["token"]).image[:, 30:], PICTURE[:, :30])
    with pytest.raises(ExplorerError, match="no longer kept"):
        photographs.get(moved["token"])
    np.testing.assert_array_equal(photographs.get(token).image, PICTURE)


def test_a_crop(photographs, uploaded):
    token = photographs.open_photo({"path": str(uploaded)})["token"]
    moved = photographs.move_photo({"photo": token, "box": [0.5, 0.25, 0.5, 0.5]})
    np.testing.assert_array_equal(photographs.get(moved["token"]).image, PICTURE[10:30, 30:])


@pytest.mark.parametrize(
    "wrong", [{"turn": "far"}, {"box": [1, 2]}, {"box": "all"}, {"scale": True}, {"shift_x": None}]
)
def test_moves_must_be_numbers(photographs, uploaded, wrong):
    token = photographs.open_photo({"path": str(uploaded)})["token"]
    with pytest.raises(ImageError, match="must be numbers"):
        photographs.move_photo({"photo": token, **wrong})


def test_only_a_moved_photograph_is_replaced(photographs, uploaded):
    token = photographs.open_photo({"path": str(uploaded)})["token"]
    photographs.move_photo({"photo": token, "replaces": token})
    np.testing.assert_array_equal(photographs.get(token).image, PICTURE)


def test_an_answer_is_ok_or_a_sentence(caplog):
    def works(request: dict) -> int:
        return request["n"] + 1

    def refuses(request: dict) -> int:
        raise ImageError("This is why.")

    assert answering(works)({"n": 1}) == {"ok": 2}
    assert answering(refuses)({}) == {"error": "This is why."}
    assert answering(works)(["no object"]) == {"error": "The request was not an object."}
    assert answering(works)({}) == {"error": FAULT}
    assert "works failed" in caplog.text
