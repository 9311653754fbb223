"""Tab 3's server functions, called as the page calls them, against torch's own numbers."""

import io
import itertools
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from explorer.activations import record
from explorer.errors import ExplorerError
from explorer.ui.component import answering
from explorer.ui.maps import takeaway as maps_takeaway
from explorer.ui.maps.tab import FeatureMaps
from explorer.ui.uploads import Photographs
from tests.image.colours import picture, rgb_profile, stored_and_right
from tests.ui.maps.conftest import CLASSES, floats

# --- the sheet


def test_the_sheet_holds_torchs_numbers_of_the_strongest_maps(tab, truth):
    values = floats(tab.sheet["column_values"])
    assert [column["layer"] for column in tab.sheet["columns"]][:2] == ["stem.relu", "stage1.0.relu2"]
    for column in tab.sheet["columns"]:
        output = truth[column["layer"]][0].reshape(column["shape"][0], column["height"], column["width"]).numpy()
        size = column["height"] * column["width"]
        for at, channel in enumerate(column["channels"]):
            start = column["start"] + at * size
            assert np.array_equal(values[start : start + size], output[channel].ravel())
            y, x = column["strongest"][at]
            assert abs(output[channel, y, x]) == abs(output[channel]).max()
        power = (output**2).mean(axis=(1, 2))
        assert set(column["channels"]) == set(np.argsort(-power, kind="stable")[:6])


def test_the_sheet_names_all_layers_and_the_classes(tab, truth):
    keys = [layer["key"] for layer in tab.sheet["layers"]]
    assert "stage2.0.add" in keys
    assert {name for name in truth if name != "logits"} <= set(keys)
    assert sum(len(stage["layers"]) for stage in tab.sheet["stages"]) == len(keys) - 1
    probabilities = torch.softmax(truth["logits"][0], 0)
    for row in tab.sheet["classes"]:
        assert row["label"] == CLASSES[row["index"]]
        assert row["logit"] == float(truth["logits"][0, row["index"]])
        assert row["probability"] == pytest.approx(float(probabilities[row["index"]]), rel=1e-5)


def test_what_the_network_sees_is_its_own_picture(tab, shelf, photo):
    seen = np.array(Image.open(tab.sheet["picture"]["path"]))
    assert np.array_equal(seen, shelf.network("products").preprocessing.picture(photo))


def test_wires_to_the_classes_are_weight_times_mean(tab, truth, shelf):
    columns = [column["layer"] for column in tab.sheet["columns"]]
    gaps = tab.links({"token": tab.token, "layers": columns})
    assert len(gaps) == len(columns)
    head = tab.sheet["columns"][-1]
    weight = shelf.network("products").model.fc.weight.detach()
    for row, one in zip(gaps[-1], tab.sheet["classes"], strict=True):
        products = weight[one["index"]] * truth[head["layer"]][0]
        expected = (products / products.abs().sum())[head["channels"]]
        assert row == pytest.approx(expected.tolist(), abs=1e-4)


# --- one layer


@pytest.mark.parametrize("layer", ["stage2.0.conv1", "stage3.1.relu2", "fc"])
def test_the_maps_of_a_layer_are_torchs_and_no_forward_is_needed(tab, truth, layer, monkeypatch):
    monkeypatch.setattr(torch.nn.Module, "__call__", None)  # a forward would fail
    reply = tab.layer_maps({"token": tab.token, "layer": layer})
    output = (truth["logits"] if layer == "fc" else truth[layer])[0].numpy()
    assert reply["order"] == list(range(len(output)))
    assert np.array_equal(floats(reply["values"]), output.ravel())
    flat = output.reshape(len(output), -1)
    assert reply["minimum"] == pytest.approx(flat.min(axis=1).tolist())
    assert reply["mean"] == pytest.approx(flat.mean(axis=1).tolist(), abs=1e-6)
    assert reply["maximum"] == pytest.approx(flat.max(axis=1).tolist())
    assert reply["zeros"] == pytest.approx((flat == 0).mean(axis=1).tolist())
    assert sum(reply["histogram"]["counts"]) == flat.size
    assert reply["dead"] == int((~flat.any(axis=1)).sum())


