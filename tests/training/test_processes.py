"""Runs as processes of their own: killed and resumed, and two that train as one."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from explorer.training.__main__ import main
from explorer.training.options import Options
from explorer.training.run import train
from tests.data.folders import write_folder

ROOT = Path(__file__).parents[2]
TINY = '{"widths": [8, 8, 16, 16], "depths": [1, 1, 1, 1]}'


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return write_folder(tmp_path_factory.mktemp("run") / "shop", 12)


def weights(path: Path) -> dict[str, torch.Tensor]:
    return {name: tensor for name, tensor in load_file(path).items() if name.startswith(("model.", "average."))}


def losses(out: Path) -> list[float]:
    return [json.loads(line)["loss"] for line in (out / "log.jsonl").read_text().splitlines()]


def start(flags: list[str], *launcher: str) -> subprocess.Popen[str]:
    command = [sys.executable, *(launcher or ("-m", "explorer.training")), *flags]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, text=True, stderr=subprocess.PIPE, stdout=subprocess.PIPE
    )


@contextlib.contextmanager
def in_this_process() -> Iterator[None]:
    """What a run sets for its whole process is put back."""
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


def run_flags(folder: Path, out: Path, *more: str) -> list[str]:
    common = ["--size", "16", "--batch-size", "12", "--epochs", "8", "--threads", "1", "--network-arguments", TINY]
    return ["--data", f"shop={folder}", "--out", str(out), *common, *more]


@pytest.mark.slow
def test_a_killed_run_goes_on_to_the_same_bits(folder, tmp_path):
    """SIGKILL before the first save and in the middle of an epoch; then to the end."""
    kind = ["--optimiser", "adamw", "--cutmix", "1", "--erase", "0.5"]
    killed = start(run_flags(folder, tmp_path / "killed", *kind))
    _kill_after(killed, "compact:", 0.0)
    assert not (tmp_path / "killed" / "state.safetensors").exists()
    killed = start(run_flags(folder, tmp_path / "killed", *kind, "--resume"))
    assert "nothing was saved yet; starting from the beginning\n" in _kill_after(killed, "epoch 3/", 0.03)
    state = load_file(tmp_path / "killed" / "state.safetensors")
    assert state  # whole, whatever was being written
    last = start(run_flags(folder, tmp_path / "killed", *kind, "--resume"))
    with in_this_process():
        assert main(run_flags(folder, tmp_path / "whole", *kind)) == 0
    output = last.communicate(timeout=240)
    assert last.returncode == 0, output[1]
    expected, found = (weights(tmp_path / name / "state.safetensors") for name in ("whole", "killed"))
    assert expected.keys() == found.keys()
    assert all(torch.equal(expected[name], found[name]) for name in expected)
    assert losses(tmp_path / "whole") == losses(tmp_path / "killed")


@pytest.mark.slow
def test_two_processes_equal_one_with_the_same_global_batch(folder, tmp_path):
    """Gloo, on a network without batch norm; the average too. Odd parts: 11 pictures a batch for two processes.

    A transfer in two stages, with pictures erased and cut into each other.
    """
    flags = [
        "--network",
        "simple_two_layer",
        "--size",
        "32",
        "--precision",
        "float32",
        "--batch-size",
        "11",
        "--epochs",
        "2",
    ]
    common = ["--data", f"shop={folder}", "--threads", "1", *flags]
    first = Options(
        data=(f"shop={folder}",), out=str(tmp_path / "start"), network="simple_two_layer", size=32, epochs=1
    )
    common += ["--start-from", str(train(first)), "--transfer", "two-stage", "--stage-epochs", "1"]
    common += ["--cutmix", "1", "--erase", "0.5"]
    launcher = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", "explorer.training")
    two = start([*common, "--out", str(tmp_path / "two")], *launcher)
    with in_this_process():
        assert main([*common, "--out", str(tmp_path / "one")]) == 0
    output = two.communicate(timeout=240)
    assert two.returncode == 0, output[1]
    assert "2 process(es)" in output[1]
    expected, found = (weights(tmp_path / name / "state.safetensors") for name in ("one", "two"))
    assert expected.keys() == found.keys()
    assert max(float((expected[name].float() - found[name].float()).abs().max()) for name in expected) < 1e-5
    assert losses(tmp_path / "one") == pytest.approx(losses(tmp_path / "two"), abs=1e-5)


def _kill_after(process: subprocess.Popen[str], line_start: str, delay_s: float) -> list[str]:
    """SIGKILL, as soon as (and a little after) a line of progress came; gives the lines until then."""
    assert process.stderr is not None
    lines = []
    for line in process.stderr:
        lines.append(line)
        if line.startswith(line_start):
            time.sleep(delay_s)
            process.send_signal(signal.SIGKILL)
            process.communicate()
            assert process.returncode == -signal.SIGKILL
            return lines
    pytest.fail("the run ended before it could be killed")
