"""Server functions of "Teach it": photographs are looked at as they arrive, a few a request; then one request teaches.

The browser keeps which photograph is in which class; here is kept what was looked at, under tokens that nobody can
guess, as long as a photograph. The taught network is its visitor's own, as opened weights are.
"""

import base64
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from gradio.utils import get_upload_folder

from explorer.errors import CatalogError, ExplorerError, ModelError
from explorer.image import open_upload, render
from explorer.teaching.bounds import MOST_PHOTOGRAPHS
from explorer.ui.classifier.many import MOST_AT_ONCE, THUMBNAIL_SIDE
from explorer.ui.networks.gpu import on_gpu
from explorer.ui.networks.menu import Shelf
from explorer.ui.networks.own import TAUGHT_FILE, OwnNetworks
from explorer.ui.request import whole
from explorer.ui.store import Store
from explorer.ui.uploads import uploaded_path

if TYPE_CHECKING:
    from explorer.errors import ImageError
    from explorer.predict.zips import ZipPhotographs
    from explorer.teaching.base import Base, Glance
    from explorer.teaching.descent import Descent
    from explorer.teaching.lesson import Pupil, Taught

BASE = "imagenet"  # whose body the page teaches on
KEPT_BYTES = 200_000_000  # of what was looked at, for all visitors: 30 of them with 500 photographs each
SHOWN_TERMS = 10  # of an opened slope; the rest is one number

Opening = Callable[[], npt.NDArray[np.uint8]]


@dataclass(frozen=True)
class _Looks:
    """What was looked at in one request."""

    base: str
    looks: "tuple[Glance, ...]"


