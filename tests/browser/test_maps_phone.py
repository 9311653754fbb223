"""Tab 3 on a phone: the value and its sum come first, nothing overlaps, the page never scrolls sideways."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.maps_steps import opened

pytestmark = pytest.mark.browser
OVERLAPPING = """places => places.flatMap(place => {
    const boxes = [...place.children].map(one => [one.className, one.getBoundingClientRect()]);
    const seen = boxes.filter(([, box]) => box.width * box.height);
    const shared = (a, b, from, to) => Math.min(a[to], b[to]) - Math.max(a[from], b[from]);
    return seen.flatMap(([name, a], at) => seen.slice(at + 1)
        .filter(([, b]) => shared(a, b, "left", "right") > 1 && shared(a, b, "top", "bottom") > 1)
        .map(([other]) => name + " over " + other));
})"""
SPILLING = """card => [...card.querySelectorAll(".receipt-body > * > *")]
    .map(one => [one.className, one.getBoundingClientRect(), card.getBoundingClientRect()])
    .filter(([, box, all]) => box.width * box.height && (box.left < all.left || box.right > all.right + 1))
    .map(([name]) => name)"""


def boxes(page, *places: str) -> list[dict[str, float]]:
    """Where the first of each stands, all at one moment: the page may be scrolling."""
    return page.evaluate(
        """places => places.map(place => document.querySelector(place).getBoundingClientRect().toJSON())""", places
    )


@pytest.mark.parametrize("width", [390, 320])
def test_on_a_phone_the_value_and_the_sum_come_before_the_enlarged_map(open_page, jpeg, width):
    page = opened(open_page, jpeg, size="narrow")
    page.set_viewport_size({"width": width, "height": 800})
    page.locator(".class-row").first.evaluate("row => row.click()")
    expect(page.locator(".receipt .term").first).to_be_visible()
    page.get_by_role("button", name="Down to a pixel").click()
    expect(page.locator(".receipt")).to_have_attribute("aria-label", re.compile("^Opened: pixel"))
    page.keyboard.press("Escape")
    expect(page.locator(".receipt .unit-map canvas")).to_be_visible()
    for view in ("sheet", "layer"):
        if view == "layer":
            page.get_by_role("button", name="One layer").click()
            expect(page.locator(".lens-value").first).to_contain_text("= ")
            head, value, mosaic, picture = boxes(
                page, ".maps-bar", ".lens-value", ".shown-side .mosaic-scroll", ".lens-map"
            )
            assert value["bottom"] <= mosaic["top"]
            assert mosaic["bottom"] <= picture["top"]
            assert mosaic["top"] - head["top"] < 420, "the maps come before what is seldom changed"
            expect(page.locator(".maps .sort")).to_be_hidden()
            page.get_by_role("button", name="More", exact=True).click()
            expect(page.locator(".maps .sort")).to_be_visible()
            assert not page.locator(".layer-tools").evaluate_all(OVERLAPPING)
            page.get_by_role("button", name="More", exact=True).click()
            page.locator(".mosaic").click(position={"x": 30, "y": 30})
        expect(page.locator(".receipt-value")).to_be_in_viewport()
        value, terms, picture = boxes(page, ".receipt-value", ".receipt .sum", ".receipt .unit-map")
        assert value["top"] <= terms["top"] <= picture["top"]
        assert not page.locator(".receipt").evaluate(SPILLING)
        for place in (
            ".receipt-left",
            ".receipt-right",
            ".receipt-head",
            ".receipt-bar",
            ".layer-view",
            ".layer-tools",
        ):
            assert not page.locator(place).evaluate_all(OVERLAPPING)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.keyboard.press("Escape")
