"""Evaluation: measures by hand, and the command on pictures made in code."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from explorer.errors import CatalogError
from explorer.evaluate.__main__ import main
from explorer.evaluate.judging import Verdicts, judge, measure
from explorer.evaluate.matrix import confusion, draw_confusion
from explorer.evaluate.measures import auroc, balanced_accuracy, calibration_error, resampled_interval, wilson
from explorer.image import open_upload
from explorer.predict import Classifier
from explorer.training.options import Options
from explorer.training.run import train
from tests.data.folders import write_folder


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> tuple[Path, Path]:
    """A checkpoint that tells three colours apart, and the folder it was trained on."""
    root = tmp_path_factory.mktemp("evaluate")
    folder = write_folder(root / "shop", 12)
    sets = root / "sets.json"
    sets.write_text('{"shop": {"reds": ["reds"], "greens": ["greens"], "blues": ["blues"]}}')
    flags = {"network_arguments": '{"widths": [8, 8, 16, 16], "depths": [1, 1, 1, 1]}', "size": 16, "batch_size": 12}
    return train(
        Options(data=(f"shop={folder}",), out=str(root / "run"), epochs=8, label_sets=str(sets), **flags)
    ), folder


def outcome(truth: list[int], rows: list[list[float]]) -> Verdicts:
    return Verdicts(("a", "b", "c", "d"), np.array(truth), np.array(rows), ())


CASE = outcome(
    [0, 0, 0, 1],
    [[0.7, 0.1, 0.1, 0.1], [0.4, 0.3, 0.2, 0.1], [0.1, 0.2, 0.3, 0.4], [0.1, 0.5, 0.2, 0.2]],
)


def test_measures_by_hand():
    found = measure(CASE)
    assert found["photographs"] == 4
    assert found["top1"] == 0.75
    assert found["top3"] == 0.75  # the third photograph's own label comes last
    assert found["balanced"] == pytest.approx((2 / 3 + 1) / 2, abs=1e-4)
    assert set(found["per_class"]) == {"a", "b"}
    assert found["per_class"]["a"]["top1"] == pytest.approx(2 / 3, abs=1e-4)
    for name in ("top1", "top3", "balanced", "calibration_error"):
        low, high = found[f"{name}_interval"]
        assert 0 <= low <= high <= 1
    assert found["top1_interval"][0] <= 0.75 <= found["top1_interval"][1]


def test_confusion_counts_rows_by_truth():
    matrix = confusion(CASE)
    assert matrix.tolist() == [[2, 0, 0, 1], [0, 1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
    picture = draw_confusion(matrix, CASE.labels)
    assert picture.width > 4 * 36


def test_balanced_accuracy_ignores_absent_classes():
    assert balanced_accuracy(np.array([True, False, True]), np.array([0, 0, 5])) == pytest.approx(0.75)


def test_calibration_error_of_a_calibrated_and_of_a_sure_classifier():
    rng = np.random.default_rng(0)
    confidence = rng.uniform(0.3, 1, 20_000)
    assert calibration_error(confidence, rng.random(20_000) < confidence) < 0.015
    assert calibration_error(np.ones(100), np.arange(100) % 4 > 0) == pytest.approx(0.25)
    two_bins = calibration_error(np.array([0.5, 0.5, 0.9, 0.9]), np.array([True, False, False, True]), bins=2)
    assert two_bins == pytest.approx((0 * 2 + 0.4 * 2) / 4)


def test_auroc_by_hand():
    assert auroc(np.array([1.0, 2.0]), np.array([3.0, 4.0])) == 1
    assert auroc(np.array([3.0, 4.0]), np.array([1.0, 2.0])) == 0
    assert auroc(np.array([1.0, 2.0, 3.0]), np.array([2.0, 2.5])) == pytest.approx((1.5 + 2) / 6)


def test_wilson_agrees_with_the_textbook():
    low, high = wilson(np.array([True] * 8 + [False] * 2))
    assert (low, high) == pytest.approx((0.4902, 0.9433), abs=1e-3)
    assert wilson(np.array([True, True]))[1] == pytest.approx(1)


def test_intervals_of_resamples_are_those_of_the_normal_law():
    right = np.arange(1000) % 5 > 0  # 0.8
    low, high = resampled_interval(lambda picked: float(right[picked].mean()), 1000)
    reach = 1.96 * (0.8 * 0.2 / 1000) ** 0.5
    assert (low, high) == pytest.approx((0.8 - reach, 0.8 + reach), abs=0.005)


def test_the_command_prints_measures_and_draws_the_matrix(trained, tmp_path, capsys):
    checkpoint, folder = trained
    png = tmp_path / "confusion.png"
    flags = [str(checkpoint), str(folder / "validation"), "--labels", "shop", "--confusion", str(png)]
    assert main([*flags, "--strangers", str(folder / "train" / "reds")]) == 0
    found = json.loads(capsys.readouterr().out)
    card = Classifier.load(checkpoint).card
    assert found["photographs"] == 18
    assert found["top1"] == pytest.approx(card.metrics["validation"]["shop"]["top1"], abs=1e-4)
    assert found["strangeness"]["strangers"] == 12
    with Image.open(png) as picture:
        assert picture.format == "PNG"


def test_the_figures_of_strangers_are_kept_in_the_card_source_by_source(trained, tmp_path, capsys):
    source, folder = trained
    checkpoint = tmp_path / "own.safetensors"
    checkpoint.write_bytes(source.read_bytes())
    flags = [str(checkpoint), str(folder / "validation"), "--strangers", str(folder / "train" / "reds"), "--record"]
    found = []
    for more in ([], ["--labels", "shop"]):
        assert main([*flags, *more]) == 0
        found.append(json.loads(capsys.readouterr().out)["strangeness"])
    before, after = Classifier.load(source), Classifier.load(checkpoint)
    assert after.card.calibration == {
        **before.card.calibration, "strangers": {folder.name: found[0], "shop": found[1]}
    }  # fmt: skip
    for one, other in zip(before.model.state_dict().values(), after.model.state_dict().values(), strict=True):
        assert torch.equal(one, other)
    with pytest.raises(SystemExit):
        main([*flags[:2], "--record"])


@pytest.fixture(scope="module")
def with_test(tmp_path_factory) -> tuple[Path, Path]:
    """A checkpoint whose training held a test out, and its source."""
    root = tmp_path_factory.mktemp("held out")
    folder = write_folder(root / "shop", 30)
    flags = {"network_arguments": '{"widths": [4, 4, 8, 8], "depths": [1, 1, 1, 1]}', "size": 16, "batch_size": 12}
    return train(Options(data=(f"shop={folder}",), out=str(root / "run"), epochs=4, test_share=0.2, **flags)), folder


def test_the_test_is_looked_at_once_and_looks_are_counted(with_test, tmp_path, capsys):
    original, folder = with_test
    checkpoint = tmp_path / "shop.safetensors"
    checkpoint.write_bytes(original.read_bytes())
    files = json.loads((original.parent / "files.json").read_text())["test"]["pictures"]
    assert main([str(checkpoint), str(folder), "--record-test"]) == 0
    found = json.loads(capsys.readouterr().out)
    classifier = Classifier.load(checkpoint)
    assert classifier.card.metrics["test"] == {"shop": found}
    assert classifier.card.metrics["validation"] == Classifier.load(original).card.metrics["validation"]
    right = np.array(
        [
            classifier.top_k(open_upload(folder.parent / name), 1, "shop")[0].label == Path(name).parent.name
            for name in files
        ]
    )
    assert found["pictures"] == len(files)
    assert found["top1"] == pytest.approx(right.mean(), abs=1e-4)
    assert found["top1_interval"] == pytest.approx(wilson(right), abs=1e-4)
    assert found["top3"] == 1.0  # of three labels
    assert found["looks"] == 1
    assert main([str(checkpoint), str(folder), "--record-test"]) == 2
    assert "was looked at once already" in capsys.readouterr().err
    assert main([str(checkpoint), str(folder), "--record-test", "--again"]) == 0
    assert json.loads(capsys.readouterr().out) == {**found, "looks": 2}
    assert main([str(checkpoint), str(folder), "--record-test"]) == 2
    assert "was looked at 2 times already" in capsys.readouterr().err


def test_another_test_than_the_one_held_out_is_refused(with_test, trained, tmp_path, capsys):
    checkpoint, folder = with_test
    before = checkpoint.read_bytes()
    copy = tmp_path / "shop"
    shutil.copytree(folder, copy)
    for path in sorted((copy / "train" / "reds").glob("*.png"))[:20]:
        path.unlink()
    assert main([str(checkpoint), str(copy), "--record-test"]) == 2
    assert "some were added, removed or changed since" in capsys.readouterr().err
    assert main([str(checkpoint), str(folder), "--record-test", "--labels", "bag"]) == 2
    assert "held no test out of 'bag' (out of: shop)" in capsys.readouterr().err
    assert main([*map(str, trained), "--record-test"]) == 2
    assert "held no test out of 'shop' (out of: none)" in capsys.readouterr().err
    assert checkpoint.read_bytes() == before
    with pytest.raises(SystemExit):
        main([*map(str, with_test), "--again"])


def test_the_energy_alone_is_one_number(trained, tmp_path, capsys):
    checkpoint = tmp_path / "colours.safetensors"
    checkpoint.write_bytes(trained[0].read_bytes())
    assert main([str(checkpoint), str(trained[1] / "validation"), "--fit-energy"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["strangeness"]["kind"] == "energy"
    assert set(found["strangeness"]) == {"kind", "temperature", "threshold"}
    classifier = Classifier.load(checkpoint)
    assert classifier.temperature == 1.0
    pictures = [open_upload(path) for path in sorted((trained[1] / "validation").glob("*/*.png"))]
    energies = [-float(classifier.logits(picture).double().exp().sum().log()) for picture in pictures]
    assert [classifier.strangeness(picture) for picture in pictures] == pytest.approx(energies, abs=1e-4)
    assert found["strangeness"]["threshold"] == pytest.approx(np.quantile(energies, 0.95), abs=1e-3)
    assert sum(map(classifier.is_strange, pictures)) == 1  # 5 % of 18
    assert found["fitted_on"] == 18
    assert 0 <= found["charts_noise_text"]["auroc"] <= 1
    assert main([str(checkpoint), str(trained[1] / "validation"), "--fit-energy", "--kept-share", "0.5"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["strangeness"]["threshold"] == pytest.approx(np.quantile(energies, 0.5), abs=1e-3)
    assert found["kept_share"] == 0.5
    with pytest.raises(SystemExit):
        main([str(checkpoint), str(trained[1] / "validation"), "--fit-energy", "--kept-share", "1"])
    assert "1 is no share above 0 and below 1" in capsys.readouterr().err


def test_broken_photographs_are_listed_and_left_out(trained, tmp_path, capsys):
    checkpoint, folder = trained
    (tmp_path / "reds").mkdir()
    (tmp_path / "reds" / "good.png").write_bytes((folder / "validation/reds/0.png").read_bytes())
    (tmp_path / "reds" / "bad.jpg").write_bytes(b"nothing")
    assert main([str(checkpoint), str(tmp_path)]) == 0
    shown = capsys.readouterr()
    assert json.loads(shown.out)["unread"] == 1
    assert "left out:" in shown.err
    assert "bad.jpg" in shown.err


def test_what_a_caller_gets_wrong_is_one_line_and_status_two(trained, tmp_path, capsys):
    checkpoint, folder = trained
    for arguments, message in (
        ([str(tmp_path / "none"), str(folder)], "cannot be read"),
        ([str(checkpoint), str(tmp_path)], "holds no readable photographs"),
        ([str(checkpoint), str(folder / "train"), "--labels", "fine"], "no label set 'fine'"),
    ):
        assert main(arguments) == 2
        shown = capsys.readouterr().err
        assert message in shown
        assert shown.count("\n") == 1


def test_a_folder_that_is_no_label_is_named(trained, tmp_path):
    checkpoint, folder = trained
    (tmp_path / "boots").mkdir()
    (tmp_path / "boots" / "0.png").write_bytes((folder / "validation/reds/0.png").read_bytes())
    with pytest.raises(CatalogError, match="The folder 'boots' is no label of this checkpoint; its labels are blues"):
        judge(Classifier.load(checkpoint), tmp_path)
