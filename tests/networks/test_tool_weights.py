"""Weights as tools write them: wrapped, counted, averaged, old; what is loaded answers as the network did."""

import numpy as np
import pytest
import torch
import torchvision
from safetensors.torch import save_file
from torch import nn
from torch.optim.swa_utils import AveragedModel

from explorer.errors import CheckpointError
from explorer.models.torchvision_networks import normalisation_seen
from explorer.networks.building import build
from explorer.networks.loading import load_own_weights
from explorer.networks.network import Network
from explorer.preprocessing import Preprocessing
from explorer.ui.filters.learned import learned_filters

PICTURE = np.random.default_rng(0).integers(0, 256, (70, 90, 3), dtype=np.uint8)
NAME = "meesho"


@pytest.fixture(scope="module")
def model() -> nn.Module:
    """A network with statistics that are not those of a fresh one."""
    network = build(NAME, 5, seed=7)
    for norm in network.modules():
        if isinstance(norm, nn.BatchNorm2d):
            norm.running_mean.normal_()
            norm.running_var.uniform_(0.5, 2)
    return network


def prefixed(prefix: str):
    return lambda state: {prefix + key: value for key, value in state.items()}


def renamed(change):
    return lambda state: {change(key): value for key, value in state.items()}


def counting(state):
    """As thop leaves a network: a counter of operations and one of parameters in each module."""
    modules = {key.rpartition(".")[0] for key in state} | {""}
    names = (f"{module}.total_{what}".lstrip(".") for module in modules for what in ("ops", "params"))
    return {**state, **{name: torch.zeros(1, dtype=torch.float64) for name in names}}


def counters(change):
    return lambda state: {
        key: change(value) if key.endswith("num_batches_tracked") else value for key, value in state.items()
    }


WRITTEN = {
    "as it is": lambda state: state,
    "data parallel": prefixed("module."),
    "data parallel twice": prefixed("module.module."),
    "compiled": prefixed("_orig_mod."),
    "compiled within data parallel": prefixed("module._orig_mod."),
    "a compiled part": renamed(lambda key: key.replace("block2.", "block2._orig_mod.")),
    "a parallel part": renamed(lambda key: key.replace("block2.", "block2.module.")),
    "Lightning": lambda state: {**prefixed("model.")(state), "loss.weight": torch.ones(5), "seen.tp": torch.ones(1)},
    "Lightning's net": prefixed("net."),
    "nested attributes": prefixed("learner.backbone."),
    "averaged": lambda state: {**prefixed("module.")(state), "n_averaged": torch.tensor(3)},
    "beside its average": lambda state: {
        **prefixed("model.")(state), **{f"ema_model.{k}": torch.full_like(v, 1) for k, v in state.items()},
    },
    "EMA alone": lambda state: {**prefixed("ema_model.")(state), "step": torch.tensor(9)},
    "counted by thop": counting,
    "without counters": lambda state: {k: v for k, v in state.items() if not k.endswith("num_batches_tracked")},
    "counters of one number": counters(lambda value: value.view(1)),
    "counters as floats": counters(lambda value: value.float()),
    "half": lambda state: {k: v.half() if v.is_floating_point() else v for k, v in state.items()},
}  # fmt: skip


@pytest.mark.parametrize("way", WRITTEN)
def test_a_file_as_a_tool_writes_it_answers_as_the_network_did(way, model, tmp_path):
    path = tmp_path / "own.safetensors"
    save_file({k: v.clone() for k, v in WRITTEN[way](model.state_dict()).items()}, path)
    loaded = load_own_weights(NAME, path)
    batch = loaded.preprocessing(PICTURE)
    with torch.no_grad():
        assert torch.allclose(loaded.model(batch), model(batch), atol=2e-2 if way == "half" else 0)
    assert loaded.trained
    beside = {"Lightning": "'model.'", "beside its average": "'model.'", "EMA alone": "'ema_model.'"}
    assert (f"begins with {beside.get(way)} was taken" in loaded.note) == (way in beside)


def test_torchs_own_wrappers_are_such_files(model, tmp_path):
    for number, wrapped in enumerate(
        (nn.DataParallel(model), AveragedModel(model), torch.compile(model, backend="eager"))
    ):
        path = tmp_path / f"{number}.safetensors"
        save_file({k: v.clone() for k, v in wrapped.state_dict().items()}, path)
        loaded = load_own_weights(NAME, path)
        assert all(torch.equal(v, model.state_dict()[k]) for k, v in loaded.model.state_dict().items())


def test_tensors_of_another_network_are_named_though_a_prefix_stands_before_them(model, tmp_path):
    path = tmp_path / "own.safetensors"
    state = prefixed("net.")(model.state_dict())
    state.pop("net.block1.conv.weight")
    save_file({**state, "net.extra": torch.ones(1)}, path)
    with pytest.raises(CheckpointError, match=r"does not belong to meesho: 'block1\.conv\.weight' is missing"):
        load_own_weights(NAME, path)


