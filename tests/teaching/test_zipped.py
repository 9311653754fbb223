"""A zip of photographs as a lesson: folders or a table name the classes; what cannot teach is listed."""

import io
import zipfile

import pytest
from PIL import Image

from explorer.errors import CatalogError
from explorer.teaching.zipped import UNSAID, folder_of, pupils_of_zip
from tests.teaching.lessons import coloured, small_base


def png(label: str, number: int) -> bytes:
    kept = io.BytesIO()
    Image.fromarray(coloured(label, number)).save(kept, "png")
    return kept.getvalue()


def packed(path, entries: dict[str, bytes]):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return path


@pytest.fixture(scope="module")
def base():
    return small_base()


def test_folders_name_the_classes_and_the_nearest_counts(base, tmp_path):
    entries = {f"mine/Red Things/{number}.png": png("red things", number) for number in range(18)}
    entries |= {"mine/blau/deep/0.png": png("blue", 0), "loose.png": png("blue", 1), "mine/blau/no.jpg": b"\xff\xd8 no"}
    entries |= {"__MACOSX/mine/blau/._0.png": b"x", "mine/blau/.DS_Store": b"x"}
    pupils, unread, notes = pupils_of_zip(packed(tmp_path / "a.zip", entries), base)
    assert [one.label for one in pupils] == ["Red Things"] * 18 + ["deep"]
    assert (unread[0].name, unread[0].error) == ("loose.png", UNSAID)
    assert [one.name for one in unread[1:]] == ["mine/blau/no.jpg"]
    assert not notes
    assert pupils[17].look.sha256 == base.look([coloured("red things", 17)])[0].sha256


def test_a_table_says_more_than_a_folder(base, tmp_path):
    table = b"file,label\na.png,warm\nphotos/b.png,cold\n"
    entries = {"labels.csv": table, "a.png": png("red things", 0), "photos/b.png": png("blue", 0)}
    pupils, unread, _ = pupils_of_zip(packed(tmp_path / "a.zip", entries), base)
    assert [(one.name, one.label) for one in pupils] == [("a.png", "warm"), ("photos/b.png", "cold")]
    assert not unread


def test_two_hundred_broken_files_are_one_sentence(base, tmp_path):
    entries = {f"{'ab'[number % 2]}/{number}.jpg": b"\xff\xd8 no picture" for number in range(200)}
    with pytest.raises(CatalogError, match=r"No photograph of this zip can teach anything\. a/0\.jpg: .*not a picture"):
        pupils_of_zip(packed(tmp_path / "a.zip", entries), base)


def test_more_than_the_bound_are_refused_before_any_is_opened(base, tmp_path):
    entries = {f"a/{number}.png": b"x" for number in range(501)}
    with pytest.raises(CatalogError, match="holds 501 photographs; at most 500"):
        pupils_of_zip(packed(tmp_path / "a.zip", entries), base)


def test_the_folder_of_a_path():
    assert folder_of("a/b/c.jpg") == "b"
    assert folder_of("a\\b\\c.jpg") == "b"
    assert folder_of("c.jpg") == ""
