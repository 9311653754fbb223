"""Sources decoded: what is judged is what the page would show the network; mean and deviation with the weights."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from explorer.checkpoint import save
from explorer.checkpoint.file import Card
from explorer.data.sources import read_source
from explorer.errors import CatalogError, CheckpointError
from explorer.models import build_model
from explorer.models.torchvision_networks import pretrained_preprocessing
from explorer.preprocessing import Preprocessing
from explorer.training.material import Material, prepare
from explorer.training.options import Options
from tests.data.folders import write_folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return write_folder(tmp_path_factory.mktemp("material") / "shop", 4, size=37)


def assert_judged_as_shown(material: Material, folder: Path) -> None:
    """The pictures of validation are, bit for bit, those of the preprocessing that goes into the checkpoint."""
    items = read_source(f"shop={folder}").splits["validation"]
    assert len(items) == len(material.validation)
    for number, item in enumerate(items):
        expected = material.preprocessing.picture(item.open())
        assert np.array_equal(material.validation.pictures[number].permute(1, 2, 0).numpy(), expected)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("mode", ["crop", "letterbox", "stretch"])
def test_what_is_judged_is_what_the_page_shows(folder, mode, channels):
    material = prepare(Options(data=(f"shop={folder}",), size=24, mode=mode, channels=channels))
    assert material.preprocessing.channels == channels
    assert_judged_as_shown(material, folder)


def test_bars_have_the_mean_colour_in_training_and_evaluation(folder):
    material = prepare(Options(data=(f"shop={folder}",), size=24, mode="letterbox"))
    colour = torch.tensor(material.preprocessing.mean).mul(255).round()
    for pictures in (material.train[24].pictures, material.validation.pictures):
        assert (pictures[:, :, 0, :] == colour.view(1, 3, 1)).all()
    whole = prepare(Options(data=(f"shop={folder}",), size=24, mode="stretch"))
    assert material.preprocessing.mean == whole.preprocessing.mean  # of photographs without bars


@pytest.mark.parametrize("name", ["torchvision/resnet18", "torchvision/efficientnet_b0"])
def test_torchvisions_weights_bring_their_own_preprocessing(folder, name):
    given = {"data": (f"shop={folder}",), "network": name, "start": "torchvision"}
    own = pretrained_preprocessing(name)
    material = prepare(Options(**given, size=224, mode="crop"))
    assert material.preprocessing == own
    assert_judged_as_shown(material, folder)
    smaller = prepare(Options(**given, size=56, mode="crop")).preprocessing
    assert smaller == replace(own, size=56, resize=64)
    stretched = prepare(Options(**given, size=56)).preprocessing
    assert stretched == replace(own, size=56, mode="stretch", resize=None)


def test_a_checkpoint_brings_its_mean_and_deviation(folder, tmp_path):
    known = Preprocessing(size=32, mean=(0.1, 0.2, 0.3), std=(0.4, 0.5, 0.6))
    card = Card("compact", {"num_classes": 2, "in_channels": 3}, ("a", "b"), known)
    start = save(tmp_path / "start.safetensors", build_model("compact", 2), card)
    chosen = Options(data=(f"shop={folder}",), size=24, start=str(start))
    assert prepare(chosen).preprocessing == replace(known, size=24)
    assert prepare(replace(chosen, start="")).preprocessing.mean != known.mean
    with pytest.raises(CheckpointError, match="takes pictures of 3 channels, not 1"):
        prepare(replace(chosen, channels=1))


def test_sources_of_one_name_are_refused(folder, tmp_path):
    other = write_folder(tmp_path / "shop", 2)
    with pytest.raises(CatalogError, match=r"The sources shop, shop need names that differ; --data NAME=FOLDER"):
        prepare(Options(data=(str(folder), str(other)), size=16))


def test_one_percent_is_of_all_pictures_of_the_run(folder, tmp_path):
    """One of 6 validation pictures cannot be read: too many of the folder's 18, not of the run's 222."""
    torn = write_folder(tmp_path / "torn", 4)
    (torn / "validation/reds/0.png").write_bytes(b"")
    with pytest.raises(CatalogError, match=r"1 of 18 pictures cannot be read, .* or allow it with --allow-unread\."):
        prepare(Options(data=(str(torn),), size=16))
    assert len(prepare(Options(data=(str(torn),), size=16, allow_unread=True)).validation) == 5
    assert len(prepare(Options(data=(str(torn), "drawn=10"), size=16)).validation.unread) == 1