def test_old_names_of_densenet_are_todays(tmp_path):
    state = build("torchvision/densenet121", 3, seed=1).state_dict()
    old = {
        key.replace("norm1", "norm.1")
        .replace("conv1", "conv.1")
        .replace("norm2", "norm.2")
        .replace("conv2", "conv.2"): v
        for key, v in state.items()
    }
    assert old.keys() != state.keys()
    save_file(old, tmp_path / "old.safetensors")
    loaded = load_own_weights("torchvision/densenet121", tmp_path / "old.safetensors")
    assert all(torch.equal(value, state[key]) for key, value in loaded.model.state_dict().items())


def test_mnasnet_loads_though_a_file_has_no_version(tmp_path):
    state = build("torchvision/mnasnet0_5", 4, seed=1).state_dict()
    save_file(dict(state), tmp_path / "own.safetensors")
    loaded = load_own_weights("torchvision/mnasnet0_5", tmp_path / "own.safetensors")
    assert all(torch.equal(value, state[key]) for key, value in loaded.model.state_dict().items())


@pytest.mark.filterwarnings("ignore:A new version of MNASNet")
def test_mnasnets_wider_stem_of_old_is_taken(tmp_path):
    """As torchvision itself loads a file that says that its names are of version 1."""
    torch.manual_seed(4)
    old = torchvision.models.mnasnet0_5(num_classes=4)
    nothing = type(old.state_dict())()
    nothing._metadata = {"": {"version": 1}}
    old.load_state_dict(nothing, strict=False)
    assert old.eval().layers[0].out_channels == 32
    nn.init.uniform_(old.layers[1].running_var, 0.5, 2)
    save_file({"module." + key: value for key, value in old.state_dict().items()}, tmp_path / "old.safetensors")
    loaded = load_own_weights("torchvision/mnasnet0_5", tmp_path / "old.safetensors")
    batch = loaded.preprocessing(PICTURE)
    with torch.no_grad():
        assert torch.equal(loaded.model(batch), old(batch))


def renormalising(name: str, num_classes: int, **options) -> nn.Module:
    torch.manual_seed(3)
    return torchvision.models.get_model(
        name, weights=None, num_classes=num_classes, init_weights=False, transform_input=True, **options
    ).eval()


@pytest.mark.parametrize(
    ("name", "heads"), [("googlenet", "kept"), ("googlenet", "none"), ("googlenet", "old"), ("inception_v3", "none")]
)
def test_a_network_that_normalises_anew_inside_answers_as_it_did(name, heads, tmp_path):
    """With auxiliary heads, without them as torchvision's own loading leaves it, and with those of other classes."""
    network = renormalising(name, 3, aux_logits=heads != "none")
    state = dict(network.state_dict())
    if heads == "old":
        state["aux1.fc2.weight"], state["aux1.fc2.bias"] = torch.zeros(1000, 1024), torch.zeros(1000)
    save_file(state, tmp_path / "own.safetensors")
    loaded = load_own_weights(f"torchvision/{name}", tmp_path / "own.safetensors")
    batch = torch.randn(1, 3, 96, 96, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        assert torch.equal(loaded.model(batch), network(batch))
    assert "normalised anew inside (transform_input)" in loaded.note


@pytest.mark.parametrize("said", ["argument", "metadata"])
def test_weights_that_were_not_trained_so_are_taken_at_their_word(said, tmp_path):
    network = renormalising("googlenet", 3, aux_logits=False)
    network.transform_input = False
    metadata = {"transform_input": "false"} if said == "metadata" else {}
    save_file(dict(network.state_dict()), tmp_path / "own.safetensors", metadata=metadata)
    wanted = False if said == "argument" else None
    loaded = load_own_weights("torchvision/googlenet", tmp_path / "own.safetensors", transform_input=wanted)
    batch = torch.randn(1, 3, 96, 96, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        assert torch.equal(loaded.model(batch), network(batch))
    assert "not normalised anew inside" in loaded.note
    assert ("transform_input=False" in loaded.loading_lines) == (said == "argument")


@pytest.mark.parametrize("usual", [True, False])
def test_its_first_layer_on_raw_pixels_gives_what_the_network_computes(usual):
    """Folded with what really lies before it, at a place away from the border; the picture normalised in any way."""
    network = renormalising("googlenet", 3, aux_logits=False)
    preprocessing = Preprocessing(96, "crop") if usual else Preprocessing(96, "crop", mean=(0.5,) * 3, std=(0.25,) * 3)
    folded = learned_filters(Network("googlenet", network, preprocessing), [5])
    pixels = torch.from_numpy(preprocessing.picture(PICTURE)).permute(2, 0, 1).double()
    kept = []
    network.conv1.conv.register_forward_hook(lambda _m, _i, output: kept.append(output))
    with torch.no_grad():
        network(preprocessing(PICTURE))
    (kernel,), (y, x) = folded["filters"], (20, 11)
    top, left = y * folded["stride"] - folded["padding"], x * folded["stride"] - folded["padding"]
    weights = torch.tensor(kernel["weights"])
    window = pixels[:, top : top + weights.shape[1], left : left + weights.shape[2]]
    assert float((window * weights).sum()) + kernel["bias"] == pytest.approx(float(kept[0][0, 5, y, x]), abs=1e-4)
    right = (0.5, 0.5, 0.5) if usual else None
    if right:
        assert normalisation_seen(network, preprocessing.mean, preprocessing.std)[0] == pytest.approx(right)
        assert folded["border"] == pytest.approx([127.5] * 3)
