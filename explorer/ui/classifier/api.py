"""The endpoint for many photographs at once: a table as a CSV file and as JSON."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import gradio as gr
import numpy as np
import numpy.typing as npt

from explorer.errors import CatalogError, ExplorerError
from explorer.image import open_upload
from explorer.ui.api import Photo, photo_path, plainly
from explorer.ui.networks.gpu import on_gpu
from explorer.ui.networks.menu import Shelf
from explorer.ui.request import whole
from explorer.ui.store import Store

if TYPE_CHECKING:
    from explorer.predict import Classifier
    from explorer.predict.many import TableLine

MOST_LABELS = 10

Opening = Callable[[], npt.NDArray[np.uint8]]


def publish(shelf: Shelf, store: Store) -> None:
    """Add the endpoint to the page that is being built."""
    run = on_gpu(_answers)

    def classify_many(photos: list[Photo], checkpoint: str = "products", k: int = 3) -> tuple[Photo, dict[str, Any]]:
        """The k likeliest labels of up to 200 photographs, or of those in a zip.

        Args:
            photos: uploaded picture files, or one zip of at most 200 MB.
            checkpoint: the name of a checkpoint.
            k: how many labels a photograph, 1 to 10.
        Returns:
            A CSV file, and {checkpoint, rows: [{file, label, top_k: [{label, probability, logit}], strange}],
            unread: [{file, error}]}. `label` is what a zip's folders or its tables of labels say, else empty.
        """
        from explorer.predict.many import as_json, table_csv

        whole({"k": k}, "k", MOST_LABELS, lowest=1)
        lines = run(shelf.classifier(checkpoint), photos, k)
        text = table_csv(lines, k).encode()
        token = store.put(text, len(text))
        table = {"path": store.file(token, "answers.csv", lambda: text), "meta": {"_type": "gradio.FileData"}}
        rows = [{name: value for name, value in as_json(line).items() if name != "error"} for line in lines if line.top]
        unread = [{"file": line.file, "error": line.error} for line in lines if line.error]
        return table, {"checkpoint": checkpoint, "rows": rows, "unread": unread}

    gr.api(plainly(classify_many), api_name="classify_many", concurrency_id="model", concurrency_limit=1)


def _answers(classifier: "Classifier", photos: object, k: int) -> "list[TableLine]":
    """One line a photograph, those of a zip in its place."""
    from explorer.predict.many import MOST_PHOTOGRAPHS, TableLine
    from explorer.predict.zips import ZipPhotographs

    if not isinstance(photos, list) or not 1 <= len(photos) <= MOST_PHOTOGRAPHS:
        raise CatalogError(f"photos must be a list of 1 to {MOST_PHOTOGRAPHS} uploaded files.")
    line = partial(_line, classifier, k)
    lines: list[TableLine] = []
    for photo in photos:
        path, name = photo_path(photo), _name(photo)
        if not name.lower().endswith(".zip"):
            lines.append(line(partial(open_upload, path), name))
            continue
        try:
            zipped = ZipPhotographs(path, classifier.known_labels)
        except CatalogError as error:
            lines.append(TableLine(name, error=str(error)))
            continue
        with zipped:
            if len(lines) + len(zipped.entries) > MOST_PHOTOGRAPHS:
                raise CatalogError(f"There are more than {MOST_PHOTOGRAPHS} photographs; send fewer at a time.")
            lines += [line(partial(zipped.image, one.index), one.name, one.label) for one in zipped.entries]
    return lines


def _line(classifier: "Classifier", k: int, opening: Opening, name: str, label: str = "") -> "TableLine":
    """One photograph's line, be it that it could not be read."""
    from explorer.predict.many import TableLine, answer

    try:
        image = opening()
    except ExplorerError as error:
        return TableLine(name, error=str(error), label=label)
    return replace(answer(classifier, image, k), file=name, label=label)


def _name(photo: Photo) -> str:
    """What the caller calls the file."""
    return str(photo.get("orig_name") or photo["path"]).replace("\\", "/").rsplit("/", 1)[-1]
