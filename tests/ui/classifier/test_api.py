"""`/classify_many` as programs use it: through gradio_client, and as bare HTTP."""

import csv
import io
import json
import zipfile
from pathlib import Path

import httpx
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from explorer.image import open_upload
from explorer.predict import Classifier
from explorer.settings import ROOT

EXAMPLES = sorted((ROOT / "assets" / "examples").glob("*.png"))
SHOE, WATCH, JEANS = EXAMPLES[0], EXAMPLES[4], EXAMPLES[6]


@pytest.fixture(scope="module")
def client(page_url) -> Client:
    return Client(page_url, verbose=False)


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier.load(ROOT / "checkpoints" / "products.safetensors")


@pytest.fixture
def broken(tmp_path) -> Path:
    path = tmp_path / "broken.jpg"
    path.write_bytes(b"\xff\xd8 no more")
    return path


def assert_line(row: dict, classifier: Classifier, photo: Path, k: int) -> None:
    expected = classifier.top_k(open_upload(photo), k)
    assert [one["label"] for one in row["top_k"]] == [one.label for one in expected]
    for one, wanted in zip(row["top_k"], expected, strict=True):
        assert one["probability"] == pytest.approx(wanted.probability, abs=1e-5)
        assert one["logit"] == pytest.approx(wanted.logit, abs=1e-3)
    assert row["strange"] == classifier.is_strange(open_upload(photo))


def test_good_and_bad_files_and_their_table(client, classifier, jpeg, broken):
    photos = [handle_file(SHOE), handle_file(broken), handle_file(jpeg)]
    table, answer = client.predict(photos, k=2, api_name="/classify_many")
    assert answer["checkpoint"] == "products"
    assert [row["file"] for row in answer["rows"]] == [SHOE.name, jpeg.name]
    for row, photo in zip(answer["rows"], (SHOE, jpeg), strict=True):
        assert_line(row, classifier, photo, 2)
    (unread,) = answer["unread"]
    assert unread["file"] == "broken.jpg"
    assert "not a picture that can be read" in unread["error"]
    lines = list(csv.DictReader(io.StringIO(Path(table).read_text("utf-8-sig"))))
    assert [line["file"] for line in lines] == [SHOE.name, "broken.jpg", jpeg.name]
    assert [line["error"] for line in lines] == ["", unread["error"], ""]
    assert lines[2]["label_2"] == answer["rows"][1]["top_k"][1]["label"]


def test_a_zip_is_labelled_by_its_folders(client, classifier, tmp_path):
    path = tmp_path / "shop.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(SHOE, "Sports Shoes/a.png")
        archive.write(JEANS, "b.png")
        archive.writestr("jeans/c.jpg", b"no picture")
    _, answer = client.predict([handle_file(path)], api_name="/classify_many")
    assert [(row["file"], row["label"]) for row in answer["rows"]] == [
        ("Sports Shoes/a.png", "sports-shoes"),
        ("b.png", ""),
    ]
    for row, photo in zip(answer["rows"], (SHOE, JEANS), strict=True):
        assert_line(row, classifier, photo, 3)
    assert [one["file"] for one in answer["unread"]] == ["jeans/c.jpg"]


def test_a_label_of_a_set_counts_and_a_bad_zip_is_a_line_among_good_photographs(client, tmp_path):
    good, bad = tmp_path / "good.zip", tmp_path / "bad.zip"
    with zipfile.ZipFile(good, "w") as archive:
        archive.write(JEANS, "pants/a.png")
    bad.write_bytes(b"PK and no more")
    _, answer = client.predict([handle_file(path) for path in (bad, SHOE, good)], api_name="/classify_many")
    assert [(row["file"], row["label"]) for row in answer["rows"]] == [(SHOE.name, ""), ("pants/a.png", "pants")]
    assert [one["file"] for one in answer["unread"]] == ["bad.zip"]
    assert "no zip that can be read" in answer["unread"][0]["error"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"k": 11}, "k is 11"),
        ({"k": True}, "k is True"),
        ({"checkpoint": "../../etc/passwd"}, "There is no checkpoint"),
    ],
)
def test_a_wrong_argument_gets_a_sentence(client, arguments, message):
    with pytest.raises(AppError, match=message):
        client.predict([handle_file(SHOE)], **arguments, api_name="/classify_many")


# --- bare HTTP


def call(page_url: str, photos: object) -> str:
    """What the endpoint's event stream says of these photos, sent as they are."""
    api = f"{page_url.rstrip('/')}/gradio_api/call/classify_many"
    event = httpx.post(api, json={"data": [photos, "products", 1]}).json()["event_id"]
    return httpx.get(f"{api}/{event}", timeout=120).text


def uploaded(page_url: str, *files: Path) -> list[dict]:
    """The files sent to the server, as it wants them named."""
    parts = [("files", (file.name, file.read_bytes())) for file in files]
    paths = httpx.post(f"{page_url.rstrip('/')}/gradio_api/upload", files=parts).json()
    return [{"path": path, "orig_name": file.name} for path, file in zip(paths, files, strict=True)]


def test_uploaded_files_are_answered_over_http(page_url, classifier, broken):
    answer = call(page_url, uploaded(page_url, SHOE, broken, WATCH))
    assert answer.startswith("event: complete")
    table, found = json.loads(answer.partition("data: ")[2])
    assert [row["file"] for row in found["rows"]] == [SHOE.name, WATCH.name]
    assert_line(found["rows"][1], classifier, WATCH, 1)
    assert [one["file"] for one in found["unread"]] == ["broken.jpg"]
    served = httpx.get(table["url"]).text
    assert [line["file"] for line in csv.DictReader(io.StringIO(served.removeprefix("\ufeff")))] == [
        SHOE.name,
        "broken.jpg",
        WATCH.name,
    ]


REFUSED = [
    [{"path": str(WATCH)}],
    [{"path": str(WATCH), "meta": {"_type": "gradio.FileData"}}],
    [{"path": "/etc/passwd"}],
    [{"path": "http://127.0.0.1/x.png", "meta": {"_type": "gradio.FileData"}}],
    [str(WATCH)],
    str(WATCH),
    {"path": str(WATCH)},
    [],
    None,
]


@pytest.mark.parametrize("photos", REFUSED)
def test_a_file_that_was_not_uploaded_is_refused(page_url, photos):
    answer = call(page_url, photos)
    assert answer.startswith("event: error")
    assert "label" not in answer


def test_one_path_on_the_server_among_uploaded_files_refuses_them_all(page_url):
    (good,) = uploaded(page_url, SHOE)
    answer = call(page_url, [good, {"path": str(WATCH)}])
    assert answer.startswith("event: error")
    assert "not an uploaded file" in answer


def test_more_than_200_are_refused(page_url):
    (good,) = uploaded(page_url, SHOE)
    assert "1 to 200 uploaded files" in call(page_url, [good] * 201)
