"""Whole runs on pictures made in code: what a run leaves behind, going on after a kill, several processes."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from explorer.checkpoint import load
from explorer.checkpoint.file import read
from explorer.errors import CheckpointError, ModelError
from explorer.image import open_upload
from explorer.predict import Classifier
from explorer.training import run
from explorer.training.__main__ import main
from explorer.training.options import Options
from explorer.training.records import processor
from explorer.training.run import train
from tests.data.folders import COLOURS, write_folder

ROOT = Path(__file__).parents[2]
TINY = '{"widths": [8, 8, 16, 16], "depths": [1, 1, 1, 1]}'


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return write_folder(tmp_path_factory.mktemp("run") / "shop", 12)


def options(folder: Path, out: Path, **changes: object) -> Options:
    common = {"network_arguments": TINY, "size": 16, "batch_size": 12, "epochs": 6, "recipe": "natural", "threads": 1}
    return Options(**{"data": (f"shop={folder}",), "out": str(out), **common, **changes})


def weights(path: Path) -> dict[str, torch.Tensor]:
    return {name: tensor for name, tensor in load_file(path).items() if name.startswith(("model.", "average."))}


@pytest.fixture(scope="module")
def finished(folder, tmp_path_factory) -> Path:
    """A finished run's folder."""
    out = tmp_path_factory.mktemp("finished")
    train(options(folder, out, name="colours", epochs=8))
    return out


def test_a_run_of_seconds_learns_three_colours(finished):
    classifier = Classifier.load(finished / "colours.safetensors")
    for label, colour in COLOURS.items():
        picture = np.full((31, 17, 3), colour, np.uint8)
        assert classifier.top_k(picture, 1)[0].label == label


def test_the_card_says_where_the_weights_come_from(finished, folder):
    _, card = load(finished / "colours.safetensors")
    assert card.classes == ("blues", "greens", "reds")
    assert card.metrics["validation"]["shop"]["pictures"] == 18
    assert card.metrics["validation"]["shop"]["top1"] > 0.9
    found = card.provenance
    assert (found["seed"], found["epochs"], found["pictures"]) == (0, 8, {"train": 36, "validation": 18})
    assert found["device"].startswith("CPU, 1 threads")
    assert found["device"].endswith(processor())
    assert found["duration_s"] > 0
    assert found["options"]["data"] == [f"shop={folder}"]
    assert card.calibration["fitted_on"] == 18


def test_mean_and_deviation_come_from_the_training_pictures_alone(finished, folder):
    _, card = load(finished / "colours.safetensors")
    pixels = []
    for path in sorted((folder / "train").glob("*/*.png")):
        with Image.open(path) as picture:
            pixels.append(np.asarray(picture.resize((19, 19), Image.Resampling.BILINEAR), np.float64) / 255)
    stacked = np.stack(pixels)
    assert card.preprocessing.mean == pytest.approx(stacked.mean((0, 1, 2)), abs=0.002)
    assert card.preprocessing.std == pytest.approx(stacked.std((0, 1, 2)), abs=0.002)


def test_published_figures_are_those_of_the_saved_weights(finished, folder):
    """Each validation photograph through the page's own path: file, open_upload, preprocessing, network."""
    classifier = Classifier.load(finished / "colours.safetensors")
    right = [
        classifier.top_k(open_upload(path), 1, labels="shop")[0].label == path.parent.name
        for path in sorted((folder / "validation").glob("*/*.png"))
    ]
    assert len(right) == 18
    assert np.mean(right) == pytest.approx(classifier.card.metrics["validation"]["shop"]["top1"])


def test_published_figures_are_of_the_probabilities_that_the_page_shows(folder, tmp_path, monkeypatch):
    judged, score, calibrate = [], run.score, run.calibrate
    monkeypatch.setattr(run, "score", lambda logits, *rest: judged.append(logits) or score(logits, *rest))
    monkeypatch.setattr(run, "calibrate", lambda *given: {**calibrate(*given), "temperature": 0.5})
    train(options(folder, tmp_path, epochs=1))
    of_epoch, published = judged
    assert torch.allclose(published, of_epoch / 0.5, rtol=0.02, atol=0.02)
    assert not torch.allclose(published, of_epoch, rtol=0.02, atol=0.02)


