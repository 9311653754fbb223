"""Tab 3 while the photograph changes or answers are slow: notes end, Esc works, boxes come late but come."""

import pytest
from playwright.sync_api import expect

from tests.browser.test_maps_tab import opened

pytestmark = pytest.mark.browser


HOLD = """([name, milliseconds]) => {
    const plain = window.fetch;
    window.fetch = async (...call) => {
        const asked = String(call[1] && call[1].body);
        if (asked.includes('"' + name + '"')) await new Promise(on => setTimeout(on, milliseconds));
        return plain(...call);
    };
}"""


def test_the_note_of_a_slow_layer_does_not_stay_and_escape_works_wherever_the_focus_is(open_page, jpeg):
    page = opened(open_page, jpeg)
    note = page.locator(".maps-note")
    page.get_by_role("button", name="One layer").click()
    expect(page.locator(".lens-value").first).to_contain_text("= ")
    page.locator(".mosaic").click(position={"x": 30, "y": 30})
    expect(page.locator(".receipt .badge")).to_be_visible()
    page.evaluate(HOLD, ["layer_maps", 2500])
    page.locator(".examples button").nth(3).click()
    expect(note).to_contain_text("looking at the photograph")
    expect(page.locator(".maps.waiting")).to_have_count(0, timeout=30_000)
    page.wait_for_timeout(1000)
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
    page.wait_for_timeout(300)
    expect(page.locator(".receipt")).to_have_count(1)
    page.locator(".receipt .term").first.focus()
    page.keyboard.press("Escape")
    expect(page.locator(".receipt")).to_have_count(0)


def test_what_is_pointed_at_before_its_box_is_known_gets_the_box_when_it_comes(open_page, jpeg):
    page = opened(open_page, jpeg)
    page.wait_for_timeout(2500)  # the sheet's own boxes come in the background
    page.evaluate(HOLD, ["fields", 3000])
    page.locator('.tile[data-column="2"][data-tile="0"]').click()
    expect(page.locator(".receipt .term").first).to_be_visible()
    page.locator(".receipt .term").first.focus()
    note = page.locator(".receipt .field-note")
    assert not note.inner_text(), "its layer's boxes are not there yet"
    expect(note).to_contain_text("sees")
