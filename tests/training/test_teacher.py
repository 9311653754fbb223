"""Distillation: what a teacher says counts as much as it is told to, and what it cannot teach is refused."""

import numpy as np
import pytest
import torch

from explorer.checkpoint import load
from explorer.data.cache import decode
from explorer.data.labels import unify
from explorer.data.sources import read_source
from explorer.errors import CheckpointError, ModelError
from explorer.predict import Classifier
from explorer.training.material import prepare
from explorer.training.options import Options
from explorer.training.run import train
from explorer.training.teacher import teacher_answers
from tests.data.folders import COLOURS, write_folder

TINY = '{"widths": [8, 8, 16, 16], "depths": [1, 1, 1, 1]}'


def options(folder, out, **changes) -> Options:
    common = {"network_arguments": TINY, "size": 16, "batch_size": 12, "epochs": 8, "recipe": "natural", "threads": 1}
    return Options(**{"data": (f"shop={folder}",), "out": str(out), **common, **changes})


@pytest.fixture(scope="module")
def teacher(tmp_path_factory):
    """A network that knows the three colours by their names."""
    folder = write_folder(tmp_path_factory.mktemp("right") / "shop", 12)
    return train(options(folder, tmp_path_factory.mktemp("teacher"), name="teacher"))


@pytest.fixture
def mislabelled(tmp_path):
    """The same colours, each in the folder of another."""
    folder = write_folder(tmp_path / "shop", 12)
    for split in ("train", "validation"):
        (folder / split / "reds").rename(folder / split / "kept")
        (folder / split / "greens").rename(folder / split / "reds")
        (folder / split / "blues").rename(folder / split / "greens")
        (folder / split / "kept").rename(folder / split / "blues")
    return folder


def named(checkpoint) -> list[str]:
    classifier = Classifier.load(checkpoint)
    return [classifier.top_k(np.full((20, 20, 3), colour, np.uint8), 1)[0].label for colour in COLOURS.values()]


def test_a_pupil_believes_its_teacher_alone_or_the_labels_alone(teacher, mislabelled, tmp_path):
    believing = train(options(mislabelled, tmp_path / "a", teacher=str(teacher), teacher_share=1.0))
    doubting = train(options(mislabelled, tmp_path / "b", teacher=str(teacher), teacher_share=0.0))
    assert named(believing) == list(COLOURS)
    assert named(doubting) == ["blues", "reds", "greens"]
    assert load(believing)[1].provenance["options"]["teacher"] == str(teacher)


def test_mixed_pictures_are_taught_both_answers(teacher, mislabelled, tmp_path):
    mixed = train(options(mislabelled, tmp_path, teacher=str(teacher), teacher_share=1.0, mixup=0.4, accumulate=2))
    assert named(mixed) == list(COLOURS)


def test_answers_are_the_softened_mean_of_a_photograph_and_its_mirror(teacher, mislabelled, tmp_path):
    material = prepare(options(mislabelled, tmp_path, teacher=str(teacher)))
    model, card = load(teacher)
    picture = card.preprocessing(material.train[16].items[5].open())
    with torch.no_grad():
        logits = (model.eval()(picture) + model(picture.flip(3))).double() / 2
    expected = torch.exp(logits / 2) / torch.exp(logits / 2).sum()
    assert torch.allclose(material.answers[5].double(), expected[0], atol=1e-5)


def test_a_teacher_that_lacks_a_class_is_named(teacher, mislabelled, tmp_path):
    (mislabelled / "train" / "reds").rename(mislabelled / "train" / "scarlets")
    (mislabelled / "validation" / "reds").rename(mislabelled / "validation" / "scarlets")
    with pytest.raises(CheckpointError, match="cannot teach scarlets"):
        prepare(options(mislabelled, tmp_path, teacher=str(teacher)))


def test_its_other_classes_are_left_out(teacher, mislabelled):
    source = read_source(f"shop={mislabelled}", 0, 18)
    space = unify({"shop": ["greens", "reds"]})
    items = [item for item in source.splits["train"] if item.label != "blues"]
    _, card = load(teacher)
    answers = teacher_answers(str(teacher), decode(items, space, card.preprocessing), space, None)
    assert answers.shape == (24, 2)
    assert torch.allclose(answers.sum(1), torch.ones(24), atol=1e-5)


def test_a_share_is_a_share(tmp_path):
    with pytest.raises(ModelError, match=r"teacher_share is 1\.5; 0 to 1 is possible"):
        Options(teacher_share=1.5)
