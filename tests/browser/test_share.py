"""Links and lesson files: whoever opens one sees what its maker saw, or is told what is missing."""

import re
import zipfile

import pytest
from playwright.sync_api import expect

from tests.browser import maps_steps
from tests.browser.classifier_steps import upload

pytestmark = pytest.mark.browser


def query_of(page) -> str:
    """The state of the page's link, as `open_page` takes one."""
    return "&" + page.url.split("?", 1)[1].replace("__theme=light&", "").replace("__theme=light", "")


def test_a_link_carries_an_example_and_its_moves(open_page):
    page = open_page(query="&photo.example=05-watch")
    page.get_by_text("Move, turn, crop", exact=True).click()
    page.get_by_role("button", name="Mirror").click()
    page.get_by_role("slider", name="Turn").fill("30")
    expect(page).to_have_url(re.compile("photo.move=0(~|%7E)0(~|%7E)30(~|%7E)1(~|%7E)1"))
    caption = page.locator(".photo-column .caption")
    expect(caption).to_contain_text("watch, moved")
    page.wait_for_function("explorer.get('answering') === false")
    answer = page.locator(".photo-column .answer span")
    expect(answer).not_to_be_empty()
    other = open_page(query=query_of(page))
    expect(other.locator(".photo-column .caption")).to_have_text(caption.text_content())
    expect(other.locator(".photo-column .answer span")).to_have_text(answer.text_content())
    expect(other.locator(".mirror")).to_have_attribute("aria-pressed", "true")


@pytest.mark.parametrize("move", ["1~2", "a~0~0~1~0~0~0~1~1", "9~0~0~1~0~0~0~1~1", "NaN~0~0~1~0~0~0~1~1"])
def test_a_move_that_is_none_moves_nothing(open_page, move):
    page = open_page(query=f"&photo.example=05-watch&photo.move={move}")
    expect(page.locator(".photo-column .caption")).to_have_text(re.compile(r"watch: "))
    expect(page.locator(".photo-column .problem")).to_be_hidden()


def test_a_link_carries_the_mistake_and_the_temperature(classifier_tab):
    page = classifier_tab("mistakes")
    page.locator(".mistake-list button").nth(2).click()
    chosen = page.locator(".mistake-list button[aria-pressed=true]").get_attribute("data-key")
    page.locator(".closer button[data-panel=softmax]").click()
    page.get_by_role("slider", name="Temperature T").fill("2")
    query = query_of(page)
    assert f"classifier.mistake={chosen}" in query
    other = classifier_tab(query=query)
    assert other.get_by_role("slider", name="Temperature T").input_value() == "2"
    other.locator(".closer button[data-panel=mistakes]").click()
    expect(other.locator(".mistake-list button[aria-pressed=true]")).to_have_attribute("data-key", chosen)


def menu(panel, words):
    """The menu beside these words: a label's text is its options' too."""
    return panel.locator("label", has_text=re.compile(f"^{words}")).locator("select")


def test_a_link_carries_how_one_asks_why(classifier_tab):
    page = classifier_tab("why")
    panel = page.locator(".panel[data-panel=why]")
    status = panel.locator(".why-status")
    expect(status).to_contain_text("cells")
    menu(panel, "Class").select_option(index=2)
    menu(panel, "Beside").select_option(index=3)
    menu(panel, "Layer").select_option(index=1)
    panel.get_by_label("smooth").check()
    other = classifier_tab(query=query_of(page)).locator(".panel[data-panel=why]")
    for name in ("Class", "Beside", "Layer"):
        chosen = menu(panel, name).input_value()
        expect(menu(other, name)).to_have_value(chosen)
    expect(other.get_by_label("smooth")).to_be_checked()
    expect(other.locator(".side h2")).to_have_text(panel.locator(".side h2").all_text_contents())


