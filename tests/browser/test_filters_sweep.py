"""Pointer, keys and the sweep on the Filters tab: what is pointed at, held, let go and run over."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.filters_steps import click, place, quiet, ready, use

pytestmark = pytest.mark.browser


def test_hovering_asks_nothing_and_is_drawn_at_once(page, jpeg):
    use(page, jpeg)
    quiet(page)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    box = page.locator(".filters-tab .input-canvas").bounding_box()
    values = set()
    for step in range(12):
        page.mouse.move(box["x"] + box["width"] * (0.2 + step / 20), box["y"] + box["height"] * 0.5)
        place(page)
        values.add(page.locator(".filters-tab .equation .value").text_content())
    assert len(values) > 4
    assert not asked


def test_keys_hold_move_and_let_go(page):
    ready(page)
    page.locator(".input-canvas").focus()
    page.keyboard.press("Home")
    assert place(page) == (0, 0)
    for key, expected in (("ArrowRight", (0, 1)), ("ArrowDown", (1, 1)), ("PageDown", (11, 1)), ("ArrowUp", (10, 1)),
                          ("Shift+ArrowRight", (10, 11)), ("End", (509, 509))):  # fmt: skip
        page.keyboard.press(key)
        assert place(page) == expected, key
    page.keyboard.press("Escape")
    expect(page.locator(".filters-tab .says")).to_have_text(re.compile("Nothing is held"))
    expect(page.locator(".filters-tab .equation")).to_have_text("")


def test_the_sweep_plays_pauses_steps_and_scrubs(page):
    ready(page)
    quiet(page)
    asked = []
    page.locator(".sweep-button").click()
    page.on("request", lambda request: asked.append(request.url))
    page.locator(".speed").select_option("15")
    says = page.locator(".scrub-says")
    expect(says).to_contain_text("of 196")
    expect(says).not_to_contain_text(re.compile(r"^[1-9] of"))
    page.get_by_role("button", name="Pause").click()
    at = int(says.text_content().split()[0])
    page.get_by_role("button", name="One step back").click()
    page.get_by_role("button", name="One step back").click()
    page.get_by_role("button", name="One step on").click()
    expect(says).to_have_text(f"{at - 1} of 196")
    page.locator(".scrub").fill("100")
    expect(says).to_have_text("101 of 196")
    y, x = place(page)
    page.locator(".input-canvas").focus()
    page.keyboard.press("ArrowRight")
    assert place(page) == (y, x + 1)
    page.keyboard.press("End")
    expect(says).to_have_text("196 of 196")
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.keyboard.press(" ")
    page.keyboard.press("Escape")
    expect(page.locator(".transport")).to_be_hidden()
    assert not asked


def test_a_sweep_begins_anew_where_an_undo_looks_from_elsewhere(open_page):
    page = open_page(query="&filters.zoom=numbers")
    ready(page)
    page.locator(".kernel-group > summary").click()
    page.locator(".rows-menu").select_option("3")
    page.locator(".kernel-cell").first.fill("-1.0")
    page.locator(".kernel-cell").first.press("Tab")
    expect(page.locator(".kernel-says")).to_have_text("Your own kernel.")
    page.get_by_role("button", name="Close", exact=True).first.click()
    page.locator(".sweep-button").click()
    page.get_by_role("button", name="Pause").click()
    page.locator(".scrub").fill("100")
    expect(page.locator(".scrub-says")).to_have_text("101 of 196")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("[data-zoom=numbers]")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".scrub-says")).to_have_text("1 of 36")


def test_with_reduced_motion_nothing_starts_by_itself(browser, page_url):
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.goto(page_url, wait_until="domcontentloaded")
    page.locator(".filters-tab .equation .value").wait_for(timeout=90_000)
    page.locator(".sweep-button").click()
    expect(page.locator(".play")).to_have_text(re.compile("Play"))
    expect(page.locator(".scrub-says")).to_have_text("1 of 196")
    page.get_by_role("button", name="One step on").click()
    expect(page.locator(".scrub-says")).to_have_text("2 of 196")
    context.close()


def test_the_pointer_is_right_when_projected(page, jpeg):
    use(page, jpeg)
    page.get_by_role("button", name="Projector").click()
    expect(page.locator("html")).to_have_class(re.compile("projected"))
    page.locator(".output-canvas").scroll_into_view_if_needed()
    click(page, "output-canvas", 0.5, 0.5)
    y, x = place(page)
    assert abs(y - 99) <= 4
    assert abs(x - 149) <= 4