def test_named_channels_are_shown_in_their_order(tab, truth):
    shown = tab.layer_maps({"token": tab.token, "layer": "stage2.0.relu1", "channels": [7, 0, 31]})
    assert shown["order"] == [7, 0, 31]
    values = np.fromfile(shown["values"], "<f4").reshape(3, *shown["shape"][1:])
    assert np.array_equal(values, truth["stage2.0.relu1"][0, [7, 0, 31]].numpy())
    for wrong in ([], "7", [7.0], [True], [10**6], [-1], [0] * 513):
        assert "error" in answering(tab.layer_maps)({"token": tab.token, "layer": "stem.conv", "channels": wrong}), (
            wrong
        )


def test_the_mosaic_shows_the_places_of_the_numbers(tab, truth):
    reply = tab.layer_maps({"token": tab.token, "layer": "stage2.0.relu1", "scale": "map"})
    picture = Image.open(reply["mosaic"])
    assert picture.mode == "P"
    indices = np.array(picture)
    output = truth["stage2.0.relu1"][0].numpy()
    _, height, width = output.shape
    assert height != indices.shape[0]
    for channel in (0, 7, 63):
        row, column = divmod(channel, reply["across"])
        tile = indices[row * height : (row + 1) * height, column * width : (column + 1) * width]
        low, high = reply["low"][channel], reply["high"][channel]
        exact = (output[channel] - low) / (high - low) * 255
        assert abs(tile - exact).max() <= 0.51


def test_orders(tab, truth):
    output = truth["stage3.0.relu1"][0].numpy().reshape(160, -1)
    strong = tab.layer_maps({"token": tab.token, "layer": "stage3.0.relu1", "sort": "strength"})["order"]
    power = (output**2).mean(axis=1)
    assert all(power[a] >= power[b] - 1e-6 for a, b in itertools.pairwise(strong))
    sparse = tab.layer_maps({"token": tab.token, "layer": "stage3.0.relu1", "sort": "sparsity"})
    assert sparse["zeros"] == sorted(sparse["zeros"], reverse=True)
    assert sparse["zeros"][0] > sparse["zeros"][-1]


def test_sorted_by_what_it_gives_to_a_class(tab, truth, shelf):
    reply = tab.layer_maps({"token": tab.token, "layer": "stage4.0.relu2", "sort": "contribution", "class": 3})
    weight = shelf.network("products").model.fc.weight.detach()[3]
    expected = weight * truth["stage4.0.relu2"][0].mean(dim=(1, 2))
    assert reply["contributions"] == pytest.approx(expected[reply["order"]].tolist(), abs=1e-5)
    assert reply["contributions"] == sorted(reply["contributions"], reverse=True)


def test_maps_come_in_pages(tab, monkeypatch):
    from explorer.ui.maps import mosaic as maps_mosaic

    monkeypatch.setattr(maps_mosaic, "PAGE_MAPS", 60)
    pages = [tab.layer_maps({"token": tab.token, "layer": "stage3.0.conv1", "page": page}) for page in range(3)]
    assert [page["pages"] for page in pages] == [3, 3, 3]
    assert list(itertools.chain.from_iterable(page["order"] for page in pages)) == list(range(160))
    with pytest.raises(ExplorerError, match="from 0 to 2"):
        tab.layer_maps({"token": tab.token, "layer": "stage3.0.conv1", "page": 3})


# --- what if, take away


def test_a_silenced_channel_changes_what_a_hook_would_change(tab, shelf, photo):
    answer = tab.what_if({"token": tab.token, "kind": "silence", "layer": "stage4.0.relu2", "channels": [3, 11]})
    one = shelf.network("products")

    def zero(module, given, output):
        output = output.clone()
        output[:, [3, 11]] = 0
        return output

    handle = one.model.stage4[0].relu2.register_forward_hook(zero)
    with torch.no_grad():
        logits = one.model(one.preprocessing(photo))[0]
    handle.remove()
    probabilities = torch.softmax(logits, 0)
    assert len(answer["classes"]) == 5
    for row in answer["classes"]:
        index = CLASSES.index(row["label"])
        assert row["after"] == pytest.approx(float(probabilities[index]), abs=1e-6)
        assert row["logit_after"] == pytest.approx(float(logits[index]), abs=1e-5)
    assert any(abs(row["after"] - row["before"]) > 1e-6 for row in answer["classes"])


