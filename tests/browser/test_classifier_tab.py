"""The Classifier tab on real files, each number compared with torch's."""

import csv
import io
import json
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import expect

from explorer.explain import exact_sum
from explorer.image import open_upload
from explorer.mistakes import make
from explorer.predict import Classifier
from explorer.settings import ROOT, Settings

pytestmark = pytest.mark.browser
expect.set_options(timeout=20_000)  # forwards share two cores with the browser
EXAMPLES = sorted((ROOT / "assets" / "examples").glob("*.png"))


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier.load(Settings().checkpoints / "products.safetensors")


@pytest.fixture
def tab(open_page):
    """open(panel=None, ...) → the Classifier tab with its answer, and one panel open."""

    def open_tab(panel: str | None = None, **options):
        page = open_page(tab="Classifier", **options)
        expect(page.locator(".classifier .figure")).to_have_attribute("aria-busy", "false", timeout=60_000)
        if panel:
            page.locator(f".closer button[data-panel={panel}]").click()
        return page

    return open_tab


def upload(page, path) -> None:
    page.locator("input.file").set_input_files(str(path))
    expect(page.locator(".photo-column .caption")).to_contain_text(Path(path).name)


def readable(label: str) -> str:
    return re.sub(r"[-_]+", " ", label)


def signed(value: float, digits: int = 2) -> str:
    text = f"{abs(value):.{digits}f}"
    return ("−" if value < 0 and float(text) else "") + text


def number(text: str) -> float:
    return float(re.search(r"[−-]?\d+(\.\d+)?", text.replace("+", ""))[0].replace("−", "-"))


def shown_rows(page) -> list[tuple[str, str, str]]:
    rows = page.locator(".bars li:not([hidden])")
    return [
        tuple(row.locator(f".bar-{name}").text_content() for name in ("label", "logit", "share")) for row in rows.all()
    ]


def assert_answer(page, predictions) -> None:
    expect(page.locator(".bars li:not([hidden])").first.locator(".bar-logit")).to_have_text(
        signed(predictions[0].logit)
    )
    rows = shown_rows(page)
    assert [row[0] for row in rows] == [readable(one.label) for one in predictions]
    assert [row[1] for row in rows] == [signed(one.logit) for one in predictions]
    for row, one in zip(rows, predictions, strict=True):
        if "<" not in row[2] and ">" not in row[2]:
            assert number(row[2]) == pytest.approx(100 * one.probability, abs=0.051)


# --- the answer, without a button


def test_the_label_stands_on_every_tab_as_soon_as_the_photograph_lands(page, jpeg, classifier):
    line = page.locator(".photo-column .answer")
    expect(line).to_contain_text(readable(classifier.top_k(open_upload(EXAMPLES[0]), 1)[0].label))
    upload(page, jpeg)
    best = classifier.top_k(open_upload(jpeg), 1)[0]
    expect(line.locator("b")).to_have_text(readable(best.label))
    assert number(line.locator("span").text_content()) == pytest.approx(100 * best.probability, abs=0.1)


def test_a_jpeg_gets_torchs_top_5_with_no_button(tab, jpeg, classifier):
    page = tab()
    assert_answer(page, classifier.top_k(open_upload(EXAMPLES[0]), 5))
    upload(page, jpeg)
    assert_answer(page, classifier.top_k(open_upload(jpeg), 5))
    expect(page.locator(".source")).to_contain_text(re.compile(r"\d+ classes · \d\.\d{3} s"))


@pytest.mark.parametrize("example", [0, 1, 2, 4])
def test_the_page_names_its_examples_rightly(example, classifier):
    wanted = {0: "sports-shoes", 1: "kurtas", 2: "handbags", 4: "watches"}[example]
    assert classifier.top_k(open_upload(EXAMPLES[example]), 1)[0].label == wanted


def test_k_goes_from_1_to_10_and_stays_in_the_link(tab, classifier):
    page = tab()
    slider = page.locator(".classifier .k")
    for k in (1, 10):
        slider.fill(str(k))
        assert_answer(page, classifier.top_k(open_upload(EXAMPLES[0]), k))
    expect(page).to_have_url(re.compile(r"classifier\.k=10"))
    again = tab(query="&classifier.k=3")
    assert len(shown_rows(again)) == 3


