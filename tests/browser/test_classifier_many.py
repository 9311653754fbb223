"""Many photographs in the Classifier tab: zips, folders, tables of labels, broken files, label sets."""

import csv
import io
import json
import re
import zipfile
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

from explorer.image import open_upload
from explorer.networks.network import readable
from explorer.predict import Classifier
from explorer.settings import Settings
from tests.browser.classifier_steps import EXAMPLES, Held, answered, number

pytestmark = pytest.mark.browser


def test_a_zip_becomes_a_table_with_a_confusion_matrix(classifier_tab, shop, classifier):
    page = classifier_tab("many")
    page.locator(".panel[data-panel=many] .many-files[multiple]").set_input_files(str(shop))
    answered(page, "6 answered, 1 could not be read; ")
    best = [classifier.top_k(open_upload(path), 1)[0].label for path in (*EXAMPLES[:3], EXAMPLES[4])]
    right = sum(answer == label for answer, label in zip(best, ["sports-shoes"] * 3 + ["watches"], strict=True))
    expect(page.locator(".panel[data-panel=many] .many-status")).to_contain_text(f"{right} of 4 labelled ones right")
    expect(page.locator(".lines tbody tr")).to_have_count(7)
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


def test_folders_named_after_a_label_set_are_judged_by_it(classifier_tab, tmp_path, classifier):
    """Jeans are "pants" and a sports shoe is one of the "shoes" of the label set "clothing"."""
    path = tmp_path / "home.zip"
    wanted = {"Pants/a.png": EXAMPLES[6], "shoes/b.png": EXAMPLES[0], "t-shirt/c.png": EXAMPLES[3]}
    with zipfile.ZipFile(path, "w") as archive:
        for name, example in wanted.items():
            archive.write(example, name)
        archive.write(EXAMPLES[4], "watches/d.png")
    page = classifier_tab("many")
    page.locator(".panel[data-panel=many] .many-files[multiple]").set_input_files(str(path))
    answered(page, "4 answered")
    names = page.locator(".panel[data-panel=many]").get_by_label("Names")
    expect(names).to_have_value("clothing")
    expect(page.locator(".many-names")).to_contain_text("Judged by the names of “clothing”")
    best = {name: classifier.top_k(open_upload(example), 1, "clothing")[0] for name, example in wanted.items()}
    assert (best["Pants/a.png"].label, best["shoes/b.png"].label) == ("pants", "shoes")
    right = sum(one.label == name.split("/")[0].lower() for name, one in best.items())
    status = page.locator(".panel[data-panel=many] .many-status")
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
        page.get_by_role("button", name="Save as CSV").click()
    rows = csv.DictReader(io.StringIO(Path(download.value.path()).read_text("utf-8-sig")))
    assert next(row["label_1"] for row in rows if row["file"] == "Pants/a.png") == "jeans"


def test_on_a_phone_a_line_stands_below_its_file_and_nothing_is_off_the_side(classifier_tab, shop):
    page = classifier_tab("many", size="narrow")
    page.locator(".panel[data-panel=many] .many-files[multiple]").set_input_files(str(shop))
    answered(page, "6 answered, 1 could not be read")
    expect(page.locator(".lines tbody select")).to_have_count(6)
    assert page.locator(".lines").evaluate("lines => lines.scrollWidth <= lines.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_corrected_label_changes_the_count_and_goes_into_the_files(classifier_tab, shop, classifier):
    page = classifier_tab("many")
    page.locator(".panel[data-panel=many] .many-files[multiple]").set_input_files(str(shop))
    answered(page)
    loose = page.locator(".lines tbody tr", has_text="loose.jpg")
    answer = classifier.top_k(open_upload(EXAMPLES[0]), 1)[0].label
    loose.locator("select").select_option(answer)
    expect(page.locator(".panel[data-panel=many] .many-status")).to_contain_text("of 5 labelled")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as CSV").click()
    rows = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text("utf-8-sig"))))
    assert len(rows) == 7
    by_file = {row["file"]: row for row in rows}
    assert by_file["loose.jpg"]["label"] == answer
    first = classifier.top_k(open_upload(EXAMPLES[0]), 1)[0]
    assert float(by_file["sports shoes/0.png"]["probability_1"]) == pytest.approx(first.probability, abs=1e-5)
    assert by_file["watches/broken.jpg"]["error"]
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as JSON").click()
    assert len(json.loads(Path(download.value.path()).read_text())) == 7


