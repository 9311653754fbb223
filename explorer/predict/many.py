"""Many photographs: which files count (`zips` reads a zip), what they are labelled, and the table of answers.

Used by the page, the endpoint and the command line.
"""

import csv
import io
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from explorer.image.decode import is_photograph
from explorer.predict.classifier import Classifier, Prediction

MOST_PHOTOGRAPHS = 200
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would run


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


def label_of(name: str, known: Sequence[str], labels: Mapping[str, str] | None = None) -> str:
    """The label that a table gives a file, else the nearest folder's name that is a known label, else nothing."""
    path = PurePosixPath(name.replace("\\", "/"))
    for key in (str(path), path.name):
        if labels and key in labels:
            return labels[key]
    by_word = {_word(label): label for label in known}
    return next((by_word[_word(folder)] for folder in reversed(path.parts[:-1]) if _word(folder) in by_word), "")


def read_labels(table: bytes) -> dict[str, str]:
    """File names with their labels from a table with a `label` column and one named file, path, name or photo.

    Args:
        table: CSV as spreadsheets write it: UTF-8 or, with its mark, UTF-16; commas, semicolons or tabs.
    Returns:
        Empty if the table has no such columns.
    """
    text = table.decode("utf-16" if table.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig", "replace")
    head = text.partition("\n")[0]
    try:
        rows = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count)))
    except csv.Error:
        return {}
    if not rows:
        return {}
    columns = {str(column).strip().lower(): column for column in rows[0] if column}
    file_column = next(
        (columns[name] for name in ("file", "path", "name", "photo", "filename") if name in columns), None
    )
    if file_column is None or "label" not in columns:
        return {}
    label_column = columns["label"]
    return {str(row[file_column]): str(row[label_column]).strip() for row in rows if row.get(label_column)}


def photograph_paths(paths: Iterable[str]) -> Iterator[str]:
    """Every photograph that the paths name: files as they are, folders all through, one name at a time in memory.

    Within a folder only files with a picture's ending count, hidden ones do not.
    """
    for path in paths:
        if not Path(path).is_dir():
            yield path
            continue
        folders = [path]
        while folders:
            folder = folders.pop()
            try:
                entries = os.scandir(folder)
            except OSError:
                yield folder  # it becomes a line that says so
                continue
            with entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        folders += [] if entry.name.startswith(".") else [entry.path]
                    elif is_photograph(entry.name):
                        yield entry.path


def columns(k: int) -> list[str]:
    """The columns of the CSV table."""
    ranks = [name for rank in range(1, k + 1) for name in (f"label_{rank}", f"probability_{rank}", f"logit_{rank}")]
    return ["file", "label", *ranks, "strange", "error"]


def as_record(line: TableLine, k: int) -> dict[str, Any]:
    """One line of the table by column, for CSV."""
    record: dict[str, Any] = dict.fromkeys(columns(k), "")
    record.update(file=safe_cell(line.file), label=safe_cell(line.label), error=line.error)
    record["strange"] = "" if line.strange is None else str(line.strange).lower()
    for rank, one in enumerate(line.top[:k], start=1):
        values = (safe_cell(one.label), f"{one.probability:.6f}", f"{one.logit:.4f}")
        record.update(zip((f"label_{rank}", f"probability_{rank}", f"logit_{rank}"), values, strict=True))
    return record


def as_json(line: TableLine) -> dict[str, Any]:
    """One line of the table as JSON."""
    top = [{"label": one.label, "probability": one.probability, "logit": one.logit} for one in line.top]
    return {"file": line.file, "label": line.label, "top_k": top, "strange": line.strange, "error": line.error}


def table_csv(lines: Sequence[TableLine], k: int) -> str:
    """The whole table as CSV."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, columns(k), lineterminator="\n")
    writer.writeheader()
    writer.writerows(as_record(line, k) for line in lines)
    return buffer.getvalue()


def safe_cell(text: str) -> str:
    """`text` so that no spreadsheet takes it for a formula."""
    return "'" + text if text.startswith(FORMULA_STARTS) else text


def _word(text: str) -> str:
    return text.strip().lower().replace("_", "-").replace(" ", "-")
