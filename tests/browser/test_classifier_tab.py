"""The Classifier tab on real files, each number compared with torch's; its panels for everybody."""

import re

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import expect

from explorer.image import open_upload
from explorer.networks.network import readable
from tests.browser.classifier_steps import (
    EXAMPLES,
    answered,
    assert_answer,
    number,
    rest,
    shown_rows,
    signed,
    upload,
)

pytestmark = pytest.mark.browser


def test_the_label_stands_on_every_tab_as_soon_as_the_photograph_lands(page, jpeg, classifier):
    line = page.locator(".photo-column .answer")
    expect(line).to_contain_text(readable(classifier.top_k(open_upload(EXAMPLES[0]), 1)[0].label))
    upload(page, jpeg)
    best = classifier.top_k(open_upload(jpeg), 1)[0]
    expect(line.locator("b")).to_have_text(readable(best.label))
    assert number(line.locator("span").text_content()) == pytest.approx(100 * best.probability, abs=0.1)


def test_a_jpeg_gets_torchs_top_5_with_no_button(classifier_tab, jpeg, classifier):
    page = classifier_tab()
    assert_answer(page, classifier.top_k(open_upload(EXAMPLES[0]), 5))
    upload(page, jpeg)
    assert_answer(page, classifier.top_k(open_upload(jpeg), 5))
    expect(page.locator(".source")).to_contain_text(re.compile(r"\d+ classes · \d\.\d{3} s"))
    trained = classifier.card.provenance["pictures"]["train"]
    expect(page.locator(".classifier .trained")).to_contain_text(
        f"products: trained on {trained:,} pictures; right on "
    )


@pytest.mark.parametrize("example", [0, 1, 2, 4])
def test_the_page_names_its_examples_rightly(example, classifier):
    wanted = {0: "sports-shoes", 1: "kurtas", 2: "handbags", 4: "watches"}[example]
    assert classifier.top_k(open_upload(EXAMPLES[example]), 1)[0].label == wanted


def test_k_goes_from_1_to_10_and_stays_in_the_link(classifier_tab, classifier):
    page = classifier_tab()
    slider = page.locator(".classifier .k")
    for k in (1, 10):
        slider.fill(str(k))
        assert_answer(page, classifier.top_k(open_upload(EXAMPLES[0]), k))
    expect(page).to_have_url(re.compile(r"classifier\.k=10"))
    again = classifier_tab(query="&classifier.k=3")
    assert len(shown_rows(again)) == 3


@pytest.mark.parametrize("open_", ["constructor", "no-panel"])
def test_a_link_that_names_no_panel_opens_none(classifier_tab, classifier, open_):
    page = classifier_tab(query=f"&classifier.open={open_}&classifier.names=toString&classifier.k=99")
    assert_answer(page, classifier.top_k(open_upload(EXAMPLES[0]), 5))
    expect(page.locator(".classifier .panel:not([hidden])")).to_have_count(0)


def test_label_sets_sum_their_classes(classifier_tab, classifier):
    page = classifier_tab()
    menu = page.locator(".classifier .sets")
    if not classifier.label_sets:
        expect(page.locator(".sets-field")).to_be_hidden()
        return
    for name in classifier.label_sets:
        menu.select_option(name)
        assert_answer(page, classifier.top_k(open_upload(EXAMPLES[0]), min(5, len(classifier.label_sets[name])), name))


def test_what_the_network_saw_is_its_own_pixels(classifier_tab, classifier):
    page = classifier_tab()
    pixels = page.evaluate("""async () => {
      const picture = document.querySelector('.saw img');
      await picture.decode();
      const canvas = new OffscreenCanvas(picture.naturalWidth, picture.naturalHeight);
      canvas.getContext('2d').drawImage(picture, 0, 0);
      return [...canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data];
    }""")
    size = classifier.preprocessing.size
    shown = np.array(pixels, np.uint8).reshape(size, size, 4)[..., :3]
    assert np.array_equal(shown, classifier.preprocessing.picture(open_upload(EXAMPLES[0])))


