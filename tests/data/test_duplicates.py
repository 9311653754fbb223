"""Photographs that are nearly the same, and the test that is held out with them in mind."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from explorer.data.duplicates import group_alike, picture_code
from explorer.data.heldout import hold_out
from explorer.data.sources import drawn_source, folder_source
from explorer.errors import CatalogError
from tests.data.folders import write_folder


def picture(seed: int, size: tuple[int, int] = (90, 70)) -> Image.Image:
    """A coarse pattern of its own, smooth as a photograph is."""
    patches = np.random.default_rng(seed).integers(0, 256, (9, 7, 3), np.uint8)
    return Image.fromarray(patches).resize(size, Image.Resampling.BICUBIC)


def code(image: Image.Image) -> np.ndarray:
    return picture_code(np.asarray(image.convert("RGB")))


def test_another_size_a_jpeg_and_a_shade_are_the_same_photograph_and_another_is_not(tmp_path):
    picture(1).save(tmp_path / "1.jpg", quality=70)
    with Image.open(tmp_path / "1.jpg") as jpeg:
        found = [
            picture(1),
            picture(2),
            picture(1).resize((180, 140), Image.Resampling.BICUBIC),
            jpeg.copy(),
            ImageEnhance.Brightness(picture(1)).enhance(1.03),
            picture(3),
        ]
    assert group_alike([code(image) for image in found]) == [0, 1, 0, 0, 0, 5]


def test_the_same_shapes_in_another_colour_are_another_photograph():
    red = Image.merge("RGB", (picture(1).convert("L"), Image.new("L", (90, 70)), Image.new("L", (90, 70))))
    green = Image.merge("RGB", (Image.new("L", (90, 70)), picture(1).convert("L"), Image.new("L", (90, 70))))
    assert group_alike([code(red), code(green)]) == [0, 1]


def test_likeness_is_passed_on_and_what_cannot_be_read_is_alone():
    codes = [np.ones(448, np.float32) for _ in range(3)]
    codes[1][:3] = -1
    codes[2][:6] = -1  # six bits from the first, three from the second
    assert group_alike([codes[0], codes[2]]) == [0, 1]
    assert group_alike([codes[0], None, codes[2], codes[1], None]) == [0, 1, 0, 0, 4]
    assert group_alike([]) == []


def write_shop(root: Path, per_class: int = 60) -> Path:
    seed = 0
    for split, count in (("train", per_class), ("validation", 4)):
        for label in ("caps", "belts"):
            folder = root / split / label
            folder.mkdir(parents=True)
            for number in range(count):
                seed += 1
                picture(seed, (120, 100)).save(folder / f"{number}.png")
    return root


def test_a_tenth_is_held_out_and_every_photograph_is_on_one_side(tmp_path):
    source = folder_source("shop", write_shop(tmp_path / "shop"))
    held, found = hold_out(source, 0.1)
    names = [{item.name for item in held.splits[split]} for split in ("train", "test", "validation")]
    assert names[0] | names[1] == {item.name for item in source.splits["train"]}
    assert not names[0] & names[1]
    assert held.splits["validation"] == source.splits["validation"]
    assert found is not None
    assert found.pictures == len(names[1])
    assert 3 <= found.pictures <= 25  # of 120, by the luck of the hash
    assert (found.alike, found.left_out) == (0, 0)


def test_names_and_added_photographs_move_no_other(tmp_path):
    root = write_shop(tmp_path / "shop")
    before = {item.path.rpartition("/")[2] for item in hold_out(folder_source("a", root), 0.2)[0].splits["test"]}
    bytes_before = sorted((root / "train" / "caps" / name).read_bytes() for name in before if name)
    for path in sorted((root / "train").glob("*/*.png")):
        path.rename(path.with_name(f"renamed-{path.name}"))
    picture(9999, (120, 100)).save(root / "train" / "caps" / "added.png")
    after = hold_out(folder_source("another name", root), 0.2)[0].splits["test"]
    kept = [item for item in after if not item.path.endswith("added.png")]
    assert len(kept) == len(hold_out(folder_source("a", root), 0.2)[0].splits["test"]) - (len(after) - len(kept))
    assert {Path(item.path).name.removeprefix("renamed-") for item in kept} == before
    assert len(bytes_before) == len(before)


def test_what_is_alike_stays_together_and_validations_is_not_learnt_from(tmp_path):
    root = write_shop(tmp_path / "shop")
    for number in range(30):  # each training photograph of a class once more, as a JPEG
        with Image.open(root / "train" / "caps" / f"{number}.png") as image:
            image.save(root / "train" / "caps" / f"{number}.jpg", quality=92)
    with Image.open(root / "validation" / "belts" / "2.png") as image:
        image.resize((240, 200), Image.Resampling.BICUBIC).save(root / "train" / "belts" / "copy.png")
    held, found = hold_out(folder_source("shop", root), 0.3)
    assert found is not None
    assert (found.alike, found.left_out) == (31, 1)
    sides = {split: {item.name for item in held.splits[split]} for split in ("train", "test")}
    assert "train/belts/copy.png" not in sides["train"] | sides["test"]
    together = [
        (f"train/caps/{number}.png" in sides["test"]) == (f"train/caps/{number}.jpg" in sides["test"])
        for number in range(30)
    ]
    assert all(together)
    assert any(f"train/caps/{number}.jpg" in sides["test"] for number in range(30))
    assert "31 are nearly the same as another, 1 of them as one of validation" in found.sentence()


def test_broken_files_and_drawings(tmp_path):
    root = write_shop(tmp_path / "shop")
    (root / "train" / "caps" / "broken.png").write_bytes(b"no picture")
    (root / "train" / "caps" / "broken too.png").write_bytes(b"no picture")
    held, found = hold_out(folder_source("shop", root), 0.1)
    assert found is not None
    assert found.alike == 1  # the two files have the same bytes
    drawings = drawn_source(3)
    assert hold_out(drawings, 0.1) == (drawings, None)
    assert hold_out(held, 0.5) == (held, None)  # it has a test of its own, which wins


def test_a_class_with_nothing_left_and_an_empty_test_are_sentences(tmp_path):
    source = folder_source("shop", write_folder(tmp_path / "shop", 1))
    with pytest.raises(CatalogError, match=r"--test-share 1 leaves blues, greens, reds nothing to learn from in shop"):
        hold_out(source, 1.0)
    with pytest.raises(CatalogError, match=r"--test-share 0.0001 holds no photograph out in shop; it has 3 training"):
        hold_out(source, 0.0001)
