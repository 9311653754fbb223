"""What the page sends of tables, and what it gets: labels with what is to be said, and a file of its lines."""

import base64
import csv
import io
from types import SimpleNamespace

import openpyxl
import pytest

from explorer.errors import CatalogError
from explorer.predict.tables import MOST_TABLE_BYTES
from explorer.ui.classifier import many
from explorer.ui.classifier.many import Piles
from explorer.ui.web_files import WEB

LINE = {"file": "a,b.jpg", "label": "red", "top": [{"label": "red", "probability": 0.5, "logit": 2}], "strange": True}


@pytest.fixture
def piles(monkeypatch, tmp_path):
    monkeypatch.setattr(many, "uploaded_path", lambda path: tmp_path / path)
    return Piles(SimpleNamespace(classifier=lambda _: SimpleNamespace(known_labels=("red", "green"))))


def test_tables_and_folders_label_what_the_page_names(piles, tmp_path):
    (tmp_path / "t").write_bytes("file;label\r\nschürze.jpg;green\r\n".encode("cp1252"))
    (tmp_path / "u").write_bytes(b"no workbook")
    names = ["shop/schu\u0308rze.jpg", "red/c.jpg", "d.jpg"]
    tables = [{"path": "t", "name": "shop/t.csv"}, {"path": "u", "name": "u.xlsx"}]
    found = piles.label_files({"names": names, "tables": tables})
    assert found["labels"] == ["green", "red", ""]
    assert ["u.xlsx were left out" in found["notes"][0], "read as cp1252" in found["notes"][1]] == [True, True]
    with pytest.raises(CatalogError, match="names must be a list of at most 200"):
        piles.label_files({"names": ["a.jpg"] * 201})


def test_the_pages_lines_become_a_file(piles):
    def content(kind: str) -> bytes:
        return base64.b64decode(piles.table_file({"lines": [LINE], "format": kind, "k": 1})["content"])

    (row,) = csv.DictReader(io.StringIO(content("csv").decode("utf-8-sig")))
    assert (row["file"], row["label_1"], row["logit_1"], row["strange"]) == ("a,b.jpg", "red", "2.0000", "true")
    _, cells = openpyxl.load_workbook(io.BytesIO(content("xlsx"))).active.iter_rows(values_only=True)
    assert cells[:5] == ("a,b.jpg", "red", "red", 0.5, 2)
    nulls = {**LINE, "file": "\ud800.jpg", "top": [{"label": "red", "probability": 0.5, "logit": None}]}
    made = piles.table_file({"lines": [nulls], "k": 1})
    (row,) = csv.DictReader(io.StringIO(base64.b64decode(made["content"]).decode("utf-8-sig")))
    assert (made["name"], row["file"], row["logit_1"]) == ("answers.csv", "\ufffd.jpg", "")
    with pytest.raises(CatalogError, match="csv or xlsx"):
        content("pdf")
    with pytest.raises(CatalogError, match="has a label, a probability and a logit"):
        piles.table_file({"lines": [{"top": [{"label": "x"}]}]})


def test_the_browser_counts_as_python_does():
    dropped = (WEB / "shared" / "dropped.js").read_text("utf-8")
    assert f"MOST_PHOTOGRAPHS = {many.MOST_PHOTOGRAPHS};" in dropped
    assert f"MOST_TABLES = {many.MOST_TABLES};" in dropped
    assert f"MOST_TABLE_BYTES = {MOST_TABLE_BYTES / 1e6:g}e6;" in (WEB / "classifier" / "jobs.js").read_text("utf-8")


def test_every_csv_that_the_page_makes_has_the_mark_by_which_excel_knows_utf_8():
    """One function makes them, and Node tests it; no other script names the kind."""
    scripts = {path.name for path in WEB.rglob("*.js") if "text/csv" in path.read_text("utf-8")}
    assert scripts == {"save.js"}
