"""From `.pth` to safetensors, and never anything but tensors."""

import pickle
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from explorer.checkpoint.conversion import convert, main
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
