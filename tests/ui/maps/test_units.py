"""Receipts as Tab 3 answers with them, down to the pixels, against torch's own numbers."""

import itertools

import pytest
import torch

from explorer.ui.maps.recording import Recording
from tests.ui.maps.conftest import SIZE


@pytest.mark.parametrize(
    "unit",
    [
        ("fc", 2, 0, 0),
        ("stage3.1.conv2", 9, 1, 2),
        ("stage2.0.add", 5, 0, 3),
        ("stem.conv", 3, 0, 0),
        ("pool", 7, 0, 0),
    ],
)
def test_a_receipt_adds_up_to_torchs_number(tab, truth, unit):
    layer, channel, y, x = unit
    reply = tab.open_unit({"token": tab.token, "layer": layer, "channel": channel, "y": y, "x": x})
    total = sum(term["amount"] for term in reply["terms"]) + reply["rest"] + reply["bias"]
    assert total == pytest.approx(reply["recomputed"], rel=1e-9)
    assert total == pytest.approx(reply["value"], abs=1e-5)
    assert reply["agrees"]
    if layer in truth and layer != "fc":
        output = truth[layer][0]
        assert reply["value"] == float(output[channel] if output.ndim == 1 else output[channel, y, x])
    assert len(reply["places"]) == len(reply["terms"])


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        ("stage3.0.conv1", {"bias": "bias", "factors": "times", "window": "patch × kernel of channel"}),
        ("stage3.0.bn1", {"bias": "shift", "factors": "times", "window": ""}),
    ],
)
def test_an_operations_words_come_with_its_receipt(tab, layer, words):
    reply = tab.open_unit({"token": tab.token, "layer": layer, "channel": 1, "y": 1, "x": 2})
    assert reply["words"] == words
    assert reply["by_channel"] == ("conv" in layer)
    assert bool(reply["windows"]) == bool(words["window"])


def test_windows_are_patch_times_kernel(tab, truth, shelf):
    reply = tab.open_unit({"token": tab.token, "layer": "stage3.0.conv1", "channel": 4, "y": 0, "x": 2})
    kernel = shelf.network("products").model.stage3[0].conv1.weight.detach()[4]
    source = torch.nn.functional.pad(truth["stage2.0.relu2"][0], (1, 1, 1, 1))
    assert len(reply["windows"]) == 16
    for term, window in zip(reply["terms"], reply["windows"], strict=True):
        patch = source[term["channel"], 0:3, 4:7]
        assert window["patch"] == pytest.approx(patch.ravel().tolist())
        assert window["kernel"] == pytest.approx(kernel[term["channel"]].ravel().tolist())
        assert sum(window["product"]) == pytest.approx(term["amount"], abs=1e-9)
        assert window["padding"] == [True] * 3 + [False] * 6


def test_the_way_down_ends_at_a_pixel_and_every_step_is_a_term_of_the_one_before(tab, shelf, photo):
    best = tab.sheet["classes"][0]
    way = tab.way_down({"token": tab.token, "layer": "fc", "channel": best["index"]})
    assert way[0]["label"] == f"logit “{best['label']}”"
    assert way[-1]["layer"] == "input"
    assert len(way) > 20
    for step, after in itertools.pairwise(way):
        reply = tab.open_unit({"token": tab.token, **{name: step[name] for name in ("layer", "channel", "y", "x")}})
        first = reply["terms"][0]
        assert [first[name] for name in ("layer", "channel", "y", "x")] == [
            after[name] for name in ("layer", "channel", "y", "x")
        ]
    pixel = tab.open_unit({"token": tab.token, **{name: way[-1][name] for name in ("layer", "channel", "y", "x")}})[
        "pixel"
    ]
    seen = shelf.network("products").preprocessing.picture(photo)
    assert pixel["byte"] == seen[way[-1]["y"], way[-1]["x"], way[-1]["channel"]]
    assert (pixel["byte"] / 255 - pixel["mean"]) / pixel["std"] == pytest.approx(way[-1]["value"], abs=1e-6)


def test_a_pixel_is_reckoned_anew_from_its_byte(tab, shelf, photo):
    """The badge of a pixel compares two reckonings, the network's in float32 and one in float64 from the byte."""
    preprocessing = shelf.network("products").preprocessing
    seen, batch = preprocessing.picture(photo), preprocessing(photo)[0]
    gaps = []
    for channel, y, x in itertools.product(range(3), range(0, SIZE, 5), range(0, SIZE, 4)):
        reply = tab.open_unit({"token": tab.token, "layer": "input", "channel": channel, "y": y, "x": x})
        expected = (int(seen[y, x, channel]) / 255 - preprocessing.mean[channel]) / preprocessing.std[channel]
        assert reply["recomputed"] == expected
        assert reply["value"] == float(batch[channel, y, x])
        assert reply["difference"] == expected - reply["value"]
        assert reply["agrees"]
        gaps.append(abs(reply["difference"]))
    assert 0 < max(gaps) < 1e-6


def test_a_pixel_that_the_network_did_not_get_so_does_not_agree(tab):
    recording = tab.store.get(tab.token, Recording)
    unit = {"token": tab.token, "layer": "input", "channel": 1, "y": 4, "x": 7}
    assert tab.open_unit(unit)["agrees"]
    recording.picture[4, 7, 1] += 1
    assert not tab.open_unit(unit)["agrees"]


def test_behind_a_pooled_number_stands_the_map_that_it_is_the_mean_of(tab, truth):
    reply = tab.open_unit({"token": tab.token, "layer": "fc", "channel": 1})
    assert len(reply["terms"]) == 16
    side = truth["stage4.0.relu2"].shape[-1]
    assert side > 1
    for term, place in zip(reply["terms"], reply["places"], strict=True):
        assert place["behind"] == {"layer": "stage4.0.relu2", "channel": term["channel"], "y": None, "x": None}
        assert (place["height"], place["width"], place["shown"]) == (side, side, (side, side))
        assert place["number"] == float(truth["dropout"][0, term["channel"]])
        mean = truth["stage4.0.relu2"][0, term["channel"]].double().mean()
        assert place["number"] == pytest.approx(float(mean), abs=1e-6)
    assert tab.open_unit({"token": tab.token, "layer": "stage3.0.conv1", "channel": 4})["places"][0]["behind"] is None


def test_only_what_the_network_says_is_no_channel_to_silence(tab):
    says = {
        layer: tab.open_unit({"token": tab.token, "layer": layer, "channel": 1})["says"] for layer in ("fc", "pool")
    }
    assert says == {"fc": True, "pool": False}


def test_boxes_hold_every_pixel_with_a_gradient(tab, shelf, photo):
    fields = tab.fields({"token": tab.token, "layers": ["stage2.0.relu1", "dropout"]})
    one = shelf.network("products")
    batch = one.preprocessing(photo).requires_grad_()
    kept = []
    handle = one.model.stage2[0].conv1.register_forward_hook(lambda *call: kept.append(call[2]))
    one.model(batch)
    handle.remove()
    (gradient,) = torch.autograd.grad(kept[0][0, :, 2, 5].sum(), batch)
    touched = gradient[0].abs().sum(dim=0).nonzero()
    field = fields["stage2.0.relu1"]
    (top, bottom, *_), (left, right, *_) = field["rows"][0][2][0], field["columns"][0][0][5]
    assert len(touched) > 10
    assert top <= touched[:, 0].min()
    assert touched[:, 0].max() < bottom
    assert left <= touched[:, 1].min()
    assert touched[:, 1].max() < right
    assert bottom - top < SIZE
    assert fields["dropout"]["rows"] == [[[[0, SIZE, 1, 1]]]]
