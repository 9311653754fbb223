"""The Classifier tab's server functions, called as a browser (or anyone) calls them, against torch itself."""

import base64
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from gradio.utils import get_upload_folder
from PIL import Image

from explorer.checkpoint import save
from explorer.checkpoint.file import Card
from explorer.errors import ExplorerError
from explorer.image import open_upload
from explorer.models import build_model
from explorer.predict import Classifier
from explorer.predict.mistakes import MISTAKES
from explorer.predict.strangeness import Strangeness
from explorer.preprocessing import Preprocessing
from explorer.ui.answers import Answers
from explorer.ui.classifier.many import Piles
from explorer.ui.classifier.mistakes import Mishaps
from explorer.ui.classifier.why import Reasons
from explorer.ui.component import answering
from explorer.ui.networks.menu import Shelf
from explorer.ui.store import Store
from explorer.ui.uploads import Photographs, example_names

CLASSES = tuple(f"class-{index}" for index in range(6))
MEASURE = Strangeness(torch.zeros(2, 6), torch.eye(6), weight=0.5, temperature=1.25, threshold=2.0)
LABEL_SETS = {"halves": {"low": CLASSES[:3], "high": CLASSES[3:]}}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("checkpoints")
    torch.manual_seed(4)
    model = build_model("compact", 6)
    with torch.no_grad():
        model.fc.weight.normal_(0, 1)
        model.fc.weight[5] = -model.fc.weight[5].abs()  # nothing that the head averages speaks for class-5
        model.fc.weight[4] = 0  # and nothing at all for class-4
    calibration = {"temperature": 1.25, "strangeness": MEASURE.to_json()}
    card = Card("compact", {"num_classes": 6}, CLASSES, Preprocessing(size=64), LABEL_SETS, calibration=calibration)
    save(folder / "products.safetensors", model, card)
    hidden = Card("meesho", {"num_classes": 6}, CLASSES, Preprocessing(size=64))
    save(folder / "plain.safetensors", build_model("meesho", 6), hidden)
    return folder


@pytest.fixture(scope="module")
def shelf(folder) -> Shelf:
    shelf = Shelf(folder, "cpu")
    shelf.start()
    return shelf


@pytest.fixture
def photographs(tmp_path, monkeypatch) -> Photographs:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    return Photographs(Store(100_000_000, 600))


def uploaded(name: str, content: bytes) -> str:
    """What a browser's upload leaves in the folder for uploads."""
    path = Path(get_upload_folder()) / "upload" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return str(path)


@pytest.fixture
def photo(photographs, jpeg) -> str:
    return photographs.open_photo({"path": uploaded("scene.jpg", jpeg.read_bytes())})["token"]


@pytest.fixture(scope="module")
def classifier(folder) -> Classifier:
    return Classifier.load(folder / "products.safetensors")


def pixels_of(url: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(url.split(",")[1]))))


def test_one_answer_holds_torchs_logits_probabilities_and_every_label_set(photographs, shelf, photo, jpeg, classifier):
    answer = Answers(photographs, shelf).classify({"photo": photo, "network": "products"})
    batch = classifier.preprocessing(open_upload(jpeg))
    with torch.inference_mode():
        logits = classifier.model(batch)[0]
    probabilities = torch.softmax(logits / 1.25, 0)
    assert answer["classes"] == list(CLASSES)
    assert answer["logits"] == pytest.approx(logits.tolist(), abs=1e-5)
    ranking = answer["ranking"]
    assert [row["probability"] for row in ranking] == pytest.approx(
        sorted(probabilities.tolist(), reverse=True), abs=1e-6
    )
    assert {row["label"]: row["logit"] for row in ranking} == pytest.approx(
        dict(zip(CLASSES, logits.tolist(), strict=True))
    )
    halves = {row["label"]: row["probability"] for row in answer["sets"]["halves"]}
    assert halves == pytest.approx({"low": float(probabilities[:3].sum()), "high": float(probabilities[3:].sum())})
    by_hand = 0.5 * (logits**2).sum() - 1.25 * torch.logsumexp(logits / 1.25, 0)
    assert answer["strangeness"] == pytest.approx(float(by_hand), abs=1e-4)
    assert (answer["threshold"], answer["strange"]) == (2.0, answer["strangeness"] > 2)
    assert np.array_equal(np.asarray(Image.open(answer["saw"])), classifier.preprocessing.picture(open_upload(jpeg)))


def test_the_same_photograph_gives_the_same_numbers(photographs, shelf, photo):
    answers = Answers(photographs, shelf)
    first, second = (answers.classify({"photo": photo, "network": "products"}) for _ in range(2))
    assert {**first, "duration_s": 0} == {**second, "duration_s": 0}


