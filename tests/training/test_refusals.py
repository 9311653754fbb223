"""What a run cannot do is one line and status 2, before any picture is decoded."""

from pathlib import Path

import pytest

from explorer.errors import ModelError, ShapeError
from explorer.training import run
from explorer.training.__main__ import main
from explorer.training.distributed import check_share, pick_device
from explorer.training.learner import check_sizes
from explorer.training.options import Options
from explorer.training.run import train
from tests.data.folders import write_folder


@pytest.fixture
def undecoded(monkeypatch) -> None:
    monkeypatch.setattr(run, "prepare", lambda *_: pytest.fail("pictures were decoded"))


def refused(capsys: pytest.CaptureFixture[str], *flags: str) -> str:
    assert main(flags) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    return said


@pytest.mark.parametrize("network", ["lenet5", "simple", "simple_two_layer", "cifar10_cnn"])
def test_another_size_than_the_only_one_is_refused(network, undecoded, tmp_path, capsys):
    said = refused(capsys, "--network", network, "--size", "40", "--out", str(tmp_path))
    assert "'fc1' has in_features=" in said
    assert f"{network} takes --size 32 alone." in said
    check_sizes(Options(network=network, size=32))


def test_the_smaller_size_is_checked_too(undecoded):
    with pytest.raises(ShapeError, match="takes --size 32 alone"):
        check_sizes(Options(network="simple", size=32, small_size=24))
    with pytest.raises(ShapeError, match=r"An input of 3 x 24 x 24 does not pass the network: [^\n]*\.$"):
        check_sizes(Options(network="torchvision/alexnet", size=64, small_size=24))
    check_sizes(Options(network="torchvision/convnext_tiny", size=64, small_size=32))


@pytest.mark.parametrize("device", ["cuda", "cuda:7", "nonsense", "meta", "cuda:x"])
def test_a_device_that_is_not_there(device, undecoded, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    said = refused(capsys, "--device", device, "--out", str(tmp_path))
    assert f"There is no device '{device}" in said


def test_auto_is_the_cpu_where_there_is_no_gpu(monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert pick_device("auto").type == "cpu"


def test_more_processes_than_pictures_are_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("WORLD_SIZE", "3")
    with pytest.raises(ModelError, match="3 processes cannot share batches of 2; start fewer of them"):
        check_share(2)
    check_share(3)
    folder = write_folder(tmp_path / "shop", 1, ("reds", "blues"))
    chosen = Options(data=(str(folder),), out=str(tmp_path / "run"), size=16, batch_size=8)
    with pytest.raises(ModelError, match="3 processes cannot share batches of 2"):
        train(chosen)  # two pictures
    monkeypatch.setattr(run, "prepare", lambda *_: pytest.fail("pictures were decoded"))
    with pytest.raises(ModelError, match="3 processes cannot share batches of 1"):
        train(Options(data=(str(folder),), out=str(tmp_path / "run"), size=16, batch_size=1))


def test_two_folders_of_one_name(tmp_path, capsys):
    flags = [
        flag for place in ("a", "b") for flag in ("--data", str(write_folder(tmp_path / place / "shop", 1, ("reds",))))
    ]
    assert "need names that differ" in refused(capsys, *flags, "--size", "16", "--out", str(tmp_path / "run"))


def test_fresh_forgets_the_run_from_before_at_once(tmp_path, monkeypatch):
    """Killed before its first epoch is saved, a fresh run must not be resumed with the old one's weights."""

    def killed(*_arguments: object) -> None:
        raise KeyboardInterrupt

    state: Path = tmp_path / "state.safetensors"
    state.write_bytes(b"the old run's")
    monkeypatch.setattr(run, "prepare", killed)
    for dry_run in (True, False):
        with pytest.raises(KeyboardInterrupt):
            train(Options(out=str(tmp_path), fresh=True, dry_run=dry_run))
        assert state.exists() == dry_run
