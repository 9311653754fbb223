"""The first seconds on a slow line: what the document shows until the page is there, and how it goes."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from explorer.ui.first import TABS

pytestmark = pytest.mark.browser

SCRIPTS = re.compile(r"\.js(\?|$)")


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_document_alone_shows_the_example_and_the_tabs(browser, page_url, theme, width):
    context = browser.new_context(viewport={"width": width, "height": 800})
    page = context.new_page()
    page.route(SCRIPTS, lambda route: route.abort())
    page.goto(f"{page_url}?__theme={theme}", wait_until="domcontentloaded")
    first = page.locator("#first")
    expect(first.locator("img")).to_be_visible()
    assert first.locator("img").evaluate("one => one.complete && one.naturalWidth") > 100
    assert first.locator("li").all_text_contents() == list(TABS.values())
    expect(first).to_contain_text("is loading")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    found = Axe().run(page, context="#first").response
    assert found["passes"]
    assert not [one["id"] for one in found["violations"]]
    context.close()


def test_it_goes_without_a_jump(browser, page_url):
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.add_init_script(
        """new MutationObserver(() => {
            const picture = document.querySelector("#first img");
            const box = picture && picture.getBoundingClientRect();
            if (box && box.width) window.before = box.toJSON();
        }).observe(document, { childList: true, subtree: true });"""
    )
    page.goto(f"{page_url}?__theme=light", wait_until="domcontentloaded")
    expect(page.locator("#first")).to_have_count(0, timeout=90_000)
    expect(page.locator(".photo-column .shown")).to_be_visible()
    assert [page.get_by_role("tab", name=name, exact=True).count() for name in TABS.values()] == [1] * len(TABS)
    before, after = page.evaluate("window.before"), page.locator(".stage").bounding_box()
    for side in ("x", "y", "width", "height"):
        assert before[side] == pytest.approx(after[side], abs=6)
    context.close()