def test_loose_files_with_a_table_of_labels(classifier_tab, tmp_path, jpeg):
    table = tmp_path / "labels.csv"
    table.write_text("file,label\nscene.jpg,watches\n")
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"x")
    page = classifier_tab("many")
    page.locator(".panel[data-panel=many] .many-files[multiple]").set_input_files([str(jpeg), str(broken), str(table)])
    answered(page, "1 answered, 1 could not be read; ")
    expect(page.locator(".panel[data-panel=many] .many-status")).to_contain_text("of 1 labelled")


def test_a_file_that_is_no_zip_gets_a_sentence(classifier_tab, tmp_path):
    bad = tmp_path / "bad.zip"
    bad.write_bytes(b"PK no zip")
    page = classifier_tab("many")
    page.locator(".panel[data-panel=many] .many-files[multiple]").set_input_files(str(bad))
    expect(page.locator(".panel[data-panel=many] .problem")).to_have_text(re.compile(r"This file is no zip .*\."))


def test_a_zip_with_company_is_refused_before_anything_is_sent_and_nothing_is_lost(classifier_tab, shop, tmp_path):
    page = classifier_tab("many")
    page.locator(".panel[data-panel=many] .many-files[multiple]").set_input_files(str(EXAMPLES[4]))
    answered(page, "1 answered")
    other = tmp_path / "other.zip"
    other.write_bytes(shop.read_bytes())
    sent = []
    page.on("request", lambda request: sent.append(request.url) if "upload" in request.url else None)
    page.locator(".panel[data-panel=many] .many-files[multiple]").set_input_files(
        [str(shop), str(other), str(EXAMPLES[0])]
    )
    problem = page.locator(".panel[data-panel=many] .problem")
    expect(problem).to_have_text(re.compile(r"One zip at a time, or photographs: these are 2 zips and 1 other file"))
    expect(page.locator(".lines tbody tr")).to_have_count(1)
    assert not sent


def test_another_network_keeps_the_table_and_answers_it_anew_with_corrected_labels(classifier_tab):
    meesho = Classifier.load(Settings().checkpoints / "meesho.safetensors")
    page = classifier_tab("many")
    page.locator(".panel[data-panel=many] .many-files[multiple]").set_input_files([str(EXAMPLES[0]), str(EXAMPLES[4])])
    answered(page, "2 answered")
    row = page.locator(".lines tbody tr", has_text=EXAMPLES[0].name)
    row.locator("select").select_option("heels")
    older = page.locator(".older")
    expect(older).to_be_hidden()
    page.locator(".photo-column select").first.select_option("meesho")
    expect(older).to_contain_text("These are the answers of products.", timeout=60_000)
    expect(page.locator(".lines tbody tr")).to_have_count(2)
    expect(row.locator("select")).to_have_value("heels")
    page.get_by_role("button", name="Answer anew with meesho").click()
    expect(older).to_be_hidden(timeout=60_000)
    answered(page, "2 answered, 0 could not be read; 0 of 1 labelled ones right")
    expect(row.locator("select")).to_have_value("heels")
    best = meesho.top_k(open_upload(EXAMPLES[0]), 1)[0]
    expect(row.locator("b")).to_have_text(readable(best.label))
    assert number(row.locator(".line-top .number").first.text_content()) == pytest.approx(
        100 * best.probability, abs=0.051
    )


def test_cancel_keeps_what_is_there(classifier_tab, tmp_path):
    files = []
    for index in range(60):
        files.append(tmp_path / f"{index}.png")
        Image.new("RGB", (300 + index, 200), (index, 90, 200)).save(files[-1])
    page = classifier_tab("many")
    held = Held(page, "classify_files", after=1)
    page.locator(".panel[data-panel=many] .many-files[multiple]").set_input_files([str(file) for file in files])
    rows = page.locator(".lines tbody tr")
    held.first()
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".panel[data-panel=many] .many-status")).to_have_text(
        "Cancelled. 4 answered, 0 could not be read."
    )
    held.let_go()
    assert rows.count() == 4
    assert len(held.routes) == 1, "more was asked for"
