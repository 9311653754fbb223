"""Many photographs: which files count, and a line of answers for each.

`zips` reads a zip, `labelling` says what they show, `answer_files` writes the table. Used by the page, the endpoint and
the shell.
"""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from explorer.image.decode import is_photograph
from explorer.predict.classifier import Classifier, Prediction
from explorer.predict.names import is_clutter
from explorer.predict.tables import is_table

MOST_PHOTOGRAPHS = 200


@dataclass(frozen=True)
class TableLine:
    """One photograph's line in the table."""

    file: str
    top: tuple[Prediction, ...] = ()
    strange: bool | None = None  # None: the checkpoint carries no threshold, or the file could not be read
    error: str = ""  # why it could not be read; empty if it could
    label: str = ""  # what it is said to be; empty if nobody said
    remark: str = ""  # where it is not quite what its file holds: the preview of a camera's raw file


def answer(classifier: Classifier, image: npt.NDArray[np.uint8], k: int) -> TableLine:
    """The line of one picture that could be read; its name and label are the caller's to add.

    Args:
        image: uint8 (H, W, 3).
    """
    logits = classifier.answers(classifier.preprocessing(image))[0]
    return TableLine("", tuple(classifier.rank(logits, k)), is_strange(classifier, logits))


def is_strange(classifier: Classifier, logits: torch.Tensor) -> bool | None:
    """Whether logits, float32 (classes,), are those of a strange picture; None where the checkpoint cannot tell."""
    return are_strange(classifier, logits[None])[0]


def are_strange(classifier: Classifier, logits: torch.Tensor) -> list[bool | None]:
    """The same of many, float32 (N, classes)."""
    threshold = classifier.strangeness_threshold
    if threshold is None:
        return [None] * len(logits)
    return [score > threshold for score in classifier.strangeness_of_each(logits)]


def photograph_paths(paths: Iterable[str]) -> Iterator[str]:
    """Every photograph that the paths name: files as they are, folders all through, one name at a time in memory.

    Within a folder only files with a picture's ending count; hidden ones and what systems put there do not. A table of
    labels that is named is no photograph.
    """
    for path in paths:
        if Path(path).is_dir():
            yield from (file for file in _files_below(path) if file.endswith(os.sep) or is_photograph(Path(file).name))
        elif not is_table(Path(path).name):
            yield path


def table_paths(paths: Iterable[str]) -> Iterator[str]:
    """Every file that the paths name, folders all through, that may be a table of labels."""
    for path in paths:
        if Path(path).is_dir():
            yield from (file for file in _files_below(path) if is_table(Path(file).name))
        elif is_table(Path(path).name):
            yield path


def _files_below(top: str) -> Iterator[str]:
    """The files below a folder but for clutter; a folder that cannot be opened, with a slash behind its name."""
    folders = [top]
    while folders:
        folder = folders.pop()
        try:
            entries = os.scandir(folder)
        except OSError:
            yield os.path.join(folder, "")  # noqa: PTH118  it becomes a line that says so
            continue
        with entries:
            for entry in entries:
                if is_clutter(entry.name):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                else:
                    yield entry.path
