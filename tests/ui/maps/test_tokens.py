"""Networks that keep their features last, as tab 3 shows them: every number at its place, every place opens."""

import copy
import math
import random

import numpy as np
import pytest
import torch
import torchvision
from torch import nn

from explorer.networks.building import neutral_preprocessing
from explorer.networks.network import Network
from explorer.ui.maps import receipt as receipts
from explorer.ui.maps.boxes import layer_field
from explorer.ui.maps.edges import contributions
from explorer.ui.maps.recording import Recording, record_network
from explorer.ui.maps.whatif import changed_classes

SIDE = 32


def small(name: str) -> nn.Module:
    torch.manual_seed(3)
    if name == "vit":
        model = torchvision.models.VisionTransformer(SIDE, 8, 2, 2, 12, 20, num_classes=5)
        nn.init.normal_(model.heads.head.weight)
        nn.init.normal_(model.class_token)
        return model.eval()
    if name == "swin":
        return torchvision.models.SwinTransformer([2, 2], 8, [2, 2], [2, 2], [4, 4], num_classes=5).eval()
    return torchvision.models.MaxVit((SIDE, SIDE), 4, 4, [8], [1], 4, 0.0, num_classes=5).eval()


@pytest.fixture(scope="module", params=["vit", "swin", "maxvit"])
def recording(request) -> Recording:
    return recorded(request.param)


def recorded(name: str) -> Recording:
    image = np.random.default_rng(4).integers(0, 255, (SIDE, SIDE, 3), dtype=np.uint8)
    return record_network(Network(name, small(name), neutral_preprocessing(3, SIDE), tuple("abcde")), image)


def test_every_unit_of_the_page_opens_on_its_own_number_and_its_terms_too(recording):
    chance, kinds = random.Random(6), set()
    for layer in recording.layers:
        maps = recording.maps(layer.key)
        assert maps.shape == (*layer.shape[1:], 1, 1)[:3]
        cell = tuple(chance.randrange(size) for size in maps.shape)
        receipt = receipts.opened(recording, recording.tensor_unit((layer.key, *cell)))
        assert receipt.value == maps[cell], layer.key
        if receipt.covered:
            assert receipt.agrees, layer.key
        page = receipts.receipt_for_page(recording, receipt)
        assert (page["layer"], page["channel"], page["y"], page["x"]) == (layer.key, *cell)
        for term in page["terms"]:
            value = recording.maps(term["layer"])[term["channel"], term["y"], term["x"]]
            if term["value"] is not None:
                assert value == term["value"], (layer.key, term)
        receipts.thumbnails(recording, page["terms"])
        kinds.add(recording.layout(layer.key).kind)
    wanted = {"vit": {"patches", "beside"}, "swin": {"maps"}, "maxvit": {"groups"}}[recording.network.name]
    assert wanted <= kinds


def test_the_sums_are_those_of_the_network_in_float64(recording):
    exact = copy.deepcopy(recording.network.model).double()
    kept = {}

    def once(name: str, output: torch.Tensor) -> None:  # what a hook gives back would take the output's place
        kept.setdefault(name, output.clone())

    for name, module in exact.named_modules():
        if not list(module.children()):
            module.register_forward_hook(lambda *call, name=name: once(name, call[2]))
    with torch.no_grad():
        exact(recording.batch.double())
    chance, opened = random.Random(7), 0
    for layer in recording.layers:
        right = kept.get(layer.key)
        if right is None:
            continue
        for key in {layer.key, *(one.key for one in recording.layers if one.key.startswith(layer.key + "["))}:
            cell = tuple(chance.randrange(size) for size in recording.maps(key).shape)
            unit = recording.tensor_unit((key, *cell))
            receipt = receipts.opened(recording, unit)
            wanted = by_hand(right, recording.layout(key).kind, cell)
            assert receipt.recomputed == pytest.approx(wanted, abs=1e-4 * float(right.std()) + 1e-5), key
            opened += 1
    assert opened > 15


