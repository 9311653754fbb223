"""`--transfer features --cached-features`: the head is the minimum on features that torch itself gives."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from explorer.checkpoint import load
from explorer.data.labels import KNOWN_COARSE
from explorer.errors import ModelError
from explorer.teaching.head import STRENGTHS, learn_head
from explorer.training.material import prepare
from explorer.training.options import Options, parse
from explorer.training.run import train
from tests.data.folders import write_folder
from tests.training.test_transfer import QUICK


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> tuple[Options, Path, Path]:
    """The options of a cached run, its checkpoint, and the one that it started from."""
    root = tmp_path_factory.mktemp("cached")
    folder = write_folder(root / "three", 6)
    start = train(Options(data=(str(write_folder(root / "two", 6, ("reds", "blues"))),), out=str(root / "a"), epochs=1,
                          **QUICK))  # fmt: skip
    options = Options(
        data=(str(folder),), out=str(root / "b"), start=str(start), transfer="features", cached_features=True, **QUICK
    )
    return options, train(options), start


def test_the_body_is_that_of_the_start_and_the_head_the_minimum(runs):
    options, path, start = runs
    model, card = load(path)
    before, _ = load(start)
    for name, tensor in before.state_dict().items():
        assert name.startswith("fc") or torch.equal(tensor, model.state_dict()[name]), name
    material = prepare(options)
    train_set = material.train[options.size].resized(options.size)
    seen = material.preprocessing.normalise(train_set.pictures)
    layers = list(before.children())
    with torch.no_grad():
        values = seen
        for layer in layers[:-1]:
            values = layer(values)
    line = json.loads((options.folder / "log.jsonl").read_text())
    assert line["strength"] in STRENGTHS
    truth = material.space.members()[train_set.rows].int().argmax(1)
    head = learn_head(values.reshape(len(values), -1), truth, 3, line["strength"])
    assert torch.allclose(model.fc.weight.double(), head.weights, rtol=2e-3, atol=2e-3)
    assert card.classes == ("blues", "greens", "reds")


def test_the_run_leaves_what_every_run_leaves(runs):
    options, path, _ = runs
    names = {one.name for one in options.folder.iterdir()}
    assert {path.name, "log.jsonl", "files.json"} <= names
    _, card = load(path)
    assert card.metrics["validation"]["three"]["top1"] >= 0.6
    assert card.provenance["options"]["cached_features"] is True
    assert card.provenance["epochs"] == 1


def test_it_goes_with_features_alone(tmp_path):
    with pytest.raises(ModelError, match="it goes with --transfer features"):
        Options(cached_features=True)
    assert parse(["--start", "imagenet", "--transfer", "features", "--cached-features"]).cached_features


def test_labels_that_stand_for_several_classes_are_refused(runs, tmp_path):
    options, _, _ = runs
    assert KNOWN_COARSE
    sets = json.dumps({"three": {"reds": ["reds", "pinks"]}})
    with pytest.raises(ModelError, match="needs labels that are classes"):
        train(replace(options, label_sets=sets, out=str(tmp_path / "c")))
