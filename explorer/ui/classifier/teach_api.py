"""The endpoint that teaches: a zip of photographs in, a checkpoint out, with what is known of how good it is."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr
from gradio.utils import get_upload_folder

from explorer.errors import CatalogError
from explorer.ui.api import Photo, photo_path, plainly
from explorer.ui.classifier.teach import Bases, checkpoint_bytes
from explorer.ui.networks.gpu import on_gpu
from explorer.ui.networks.own import TAUGHT_FILE
from explorer.ui.store import Store

if TYPE_CHECKING:
    from explorer.teaching.base import Base
    from explorer.teaching.lesson import Taught
    from explorer.teaching.zipped import Unread


def publish(bases: Bases, store: Store) -> None:
    """Add the endpoint to the page that is being built."""
    run = on_gpu(_taught)

    def teach(zip: Photo, base: str = "imagenet") -> tuple[Photo, dict[str, Any]]:  # noqa: A002 -- what a caller sends
        """A network taught from a zip of up to 500 photographs, in a folder a class or with a table of labels.

        Args:
            zip: an uploaded zip of at most 200 MB, with 2 to 20 classes. A table in it (CSV, xlsx, ods) with the
                columns file and label says what the photographs show, else the folder that each lies in.
            base: the name of a checkpoint, whose last layer is learnt anew.
        Returns:
            A checkpoint file, and {classes, accuracy, interval, judged, too_few, guessing, folds, strength, by_class:
            [{class, photographs, accuracy, interval, judged, right, too_few}], confusion: rows true, columns said;
            hardest: [{photograph, file, class, said, probability}], alike: pairs that are nearly the same, edges: what
            the pictures' edges alone would give, threshold, warnings, unread: [{file, error}], notes}. All of it is of
            photographs that a head had not seen; `accuracy` is null where none could be held out.
        Raises:
            CatalogError: no zip, one class, one photograph of a class, the same photograph in two classes.
            ModelError: no such base, or one whose last layer cannot be another.
        """
        path = Path(photo_path(zip))
        taught, unread, notes = run(bases.base(base), path)
        content = checkpoint_bytes(taught)
        token = store.put(content, len(content))
        file = store.file(token, TAUGHT_FILE, lambda: content)
        said = {"unread": [{"file": one.name, "error": one.error} for one in unread], "notes": notes}
        return {"path": file, "meta": {"_type": "gradio.FileData"}}, {**taught.to_json(), **said}

    gr.api(plainly(teach), api_name="teach")


def _taught(base: "Base", path: Path) -> "tuple[Taught, list[Unread], list[str]]":
    from explorer.teaching.lesson import teach
    from explorer.teaching.zipped import pupils_of_zip

    pupils, unread, notes = pupils_of_zip(path, base, get_upload_folder())
    try:
        return teach(base, pupils), unread, notes
    except CatalogError as error:
        if not unread:
            raise
        left_out = f" {len(unread)} could not be used; {unread[0].name}, for example: {unread[0].error}"
        raise CatalogError(f"{error}{left_out}") from error
