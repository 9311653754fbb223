"""Every ending that can be opened counts wherever photographs are looked for: training, evaluation, import, tables."""

import zipfile

import numpy as np
import pytest

from explorer.checkpoint.file import Card
from explorer.data.catalog import folder_assets
from explorer.data.sources import read_source
from explorer.evaluate.judging import judge, judge_strangers
from explorer.image import render
from explorer.image.decode import SUFFIXES
from explorer.models import build_model
from explorer.predict import Classifier
from explorer.predict.many import photograph_paths
from explorer.predict.zips import ZipPhotographs
from explorer.preprocessing import Preprocessing


@pytest.fixture
def folder(tmp_path):
    """<folder>/{train,validation}/bags/: a picture of every ending, in big letters too, and what does not count."""
    content = render.picture_png(np.full((9, 7, 3), 120, np.uint8))
    for split in ("train", "validation"):
        place = tmp_path / split / "bags"
        place.mkdir(parents=True)
        for ending in sorted(SUFFIXES):
            (place / f"small{ending}").write_bytes(content)
            (place / f"LARGE{ending.upper()}").write_bytes(content)
        for name in (".hidden.jpg", "._copy.jpg", "notes.txt", "table.csv"):
            (place / name).write_bytes(content)
    return tmp_path


@pytest.fixture(scope="module")
def classifier():
    model = build_model("simple_gap", 2)
    strangeness = {"centres": [[0, 0]], "precision": [[1, 0], [0, 1]], "weight": 1, "temperature": 1, "threshold": 9}
    size = Preprocessing(size=16)
    return Classifier(
        model, Card("simple_gap", {"num_classes": 2}, ("bags", "hats"), size, calibration={"strangeness": strangeness})
    )


EXPECTED = {f"small{ending}" for ending in SUFFIXES} | {f"LARGE{ending.upper()}" for ending in SUFFIXES}


def names(paths) -> list[str]:
    return sorted(str(path).replace("\\", "/").rpartition("/")[2] for path in paths)


def test_training_import_and_tables_find_the_same_files(folder, tmp_path):
    expected = sorted(EXPECTED)
    source = read_source(f"shop={folder}")
    assert names(item.name for item in source.splits["train"]) == expected
    assert names(item.name for item in source.splits["validation"]) == expected
    assert names(asset.path for asset in folder_assets(folder / "train", "shop")) == expected
    assert names(photograph_paths([str(folder / "train")])) == expected
    packed = tmp_path / "shop.zip"
    with zipfile.ZipFile(packed, "w") as file:
        for path in (folder / "train" / "bags").iterdir():
            if path.suffix != ".csv":
                file.write(path, path.name)
    with ZipPhotographs(packed) as photographs:
        assert names(entry.name for entry in photographs.entries) == expected


def test_evaluation_judges_all_of_them(folder, classifier):
    outcome = judge(classifier, folder / "train")
    assert len(outcome.truth) + len(outcome.unread) == len(EXPECTED)
    assert not outcome.unread
    assert judge_strangers(classifier, folder / "train", folder)["strangers"] == 2 * len(EXPECTED)
