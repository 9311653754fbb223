"""Networks as timm and transformers save them, held against these libraries' own loading and own preparation."""

import json
import shutil

import numpy as np
import pytest
import timm
import torch
import transformers
from PIL import Image
from safetensors.torch import load_file, save_file
from timm.data import create_transform, resolve_data_config

from explorer.activations.tracer import record_trace
from explorer.errors import CheckpointError, ModelError
from explorer.networks.saved import SavedFiles, load_folder, load_sent, saved_in
from explorer.networks.timm_networks import preprocessing_stated
from explorer.networks.transformers_networks import preprocessing_of_processor
from explorer.receipts import open_unit
from tests.networks.saved_networks import LABELS, by_timm, by_transformers, changed

SIDES = ((199, 255), (257, 190), (64, 64), (431, 180), (300, 205))
PICTURES = [np.random.default_rng(seed).integers(0, 256, (*size, 3), np.uint8) for seed, size in enumerate(SIDES)]


@pytest.fixture(scope="module")
def of_timm(tmp_path_factory):
    folder = tmp_path_factory.mktemp("timm") / "shelf"
    return folder, by_timm(folder)


@pytest.fixture(scope="module")
def of_transformers(tmp_path_factory):
    folder = tmp_path_factory.mktemp("transformers") / "shelf"
    return folder, by_transformers(folder)


@pytest.fixture(params=["of_timm", "of_transformers"])
def saved(request, tmp_path):
    """A copy of either folder that may be changed."""
    folder, _ = request.getfixturevalue(request.param)
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    return tmp_path


def alike(ours, theirs, preprocessing) -> bool:
    """Whether two batches show the same but for the rounding of Pillow, which rounds after each direction."""
    levels = ((ours - theirs) * torch.tensor(preprocessing.std).view(1, -1, 1, 1)).abs() * 255
    return bool(levels.max() <= 3.01 and levels.mean() <= 0.1)


def load_by_hand(folder):
    return load_sent(saved_in(folder))


@pytest.mark.parametrize("load", [load_folder, load_by_hand])
def test_timms_network_answers_and_prepares_as_timm_does(of_timm, load):
    folder, model = of_timm
    network = load(folder)
    assert network.classes == LABELS
    assert network.trained
    transform = create_transform(**resolve_data_config(model.pretrained_cfg))
    for picture in PICTURES:
        theirs = transform(Image.fromarray(picture))[None]
        ours = network.preprocessing(picture)
        assert alike(ours, theirs, network.preprocessing)
        assert torch.equal(network.model(ours), model(ours))


@pytest.mark.parametrize("load", [load_folder, load_by_hand])
def test_transformers_network_answers_and_prepares_as_transformers_does(of_transformers, load):
    folder, model = of_transformers
    network = load(folder)
    assert network.classes == LABELS
    processor = transformers.AutoImageProcessor.from_pretrained(folder)
    for picture in PICTURES:
        theirs = processor(picture, return_tensors="pt")["pixel_values"]
        ours = network.preprocessing(picture)
        assert (ours - theirs).abs().max() <= 1e-5
        assert torch.equal(network.model(ours).logits, model(ours).logits)


def test_every_number_of_them_opens(of_timm, of_transformers):
    for folder, _ in (of_timm, of_transformers):
        network = load_folder(folder)
        batch = network.preprocessing(PICTURES[0])
        for node in record_trace(network.model, batch).nodes[1:]:
            if len(node.shape) in {2, 4} and node.shape[0] == 1:
                assert open_unit(network.model, batch, node.key, 0).agrees, node.key


@pytest.mark.parametrize(
    "name",
    ["resnet50.tv2_in1k", "inception_v3.tv_in1k", "resnet18.a1_in1k", "convnext_tiny.fb_in22k_ft_in1k_384",
     "dm_nfnet_f0.dm_in1k", "coat_lite_medium_384.in1k", "tf_efficientnet_b0.in1k", "vit_base_patch16_224.augreg_in1k",
     "deepseek_vit_412m.deepseek_v4_1_flash", "mobilenetv4_conv_small.e2400_r224_in1k"],
)  # fmt: skip
def test_what_timm_states_of_pictures_is_done(name):
    config = timm.get_pretrained_cfg(name).to_dict()
    ours = preprocessing_stated(config, name)
    stated = resolve_data_config(pretrained_cfg=config)
    assert (ours.channels, ours.size, ours.size) == tuple(stated["input_size"])
    transform = create_transform(**stated)
    for picture in PICTURES:
        assert alike(ours(picture), transform(Image.fromarray(picture))[None], ours)


