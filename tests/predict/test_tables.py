"""Tables of labels as spreadsheets write them, which photograph a row means, and names in any code page."""

import csv
import io
import json
import struct
import unicodedata
import zipfile
import zlib
from pathlib import Path

import openpyxl
import pytest
from PIL import Image

from explorer.errors import CatalogError, ImageError
from explorer.image.decode import is_photograph
from explorer.predict import answer_files, many, tables
from explorer.predict.answer_files import columns, table_file
from explorer.predict.classifier import Prediction
from explorer.predict.code_pages import decode_names
from explorer.predict.labelling import match
from explorer.predict.names import is_clutter, plain_path
from explorer.predict.tables import LabelTable, is_table, read_labels, read_table, read_tables
from explorer.predict.zips import ZipPhotographs

WANTED = {"schürze.jpg": "Schürzen", "b.jpg": "red"}
TEXT = "file;label\r\nschürze.jpg;Schürzen\r\nb.jpg;red\r\n"


def png() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (9, 7), (200, 30, 40)).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode("cp1252"),
        TEXT.encode("mac_roman"),
        TEXT.encode("utf-8"),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-16"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
        ("sep=;\r\n" + TEXT).encode(),
        ("sep=|\r\n" + TEXT.replace(";", "|")).encode("utf-8-sig"),
        ("\r\n" + TEXT).encode(),
        (";;\r\n" + TEXT).encode(),
        TEXT.replace("\r\n", "\r").encode("mac_roman"),
        TEXT.replace(";", "\t").encode("utf-16"),
    ],
)
def test_csv_as_spreadsheets_write_it(content):
    assert read_labels(content) == WANTED


def test_a_cell_longer_than_pythons_reader_takes():
    text = "file,note,label\na.jpg," + "x" * 200_000 + ",red\n"
    assert read_labels(text.encode()) == {"a.jpg": "red"}


def test_the_code_page_whose_names_are_those_of_files_is_taken():
    table = "file,label\nřeka.jpg,x\n".encode("cp1250")
    assert read_table("t.csv", table, ["řeka.jpg"]).labels == {"řeka.jpg": "x"}
    assert read_table("t.csv", table, ["řeka.jpg"]).page == "cp1250"
    assert not read_table("t.csv", "file,label\nä.jpg,x\n".encode(), ["ä.jpg"]).page


@pytest.mark.parametrize(
    ("page", "name"),
    [
        ("utf-8", "Schürze/größe.jpg"),
        ("gb18030", "牛仔裤.jpg"),
        ("gb18030", "连衣裙/红色.jpg"),
        ("cp932", "写真.jpg"),
        ("cp932", "赤いスカート/1.jpg"),
        ("cp950", "連身裙/紅色.jpg"),
        ("cp949", "청바지.jpg"),
        ("cp437", "größe.jpg"),
        ("cp850", "Schürze.jpg"),
        ("cp1252", "crème brûlée.jpg"),
        ("cp1251", "рубашка.jpg"),
        ("cp866", "рубашка.jpg"),
        ("koi8_r", "рубашка.jpg"),
        ("cp1250", "příliš žluťoučký.jpg"),
        ("cp1253", "παντελόνι.jpg"),
        ("cp1256", "قميص.jpg"),
        ("cp874", "กางเกง.jpg"),
    ],
)
def test_names_in_a_zip_without_the_flag(page, name, tmp_path):
    assert decode_names([name.encode(page), b"plain.jpg"]) == [name, "plain.jpg"]
    assert [one.name for one in ZipPhotographs(zip_of(tmp_path, {name.encode(page): png()})).entries] == [name]


def zip_of(folder, entries: dict[bytes, bytes], extra: bytes = b"", method: int = 0):
    """A zip whose names are these bytes, unflagged, put together by hand (APPNOTE 4.3)."""
    body = directory = b""
    for name, content in entries.items():
        sizes = struct.pack("<HHIIIHH", 0, 33, zlib.crc32(content), len(content), len(content), len(name), len(extra))
        head = struct.pack("<HHH", 20, 0, method) + sizes
        directory += b"PK\x01\x02\x14\x00" + head + struct.pack("<HHHII", 0, 0, 0, 0, len(body)) + name + extra
        body += b"PK\x03\x04" + head + name + extra + content
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, len(entries), len(entries), len(directory), len(body), 0)
    path = folder / "made.zip"
    path.write_bytes(body + directory + end)
    return path