def test_without_a_measure_nothing_is_called_strange(photographs, shelf, photo):
    answer = Answers(photographs, shelf).classify({"photo": photo, "network": "plain"})
    assert (answer["strangeness"], answer["threshold"], answer["strange"]) == (None, None, None)
    assert answer["sets"] == {}


def test_the_three_views_are_the_three_modes(photographs, shelf, photo, jpeg, classifier):
    views = Answers(photographs, shelf).views({"photo": photo, "network": "products"})["views"]
    assert [(view["mode"], view["own"]) for view in views] == [("crop", False), ("letterbox", False), ("stretch", True)]
    for view in views:
        own = Preprocessing(size=64, mode=view["mode"])
        assert np.array_equal(pixels_of(view["saw"]), own.picture(open_upload(jpeg)))
        with torch.inference_mode():
            best = torch.softmax(classifier.model(own(open_upload(jpeg)))[0] / 1.25, 0).max()
        assert view["ranking"][0]["probability"] == pytest.approx(float(best), abs=1e-6)


def test_the_card_is_the_checkpoints(photographs, shelf):
    card = Answers(photographs, shelf).card({"network": "products"})
    assert card["classes"] == CLASSES
    assert card["calibration"]["temperature"] == 1.25
    assert card["parameters"] == sum(parameter.numel() for parameter in build_model("compact", 6).parameters())


def test_reasons_name_layers_and_add_up(photographs, shelf, photo):
    reasons = Reasons(photographs, shelf)
    asked = {"photo": photo, "network": "products", "target": 2}
    layers = reasons.layers(asked)
    assert layers[0] == {"name": "stem.conv", "shape": (32, 32, 32), "read_by_head": False}
    assert layers[-1] == {"name": "stage4.0.relu2", "shape": (320, 4, 4), "read_by_head": True}
    assert {"stage4.0.conv2", "stage4.0.conv1"} < {one["name"] for one in layers}
    assert reasons.layers({"network": "plain"})[-1]["name"] == "block4.relu"
    cam = reasons.grad_cam({**asked, "layer": layers[-1]["name"]})
    assert len(cam["values"]) == cam["height"] * cam["width"]
    assert cam == reasons.grad_cam({**asked, "layer": None})
    found = reasons.exact_sum(asked)
    total = sum(term["amount"] for term in found["terms"]) + found["rest"] + found["bias"]
    assert total == pytest.approx(found["logit"], abs=1e-4)
    assert len(found["terms"]) + found["rest_count"] == 320
    assert sum(found["places"]["values"]) + found["bias"] == pytest.approx(found["logit"], abs=1e-3)
    assert reasons.exact_sum({**asked, "network": "plain"})["places"] is None


def test_an_empty_map_names_a_layer_whose_map_is_not(photographs, shelf, photo):
    reasons = Reasons(photographs, shelf)
    asked = {"photo": photo, "network": "products", "target": 5}
    empty = reasons.grad_cam(asked)
    assert not any(empty["values"])
    other = reasons.grad_cam({**asked, "layer": empty["elsewhere"]})
    assert any(other["values"])
    assert other["elsewhere"] is None
    assert reasons.grad_cam({**asked, "target": 4})["elsewhere"] is None


def test_occlusion_comes_row_by_row(photographs, shelf, photo, jpeg, classifier):
    reasons = Reasons(photographs, shelf)
    asked = {"photo": photo, "network": "products", "target": 1, "patch": 16}
    first = reasons.occlusion({**asked, "row": 0})
    assert len(first["starts"]) == len(first["probabilities"]) == len(first["winners"]) == 8
    hidden = classifier.preprocessing(open_upload(jpeg))
    hidden[:, :, :12, 20:36] = 0  # the first row's centres lie 4 pixels in; so do the columns', 8 apart
    with torch.inference_mode():
        assert first["logits"][3] == pytest.approx(float(classifier.model(hidden)[0, 1]), abs=1e-4)
    assert reasons.occlusion({**asked, "row": 7})["row"] == 7
    with pytest.raises(ExplorerError, match="There is no row 8"):
        reasons.occlusion({**asked, "row": 8})


def test_every_mistake_can_be_made_and_shown(photographs, shelf, photo):
    mishaps = Mishaps(photographs, shelf)
    for mistake in mishaps.mistakes({}):
        outcome = mishaps.make_mistake({"photo": photo, "network": "products", "mistake": mistake["key"]})
        assert bool(outcome["rows"]) != bool(outcome["error"])
        assert outcome["clues"]
    assert mishaps.tally({"network": "products", "mistake": "batch"}) == {"flipped": 10, "of": len(example_names())}
    assert mishaps.tally({"network": "products", "mistake": "forward"})["flipped"] == 0


