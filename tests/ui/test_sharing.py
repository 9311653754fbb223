"""A lesson file, and a photograph that is shared by link: what they hold, and what is refused."""

import json
import zipfile
from pathlib import Path
from urllib.parse import parse_qs

import numpy as np
import pytest
from PIL import Image

from explorer.errors import ExplorerError, ImageError
from explorer.settings import Settings
from explorer.ui.sharing import LIMITS, NOTE, PICTURE, STATE, Sharing

LINK = "?photo.own=1&photo.move=0.1~0~30~1~1~0~0~1~1&filters.kernel=box&__theme=dark&evil=1"
NOTE_TEXT = "Watch the laces. <b>ö</b>"


@pytest.fixture
def sharing(photographs) -> Sharing:
    return Sharing(photographs, photographs._store, shared_photos=True)


@pytest.fixture
def photo(photographs, tmp_path) -> dict:
    path = tmp_path / "uploads" / "kurta.png"
    Image.fromarray(np.random.default_rng(5).integers(0, 256, (40, 61, 3)).astype(np.uint8)).save(path)
    return photographs.open_photo({"path": str(path)})


def test_a_lesson_gives_back_picture_state_and_note(sharing, photographs, photo, tmp_path):
    moved = photographs.move_photo({"photo": photo["token"], "turn": 30})
    made = sharing.lesson_file({"photo": moved["token"], "link": LINK, "note": NOTE_TEXT})
    assert made["name"] == "kurta lesson.zip"
    path = tmp_path / "uploads" / "sent.zip"
    path.write_bytes(Path(made["path"]).read_bytes())
    opened = sharing.open_lesson({"path": str(path)})
    assert opened["note"] == NOTE_TEXT
    assert parse_qs(opened["link"]) == {
        "photo.own": ["1"], "photo.move": ["0.1~0~30~1~1~0~0~1~1"], "filters.kernel": ["box"],
    }  # fmt: skip
    ours, theirs = (photographs.get(one) for one in (photo["token"], opened["photo"]["token"]))
    assert np.array_equal(ours.image, theirs.image)  # as it was before the move, which is in the link
    assert theirs.name == "kurta.png"
    assert np.array_equal(photographs.full_picture(opened["photo"]["token"]), ours.image)
    assert sharing.open_kept({"photo": opened["photo"]["token"]})["width"] == 61


def test_two_lessons_of_one_photograph_are_two_files(sharing, photo):
    made = [
        sharing.lesson_file({"photo": photo["token"], "link": LINK, "note": note})["path"] for note in ("one", "two")
    ]
    assert len({Path(path).read_bytes() for path in made}) == 2


STATE_TEXT = json.dumps({"version": 1, "name": "a.png", "link": LINK})
BROKEN = {
    "no zip at all": None,
    "without a picture": {STATE: STATE_TEXT, NOTE: ""},
    "a state that is no JSON": {PICTURE: b"x", STATE: "{", NOTE: ""},
    "a state without a link": {PICTURE: b"x", STATE: "{}", NOTE: ""},
    "a state that is a list": {PICTURE: b"x", STATE: "[]", NOTE: ""},
    "a link that is a number": {PICTURE: b"x", STATE: json.dumps({"name": "a", "link": 3}), NOTE: ""},
    "a note that is no text": {PICTURE: b"x", STATE: STATE_TEXT, NOTE: b"\xff\xfe\xff"},
    "a note that is too long": {PICTURE: b"x", STATE: STATE_TEXT, NOTE: "x" * (LIMITS[NOTE] + 1)},
    "a picture that is none": {PICTURE: b"no picture", STATE: STATE_TEXT, NOTE: ""},
}


@pytest.mark.parametrize("entries", BROKEN.values(), ids=list(BROKEN))
def test_what_is_no_lesson_gets_a_sentence(sharing, tmp_path, entries):
    path = tmp_path / "uploads" / "lesson.zip"
    path.write_bytes(b"PK no zip")
    if entries is not None:
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in entries.items():
                archive.writestr(name, content)
    with pytest.raises(ImageError, match=r"lesson|picture"):
        sharing.open_lesson({"path": str(path)})


@pytest.mark.parametrize("path", ["/etc/passwd", None, 3])
def test_only_an_upload_is_opened_as_a_lesson(sharing, path):
    with pytest.raises(ImageError, match="not an uploaded file"):
        sharing.open_lesson({"path": path})


def test_a_shared_photograph_is_another_visitors_own_copy(sharing, photographs, photo):
    shared = sharing.share_photo({"photo": photo["token"]})
    assert shared["hours"] == sharing.sharing({})["hours"] == 24
    opened = sharing.open_shared({"shared": shared["shared"]})
    assert opened["token"] != photo["token"]
    assert np.array_equal(photographs.get(opened["token"]).image, photographs.get(photo["token"]).image)
    for wrong in (photo["token"], "", None, 7):
        with pytest.raises(ExplorerError, match="no longer kept here; ask for its lesson file"):
            sharing.open_shared({"shared": wrong})


def test_a_shared_photograph_has_its_time(sharing, photo):
    now = [0.0]
    sharing.shared._clock = lambda: now[0]
    shared = sharing.share_photo({"photo": photo["token"]})["shared"]
    now[0] = 24 * 3600 + 1
    with pytest.raises(ExplorerError, match="no longer kept"):
        sharing.open_shared({"shared": shared})


def test_nothing_is_shared_unless_the_host_says_so(photographs, photo):
    off = Sharing(photographs, photographs._store, shared_photos=Settings.from_env({}).shared_photos)
    assert off.sharing({}) == {"hours": 0}
    with pytest.raises(ExplorerError, match="keeps no photographs"):
        off.share_photo({"photo": photo["token"]})
    with pytest.raises(ExplorerError, match="no longer kept"):
        off.open_shared({"shared": "x"})
    assert Settings.from_env({"EXPLORER_SHARED_PHOTOS": "1"}).shared_photos
