"""From `.pth` to safetensors, and never anything but tensors."""

import argparse
import pickle
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from explorer.checkpoint.conversion import convert, main, weights_in
from explorer.errors import CheckpointError
from explorer.models import build_model


@pytest.mark.parametrize(
    "wrap", [lambda s: s, lambda s: {"state_dict": s, "epoch": 3}, lambda s: {f"module.{k}": v for k, v in s.items()}]
)
def test_tensors_come_over_with_their_names(wrap, tmp_path):
    state = build_model("lenet5", 4, 1).state_dict()
    torch.save(wrap(state), tmp_path / "weights.pth")
    assert convert(tmp_path / "weights.pth", tmp_path / "out.safetensors", ("a", "b", "c", "d")) == len(state)
    found = load_file(tmp_path / "out.safetensors")
    assert found.keys() == state.keys()
    assert all(torch.equal(found[name], state[name]) for name in state)
    with safe_open(tmp_path / "out.safetensors", "pt") as file:
        assert file.metadata()["classes"] == '["a","b","c","d"]'


class Harmful:
    """What a pickle can do: this one would create a file."""

    def __reduce__(self):
        return (Path.touch, (Path("harmed"),))


def test_a_file_that_wants_to_run_code_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    torch.save({"weight": torch.zeros(1), "trap": Harmful()}, tmp_path / "trap.pth")
    with pytest.raises(CheckpointError, match="holds no weights that can be read safely"):
        convert(tmp_path / "trap.pth", tmp_path / "out.safetensors")
    (tmp_path / "plain.pth").write_bytes(pickle.dumps(Harmful(), protocol=2))
    with pytest.raises(CheckpointError, match="holds no weights that can be read safely"):
        convert(tmp_path / "plain.pth", tmp_path / "out.safetensors")
    assert not (tmp_path / "harmed").exists()
    assert not (tmp_path / "out.safetensors").exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (torch.zeros(3), "holds a Tensor; a state_dict"),
        ({}, "a state_dict"),
        ({"a": torch.zeros(1), "lr": 0.1}, "more than tensors .lr."),
    ],
)
def test_what_is_no_state_dict_is_a_sentence(content, message, tmp_path):
    torch.save(content, tmp_path / "other.pth")
    with pytest.raises(CheckpointError, match=message):
        convert(tmp_path / "other.pth", tmp_path / "out.safetensors")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut", b"\x80\x02 nothing"])
def test_damaged_files_are_sentences(content, tmp_path):
    (tmp_path / "bad.pth").write_bytes(content)
    with pytest.raises(CheckpointError, match="can be read safely"):
        convert(tmp_path / "bad.pth", tmp_path / "out.safetensors")


def test_the_command(tmp_path, capsys):
    torch.save(build_model("lenet5", 4, 1).state_dict(), tmp_path / "weights.pth")
    out = tmp_path / "out.safetensors"
    command = [
        sys.executable,
        "-m",
        "explorer.checkpoint",
        "convert",
        str(tmp_path / "weights.pth"),
        str(out),
        "--classes",
        "a, b,c,d",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])
    assert (done.returncode, done.stdout.strip()) == (0, f"{out}: 10 tensors"), done.stderr
    assert main(["convert", str(tmp_path / "none.pth"), str(out)]) == 2
    assert "none.pth" in capsys.readouterr().err


STATE = build_model("lenet5", 4, 1).state_dict()
AVERAGE = {name: torch.zeros_like(value) for name, value in STATE.items()}