@pytest.mark.parametrize("query", ["why=none&about=999&beside=x&layer=no", "why=sum&patch=77&about=-1"])
def test_a_link_that_asks_why_in_vain_shows_the_usual(classifier_tab, query):
    page = classifier_tab(query="&classifier.open=why&" + "&".join(f"classifier.{one}" for one in query.split("&")))
    panel = page.locator(".panel[data-panel=why]")
    expect(panel.locator(".why-status")).not_to_have_text(re.compile("Asking|^$"))
    assert menu(panel, "Class").evaluate("one => one.selectedIndex") == 0
    assert menu(panel, "Beside").input_value() == ""


def test_a_link_carries_what_is_asked_what_if(open_page):
    page = open_page("Feature maps", query="&network.name=cifar10&maps.unit=block3.relu2~7~2~3")
    page.get_by_role("button", name="Silence channel 7").click()
    said = page.locator(".silenced .soft").first
    said.wait_for()
    other = open_page("Feature maps", query=query_of(page))
    expect(other.locator(".silenced .soft").first).to_have_text(said.text_content(), timeout=60_000)
    other.keyboard.press("Escape")
    expect(other).not_to_have_url(re.compile("maps.change"))
    other.locator(".what-if-group summary").click()
    other.get_by_role("button", name="Take all activations out").click()
    answer = other.locator(".what-if-answer .soft").first
    answer.wait_for()
    third = open_page("Feature maps", query=query_of(other))
    expect(third.locator(".what-if-answer .soft").first).to_have_text(answer.text_content(), timeout=60_000)


def test_a_photograph_of_ones_own_is_said_to_be_missing(open_page, jpeg):
    page = open_page()
    upload(page, jpeg)
    page.locator(".share summary").click()
    expect(page.locator(".share-says")).to_contain_text("does not carry a photograph of your own")
    expect(page.locator(".share-photo")).to_be_hidden()  # this host keeps none
    other = open_page(query=query_of(page))
    expect(other.locator(".photo-column .problem")).to_contain_text("an example is shown instead")
    expect(other.locator(".photo-column .caption")).to_contain_text("sports shoe")
    other.locator(".examples button").nth(2).click()
    expect(other.locator(".photo-column .problem")).to_be_hidden()
    assert "photo.own" not in other.url


def test_a_lesson_file_opens_where_it_is_dropped(open_page, jpeg, tmp_path):
    page = maps_steps.opened(open_page, jpeg, "&network.name=cifar10&maps.view=layer&maps.layer=block2.relu1")
    page.locator(".share summary").click()
    page.locator(".share-note").fill("Look at channel 3. <b>no markup</b>")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save a lesson file").click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    assert path.name == "scene lesson.zip"
    with zipfile.ZipFile(path) as lesson:
        assert sorted(lesson.namelist()) == ["note.txt", "picture.png", "state.json"]
    answer = page.locator(".photo-column .answer").text_content()
    other = open_page()
    content = path.read_bytes().hex()
    other.evaluate(
        """hex => {
            const bytes = Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
            const transfer = new DataTransfer();
            transfer.items.add(new File([bytes], "scene lesson.zip", { type: "application/zip" }));
            document.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
        }""",
        content,
    )
    expect(other.locator(".lesson-note")).to_have_text("Look at channel 3. <b>no markup</b>", timeout=60_000)
    expect(other.locator(".photo-column .caption")).to_contain_text("scene.jpg: 300 × 200 pixels")
    expect(other.locator(".photo-column .answer")).to_have_text(answer)
    expect(other.locator(".layer-note")).to_contain_text("ReLU", timeout=60_000)
    assert "maps.layer=block2.relu1" in other.url
    other.reload(wait_until="domcontentloaded")  # once: afterwards it is a link like any other
    expect(other.locator(".photo-column .problem")).to_contain_text("an example is shown instead")


def test_a_zip_of_photographs_goes_to_the_classifier(page, shop):
    page.locator("input.file").set_input_files(str(shop))
    expect(page.get_by_role("tab", name="Classifier", exact=True)).to_have_attribute("aria-selected", "true")
    expect(page.locator(".photo-column .caption")).to_contain_text("sports shoe")
