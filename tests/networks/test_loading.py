import numpy as np
import pytest
import torch
import torchvision
from torch import nn

from explorer.activations import record
from explorer.activations.snippets import layer_lines
from explorer.activations.tracer import record_trace
from explorer.checkpoint import save
from explorer.checkpoint.file import Card
from explorer.errors import ModelError, ShapeError
from explorer.models import build_model, model_names
from explorer.networks import pretrained as pretrained_module
from explorer.networks.batch_norm import set_statistics
from explorer.networks.building import blueprint, build
from explorer.networks.listing import listed
from explorer.networks.loading import load_network
from explorer.preprocessing import Preprocessing
from explorer.stack.layers import norms_run_without_eps

NOISE = [np.random.default_rng(seed).integers(0, 256, (70, 90, 3), dtype=np.uint8) for seed in range(3)]


@pytest.fixture
def offline(monkeypatch, tmp_path):
    """No weights on disk, no connection."""

    def refuse(*_args, **_kwargs):
        raise OSError("Name or service not known")

    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    monkeypatch.setattr(pretrained_module.urllib.request, "urlopen", refuse)


def test_every_classifier_of_torchvision_is_listed(tmp_path):
    (tmp_path / "mine.safetensors").write_bytes(b"")
    entries = listed(checkpoints=tmp_path)
    names = [entry.name for entry in entries]
    assert names[0] == "mine"
    assert names[1 : 1 + len(model_names())] == model_names()
    assert len([name for name in names if name.startswith("torchvision/")]) == 80
    every = {f"torchvision/{name}" for name in torchvision.models.list_models(module=torchvision.models)}
    assert {name for name in names if name.startswith("torchvision/")} == every
    assert all(entry.note for entry in entries)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("resnet19", "Did you mean torchvision/resnet18"),
        ("", "network ''"),
    ],
)
def test_a_network_that_is_not_there_gets_a_sentence(name, message):
    with pytest.raises(ModelError, match=message):
        load_network(name, pictures=NOISE)


@pytest.mark.parametrize("name", [*model_names(), "torchvision/mobilenet_v3_small", "torchvision/squeezenet1_1"])
def test_an_untrained_network_is_marked_calibrated_and_neither_vanishes_nor_overflows(name, offline):
    loaded = load_network(name, pictures=NOISE)
    assert not loaded.trained
    assert "ntrained" in loaded.note
    assert loaded.classes == ()
    batch = loaded.preprocessing(NOISE[0])
    for one in record(loaded.model, batch):
        assert torch.isfinite(one.output).all()
        module = loaded.model.get_submodule(one.name)
        if one.kind == "BatchNorm2d" and module.weight.any():  # some begin at zero, so that a block begins as nothing
            assert 0.05 < float(one.output.std()) < 20, one.key


def test_the_untrained_network_is_the_same_one_every_time_and_chance_is_left_alone():
    torch.manual_seed(7)
    expected = torch.rand(1)
    torch.manual_seed(7)
    first, second = build("compact").state_dict(), build("compact").state_dict()
    assert torch.equal(torch.rand(1), expected)
    assert all(torch.equal(first[key], second[key]) for key in first)


def test_without_calibration_efficientnet_puts_out_next_to_nothing():
    """The reason why untrained networks are calibrated, and that it helps."""
    torch.manual_seed(0)
    model, batch = torchvision.models.efficientnet_b0(weights=None).eval(), torch.randn(3, 3, 64, 64)

    def faint() -> int:
        records = record(model, batch[:1])
        return sum(one.kind == "Conv2d" and float(one.output.abs().median()) < 1e-3 for one in records)

    assert faint() > 40
    assert set_statistics(model, batch) == 49
    assert faint() == 0


