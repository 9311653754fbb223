"""Teaching in the Classifier tab: three classes from files, from a folder, corrected, cancelled, used, taken along."""

from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from explorer.checkpoint import load
from explorer.data import drawn
from explorer.image import open_upload
from explorer.predict import Classifier
from tests.browser.classifier_steps import Held, assert_answer, number, upload

pytestmark = pytest.mark.browser
CLASSES = ("watches", "ties", "heels")
HOSTILE = "<img src=x onerror=document.title='broken'>${7*7}"


@pytest.fixture(scope="module")
def photographs(tmp_path_factory) -> Path:
    """A folder of three drawn classes, three pictures each."""
    root = tmp_path_factory.mktemp("lesson") / "things"
    for label in CLASSES:
        (root / label).mkdir(parents=True)
        for place in range(3):
            Image.fromarray(drawn.draw(label, place, 96)).save(root / label / f"{label}{place}.png")
    return root


def cards(page: Page):
    return page.locator(".class-card")


def choose(page: Page, place: int, paths: list[Path]) -> None:
    cards(page).nth(place).locator("input[type=file]").set_input_files([str(path) for path in paths])
    expect(cards(page).nth(place).locator(".pupils li")).to_have_count(len(paths), timeout=60_000)


def see_it_learn(page: Page) -> None:
    """To the end and back to the start, where all shares are alike; a slope opens there."""
    page.locator(".see-learn summary").click()
    where = page.locator(".learning-where")
    page.locator(".learning input[type=range]").fill("60")
    expect(where).to_contain_text("step 60 of 60", timeout=60_000)
    page.locator(".learning").get_by_label("A step back").click()
    expect(where).to_contain_text("step 59 of 60")
    page.locator(".learning input[type=range]").fill("0")
    expect(where).to_contain_text("step 0 of 60: loss 1.099")
    page.get_by_role("button", name="Open it at this step").click()
    expect(page.locator(".slope-receipt tbody tr")).to_have_count(11, timeout=60_000)
    amounts = [number(cell) for cell in page.locator(".slope-receipt tbody td:last-child").all_text_contents()]
    assert sum(amounts[:-1]) == pytest.approx(amounts[-1], rel=1e-2, abs=1e-3)


def test_three_classes_from_files_become_a_network_of_ones_own(classifier_tab, photographs, tmp_path):
    page = classifier_tab("teach")
    page.get_by_role("button", name="Another class").click()
    for place, label in enumerate(CLASSES):
        cards(page).nth(place).get_by_label("Name of the class").fill(label)
        choose(page, place, sorted((photographs / label).iterdir()))
    expect(page.locator(".panel[data-panel=teach] .many-status")).to_have_text("9 photographs ready to teach.")
    page.get_by_role("button", name="Teach", exact=True).click()
    expect(page.locator(".taught-accuracy")).to_contain_text("of 100 right", timeout=60_000)
    expect(page.locator(".taught .matrix tbody tr")).to_have_count(3)
    expect(page.locator(".taught-network")).to_contain_text("“taught: watches, ties, heels” is now the network")
    expect(page.locator("select.network option:checked")).to_have_text("taught: watches, ties, heels")
    see_it_learn(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Save the checkpoint").click()
    model, card = load(download.value.path())
    assert card.classes == CLASSES
    assert card.provenance["photographs"] == dict.fromkeys(CLASSES, 3)
    unseen = tmp_path / "unseen.png"
    Image.fromarray(drawn.draw("ties", 99, 120)).save(unseen)
    upload(page, unseen)
    assert_answer(page, Classifier(model, card).top_k(open_upload(unseen), 3))
    page.locator(".closer button[data-panel=why]").click()
    expect(page.get_by_role("application", name="Grad-CAM for ties")).to_be_visible(timeout=60_000)
    page.get_by_role("tab", name="Feature maps", exact=True).click()
    expect(page.locator(".maps:not(.waiting) .tile").first).to_be_attached(timeout=60_000)


def test_a_folder_says_the_classes_and_a_photograph_is_moved_and_removed(classifier_tab, photographs):
    page = classifier_tab("teach")
    page.get_by_label("A folder of folders").set_input_files(str(photographs))
    for place, label in enumerate(sorted(CLASSES)):
        expect(cards(page).nth(place).get_by_label("Name of the class")).to_have_value(label)
        expect(cards(page).nth(place).locator(".pupils li")).to_have_count(3, timeout=60_000)
    heels, ties = cards(page).nth(0), cards(page).nth(1)
    heels.locator(".pupils button").first.click()
    expect(heels.locator(".pupils button").first).to_have_attribute("aria-pressed", "true")
    heels.get_by_label("Move to the class").select_option("ties")
    expect(heels.locator(".pupils li")).to_have_count(2)
    expect(ties.locator(".pupils li")).to_have_count(4)
    ties.locator(".pupils button").last.click()
    ties.get_by_role("button", name="Remove", exact=True).click()
    expect(ties.locator(".class-count")).to_have_text("3 photographs")


def test_what_cannot_be_taught_is_said_and_nothing_is_lost(classifier_tab, photographs, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    page = classifier_tab("teach")
    choose(page, 0, sorted((photographs / "ties").iterdir()))
    page.get_by_role("button", name="Teach", exact=True).click()
    problem = page.locator(".panel[data-panel=teach] .problem")
    expect(problem).to_contain_text("Two classes at least are needed to tell them apart: all of these are “class 1”")
    cards(page).nth(1).locator("input[type=file]").set_input_files([str(broken)])
    expect(page.locator(".panel[data-panel=teach] .many-notes")).to_contain_text("broken.png: ")
    cards(page).nth(1).get_by_label("Name of the class").fill(HOSTILE)
    choose(page, 1, [photographs / "ties" / "ties0.png", photographs / "heels" / "heels1.png"])
    page.get_by_role("button", name="Teach", exact=True).click()
    expect(problem).to_contain_text(f"“{HOSTILE}” holds signs that no class name can have")
    cards(page).nth(1).get_by_label("Name of the class").fill("${7*7}")
    page.get_by_role("button", name="Teach", exact=True).click()
    expect(problem).to_contain_text("The same photograph, “ties0.png” is in “class 1” and in “${7*7}”")
    expect(cards(page).nth(0).locator(".pupils li")).to_have_count(3)
    assert page.title() == "CNN Explorer"


def test_a_lesson_is_cancelled_and_what_stands_there_stays(classifier_tab, photographs):
    page = classifier_tab("teach")
    held = Held(page, "look_at_files")
    cards(page).nth(0).locator("input[type=file]").set_input_files([str(one) for one in photographs.rglob("*.png")])
    held.first()
    page.locator(".panel[data-panel=teach]").get_by_role("button", name="Cancel").click()
    expect(page.locator(".panel[data-panel=teach] .many-status")).to_have_text("Cancelled.")
    expect(page.get_by_role("button", name="Teach", exact=True)).to_be_enabled()
    expect(cards(page).nth(0).locator(".pupils li")).to_have_count(0)


def test_nothing_is_off_the_side_of_a_phone(classifier_tab, photographs):
    page = classifier_tab("teach", size="narrow")
    choose(page, 0, sorted((photographs / "ties").iterdir()))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