@pytest.mark.parametrize(("crc_off", "shown"), [(0, "Schürze.png"), (1, "x.png")])
def test_the_unicode_path_counts_where_it_belongs_to_the_name(tmp_path, crc_off, shown):
    field = struct.pack("<BI", 1, zlib.crc32(b"x.png") ^ crc_off) + "Schürze.png".encode()
    path = zip_of(tmp_path, {b"x.png": png()}, struct.pack("<HH", 0x7075, len(field)) + field)
    assert [one.name for one in ZipPhotographs(path).entries] == [shown]


def test_a_compression_that_is_not_read_is_named(tmp_path):
    for method, word in ((9, "Deflate64"), (98, "PPMd"), (6, "Implode"), (77, "method 77")):
        photographs = ZipPhotographs(zip_of(tmp_path, {b"a.png": png()}, method=method))
        with pytest.raises(ImageError, match=f"packed with {word}, .* ordinary method"):
            photographs.photograph(0)


def test_one_name_however_it_is_written():
    assert plain_path("a\\.\\b/../Schu\u0308rze.jpg") == "a/Schürze.jpg"
    assert plain_path("../a.jpg") == "../a.jpg"
    clutter = ["Thumbs.db", "a/desktop.ini", "IMG_1.AAE", "__MACOSX/a.jpg", "a/.b/c.jpg", "@eaDir/a.jpg"]
    assert [name for name in clutter if not is_clutter(name)] == []
    assert not any(map(is_clutter, ("a.jpg", "../a.jpg", "./a.jpg", "thumbs.jpg")))


FILES = ["one/a.jpg", "two/a.jpg", "two/b.jpg", "c.jpg", "two/deep/a.jpg", "Schu\u0308rze.jpg"]


@pytest.mark.parametrize(
    ("table", "row", "file"),
    [
        ("one/t.csv", "a.jpg", "one/a.jpg"),
        ("t.csv", "a.jpg", ""),  # three have that name, none lies beside the table
        ("t.csv", "b.jpg", "two/b.jpg"),
        ("one/t.csv", "b.jpg", "two/b.jpg"),
        ("two/t.csv", "deep/a.jpg", "two/deep/a.jpg"),
        ("two/t.csv", "one/a.jpg", "one/a.jpg"),
        ("two/t.csv", "..\\one\\a.jpg", "one/a.jpg"),
        ("t.csv", "three/b.jpg", ""),
        ("t.csv", "Schürze.jpg", "Schürze.jpg"),
        ("t.csv", "C:\\photos\\two\\a.jpg", "two/a.jpg"),
        ("t.csv", "/home/me/one/a.jpg", "one/a.jpg"),
    ],
)
def test_a_row_means_one_file_and_no_other(table, row, file):
    found = match([LabelTable(table, {row: "red"})], FILES)
    assert found.by_path == ({file: "red"} if file else {})
    if not file:
        assert len(found.notes) == 1
        assert f"No row of {table}" in found.notes[0]
        assert f"“{row}”" in found.notes[0]


def test_a_table_of_one_folder_labels_no_other(tmp_path):
    entries = {b"one/a.png": png(), b"two/a.png": png(), b"one/labels.csv": b"file,label\na.png,red\n"}
    photographs = ZipPhotographs(zip_of(tmp_path, entries))
    assert {one.name: one.label for one in photographs.entries} == {"one/a.png": "red", "two/a.png": ""}
    assert photographs.notes == []


def xlsx(rows) -> bytes:
    book, buffer = openpyxl.Workbook(), io.BytesIO()
    book.active.append(["nothing here"])
    sheet = book.create_sheet("labels")
    for row in rows:
        sheet.append(row)
    book.save(buffer)
    return buffer.getvalue()


ODS = """<?xml version="1.0"?>{doctype}
<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">
<office:body><office:spreadsheet><table:table>
<table:table-row table:number-rows-repeated="1048000"><table:table-cell
 table:number-columns-repeated="16384"/></table:table-row>
<table:table-row><table:table-cell><text:p>File</text:p></table:table-cell><table:table-cell
 table:number-columns-repeated="2"/><table:table-cell><text:p>Label</text:p></table:table-cell></table:table-row>
<table:table-row><table:table-cell><text:p>a<text:s/>{name}.jpg</text:p></table:table-cell><table:table-cell
 table:number-columns-repeated="2"/><table:table-cell><text:p><text:span>re</text:span>d</text:p></table:table-cell>
</table:table-row></table:table></office:spreadsheet></office:body></office:document-content>"""


def ods(name: str = "ü", doctype: str = "") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("content.xml", ODS.format(name=name, doctype=doctype))
    return buffer.getvalue()


