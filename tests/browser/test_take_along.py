"""What a visitor takes along gives the page's numbers on their own machine, whatever the photograph is."""

import io
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from playwright.sync_api import Page, expect

from explorer.settings import Settings
from tests.browser.filters_steps import click, place, ready, shown_sum
from tests.image.colours import picture, rgb_profile, stored_and_right

pytestmark = pytest.mark.browser


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
    with page.expect_download() as download:
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
