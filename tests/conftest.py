"""Fixtures that more than one test file uses: pictures made in code, the running page, a browser on it."""

import functools
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect, sync_playwright

from explorer.settings import Settings
from tests.chromium import FLAGS, chromium_path

expect.set_options(timeout=20_000)  # a busy machine is no bug
PAGE_MODULE = """async () => {
    window.explorer = await import(document.querySelector('link[href$="shared/page.js"]').href);
}"""  # so that a test can ask for what the parts share
WIDTHS = {"wide": (1280, 900), "narrow": (390, 844)}


@pytest.fixture(scope="session")
def jpeg(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A JPEG as a camera makes it: smooth shapes and some grain; 300 × 200, so that H and W cannot be swapped."""
    rng = np.random.default_rng(7)
    y, x = np.mgrid[0:200, 0:300]
    scene = np.stack([x * 0.6 + 40, y * 0.9 + 20, 200 - x * 0.3], axis=2)
    scene[(x - 150) ** 2 + (y - 100) ** 2 < 60**2] = (190, 40, 60)
    scene[40:60, 30:120] = (20, 30, 40)
    picture = np.clip(scene + rng.normal(0, 6, scene.shape), 0, 255).astype(np.uint8)
    path = tmp_path_factory.mktemp("photo") / "scene.jpg"
    Image.fromarray(picture).save(path, quality=92)
    return path


@pytest.fixture(scope="session")
def page_url() -> Iterator[str]:
    """The address of the whole page, served for the session."""
    from explorer.ui.page import build_app, launch

    settings = Settings(port=0)
    page = build_app(settings)
    _, url, _ = launch(page, settings, prevent_thread_lock=True, quiet=True)
    yield url
    page.close(verbose=False)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_path(), args=list(FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def context_of(browser: Browser) -> Callable[[str, bool], BrowserContext]:
    """context_of(size, touch) → the browser's profile for such a screen, which keeps the page's files for all tests."""

    @functools.cache
    def one(size: str, touch: bool) -> BrowserContext:
        width, height = WIDTHS[size]
        return browser.new_context(viewport={"width": width, "height": height}, has_touch=touch, is_mobile=touch)

    return one


OpenPage = Callable[..., Page]


@pytest.fixture
def open_page(context_of, page_url: str) -> Iterator[OpenPage]:
    """open_page(tab=None, size="wide", dark=False, query="", touch=False) → the page, ready, in a tab of its own.

    Chromium resolves no name but this machine's. The test fails if another was asked for, or if a script failed.
    """
    pages: list[Page] = []
    wrong: list[str] = []

    def only_here(request: Request) -> None:
        if urlsplit(request.url).hostname not in {"127.0.0.1", "localhost", None}:
            wrong.append(f"asked for {request.url}")

    def open_one(
        tab: str | None = None, size: str = "wide", *, dark: bool = False, query: str = "", touch: bool = False
    ) -> Page:
        page = context_of(size, touch).new_page()
        pages.append(page)
        page.on("request", only_here)
        page.on("pageerror", lambda error: wrong.append(f"script error: {error}"))
        page.goto(f"{page_url}?__theme={'dark' if dark else 'light'}{query}", wait_until="domcontentloaded")
        page.locator("#tab-filters-button").wait_for(timeout=90_000)  # whatever it is called in the page's language
        page.locator(".photo-column .shown:not([hidden])").wait_for(timeout=90_000)
        page.evaluate(PAGE_MODULE)
        if tab:
            page.get_by_role("tab", name=tab, exact=True).click()
        return page

    yield open_one
    for page in pages:
        if page.url.startswith(page_url) and not page.is_closed():
            page.evaluate("localStorage.clear()")  # what the profile keeps of one test is no other's
        page.close()
    assert not wrong, wrong


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """The page at 1280 × 900, light, on its first tab."""
    return open_page()
