"""The cells of a spreadsheet's file, .xlsx and .ods, bounded before they are read.

A file of a few kilobytes may describe seventeen thousand million cells, so rows and columns are counted as they come,
and no table is laid out that the file only promises. Entities that a document declares are refused.
"""

import io
import zipfile
from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError

from explorer.errors import CatalogError

MOST_UNPACKED_BYTES = 5_000_000  # read at some 2 MB a second
MOST_PARTS = 500
MOST_ROWS = 20_000
MOST_COLUMNS = 100
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"

Rows = list[list[str]]


def read_spreadsheet(content: bytes, suffix: str) -> list[Rows]:
    """Every sheet's cells as text, row by row; at most 20,000 rows and 100 columns of each.

    Args:
        suffix: ".xlsx" or ".ods".
    Raises:
        CatalogError: damaged, locked, or larger unpacked than 5 MB.
    """
    from defusedxml.common import DefusedXmlException

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check(archive)
            return list(_ods(archive)) if suffix == ".ods" else list(_xlsx(content))
    except CatalogError:
        raise
    except (DefusedXmlException, ParseError) as error:
        raise CatalogError(
            "This spreadsheet holds no table that can be read; save it anew, without a password."
        ) from error
    except Exception as error:  # a damaged workbook makes openpyxl raise nearly anything
        raise CatalogError("This spreadsheet is damaged or locked; save it anew, without a password.") from error


def unpacked_bytes(content: bytes) -> int:
    """What a spreadsheet's parts say that they unpack to; 0 for a file that is none."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return sum(part.file_size for part in archive.infolist())
    except Exception:  # noqa: BLE001  a damaged file makes zipfile raise nearly anything; reading it will say so
        return 0


def _check(archive: zipfile.ZipFile) -> None:
    parts = archive.infolist()
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED_BYTES:
        raise CatalogError("This spreadsheet is larger than 5 MB unpacked; save the two columns alone.")


def _xlsx(content: bytes) -> Iterator[Rows]:
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    try:
        for sheet in book.worksheets:
            cells = sheet.iter_rows(max_row=MOST_ROWS, max_col=MOST_COLUMNS, values_only=True)
            yield [[_as_text(value) for value in row] for row in cells]
    finally:
        book.close()


def _as_text(value: object) -> str:
    """A cell as the spreadsheet shows it: 3 and not 3.0."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


def _ods(archive: zipfile.ZipFile) -> Iterator[Rows]:
    from defusedxml.ElementTree import iterparse

    rows: Rows = []
    with archive.open("content.xml") as part:
        for _, element in iterparse(part, forbid_dtd=True):
            if element.tag == _TABLE + "table-row":
                times = min(_times(element, "number-rows-repeated"), MOST_ROWS - len(rows))
                cells = _ods_cells(element)
                rows += [cells] * (times if any(cells) else min(times, 1))
                element.clear()
            elif element.tag == _TABLE + "table":
                yield rows
                rows = []
                element.clear()


def _ods_cells(row: Element) -> list[str]:
    cells: list[str] = []
    for cell in row:
        if cell.tag in {_TABLE + "table-cell", _TABLE + "covered-table-cell"} and len(cells) < MOST_COLUMNS:
            text = "\n".join(_ods_text(paragraph) for paragraph in cell.findall(_TEXT + "p"))
            cells += [text] * min(_times(cell, "number-columns-repeated"), MOST_COLUMNS - len(cells))
    return cells


def _ods_text(paragraph: Element) -> str:
    text = paragraph.text or ""
    for part in paragraph:
        spaces = min(int(part.get(_TEXT + "c", "1")), 1000)
        text += " " * spaces if part.tag == _TEXT + "s" else _ods_text(part)
        text += part.tail or ""
    return text


def _times(element: Element, attribute: str) -> int:
    return max(1, int(element.get(_TABLE + attribute, "1")))