def test_sizes_and_means_that_are_not_the_usual_ones():
    facts = {
        name: preprocessing_stated(timm.get_pretrained_cfg(name).to_dict(), name)
        for name in ("resnet50.tv2_in1k", "inception_v3.tv_in1k")
    }
    assert facts["resnet50.tv2_in1k"].size == 176
    assert facts["inception_v3.tv_in1k"].mean == (0.5, 0.5, 0.5)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"input_size": [3, 100, 200]}, "3 × 100 × 200; square"),
        ({"input_size": [4, 100, 100], "mean": [0.5] * 4, "std": [0.5] * 4}, "4 × 100 × 100"),
        ({"interpolation": "lanczos"}, "'lanczos'"),
        ({"crop_mode": "border", "crop_pct": 0.9}, "on bars and then cropped"),
        ({"crop_pct": 1.5}, "at 1.5 of their size"),
        ({"mean": [0.5, 0.5]}, "cannot be read"),
        ({"mean": "grey"}, "cannot be read"),
    ],
)
def test_pictures_that_cannot_be_made_are_refused(changes, sentence):
    with pytest.raises(ModelError, match=sentence):
        preprocessing_stated({**timm.get_pretrained_cfg("resnet18").to_dict(), **changes}, "one")


PROCESSORS = [
    transformers.ViTImageProcessor(size={"height": 48, "width": 48}),
    transformers.ConvNextImageProcessor(size={"shortest_edge": 384}),
    transformers.ConvNextImageProcessor(size={"shortest_edge": 65}),
    transformers.BitImageProcessor(size={"shortest_edge": 70}, crop_size={"height": 61, "width": 61}),
    transformers.DeiTImageProcessor(size={"height": 75, "width": 75}, crop_size={"height": 64, "width": 64}),
    transformers.EfficientNetImageProcessor(
        size={"height": 60, "width": 60}, rescale_factor=1 / 127.5, rescale_offset=True
    ),
    transformers.MobileNetV2ImageProcessor(size={"shortest_edge": 81}, crop_size={"height": 64, "width": 64}),
    transformers.PoolFormerImageProcessor(size={"shortest_edge": 64}, crop_size={"height": 64, "width": 64}),
    transformers.LevitImageProcessor(size={"shortest_edge": 64}, crop_size={"height": 64, "width": 64}),
    transformers.ViTImageProcessor(size={"height": 48, "width": 48}, do_normalize=False),
    transformers.ViTImageProcessor(size={"height": 48, "width": 48}, do_rescale=False, do_normalize=False),
]  # fmt: skip


@pytest.mark.parametrize("processor", PROCESSORS, ids=lambda one: type(one).__name__)
def test_what_an_image_processor_does_is_done(processor):
    ours = preprocessing_of_processor(processor)
    for picture in PICTURES:
        theirs = processor(picture, return_tensors="pt")["pixel_values"].float()
        assert ours(picture).shape == theirs.shape
        assert ((ours(picture) - theirs) * min(ours.std)).abs().max() <= 1.01 / 255


def test_a_processor_that_swaps_colours_is_refused():
    with pytest.raises(ModelError, match=r"MobileViTImageProcessor.*not known here"):
        preprocessing_of_processor(transformers.MobileViTImageProcessor())


def test_without_a_processor_it_is_said_that_its_pictures_are_assumed(saved):
    (saved / "preprocessor_config.json").unlink(missing_ok=True)
    note = load_folder(saved).note
    is_timms = "architecture" in json.loads((saved / "config.json").read_text("utf-8"))
    assert ("assumed, which may be wrong" in note) is not is_timms


def test_files_that_are_missing_or_damaged_get_a_sentence(saved):
    (saved / "model.safetensors").rename(saved / "weights.safetensors")
    with pytest.raises(CheckpointError, match=r"There is no model\.safetensors in"):
        load_folder(saved)
    (saved / "model.safetensors").write_bytes(b"no safetensors")
    with pytest.raises(CheckpointError, match="no whole safetensors file"):
        load_folder(saved)
    for text in ("", "[1, 2]", "{", "[" * 100_000):
        (saved / "config.json").write_text(text)
        with pytest.raises(CheckpointError, match=r"config\.json (cannot be read|holds no object)"):
            load_folder(saved)
    (saved / "config.json").write_text('{"hidden_size": 3}')
    with pytest.raises(CheckpointError, match="nothing can be built"):
        load_folder(saved)


