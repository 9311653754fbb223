"""Server functions of "Many photographs": a few files of a drop or a zip at a time; the browser keeps the table."""

import base64
import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from explorer.errors import CatalogError, ExplorerError
from explorer.image import open_upload, render
from explorer.ui.answers import ranking
from explorer.ui.networks.gpu import on_gpu
from explorer.ui.networks.menu import Shelf
from explorer.ui.request import whole
from explorer.ui.uploads import uploaded_path

if TYPE_CHECKING:
    from explorer.predict import Classifier

MOST_AT_ONCE = 8  # photographs a request
THUMBNAIL_SIDE = 96  # pixels

_turn = threading.Semaphore(2)  # as many of these requests work at a time; a visitor's single answer goes between


class Piles:
    """Many photographs through one checkpoint."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._answer = on_gpu(_answer)

    def open_zip(self, request: dict[str, Any]) -> dict[str, Any]:
        """The photographs of an uploaded zip {"path"}, with the labels that its folders or its table give.

        A folder counts if it is named after a class of {"network"} or after a label of any of its label sets.
        """
        from explorer.predict.zips import ZipPhotographs

        classifier = self._shelf.classifier(request.get("network"))
        with _turn, ZipPhotographs(uploaded_path(request.get("path")), classifier.known_labels) as photographs:
            entries = [{"index": one.index, "name": one.name, "label": one.label} for one in photographs.entries]
        return {"entries": entries}

    def classify_entries(self, request: dict[str, Any]) -> list[dict[str, Any]]:
        """The answers to some {"entries"} (their indices) of an uploaded zip {"path"}."""
        from explorer.predict.zips import ZipPhotographs

        indices = [whole({"entry": one}, "entry", 100_000) for one in _few(request, "entries")]
        path = uploaded_path(request.get("path"))
        with _turn, ZipPhotographs(path) as photographs:
            return self._lines(request, [partial(photographs.image, index) for index in indices])

    def classify_files(self, request: dict[str, Any]) -> list[dict[str, Any]]:
        """The answers to some uploaded {"paths"}."""
        paths = _few(request, "paths")
        with _turn:
            return self._lines(request, [partial(_open, path) for path in paths])

    def _lines(  # the caller has the turn
        self, request: dict[str, Any], opening: list[Callable[[], npt.NDArray[np.uint8]]]
    ) -> list[dict[str, Any]]:
        classifier = self._shelf.classifier(request.get("network"))
        k = whole(request, "k", 10, lowest=1, default=3)
        lines: list[dict[str, Any]] = []
        for open_one in opening:
            try:
                image = open_one()
            except ExplorerError as error:
                lines.append({"error": str(error)})
            else:
                lines.append({**self._answer(classifier, image, k), "thumbnail": _thumbnail(image)})
        return lines


def _answer(classifier: "Classifier", image: npt.NDArray[np.uint8], k: int) -> dict[str, Any]:
    """The first labels under every name that the page may choose, so that another choice needs no other forward."""
    from explorer.predict.many import is_strange

    logits = classifier.logits(image)
    sets = {name: ranking(classifier.rank(logits, k, name)) for name in classifier.label_sets}
    return {"top": ranking(classifier.rank(logits, k)), "sets": sets, "strange": is_strange(classifier, logits)}


def _open(path: object) -> npt.NDArray[np.uint8]:
    return open_upload(uploaded_path(path))


def _few(request: dict[str, Any], key: str) -> list[Any]:
    values = request.get(key)
    if not isinstance(values, list) or not 1 <= len(values) <= MOST_AT_ONCE:
        msg = f"Between 1 and {MOST_AT_ONCE} photographs can be asked for at a time."
        raise CatalogError(msg)
    return values


def _thumbnail(image: npt.NDArray[np.uint8]) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(render.picture_jpeg(image, THUMBNAIL_SIDE, 80)).decode()
