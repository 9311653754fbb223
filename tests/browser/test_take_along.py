"""What a visitor takes along gives the page's numbers on their own machine, whatever the photograph is."""

import io
import json
import re
import shutil
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch
from defusedxml import ElementTree
from PIL import Image
from playwright.sync_api import Page, expect

from explorer.networks.network import readable
from explorer.settings import Settings
from tests.browser.classifier_steps import answered
from tests.browser.filters_steps import click, place, ready, shown_sum
from tests.browser.sizes_steps import open_stack
from tests.image.colours import picture, rgb_profile, stored_and_right

pytestmark = pytest.mark.browser
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def odd(tmp_path) -> Path:
    """A photograph that lies on its side, in Display P3, on a path with a space."""
    profile, sideways = rgb_profile("Display P3"), Image.Exif()
    sideways[0x0112] = 6
    stored, _ = stored_and_right(picture(140, 200), profile)
    path = tmp_path / "summer dress.png"
    stored.save(path, icc_profile=profile, exif=sideways)
    return path


def saved(page: Page, selector: str, folder: Path) -> Path:
    """The file that a press gives, in a folder, under the name that it is saved by."""
    with page.expect_download(timeout=120_000) as download:  # a network is compared with torch first
        page.locator(selector).click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def run(code: str, folder: Path, monkeypatch) -> dict:
    monkeypatch.chdir(folder)
    names: dict = {}
    exec(code, names)  # noqa: S102 -- what a visitor does with the lines
    return names


def moved(page: Page, odd: Path) -> None:
    """The photograph in use, turned by 30 degrees and cropped; the crop alone tells the tab's caption."""
    page.locator("input.file").set_input_files(str(odd))
    expect(page.locator(".photo-column .caption")).to_contain_text("summer dress.png: 140 × 200")
    page.locator(".photo-column .move summary").first.click()
    page.locator(".photo-column .turn").fill("30")
    page.get_by_role("button", name="Crop").click()
    stage = page.locator(".stage").bounding_box()
    page.mouse.move(stage["x"] + 0.2 * stage["width"], stage["y"] + 0.1 * stage["height"])
    page.mouse.down()
    page.mouse.move(stage["x"] + 0.9 * stage["width"], stage["y"] + 0.8 * stage["height"], steps=3)
    page.mouse.up()
    expect(page.locator(".photo-column .caption")).not_to_contain_text("140 × 200")
    size = re.search(r"\d+ × \d+", page.locator(".photo-column .caption").text_content())[0]
    expect(page.locator(".filters-tab .input-caption")).to_contain_text(size)
    ready(page)


def test_the_lines_give_the_pages_numbers_of_a_moved_photograph(open_page, odd, tmp_path, monkeypatch):
    folder = tmp_path / "elsewhere"
    page = open_page(query="&filters.kernel=sobel+x&network.name=compact")
    ready(page)
    moved(page, odd)
    page.locator(".filters-tab .take-group summary").click()
    assert saved(page, ".filters-tab .save-picture", folder).name == "summer-dress-working.png"
    names = run(page.locator(".filters-tab .code").text_content(), folder, monkeypatch)
    answer = names["answer"].reshape(-1, *names["answer"].shape[-2:]).numpy()
    for across, down in ((0.5, 0.5), (0.3, 0.7), (0.04, 0.04)):  # the last in the white that the turn has left
        click(page, "output-canvas", across, down)
        y, x = place(page)
        assert shown_sum(page)[2] == pytest.approx(answer[0, y, x], rel=1e-6, abs=1e-6)

    page.get_by_role("tab", name="Feature maps", exact=True).click()
    expect(page.locator(".maps:not(.waiting) .tile").first).to_be_attached(timeout=30_000)
    page.locator(".maps .take-group > summary").click()
    expect(page.locator(".take-code")).to_contain_text("summer-dress-working.png")
    shutil.copy(Settings().checkpoints / "compact.safetensors", folder)
    numbers = saved(page, ".take-npz", folder)
    saved(page, ".take-photo", folder)
    names = run(page.locator(".take-code").text_content(), folder, monkeypatch)
    with np.load(io.BytesIO(numbers.read_bytes())) as held:
        assert torch.equal(names["activation"], torch.from_numpy(held["output"]))


