"""Sources listed, decoded once, kept on disk; broken files counted."""

import errno
import shutil

import numpy as np
import pytest
import torch

from explorer.data.cache import check_unread, decode
from explorer.data.labels import unify
from explorer.data.sources import fingerprint, read_source
from explorer.errors import CatalogError
from explorer.preprocessing import Preprocessing
from tests.data.folders import write_folder

GEOMETRY = Preprocessing(size=16)


@pytest.fixture
def folder(tmp_path):
    return write_folder(tmp_path / "shop")


def test_a_folder_is_listed_by_split_and_class(folder):
    source = read_source(f"photos={folder}")
    assert source.name == "photos"
    assert source.labels() == {"reds", "greens", "blues"}
    assert [len(source.splits[split]) for split in ("train", "validation")] == [18, 9]
    assert source.splits["train"][0].name == "train/blues/0.png"
    assert read_source(str(folder)).name == "shop"


def test_without_a_validation_folder_a_tenth_is_held_back_by_name(tmp_path):
    folder = write_folder(tmp_path / "shop", per_class=70, size=4)
    shutil.rmtree(folder / "validation")
    before = {split: {item.name for item in items} for split, items in read_source(str(folder)).splits.items()}
    assert len(before["train"] | before["validation"]) == 210
    assert not before["train"] & before["validation"]
    assert 10 <= len(before["validation"]) <= 34
    for number in range(50):
        shutil.copy(folder / "train/reds/0.png", folder / f"train/reds/new{number}.png")
    after = {split: {item.name for item in items} for split, items in read_source(str(folder)).splits.items()}
    assert before["train"] <= after["train"]
    assert before["validation"] <= after["validation"]


def test_val_is_validation_too(folder):
    (folder / "validation").rename(folder / "val")
    source = read_source(str(folder))
    assert [len(source.splits[split]) for split in ("train", "validation")] == [18, 9]
    assert source.splits["validation"][0].name == "val/blues/0.png"


def test_a_flat_folder_is_split_by_the_same_hash(tmp_path):
    folder = write_folder(tmp_path / "shop", per_class=30, size=4)
    shutil.rmtree(folder / "validation")
    source = read_source(str(folder / "train"))
    assert source.labels() == {"reds", "greens", "blues"}
    assert [len(items) for items in source.splits.values()] != [90, 0]
    assert sum(len(items) for items in source.splits.values()) == 90
    again = read_source(str(folder / "train"))
    assert fingerprint(again.splits["validation"]) == fingerprint(source.splits["validation"])


def test_drawn_is_a_source_too():
    source = read_source("drawn=2", seed=1, size=24)
    assert len(source.splits["train"]) == 2 * 17
    assert source.splits["validation"][0].open().shape == (24, 24, 3)


def test_decoding_gives_the_pages_own_pixels(folder):
    source = read_source(f"photos={folder}")
    space = unify({"photos": source.labels()})
    items = source.splits["train"]
    found = decode(items, space, GEOMETRY)
    assert found.pictures.shape == (18, 3, 16, 16)
    assert found.pictures.dtype == torch.uint8
    for number in (0, 7, 17):
        expected = GEOMETRY.picture(items[number].open())
        assert np.array_equal(found.pictures[number].permute(1, 2, 0).numpy(), expected)
        assert space.classes[int(found.rows[number])] == items[number].label
    assert found.of_source("photos").all()
    assert not found.of_source("other").any()


def test_decoded_pictures_are_kept_and_not_decoded_again(folder, tmp_path, monkeypatch):
    source = read_source(f"photos={folder}")
    space = unify({"photos": source.labels()})
    first = decode(source.splits["train"], space, GEOMETRY, tmp_path / "cache")
    monkeypatch.setattr(Preprocessing, "picture", lambda *_: pytest.fail("decoded again"))
    again = decode(source.splits["train"], space, GEOMETRY, tmp_path / "cache")
    assert torch.equal(first.pictures, again.pictures)


def test_two_processes_may_keep_the_same_pictures(folder, tmp_path, monkeypatch):
    source = read_source(f"photos={folder}")
    space = unify({"photos": source.labels()})
    save = np.save

    def save_while_another_process_does_too(path, pixels, **options):
        save(path, pixels, **options)
        if not (tmp_path / "other").exists():
            (tmp_path / "other").touch()
            monkeypatch.setattr("os.getpid", lambda: 1)
            decode(source.splits["train"], space, GEOMETRY, tmp_path / "cache")

    monkeypatch.setattr(np, "save", save_while_another_process_does_too)
    assert len(decode(source.splits["train"], space, GEOMETRY, tmp_path / "cache")) == 18
    assert len(list((tmp_path / "cache").iterdir())) == 1


