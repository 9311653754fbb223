"""The keyboard's way through the sheet, what a reader is told, and the words on a touch screen."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser import maps_steps

pytestmark = pytest.mark.browser

TABS = ("Filters", "Output sizes", "Feature maps", "Classifier")
CONTRAST = """(one) => {
    const parts = (text) => text.match(/[\\d.]+/g).map(Number);
    const light = ([red, green, blue]) => [red, green, blue]
        .map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4))
        .reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
    let ground = one;
    while ((parts(getComputedStyle(ground).backgroundColor)[3] ?? 1) === 0) ground = ground.parentElement;
    const [ink, paper] = [getComputedStyle(one).color, getComputedStyle(ground).backgroundColor].map(parts).map(light);
    return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
}"""


def focused(page) -> str:
    return page.evaluate("document.activeElement.getAttribute('aria-label') || document.activeElement.textContent")


def test_the_sheet_is_one_tab_stop_and_arrows_walk_in_it(open_page, jpeg):
    page = maps_steps.opened(open_page, jpeg, "&network.name=cifar10")
    inside = "[...document.querySelectorAll('.sheet-columns *')].filter((one) => one.tabIndex === 0).length"
    assert page.evaluate(inside) == 1
    page.locator(".sheet-columns [tabindex='0']").focus()
    first = focused(page)
    assert first.startswith("block1.pool, channel ")
    page.keyboard.press("ArrowRight")
    assert focused(page).startswith("block2.pool, channel ")
    for _ in range(6):
        page.keyboard.press("ArrowDown")
    assert re.fullmatch(r"6 of \d+", focused(page))  # below the tiles: all maps of the layer
    page.keyboard.press("ArrowDown")
    assert focused(page).endswith("layers")
    assert page.evaluate(inside) == 1
    page.keyboard.press("Tab")
    assert not page.evaluate("document.activeElement.matches('.sheet-columns *')")
    page.keyboard.press("Shift+Tab")
    assert focused(page).endswith("layers")
    page.keyboard.press("End")
    assert "logit" in focused(page)
    page.keyboard.press("Home")
    assert focused(page) == first


def test_what_takes_arrow_keys_is_an_application(open_page):
    page = open_page()
    for tab in TABS:
        page.get_by_role("tab", name=tab, exact=True).click()
    page.locator(".closer button[data-panel=why]").click()
    canvases = page.locator("canvas[tabindex='0']")
    assert canvases.count() >= 6
    assert {one.get_attribute("role") for one in canvases.all()} == {"application"}


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_selected_tab_is_well_seen(open_page, dark):
    page = open_page(dark=dark)
    for tab in TABS:
        page.get_by_role("tab", name=tab, exact=True).click()
        maps_steps.at_rest(page)
        assert page.get_by_role("tab", name=tab, exact=True).evaluate(CONTRAST) >= 4.5


def test_one_term_is_called_one(open_page):
    page = open_page("Feature maps", query="&network.name=cifar10&maps.unit=block1.relu1~3~4~4")
    page.locator(".receipt").wait_for(timeout=60_000)
    expect(page.locator("#explorer-says")).to_have_text(re.compile(r"the sum of 1 term$"))


@pytest.mark.parametrize("touch", [False, True], ids=["mouse", "touch"])
def test_on_touch_the_words_are_tap(open_page, touch):
    page = open_page(size="narrow", touch=touch)
    for tab in TABS:
        page.get_by_role("tab", name=tab, exact=True).click()
        lead = page.locator(".lead:visible").first
        lead.wait_for()
        said = lead.inner_text().lower()
        assert ("tap" in said) == touch, said
        assert any(word in said for word in ("click", "point at", "move over", "press a bar")) != touch, said
