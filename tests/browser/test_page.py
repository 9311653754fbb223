"""The whole page as visitors meet it: the photograph, bad files, narrow screens, the keyboard, accessibility."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.maps_steps import at_rest

TABS = ("Filters", "Output sizes", "Feature maps", "Classifier", "Lessons")
pytestmark = pytest.mark.browser


def upload(page, path) -> None:
    page.locator("input.file").set_input_files(str(path))


def test_the_page_opens_with_an_example(page):
    expect(page.locator(".photo-column .caption")).to_contain_text("512 × 512 pixels")
    expect(page.locator(".examples button[aria-pressed=true]")).to_have_count(1)
    assert page.locator(".examples button").count() >= 6


def test_an_upload_replaces_it(page, jpeg):
    upload(page, jpeg)
    expect(page.locator(".photo-column .caption")).to_have_text("scene.jpg: 300 × 200 pixels")
    expect(page.locator(".examples button[aria-pressed=true]")).to_have_count(0)
    expect(page.locator(".photo-column .problem")).to_be_hidden()


def test_a_large_photograph_says_at_which_size_it_is_worked_on(page, tmp_path):
    from PIL import Image

    path = tmp_path / "large.jpg"
    Image.new("RGB", (2400, 1200), (90, 120, 60)).save(path)
    upload(page, path)
    expect(page.locator(".photo-column .caption")).to_have_text(
        "large.jpg: worked on at 1600 × 800 pixels, from 2400 × 1200"
    )


@pytest.mark.parametrize("content", [b"no picture", b"\x89PNG\r\n\x1a\n cut", b""])
def test_a_bad_file_gets_a_sentence_and_the_photograph_stays(page, jpeg, tmp_path, content):
    upload(page, jpeg)
    caption = page.locator(".photo-column .caption")
    expect(caption).to_contain_text("scene.jpg")
    expect(page.locator(".photo-column .stage")).to_have_attribute("aria-busy", "false")
    shown = page.locator(".photo-column .shown").get_attribute("src")
    bad = tmp_path / "bad.png"
    bad.write_bytes(content)
    upload(page, bad)
    expect(page.locator(".photo-column .problem")).to_have_text(re.compile(r"^This (file|picture) .*\.$"))
    expect(caption).to_contain_text("scene.jpg")
    assert page.locator(".photo-column .shown").get_attribute("src") == shown
    expect(page.locator(".photo-column .stage")).to_have_attribute("aria-busy", "false")
    upload(page, jpeg)
    expect(page.locator(".photo-column .problem")).to_be_hidden()


def test_a_file_name_is_never_markup(page, tmp_path):
    from PIL import Image

    path = tmp_path / "<img src=x onerror=document.title='broken'>${document.title='broken'}{{7*7}}.png"
    path = tmp_path / path.name.replace("/", "")
    Image.new("RGB", (30, 20)).save(path)
    upload(page, path)
    expect(page.locator(".photo-column .caption")).to_contain_text("<img src=x onerror=")
    assert page.title() == "CNN Explorer"


def test_the_link_restores_the_example(open_page):
    page = open_page(query="&photo.example=08-test-chart")
    expect(page.locator(".photo-column .caption")).to_contain_text("test chart")
    page.locator(".examples button").nth(4).click()
    expect(page).to_have_url(re.compile(r"photo\.example=05-"))


def test_the_newest_choice_wins(page):
    buttons = page.locator(".examples button")
    for index in (3, 6, 2, 7):
        buttons.nth(index).click()
    expect(page.locator(".photo-column .caption")).to_contain_text("test chart")
    expect(buttons.nth(7)).to_have_attribute("aria-pressed", "true")


def test_tabs_move_with_the_arrow_keys(page):
    page.get_by_role("tab", name="Filters").focus()
    for name in (*TABS[1:], TABS[0]):
        page.keyboard.press("ArrowRight")
        expect(page.get_by_role("tab", name=name, exact=True)).to_have_attribute("aria-selected", "true")


def settled(page):
    """Until the answer and the fonts are there, and what fades or moves has come to its end."""
    page.wait_for_function("document.fonts.status === 'loaded' && explorer.get('answering') === false")
    at_rest(page)


@pytest.mark.parametrize("width", [1280, 390, 320])
def test_the_page_never_scrolls_sideways(open_page, width):
    page = open_page(size="wide" if width > 1000 else "narrow")
    page.set_viewport_size({"width": width, "height": 844})
    for tab in TABS:
        page.get_by_role("tab", name=tab, exact=True).click()
        settled(page)
        wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wider <= 0, tab


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing(open_page, dark):
    page = open_page(dark=dark)
    for tab in TABS:
        page.get_by_role("tab", name=tab, exact=True).click()
        settled(page)
        results = Axe().run(page)
        assert results.response["passes"]
        violations = [
            (tab, violation["id"], node["target"], node["failureSummary"][:200])
            for violation in results.response["violations"]
            for node in violation["nodes"]
        ]
        assert not violations, violations[:6]


def test_the_photograph_stays_in_sight_while_a_long_tab_is_read(page):
    page.evaluate("document.querySelector('#main').style.minHeight = '3000px'")
    page.evaluate("scrollTo(0, 900)")
    assert page.evaluate("scrollY") > 600
    assert page.evaluate("document.querySelector('#side').getBoundingClientRect().top") == 0
    expect(page.locator(".photo-column .shown")).to_be_in_viewport(ratio=1)


def test_the_photograph_is_moved_and_put_back(page, jpeg):
    upload(page, jpeg)
    caption = page.locator(".photo-column .caption")
    expect(caption).to_have_text("scene.jpg: 300 × 200 pixels")
    before = page.evaluate("explorer.get('photo').token")
    page.get_by_text("Move, turn, crop", exact=True).click()
    page.get_by_role("button", name="Mirror").click()
    expect(caption).to_have_text("scene.jpg, moved: 300 × 200 pixels")
    page.get_by_role("slider", name="Turn").fill("90")
    expect(page.locator(".move output").nth(2)).to_have_text("90°")
    page.wait_for_function("before => explorer.get('photo').token !== before", arg=before)
    page.locator(".photo-column .reset").click()
    expect(caption).to_have_text("scene.jpg: 300 × 200 pixels")
    expect(page.get_by_role("button", name="Mirror")).to_have_attribute("aria-pressed", "false")
    expect(page.locator(".photo-column .problem")).to_be_hidden()


def test_a_box_is_cropped_with_the_pointer(page, jpeg):
    upload(page, jpeg)
    caption = page.locator(".photo-column .caption")
    expect(caption).to_have_text("scene.jpg: 300 × 200 pixels")
    page.get_by_text("Move, turn, crop", exact=True).click()
    page.get_by_role("button", name="Crop").click()
    stage = page.locator(".photo-column .stage").bounding_box()
    middle = stage["y"] + stage["height"] / 2
    page.mouse.move(stage["x"] + stage["width"] / 4, middle - 20)
    page.mouse.down()
    page.mouse.move(stage["x"] + stage["width"] * 3 / 4, middle + 20, steps=4)
    page.mouse.up()
    expect(caption).to_have_text(re.compile(r"^scene.jpg, moved: 1[45]\d × [45]\d pixels$"))


def test_two_networks_of_one_name_are_told_apart_in_the_closed_menu(page):
    expect(page.locator(".network option[value=simple_gap]")).to_be_attached(timeout=60_000)
    names = page.locator(".network option").all_text_contents()
    assert len(names) > 50
    assert len(set(names)) == len(names)