def test_a_run_leaves_log_curves_gradients_and_the_list_of_its_files(finished):
    lines = [json.loads(line) for line in (finished / "log.jsonl").read_text().splitlines()]
    assert [line["epoch"] for line in lines] == list(range(1, 9))
    assert lines[-1]["loss"] < lines[0]["loss"]
    assert "stage1.0.conv1" in lines[0]["gradient_norms"]
    files = json.loads((finished / "files.json").read_text())
    assert len(files["train"]["pictures"]) == 36
    assert files["validation"]["pictures"][0] == "shop/validation/blues/0.png"
    _, card = load(finished / "colours.safetensors")
    assert card.provenance["files_sha256"]["train"] == files["train"]["sha256"]
    for name in ("curves.png", "gradients.png"):
        with Image.open(finished / name) as picture:
            assert picture.width > 400
            assert len(picture.convert("RGB").getcolors(100_000)) > 5


def test_a_run_is_not_overwritten_by_mistake(finished, folder):
    with pytest.raises(CheckpointError, match="holds a run: go on with --resume, or overwrite it with --fresh"):
        train(options(folder, finished))


def test_resuming_with_other_options_or_files_names_the_difference(finished, folder):
    with pytest.raises(CheckpointError, match=r"run with rate=0\.05, not 0\.1"):
        train(options(folder, finished, name="colours", epochs=8, rate=0.1, resume=True))


def test_resuming_before_anything_was_saved_starts_from_the_beginning(folder, tmp_path, capsys):
    for name, resume in (("plain", False), ("resumed", True)):
        train(options(folder, tmp_path / name, epochs=2, resume=resume))
        assert ("nothing was saved yet; starting from the beginning\n" in capsys.readouterr().err) == resume
    expected, found = (weights(tmp_path / name / "state.safetensors") for name in ("plain", "resumed"))
    assert all(torch.equal(expected[name], found[name]) for name in expected)


def test_a_finished_run_resumed_gives_the_same_checkpoint(finished, folder):
    before, _ = load(finished / "colours.safetensors")
    train(options(folder, finished, name="colours", epochs=8, resume=True))
    after, _ = load(finished / "colours.safetensors")
    assert all(
        torch.equal(first, second) for first, second in zip(before.parameters(), after.parameters(), strict=True)
    )


def test_an_interrupted_run_goes_on_to_the_same_bits(folder, tmp_path, monkeypatch):
    whole = options(folder, tmp_path / "whole", optimiser="sgd", mixup=0.4, epochs=4)
    train(whole)
    epochs = iter([None, None, KeyboardInterrupt()])
    learn = run.train_epoch

    def interrupted(*arguments: object) -> object:
        if stop := next(epochs):
            raise stop
        return learn(*arguments)

    monkeypatch.setattr(run, "train_epoch", interrupted)
    monkeypatch.setattr(run, "commit", lambda: "one commit")
    broken = replace(whole, out=str(tmp_path / "broken"))
    with pytest.raises(KeyboardInterrupt):
        train(broken)
    monkeypatch.undo()
    torch.manual_seed(999)  # whatever happened in between
    monkeypatch.setattr(run, "commit", lambda: "another")
    _, card = load(train(replace(broken, resume=True)))
    assert card.provenance["commit"] == "one commit and another"
    expected, found = (weights(tmp_path / name / "state.safetensors") for name in ("whole", "broken"))
    assert all(torch.equal(expected[name], found[name]) for name in expected)


def test_a_run_may_stop_on_the_way_save_and_go_on_to_the_same_bits(folder, tmp_path):
    whole = options(folder, tmp_path / "whole", epochs=4)
    train(whole)
    parts = replace(whole, out=str(tmp_path / "parts"))
    _, card = load(train(replace(parts, until=1)))
    assert card.provenance["epochs"] == 1
    train(replace(parts, until=3, resume=True))
    assert len((tmp_path / "parts" / "log.jsonl").read_text().splitlines()) == 3
    train(replace(parts, until=9, resume=True))
    expected, found = (weights(tmp_path / name / "state.safetensors") for name in ("whole", "parts"))
    assert all(torch.equal(expected[name], found[name]) for name in expected)


def test_a_test_is_held_out_before_anything_is_learnt(folder, tmp_path):
    _, card = load(train(options(folder, tmp_path, epochs=1, test_share=0.3)))
    files = json.loads((tmp_path / "files.json").read_text())
    sets = {split: set(files[split]["pictures"]) for split in ("train", "validation", "test")}
    assert len(sets["train"] | sets["test"]) == 36
    assert not sets["train"] & sets["test"]
    named = card.provenance["test"]["shop"]
    assert named["sha256"] == files["test"]["sha256"] == card.provenance["files_sha256"]["test"]
    assert named["pictures"] == len(sets["test"]) > 0
    assert card.provenance["pictures"]["train"] == 36 - named["pictures"]