def test_workbooks_are_read():
    content = xlsx([[], ["File", "Label"], ["ü.jpg", 3], [7, "red"], [None, "x"]])
    assert read_table("t.xlsx", content).labels == {"ü.jpg": "3", "7": "red"}
    assert read_table("t.ods", ods()).labels == {"a ü.jpg": "red"}
    for name in ("t.xlsx", "t.ods"):
        with pytest.raises(CatalogError, match="damaged or locked"):
            read_table(name, b"PK nothing")
    with pytest.raises(CatalogError, match="no table that can be read"):
        read_table("t.ods", ods("&own;", '<!DOCTYPE x [<!ENTITY own "b">]>'))


def test_a_cell_far_out_costs_nothing():
    book, buffer = openpyxl.Workbook(), io.BytesIO()
    for cell, value in (("A1", "file"), ("B1", "label"), ("A2", "a.jpg"), ("B2", "red"), ("XFD1048576", "far")):
        book.active[cell] = value
    book.save(buffer)
    assert read_table("t.xlsx", buffer.getvalue()).labels == {"a.jpg": "red"}


def test_what_is_written_is_read_back_by_others():
    line = many.TableLine("=Schürze\r1,\x01.jpg", (Prediction("red", 0.75, -1.5),), None, label="@x")
    content = table_file("csv", [line], 2)
    assert content.startswith(b"\xef\xbb\xbffile,label,")
    (row,) = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    assert (row["file"], row["label"], row["logit_1"]) == ("'=Schürze\r1,\x01.jpg", "'@x", "-1.5000")
    head, cells = openpyxl.load_workbook(io.BytesIO(table_file("xlsx", [line], 2))).active.iter_rows(values_only=True)
    assert list(head) == columns(2)
    found = dict(zip(head, cells, strict=True))
    assert unicodedata.normalize("NFC", found["file"]) == "'=Schürze\n1,\ufffd.jpg"
    assert (found["probability_1"], found["logit_1"], found["label_2"]) == (0.75, -1.5, None)


def test_every_line_break_is_quoted_whatever_python_quotes_by_itself():
    """Before 3.13 Python's writer quotes only what stands in its line ending."""
    for sign in "\r\n":
        content = table_file("csv", [many.TableLine(f"a{sign}b.jpg")], 1).decode("utf-8-sig")
        assert f'"a{sign}b.jpg"' in content
        _, row = csv.reader(io.StringIO(content, newline=""))
        assert row[0] == f"a{sign}b.jpg"


def test_a_workbook_goes_on_in_a_second_sheet(monkeypatch):
    monkeypatch.setattr(answer_files, "MOST_SHEET_ROWS", 3)

    def sheets(count: int) -> list[list[str]]:
        lines = (many.TableLine(f"{number}.jpg") for number in range(count))
        book = openpyxl.load_workbook(io.BytesIO(table_file("xlsx", lines, 1)))
        return [[row[0] for row in sheet.iter_rows(values_only=True)] for sheet in book]

    assert sheets(0) == [["file"]]
    assert sheets(2) == [["file", "0.jpg", "1.jpg"]]
    assert sheets(5) == [["file", "0.jpg", "1.jpg"], ["file", "2.jpg", "3.jpg"], ["file", "4.jpg"]]


def test_what_counts_as_what_is_told_alike_here_and_in_the_browser():
    """The browser's tests read the same table."""
    cases = json.loads((Path(__file__).parents[1] / "tables" / "files.json").read_text("utf-8"))
    assert len(cases) > 20
    for name, kind in cases:
        assert is_clutter(name) == (kind == "clutter"), name
        assert is_table(name) == (kind == "table"), name
        if kind != "clutter":
            assert is_photograph(name) == (kind == "photograph"), name


def test_tables_of_one_request_are_read_up_to_a_bound_and_the_others_say_so(monkeypatch):
    monkeypatch.setattr(tables, "MOST_BYTES_TOGETHER", 1_000_000)
    few, heavy = b"file,label\na.jpg,red\n", io.BytesIO()
    with zipfile.ZipFile(heavy, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("content.xml", bytes(1_000_000))
    found = read_tables([("a.csv", lambda: few), ("b.ods", heavy.getvalue), ("c.csv", lambda: few), ("d.ods", bytes)])
    assert found[0] == read_table("a.csv", few)
    assert [str(one).split(";")[0] for one in found[1:3]] == ["All tables together have more than 1 MB unpacked"] * 2
    assert "more than 1 MB" in str(found[3])
