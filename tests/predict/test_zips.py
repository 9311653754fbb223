"""A zip of photographs: what it gives, and what it may not do."""

import io
import struct
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from explorer.errors import CatalogError, ImageError
from explorer.predict import zips
from explorer.predict.zips import ZipPhotographs

CLASSES = ("red things", "green", "sports-shoes")


def zipped(path: Path, entries: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return path


def png(side: int = 20) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (side, side), (200, 30, 40)).save(buffer, "PNG")
    return buffer.getvalue()


def test_a_zip_gives_its_photographs_with_their_folders_labels(tmp_path):
    entries = {
        "shop/Sports Shoes/a.png": png(),
        "shop/b.PNG": png(31),
        "shop/readme.txt": b"-",
        "__MACOSX/._b.png": b"-",
    }
    with ZipPhotographs(zipped(tmp_path / "shop.zip", entries), CLASSES) as photographs:
        assert [(one.name, one.label) for one in photographs.entries] == [
            ("shop/Sports Shoes/a.png", "sports-shoes"),
            ("shop/b.PNG", ""),
        ]
        assert photographs.photograph(photographs.entries[1].index)[0].shape == (31, 31, 3)


def test_a_table_in_the_zip_labels_its_photographs(tmp_path):
    entries = {
        "a.png": png(),
        "green/b.png": png(),
        "labels.csv": b"\xef\xbb\xbfFile,Label\na.png,green\nb.png,red things\n",
    }
    with ZipPhotographs(zipped(tmp_path / "x.zip", entries), CLASSES) as photographs:
        assert [one.label for one in photographs.entries] == ["green", "red things"]


def test_a_path_that_would_leave_the_zip_writes_nothing(tmp_path):
    entries = {"../escape.png": png(), "/absolute.png": png(), "ok.png": png(), "a/../../b.png": png()}
    inside = tmp_path / "inside"
    inside.mkdir()
    with ZipPhotographs(zipped(inside / "evil.zip", entries)) as photographs:
        for one in photographs.entries:
            photographs.photograph(one.index)
        assert [one.name for one in photographs.entries] == list(entries)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["evil.zip"]


def test_only_photographs_of_the_zip_can_be_asked_for(tmp_path):
    with ZipPhotographs(zipped(tmp_path / "x.zip", {"secret.txt": b"s", "a.png": png()})) as photographs:
        for index in (0, 2, -1):
            with pytest.raises(ImageError, match="no photograph number"):
                photographs.photograph(index)


def test_a_bomb_is_stopped_by_what_comes_out_not_by_what_is_promised(tmp_path):
    path = zipped(tmp_path / "bomb.zip", {"a.png": bytes(60_000_000)})
    assert path.stat().st_size < 100_000
    content = path.read_bytes().replace((60_000_000).to_bytes(4, "little"), (1000).to_bytes(4, "little"))
    path.write_bytes(content)  # both headers now promise 1,000 bytes
    with ZipPhotographs(path) as photographs, pytest.raises(ImageError, match=r"damaged|more than 20 MB"):
        photographs.photograph(0)


def test_an_entry_larger_than_a_photograph_may_be_is_a_line(tmp_path):
    path = zipped(tmp_path / "big.zip", {"a.png": bytes(21_000_000)})
    with ZipPhotographs(path) as photographs, pytest.raises(ImageError, match="more than 20 MB"):
        photographs.photograph(0)


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"readme.txt": b"x"}, "no photograph in this zip"),
        ({f"{number}.png": b"x" for number in range(201)}, "201 photographs; at most 200"),
        ({f"{number}.txt": b"x" for number in range(2001)}, "2001 entries; at most 2000"),
    ],
)
def test_a_zip_out_of_bounds_gets_a_sentence(tmp_path, entries, message):
    with pytest.raises(CatalogError, match=message):
        ZipPhotographs(zipped(tmp_path / "x.zip", entries))