def test_without_activations_the_network_is_linear(tab):
    text = tab.what_if({"token": tab.token, "kind": "activations"})["text"]
    assert "all 11 activations" in text
    assert "5 additions" in tab.what_if({"token": tab.token, "kind": "skips"})["text"]


def test_the_numbers_that_are_taken_away(tab, truth, shelf):
    away = tab.take_away({"token": tab.token, "layer": "stage2.0.relu2", "sort": "strength"})
    with np.load(io.BytesIO(Path(away["npz"]).read_bytes())) as held:
        assert np.array_equal(held["output"], truth["stage2.0.relu2"].numpy())
        again = record(shelf.network("products").model, torch.from_numpy(held["input"]), ["stage2.0.relu2"])
        assert np.array_equal(again[0].output.numpy(), held["output"])
        assert str(held["layer"]) == "stage2.0.relu2"
    assert Path(away["mosaic"]).read_bytes()[:4] == b"\x89PNG"


@pytest.mark.parametrize("layer", ["stage2.0.relu2", "stage3.1.add", "dropout"])
def test_the_lines_give_the_same_numbers(tab, truth, shelf, tmp_path, monkeypatch, layer):
    found = run_lines(tab, tab.token, layer, shelf, tmp_path, monkeypatch)
    recording = tab.store.get(tab.token, maps_takeaway.Recording)
    assert torch.equal(found, recording.trace.tensor(layer))
    if layer in truth:
        assert torch.equal(found, truth[layer])


def run_lines(tab, token, layer, shelf, tmp_path, monkeypatch) -> torch.Tensor:
    """What the lines of a layer give beside the checkpoint and the picture that goes with them."""
    away = tab.take_away({"token": token, "layer": layer})
    path = shelf._files["products"]
    (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / away["photo"]["name"]).write_bytes(Path(away["photo"]["path"]).read_bytes())
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(away["code"], names)  # noqa: S102 -- the lines are ours
    return names["activation"]


def odd_file(kind: str) -> bytes:
    """A photograph whose pixels are not simply those of its file."""
    plain, buffer = picture(), io.BytesIO()
    sideways = Image.Exif()
    sideways[0x0112] = 6
    if kind == "alpha":
        plain.putalpha(plain.convert("L"))
    if kind == "profile":
        profile = rgb_profile("Display P3")
        stored_and_right(plain, profile)[0].save(buffer, "PNG", icc_profile=profile)
    else:
        plain.save(buffer, "PNG", exif=sideways)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("kind", "movement"),
    [
        ("sideways", {}),
        ("alpha", {"shift_x": 0.2, "mirrored": True}),
        ("profile", {"turn": 30, "scale": 1.3, "box": [0.1, 0.2, 0.7, 0.6]}),
    ],
)
def test_the_lines_give_the_pages_numbers_of_every_photograph(tab, shelf, tmp_path, monkeypatch, kind, movement):
    photographs = Photographs(tab.store)
    file = tmp_path / "summer dress (1).png"
    file.write_bytes(odd_file(kind))
    photo = photographs.keep(file)
    if movement:
        photo = photographs.move_photo({"photo": photo["token"], **movement})
    maps = FeatureMaps(photographs, shelf, tab.store)
    token = maps.open_network({"photo": photo["token"], "network": "products"})["token"]
    working = photographs.get(photo["token"]).image
    found = run_lines(tab, token, "stem.conv", shelf, tmp_path, monkeypatch)
    assert (tmp_path / "summer-dress-1-working.png").is_file()
    one = shelf.network("products")
    with torch.no_grad():
        assert torch.equal(found, one.model.stem.conv(one.preprocessing(working)))
    assert not torch.equal(found, one.model.stem.conv(one.preprocessing(np.asarray(Image.open(file).convert("RGB")))))


