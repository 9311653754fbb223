"""Tables that say what photographs show, as spreadsheets write them: CSV of any kind, .xlsx, .ods.

The one reader of them: for a zip, a folder, the page (which sends the file), the endpoint and the shell. Which
photograph a row means is `labelling`'s to say.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from explorer.errors import CatalogError, ExplorerError
from explorer.image.decode import suffix_of
from explorer.predict.code_pages import TABLE_PAGES, is_utf8, likely_pages
from explorer.predict.names import is_clutter, plain_path
from explorer.predict.spreadsheets import read_spreadsheet, unpacked_bytes

MOST_TABLE_BYTES = 1_000_000
MOST_BYTES_TOGETHER = 5_000_000  # unpacked, of all tables of one request
FILE_COLUMNS = ("file", "path", "name", "photo", "filename")
_TEXT_SUFFIXES = (".csv", ".tsv")
SUFFIXES = (*_TEXT_SUFFIXES, ".xlsx", ".ods")
_MOST_GUESSES = 4  # code pages whose names are compared with the files there are


@dataclass(frozen=True)
class LabelTable:
    """What one table says."""

    name: str  # the table's path
    labels: dict[str, str]  # file, as the table writes it -> label
    page: str = ""  # the code page that had to be guessed; empty if the table says it or is UTF-8


def is_table(name: str) -> bool:
    """Whether a file of this name may be a table of labels."""
    return suffix_of(name) in SUFFIXES and not is_clutter(name)


def read_table(name: str, content: bytes, files: Sequence[str] = ()) -> LabelTable:
    """The labels that a table's file gives; none if it lacks the two columns.

    Args:
        name: its path; the ending tells its kind.
        files: the photographs that it may speak of. Of several code pages that are likely, the one in which most of its
            names are theirs is taken.
    Raises:
        CatalogError: larger than 1 MB, or a spreadsheet that cannot be read.
    """
    if len(content) > MOST_TABLE_BYTES:
        raise CatalogError(f"This file has more than {MOST_TABLE_BYTES // 1_000_000} MB unpacked; it was not read.")
    if suffix_of(name) not in _TEXT_SUFFIXES:
        sheets = (_labels_in(rows) for rows in read_spreadsheet(content, suffix_of(name)))
        return LabelTable(name, next((labels for labels in sheets if labels), {}))
    known = {plain_path(file).rsplit("/", 1)[-1] for file in files}
    found: list[LabelTable] = []
    for text, page in _texts(content):
        found.append(LabelTable(name, _labels_in(_csv_rows(text)), page))
        if not known:
            break

    def meeting(table: LabelTable) -> int:
        return sum(plain_path(file).rsplit("/", 1)[-1] in known for file in table.labels)

    return max(found, key=meeting)  # of equals the likeliest


def read_tables(
    tables: Iterable[tuple[str, Callable[[], bytes]]], files: Sequence[str] = ()
) -> list[LabelTable | ExplorerError]:
    """The tables of one request, each by its name and what gives its bytes; in its place why one cannot be read.

    What comes behind MOST_BYTES_TOGETHER is not read.

    Args:
        files: as for `read_table`.
    """
    room = MOST_BYTES_TOGETHER
    found: list[LabelTable | ExplorerError] = []
    for name, content_of in tables:
        try:
            content = content_of()
            room -= len(content) if suffix_of(name) in _TEXT_SUFFIXES else unpacked_bytes(content)
            if room < 0:
                together = f"{MOST_BYTES_TOGETHER // 1_000_000} MB unpacked"
                found.append(CatalogError(f"All tables together have more than {together}; it was not read."))
                continue
            found.append(read_table(name, content, files))
        except ExplorerError as error:
            found.append(error)
    return found


def read_labels(table: bytes) -> dict[str, str]:
    """File names with their labels from a table with a `label` column and one named file, path, name or photo.

    Args:
        table: CSV as spreadsheets write it, in UTF-8, UTF-16 or a code page; commas, semicolons or tabs.
    Returns:
        Empty if the table has no such columns.
    """
    return read_table("table.csv", table).labels


def _texts(content: bytes) -> list[tuple[str, str]]:
    """The text of a CSV file and the code page that was guessed, the likeliest first."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return [(content.decode("utf-16", "replace"), "")]
    if content[:1] and b"\0" in content[:2]:  # UTF-16 without its mark: the first sign is one of ASCII
        return [(content.decode("utf-16-be" if content[0] == 0 else "utf-16-le", "replace"), "")]
    if content.startswith(b"\xef\xbb\xbf") or is_utf8(content):
        return [(content.decode("utf-8-sig", "replace"), "")]
    pages = likely_pages([content], TABLE_PAGES)[:_MOST_GUESSES]
    return [(content.decode(page), page) for page in pages]


def _csv_rows(text: str) -> list[list[str]]:
    """The cells of a table: a first line `sep=;` names the separator, else the head shows it; empty lines are none."""
    csv.field_size_limit(max(csv.field_size_limit(), MOST_TABLE_BYTES))  # 131,072 by itself
    text = re.sub(r"\A(?:[ \t]*(?:\r\n|\r|\n))+", "", text)
    said = re.match(r'"?sep=(.)"?[^\r\n]*(?:\r\n|\r|\n|$)', text, re.IGNORECASE)
    if said:
        text, separator = text[said.end() :].lstrip("\r\n"), said.group(1)
    else:
        head = re.split(r"[\r\n]", text, maxsplit=1)[0]
        separator = max(",;\t", key=head.count)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except (csv.Error, TypeError, ValueError):
        return []


def _labels_in(rows: Sequence[Sequence[str]]) -> dict[str, str]:
    """File -> label below the first row that has a cell."""
    filled = [row for row in rows if any(cell.strip(" ,;\t") for cell in row)]
    names = [cell.strip().lower() for cell in filled[0]] if filled else []
    file = next((names.index(name) for name in FILE_COLUMNS if name in names), None)
    if file is None or "label" not in names:
        return {}
    label = names.index("label")
    pairs = [(row[file], row[label].strip()) for row in filled[1:] if len(row) > max(file, label)]
    return {name: said for name, said in pairs if name.strip() and said}