@pytest.mark.parametrize(
    ("content", "place", "others"),
    [
        ({"epoch": 3, "model_state_dict": STATE, "optimizer": {"state": {0: {"exp_avg": torch.ones(2)}}}},
         "model_state_dict", ()),
        ({"state_dict": STATE, "state_dict_ema": AVERAGE}, "state_dict", ("state_dict_ema",)),
        ({"model_ema": AVERAGE, "model": STATE, "epoch": 1}, "model", ("model_ema",)),
        ({"ema": {"module": STATE}, "decay": 0.9}, "ema.module", ()),
        ({"net": STATE, "acc": 91.5}, "net", ()),
        ({"my_weights": STATE, "epoch": torch.tensor(3)}, "my_weights", ()),
        ({"state_dict": {f"module._orig_mod.{k}": v for k, v in STATE.items()}}, "state_dict", ()),
        ({f"module.module.{k}": v for k, v in STATE.items()} | {"n_averaged": torch.tensor(4)}, "", ()),
        ({**STATE, "total_ops": torch.zeros(1), "conv1.total_params": torch.zeros(1)}, "", ()),
    ],
)  # fmt: skip
def test_a_training_scripts_file_gives_the_networks_own_weights(content, place, others, tmp_path, capsys):
    torch.save(content, tmp_path / "training.pth")
    weights = weights_in(tmp_path / "training.pth")
    assert (weights.place, weights.others) == (place, others)
    assert weights.tensors.keys() == STATE.keys()
    assert all(torch.equal(weights.tensors[name], STATE[name]) for name in STATE)
    assert main(["convert", str(tmp_path / "training.pth"), str(tmp_path / "out.safetensors")]) == 0
    assert all(repr(one) in capsys.readouterr().out or not one for one in (place,))
    assert load_file(tmp_path / "out.safetensors").keys() == STATE.keys()


def test_the_weights_that_are_asked_for_are_taken(tmp_path):
    torch.save({"state_dict": STATE, "state_dict_ema": AVERAGE}, tmp_path / "both.pth")
    assert not any(v.any() for v in weights_in(tmp_path / "both.pth", "state_dict_ema").tensors.values())
    with pytest.raises(CheckpointError, match="no weights in 'ema'; its keys are 'state_dict', 'state_dict_ema'"):
        weights_in(tmp_path / "both.pth", "ema")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"epoch": 3, "best": 0.9}, "its keys are 'epoch', 'best', and there are tensors in none"),
        ({"encoder": STATE, "decoder": AVERAGE}, "tensors lie in 'encoder', 'decoder' .--key"),
        ({f"number {at}": at for at in range(20)}, r"'number 7' \.\.\., and there are tensors in none"),
    ],
)
def test_where_no_weights_are_found_the_keys_are_named(content, message, tmp_path):
    torch.save(content, tmp_path / "odd.pth")
    with pytest.raises(CheckpointError, match=message):
        weights_in(tmp_path / "odd.pth")


class Options:
    """Stands for what a training script keeps beside the weights."""


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3)),
         [r"a whole model \(torch\.nn\.modules\.container\.Sequential\)",
          r"torch\.save\(model\.state_dict\(\), 'weights\.pth'\)"]),
        ({"model": torch.nn.Linear(3, 4), "epoch": 3},
         [r"a whole model \(torch\.nn\.modules\.linear\.Linear\) under 'model'", "Its keys are 'model', 'epoch'"]),
        ({"model": STATE, "args": argparse.Namespace(lr=0.1)},
         ["an argparse.Namespace, a script's options", "Its keys are 'model', 'args'",
          r"torch\.load\('it\.pth', weights_only=False\)\['model'\]"]),
        ({"state_dict": STATE, "best": np.float64(0.9)}, ["numbers of NumPy's", r"\['state_dict'\]"]),
        ({"net": STATE, "options": Options()}, [r"an object of tests\.checkpoint\.test_conversion\.Options"]),
        ({"state_dict": STATE, "trap": Harmful()}, ["which torch does not load without trusting the file"]),
    ],
)  # fmt: skip
def test_what_torch_does_not_load_without_trust_is_told_in_words(content, words, zipped, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    torch.save(content, tmp_path / "it.pth", _use_new_zipfile_serialization=zipped)
    with pytest.raises(CheckpointError, match="holds no weights that can be read safely") as caught:
        convert(tmp_path / "it.pth", tmp_path / "out.safetensors")
    for one in words:
        assert re.search(one, str(caught.value)), (one, str(caught.value))
    assert not (tmp_path / "harmed").exists()
    assert not (tmp_path / "out.safetensors").exists()
