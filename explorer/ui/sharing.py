"""What a link cannot carry: a lesson file, and, where the host allows it, a photograph kept for those with its link.

A lesson file is a .zip of three entries: `picture.png`, the working picture as it was before any move; `state.json`,
the name of the photograph and the page's link; `note.txt`, what its maker says. Opening one reads these three and
nothing else, each up to its limit. A shared photograph is kept in memory for SHARED_HOURS, and only on a host that was
started with EXPLORER_SHARED_PHOTOS=1.
"""

import hashlib
import io
import json
import tempfile
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from gradio.utils import get_upload_folder

from explorer.errors import ExplorerError, ImageError
from explorer.image import render
from explorer.ui.store import Store
from explorer.ui.turns import at_once
from explorer.ui.uploads import Photograph, Photographs, uploaded_path

SHARED_HOURS = 24
SHARED_BYTES = 200_000_000  # of all shared photographs together; the one used longest ago goes first
VERSION = 1
PICTURE, STATE, NOTE = "picture.png", "state.json", "note.txt"
LIMITS = {PICTURE: 30_000_000, STATE: 20_000, NOTE: 20_000}  # bytes
LONGEST_LINK, LONGEST_NOTE, LONGEST_NAME = 6000, 4000, 120  # characters
PARTS = ("page.", "photo.", "network.", "filters.", "sizes.", "maps.", "classifier.", "lesson.")  # of the page's link
NO_LESSON = "This zip holds no lesson; a lesson file is made by “Save a lesson file” under Share."


class Sharing:
    """The server functions."""

    def __init__(self, photographs: Photographs, store: Store, *, shared_photos: bool) -> None:
        self._photographs = photographs
        self._store = store
        self.shared = Store(SHARED_BYTES, SHARED_HOURS * 3600) if shared_photos else None

    @at_once
    def sharing(self, _request: dict[str, Any]) -> dict[str, Any]:
        """For how many hours a photograph of one's own can be shared by link here; 0 where it cannot."""
        return {"hours": SHARED_HOURS if self.shared else 0}

    def lesson_file(self, request: dict[str, Any]) -> dict[str, str]:
        """A lesson of the {"photo"}, the page's {"link"} and a {"note"}: the path of a .zip, and a name for it.

        Raises:
            ExplorerError: no photograph is kept under that token, or a text is too long.
        """
        token, photograph = self._unmoved(request.get("photo"))
        state = {"version": VERSION, "name": photograph.name, "link": _checked_link(request.get("link"))}
        note = _text(request.get("note"), LONGEST_NOTE, "note")
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(PICTURE, render.picture_png(photograph.image))
            archive.writestr(STATE, json.dumps(state, ensure_ascii=False))
            archive.writestr(NOTE, note)
        name = f"lesson-{hashlib.sha256(file.getvalue()).hexdigest()[:12]}.zip"
        path = self._store.file(token, name, file.getvalue)
        return {"path": path, "name": f"{Path(photograph.name).stem} lesson.zip"}

    def open_lesson(self, request: dict[str, Any]) -> dict[str, Any]:
        """The lesson in the uploaded file {"path"}: its photograph, its link and its note.

        Raises:
            ImageError: no uploaded file, or one that is no lesson.
        """
        try:
            with zipfile.ZipFile(uploaded_path(request.get("path"))) as archive:
                picture, state, note = (_entry(archive, name) for name in (PICTURE, STATE, NOTE))
            read = json.loads(state)
            link, name = _checked_link(read["link"]), _text(read["name"], LONGEST_NAME, "name")
            words = _text(note.decode("utf-8"), LONGEST_NOTE, "note")
        except ImageError:
            raise
        except (zipfile.BadZipFile, KeyError, TypeError, ValueError, NotImplementedError, RuntimeError) as error:
            raise ImageError(NO_LESSON) from error
        return {"photo": self._kept(picture, name), "link": link, "note": words}

    def open_kept(self, request: dict[str, Any]) -> dict[str, Any]:
        """The photograph that is kept under the token {"photo"}, as `open_photo` gives one.

        Raises:
            ExplorerError: it is kept no longer.
        """
        return self._photographs.described(str(request.get("photo")))

    def share_photo(self, request: dict[str, Any]) -> dict[str, Any]:
        """Keep the {"photo"} for whoever has its link: the word of the link, and for how many hours.

        Raises:
            ExplorerError: this host keeps none.
        """
        if self.shared is None:
            raise ExplorerError("This host keeps no photographs for others; send a lesson file instead.")
        _, photograph = self._unmoved(request.get("photo"))
        return {"shared": self.shared.put(photograph, photograph.image.nbytes), "hours": SHARED_HOURS}

    def open_shared(self, request: dict[str, Any]) -> dict[str, Any]:
        """The photograph that was shared under {"shared"}, for this visitor, as `open_photo` gives one.

        Raises:
            ExplorerError: there is none, or its time is over.
        """
        shared = request.get("shared")
        if self.shared is None or not isinstance(shared, str) or not self.shared.holds(shared):
            raise ExplorerError("The photograph of this link is no longer kept here; ask for its lesson file.")
        photograph: Photograph = self.shared.get(shared, Photograph)
        return self._kept(render.picture_png(photograph.image), photograph.name)

    def _kept(self, picture: bytes, name: str) -> dict[str, Any]:
        """A picture's file as a photograph of this visitor's."""
        with tempfile.NamedTemporaryFile(dir=get_upload_folder(), suffix=".png") as file:
            file.write(picture)
            file.flush()
            return self._photographs.keep(Path(file.name), name)

    def _unmoved(self, token: object) -> tuple[str, Photograph]:
        photograph = self._photographs.get(token)
        own = photograph.original or str(token)
        return own, self._photographs.get(own)


def _checked_link(link: object) -> str:
    """The parts of a link that are the page's own, and nothing else."""
    text = _text(link, LONGEST_LINK, "link")
    pairs = parse_qsl(text.removeprefix("?"), keep_blank_values=False, max_num_fields=200)
    return urlencode([(key, value) for key, value in pairs if key.startswith(PARTS)])


def _text(value: object, longest: int, what: str) -> str:
    if not isinstance(value, str) or len(value) > longest:
        raise ImageError(f"The {what} of a lesson is a text of at most {longest:,} characters.")
    return value


def _entry(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as entry:
        content = entry.read(LIMITS[name] + 1)
    if len(content) > LIMITS[name]:
        raise ImageError(f"The lesson's {name} is larger than {LIMITS[name] // 1000:,} kB.")
    return content