class Bases:
    """The networks on board as what can be taught on, each found at its first use."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._bases: dict[str, Base] = {}
        self._lock = threading.Lock()

    def base(self, name: object) -> "Base":
        """The network on board of that name.

        Raises:
            ModelError: none on board, or one whose head cannot be another.
        """
        from explorer.teaching.base import Base

        if not isinstance(name, str) or name not in self._shelf.names:
            raise ModelError(f"There is no base {str(name)[:60]!r}; there are {', '.join(self._shelf.names)}.")
        classifier = self._shelf.classifier(name)
        with self._lock:
            if name not in self._bases:
                self._bases[name] = Base(name, classifier)
            return self._bases[name]


class Lessons:
    """What visitors teach."""

    def __init__(self, bases: Bases, own_networks: OwnNetworks, kept_s: float) -> None:
        self._bases, self._own = bases, own_networks
        self.store = Store(KEPT_BYTES, kept_s)
        self._look = on_gpu(_look)

    def open_class_zip(self, request: dict[str, Any]) -> dict[str, Any]:
        """The photographs of an uploaded zip {"path"}, each with the class that its table or its folder gives."""
        from explorer.predict.zips import ZipPhotographs
        from explorer.teaching.zipped import folder_of

        with ZipPhotographs(uploaded_path(request.get("path")), most=MOST_PHOTOGRAPHS) as photographs:
            entries = [
                {"index": one.index, "name": one.name, "label": one.label or folder_of(one.name)}
                for one in photographs.entries
            ]
            return {"entries": entries, "notes": photographs.notes}

    def look_at_files(self, request: dict[str, Any]) -> list[dict[str, Any]]:
        """Look at a few uploaded {"paths"}: {"id", "thumbnail"} of each, or {"error"}."""
        return self._looked([partial(_open, path) for path in _few(request, "paths")])

    def look_at_entries(self, request: dict[str, Any]) -> list[dict[str, Any]]:
        """The same of some {"entries"} (their indices) of an uploaded zip {"path"}."""
        from explorer.predict.zips import ZipPhotographs

        indices = [whole({"entry": one}, "entry", 100_000) for one in _few(request, "entries")]
        path = uploaded_path(request.get("path"))
        with ZipPhotographs(path, unpack_in=get_upload_folder(), most=MOST_PHOTOGRAPHS) as photographs:
            return self._looked([partial(_open_entry, photographs, index) for index in indices])

    def teach(self, request: dict[str, Any]) -> dict[str, Any]:
        """Teach the {"photographs"} [{"id", "label", "name"}] that were looked at.

        Returns:
            {"network": name, label and note for the menu; "file": path of the checkpoint; "lesson": what the folds
            told, photographs by their place in the request}.

        Raises:
            CatalogError: nothing can be learnt from these, or one of them is no longer kept.
        """
        from explorer.teaching.lesson import teach

        pupils = self._pupils(request.get("photographs"))
        taught = teach(self._bases.base(BASE), pupils)
        network, file = self._own.keep_taught(taught, checkpoint_bytes(taught))
        return {"network": network, "file": file, "lesson": taught.to_json()}

    def learning_steps(self, request: dict[str, Any]) -> dict[str, Any]:
        """The same {"photographs"} learnt in steps, with the lesson's {"strength"}.

        Returns:
            {"losses": one a step, from nothing on; "own": at each step the share of its own class for each photograph;
            "right": at each step how many have the largest}.
        """
        from explorer.teaching.descent import STEPS

        descent, _ = self._descent(request)
        truth = descent.truth
        shares = [descent.shares(step) for step in range(STEPS + 1)]
        own = [found.gather(1, truth[:, None])[:, 0] for found in shares]
        return {
            "losses": descent.losses.tolist(),
            "own": [[round(share, 4) for share in one.tolist()] for one in own],
            "right": [int((found.argmax(1) == truth).sum()) for found in shares],
        }

    def learning_slope(self, request: dict[str, Any]) -> dict[str, Any]:
        """The loss' slope by one weight of the class {"label"} at {"step"}, opened: by the steepest if no {"feature"}.

        Returns:
            {"feature", "weight", "slope", "penalty", "rate", "terms": [{"photograph", "weight", "error", "value",
            "amount"}], the largest first; "rest", "rest_count"}; amounts, rest and penalty add up to the slope.

        Raises:
            CatalogError: no such class, or photographs that nothing can be learnt from.
            ModelError: no such feature.
        """
        from explorer.teaching.descent import STEPS
        from explorer.teaching.head import balanced_weights

        descent, classes = self._descent(request)
        label, step = request.get("label"), whole(request, "step", STEPS)
        if label not in classes:
            raise CatalogError("There is no such class in this lesson.")
        kind = classes.index(label)
        feature = request.get("feature")
        chosen = descent.steepest(step, kind) if feature is None else whole(request, "feature", 100_000)
        opened = descent.opened(step, kind, chosen)
        weights = balanced_weights(descent.truth, len(classes))
        order = opened.amounts.abs().argsort(descending=True, stable=True).tolist()
        parts = {"weight": weights, "error": opened.errors, "value": opened.values, "amount": opened.amounts}
        terms = [
            {"photograph": place, **{name: float(values[place]) for name, values in parts.items()}}
            for place in order[:SHOWN_TERMS]
        ]
        return {
            "feature": chosen,
            "weight": opened.weight,
            "slope": opened.total,
            "penalty": opened.penalty,
            "rate": descent.rate,
            "terms": terms,
            "rest": float(opened.amounts[order[SHOWN_TERMS:]].sum()),
            "rest_count": max(0, len(order) - SHOWN_TERMS),
        }

    def _descent(self, request: dict[str, Any]) -> "tuple[Descent, list[str]]":
        import torch

        from explorer.teaching.descent import descend
        from explorer.teaching.head import STRENGTHS
        from explorer.teaching.lesson import check_pupils

        pupils = self._pupils(request.get("photographs"))
        check_pupils(pupils)
        strength = request.get("strength")
        if strength not in STRENGTHS:
            raise CatalogError(f"The strength is one of {', '.join(map(str, STRENGTHS))}.")
        classes = list(dict.fromkeys(one.label for one in pupils))
        truth = torch.tensor([classes.index(one.label) for one in pupils])
        features = torch.stack([one.look.features for one in pupils])
        return descend(features, truth, len(classes), float(strength)), classes

    def _looked(self, opening: list[Opening]) -> list[dict[str, Any]]:
        found = self._look(self._bases.base(BASE), opening)
        looks = tuple(one[1] for one in found if isinstance(one, tuple))
        token = self.store.put(_Looks(BASE, looks), sum(look.n_bytes for look in looks)) if looks else ""
        places = iter(range(len(looks)))
        return [
            {"id": f"{token}:{next(places)}", "thumbnail": thumbnail_url(one[0])}
            if isinstance(one, tuple)
            else {"error": str(one)}
            for one in found
        ]

    def _pupils(self, photographs: object) -> "list[Pupil]":
        from explorer.teaching.lesson import Pupil

        if not isinstance(photographs, list) or len(photographs) > MOST_PHOTOGRAPHS:
            raise CatalogError(f"At most {MOST_PHOTOGRAPHS} photographs can teach at a time.")
        kept: dict[str, _Looks] = {}
        pupils = []
        for one in photographs:
            said = [one.get(key) for key in ("id", "label", "name")] if isinstance(one, dict) else [None]
            if not all(isinstance(text, str) and len(text) <= 1000 for text in said):
                raise CatalogError("Each photograph has an id, a label and a name.")
            token, _, place = str(said[0]).rpartition(":")
            if token not in kept:
                kept[token] = self._kept(token)
            if not place.isdecimal() or len(place) > 3 or int(place) >= len(kept[token].looks):
                raise CatalogError("There is no such photograph here; please add it again.")
            pupils.append(Pupil(str(said[2]), str(said[1]).strip(), kept[token].looks[int(place)]))
        return pupils

    def _kept(self, token: str) -> _Looks:
        try:
            found: _Looks = self.store.get(token, _Looks)
        except ExplorerError as error:
            raise CatalogError("Some of these photographs are no longer kept here; please add them again.") from error
        return found


def checkpoint_bytes(taught: "Taught") -> bytes:
    """The taught network as a checkpoint file."""
    from explorer.checkpoint.file import content

    return content(taught.model, taught.card, TAUGHT_FILE)


def thumbnail_url(image: npt.NDArray[np.uint8]) -> str:
    """A small JPEG of a picture as a data URL."""
    return "data:image/jpeg;base64," + base64.b64encode(render.picture_jpeg(image, THUMBNAIL_SIDE, 80)).decode()


def _look(base: "Base", opening: list[Opening]) -> "list[tuple[npt.NDArray[np.uint8], Glance] | ImageError]":
    from explorer.teaching.zipped import look_at

    return look_at(base, opening)


def _open(path: object) -> npt.NDArray[np.uint8]:
    return open_upload(uploaded_path(path))


def _open_entry(photographs: "ZipPhotographs", index: int) -> npt.NDArray[np.uint8]:
    return photographs.photograph(index)[0]


def _few(request: dict[str, Any], key: str) -> list[Any]:
    values = request.get(key)
    if not isinstance(values, list) or not 1 <= len(values) <= MOST_AT_ONCE:
        raise CatalogError(f"Between 1 and {MOST_AT_ONCE} photographs can be looked at in a request.")
    return values
