"""The endpoints as a program uses them, through gradio_client."""

import httpx
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from explorer.image import open_upload
from explorer.predict import Classifier
from explorer.settings import ROOT


@pytest.fixture(scope="module")
def client(page_url) -> Client:
    return Client(page_url, verbose=False)


def test_classify_gives_the_checkpoints_own_top_5(client, jpeg):
    answer = client.predict(photo=handle_file(jpeg), api_name="/classify")
    expected = Classifier.load(ROOT / "checkpoints" / "products.safetensors").top_k(open_upload(jpeg), 5)
    assert answer["checkpoint"] == "products"
    assert [row["label"] for row in answer["top_k"]] == [prediction.label for prediction in expected]
    for row, prediction in zip(answer["top_k"], expected, strict=True):
        assert row["probability"] == pytest.approx(prediction.probability, abs=1e-5)
        assert row["logit"] == pytest.approx(prediction.logit, abs=1e-3)
    assert answer["duration_s"] > 0


OURS = str(ROOT / "assets" / "examples" / "05-watch.png")


@pytest.mark.parametrize(
    "photo",
    [
        {"path": OURS},
        {"path": OURS, "meta": {"_type": "gradio.FileData"}},
        {"path": "../../" + OURS},
        {"path": "http://127.0.0.1/x.png", "meta": {"_type": "gradio.FileData"}},
        OURS,
        [OURS],
        None,
    ],
)
def test_a_file_that_was_not_uploaded_is_refused(page_url, photo):
    """A readable picture on the server, named by a caller without uploading it; gradio_client would upload it first."""
    api = f"{page_url.rstrip('/')}/gradio_api/call/classify"
    event = httpx.post(api, json={"data": [photo, "products", 3]}).json()["event_id"]
    answer = httpx.get(f"{api}/{event}", timeout=60).text
    assert answer.startswith("event: error")
    assert "label" not in answer


@pytest.mark.parametrize(("data", "answered"), [(1, '"checkpoint": "products", "top_k"'), (0, "photo is missing")])
def test_raw_http_need_not_send_what_has_a_default(page_url, jpeg, data, answered):
    root = f"{page_url.rstrip('/')}/gradio_api"
    (path,) = httpx.post(f"{root}/upload", files={"files": jpeg.read_bytes()}).json()
    sent = [{"path": path, "meta": {"_type": "gradio.FileData"}}][:data]
    event = httpx.post(f"{root}/call/classify", json={"data": sent}).json()["event_id"]
    assert answered in httpx.get(f"{root}/call/classify/{event}", timeout=60).text


@pytest.mark.parametrize(("checkpoint", "k"), [("nothing", 5), ("products", 0), ("../../etc/passwd", 5)])
def test_a_wrong_argument_gets_a_sentence(client, jpeg, checkpoint, k):
    with pytest.raises(AppError, match=r"There is no checkpoint|k is 0"):
        client.predict(photo=handle_file(jpeg), checkpoint=checkpoint, k=k, api_name="/classify")


def test_every_named_endpoint_is_documented(client):
    endpoints = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    assert {"/classify", "/apply_filter", "/output_size", "/trace_network", "/feature_maps"} <= set(endpoints)
    for name, endpoint in endpoints.items():
        assert endpoint["description"], name
        for parameter in endpoint["parameters"][1:]:
            assert parameter["parameter_has_default"], (name, parameter["parameter_name"])


def test_output_size(client):
    answer = client.predict(224, 7, 2, 3, api_name="/output_size")
    assert answer["output"] == 112
    assert "112" in answer["formula"]


def test_nothing_else_is_published(client):
    endpoints = client.view_api(return_format="dict", print_info=False)
    assert not endpoints["unnamed_endpoints"]
    known = {"classify", "classify_many", "apply_filter", "output_size", "trace_network", "feature_maps", "open_unit"}
    known |= {"networks", "teach"}
    assert {name.strip("/") for name in endpoints["named_endpoints"]} <= known