def test_label_sets_sum_their_classes(tab, classifier):
    page = tab()
    menu = page.locator(".classifier .sets")
    if not classifier.label_sets:
        expect(page.locator(".sets-field")).to_be_hidden()
        return
    for name in classifier.label_sets:
        menu.select_option(name)
        assert_answer(page, classifier.top_k(open_upload(EXAMPLES[0]), min(5, len(classifier.label_sets[name])), name))


def test_what_the_network_saw_is_its_own_pixels(tab, classifier):
    page = tab()
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


def test_pointing_at_a_class_follows_its_number(tab, classifier):
    page = tab()
    best, second = classifier.top_k(open_upload(EXAMPLES[0]), 2)
    readout = page.locator(".readout")
    expect(readout).to_contain_text(readable(best.label) + ":  exp(" + signed(best.logit, 3))
    page.locator(".bars button").nth(1).hover()
    expect(readout).to_contain_text(readable(second.label) + ":  exp(" + signed(second.logit, 3))
    expect(page.locator(".logit-row.pointed, .ribbon.pointed, .bars li.pointed")).to_have_count(3)
    page.locator(".classifier .lead").hover()
    expect(readout).to_contain_text(readable(best.label))


def test_a_bad_file_leaves_the_answer(tab, jpeg, tmp_path, classifier):
    page = tab()
    upload(page, jpeg)
    expected = classifier.top_k(open_upload(jpeg), 5)
    assert_answer(page, expected)
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(b"no picture")
    page.locator("input.file").set_input_files(str(bad))
    expect(page.locator(".photo-column .problem")).to_be_visible()
    assert_answer(page, expected)


def test_a_picture_of_nothing_known_is_judged_as_the_classifier_judges(tab, tmp_path, classifier):
    page = tab()
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


# --- why


def choice(page, name: str):
    return page.locator(".panel[data-panel=why] label", has_text=re.compile(f"^{name}")).locator("select")


def test_grad_cam_is_drawn_for_any_class_and_layer(tab, classifier):
    page = tab("why")
    heat = page.locator(".side").first.locator(".heat canvas").first
    expect(page.locator(".why-status")).to_contain_text("cells")
    before = heat.evaluate("canvas => canvas.toDataURL().length")
    choice(page, "Layer").select_option(index=0)
    expect(page.locator(".why-status")).to_contain_text(f"{classifier.preprocessing.size // 2} × ")
    assert heat.evaluate("canvas => canvas.toDataURL().length") != before
    choice(page, "Beside").select_option(index=2)
    expect(page.locator(".side:not([hidden])")).to_have_count(2)
    reading = page.locator(".heat-reading").first
    for step in range(40):  # both maps are drawn anew; a pointer that rests says nothing about a new canvas
        heat.hover(position={"x": 40 + step % 2, "y": 50})
        if reading.inner_text():
            break
        page.wait_for_timeout(250)
    expect(reading).to_have_text(re.compile(r"row \d+, column \d+: [\d.e-]+"))


def test_a_bar_asks_why_of_its_class_and_the_sum_adds_up(tab, classifier):
    page = tab()
    second = classifier.top_k(open_upload(EXAMPLES[0]), 2)[1]
    page.locator(".bars button").nth(1).click()
    page.get_by_role("button", name="The exact sum", exact=True).click()
    expect(page.locator(".side h2").first).to_contain_text(readable(second.label))
    expect(page.locator(".sum-terms tfoot td").nth(2)).to_have_text(
        signed(second.logit, 4).replace("−", "−") if second.logit < 0 else "+" + signed(second.logit, 4)
    )
    amounts = [number(text) for text in page.locator(".sum-terms tbody tr td:nth-child(3)").all_text_contents()]
    assert sum(round(amount * 1e4) for amount in amounts) == round(
        number(page.locator(".sum-terms tfoot td").nth(2).text_content()) * 1e4
    )
    found = exact_sum(
        classifier.model, classifier.preprocessing(open_upload(EXAMPLES[0])), classifier.classes.index(second.label)
    )
    assert amounts[:3] == pytest.approx([term.amount for term in found.terms[:3]], abs=1e-3)