def test_what_is_kept_of_a_changed_picture_is_not_used(folder, tmp_path):
    source = read_source(f"photos={folder}")
    space = unify({"photos": source.labels()})
    first = decode(source.splits["train"], space, GEOMETRY, tmp_path / "cache")
    (folder / "train/blues/0.png").write_bytes((folder / "train/reds/0.png").read_bytes())
    changed = decode(read_source(f"photos={folder}").splits["train"], space, GEOMETRY, tmp_path / "cache")
    assert not torch.equal(first.pictures[0], changed.pictures[0])
    assert torch.equal(first.pictures[1:], changed.pictures[1:])


def test_broken_files_are_left_out_and_counted(folder):
    (folder / "train/reds/2.png").write_bytes(b"not a picture")
    source = read_source(f"photos={folder}")
    space = unify({"photos": source.labels()})
    found = decode(source.splits["train"], space, GEOMETRY)
    with pytest.raises(
        CatalogError, match=r"1 of 18 pictures cannot be read, such as photos/train/reds/2.png: .*[^.]\. Repair"
    ):
        check_unread([found])
    assert len(found) == 17
    assert len(found.unread) == 1
    assert all(item.name != "train/reds/2.png" for item in found.items)


def test_less_than_one_percent_broken_is_no_obstacle(tmp_path):
    folder = write_folder(tmp_path / "many", per_class=40, size=6)
    (folder / "train/reds/0.png").write_bytes(b"")
    source = read_source(f"photos={folder}")
    space = unify({"photos": source.labels()})
    found = decode(source.splits["train"], space, GEOMETRY)
    assert len(found) == 119
    check_unread([found])


def test_one_percent_is_of_all_pictures_of_a_run(tmp_path):
    folder = write_folder(tmp_path / "many", per_class=40, size=6)
    (folder / "validation/reds/0.png").write_bytes(b"")
    source = read_source(f"photos={folder}")
    space = unify({"photos": source.labels()})
    validation, train = (decode(source.splits[split], space, GEOMETRY) for split in ("validation", "train"))
    check_unread([train, validation])  # 1 of 180
    with pytest.raises(CatalogError, match="1 of 60 pictures cannot be read"):
        check_unread([validation])


def test_a_split_of_which_nothing_can_be_read_is_refused(folder):
    for path in (folder / "validation").glob("*/*"):
        path.write_bytes(b"")
    source = read_source(f"photos={folder}")
    with pytest.raises(CatalogError, match="9 of 9 pictures cannot be read"):
        decode(source.splits["validation"], unify({"photos": source.labels()}), GEOMETRY)


def test_a_full_disk_is_a_sentence_and_leaves_nothing_behind(folder, tmp_path, monkeypatch):
    def full(path, *_arguments, **_options):
        path.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(np, "save", full)
    source = read_source(f"photos={folder}")
    with pytest.raises(CatalogError, match=r"cannot be kept in .*cache: No space left on device\."):
        decode(source.splits["train"], unify({"photos": source.labels()}), GEOMETRY, tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def test_resized_sets_keep_labels(folder):
    source = read_source(f"photos={folder}")
    found = decode(source.splits["train"], unify({"photos": source.labels()}), GEOMETRY)
    smaller = found.resized(9)
    assert smaller.pictures.shape == (18, 3, 9, 9)
    assert torch.equal(smaller.rows, found.rows)
    assert found.resized(16) is found


def test_the_fingerprint_tells_which_pictures_a_split_holds(folder):
    items = read_source(f"photos={folder}").splits["train"]
    assert fingerprint(items) == fingerprint(items[::-1])
    assert fingerprint(items) != fingerprint(items[1:])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nowhere", "nowhere/train is no folder"),
        ("drawn=many", "a whole number, such as drawn=80"),
        ("drawn=0", "at least one picture a class"),
        ("shop=sqlite:///x.db", "the folder that the catalogue's paths are relative to is expected after #"),
    ],
)
def test_sources_that_cannot_be_used_are_sentences(text, message):
    with pytest.raises(CatalogError, match=message):
        read_source(text)


def test_a_class_that_only_validation_has_is_refused(folder):
    (folder / "validation/greys").mkdir()
    (folder / "validation/reds/0.png").rename(folder / "validation/greys/0.png")
    with pytest.raises(CatalogError, match="validation has classes that train has not: greys"):
        read_source(str(folder))
