"""Going on with a table of answers that a killed run left: which files it holds already. `classify` asks."""

import csv
import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from explorer.errors import CatalogError
from explorer.predict.answer_files import columns, safe_cell


def done_lines(path: Path, kind: str, k: int, known: tuple[str, ...]) -> set[int]:
    """The `name_digest` of every file that the table holds already; a last line that a kill cut is taken away first.

    Args:
        kind: "csv" or "json".
        known: the labels that may stand in it.
    Raises:
        CatalogError: another command wrote it.
    """
    if not path.exists():
        return set()
    with path.open("rb+") as file:
        file.truncate(_whole_lines(file, kind))
    done: set[int] = set()
    names = {"", *known, *map(safe_cell, known)}
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as lines:
        for file_name, best in _json_lines(path, lines) if kind == "json" else _csv_lines(path, lines, k):
            if best not in names:
                raise CatalogError(f"{path} names {best!r}, which is none of the labels asked for; resume as it began.")
            done.add(name_digest(file_name))
    return done


def _json_lines(path: Path, lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """(file, best label) of each line."""
    for line in lines:
        try:
            one = json.loads(line)
            yield one["file"], one["top_k"][0]["label"] if one["top_k"] else ""
        except (ValueError, KeyError, TypeError) as error:
            raise CatalogError(f"{path} holds lines that are not this command's JSON; resume as it began.") from error


def _csv_lines(path: Path, lines: Iterable[str], k: int) -> Iterator[tuple[str, str]]:
    """(file, best label) of each line."""
    table = csv.DictReader(lines)
    if table.fieldnames is not None and list(table.fieldnames) != columns(k):
        raise CatalogError(f"{path} has other columns than --k {k} gives; resume with the k it began with.")
    for row in table:
        yield row["file"], row["label_1"]


def _whole_lines(file: BinaryIO, kind: str) -> int:
    """Bytes up to the end of the last whole line; in CSV a line break between quotes ends none."""
    whole = at = quotes = 0
    for line in file:
        at += len(line)
        quotes += line.count(b'"')
        if line.endswith(b"\n") and (kind == "json" or quotes % 2 == 0):
            whole = at
    return whole


def name_digest(path: str) -> int:
    """What is kept of a file's name, eight bytes."""
    return int.from_bytes(hashlib.blake2b(safe_cell(path).encode("utf-8", "surrogateescape"), digest_size=8).digest())
