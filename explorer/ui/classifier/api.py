"""The endpoint for many photographs at once: a table as a CSV file and as JSON."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr
import numpy as np
import numpy.typing as npt
from gradio.utils import get_upload_folder

from explorer.errors import CatalogError, ExplorerError
from explorer.image import open_remarked
from explorer.ui.api import Photo, photo_path, plainly
from explorer.ui.networks.gpu import on_gpu
from explorer.ui.networks.menu import Shelf
from explorer.ui.request import whole
from explorer.ui.store import Store
from explorer.ui.turns import go_on

if TYPE_CHECKING:
    from explorer.predict import Classifier
    from explorer.predict.labelling import Labels
    from explorer.predict.many import TableLine

MOST_LABELS = 10

Opening = Callable[[], tuple[npt.NDArray[np.uint8], str]]


def publish(shelf: Shelf, store: Store) -> None:
    """Add the endpoint to the page that is being built."""
    run = on_gpu(_answers)

    def classify_many(
        photos: list[Photo], checkpoint: str = "products", k: int = 3, table_format: str = "csv"
    ) -> tuple[Photo, dict[str, Any]]:
        """The k likeliest labels of up to 200 photographs, or of those in a zip.

        Args:
            photos: uploaded picture files, or one zip of at most 200 MB. Tables among them (CSV, xlsx, ods) with the
                columns file and label say what the others show.
            checkpoint: the name of a checkpoint.
            k: how many labels a photograph, 1 to 10.
            table_format: csv or xlsx.
        Returns:
            A file, and {checkpoint, output, rows: [{file, label, top_k: [{label, probability, logit}], strange,
            remark}], unread: [{file, error}], notes: what is to be said of tables of labels}. `label` is what a zip's
            folders or tables say, else empty. `output` is what the network gives; where that is no "logits", `logit`
            is null and the table's cell empty. `remark` is a sentence where a picture is not quite what its file
            holds (a camera's raw file: its preview was used), else empty.
        Raises:
            CatalogError: no list of files, too many photographs, another format, or a table that cannot be read.
        """
        from explorer.predict.answer_files import as_json, table_file

        whole({"k": k}, "k", MOST_LABELS, lowest=1)
        table_file(table_format, (), k)  # refuses another format before any photograph is looked at
        classifier = shelf.classifier(checkpoint)
        lines, notes = run(classifier, photos, k)
        content = table_file(table_format, lines, k)
        token = store.put(content, len(content))
        path = store.file(token, f"answers.{table_format}", lambda: content)
        table = {"path": path, "meta": {"_type": "gradio.FileData"}}
        rows = [{name: value for name, value in as_json(line).items() if name != "error"} for line in lines if line.top]
        unread = [{"file": line.file, "error": line.error} for line in lines if line.error]
        said = {"rows": rows, "unread": unread, "notes": notes}
        return table, {"checkpoint": checkpoint, "output": classifier.output, **said}

    gr.api(plainly(classify_many), api_name="classify_many")


def _answers(classifier: "Classifier", photos: object, k: int) -> "tuple[list[TableLine], list[str]]":
    """One line a photograph, those of a zip in its place; and what is to be said of tables of labels."""
    from explorer.predict.many import MOST_PHOTOGRAPHS, TableLine
    from explorer.predict.names import plain_path
    from explorer.predict.zips import ZipPhotographs

    if not isinstance(photos, list) or not 1 <= len(photos) <= MOST_PHOTOGRAPHS:
        raise CatalogError(f"photos must be a list of 1 to {MOST_PHOTOGRAPHS} uploaded files.")
    line = partial(_line, classifier, k)
    lines: list[TableLine] = []
    sent, labels = _sent(photos)
    notes = labels.notes
    for path, name in sent:
        if not name.lower().endswith(".zip"):
            lines.append(line(partial(open_remarked, path), name, labels.by_path.get(plain_path(name), "")))
            continue
        try:
            zipped = ZipPhotographs(path, classifier.known_labels, get_upload_folder())
        except CatalogError as error:
            lines.append(TableLine(name, error=str(error)))
            continue
        with zipped:
            if len(lines) + len(zipped.entries) > MOST_PHOTOGRAPHS:
                raise CatalogError(f"There are more than {MOST_PHOTOGRAPHS} photographs; send fewer at a time.")
            lines += [line(partial(zipped.photograph, one.index), one.name, one.label) for one in zipped.entries]
            notes += zipped.notes
    return lines, notes


def _sent(photos: "list[Photo]") -> "tuple[list[tuple[Path, str]], Labels]":
    """The files that were sent but for tables, each with its name, and what the tables say of them."""
    from explorer.predict.labelling import match
    from explorer.predict.tables import LabelTable, is_table, read_tables

    files = [(Path(photo_path(photo)), _name(photo)) for photo in photos]
    others = [one for one in files if not is_table(one[1])]
    names = [name for _, name in others]
    read = read_tables([(name, path.read_bytes) for path, name in files if is_table(name)], names)
    tables = [table for table in read if isinstance(table, LabelTable)]
    if len(tables) < len(read):
        raise next(table for table in read if not isinstance(table, LabelTable))
    return others, match(tables, [name for name in names if not name.lower().endswith(".zip")])


def _line(classifier: "Classifier", k: int, opening: Opening, name: str, label: str = "") -> "TableLine":
    """One photograph's line, be it that it could not be read."""
    from explorer.predict.many import TableLine, answer

    go_on()
    try:
        image, remark = opening()
    except ExplorerError as error:
        return TableLine(name, error=str(error), label=label)
    return replace(answer(classifier, image, k), file=name, label=label, remark=remark)


def _name(photo: Photo) -> str:
    """What the caller calls the file."""
    return str(photo.get("orig_name") or photo["path"]).replace("\\", "/").rsplit("/", 1)[-1]