@pytest.mark.parametrize("promised", [1, 30_000])
@pytest.mark.parametrize("large", [False, True])
def test_a_long_directory_is_refused_before_it_is_parsed(tmp_path, monkeypatch, promised, large):
    record = struct.pack("<4s6H3I5H2I", b"PK\x01\x02", *[0] * 16)
    directory = record * 30_000
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, promised, promised, len(directory), 0, 0)
    if large:
        sizes = (44, 45, 45, 0, 0, promised, promised, len(directory), 0)
        end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
        end = struct.pack("<4sQ2H2I4Q", b"PK\x06\x06", *sizes) + struct.pack("<4sIQI", b"PK\x06\x07", 0, 0, 1) + end
    path = tmp_path / "long.zip"
    path.write_bytes(directory + end)
    assert len(zipfile.ZipFile(path).infolist()) == 30_000
    monkeypatch.setattr(zips.zipfile, "ZipFile", None)
    with pytest.raises(
        CatalogError, match="30000 entries" if promised > 1 else "list of files in this zip is too long"
    ):
        ZipPhotographs(path)


def test_tables_of_any_folder_kind_and_name_label(tmp_path):
    entries = {
        "shop/aaa.csv": b"file,price\none/a.png,12\n",
        "shop/labels.csv": "\ufefffile;label\none/a.png;green\ntwo/a.png;red things\n".encode(),
        "b/list.csv": "name\tlabel\nb.png\tsports-shoes\n".encode("utf-16"),
        "shop/one/a.png": png(),
        "shop/two/a.png": png(),
        "b/b.png": png(),
    }
    with ZipPhotographs(zipped(tmp_path / "x.zip", entries), CLASSES) as photographs:
        assert [one.label for one in photographs.entries] == ["green", "red things", "sports-shoes"]


def test_a_table_that_cannot_be_read_is_a_line_and_the_photographs_stay(tmp_path):
    entries = {"green/a.png": png(), "inventory.csv": b"x" * 1_000_001}
    with ZipPhotographs(zipped(tmp_path / "x.zip", entries), CLASSES) as photographs:
        assert [(one.name, one.label) for one in photographs.entries] == [
            ("green/a.png", "green"),
            ("inventory.csv", ""),
        ]
        assert photographs.photograph(0)[0].shape == (20, 20, 3)
        with pytest.raises(ImageError, match=r"labels in this table were left out.*more than 1 MB"):
            photographs.photograph(1)


def test_nothing_stays_behind_of_an_entry_that_cannot_be_read(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
    (tmp_path / "scratch").mkdir()
    with ZipPhotographs(zipped(tmp_path / "x.zip", {"a.png": bytes(21_000_000), "b.png": b"no"})) as photographs:
        for index in (0, 1):
            with pytest.raises(ImageError):
                photographs.photograph(index)
    assert not list((tmp_path / "scratch").iterdir())


def test_what_it_unpacks_to_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(zips, "MOST_UNPACKED_BYTES", 1000)
    with pytest.raises(CatalogError, match="at most 1 GB"):
        ZipPhotographs(zipped(tmp_path / "x.zip", {"a.png": bytes(1001)}))


def test_a_file_that_is_no_zip_gets_a_sentence(tmp_path):
    path = tmp_path / "x.zip"
    path.write_bytes(b"PK\x03\x04 and then nothing")
    with pytest.raises(CatalogError, match="no zip that can be read"):
        ZipPhotographs(path)


def test_a_damaged_photograph_in_a_zip_is_a_line(tmp_path):
    path = zipped(tmp_path / "x.zip", {"a.png": png(), "b.png": png(400)})
    content = bytearray(path.read_bytes())
    start = content.index(b"b.png") + 60
    content[start : start + 20] = bytes(20)
    path.write_bytes(content)
    with ZipPhotographs(path) as photographs:
        assert photographs.photograph(0)[0].shape == (20, 20, 3)
        with pytest.raises(ImageError, match="damaged inside the zip"):
            photographs.photograph(1)
