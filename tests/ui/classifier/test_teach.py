"""Server functions of "Teach it": what was looked at teaches, for who has its tokens and for nobody else."""

import threading
from pathlib import Path

import pytest
from PIL import Image

from explorer.checkpoint import load, save
from explorer.errors import CatalogError, CheckpointError, ExplorerError, ModelError
from explorer.teaching import lesson
from explorer.ui.classifier import teach as teaching
from explorer.ui.classifier.teach import Bases, Lessons
from explorer.ui.networks.menu import Shelf
from explorer.ui.networks.own import OwnNetworks
from explorer.ui.web_files import WEB
from tests.teaching.lessons import COLOURS, coloured, small_classifier
from tests.teaching.test_zipped import packed, png


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """Where uploads lie."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))
    (tmp_path / "uploads").mkdir()
    return tmp_path / "uploads"


@pytest.fixture
def shelf(tmp_path, folder) -> Shelf:
    small = small_classifier()
    (tmp_path / "board").mkdir()
    save(tmp_path / "board" / f"{teaching.BASE}.safetensors", small.model, small.card)
    shelf = Shelf(tmp_path / "board", "cpu", own_weights=OwnNetworks("cpu", 10, 600))
    shelf.start()
    return shelf


@pytest.fixture
def lessons(shelf) -> Lessons:
    return Lessons(Bases(shelf), shelf._own_weights, 600)


def uploaded(folder: Path, label: str, number: int) -> str:
    path = folder / f"{label}{number}.png"
    Image.fromarray(coloured(label, number)).save(path)
    return str(path)


def looked_at(lessons: Lessons, folder: Path, per_class: int = 4) -> list[dict[str, str]]:
    """The photographs of a request to teach."""
    photographs = []
    for label in COLOURS:
        found = lessons.look_at_files({"paths": [uploaded(folder, label, number) for number in range(per_class)]})
        photographs += [{"id": one["id"], "label": label, "name": f"{n}.png"} for n, one in enumerate(found)]
    return photographs


def test_what_was_looked_at_teaches_a_network_of_the_visitors_own(lessons, folder, shelf):
    answer = lessons.teach({"photographs": looked_at(lessons, folder)})
    name = answer["network"]["name"]
    assert name.startswith("own:")
    assert answer["network"]["label"] == "taught: red things, blue, grün"
    assert shelf.classifier(name).classes == tuple(COLOURS)
    assert shelf.network(name).trained
    model, card = load(answer["file"])
    assert card.provenance["how"] == "taught in the page"
    image = coloured("blue", 50)
    assert (shelf.classifier(name).logits(image) == type(shelf.classifier(name))(model, card).logits(image)).all()
    assert answer["lesson"]["classes"] == list(COLOURS)
    with pytest.raises(CheckpointError, match="no longer kept"):
        shelf.network(name + "x")


def test_the_lines_that_the_page_hands_out_open_the_saved_file(lessons, folder, shelf, monkeypatch):
    answer = lessons.teach({"photographs": looked_at(lessons, folder)})
    monkeypatch.chdir(Path(answer["file"]).parent)
    scope: dict[str, object] = {}
    exec(shelf.network(answer["network"]["name"]).loading_lines, scope)  # noqa: S102 -- our own
    assert scope["card"].classes == tuple(COLOURS)
    assert scope["preprocessing"] == scope["card"].preprocessing


def test_a_photograph_that_cannot_be_read_is_a_sentence_among_the_others(lessons, folder):
    (folder / "broken.png").write_bytes(b"no picture")
    good = uploaded(folder, "blue", 0)
    found = lessons.look_at_files({"paths": [good, str(folder / "broken.png"), uploaded(folder, "blue", 1)]})
    assert "not a picture" in found[1]["error"]
    assert [one["id"].rpartition(":")[2] for one in (found[0], found[2])] == ["0", "1"]
    assert found[0]["thumbnail"].startswith("data:image/jpeg;base64,")
    (outside,) = lessons.look_at_files({"paths": ["/etc/passwd"]})
    assert outside["error"] == "This is not an uploaded file; please upload the picture itself."


def test_a_zip_says_what_each_photograph_shows(lessons, folder):
    path = packed(folder / "a.zip", {"x/warm/1.png": png("red things", 1), "x/cold/2.png": png("blue", 2)})
    entries = lessons.open_class_zip({"path": str(path)})["entries"]
    assert [(one["name"], one["label"]) for one in entries] == [("x/warm/1.png", "warm"), ("x/cold/2.png", "cold")]
    found = lessons.look_at_entries({"path": str(path), "entries": [one["index"] for one in entries]})
    assert len({one["id"] for one in found}) == 2


@pytest.mark.parametrize(
    ("photographs", "sentence"),
    [
        (None, "At most 500 photographs"),
        ([{}] * 501, "At most 500 photographs"),
        (["x"], "Each photograph has an id, a label and a name"),
        ([{"id": 1, "label": "a", "name": "b"}], "Each photograph has an id"),
        ([{"id": "guess:0", "label": "a", "name": "b"}], "no longer kept here; please add them again"),
    ],
)
def test_other_requests_are_refused_in_a_sentence(lessons, photographs, sentence):
    with pytest.raises(CatalogError, match=sentence):
        lessons.teach({"photographs": photographs})


def test_a_place_that_no_photograph_has_is_refused(lessons, folder):
    photographs = looked_at(lessons, folder, 2)
    token = photographs[0]["id"].partition(":")[0]
    for place in ("2", "-1", "99999", "x", ""):
        with pytest.raises(CatalogError, match="no such photograph here"):
            lessons.teach({"photographs": [{**photographs[0], "id": f"{token}:{place}"}, *photographs]})


def test_learning_is_shown_in_steps_whose_slopes_are_sums(lessons, folder):
    photographs = looked_at(lessons, folder)
    request = {"photographs": photographs, "strength": 0.1}
    steps = lessons.learning_steps(request)
    assert len(steps["losses"]) == len(steps["own"]) == len(steps["right"])
    assert steps["losses"] == sorted(steps["losses"], reverse=True)
    assert steps["own"][0] == pytest.approx([1 / 3] * 12, abs=1e-4)
    assert steps["right"][-1] > steps["right"][0]
    opened = lessons.learning_slope({**request, "step": 3, "label": "blue"})
    added = sum(one["amount"] for one in opened["terms"]) + opened["rest"] + opened["penalty"]
    assert added == pytest.approx(opened["slope"], abs=1e-9)
    assert len(opened["terms"]) + opened["rest_count"] == 12
    for term in opened["terms"]:
        assert term["amount"] == pytest.approx(term["weight"] * term["error"] * term["value"])
    following = lessons.learning_slope({**request, "step": 4, "label": "blue", "feature": opened["feature"]})
    assert following["weight"] == pytest.approx(opened["weight"] - opened["rate"] * opened["slope"])


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"strength": 2}, "The strength is one of"),
        ({"strength": "x"}, "The strength is one of"),
        ({"label": "none"}, "no such class"),
        ({"step": 61}, "step is 61; it must be a whole number from 0 to 60"),
        ({"feature": 99_999}, "There are 61 steps, 3 classes and"),
        ({"photographs": []}, "Two classes at least"),
    ],
)
def test_steps_that_are_not_there_are_refused(lessons, folder, wrong, sentence):
    request = {"photographs": looked_at(lessons, folder, 2), "strength": 0.1, "step": 0, "label": "blue"}
    with pytest.raises(ExplorerError, match=sentence):
        lessons.learning_slope({**request, **wrong})


def test_only_networks_on_board_are_bases(shelf):
    assert Bases(shelf).base(teaching.BASE).name == teaching.BASE
    for name in ("own:x", "torchvision/resnet18", None, 3):
        with pytest.raises(ModelError, match="There is no base"):
            Bases(shelf).base(name)


def test_thirty_who_teach_at_once_are_all_served_their_own(lessons, folder, shelf):
    photographs = looked_at(lessons, folder)
    answers: dict[int, str] = {}

    def visit(number: int) -> None:
        mine = [{**one, "label": f"{one['label']} {number}"} for one in photographs]
        answers[number] = lessons.teach({"photographs": mine})["network"]["name"]

    visitors = [threading.Thread(target=visit, args=(number,)) for number in range(30)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    assert len(set(answers.values())) == 30
    for number, name in answers.items():
        assert shelf.classifier(name).classes == tuple(f"{label} {number}" for label in COLOURS)


def test_what_is_kept_is_bounded_and_what_went_is_said(shelf, folder, monkeypatch):
    monkeypatch.setattr(teaching, "KEPT_BYTES", 6_000)
    lessons = Lessons(Bases(shelf), shelf._own_weights, 600)
    with pytest.raises(ExplorerError, match="no longer kept here; please add them again"):
        lessons.teach({"photographs": looked_at(lessons, folder)})


def test_the_browsers_bounds_are_pythons():
    script = (WEB / "classifier" / "lesson.js").read_text("utf-8")
    assert f"MOST_PHOTOGRAPHS = {lesson.MOST_PHOTOGRAPHS};" in script
    assert f"MOST_CLASSES = {lesson.MOST_CLASSES};" in script
    assert f"maxlength: {lesson.LONGEST_NAME}," in (WEB / "classifier" / "teach_class.js").read_text("utf-8")
    assert teaching.MOST_PHOTOGRAPHS == lesson.MOST_PHOTOGRAPHS