def test_a_term_opens_its_map_in_feature_maps(tab):
    page = tab("why")
    page.get_by_role("button", name="The exact sum", exact=True).click()
    page.locator(".sum-terms tbody button").first.click()
    expect(page.get_by_role("tab", name="Feature maps")).to_have_attribute("aria-selected", "true")


def test_hiding_pieces_shows_its_progress_and_ends(tab):
    page = tab("why")
    page.get_by_role("button", name="Hiding a piece", exact=True).click()
    expect(page.locator(".why-status")).to_have_text(re.compile(r"^\d+ places, \d+ × \d+ pixels"), timeout=60_000)
    page.locator(".heat canvas").first.hover(position={"x": 100, "y": 100})
    expect(page.locator(".heat-reading").first).to_have_text(re.compile(r"(loses|gains) .* points"))
    choice(page, "Square").select_option("8")
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.locator(".why-status")).to_have_text("Stopped; what was found stays.")


# --- softmax, views, mistakes


def test_the_softmax_adds_up_and_a_temperature_re_ranks_nothing(tab, classifier):
    page = tab("softmax")
    logits = classifier.logits(open_upload(EXAMPLES[0])).double()
    table = page.locator(".softmax-table tbody tr")
    expect(table).to_have_count(len(classifier.classes))
    names = [readable(classifier.classes[i]) for i in torch.sort(logits, descending=True, stable=True).indices]
    for power in (None, "4", "-2"):
        if power:
            page.locator(".panel[data-panel=softmax] input[type=range]").fill(power)
        temperature = classifier.temperature if power is None else 2.0 ** float(power)
        assert table.locator("td:first-child").all_text_contents() == names
        shares = torch.softmax(logits / temperature, 0).sort(descending=True).values
        assert number(table.first.locator("td").nth(4).text_content()) == pytest.approx(
            100 * float(shares[0]), abs=0.11
        )
        assert number(table.first.locator("td").nth(1).text_content()) == pytest.approx(float(logits.max()), abs=6e-4)


def test_three_views_of_one_photograph(tab, jpeg):
    page = tab("views")
    upload(page, jpeg)
    expect(page.locator(".views .view")).to_have_count(3)
    expect(page.locator(".views .view.own")).to_have_count(1)
    assert page.locator(".views .view h2").all_text_contents()[0].startswith("crop")


def test_mistakes_are_really_made(tab, classifier):
    page = tab("mistakes")
    image = open_upload(EXAMPLES[0])
    expect(page.locator(".mistake-list button")).to_have_count(13)
    page.locator(".mistake-list button", has_text="Batch dimension missing").click()
    expect(page.locator(".exception")).to_have_text(make("batch", classifier, image).error)
    page.locator(".mistake-list button", has_text="RGB and BGR swapped").click()
    broken = make("bgr", classifier, image).rows[0]
    wrong = page.locator(".versus .broken .bars-short li").first
    expect(wrong).to_contain_text(readable(broken.label))
    expect(page.locator(".code .right")).to_contain_text("COLOR_BGR2RGB")
    right = page.locator(".versus section").first.locator("li").first
    expect(right).to_contain_text(readable(classifier.top_k(image, 1)[0].label))


def test_the_tally_counts_over_the_examples(tab):
    page = tab("mistakes")
    expect(page.locator(".mistake-list button")).to_have_count(13)
    page.get_by_role("button", name="Try all on the example pictures").click()
    expect(page.locator(".mistake-list button", has_text="forward() called")).to_contain_text(
        "0 of 10", timeout=180_000
    )
    expect(page.locator(".mistake-list button", has_text="Batch dimension missing")).to_contain_text("10 of 10")


def test_the_card_says_what_the_file_says(tab, classifier):
    page = tab("card")
    groups = page.locator(".card-groups")
    card = classifier.card
    for text in (card.architecture, card.provenance["commit"], card.provenance["device"]):
        expect(groups).to_contain_text(text)
    accuracy = page.locator(".accuracy")
    for name, figures in card.metrics["validation"].items():
        row = accuracy.locator("tr", has_text=readable(name)).filter(has_text="validation").first
        expect(row).to_contain_text(f"{100 * figures['top1']:.1f}")
        expect(row).to_contain_text(f"{figures['pictures']:,}")


