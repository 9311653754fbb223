"""ONNX files: what onnxruntime makes of them is what torch computes, and what it cannot make is refused."""

import json
import re
import subprocess
import sys

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from PIL import Image
from torch import nn

from explorer.activations.tracer import record_trace
from explorer.checkpoint import save
from explorer.errors import ModelError
from explorer.export.__main__ import main
from explorer.export.agreement import check_agrees
from explorer.export.deployed import Deployed, taken_by
from explorer.export.onnx_file import make_onnx, onnx_bytes
from explorer.export.refused import ONNX, OPENVINO, check_holdable
from explorer.export.using import _pillow_lines
from explorer.image import open_upload
from explorer.predict import Classifier
from explorer.preprocessing import Preprocessing
from explorer.settings import ROOT, Settings
from tests.export.networks import layers, named

PHOTO = ROOT / "tests/assets/coffee.jpg"
NOISE = np.random.default_rng(1).integers(0, 256, (57, 83, 3), dtype=np.uint8)


def by_hand(classifier, pictures: np.ndarray) -> np.ndarray:
    """Logits in float64 of uint8 (N, H, W, C), normalised in the test's own words."""
    mean, std = (
        torch.tensor(one, dtype=torch.float64) for one in (classifier.preprocessing.mean, classifier.preprocessing.std)
    )
    batch = (torch.from_numpy(pictures).double() / 255 - mean) / std
    model = classifier.model.double().eval()
    with torch.no_grad():
        logits = model(batch.permute(0, 3, 1, 2)).numpy()
    classifier.model.float()
    return logits