def drawing(page: Page, place: str, folder: Path) -> tuple[str, Any, str]:
    """(name, SVG, all its words) of a part of the page; its PNG is the same at twice the size."""
    picture, file = (saved(page, f"{place} .take-{kind}", folder) for kind in ("png", "svg"))
    root = ElementTree.parse(file).getroot()
    with Image.open(picture) as image:
        assert image.size == (2 * int(root.get("width")), 2 * int(root.get("height")))
        shades = np.asarray(image.convert("L"))
    assert shades.std() > 5  # something is drawn on it
    assert picture.stem == file.stem
    texts = root.findall(f".//{SVG}text")
    for text in texts:  # legible: never smaller than on the page
        size = re.search(r"(\d+)px", text.get("style"))
        assert int(size[1]) >= 14
    return file.stem, root, " ".join("".join(text.itertext()) for text in texts)


def test_what_is_drawn_leaves_as_pictures_and_the_network_as_a_file(open_page, odd, tmp_path):
    page = open_page(query="&network.name=cifar10")
    page.locator("input.file").set_input_files(str(odd))
    expect(page.locator(".photo-column .caption")).to_contain_text("summer dress.png: 140 × 200")
    page.get_by_role("tab", name="Feature maps", exact=True).click()
    expect(page.locator(".maps:not(.waiting) .tile").first).to_be_attached(timeout=30_000)
    page.locator(".maps .take-group > summary").click()
    name, root, words = drawing(page, ".take-view", tmp_path)
    assert name == "cifar10-sheet-summer-dress"
    for shown in (*page.locator(".sheet h2").all_text_contents(), *page.locator(".class-name").all_text_contents()):
        assert shown in words
    assert len(root.findall(f".//{SVG}path")) > 50  # the wires, as lines
    assert len(root.findall(f".//{SVG}image")) >= page.locator(".tile").count()

    page.locator('.tile[data-column="1"][data-tile="0"]').click()
    expect(page.locator(".receipt .receipt-value")).to_be_visible()
    unit = page.locator(".receipt h2").text_content()
    name, _, words = drawing(page, ".receipt", tmp_path)
    layer, channel, y, x = re.fullmatch(r"(\S+) ch (\d+) \((\d+), (\d+)\)", unit).groups()
    assert name == f"cifar10-{layer}-{channel}-{y}-{x}-summer-dress"
    assert page.locator(".receipt .receipt-value").text_content() in words
    assert "Silence" not in words  # what only works on the page

    notebook = saved(page, ".take-notebook", tmp_path)
    assert notebook.name == f"cifar10-{layer}-summer-dress-notebook.zip"
    with zipfile.ZipFile(notebook) as archive:
        inside = f"cifar10-{layer}-summer-dress.ipynb"
        assert set(archive.namelist()) == {inside, "summer-dress-working.png", "cifar10.safetensors"}
        cells = json.loads(archive.read(inside))["cells"]
    assert f"channel, y, x = {channel}, {y}, {x}" in "".join("".join(cell["source"]) for cell in cells)

    page.locator(".along summary").click()
    with zipfile.ZipFile(saved(page, ".along button[value=onnx]", tmp_path)) as archive:
        session = onnxruntime.InferenceSession(archive.read("cifar10.onnx"))
        seen = np.asarray(Image.open(io.BytesIO(archive.read("cifar10-picture.png"))))
    expect(page.locator(".along-says")).to_contain_text("every label is torch's")
    logits = session.run(None, {"image": seen[None]})[0][0]
    classes = json.loads(session.get_modelmeta().custom_metadata_map["classes"])
    assert page.locator(".photo-column .answer b").text_content() == readable(classes[int(logits.argmax())])


def test_a_stack_and_a_confusion_matrix_leave_as_pictures(classifier_tab, shop, tmp_path):
    page = classifier_tab("many")
    page.locator(".panel[data-panel=many] .many-files[multiple]").set_input_files(str(shop))
    answered(page, "6 answered")
    name, root, words = drawing(page, ".panel[data-panel=many] .matrix-pictures", tmp_path)
    assert name == "products-confusion"
    labels = page.locator(".matrix tbody th").all_text_contents()
    assert len(labels) > 1
    assert all(words.count(label) >= 2 for label in labels)  # of a row and of a column
    assert len(root.findall(f".//{SVG}text[@transform]")) == len(labels)  # written upwards

    page.get_by_role("tab", name="Output sizes").click()
    expect(page.locator(".sizes-says")).not_to_be_empty()  # its script has begun
    open_stack(page)
    page.locator(".sizes-stack-away summary").click()
    name, root, words = drawing(page, ".sizes-stack-picture", tmp_path)
    assert name == "start"
    assert len(root.findall(f".//{SVG}path")) > 10
    assert "32²" in words
