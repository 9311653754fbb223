"""Photographs of visitors: opened once, kept under a token, moved; and which file a caller may name.

This stands in for gradio's own image input, which opens any picture on the server that a caller names.
"""

import base64
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from gradio.utils import get_upload_folder, is_in_or_equal

from explorer.errors import ImageError
from explorer.image import decode as image_file
from explorer.image import render
from explorer.image.file_names import working_name
from explorer.image.moving import Movement
from explorer.settings import EXAMPLES
from explorer.ui.store import Store
from explorer.ui.visitor import visitor

PREVIEW_SIDE = 640  # pixels: what the left column shows
THUMBNAIL_SIDE = 112  # pixels: an example in the strip below it

_users: dict[str, set[str]] = {}  # visitors by upload, as gradio keeps equal files of several once; its folder is one
_users_lock = threading.Lock()


@dataclass(frozen=True)
class Photograph:
    """One visitor's photograph."""

    image: npt.NDArray[np.uint8]  # the working picture, (H, W, 3)
    name: str  # of the file, as the visitor knows it
    full_width: int  # of the upright file, pixels
    full_height: int
    remark: str = ""  # where it is not quite what its file holds
    original: str = ""  # token of the photograph that this one was moved from; empty: it is one itself
    movement: Movement | None = None
    suffix: str = ""  # of the file that is kept, where it is not the name's


def uploaded_path(path: object) -> Path:
    """`path` as a file that a visitor has uploaded.

    Raises:
        ImageError: no path, or one outside the folder for uploads: a caller may name only what was uploaded.
    """
    if not isinstance(path, str) or not is_in_or_equal(path, get_upload_folder()) or not Path(path).is_file():
        raise ImageError("This is not an uploaded file; please upload the picture itself.")
    with _users_lock:
        if visitor():
            _users.setdefault(path, set()).add(visitor())
        Path(path).touch()  # it counts as used now
    return Path(path)


def forget_uploads(of_visitor: str) -> int:
    """Delete the uploads that this visitor has used, and nobody else; how many that were."""
    with _users_lock:
        used = [path for path, users in _users.items() if of_visitor in users]
        for path in used:
            _users[path].discard(of_visitor)
            if not _users[path]:
                del _users[path]
                Path(path).unlink(missing_ok=True)
        for path in [path for path in _users if not Path(path).exists()]:
            del _users[path]
    return len(used)


def example_names() -> list[str]:
    """Names of the pictures that the project drew, in the order of the page."""
    return [path.stem for path in sorted(EXAMPLES.glob("*.png"))]


