"""A lesson in a zip: photographs in folders, one a class, or with a table that says what each shows."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from explorer.errors import CatalogError, ImageError
from explorer.image.pixels import Picture
from explorer.predict.names import plain_path
from explorer.predict.zips import ZipEntry, ZipPhotographs
from explorer.teaching.base import AT_ONCE, Base, Glance
from explorer.teaching.bounds import MOST_PHOTOGRAPHS
from explorer.teaching.lesson import Pupil

UNSAID = "Neither a folder nor a table says what this photograph shows, so it teaches nothing."


@dataclass(frozen=True)
class Unread:
    """A photograph that teaches nothing, and why."""

    name: str
    error: str


def pupils_of_zip(path: Path, base: Base, unpack_in: str | None = None) -> tuple[list[Pupil], list[Unread], list[str]]:
    """What can teach of a zip, what cannot, and what is to be said of its tables.

    Args:
        unpack_in: as for ZipPhotographs.

    Raises:
        CatalogError: no zip that can be read, too many photographs, or none of them a picture.
    """
    pupils: list[Pupil] = []
    unread: list[Unread] = []
    with ZipPhotographs(path, unpack_in=unpack_in, most=MOST_PHOTOGRAPHS) as photographs:
        for few in _batches(photographs.entries):
            for entry, found in zip(few, look_at(base, [_opening(photographs, one) for one in few]), strict=True):
                label = entry.label or folder_of(entry.name)
                if isinstance(found, ImageError):
                    unread.append(Unread(entry.name, str(found)))
                elif label:
                    pupils.append(Pupil(entry.name, label, found[1]))
                else:
                    unread.append(Unread(entry.name, UNSAID))
        notes = photographs.notes
    if not pupils:
        raise CatalogError(f"No photograph of this zip can teach anything. {unread[0].name}: {unread[0].error}")
    return pupils, unread, notes


def folder_of(name: str) -> str:
    """The folder that a file lies in, which names its class; empty at the top."""
    folders = plain_path(name).split("/")[:-1]
    return folders[-1].strip() if folders else ""


def look_at(base: Base, opening: Sequence[Callable[[], Picture]]) -> list[tuple[Picture, Glance] | ImageError]:
    """A few pictures, opened and looked at together; the error of each that cannot be opened in its place."""
    found: list[Picture | ImageError] = []
    for open_one in opening:
        try:
            found.append(open_one())
        except ImageError as error:
            found.append(error)
    images = [one for one in found if not isinstance(one, ImageError)]
    looks = iter(base.look(images) if images else [])
    return [one if isinstance(one, ImageError) else (one, next(looks)) for one in found]


def _batches(entries: Sequence[ZipEntry]) -> Iterator[Sequence[ZipEntry]]:
    """As many at a time as the network looks at together."""
    return (entries[start : start + AT_ONCE] for start in range(0, len(entries), AT_ONCE))


def _opening(photographs: ZipPhotographs, entry: ZipEntry) -> Callable[[], Picture]:
    return lambda: photographs.photograph(entry.index)[0]