def by_hand(output: torch.Tensor, kind: str, cell: tuple[int, int, int]) -> float:
    """A cell's number in a layer's output; ViT has its class token first, then 4 × 4 patches row by row."""
    channel, y, x = cell
    if kind == "patches":
        return float(output[0, 1 + 4 * y + x, channel])
    if kind == "beside":
        return float(output[0, 0, channel])
    if kind in {"maps", "groups"}:
        return float(output[0, y, x, channel])
    return float(output.reshape(*output.shape, *(1,) * (4 - output.ndim))[0, channel, y, x])


def test_a_patch_sees_its_pixels_before_attention_and_the_whole_picture_after():
    recording = recorded("vit")
    before = layer_field(recording, "encoder.dropout")
    assert before["rows"][0][2][0][:2] == [16, 24]
    assert before["columns"][0][0][3][:2] == [24, 32]
    alone = layer_field(recording, "encoder.dropout[class token]")
    assert alone["rows"][0][0][0][0] >= alone["rows"][0][0][0][1]  # nothing
    for key in ("encoder.layers.encoder_layer_0.add", "encoder.ln", "encoder.ln[class token]", "heads.head"):
        field = layer_field(recording, key)
        assert (field["rows"][0][0][0][:2], field["columns"][0][0][0][:2]) == ([0, SIDE], [0, SIDE]), key


def test_the_label_says_where_a_unit_is():
    vit, maxvit = recorded("vit"), recorded("maxvit")
    assert receipts.unit_label(vit, ("encoder.ln", 5, 2, 3)) == "encoder.ln ch 5 (2, 3), token 12"
    assert receipts.unit_label(vit, ("encoder.ln[class token]", 5, 0, 0)) == "encoder.ln[class token] ch 5"
    (groups,) = {one.key for one in maxvit.layers if one.key.endswith("window_attention.attn_layer.0")}
    assert receipts.unit_label(maxvit, (groups, 6, 2, 3)) == f"{groups} [0, 2, 3, 6]"


def test_tokens_on_no_grid_are_rows_of_a_table():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(3, 6, 8, stride=8), nn.Flatten(2), nn.LayerNorm(16), nn.Flatten(), nn.Linear(96, 5))
    image = np.zeros((SIDE, SIDE, 3), np.uint8)
    recording = record_network(Network("rows", model.eval(), neutral_preprocessing(3, SIDE), tuple("abcde")), image)
    assert recording.shape("2") == (1, 6, 16)
    assert receipts.unit_label(recording, ("2", 0, 4, 9)) == "2 token 4, feature 9"
    assert recording.maps("2")[0, 4, 9] == recording.trace.tensor("2")[0, 4, 9]


def test_what_a_feature_gives_and_what_its_silence_takes(recording):
    key = next(
        one.key for one in reversed(recording.layers) if recording.layout(one.key).kind in {"patches", "maps", "groups"}
    )
    gives = contributions(recording, key, 1)
    assert gives.shape == (len(recording.maps(key)),)
    assert np.isfinite(gives).all()
    changed = changed_classes(recording, "silence", {"layer": key, "channels": [2]})
    assert len(changed["classes"]) == 5


def test_silence_reaches_the_tokens_that_are_shown_alone():
    recording = recorded("vit")
    with torch.no_grad():
        tokens = recording.trace.tensor("encoder.ln").clone()
        tokens[0, 0, 4] = 0
        right = recording.network.model.heads(tokens[:, 0])[0].numpy()
    asked = {"layer": "encoder.ln[class token]", "channels": [4]}
    changed = {one["label"]: one["logit_after"] for one in changed_classes(recording, "silence", asked)["classes"]}
    for label, logit in zip("abcde", right, strict=True):
        assert math.isclose(changed[label], logit, rel_tol=1e-5, abs_tol=1e-6)
    patches = changed_classes(recording, "silence", {"layer": "encoder.ln", "channels": [4]})["classes"]
    assert all(one["logit_after"] == one["logit_before"] for one in patches)  # the head reads the class token alone


def test_the_way_down_ends_at_a_pixel(recording):
    way = receipts.way_down(recording, (recording.trace.output, 1, 0, 0))
    ended = receipts.opened(
        recording, recording.tensor_unit(tuple(way[-1][one] for one in ("layer", "channel", "y", "x")))
    )
    assert not ended.terms
    if recording.network.name != "vit":  # whose strongest way may end in the class token, which is a weight
        assert way[-1]["layer"] == recording.trace.picture
