"""Folders and tables as people have them: clutter, Excel's tables, drops on the left column, raw files."""

import csv
import io
import shutil
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from explorer.image.raw import REMARK
from explorer.predict.answer_files import columns
from tests.browser.classifier_steps import EXAMPLES, answered, upload
from tests.image.test_tiff import raw_file

pytestmark = pytest.mark.browser
CLUTTER = ("Thumbs.db", "desktop.ini", "IMG_1.AAE", ".DS_Store", "__MACOSX/._a.png")


@pytest.fixture
def folder(tmp_path) -> Path:
    """Two photographs in a folder with a table as Excel writes it, and what systems put beside them."""
    shop = tmp_path / "Shop"
    for name in CLUTTER:
        (shop / name).parent.mkdir(parents=True, exist_ok=True)
        (shop / name).write_bytes(b"none of ours")
    shutil.copy(EXAMPLES[0], shop / "schürze.png")
    shutil.copy(EXAMPLES[4], shop / "uhr.png")
    book = openpyxl.Workbook()
    book.active.append(["File", "Label"])
    book.active.append(["C:\\Users\\me\\Shop\\uhr.png", "watches"])
    book.save(shop / "uhren.xlsx")
    table = "sep=;\r\nfile;label\r\nschürze.png;heels\r\nfehlt.png;heels\r\n"
    (shop / "labels.csv").write_bytes(table.encode("cp1252"))
    return shop


def drop(page: Page, *paths: Path) -> None:
    """Files and folders of this machine dropped on the left column, as the browser itself does it."""
    box = page.locator(".photo-column .stage").bounding_box()
    place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    dragged = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    session = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, **place, "data": dragged})


def assert_shop_is_answered(page: Page) -> None:
    answered(page, "2 answered, 0 could not be read; ")
    expect(page.locator(".panel[data-panel=many] .many-status")).to_contain_text("of 2 labelled ones right")
    labels = {
        row.locator(".line-file").text_content(): row.locator("select").input_value()
        for row in page.locator(".lines tbody tr").all()
    }
    assert labels == {"Shop/schürze.png": "heels", "Shop/uhr.png": "watches"}
    notes = page.locator(".panel[data-panel=many] .many-notes li")
    expect(notes).to_have_count(2)
    expect(notes.filter(has_text="it was read as cp1252")).to_contain_text("Shop/labels.csv does not say")
    expect(notes.filter(has_text="names no photograph")).to_contain_text("“fehlt.png” for example")


def test_a_folder_with_clutter_and_excels_tables(classifier_tab, folder):
    page = classifier_tab("many")
    page.locator(".panel[data-panel=many] .many-files[webkitdirectory]").set_input_files(str(folder))
    assert_shop_is_answered(page)
    page.locator(".panel[data-panel=many] .many-files[multiple]").set_input_files(str(EXAMPLES[0]))
    answered(page, "1 answered, 0 could not be read")
    expect(page.locator(".panel[data-panel=many] .many-notes")).to_be_hidden()


def test_a_table_about_other_photographs_is_said_with_an_example(classifier_tab, tmp_path):
    table = tmp_path / "labels.csv"
    table.write_text("file,label\nelsewhere/1.jpg,watches\n2.jpg,heels\n")
    page = classifier_tab("many")
    page.locator(".panel[data-panel=many] .many-files[multiple]").set_input_files([str(EXAMPLES[0]), str(table)])
    answered(page, "1 answered")
    expect(page.locator(".many-notes li")).to_have_text(
        "No row of labels.csv is about one of these photographs; there is no “elsewhere/1.jpg”, for example."
    )


@pytest.mark.parametrize("several", [False, True])
def test_a_folder_or_several_files_dropped_on_the_left_column_open_many_photographs(open_page, folder, several):
    page = open_page()
    if several:
        drop(page, EXAMPLES[0], EXAMPLES[4])
        answered(page, "2 answered, 0 could not be read.")
    else:
        drop(page, folder)
        assert_shop_is_answered(page)
    expect(page.get_by_role("tab", name="Classifier")).to_have_attribute("aria-selected", "true")
    expect(page.locator(".closer button[data-panel=many]")).to_have_attribute("aria-expanded", "true")


def test_one_file_dropped_is_the_photograph_whatever_clutter_comes_along(open_page, folder):
    page = open_page()
    drop(page, folder / "uhr.png", folder / "IMG_1.AAE", folder / "Thumbs.db")
    expect(page.locator(".photo-column .caption")).to_contain_text("uhr.png")
    drop(page, folder / "IMG_1.AAE", folder / "Thumbs.db")
    expect(page.locator(".photo-column .problem")).to_have_text("There is no photograph among these files.")
    expect(page.get_by_role("tab", name="Filters")).to_have_attribute("aria-selected", "true")


def test_the_table_is_saved_for_excel(classifier_tab, folder, classifier):
    page = classifier_tab("many")
    page.locator(".panel[data-panel=many] .many-files[webkitdirectory]").set_input_files(str(folder))
    assert_shop_is_answered(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as CSV").click()
    assert download.value.suggested_filename == "answers.csv"
    content = Path(download.value.path()).read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert rows[0] == columns(3)
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as Excel").click()
    assert download.value.suggested_filename == "answers.xlsx"
    with Path(download.value.path()).open("rb") as file:
        cells = list(openpyxl.load_workbook(file).active.iter_rows(values_only=True))
    assert [list(row[:3]) for row in cells] == [row[:3] for row in rows]
    assert isinstance(cells[1][3], float)
    assert [f"{row[3]:.6f}" for row in cells[1:]] == [row[3] for row in rows[1:]]


def test_of_a_raw_file_it_is_said_that_its_preview_was_used(classifier_tab, tmp_path):
    raw = tmp_path / "DSC_0001.dng"
    raw.write_bytes(raw_file(preview=True))
    page = classifier_tab("many")
    remark = page.locator(".photo-column .remark")
    expect(remark).to_be_hidden()
    upload(page, raw)
    expect(remark).to_have_text(REMARK)
    page.locator(".panel[data-panel=many] .many-files[multiple]").set_input_files([str(raw), str(EXAMPLES[0])])
    answered(page, "2 answered")
    expect(page.locator(".lines tbody tr", has_text="DSC_0001.dng").locator(".line-file")).to_contain_text(REMARK)
    expect(page.locator(".lines .line-file", has_text=EXAMPLES[0].name)).to_have_text(EXAMPLES[0].name)
    upload(page, EXAMPLES[0])
    expect(remark).to_be_hidden()
