"""What the browser tests of several tabs share."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from explorer.predict import Classifier
from explorer.settings import Settings
from tests.browser.classifier_steps import EXAMPLES


@pytest.fixture(scope="session")
def classifier() -> Classifier:
    """The checkpoint that the page opens with."""
    return Classifier.load(Settings().checkpoints / "products.safetensors")


@pytest.fixture(scope="session")
def compact() -> Classifier:
    """What Feature maps' tests open: few layers, each of one kind."""
    return Classifier.load(Settings().checkpoints / "compact.safetensors")


@pytest.fixture
def classifier_tab(open_page) -> Callable[..., Page]:
    """classifier_tab(panel=None, network="", ...) → the Classifier tab with its answer, and one panel open."""

    def opened(panel: str | None = None, network: str = "", query: str = "", **options) -> Page:
        chosen = f"&network.name={network}" if network else ""
        page = open_page(tab="Classifier", query=chosen + query, **options)
        expect(page.locator(".classifier .figure")).to_have_attribute("aria-busy", "false", timeout=60_000)
        if panel:
            page.locator(f".closer button[data-panel={panel}]").click()
        return page

    return opened


@pytest.fixture
def shop(tmp_path, jpeg) -> Path:
    """A zip as a shop owner sends it: two folders named after classes, one broken file, one with a hostile name."""
    path = tmp_path / "shop.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for place, example in enumerate(EXAMPLES[:3]):
            archive.write(example, f"sports shoes/{place}.png")
        archive.write(EXAMPLES[4], "watches/<img src=x onerror=document.title='broken'>${7*7}.png")
        archive.writestr("watches/broken.jpg", b"\xff\xd8 no more")
        archive.writestr("../outside.png", EXAMPLES[4].read_bytes())
        archive.write(jpeg, "loose.jpg")
    return path