def test_many_files_keep_their_order_and_bad_ones_are_lines(shelf, photographs, jpeg, classifier):
    paths = [
        uploaded("a.jpg", jpeg.read_bytes()),
        uploaded("b.jpg", b"no picture"),
        uploaded("c.jpg", jpeg.read_bytes()),
    ]
    lines = Piles(shelf).classify_files({"paths": paths, "network": "products", "k": 2})
    best = classifier.top_k(open_upload(jpeg), 2)
    assert [row["label"] for row in lines[0]["top"]] == [one.label for one in best]
    halves = classifier.top_k(open_upload(jpeg), 2, "halves")
    assert [row["label"] for row in lines[0]["sets"]["halves"]] == [one.label for one in halves]
    assert [row["probability"] for row in lines[0]["sets"]["halves"]] == pytest.approx(
        [one.probability for one in halves], abs=1e-6
    )
    assert lines[2]["top"] == lines[0]["top"]
    assert "not a picture" in lines[1]["error"]
    assert pixels_of(lines[0]["thumbnail"]).shape == (64, 96, 3)


def test_a_zip_is_listed_and_then_read_piece_by_piece(shelf, photographs, jpeg):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("notes.txt", "-")
        archive.writestr("Class 3/a.jpg", jpeg.read_bytes())
        archive.writestr("b.jpg", b"broken")
        archive.writestr("LOW/c.jpg", jpeg.read_bytes())
    path = uploaded("shop.zip", buffer.getvalue())
    piles = Piles(shelf)
    entries = piles.open_zip({"path": path, "network": "products"})["entries"]
    assert [(one["name"], one["label"]) for one in entries] == [
        ("Class 3/a.jpg", "class-3"),
        ("b.jpg", ""),
        ("LOW/c.jpg", "low"),
    ]
    lines = piles.classify_entries({"path": path, "entries": [one["index"] for one in entries], "network": "products"})
    assert len(lines[0]["top"]) == 3
    assert lines[1]["error"]
    assert (
        "no photograph number"
        in piles.classify_entries({"path": path, "entries": [0], "network": "products"})[0]["error"]
    )


BAD_REQUESTS = [
    ("classify", {"photo": "made-up", "network": "products"}, "no longer kept"),
    ("classify", {"photo": None, "network": ["products"]}, "no longer kept"),
    ("card", {"network": "../../etc/passwd"}, "no checkpoint"),
    ("card", {"network": {"a": 1}}, "named by a text"),
    ("grad_cam", {"target": -1}, "target is -1"),
    ("grad_cam", {"target": 6}, "target is 6"),
    ("grad_cam", {"target": True}, "target is True"),
    ("grad_cam", {"target": 0, "layer": 5}, "must be a name"),
    ("grad_cam", {"target": 0, "layer": "<b>"}, "is no convolution"),
    ("exact_sum", {"target": "0"}, "target is '0'"),
    ("occlusion", {"target": 0, "patch": 1, "row": 0}, "patch is 1"),
    ("occlusion", {"target": 0, "patch": 10**9, "row": 0}, "patch is"),
    ("make_mistake", {"mistake": ["raw"]}, "no mistake"),
    ("tally", {"mistake": "typo"}, "no mistake"),
    ("open_zip", {"path": "/etc/passwd"}, "not an uploaded file"),
    ("classify_entries", {"path": "/etc/passwd", "entries": [0]}, "not an uploaded file"),
    ("classify_entries", {"entries": list(range(9))}, "Between 1 and 8"),
    ("classify_entries", {"entries": [1.5]}, "entry is 1.5"),
    ("classify_files", {"paths": []}, "Between 1 and 8"),
    ("classify_files", {"paths": "abc"}, "Between 1 and 8"),
    ("classify_files", {"paths": ["x"], "k": 11}, "k is 11"),
]


@pytest.mark.parametrize(("name", "request_", "message"), BAD_REQUESTS)
def test_a_wrong_request_gets_a_sentence(photographs, shelf, photo, name, request_, message):
    parts = (Answers(photographs, shelf), Reasons(photographs, shelf), Mishaps(photographs, shelf), Piles(shelf))
    function = next(getattr(part, name) for part in parts if hasattr(part, name))
    reply = answering(function)({"photo": photo, "network": "products", **request_})
    assert message in reply["error"]


def test_a_file_on_the_server_is_a_line_that_says_no(shelf, photographs):
    lines = Piles(shelf).classify_files({"paths": ["/etc/passwd", 7], "network": "products"})
    assert all("not an uploaded file" in line["error"] for line in lines)


def test_the_words_of_a_mistake_are_for_a_page(photographs, shelf):
    words = Mishaps(photographs, shelf).mistakes({})
    assert [one["key"] for one in words] == list(MISTAKES)
    assert all(set(one) == {"key", "title", "cause", "wrong", "fix"} for one in words)