def test_weights_of_another_network_are_refused(saved):
    tensors = load_file(saved / "model.safetensors")
    first = next(key for key in tensors if key.endswith(".weight"))
    save_file({**tensors, "extra.weight": torch.zeros(3)}, saved / "model.safetensors")
    with pytest.raises(CheckpointError, match=r"'extra\.weight' is not part of it"):
        load_folder(saved)
    save_file({key: one for key, one in tensors.items() if key != first}, saved / "model.safetensors")
    with pytest.raises(CheckpointError, match=f"{first!r} is missing"):
        load_folder(saved)
    save_file({**tensors, first: torch.full_like(tensors[first], torch.nan)}, saved / "model.safetensors")
    with pytest.raises(CheckpointError, match="not finite"):
        load_folder(saved)
    save_file({first: tensors[first]}, saved / "model.safetensors")
    with pytest.raises(CheckpointError, match=r"does not belong to .*it has [\d,]+ numbers of [\d,]+"):
        load_folder(saved)


def test_files_without_counters_are_taken(saved):
    tensors = {key: one for key, one in load_file(saved / "model.safetensors").items() if "num_batches" not in key}
    right = load_folder(saved)
    save_file(tensors, saved / "model.safetensors")
    batch = right.preprocessing(PICTURES[0])
    given = load_folder(saved)
    assert record_trace(given.model, batch).nodes[-1].shape == (1, 3)
    for one, other in zip(given.model.parameters(), right.model.parameters(), strict=True):
        assert torch.equal(one, other)


def test_half_precision_becomes_float32(saved):
    tensors = load_file(saved / "model.safetensors")
    halves = {key: one.half() if one.is_floating_point() else one for key, one in tensors.items()}
    save_file(halves, saved / "model.safetensors")
    assert {one.dtype for one in load_folder(saved).model.parameters()} == {torch.float32}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"architecture": "hf-hub:someone/else"}, "timm does not know"),
        ({"architecture": ["test_resnet"]}, "timm does not know"),
        ({"model_args": {"checkpoint_path": "model.pth"}}, "not taken here: checkpoint_path"),
        ({"model_args": {"pretrained": True}}, "not taken here: pretrained"),
        ({"model_args": {"features_only": True}}, "not taken here: features_only"),
        ({"model_args": {"block": {"name": "x"}}}, "not taken here: block"),
        ({"model_args": [1]}, "no object"),
        ({"model_args": {"layers": [10**6]}}, "too large"),
        ({"model_args": {"num_classes": 10**9}}, "too large"),
        ({"model_args": {"no_such_argument": 1}}, "cannot be built"),
    ],
)
def test_what_a_visitor_may_not_have_timm_do(of_timm, tmp_path, changes, sentence):
    folder, _ = of_timm
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    changed(tmp_path / "config.json", **changes)
    with pytest.raises(CheckpointError, match=sentence):
        load_by_hand(tmp_path)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"model_type": "someones", "auto_map": {"AutoModel": "code.Net"}}, "code of its own, which is never run"),
        ({"architectures": ["ResNetBackbone"]}, "no image classifier"),
        ({"model_type": ["resnet"]}, "no image classifier"),
        ({"hidden_sizes": [8, 10**6]}, "too large"),
        ({"depths": [10**5, 1]}, "too large"),
        ({"layer_type": "none"}, "cannot be built"),
    ],
)
def test_what_a_visitor_may_not_have_transformers_do(of_transformers, tmp_path, changes, sentence):
    folder, _ = of_transformers
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    changed(tmp_path / "config.json", **changes)
    with pytest.raises(CheckpointError, match=sentence):
        load_by_hand(tmp_path)


def test_a_visitors_files_have_a_largest_size_and_picture(of_timm, tmp_path):
    folder, _ = of_timm
    with pytest.raises(CheckpointError, match="at most 1 are taken"):
        load_sent(saved_in(folder), 1)
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    config = json.loads((tmp_path / "config.json").read_text("utf-8"))
    changed(tmp_path / "config.json", pretrained_cfg={**config["pretrained_cfg"], "input_size": [3, 1000, 1000]})
    with pytest.raises(CheckpointError, match="1000 pixels; at most 384"):
        load_by_hand(tmp_path)


def test_a_file_by_another_name_is_taken(of_timm, tmp_path):
    folder, _ = of_timm
    renamed = tmp_path / "mine.safetensors"
    renamed.write_bytes((folder / "model.safetensors").read_bytes())
    assert "mine.safetensors" in load_sent(SavedFiles(folder / "config.json", renamed)).note


def test_building_leaves_torchs_chance_alone(of_timm):
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    load_folder(of_timm[0])
    assert torch.equal(before, torch.random.get_rng_state())
