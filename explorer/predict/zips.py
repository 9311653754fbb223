"""The photographs of a zip file, read in place.

Nothing is unpacked to disk under a name of its own, so no path can leave the zip, and every bound is checked on the
bytes that really come out, not on what its directory promises. Its directory is measured before it is parsed.
"""

import os
import struct
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from explorer.errors import CatalogError, ImageError
from explorer.image import open_remarked
from explorer.image.decode import is_photograph, suffix_of
from explorer.predict.labelling import label_of_folder, match
from explorer.predict.many import MOST_PHOTOGRAPHS
from explorer.predict.names import is_clutter, plain_path
from explorer.predict.tables import MOST_TABLE_BYTES, LabelTable, is_table, read_tables
from explorer.predict.zip_names import entry_names, packed_with

MOST_ZIP_BYTES = 200_000_000
MOST_PHOTO_BYTES = 20_000_000  # of one photograph, unpacked
MOST_ENTRIES = 2_000  # folders and foreign files included
MOST_DIRECTORY_BYTES = 1_000_000  # what 2,000 entries with names of 400 letters take
MOST_UNPACKED_BYTES = 1_000_000_000

_END, _LOCATOR, _END_64 = b"PK\x05\x06", b"PK\x06\x07", b"PK\x06\x06"  # APPNOTE.TXT 4.3.14 to 4.3.16
_END_BYTES, _LOCATOR_BYTES, _END_64_BYTES = 22, 20, 56
_TAIL_BYTES = 65_535 + _END_BYTES + _LOCATOR_BYTES + _END_64_BYTES  # the longest comment behind them


@dataclass(frozen=True)
class ZipEntry:
    """A photograph in a zip, or a table of labels that could not be read."""

    index: int  # among all entries of the archive
    name: str
    label: str  # from a table or its folder; empty if neither tells


class ZipPhotographs:
    """The photographs of a zip file.

    Args:
        known: names that a folder may have to say what its photographs show.
        unpack_in: the folder in which one photograph at a time is unpacked; None for the system's.

    Raises:
        CatalogError: no zip, encrypted, or larger than a bound; one sentence says which.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        known: Sequence[str] = (),
        unpack_in: str | None = None,
        *,
        most: int = MOST_PHOTOGRAPHS,
    ) -> None:
        self._unpack_in = unpack_in
        if Path(path).stat().st_size > MOST_ZIP_BYTES:
            raise CatalogError(
                f"This zip is larger than {MOST_ZIP_BYTES // 1_000_000} MB; please send fewer photographs."
            )
        _check_directory(Path(path))
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError) as error:
            raise CatalogError("This file is no zip that can be read; please pack the photographs anew.") from error
        self._infos = self._zip.infolist()
        self._check()
        self._names = entry_names(self._infos)
        self._unread: dict[int, ImageError] = {}  # tables, by their number
        photographs = {
            index: name
            for index, name in enumerate(self._names)
            if not self._infos[index].is_dir() and not is_clutter(name) and is_photograph(name)
        }
        labels = match(self._tables(list(photographs.values())), photographs.values())
        self.notes = labels.notes  # what is to be said of the tables, a sentence each
        self.entries = [
            ZipEntry(index, name, labels.by_path.get(plain_path(name)) or label_of_folder(name, known))
            for index, name in enumerate(self._names)
            if index in photographs or index in self._unread
        ]
        if len(self.entries) == len(self._unread):
            raise CatalogError("There is no photograph in this zip.")
        if len(self.entries) > most:
            raise CatalogError(f"This zip holds {len(self.entries)} photographs; at most {most} can be taken.")

    def __enter__(self) -> "ZipPhotographs":
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def photograph(self, index: int) -> tuple[npt.NDArray[np.uint8], str]:
        """The working picture of an entry, uint8 (H, W, 3), and what is to be said of it, empty for nearly all.

        Raises:
            ImageError: no such entry, larger than a photograph may be, damaged, or no picture.
        """
        if index not in {entry.index for entry in self.entries}:
            raise ImageError(f"There is no photograph number {index} in this zip.")
        if index in self._unread:
            raise self._unread[index]
        info = self._infos[index]
        content = self._bytes(info, MOST_PHOTO_BYTES)
        with tempfile.NamedTemporaryFile(
            dir=self._unpack_in, suffix=suffix_of(self._names[index]), delete=False
        ) as file:
            file.write(content)
        try:
            return open_remarked(file.name)
        finally:
            Path(file.name).unlink(missing_ok=True)

    def _check(self) -> None:
        _check_count(len(self._infos))
        if any(info.flag_bits & 1 for info in self._infos):
            raise CatalogError("This zip is locked with a password; please pack the photographs without one.")
        unpacked = sum(info.file_size for info in self._infos)
        if unpacked > MOST_UNPACKED_BYTES:
            raise CatalogError(f"Unpacked, this zip would have {unpacked / 1e9:.1f} GB; at most 1 GB is read.")

    def _tables(self, files: Sequence[str]) -> list[LabelTable]:
        """Every table in the zip; one that cannot be read becomes a line of its own."""
        indices = [
            index for index, info in enumerate(self._infos) if is_table(self._names[index]) and not info.is_dir()
        ]
        contents = [(self._names[at], partial(self._bytes, self._infos[at], MOST_TABLE_BYTES)) for at in indices]
        tables = []
        for index, table in zip(indices, read_tables(contents, files), strict=True):
            if isinstance(table, LabelTable):
                tables.append(table)
            else:
                self._unread[index] = ImageError(f"Any labels in this table were left out. {table}")
        return tables

    def _bytes(self, info: zipfile.ZipInfo, limit: int) -> bytes:
        """What an entry really holds, at most `limit` bytes of it."""
        try:
            with self._zip.open(info) as entry:
                content = entry.read(limit + 1)
        except NotImplementedError as error:
            raise ImageError(
                f"This file is packed with {packed_with(info)}, which cannot be unpacked here; "
                "please pack it with the ordinary method (Deflate)."
            ) from error
        except Exception as error:  # BadZipFile, zlib.error, LZMAError, ...: each kind of stream raises its own
            raise ImageError("This file is damaged inside the zip.") from error
        if len(content) > limit:
            raise ImageError(f"This file has more than {limit // 1_000_000} MB unpacked; it was not read.")
        return content


def _check_directory(path: Path) -> None:
    """Refuse a directory that would take long to parse, by the size that any of its possible end records gives."""
    with path.open("rb") as file:
        file.seek(-min(_TAIL_BYTES, path.stat().st_size), os.SEEK_END)
        tail = file.read()
    for entries, size in _ends(tail):
        _check_count(entries)
        if size > MOST_DIRECTORY_BYTES:
            raise CatalogError("The list of files in this zip is too long; please pack fewer photographs.")


def _check_count(entries: int) -> None:
    if entries > MOST_ENTRIES:
        raise CatalogError(f"This zip has {entries} entries; at most {MOST_ENTRIES} are read.")


def _ends(tail: bytes) -> Iterator[tuple[int, int]]:
    """(entries, bytes of the directory) of every end record that the last bytes of a zip hold."""
    at = tail.find(_END)
    while at >= 0 and at + _END_BYTES <= len(tail):
        entries, size = struct.unpack_from("<HI", tail, at + 10)
        locator, large = at - _LOCATOR_BYTES, at - _LOCATOR_BYTES - _END_64_BYTES
        if large >= 0 and tail.startswith(_LOCATOR, locator) and tail.startswith(_END_64, large):
            entries, size = struct.unpack_from("<QQ", tail, large + 32)
        yield entries, size
        at = tail.find(_END, at + 1)