def test_kernels_are_the_first_layers_weights(tab, shelf, photo):
    from explorer import filters

    weight = shelf.network("products").model.stem.conv.weight.detach().numpy()
    reply = tab.kernels({"token": tab.token})
    assert np.array_equal(floats(reply["values"]).reshape(reply["shape"]), weight)
    sent = tab.folded_kernel({"token": tab.token, "channel": 5})
    seen = shelf.network("products").preprocessing.picture(photo)
    shifted = np.ascontiguousarray(seen[1:, 1:])  # the layer pads by one, so its windows begin at odd rows and columns
    answer = filters.apply(shifted, np.array(sent["weights"]), stride=sent["stride"], bias=sent["bias"], colour="sum")
    output = tab.store.get(tab.token, maps_takeaway.Recording).trace.tensor("stem.conv")[0, 5].numpy()
    assert (sent["stride"], sent["padding"]) == (2, 1)
    assert answer[:, :, 0] == pytest.approx(output[1:-1, 1:-1], abs=1e-4)
    with pytest.raises(ExplorerError, match="filters 0 to 31"):
        tab.folded_kernel({"token": tab.token, "channel": 32})


# --- whoever calls


@pytest.mark.parametrize(
    ("function", "request_", "sentence"),
    [
        ("open_network", {"photo": "x", "network": "products"}, "no longer kept"),
        ("layer_maps", {"layer": "stem.relux"}, "stem.relu"),
        ("layer_maps", {"layer": ["stem.relu"]}, "named by a text"),
        ("layer_maps", {"layer": "stem.relu", "sort": "colour"}, "one of index, strength"),
        ("layer_maps", {"layer": "stem.relu", "page": True}, "whole number"),
        ("columns", {"layers": []}, "list of 1 to"),
        ("columns", {"layers": ["x" * 500]}, "list of 1 to"),
        ("open_unit", {"layer": "stem.relu", "channel": 32}, "channel 0 to 31"),
        ("open_unit", {"layer": "stem.relu", "channel": -1}, "whole number"),
        ("open_unit", {"layer": "stem.relu", "channel": 1.5}, "whole number"),
        ("open_unit", {"layer": None}, "named by its layer"),
        ("what_if", {"kind": "silence", "layer": "stem.relu", "channels": "all"}, "list of numbers"),
        ("what_if", {"kind": "silence", "layer": "stem.relu", "channels": [99]}, "channels 0 to 31"),
        ("what_if", {"kind": "everything"}, "one of silence"),
    ],
)
def test_a_wrong_request_gets_a_sentence(tab, function, request_, sentence):
    answer = answering(getattr(tab, function))({"token": tab.token, **request_})
    assert sentence in answer["error"]


@pytest.mark.parametrize("function", ["columns", "links", "fields", "strip", "layer_maps", "open_unit", "kernels"])
def test_only_a_token_lets_in(tab, function):
    for token in (None, "guess", 5, ["a"]):
        assert "no longer kept" in answering(getattr(tab, function))({"token": token, "layers": ["fc"]})["error"]


def test_nothing_that_is_answered_holds_a_number_that_json_cannot_hold(tab, shelf, photo, tmp_path):
    """A network that overflows still gives an answer that the page can read."""
    import json

    from explorer.ui.maps.recording import Recording

    recording = tab.store.get(tab.token, Recording)
    for node in recording.trace.nodes[20:]:
        if node.kept is not None:
            node.kept[0, 0] = float("inf")
            node.kept[0, 1] = float("nan")
    recording.__dict__.pop("logits", None)
    for layer in ("stage3.1.relu2", "fc"):
        json.dumps(tab.layer_maps({"token": tab.token, "layer": layer}), allow_nan=False)
    json.dumps(tab.columns({"token": tab.token, "layers": ["stage3.1.relu2"]}), allow_nan=False)
    json.dumps(recording.classes(), allow_nan=False)
    with pytest.raises(ExplorerError, match="not finite"):
        tab.open_unit({"token": tab.token, "layer": "stage3.1.conv2", "channel": 2, "y": 1, "x": 1})