@pytest.mark.parametrize(
    ("name", "taken", "preprocessing"),
    [
        ("meesho", "uint8", Preprocessing(size=80, mode="crop", resize=97)),  # pools 10 cells to 4
        ("lenet5", "float", Preprocessing(size=32, mode="letterbox", mean=(0.3,), std=(0.4,))),
    ],
)
def test_a_file_and_its_program_answer_as_torch_does(name, taken, preprocessing, tmp_path, capsys):
    classifier = named(name, preprocessing)
    save(tmp_path / "own.safetensors", classifier.model, classifier.card)
    out = tmp_path / "my network.onnx"
    command = [str(tmp_path / "own.safetensors"), "--to", "onnx", "--out", str(out)]
    assert main([*command, "--input", taken, "--photo", str(PHOTO)]) == 0
    printed = capsys.readouterr().out
    assert f"opset 20. Checked with onnxruntime {onnxruntime.__version__} on 11 pictures" in printed

    model = onnx.load(out)
    onnx.checker.check_model(model, full_check=True)
    assert [(one.domain, one.version) for one in model.opset_import] == [("", 20)]
    about = {one.key: one.value for one in model.metadata_props}
    assert json.loads(about["classes"]) == list(classifier.classes)
    assert (about["temperature"], about["size"]) == ("0.5", str(preprocessing.size))
    assert Preprocessing.from_json(json.loads(about["preprocessing"])) == preprocessing
    assert b".py" not in out.read_bytes()  # no path of the machine that wrote it

    kept = Classifier.load(tmp_path / "own.safetensors")
    side, channels = preprocessing.size, preprocessing.channels
    pictures = np.random.default_rng(0).integers(0, 256, (3, side, side, channels), dtype=np.uint8)
    given = pictures if taken == "uint8" else (pictures.transpose(0, 3, 1, 2) / 255).astype(np.float32)
    found = onnxruntime.InferenceSession(out).run(None, {"image": given})[0]
    right = by_hand(kept, pictures)
    assert np.abs(found - right).max() < 1e-4 * np.ptp(right)

    done = subprocess.run(
        [sys.executable, "my network-onnx.py"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    ranking = kept.top_k(open_upload(PHOTO), 3)
    assert done.stdout.splitlines() == [f"{one.label}: {one.probability:.4f}" for one in ranking]


def test_the_programs_resizing_is_the_pages_to_a_level_or_two(tmp_path):
    photo = open_upload(PHOTO)
    for preprocessing in (
        Preprocessing(size=50, mode="crop", resize=61, interpolation="bicubic", floor_margin=True),
        Preprocessing(size=51, mode="stretch", resize=64),
        Preprocessing(size=50, mode="letterbox"),
        Preprocessing(size=64, mode="stretch"),
    ):
        space = {"image": Image.fromarray(photo), "Image": Image}
        exec(_pillow_lines(preprocessing), space)  # noqa: S102 -- the program's own lines
        ours = preprocessing.picture(photo).astype(int)
        assert np.abs(np.asarray(space["picture"]).astype(int) - ours).max() <= 2, preprocessing


class _Unheard(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.special.airy_ai(x)


def test_what_onnx_cannot_hold_is_refused_by_name():
    for classifier, words in (
        (layers(nn.AvgPool2d(2, divisor_override=3)), r"average pooling with divisor_override \(1\)"),
        (layers(nn.AdaptiveMaxPool2d(2)), r"adaptive max pooling \(1\)"),
        (layers(nn.FractionalMaxPool2d(2, output_size=4)), "fractional max pooling"),
        (layers(nn.LPPool2d(3, 2)), "power-average"),
        (layers(_Unheard()), "no operation for torch's special_airy_ai"),
    ):
        with pytest.raises(ModelError, match=f"ONNX cannot hold.*{words}.*Nothing was written"):
            make_onnx(classifier, "x", [NOISE])


def test_openvinos_files_and_their_program_answer_as_torch_does(tmp_path, capsys):
    classifier = named("simple_gap", Preprocessing(size=41, mode="stretch", resize=50))
    save(tmp_path / "own.safetensors", classifier.model, classifier.card)
    out = tmp_path / "my network.xml"
    command = [str(tmp_path / "own.safetensors"), "--to", "openvino", "--out", str(out), "--photo", str(PHOTO)]
    assert main(command) == 0
    printed = capsys.readouterr().out
    assert re.search(r"OpenVINO, in float32. Checked with OpenVINO [\d.]+ on 11 pictures: every label", printed)
    assert sorted(path.name for path in tmp_path.glob("my*")) == [
        "my network-openvino.py", "my network-picture.png", "my network.bin", "my network.xml",
    ]  # fmt: skip
    assert out.with_suffix(".bin").stat().st_size > 3.9 * sum(one.numel() for one in classifier.model.parameters())
    done = subprocess.run(
        [sys.executable, "my network-openvino.py"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    ranking = classifier.top_k(open_upload(PHOTO), 3)
    assert done.stdout.splitlines() == [f"{one.label}: {one.probability:.4f}" for one in ranking]


def test_openvino_refuses_what_it_makes_a_row_larger_and_onnx_holds_it():
    """The sizes are those that OpenVINO was seen to make: 7 of 11 by windows of 2 where torch makes 6, else torch's."""
    pooled = layers(nn.MaxPool2d(2, 2, padding=1, ceil_mode=True), side=11)
    trace = record_trace(pooled.model, pooled.preprocessing(NOISE))
    check_holdable(trace, "ONNX", ONNX)
    with pytest.raises(ModelError, match="OpenVINO cannot hold max pooling with ceil_mode whose last window"):
        check_holdable(trace, "OpenVINO", OPENVINO)
    for side, harmless in (
        (12, nn.MaxPool2d(3, 1, 1, ceil_mode=True)),
        (12, nn.MaxPool2d(2, 2, 1, ceil_mode=True)),
        (13, nn.MaxPool2d(3, 2, ceil_mode=True)),
        (12, nn.AdaptiveAvgPool2d(5)),
    ):
        one = layers(harmless, side=side)
        check_holdable(record_trace(one.model, one.preprocessing(NOISE)), "OpenVINO", OPENVINO)


def test_a_network_left_in_training_is_taken_as_it_evaluates_and_left_as_it_is():
    classifier = layers(nn.BatchNorm2d(4), nn.Dropout(0.5))
    right = classifier.logits(NOISE).numpy()
    classifier.model.train()
    deployed = Deployed(classifier, "uint8")
    with torch.no_grad():
        given = deployed(torch.from_numpy(taken_by(classifier.preprocessing, "uint8", NOISE)))[0].numpy()
    assert np.abs(given - right).max() < 1e-5
    assert all(module.training for module in classifier.model.modules())
    assert not any(module.training for module in deployed.modules())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda logits: logits + 0.002 * np.ptp(logits), "differ by"),
        (lambda logits: logits * np.float32("nan"), "differ by nan"),
        (lambda logits: logits[:, :2], r"gives \(2,\) numbers"),
    ],
)
def test_a_file_that_computes_something_else_is_not_handed_out(change, words):
    classifier = layers()

    def check(run):
        return check_agrees(classifier, run, [NOISE], taken="float", runtime="a runtime", batched=False)

    def right(batch):
        with torch.no_grad():
            return Deployed(classifier, "float")(torch.from_numpy(batch)).numpy()

    assert "every label is torch's" in check(right)
    with pytest.raises(ModelError, match=f"Nothing was written.*{words}"):
        check(lambda batch: change(right(batch)))


def test_another_label_is_refused_however_near_its_logit():
    classifier = layers()
    with torch.no_grad():
        classifier.model[-1].weight.zero_()
        classifier.model[-1].bias.copy_(torch.tensor([1.0, 0.9999, -9.0]))
    swapped = np.array([[0.9999, 1.0, -9.0]], np.float32)
    with pytest.raises(ModelError, match="torch says kurta, a runtime <"):
        check_agrees(classifier, lambda _: swapped, [NOISE], taken="uint8", runtime="a runtime", batched=False)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["products", "--to", "onnx", "--out", "x.pt"], "ends in .onnx, not x.pt"),
        (["product", "--to", "onnx", "--out", "x.onnx"], "There is no checkpoint 'product'.*products"),
        (["products", "--to", "onnx", "--out", "x.onnx", "--photo", "none.jpg"], "could not be found"),
    ],
)
def test_a_mistake_in_the_command_is_one_line_and_status_2(arguments, words, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert re.search(words, line)
    assert not list(tmp_path.iterdir())


def test_what_is_not_installed_is_said(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "onnxscript" else object())
    with pytest.raises(ModelError, match=r"pip install cnn-explorer\[export\]"):
        onnx_bytes(layers(), "uint8", form="ONNX", refusals=ONNX)


@pytest.mark.sweep
@pytest.mark.parametrize("path", sorted(Settings().checkpoints.glob("*.safetensors")), ids=lambda path: path.stem)
def test_every_network_on_board_can_be_taken_along(path, tmp_path, capsys):
    assert main([str(path), "--to", "onnx", "--out", str(tmp_path / "one.onnx"), "--photo", str(PHOTO)]) == 0
    assert "every label is torch's" in capsys.readouterr().out
