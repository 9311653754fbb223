"""Many photographs: which files count (`zips` reads a zip), and the table of answers (`labelling` says what they show).

Used by the page, the endpoint and the command line.
"""

import csv
import io
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from explorer.image.decode import is_photograph
from explorer.predict.classifier import Classifier, Prediction
from explorer.predict.names import is_clutter
from explorer.predict.tables import is_table

MOST_PHOTOGRAPHS = 200
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would run


_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # in XML


@dataclass(frozen=True)
class TableLine:
    """One photograph's line in the table."""

    file: str
    top: tuple[Prediction, ...] = ()
    strange: bool | None = None  # None: the checkpoint carries no threshold, or the file could not be read
    error: str = ""  # why it could not be read; empty if it could
    label: str = ""  # what it is said to be; empty if nobody said


def answer(classifier: Classifier, image: npt.NDArray[np.uint8], k: int) -> TableLine:
    """The line of one picture that could be read; its name and label are the caller's to add.

    Args:
        image: uint8 (H, W, 3).
    """
    logits = classifier.logits(image)
    return TableLine("", tuple(classifier.rank(logits, k)), is_strange(classifier, logits))


def is_strange(classifier: Classifier, logits: torch.Tensor) -> bool | None:
    """Whether logits, float32 (classes,), are those of a strange picture; None where the checkpoint cannot tell."""
    threshold = classifier.strangeness_threshold
    return None if threshold is None else classifier.strangeness_of(logits) > threshold


def photograph_paths(paths: Iterable[str]) -> Iterator[str]:
    """Every photograph that the paths name: files as they are, folders all through, one name at a time in memory.

    Within a folder only files with a picture's ending count; hidden ones and what systems put there do not. A table of
    labels that is named is no photograph.
    """
    for path in paths:
        if Path(path).is_dir():
            yield from (file for file in _files_below(path) if file.endswith(os.sep) or is_photograph(Path(file).name))
        elif not is_table(Path(path).name):
            yield path


def table_paths(paths: Iterable[str]) -> Iterator[str]:
    """Every file that the paths name, folders all through, that may be a table of labels."""
    for path in paths:
        if Path(path).is_dir():
            yield from (file for file in _files_below(path) if is_table(Path(file).name))
        elif is_table(Path(path).name):
            yield path


def _files_below(top: str) -> Iterator[str]:
    """The files below a folder but for clutter; a folder that cannot be opened, with a slash behind its name."""
    folders = [top]
    while folders:
        folder = folders.pop()
        try:
            entries = os.scandir(folder)
        except OSError:
            yield os.path.join(folder, "")  # noqa: PTH118  it becomes a line that says so
            continue
        with entries:
            for entry in entries:
                if is_clutter(entry.name):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                else:
                    yield entry.path


def columns(k: int) -> list[str]:
    """The columns of the CSV table."""
    ranks = [name for rank in range(1, k + 1) for name in (f"label_{rank}", f"probability_{rank}", f"logit_{rank}")]
    return ["file", "label", *ranks, "strange", "error"]


def as_row(line: TableLine, k: int, numbers: bool = False) -> list[str | float]:
    """One line of the table, a value a column, its numbers as text or as `numbers`; no text in it is a formula."""
    ranks: list[str | float] = []
    for one in line.top[:k]:
        logit = "" if one.logit is None else one.logit if numbers else f"{one.logit:.4f}"
        values = (one.probability if numbers else f"{one.probability:.6f}", logit)
        ranks += [safe_cell(one.label), *values]
    ranks += [""] * (3 * k - len(ranks))
    strange = "" if line.strange is None else str(line.strange).lower()
    return [safe_cell(line.file), safe_cell(line.label), *ranks, strange, safe_cell(line.error)]


def as_json(line: TableLine) -> dict[str, Any]:
    """One line of the table as JSON."""
    top = [{"label": one.label, "probability": one.probability, "logit": one.logit} for one in line.top]
    return {"file": line.file, "label": line.label, "top_k": top, "strange": line.strange, "error": line.error}


def csv_line(cells: Sequence[str | float]) -> str:
    """Cells as one line of CSV; a line break of any kind within a cell is quoted."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow(cells)  # what stands in the ending is what gets quoted
    return buffer.getvalue().removesuffix("\r\n") + "\n"


def table_csv(lines: Sequence[TableLine], k: int) -> bytes:
    """The whole table as a CSV file, with the mark by which Excel knows UTF-8."""
    rows: list[Sequence[str | float]] = [columns(k), *(as_row(line, k) for line in lines)]
    return "".join(csv_line(row) for row in rows).encode("utf-8-sig", "surrogateescape")


def table_xlsx(lines: Iterable[TableLine], k: int) -> bytes:
    """The whole table as a workbook, its numbers as numbers."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("answers")
    sheet.append(columns(k))
    for line in lines:
        cells = as_row(line, k, numbers=True)
        sheet.append([_UNWRITABLE.sub("\ufffd", cell) if isinstance(cell, str) else cell for cell in cells])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def safe_cell(text: str) -> str:
    """`text` so that no spreadsheet takes it for a formula."""
    return "'" + text if text.startswith(FORMULA_STARTS) else text
