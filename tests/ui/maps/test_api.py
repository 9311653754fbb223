"""The endpoints of tab 3: plain functions, and once through gradio_client."""

import io

import numpy as np
import pytest
import torch
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from explorer.activations.tracer import record_trace
from explorer.errors import ExplorerError
from explorer.image import open_upload
from explorer.models import build_model
from explorer.networks.network import Network
from explorer.predict import Classifier
from explorer.preprocessing import Preprocessing
from explorer.settings import ROOT
from explorer.ui.maps.api import layer_facts, unit_facts
from explorer.ui.maps.recording import record_network


@pytest.fixture(scope="module")
def recording():
    torch.manual_seed(2)
    model = build_model("compact", num_classes=4).eval()
    network = Network("compact", model, Preprocessing(size=35), ("a", "b", "c", "d"))
    y, x = np.mgrid[0:50, 0:40]
    return record_network(network, np.stack([x * 4, y * 3, x * y % 256], axis=2).astype(np.uint8))


def test_a_layer_as_a_picture_with_figures_of_each_map(recording):
    png, facts = layer_facts(recording, "stage2.0.conv1", "strength", 7)
    output = recording.trace.tensor("stage2.0.conv1")[0].numpy()
    assert facts["shape"] == list(output.shape)
    assert facts["shown"] == len(facts["channels"]) == 7
    power = (output**2).mean(axis=(1, 2))
    assert [channel["index"] for channel in facts["channels"]] == np.argsort(-power, kind="stable")[:7].tolist()
    for channel in facts["channels"]:
        one = output[channel["index"]]
        assert channel["minimum"] == one.min()
        assert channel["maximum"] == one.max()
        assert channel["mean"] == pytest.approx(one.mean(), abs=1e-6)
        assert channel["zeros"] == (one == 0).mean()
    assert Image.open(io.BytesIO(png)).size == (3 * output.shape[2], 3 * output.shape[1])


def test_a_unit_with_its_whole_sum_and_its_box(recording):
    facts = unit_facts(recording, ("stage2.0.conv1", 5, 1, 2))
    assert facts["value"] == recording.trace.tensor("stage2.0.conv1")[0, 5, 1, 2].item()
    assert facts["bias"] + sum(term["amount"] for term in facts["terms"]) == pytest.approx(
        facts["recomputed"], abs=1e-12
    )
    assert len(facts["terms"]) == 32 * 9
    box = facts["receptive_field"]
    assert 0 <= box["top"] < box["bottom"] <= 35
    assert box["exact"]


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda r: layer_facts(r, "nothing", "index", 8), "no layer 'nothing'"),
        (lambda r: layer_facts(r, None, "colour", 8), "one of index"),
        (lambda r: layer_facts(r, None, "index", 0), "from 1 to 512"),
        (lambda r: layer_facts(r, None, "index", 513), "from 1 to 512"),
        (lambda r: unit_facts(r, ("fc", 4, 0, 0)), "channel 0 to 3"),
        (lambda r: unit_facts(r, ("fc", "x", 0, 0)), "whole number"),
    ],
)
def test_what_cannot_be_answered_gets_a_sentence(recording, call, sentence):
    with pytest.raises(ExplorerError, match=sentence):
        call(recording)


def test_through_gradio_client(page_url, jpeg):
    client = Client(page_url, verbose=False)
    classifier = Classifier.load(ROOT / "checkpoints" / "compact.safetensors")
    trace = record_trace(classifier.model, classifier.preprocessing(open_upload(jpeg)))
    picture, facts = client.predict(
        handle_file(jpeg), "compact", layer="stage1.0.relu2", limit=4, api_name="/feature_maps"
    )
    assert facts["shown"] == 4
    assert facts["channels"][3]["maximum"] == trace.tensor("stage1.0.relu2")[0, 3].max().item()
    size = facts["shape"][1]
    with Image.open(picture["path"] if isinstance(picture, dict) else picture) as opened:
        assert opened.size == (2 * size, 2 * size)
    unit = client.predict(handle_file(jpeg), "compact", channel=2, api_name="/open_unit")
    assert unit["value"] == trace.tensor(trace.output)[0, 2].item()
    assert unit["bias"] + sum(term["amount"] for term in unit["terms"]) == pytest.approx(unit["value"], abs=1e-4)
    assert unit["receptive_field"]["bottom"] == classifier.preprocessing.size
    with pytest.raises(AppError, match=r"no layer 'stem\.x'"):
        client.predict(handle_file(jpeg), "compact", layer="stem.x", api_name="/open_unit")
    with pytest.raises(AppError, match=r"There is no checkpoint or network 'x'"):
        client.predict(handle_file(jpeg), network="x", api_name="/feature_maps")