def test_calibration_puts_modes_and_momenta_back_and_needs_two_pictures():
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4, momentum=0.3), nn.Dropout()).train()
    model[1].eval()
    batch = torch.randn(5, 3, 9, 7)
    assert set_statistics(model, batch) == 1
    assert [module.training for module in model.modules()] == [True, True, False, True]
    assert model[1].momentum == 0.3
    with torch.no_grad():
        inner = model[0](batch)
    assert torch.allclose(model[1].running_mean, inner.mean((0, 2, 3)), atol=1e-6)
    assert torch.allclose(model[1].running_var, inner.transpose(0, 1).flatten(1).var(1), atol=1e-5)
    with pytest.raises(ShapeError, match="at least two"):
        set_statistics(model, batch[:1])


@pytest.mark.skipif(not norms_run_without_eps(), reason="torch before 2.12 runs no batch norm with eps=0")
def test_a_stack_whose_norm_has_no_epsilon_is_calibrated_and_runs():
    text = "nn.Conv2d(3, 4, 3);nn.BatchNorm2d(4, eps=0, bias=False);nn.Flatten();nn.Linear(3600, 2)"
    loaded = load_network(f"stack:3x32x32:{text}", pictures=NOISE)
    assert loaded.model[1].eps == 0
    assert "statistics from 3 pictures" in loaded.note
    logits = loaded.model(loaded.preprocessing(NOISE[0]))
    assert bool(torch.isfinite(logits).all())


def test_offline_gives_one_sentence_and_the_untrained_network(offline):
    loaded = load_network("torchvision/resnet18", pictures=NOISE)
    assert not loaded.trained
    assert "resnet18-f37072fd.pth cannot be downloaded here" in loaded.note
    assert "untrained network instead" in loaded.note


def test_a_checkpoint_of_the_project_keeps_its_card(tmp_path):
    model = build_model("compact", num_classes=2)
    preprocessing = Preprocessing(size=64)
    card = Card("compact", {"num_classes": 2, "in_channels": 3}, ("kurta", "saree"), preprocessing)
    save(tmp_path / "shop.safetensors", model, card)
    loaded = load_network("shop", checkpoints=tmp_path)
    assert loaded.trained
    assert loaded.classes == ("kurta", "saree")
    assert loaded.preprocessing == preprocessing


def test_the_lines_to_take_away_give_the_same_numbers(tmp_path):
    from PIL import Image

    photo = tmp_path / "photo.png"
    Image.fromarray(NOISE[0]).save(photo)
    loaded = load_network("torchvision/resnet18", pretrained=False)
    trace = record_trace(loaded.model, loaded.preprocessing(NOISE[0]))
    space: dict = {}
    whole = layer_lines(trace, "layer1.0.relu:1", loaded.loading_lines, str(photo))
    assert len(whole.splitlines()) < 20
    exec(compile(whole, "lines", "exec"), space)  # noqa: S102 -- what a visitor would do with them
    assert torch.equal(space["activation"], trace.tensor("layer1.0.relu:1"))
    for key in ("conv1", "layer2.0", "layer1.0.add", "fc"):
        exec(compile(layer_lines(trace, key, "", str(photo)), "lines", "exec"), space)  # noqa: S102
        assert torch.equal(space["activation"], trace.tensor(key))


def test_lines_for_a_network_of_one_module_and_none_for_the_picture():
    model = nn.Conv2d(3, 2, 3)
    trace = record_trace(model, torch.rand(1, 3, 9, 9))
    assert "handle = model.register_forward_hook" in layer_lines(trace, "(model)", "")
    with pytest.raises(ModelError, match="picture itself"):
        layer_lines(trace, "input", "")
    with pytest.raises(ModelError, match="no layer 'nothing'"):
        layer_lines(trace, "nothing", "")


@pytest.mark.sweep
@pytest.mark.parametrize("name", [entry.name for entry in listed()])
def test_every_listed_network_is_untrained_calibrated_and_alive(name):
    loaded = load_network(name, pretrained=False, pictures=NOISE)
    records = record(loaded.model, loaded.preprocessing(NOISE[0]))
    convolutions = [one for one in records if one.kind == "Conv2d"]
    assert convolutions
    assert blueprint(name).num_classes == records[-1].output.numel()
    for one in convolutions:
        assert torch.isfinite(one.output).all()
        assert float(one.output.abs().median()) > 1e-6, one.key