class Photographs:
    """Opens photographs and finds them again by token."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, token: object) -> Photograph:
        """The photograph behind a token.

        Raises:
            ExplorerError: unknown or expired.
        """
        found: Photograph = self._store.get(token, Photograph)
        return found

    def file(self, token: str, name: str, make: Callable[[], bytes]) -> str:
        """Path of a file that belongs to a photograph, made at the first call and kept as long as the photograph is."""
        return self._store.file(token, name, make)

    def full_picture(self, token: object) -> npt.NDArray[np.uint8]:
        """The photograph anew from its file, at its full size, 24 megapixels at the most; (H, W, 3)."""
        photograph = self.get(token)
        suffix = photograph.suffix or Path(photograph.name).suffix
        file = self._store.file(photograph.original or str(token), "original" + suffix, bytes)
        whole = image_file.open_upload(file, longer_side=max(photograph.full_width, photograph.full_height))
        return photograph.movement.apply(whole) if photograph.movement else whole

    def examples(self, _request: dict[str, Any]) -> list[dict[str, str]]:
        """The drawn pictures, each with its name and a small preview to show."""
        return _example_previews()

    def open_photo(self, request: dict[str, Any]) -> dict[str, Any]:
        """Open the uploaded file {"path"} and give back its token, sizes and preview.

        Raises:
            ImageError: no uploaded file, or no picture.
        """
        return self.keep(uploaded_path(request.get("path")))

    def open_example(self, request: dict[str, Any]) -> dict[str, Any]:
        """Open the drawn picture {"name"} likewise; the first one if there is none of that name and {"or_first"}.

        Raises:
            ImageError: no such example.
        """
        names = example_names()
        name = request.get("name")
        if name not in names:
            if not request.get("or_first"):
                msg = f"There is no example of that name; there are {', '.join(names)}."
                raise ImageError(msg)
            name = names[0]
        return {**self.keep(EXAMPLES / f"{name}.png"), "example": name}

    def move_photo(self, request: dict[str, Any]) -> dict[str, Any]:
        """The photograph {"photo"} moved by {"shift_x", "shift_y", "turn", "scale", "mirrored", "box"}, as a new one.

        A token of one that was moved before may be sent as "replaces"; it is then forgotten.

        Raises:
            ImageError: one that was moved before, or numbers by which nothing can be moved.
        """
        source = self.get(request.get("photo"))
        if source.original:
            raise ImageError("Only the photograph itself can be moved, not one that was moved already.")
        movement = _movement(request)
        moved = movement.apply(source.image)
        replaced = request.get("replaces")
        if isinstance(replaced, str) and self._store.holds(replaced) and self.get(replaced).original:
            self._store.drop(replaced)
        photograph = replace(source, image=moved, original=str(request["photo"]), movement=movement)
        return self._describe(self._store.put(photograph, moved.nbytes), photograph)

    def working_picture(self, request: dict[str, Any]) -> dict[str, Any]:
        """The exact pixels that the tabs work on, as a PNG file, for the {"photo"} of this token.

        "name" is what the file is called in what a visitor takes away.
        """
        photograph = self.get(request.get("photo"))
        height, width = photograph.image.shape[:2]
        path = self._store.file(request["photo"], "working.png", lambda: render.picture_png(photograph.image))
        return {"path": path, "name": working_name(photograph.name), "width": width, "height": height}

    def keep(self, file: Path, name: str = "") -> dict[str, Any]:
        """Open a picture's file under its own name or another; what the page needs to know of it.

        Raises:
            ImageError: it is no picture.
        """
        image, remark = image_file.open_remarked(file)
        width, height = image_file.full_size(file)
        photograph = Photograph(image, name or file.name, width, height, remark, suffix=file.suffix)
        token = self._store.put(photograph, image.nbytes)
        self._store.file(token, "original" + file.suffix, file.read_bytes)
        return self._describe(token, photograph)

    def described(self, token: str) -> dict[str, Any]:
        """What the page needs to know of a photograph that is kept.

        Raises:
            ExplorerError: unknown or expired.
        """
        return self._describe(token, self.get(token))

    def _describe(self, token: str, photograph: Photograph) -> dict[str, Any]:
        image = photograph.image
        preview = self._store.file(token, "preview.jpg", lambda: render.picture_jpeg(image, PREVIEW_SIDE))
        return {
            "token": token,
            "name": photograph.name,
            "width": image.shape[1],
            "height": image.shape[0],
            "full_width": photograph.full_width,
            "full_height": photograph.full_height,
            "moved": bool(photograph.original),
            "preview": preview,
            "remark": photograph.remark,
        }


def _movement(request: dict[str, Any]) -> Movement:
    box = request.get("box", [0, 0, 1, 1])
    numbers = [request.get("shift_x", 0), request.get("shift_y", 0), request.get("turn", 0), request.get("scale", 1)]
    if not isinstance(box, list) or len(box) != 4 or not all(type(value) in {int, float} for value in numbers + box):
        raise ImageError("Shifts, turn, scale and the four numbers of the box must be numbers.")
    shift_x, shift_y, turn, scale, left, top, width, height = map(float, numbers + box)
    mirrored = request.get("mirrored") is True
    return Movement(shift_x, shift_y, turn, scale, mirrored, (left, top, width, height))


@cache
def _example_previews() -> list[dict[str, str]]:
    previews = []
    for name in example_names():
        small = render.picture_jpeg(image_file.open_upload(EXAMPLES / f"{name}.png"), THUMBNAIL_SIDE)
        previews.append({"name": name, "preview": "data:image/jpeg;base64," + base64.b64encode(small).decode()})
    return previews
