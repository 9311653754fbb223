"""Which photograph a row of a table means, and what a photograph is labelled: by a table, else by its folder.

A row means the file at that path, from the top or from the table's own folder, and no other; a bare name the file
beside the table or, where only one file has that name, that one. A path of another machine ("C:/photos/a.jpg", with
backslashes too) means a file from the top below the one folder under which most of its table's rows are found.
"""

import functools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from explorer.predict.names import plain_path
from explorer.predict.tables import LabelTable

_ABSOLUTE = re.compile(r"[A-Za-z]:[\\/]|[\\/]|file:")


@dataclass
class Labels:
    """What tables say of some files, and what is to be said of the tables."""

    by_path: dict[str, str] = field(default_factory=dict)  # plain path -> label
    notes: list[str] = field(default_factory=list)  # a sentence each


def label_of(name: str, known: Sequence[str], labels: Mapping[str, str] | None = None) -> str:
    """The label of a file at its path, else the nearest folder's name that is a known label, else nothing."""
    path = plain_path(name)
    if labels and path in (plain := {plain_path(key): label for key, label in labels.items()}):
        return plain[path]
    return label_of_folder(path, known)


def label_of_folder(name: str, known: Sequence[str]) -> str:
    """The known label that the nearest folder of a path is named after, or nothing."""
    return _label_of_folder(plain_path(name).rpartition("/")[0], tuple(known))


@functools.lru_cache(maxsize=1024)  # photographs come folder by folder
def _label_of_folder(folder: str, known: tuple[str, ...]) -> str:
    by_word = {_word(label): label for label in known}
    folders = map(_word, reversed(folder.split("/")))
    return next((by_word[folder] for folder in folders if folder in by_word), "")


def match(tables: Sequence[LabelTable], files: Iterable[str]) -> Labels:
    """What the tables say of the files; of two that speak of one file the later counts.

    Args:
        files: every photograph's path, as the tables' names are given; gone through once, and only those that a table
            may mean are kept.
    """
    tables = [table for table in tables if table.labels]
    found = Labels()
    if not tables:
        return found
    wanted = {plain_path(row).rsplit("/", 1)[-1] for table in tables for row in table.labels}
    by_name: dict[str, list[str]] = {}
    for file in map(plain_path, files):
        name = file.rsplit("/", 1)[-1]
        if name in wanted:
            by_name.setdefault(name, []).append(file)
    present = {file for together in by_name.values() for file in together}
    for table in tables:
        rows = {row: _file_meant(row, table, present, by_name) for row in table.labels}
        rows.update(_files_of_another_machine([row for row in rows if _ABSOLUTE.match(row)], present))
        met = {row: file for row, file in rows.items() if file}
        found.by_path.update({file: table.labels[row] for row, file in met.items()})
        found.notes += _notes(table, [row for row in rows if row not in met])
    return found


def _file_meant(row: str, table: LabelTable, present: set[str], by_name: Mapping[str, Sequence[str]]) -> str:
    """The path of the file that a row with a relative path means, or nothing."""
    path = plain_path(row)
    folder = plain_path(table.name).rpartition("/")[0]
    beside = plain_path(f"{folder}/{path}")
    if beside in present:
        return beside
    if "/" in path:
        return path if path in present else ""
    alike = by_name.get(path, ())
    return alike[0] if len(alike) == 1 else ""


def _files_of_another_machine(rows: Sequence[str], present: set[str]) -> dict[str, str]:
    """Row -> file of rows that all begin at one machine's top: below the one folder under which most are found."""
    parts = {row: PurePosixPath(plain_path(re.sub(r"^file:/*", "/", row))).parts for row in rows}
    bases: dict[tuple[str, ...], dict[str, str]] = {}
    for row, path in parts.items():
        for start in range(len(path)):
            file = "/".join(path[start:])
            if file in present:
                bases.setdefault(path[:start], {})[row] = file
    best = max(bases, key=lambda base: (len(bases[base]), -len(base)), default=None)
    return {} if best is None else bases[best]


def _notes(table: LabelTable, lost: Sequence[str]) -> list[str]:
    """What a reader of the answers must know of a table: that it was guessed at, that nothing of it was found."""
    notes = []
    if table.page:
        notes.append(
            f"{table.name} does not say how its letters are encoded; it was read as {table.page}. "
            "If names look wrong, save it as “CSV UTF-8”."
        )
    if lost and len(lost) == len(table.labels):
        notes.append(
            f"No row of {table.name} is about one of these photographs; there is no “{_short(lost[0])}”, for example."
        )
    elif lost:
        rows = "1 row" if len(lost) == 1 else f"{len(lost)} rows"
        verb = "names" if len(lost) == 1 else "name"
        notes.append(f"{rows} of {table.name} {verb} no photograph that is here, “{_short(lost[0])}” for example.")
    return notes


def _short(name: str) -> str:
    return name if len(name) <= 80 else name[:79] + "…"


def _word(text: str) -> str:
    return plain_path(text).lower().replace("_", "-").replace(" ", "-")
