"""The table of answers as a file: CSV, JSON, a workbook. The one writer, for the page, the endpoint and the shell."""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any, BinaryIO

from explorer.errors import CatalogError
from explorer.predict.many import TableLine

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would run
MOST_SHEET_ROWS = 1_048_576  # of a workbook's sheet, its head included; more go on in a second one
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # in XML

Cells = Sequence[str | float]


def columns(k: int) -> list[str]:
    """The columns of the table."""
    ranks = [name for rank in range(1, k + 1) for name in (f"label_{rank}", f"probability_{rank}", f"logit_{rank}")]
    return ["file", "label", *ranks, "strange", "error"]


def as_json(line: TableLine) -> dict[str, Any]:
    """One line of the table as JSON."""
    top = [{"label": one.label, "probability": one.probability, "logit": one.logit} for one in line.top]
    return {
        "file": line.file,
        "label": line.label,
        "top_k": top,
        "strange": line.strange,
        "error": line.error,
        "remark": line.remark,
    }


def csv_lines(lines: Iterable[TableLine], k: int, *, head: bool = True) -> Iterator[str]:
    """The table line by line, as lines come."""
    if head:
        yield _csv_line(columns(k))
    for line in lines:
        yield _csv_line(_cells(line, k))


def json_lines(lines: Iterable[TableLine]) -> Iterator[str]:
    """One object a line, as lines come."""
    for line in lines:
        yield json.dumps(as_json(line), ensure_ascii=False) + "\n"


def write_workbook(lines: Iterable[TableLine], k: int, target: str | Path | BinaryIO) -> None:
    """The table as an .xlsx file, its numbers as numbers; lines are taken as they come, and kept on disk."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    for number, rows in enumerate(_sheets(_cells(line, k, numbers=True) for line in lines), start=1):
        sheet = book.create_sheet("answers" if number == 1 else f"answers {number}")
        sheet.append(columns(k))
        for cells in rows:
            sheet.append([_UNWRITABLE.sub("\ufffd", cell) if isinstance(cell, str) else cell for cell in cells])
    book.save(target)


def table_file(kind: str, lines: Iterable[TableLine], k: int) -> bytes:
    """The whole table as a file of a kind, "csv" (with the mark by which Excel knows UTF-8) or "xlsx".

    Raises:
        CatalogError: another kind.
    """
    if kind == "csv":
        return "".join(csv_lines(lines, k)).encode("utf-8-sig", "surrogateescape")
    if kind != "xlsx":
        raise CatalogError(f"A table cannot be {kind!r}; it can be csv or xlsx.")
    buffer = io.BytesIO()
    write_workbook(lines, k, buffer)
    return buffer.getvalue()


def safe_cell(text: str) -> str:
    """`text` so that no spreadsheet takes it for a formula."""
    return "'" + text if text.startswith(FORMULA_STARTS) else text


def _sheets(rows: Iterable[Cells]) -> Iterator[Iterator[Cells]]:
    """Rows by sheet; there is a first one even if it is empty."""
    stream = iter(rows)
    yield islice(stream, MOST_SHEET_ROWS - 1)
    for first in stream:
        yield chain([first], islice(stream, MOST_SHEET_ROWS - 2))


def _cells(line: TableLine, k: int, *, numbers: bool = False) -> Cells:
    """A value a column, its numbers as text or as `numbers`; no text in it is a formula."""
    ranks: list[str | float] = []
    for one in line.top[:k]:
        logit = "" if one.logit is None else one.logit if numbers else f"{one.logit:.4f}"
        ranks += [safe_cell(one.label), one.probability if numbers else f"{one.probability:.6f}", logit]
    ranks += [""] * (3 * k - len(ranks))
    strange = "" if line.strange is None else str(line.strange).lower()
    return [safe_cell(line.file), safe_cell(line.label), *ranks, strange, safe_cell(line.error)]


def _csv_line(cells: Cells) -> str:
    """Cells as one line of CSV; a line break of any kind within a cell is quoted."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow(cells)  # what stands in the ending is what gets quoted
    return buffer.getvalue().removesuffix("\r\n") + "\n"
