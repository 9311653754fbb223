"""Labels of several sources brought into one list of classes.

A folder's name is a class, unless its source says that it is a coarse label: then it is a *set* of classes, and a
network learns and is judged by the sum of their probabilities ("pants" is jeans or trousers or track pants).
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch

from explorer.errors import CatalogError

Coarse = Mapping[str, Mapping[str, tuple[str, ...]]]  # source -> its label -> classes

KNOWN_COARSE: Coarse = {
    "clothing": {
        "dress": ("dresses",),
        "hat": ("caps", "hats"),
        "longsleeve": ("longsleeves", "sweaters", "sweatshirts"),
        "outwear": ("jackets", "outerwear"),
        "pants": ("jeans", "track-pants", "trousers"),
        "shirt": ("shirts",),
        "shoes": ("casual-shoes", "flats", "flip-flops", "formal-shoes", "heels", "sandals", "sports-shoes"),
        "shorts": ("shorts",),
        "skirt": ("skirts",),
        "t-shirt": ("tshirts",),
    }
}


@dataclass(frozen=True)
class LabelSpace:
    """All classes, and what each source calls them."""

    classes: tuple[str, ...]  # in the order of the logits
    label_sets: dict[str, dict[str, tuple[str, ...]]]  # source -> its label -> classes

    def rows(self) -> dict[tuple[str, str], int]:
        """Row of `members` for every (source, label)."""
        pairs = [(source, label) for source, labels in self.label_sets.items() for label in labels]
        return {pair: row for row, pair in enumerate(pairs)}

    def members(self) -> torch.Tensor:
        """Bool (rows, classes): which classes a source's label stands for."""
        index = {name: column for column, name in enumerate(self.classes)}
        matrix = torch.zeros(len(self.rows()), len(self.classes), dtype=torch.bool)
        for (source, label), row in self.rows().items():
            matrix[row, [index[name] for name in self.label_sets[source][label]]] = True
        return matrix


def unify(labels: Mapping[str, Iterable[str]], coarse: Coarse | None = None) -> LabelSpace:
    """One label space of several sources.

    Args:
        labels: source -> the labels found in it.
        coarse: source -> label -> the classes it stands for; what is not named stands for itself.

    Raises:
        CatalogError: no label at all, or a coarse label that stands for nothing.
    """
    sets: dict[str, dict[str, tuple[str, ...]]] = {}
    for source, names in labels.items():
        table = (coarse or {}).get(source, {})
        sets[source] = {name: tuple(table.get(name, (name,))) for name in sorted(set(names))}
        for name, members in sets[source].items():
            if not members:
                raise CatalogError(f"The label {name!r} of {source!r} stands for no class; name at least one.")
    classes = sorted({name for table in sets.values() for members in table.values() for name in members})
    if not classes:
        raise CatalogError("No labels were found: a folder of pictures needs one folder a class inside train/.")
    return LabelSpace(tuple(classes), sets)


def read_coarse(text: str) -> Coarse:
    """A table source -> label -> classes: JSON as it stands (`{}` for none), or the path of a JSON file.

    Raises:
        CatalogError: unreadable, or not of that form.
    """
    try:
        table = json.loads(text if text.lstrip().startswith("{") else Path(text).read_text())
        return {
            source: {label: tuple(map(str, names)) for label, names in labels.items()}
            for source, labels in table.items()
        }
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise CatalogError(
            f"{text} is no table of label sets (source -> label -> list of classes): {error}."
        ) from error