# --- many photographs


@pytest.fixture
def shop(tmp_path, jpeg) -> Path:
    """A zip as a shop owner sends it: two folders named after classes, one broken file, one with a hostile name."""
    path = tmp_path / "shop.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for place, example in enumerate(EXAMPLES[:3]):
            archive.write(example, f"sports shoes/{place}.png")
        archive.write(EXAMPLES[4], "watches/<img src=x onerror=document.title='broken'>${7*7}.png")
        archive.writestr("watches/broken.jpg", b"\xff\xd8 no more")
        archive.writestr("../outside.png", EXAMPLES[4].read_bytes())
        archive.write(jpeg, "loose.jpg")
    return path


def answered(page, text: str = "answered") -> None:
    expect(page.locator(".many-status")).to_contain_text(text, timeout=60_000)


def test_a_zip_becomes_a_table_with_a_confusion_matrix(tab, shop, classifier):
    page = tab("many")
    page.locator(".many-files[multiple]").set_input_files(str(shop))
    answered(page, "5 answered, 1 could not be read; ")
    best = [classifier.top_k(open_upload(path), 1)[0].label for path in (*EXAMPLES[:3], EXAMPLES[4])]
    right = sum(answer == label for answer, label in zip(best, ["sports-shoes"] * 3 + ["watches"], strict=True))
    expect(page.locator(".many-status")).to_contain_text(f"{right} of 4 labelled ones right")
    expect(page.locator(".lines tbody tr")).to_have_count(6)
    expect(page.locator(".lines tr.unread")).to_contain_text("not a picture that can be read here")
    expect(page.locator(".lines")).to_contain_text("<img src=x onerror=")
    assert page.title() == "CNN Explorer"
    cell = page.locator(".matrix button").first
    count = int(cell.text_content())
    cell.click()
    expect(page.locator(".lines tbody tr")).to_have_count(count)
    page.get_by_role("button", name="Show all").click()
    page.locator(".many-tools label", has_text="below 50 %").locator("select").select_option("unread")
    expect(page.locator(".lines tbody tr")).to_have_count(1)


def test_folders_named_after_a_label_set_are_judged_by_it(tab, tmp_path, classifier):
    """Jeans are "pants" and a sports shoe is one of the "shoes" of the label set "clothing"."""
    path = tmp_path / "home.zip"
    wanted = {"Pants/a.png": EXAMPLES[6], "shoes/b.png": EXAMPLES[0], "t-shirt/c.png": EXAMPLES[3]}
    with zipfile.ZipFile(path, "w") as archive:
        for name, example in wanted.items():
            archive.write(example, name)
        archive.write(EXAMPLES[4], "watches/d.png")
    page = tab("many")
    page.locator(".many-files[multiple]").set_input_files(str(path))
    answered(page, "4 answered")
    names = page.locator(".panel[data-panel=many]").get_by_label("Names")
    expect(names).to_have_value("clothing")
    expect(page.locator(".many-names")).to_contain_text("Judged by the names of “clothing”")
    best = {name: classifier.top_k(open_upload(example), 1, "clothing")[0] for name, example in wanted.items()}
    assert (best["Pants/a.png"].label, best["shoes/b.png"].label) == ("pants", "shoes")
    right = sum(one.label == name.split("/")[0].lower() for name, one in best.items())
    status = page.locator(".many-status")
    expect(status).to_contain_text(f"{right} of 3 labelled ones right: ")
    expect(status).to_contain_text("1 labelled with none of these names, and not counted")
    for name, one in best.items():
        row = page.locator(".lines tbody tr", has_text=name)
        expect(row.locator("b")).to_have_text(readable(one.label))
        if one.probability < 0.999:
            assert number(row.locator(".line-top .number").first.text_content()) == pytest.approx(
                100 * one.probability, abs=0.051
            )
    assert "jeans" not in page.locator(".matrix").inner_text()
    names.select_option("")
    expect(status).to_contain_text("1 of 1 labelled ones right")
    expect(page.locator(".lines tbody tr", has_text="Pants/a.png").locator("b")).to_have_text("jeans")
    expect(page.locator(".many-names")).to_be_hidden()
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV", exact=True).click()
    rows = csv.DictReader(io.StringIO(Path(download.value.path()).read_text()))
    assert next(row["label_1"] for row in rows if row["file"] == "Pants/a.png") == "jeans"