def test_early_stopping_stops(folder, tmp_path):
    train(options(folder, tmp_path, epochs=30, rate=0.0, patience=2))
    assert len((tmp_path / "log.jsonl").read_text().splitlines()) == 3


def test_early_stopping_saves_the_best_epoch_even_after_a_break(folder, tmp_path, monkeypatch):
    tops, seen = [0.2, 0.9, 0.3, 0.1], []

    def scripted(learner, _material):
        seen.append({name: tensor.clone() for name, tensor in learner.judged.state_dict().items()})
        if len(seen) == 4:
            raise KeyboardInterrupt
        return {"shop": {"top1": tops[min(len(seen), 4) - 1], "top3": 1.0}}

    monkeypatch.setattr(run, "validate", scripted)
    chosen = options(folder, tmp_path, epochs=4, patience=3)
    with pytest.raises(KeyboardInterrupt):
        train(chosen)
    path = train(replace(chosen, resume=True))
    saved, card = read(path)
    assert card.provenance["saved_epoch"] == 2
    off = [
        max(float((saved[name].float() - epoch[name]).abs().max()) for name in saved) for epoch in (seen[1], seen[-1])
    ]
    assert off[0] < 2e-3 < off[1]


def test_small_pictures_first(folder, tmp_path):
    train(options(folder, tmp_path, epochs=4, small_size=12))
    sizes = [json.loads(line)["size"] for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert sizes == [12, 12, 16, 16]


def test_grey_networks_train(folder, tmp_path):
    path = train(options(folder, tmp_path, network="lenet5", network_arguments="{}", channels=1, size=32, epochs=1))
    _, card = load(path)
    assert card.preprocessing.channels == 1


def test_several_sources_are_unified_with_coarse_labels(folder, tmp_path):
    table = tmp_path / "sets.json"
    table.write_text('{"rough": {"reds": ["reds"], "greens": ["greens", "blues"], "blues": ["greens", "blues"]}}')
    path = train(
        options(folder, tmp_path / "run", data=(f"shop={folder}", f"rough={folder}"), label_sets=str(table), epochs=1)
    )
    _, card = load(path)
    assert card.classes == ("blues", "greens", "reds")
    assert card.label_sets["rough"]["blues"] == ("greens", "blues")
    assert set(card.metrics["validation"]) == {"shop", "rough"}


def test_our_own_table_of_coarse_labels_is_not_taken_in_silence(tmp_path, capsys):
    folder = write_folder(tmp_path / "shop", 2, ("reds",)).parent / "shop"
    said = "clothing: its labels are sets of classes, by our own table"
    for flags, expected in (({}, True), ({"label_sets": "{}"}, False)):
        train(options(folder, tmp_path / "run", data=(f"clothing={folder}",), dry_run=True, **flags))
        assert (said in capsys.readouterr().err) == expected


def test_tensorboard_files_on_request(folder, tmp_path):
    pytest.importorskip("tensorboard")
    train(options(folder, tmp_path, epochs=2, tensorboard=True))
    assert len(list((tmp_path / "events").glob("events.out.*"))) == 2


def test_a_dry_run_writes_no_weights(folder, tmp_path, capsys):
    train(options(folder, tmp_path / "run", dry_run=True))
    assert not (tmp_path / "run").exists()
    assert "parameters learn; 36 + 18 pictures (0 left out), 3 classes" in capsys.readouterr().err


def test_network_arguments_must_be_an_object(folder, tmp_path):
    for text, message in (("[1]", "must be a JSON object"), ("{", "is no JSON")):
        with pytest.raises(ModelError, match=message):
            train(options(folder, tmp_path, network_arguments=text))


def test_the_command_line_prints_the_checkpoint_or_one_line_of_error(folder, tmp_path, capsys):
    flags = [
        "--data",
        f"shop={folder}",
        "--out",
        str(tmp_path),
        "--size",
        "16",
        "--epochs",
        "1",
        "--network-arguments",
        TINY,
    ]
    assert main(flags) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "compact.safetensors")
    assert main(flags) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert main(["--network", "nonsense"]) == 2
