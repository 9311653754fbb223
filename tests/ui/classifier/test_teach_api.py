"""`/teach` as programs use it: a zip in, a checkpoint and how far to trust it out."""

import zipfile
from pathlib import Path

import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from explorer.checkpoint import load
from explorer.data import drawn
from explorer.predict import Classifier

CLASSES = ("watches", "ties", "heels")


@pytest.fixture(scope="module")
def client(page_url) -> Client:
    return Client(page_url, verbose=False)


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> Path:
    """Three drawn classes, four of each, and a broken file."""
    folder = tmp_path_factory.mktemp("shop")
    with zipfile.ZipFile(folder / "shop.zip", "w") as archive:
        for label in CLASSES:
            for number in range(4):
                Image.fromarray(drawn.draw(label, number, 96)).save(folder / "one.png")
                archive.write(folder / "one.png", f"{label}/{number}.png")
        archive.writestr("ties/broken.jpg", b"\xff\xd8 no more")
    return folder / "shop.zip"


def test_a_zip_teaches_a_network_that_knows_pictures_it_never_saw(client, shop):
    path, answer = client.predict(handle_file(shop), base="compact", api_name="/teach")
    assert answer["classes"] == list(CLASSES)
    assert answer["unread"][0]["file"] == "ties/broken.jpg"
    assert answer["judged"] == 12
    assert answer["interval"][0] < answer["accuracy"] <= answer["interval"][1] + 1e-9
    model, card = load(path)
    assert card.provenance["base"] == "compact"
    classifier = Classifier(model, card)
    right = [classifier.top_k(drawn.draw(label, 1000, 96), 1)[0].label == label for label in CLASSES]
    assert sum(right) >= 2


def test_what_cannot_be_taught_is_a_sentence(client, shop, tmp_path):
    one = tmp_path / "one.zip"
    with zipfile.ZipFile(shop) as whole, zipfile.ZipFile(one, "w") as archive:
        archive.writestr("ties/a.png", whole.read("ties/0.png"))
        archive.writestr("ties/b.png", whole.read("ties/1.png"))
    with pytest.raises(AppError, match="Two classes at least are needed to tell them apart: all of these are “ties”"):
        client.predict(handle_file(one), base="compact", api_name="/teach")
    with pytest.raises(AppError, match="There is no base 'nothing'"):
        client.predict(handle_file(shop), base="nothing", api_name="/teach")