def test_a_corrected_label_changes_the_count_and_goes_into_the_files(tab, shop, classifier):
    page = tab("many")
    page.locator(".many-files[multiple]").set_input_files(str(shop))
    answered(page)
    loose = page.locator(".lines tbody tr", has_text="loose.jpg")
    answer = classifier.top_k(open_upload(EXAMPLES[0]), 1)[0].label
    loose.locator("select").select_option(answer)
    expect(page.locator(".many-status")).to_contain_text("of 5 labelled")
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV", exact=True).click()
    rows = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text())))
    assert len(rows) == 6
    by_file = {row["file"]: row for row in rows}
    assert by_file["loose.jpg"]["label"] == answer
    first = classifier.top_k(open_upload(EXAMPLES[0]), 1)[0]
    assert float(by_file["sports shoes/0.png"]["probability_1"]) == pytest.approx(first.probability, abs=1e-5)
    assert by_file["watches/broken.jpg"]["error"]
    with page.expect_download() as download:
        page.get_by_role("button", name="JSON", exact=True).click()
    assert len(json.loads(Path(download.value.path()).read_text())) == 6


def test_loose_files_with_a_table_of_labels(tab, tmp_path, jpeg):
    table = tmp_path / "labels.csv"
    table.write_text("file,label\nscene.jpg,watches\n")
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"x")
    page = tab("many")
    page.locator(".many-files[multiple]").set_input_files([str(jpeg), str(broken), str(table)])
    answered(page, "1 answered, 1 could not be read; ")
    expect(page.locator(".many-status")).to_contain_text("of 1 labelled")


def test_a_file_that_is_no_zip_gets_a_sentence(tab, tmp_path):
    bad = tmp_path / "bad.zip"
    bad.write_bytes(b"PK no zip")
    page = tab("many")
    page.locator(".many-files[multiple]").set_input_files(str(bad))
    expect(page.locator(".panel[data-panel=many] .problem")).to_have_text(re.compile(r"This file is no zip .*\."))


def test_cancel_keeps_what_is_there(tab, tmp_path):
    files = []
    for index in range(60):
        files.append(tmp_path / f"{index}.png")
        Image.new("RGB", (300 + index, 200), (index, 90, 200)).save(files[-1])
    page = tab("many")
    page.locator(".many-files[multiple]").set_input_files([str(file) for file in files])
    expect(page.locator(".lines tbody tr").nth(3)).to_be_visible(timeout=30_000)
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".many-status")).to_have_text(re.compile(r"^Cancelled\. \d+ answered"))
    count = page.locator(".lines tbody tr").count()
    assert 4 <= count < 60
    page.wait_for_timeout(1000)
    assert page.locator(".lines tbody tr").count() == count


# --- for everybody


def test_the_keyboard_reaches_a_bar_and_leaves_its_panel(tab):
    page = tab()
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


PANELS = ("why", "softmax", "views", "mistakes", "many", "card")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_panel_is_narrow_enough_large_enough_and_without_violations(tab, shop, dark):
    page = tab(size="narrow", dark=dark)
    for panel in PANELS:
        page.set_viewport_size({"width": 390, "height": 844})
        page.locator(f".closer button[data-panel={panel}]").click()
        if panel == "many":
            page.locator(".many-files[multiple]").set_input_files(str(shop))
            answered(page)
            assert page.locator(".thumbnail").first.bounding_box()["width"] == 56
        page.wait_for_timeout(1500)
        violations = [
            (panel, violation["id"], node["target"], node["failureSummary"][:300])
            for violation in Axe().run(page).response["violations"]
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
            page.wait_for_timeout(300)
            over = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            assert page.evaluate(over) <= 0, (panel, width)
