"""Many photographs: where they come from (files, folders, a zip), what they are labelled, and the table of answers.

A zip is read in place: nothing is unpacked to disk under a name of its own, so no path can leave it, and every bound is
checked on the bytes that really come out, not on what its directory promises. Used by the page, the endpoint and the
command line.
"""

import csv
import io
import os
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from explorer.errors import CatalogError, ImageError
from explorer.image import MAX_FILE_BYTES, open_upload
from explorer.predict import Classifier, Prediction

SUFFIXES = frozenset(
    (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".heic", ".heif", ".avif", ".tif", ".tiff", ".bmp", ".gif")
)
MOST_PHOTOGRAPHS = 200
MOST_ZIP_BYTES = 200_000_000
MOST_ENTRIES = 2_000  # of a zip, folders and foreign files included
MOST_UNPACKED_BYTES = 1_000_000_000
MOST_LABEL_BYTES = 1_000_000  # of a table with a `label` column
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would run


@dataclass(frozen=True)
class Answer:
    """One photograph's line in the table."""

    file: str
    top: tuple[Prediction, ...] = ()
    strange: bool | None = None  # None: the checkpoint carries no threshold, or the file could not be read
    error: str = ""  # why it could not be read; empty if it could
    label: str = ""  # what it is said to be; empty if nobody said


@dataclass(frozen=True)
class ZipEntry:
    """A photograph in a zip."""

    index: int  # among all entries of the archive
    name: str
    label: str  # from a table or its folder; empty if neither tells


class ZipPhotographs:
    """The photographs of a zip file.

    Raises:
        CatalogError: no zip, encrypted, or larger than a bound; one sentence says which.
    """

    def __init__(self, path: str | os.PathLike[str], known: Sequence[str] = ()) -> None:
        if Path(path).stat().st_size > MOST_ZIP_BYTES:
            raise CatalogError(
                f"This zip is larger than {MOST_ZIP_BYTES // 1_000_000} MB; please send fewer photographs."
            )
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError) as error:
            raise CatalogError("This file is no zip that can be read; please pack the photographs anew.") from error
        self._infos = self._zip.infolist()
        self._check()
        tables = [info for info in self._infos if info.filename.lower().endswith(".csv") and not _hidden(info.filename)]
        labels = read_labels(self._bytes(tables[0], MOST_LABEL_BYTES).decode("utf-8-sig", "replace")) if tables else {}
        self.entries = [
            ZipEntry(index, info.filename, label_of(info.filename, known, labels))
            for index, info in enumerate(self._infos)
            if not info.is_dir() and not _hidden(info.filename) and _suffix(info.filename) in SUFFIXES
        ]
        if not self.entries:
            raise CatalogError("There is no photograph in this zip.")
        if len(self.entries) > MOST_PHOTOGRAPHS:
            raise CatalogError(
                f"This zip holds {len(self.entries)} photographs; at most {MOST_PHOTOGRAPHS} can be taken."
            )

    def __enter__(self) -> "ZipPhotographs":
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def image(self, index: int) -> npt.NDArray[np.uint8]:
        """The working picture of an entry, uint8 (H, W, 3).

        Raises:
            ImageError: no such entry, larger than a photograph may be, damaged, or no picture.
        """
        if index not in {entry.index for entry in self.entries}:
            raise ImageError(f"There is no photograph number {index} in this zip.")
        info = self._infos[index]
        with tempfile.NamedTemporaryFile(suffix=_suffix(info.filename), delete=False) as file:
            file.write(self._bytes(info, MAX_FILE_BYTES))
        try:
            return open_upload(file.name)
        finally:
            Path(file.name).unlink(missing_ok=True)

    def _check(self) -> None:
        if len(self._infos) > MOST_ENTRIES:
            raise CatalogError(f"This zip has {len(self._infos)} entries; at most {MOST_ENTRIES} are read.")
        if any(info.flag_bits & 1 for info in self._infos):
            raise CatalogError("This zip is locked with a password; please pack the photographs without one.")
        unpacked = sum(info.file_size for info in self._infos)
        if unpacked > MOST_UNPACKED_BYTES:
            raise CatalogError(f"Unpacked, this zip would have {unpacked / 1e9:.1f} GB; at most 1 GB is read.")

    def _bytes(self, info: zipfile.ZipInfo, limit: int) -> bytes:
        """What an entry really holds, at most `limit` bytes of it."""
        try:
            with self._zip.open(info) as entry:
                content = entry.read(limit + 1)
        except Exception as error:  # BadZipFile, zlib.error, LZMAError, ...: each kind of stream raises its own
            raise ImageError("This photograph is damaged inside the zip.") from error
        if len(content) > limit:
            raise ImageError(f"This file has more than {limit // 1_000_000} MB unpacked; it was not read.")
        return content


def answer(classifier: Classifier, image: npt.NDArray[np.uint8], k: int) -> Answer:
    """The line of one picture that could be read; its name and label are the caller's to add."""
    logits = classifier.logits(image)
    return Answer("", tuple(classifier.rank(logits, k)), is_strange(classifier, logits))


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


def read_labels(text: str) -> dict[str, str]:
    """File names with their labels from a CSV table with a `label` column and one named file, path, name or photo.

    Returns:
        Empty if the table has no such columns.
    """
    try:
        rows = list(csv.DictReader(io.StringIO(text)))
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


def walk(paths: Iterable[str]) -> Iterator[str]:
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
                    if entry.name.startswith("."):
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    elif _suffix(entry.name) in SUFFIXES:
                        yield entry.path


def columns(k: int) -> list[str]:
    """The columns of the CSV table."""
    ranks = [name for rank in range(1, k + 1) for name in (f"label_{rank}", f"probability_{rank}", f"logit_{rank}")]
    return ["file", "label", *ranks, "strange", "error"]


def as_record(line: Answer, k: int) -> dict[str, Any]:
    """One line of the table by column, for CSV."""
    record: dict[str, Any] = dict.fromkeys(columns(k), "")
    record.update(file=safe_cell(line.file), label=safe_cell(line.label), error=line.error)
    record["strange"] = "" if line.strange is None else str(line.strange).lower()
    for rank, one in enumerate(line.top[:k], start=1):
        values = (safe_cell(one.label), f"{one.probability:.6f}", f"{one.logit:.4f}")
        record.update(zip((f"label_{rank}", f"probability_{rank}", f"logit_{rank}"), values, strict=True))
    return record


def as_json(line: Answer) -> dict[str, Any]:
    """One line of the table as JSON."""
    top = [{"label": one.label, "probability": one.probability, "logit": one.logit} for one in line.top]
    return {"file": line.file, "label": line.label, "top_k": top, "strange": line.strange, "error": line.error}


def to_csv(lines: Sequence[Answer], k: int) -> str:
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


def _suffix(name: str) -> str:
    return PurePosixPath(name).suffix.lower()


def _hidden(name: str) -> bool:
    return any(part.startswith(".") or part == "__MACOSX" for part in PurePosixPath(name).parts)