def test_pointing_at_a_class_follows_its_number(classifier_tab, classifier):
    page = classifier_tab()
    best, second = classifier.top_k(open_upload(EXAMPLES[0]), 2)
    readout = page.locator(".readout")
    expect(readout).to_contain_text(readable(best.label) + ":  exp(" + signed(best.logit, 5))
    page.locator(".bars button").nth(1).hover()
    expect(readout).to_contain_text(readable(second.label) + ":  exp(" + signed(second.logit, 5))
    expect(page.locator(".logit-row.pointed, .ribbon.pointed, .bars li.pointed")).to_have_count(3)
    page.locator(".classifier .lead").hover()
    expect(readout).to_contain_text(readable(best.label))


def test_a_bad_file_leaves_the_answer(classifier_tab, jpeg, tmp_path, classifier):
    page = classifier_tab()
    upload(page, jpeg)
    expected = classifier.top_k(open_upload(jpeg), 5)
    assert_answer(page, expected)
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(b"no picture")
    page.locator("input.file").set_input_files(str(bad))
    expect(page.locator(".photo-column .problem")).to_be_visible()
    assert_answer(page, expected)


def test_a_picture_of_nothing_known_is_judged_as_the_classifier_judges(classifier_tab, tmp_path, classifier):
    page = classifier_tab()
    path = tmp_path / "noise.png"
    Image.fromarray(np.random.default_rng(1).integers(0, 255, (150, 220, 3)).astype(np.uint8)).save(path)
    upload(page, path)
    assert_answer(page, classifier.top_k(open_upload(path), 5))
    if classifier.strangeness_threshold is None:
        expect(page.locator(".strange")).to_be_hidden()
        return
    strange = classifier.is_strange(open_upload(path))
    expect(page.locator(".verdict")).to_contain_text(
        "Unlike anything it was trained on" if strange else "Yes, by this measure"
    )
    numbers = page.locator(".verdict-numbers").text_content()
    assert signed(classifier.strangeness(open_upload(path))) in numbers
    assert signed(classifier.strangeness_threshold) in numbers


# --- for everybody


def test_the_keyboard_reaches_a_bar_and_leaves_its_panel(classifier_tab):
    page = classifier_tab()
    page.locator(".bars button").first.focus()
    expect(page.locator(".bars li.pointed")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator(".panel[data-panel=why]")).to_be_visible()
    expect(page.locator(".why-status")).to_contain_text("cells")
    page.locator(".heat canvas").first.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".heat-reading").first).to_contain_text("row 0, column 1")
    page.keyboard.press("Escape")
    expect(page.locator(".panel[data-panel=why]")).to_be_hidden()


PANELS = {  # each with what is there once it is full
    "why": ".side-body:not(.stale) .heat",
    "softmax": ".softmax-table tbody tr",
    "views": ".views:not(.stale) .view",
    "mistakes": ".mistake-detail:not(.stale) .versus",
    "many": ".lines tbody tr",
    "card": ".card-groups .card",
}
STILL = "document.querySelector('.classifier').getAnimations({ subtree: true }).length === 0"
FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_panel_is_narrow_enough_large_enough_and_without_violations(classifier_tab, shop, dark):
    page = classifier_tab(size="narrow", dark=dark)
    for panel, full in PANELS.items():
        page.set_viewport_size({"width": 390, "height": 844})
        page.locator(f".closer button[data-panel={panel}]").click()
        if panel == "many":
            page.locator(".panel[data-panel=many] .many-files[multiple]").set_input_files(str(shop))
            answered(page)
            assert page.locator(".panel[data-panel=many] .thumbnail").first.bounding_box()["width"] == 56
        expect(page.locator(f".panel[data-panel={panel}] {full}").first).to_be_visible()
        page.wait_for_function(STILL)
        violations = [
            (panel, violation["id"], node["target"], node["failureSummary"][:300])
            for violation in Axe().run(page, context=".classifier").response["violations"]
            for node in violation["nodes"]
        ]
        assert not violations, violations[:6]
        small = page.evaluate("""() => [...document.querySelectorAll('.classifier *')].filter((one) =>
          one.checkVisibility() && [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim())
          && parseFloat(getComputedStyle(one).fontSize) < (one.matches('td.number, span.number, p.number') ? 16 : 14)
        ).map((one) => one.className + ': ' + one.textContent.slice(0, 30))""")
        assert not small, (panel, small[:5])
        for width in (390, 320):
            page.set_viewport_size({"width": width, "height": 844})
            rest(page)
            assert page.evaluate(FITS), (panel, width)
