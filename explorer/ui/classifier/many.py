"""Server functions of "Many photographs": a few files of a drop or a zip at a time; the browser keeps the table."""

import base64
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from gradio.utils import get_upload_folder

from explorer.errors import CatalogError, ExplorerError
from explorer.image import open_remarked, render
from explorer.ui.answers import ranking
from explorer.ui.networks.gpu import on_gpu
from explorer.ui.networks.menu import Shelf
from explorer.ui.request import whole
from explorer.ui.turns import go_on
from explorer.ui.uploads import uploaded_path

if TYPE_CHECKING:
    from explorer.predict import Classifier
    from explorer.predict.many import TableLine
    from explorer.predict.tables import LabelTable

MOST_AT_ONCE = 8  # photographs a request
MOST_PHOTOGRAPHS = 200
MOST_TABLES = 50
THUMBNAIL_SIDE = 96  # pixels


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
        with ZipPhotographs(uploaded_path(request.get("path")), classifier.known_labels) as photographs:
            entries = [{"index": one.index, "name": one.name, "label": one.label} for one in photographs.entries]
            return {"entries": entries, "notes": photographs.notes}

    def label_files(self, request: dict[str, Any]) -> dict[str, Any]:
        """What the photographs of these {"names"} (paths) show, by uploaded tables [{"name", "path"}] or their folders.

        Returns:
            {"labels": one a name, empty if nobody says; "notes": what is to be said of the tables, a sentence each}.
        """
        from explorer.predict.labelling import label_of_folder, match
        from explorer.predict.names import plain_path

        classifier = self._shelf.classifier(request.get("network"))
        names: list[str] = _list_of(request, "names", str, MOST_PHOTOGRAPHS)
        tables: list[dict[str, Any]] = _list_of(request, "tables", dict, MOST_TABLES)
        read, notes = _tables(tables, names)
        found = match(read, names)
        labels = [found.by_path.get(plain_path(one)) or label_of_folder(one, classifier.known_labels) for one in names]
        return {"labels": labels, "notes": notes + found.notes}

    def table_file(self, request: dict[str, Any]) -> dict[str, str]:
        """The table of {"lines"} as a file {"name", "content"}, in base64.

        A line is {"file", "label", "top", "strange", "error"}. {"format"} is "csv" or "xlsx"; {"k"} the labels a line.

        Raises:
            CatalogError: another format, or lines of another form.
        """
        from explorer.predict.answer_files import table_file

        lines: list[dict[str, Any]] = _list_of(request, "lines", dict, MOST_PHOTOGRAPHS)
        kind = str(request.get("format", "csv"))
        k = whole(request, "k", 10, lowest=1, default=3)
        content = table_file(kind, [_table_line(line) for line in lines], k)
        return {"name": f"answers.{kind}", "content": base64.b64encode(content).decode()}

    def classify_entries(self, request: dict[str, Any]) -> list[dict[str, Any]]:
        """The answers to some {"entries"} (their indices) of an uploaded zip {"path"}."""
        from explorer.predict.zips import ZipPhotographs

        indices = [whole({"entry": one}, "entry", 100_000) for one in _few(request, "entries")]
        path = uploaded_path(request.get("path"))
        with ZipPhotographs(path, unpack_in=get_upload_folder()) as photographs:
            return self._lines(request, [partial(photographs.photograph, index) for index in indices])

    def classify_files(self, request: dict[str, Any]) -> list[dict[str, Any]]:
        """The answers to some uploaded {"paths"}."""
        paths = _few(request, "paths")
        return self._lines(request, [partial(_open, path) for path in paths])

    def _lines(
        self, request: dict[str, Any], opening: list[Callable[[], tuple[npt.NDArray[np.uint8], str]]]
    ) -> list[dict[str, Any]]:
        classifier = self._shelf.classifier(request.get("network"))
        k = whole(request, "k", 10, lowest=1, default=3)
        lines: list[dict[str, Any]] = []
        for open_one in opening:
            go_on()
            try:
                image, remark = open_one()
            except ExplorerError as error:
                lines.append({"error": str(error)})
            else:
                answer = self._answer(classifier, image, k)
                lines.append({**answer, "thumbnail": _thumbnail(image), "remark": remark})
        return lines


def _answer(classifier: "Classifier", image: npt.NDArray[np.uint8], k: int) -> dict[str, Any]:
    """The first labels under every name that the page may choose, so that another choice needs no other forward."""
    from explorer.predict.many import is_strange

    logits = classifier.answers(classifier.preprocessing(image))[0]
    sets = {name: ranking(classifier.rank(logits, k, name)) for name in classifier.label_sets}
    return {"top": ranking(classifier.rank(logits, k)), "sets": sets, "strange": is_strange(classifier, logits)}


def _list_of(request: dict[str, Any], key: str, kind: type, most: int) -> list[Any]:
    """What a request holds under a key; nothing where it has no such key.

    Raises:
        CatalogError: no list, one of other things, or one that is too long.
    """
    values = request.get(key, [])
    if not isinstance(values, list) or len(values) > most or not all(isinstance(value, kind) for value in values):
        raise CatalogError(f"{key} must be a list of at most {most}.")
    return values


def _tables(tables: list[dict[str, Any]], names: list[str]) -> "tuple[list[LabelTable], list[str]]":
    """Uploaded tables as they can be read, and a sentence for each that cannot."""
    from explorer.predict.tables import LabelTable, read_tables

    named = [(str(table.get("name")), uploaded_path(table.get("path")).read_bytes) for table in tables]
    read: list[LabelTable] = []
    notes: list[str] = []
    for (name, _), table in zip(named, read_tables(named, names), strict=True):
        if isinstance(table, LabelTable):
            read.append(table)
        else:
            notes.append(f"Any labels in {name} were left out. {table}")
    return read, notes


def _table_line(line: dict[str, Any]) -> "TableLine":
    """A line as the browser keeps it.

    Raises:
        CatalogError: a value of another kind.
    """
    from explorer.predict.classifier import Prediction
    from explorer.predict.many import TableLine

    try:
        top = [
            Prediction(
                str(one["label"]), float(one["probability"]), None if one["logit"] is None else float(one["logit"])
            )
            for one in line.get("top") or []
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise CatalogError("Each answer of a line has a label, a probability and a logit.") from error
    strange = line.get("strange")
    texts = {name: _text(line.get(name)) for name in ("file", "label", "error")}
    return TableLine(top=tuple(top), strange=strange if isinstance(strange, bool) else None, **texts)


def _text(value: object) -> str:
    """A browser's text; half of a surrogate pair, which a name on Windows may have, is no letter."""
    return str(value or "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _open(path: object) -> tuple[npt.NDArray[np.uint8], str]:
    return open_remarked(uploaded_path(path))


def _few(request: dict[str, Any], key: str) -> list[Any]:
    values = request.get(key)
    if not isinstance(values, list) or not 1 <= len(values) <= MOST_AT_ONCE:
        msg = f"Between 1 and {MOST_AT_ONCE} photographs can be asked for at a time."
        raise CatalogError(msg)
    return values


def _thumbnail(image: npt.NDArray[np.uint8]) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(render.picture_jpeg(image, THUMBNAIL_SIDE, 80)).decode()
