"""Server functions of "Mistakes, live": each mistake really made, and counted over the example pictures."""

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from explorer.image import open_upload
from explorer.settings import EXAMPLES
from explorer.ui.answers import picture_url, ranking
from explorer.ui.networks.gpu import on_gpu
from explorer.ui.networks.menu import Shelf
from explorer.ui.turns import go_on

if TYPE_CHECKING:
    from explorer.predict import Classifier
    from explorer.predict.mistakes.pipelines import Outcome
    from explorer.ui.uploads import Photographs

TALLY_SIDE = 384  # pixels: the longer side of an example picture in the tally


class Mishaps:
    """The classic mistakes, made with the photograph in use."""

    def __init__(self, photographs: "Photographs", shelf: Shelf) -> None:
        self._photographs = photographs
        self._shelf = shelf
        self._tallies: dict[tuple[str, str], dict[str, Any]] = {}
        self._make, self._flips = on_gpu(_make), on_gpu(_flips)

    def mistakes(self, _request: dict[str, Any]) -> list[dict[str, str]]:
        """Every mistake with its words and lines of code."""
        from explorer.predict.mistakes import MISTAKES

        names = ("key", "title", "cause", "wrong", "fix")
        return [{name: getattr(mistake, name) for name in names} for mistake in MISTAKES.values()]

    def make_mistake(self, request: dict[str, Any]) -> dict[str, Any]:
        """Run {"mistake"} with {"photo"} through a copy of {"network"}."""
        image = self._photographs.get(request.get("photo")).image
        return self._make(self._shelf.classifier(request.get("network")), request.get("mistake"), image)

    def tally(self, request: dict[str, Any]) -> dict[str, Any]:
        """How many of the example pictures get another label through {"mistake"}."""
        classifier = self._shelf.classifier(request.get("network"))
        key = (str(request["network"]), str(request.get("mistake")))
        if key not in self._tallies:
            flipped = self._flips(classifier, request.get("mistake"))
            self._tallies[key] = {"flipped": flipped, "of": len(_examples())}
        return self._tallies[key]


def _make(classifier: "Classifier", mistake: object, image: npt.NDArray[np.uint8]) -> dict[str, Any]:
    from explorer.predict.mistakes import make

    return outcome_json(make(mistake, classifier, image))


def outcome_json(outcome: "Outcome") -> dict[str, Any]:
    """An outcome as JSON."""
    return {
        "rows": ranking(list(outcome.rows)),
        "again": ranking(list(outcome.again)),
        "again_note": outcome.again_note,
        "score": outcome.score,
        "error": outcome.error[:600],
        "clues": [{"name": clue.name, "right": clue.right, "broken": clue.broken} for clue in outcome.clues],
        "saw": None if outcome.saw is None else picture_url(outcome.saw),
        "untouched": outcome.untouched,
    }


def _flips(classifier: "Classifier", mistake: object) -> int:
    from explorer.predict.mistakes import flips

    found = 0
    for image in _examples():
        go_on()
        found += flips(mistake, classifier, image)
    return found


@cache
def _examples() -> tuple[npt.NDArray[np.uint8], ...]:
    from explorer.ui.uploads import example_names

    return tuple(open_upload(EXAMPLES / f"{name}.png", TALLY_SIDE) for name in example_names())
