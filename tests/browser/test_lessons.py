"""The Lessons: every step opens its tab in its state, asks, and answers in numbers that stand on the page."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Response, expect

from explorer.ui.lessons.course import steps
from tests.browser.scales_steps import project

pytestmark = pytest.mark.browser

LEAST = 18  # CSS pixels in projector mode: a fortieth of 720
# What the tab itself says of a step's answer, in its own words; {name} as the lessons' texts have it.
ON_THE_PAGE = {
    "dense": "{stack2_parameters}",
    "hand": "give {value}.",
    "window": "Answer, {answer_height} × {answer_width}",
    "stride": "+ 1 = {output}",
    "padding": "+ 1 = {output}",
    "formula": "+ 1 = {output}",
    "depth": "54 weights, no bias",  # two filters
    "mixing": "{parameters} weights, no bias",
    "relu": "ReLU, {channels} × {map_height} × {map_width}",
    "pooling": "MaxPool2d, {channels} × {map_height} × {map_width}",
    "maps": "ReLU6, 1280 × {map_height} × {map_width}",
    "field": "sees {field_height} × {field_width} pixels",
    "parameters": "In all {parameters} parameters",
    "depthwise": "{stack1_parameters}",
    "norm": "{value:5}",  # of the five numbers of the batch norm
    "flatten": "gets {gets} features",
    "anysize": "In all {parameters} parameters",
    "softmax": "{slid_probability:percent}",
    "temperature": "{slid_probability:percent}",
    "shift": "row {y}, column {x}",
    "transfer": "Teach",
    "mistakes": "{broken_probability:percent}",
    "leakage": "{test_catalogue:percent}",
}


PLACE = re.compile(r"\{(\w+)(?::(\w+))?\}")
HAS = """([tab, text]) => {
    const plain = (one) => one.replace(/[\\s\\u202f]+/g, " ");
    return plain(document.getElementById("tab-" + tab).innerText).includes(text);
}"""


def filled(text: str, numbers: dict[str, float]) -> str:
    """A text with its numbers, as the page writes them in English."""

    def written(place: re.Match[str]) -> str:
        value, how = numbers[place[1]], place[2]
        if how == "percent":
            return f"{100 * value:.1f} %"
        return (f"{value:,.{how}f}" if how else f"{value:,.0f}").replace("-", "−")

    return PLACE.sub(written, text)


def test_every_step_answers_in_numbers_that_stand_in_its_tab(open_page):
    page = open_page(tab="Lessons")
    answers = []
    page.on("response", lambda one: answers.append(one))  # noqa: PLW0108  Playwright marks what it is given
    page.get_by_role("button", name="Begin").click()
    for at, step in enumerate(steps()):
        expect(page.locator(".lesson-place")).to_have_text(f"{at + 1} of {len(steps())}")
        page.get_by_role("button", name="Show me").click()
        expect(page.locator(".lesson-reveal")).to_be_visible()
        assert "…" not in page.locator(".lesson-answer").text_content()
        tab = step["show"]["page.tab"]
        expect(page.locator(f"#tab-{tab}-button")).to_have_attribute("aria-selected", "true")
        (numbers,) = [one.json()["ok"] for one in answers if step["key"] in asked(one)]
        page.wait_for_function(HAS, arg=[tab, filled(ON_THE_PAGE[step["key"]], numbers)])
        page.locator(".lesson-next").click()
    expect(page.locator(".lesson-list .lesson-done:not(.none)")).to_have_count(len(steps()))
    the_sheet_has_every_answer_and_prints_alone(page)


def the_sheet_has_every_answer_and_prints_alone(page: Page) -> None:
    page.locator(".lessons-to-sheet").click()
    entries = page.locator(".lesson-sheet > ol > li")
    expect(entries).to_have_count(len(steps()))
    assert "77,070,336" in entries.first.text_content()
    assert "lesson.step=leakage&lesson.lang=en" in entries.last.text_content()
    assert "…" not in page.locator(".lesson-sheet > ol").text_content()
    page.emulate_media(media="print")
    expect(page.locator("#side")).to_be_hidden()
    expect(entries.last).to_be_visible()


def asked(response: Response) -> str:
    """Which step's numbers a request was for."""
    sent = response.request.post_data_json if "component_server" in response.url else None
    return sent["data"]["step"] if sent and sent["fn_name"] == "lesson_numbers" else ""


def test_a_guess_is_judged_kept_and_left_by_the_browsers_back(open_page):
    page = open_page(query="&lesson.step=stride")
    guess = page.get_by_role("textbox", name="Your guess")
    guess.fill("three")
    guess.press("Enter")
    expect(page.locator(".lesson-complaint")).to_have_text("Please type a number.")
    guess.fill("4")
    guess.press("Enter")
    expect(page.locator(".lesson-wrong")).to_have_text("Not quite.")
    expect(page).to_have_url(re.compile(r"lesson\.shown=1"))
    page.get_by_role("button", name="Next").click()
    guess.fill("1")
    guess.press("Enter")
    expect(page.locator(".lesson-right")).to_have_text("Right.")
    page.go_back()
    page.go_back()
    page.go_back()
    expect(page.locator(".lesson-title")).to_have_text("Stride")
    expect(page.locator(".lesson-answer")).to_have_count(0)
    page.reload()
    expect(page.locator(".lesson-title")).to_have_text("Stride")
    page.get_by_role("tab", name="Lessons").click()
    expect(page.locator(".lesson-list .lesson-done:not(.none)")).to_have_count(2)
    expect(page.locator(".lessons-begin")).to_have_text("Begin")
    page.get_by_role("button", name="Close the lesson").click()
    expect(page.locator(".lesson-card")).to_be_hidden()


def test_hindi_on_a_phone(open_page):
    page = open_page(query="&lesson.step=dense&lesson.lang=hi", size="narrow", touch=True)
    expect(page.get_by_role("tab", name="पाठ")).to_be_visible()
    title = page.locator(".lesson-title")
    for step in steps()[3::5]:
        before = title.text_content()
        state = {**step["show"], "lesson.step": step["key"], "lesson.lang": "hi", "lesson.shown": "1"}
        page.evaluate("(state) => explorer.openState(state)", state)
        expect(title).not_to_have_text(before)
        expect(page.locator(".lesson-reveal")).to_be_visible()
        box = page.locator(".lesson-card").bounding_box()
        assert box["y"] + box["height"] == pytest.approx(844, abs=1)
        assert box["height"] < 0.6 * 844
        assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.get_by_role("tab", name="पाठ").click()
    page.set_viewport_size({"width": 320, "height": 844})
    expect(page.locator(".lesson-list button")).to_have_count(len(steps()))
    assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_the_card_is_legible_and_accessible(open_page):
    page = open_page(query="&lesson.step=softmax", dark=True)
    page.get_by_role("button", name="100").click()
    expect(page.locator(".lesson-wrong")).to_be_visible()
    page.get_by_role("tab", name="Lessons").click()
    expect(page.locator(".lesson-list button")).to_have_count(len(steps()))
    found = Axe().run(page).response
    assert found["passes"]
    assert not [(one["id"], one["nodes"][0]["failureSummary"]) for one in found["violations"]]
    page.set_viewport_size({"width": 1280, "height": 720})
    project(page)
    sizes = page.locator(".lesson-card *").evaluate_all(
        "all => all.map((one) => parseFloat(getComputedStyle(one).fontSize))"
    )
    assert min(sizes) > LEAST - 0.01
