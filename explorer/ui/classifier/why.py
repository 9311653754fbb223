"""Server functions of "Why this answer": Grad-CAM, the exact sum, and what hiding a piece does."""

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from explorer.errors import ModelError
from explorer.ui.networks.gpu import on_gpu
from explorer.ui.networks.menu import Shelf
from explorer.ui.request import whole
from explorer.ui.turns import go_on

if TYPE_CHECKING:
    import torch

    from explorer.predict import Classifier
    from explorer.ui.uploads import Photographs

SHOWN_TERMS = 12  # of an exact sum, the largest first; the rest is one number
MOST_TRIED = 16  # layers, from the head on, in search of one whose map is not empty
MOST_CLASSES = 100_000  # a bound for an index that a caller sends


class Reasons:
    """One photograph, one checkpoint, one class: the reasons."""

    def __init__(self, photographs: "Photographs", shelf: Shelf) -> None:
        self._photographs = photographs
        self._shelf = shelf
        self._layers: dict[str, list[dict[str, Any]]] = {}
        self._cam, self._sum, self._hide = on_gpu(_cam), on_gpu(_sum), on_gpu(_hide)

    def layers(self, request: dict[str, Any]) -> list[dict[str, Any]]:
        """Where Grad-CAM can look in {"network"}: every convolution, last the maps that the head reads."""
        from explorer.predict.explain import convolution_layers, head_maps

        classifier = self._shelf.classifier(request.get("network"))
        name = str(request["network"])
        if name not in self._layers:
            noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)  # no map is all zeros
            batch = classifier.preprocessing(noise).to(classifier.device)
            found = convolution_layers(classifier.model, batch)
            last = head_maps(classifier.model, batch)
            ordered = [one for one in found if last is None or one.name != last.name] + ([last] if last else [])
            self._layers[name] = [
                {"name": one.name, "shape": one.shape, "read_by_head": one is last} for one in ordered
            ]
        return self._layers[name]

    def grad_cam(self, request: dict[str, Any]) -> dict[str, Any]:
        """Grad-CAM of {"target"} at {"layer"}, null for the maps that the head reads; at the layer's own size.

        Where it is empty, "elsewhere" names the nearest layer before the head at which it is not, if one is found.

        Raises:
            ModelError: no such layer or class.
        """
        classifier, batch, target = self._asked(request)
        names = [one["name"] for one in self.layers(request)]
        layer = request.get("layer")
        name = names[-1] if layer is None else layer
        if not isinstance(name, str):
            raise ModelError("The layer must be a name.")
        found, elsewhere = self._cam(classifier, batch, name, target, names[::-1][:MOST_TRIED])
        return {"layer": name, "elsewhere": elsewhere, **grid(found)}

    def exact_sum(self, request: dict[str, Any]) -> dict[str, Any]:
        """The output for {"target"} as terms + bias, or the number before what follows; its terms' places."""
        classifier, batch, target = self._asked(request)
        return self._sum(classifier, batch, target)

    def occlusion(self, request: dict[str, Any]) -> dict[str, Any]:
        """One {"row"} of positions: probability and logit of {"target"} when a {"patch"} hides that piece."""
        classifier, batch, target = self._asked(request)
        size = batch.shape[2]
        patch = whole(request, "patch", size, lowest=max(2, size // 16))
        row = whole(request, "row", size)
        picture = self._photographs.get(request.get("photo")).image
        return self._hide(classifier, batch, target, patch, row, picture)

    def _asked(self, request: dict[str, Any]) -> tuple["Classifier", "torch.Tensor", int]:
        image = self._photographs.get(request.get("photo")).image
        classifier = self._shelf.classifier(request.get("network"))
        target = whole(request, "target", min(MOST_CLASSES, len(classifier.classes) - 1))
        return classifier, classifier.preprocessing(image).to(classifier.device), target


def _cam(
    classifier: "Classifier", batch: "torch.Tensor", layer: str, target: int, others: list[str]
) -> tuple[npt.NDArray[np.float32], str | None]:
    """The map at a layer and, if it is empty, the first of the others at which it is not."""
    from explorer.predict.explain import grad_cam

    found = grad_cam(classifier.model, batch, layer, target)
    if found.any():
        return found, None
    elsewhere = (one for one in others if one != layer and grad_cam(classifier.model, batch, one, target).any())
    return found, next(elsewhere, None)


def _sum(classifier: "Classifier", batch: "torch.Tensor", target: int) -> dict[str, Any]:
    from explorer.predict.explain import exact_sum

    found = exact_sum(classifier.model, batch, target, before=True)
    shown, rest = found.terms[:SHOWN_TERMS], found.terms[SHOWN_TERMS:]
    return {
        "layer": found.layer,
        "source": found.source,
        "terms": [
            {"feature": term.feature, "weight": term.weight, "value": term.value, "amount": term.amount}
            for term in shown
        ],
        "rest": sum(term.amount for term in rest),
        "rest_count": len(rest),
        "bias": found.bias,
        "logit": found.logit,
        "output": found.output,
        "end": found.end,
        "counted_in": found.counted_in,
        "follows": found.follows,
        "between": found.between,
        "maps": found.maps,
        "places": None if found.places is None else grid(found.places),
    }


def _hide(
    classifier: "Classifier", batch: "torch.Tensor", target: int, patch: int, row: int, picture: npt.NDArray[np.uint8]
) -> dict[str, Any]:
    from explorer.predict.explain import hidden_logits, hiding_starts

    stride = max(1, patch // 2)
    logits = hidden_logits(classifier, batch, patch, stride, row, go_on=go_on, picture=picture)
    probabilities = classifier.probabilities(logits)
    starts = hiding_starts(batch.shape[2], patch, stride)
    return {
        "row": row,
        "starts": starts,
        "probabilities": probabilities[:, target].tolist(),
        "logits": logits[:, target].tolist(),
        "winners": [classifier.classes[int(index)] for index in probabilities.argmax(1)],
    }


def grid(values: npt.NDArray[np.float32]) -> dict[str, Any]:
    """A map as JSON, row by row, seven significant digits.

    Args:
        values: float32 (h, w).
    """
    flat = [float(f"{value:.7g}") for value in values.ravel().tolist()]
    return {"height": values.shape[0], "width": values.shape[1], "values": flat}
