"""Tab 3 while the photograph changes or answers are slow: notes end, Esc works, boxes come late but come."""

import re
from urllib.parse import unquote

import numpy as np
import pytest
from playwright.sync_api import expect

from explorer.activations.tracer import record_trace
from explorer.image import open_upload
from explorer.settings import ROOT
from tests.browser.maps_steps import hold, number, opened, quiet, release, slow

pytestmark = pytest.mark.browser


def test_the_note_of_a_slow_layer_does_not_stay_and_escape_works_wherever_the_focus_is(open_page, jpeg):
    page = opened(open_page, jpeg)
    note = page.locator(".maps-note")
    page.get_by_role("button", name="One layer").click()
    expect(page.locator(".lens-value").first).to_contain_text("= ")
    page.locator(".mosaic").click(position={"x": 30, "y": 30})
    expect(page.locator(".receipt .badge")).to_be_visible()
    slow(page, "layer_maps", 2500)
    page.locator(".examples button").nth(3).click()
    expect(note).to_contain_text("looking at the photograph")
    expect(page.locator(".maps.waiting")).to_have_count(0, timeout=30_000)
    quiet(page)
    expect(note).to_contain_text("layers in")
    expect(page.locator(".receipt")).to_have_count(1)
    page.locator(".examples button").nth(3).focus()
    page.locator("body").evaluate("() => document.activeElement.blur()")
    page.keyboard.press("Escape")
    expect(page.locator(".receipt")).to_have_count(0)


def test_escape_in_a_field_is_the_fields_own(open_page, jpeg):
    page = opened(open_page, jpeg)
    page.locator(".class-row").first.click()
    expect(page.locator(".receipt .badge")).to_be_visible()
    assert page.get_by_role("button", name="Silence channel").count() == 0, "a logit is no channel"
    page.get_by_text("Open your own weights", exact=True).click()
    page.locator(".own-names").focus()
    page.keyboard.press("Escape")
    assert page.locator(".receipt").count() == 1
    page.locator(".receipt .term").first.focus()
    page.keyboard.press("Escape")
    expect(page.locator(".receipt")).to_have_count(0)


def test_what_is_pointed_at_before_its_box_is_known_gets_the_box_when_it_comes(open_page, jpeg):
    page = opened(open_page, jpeg)
    quiet(page)  # the sheet's own boxes come in the background
    hold(page, "fields")
    page.locator('.tile[data-column="2"][data-tile="0"]').click()
    expect(page.locator(".receipt .term").first).to_be_visible()
    page.locator(".receipt .term").first.focus()
    note = page.locator(".receipt .field-note")
    assert not note.inner_text(), "its layer's boxes are not there yet"
    release(page, "fields")
    expect(note).to_contain_text("sees")


def another_photograph(page):
    """Choose an example; its sheet is there."""
    logit = page.locator(".class-row").first.get_attribute("title")
    page.locator(".examples button").nth(3).click()
    expect(page.locator(".class-row").first).not_to_have_attribute("title", logit)
    expect(page.locator(".maps.waiting")).to_have_count(0)


def test_a_way_down_that_comes_after_the_card_was_closed_opens_nothing(open_page, jpeg):
    page = opened(open_page, jpeg)
    page.locator('.tile[data-column="2"][data-tile="0"]').click()
    expect(page.locator(".receipt .badge")).to_be_visible()
    hold(page, "way_down")
    page.get_by_role("button", name="Down to a pixel").click()
    page.keyboard.press("Escape")
    expect(page.locator(".receipt")).to_have_count(0)
    release(page, "way_down")
    assert page.locator(".receipt").count() == 0
    assert "maps.unit" not in page.url


def test_answers_for_the_photograph_before_replace_nothing_of_the_next(open_page, jpeg, compact):
    page = opened(open_page, jpeg)
    columns = page.locator(".sheet-column").count()
    page.get_by_text("What if…", exact=True).click()
    for name in ("what_if", "columns", "open_unit"):
        hold(page, name)
    page.get_by_role("button", name="Take all activations out").click()
    page.locator(".sheet-column").nth(2).locator(".fold").click()
    page.locator('.tile[data-column="1"][data-tile="0"]').evaluate("tile => tile.click()")
    another_photograph(page)
    release(page, "what_if", "columns", "open_unit")
    expect(page.locator(".receipt .badge.agrees")).to_be_visible()
    assert page.locator(".sheet-column").count() == columns
    assert page.locator(".what-if-answer").inner_text() == ""
    layer, channel, y, x = re.search(r"maps\.unit=([^&]+)", unquote(page.url))[1].split("~")
    photograph = open_upload(sorted((ROOT / "assets" / "examples").glob("*.png"))[3])
    truth = record_trace(compact.model, compact.preprocessing(photograph)).tensor(layer)
    value = number(page.locator(".receipt-value").inner_text())
    assert np.float32(value) == truth[0, int(channel), int(y), int(x)].item()
