"""Server functions of "Why this answer": Grad-CAM, the exact sum, and what hiding a piece does."""

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from explorer.errors import ModelError
from explorer.ui.request import whole
from explorer.ui.shelf import Shelf, on_gpu

if TYPE_CHECKING:
    import torch

    from explorer.predict import Classifier
    from explorer.ui.photo import Photographs

SHOWN_TERMS = 12  # of an exact sum, the largest first; the rest is one number
MOST_CLASSES = 100_000  # a bound for an index that a caller sends


class Reasons:
    """One photograph, one checkpoint, one class: the reasons."""

    def __init__(self, photographs: "Photographs", shelf: Shelf) -> None:
        self._photographs = photographs
        self._shelf = shelf
        self._layers: dict[str, list[dict[str, Any]]] = {}
        self._cam, self._sum, self._hide = on_gpu(_cam), on_gpu(_sum), on_gpu(_hide)

    def layers(self, request: dict[str, Any]) -> list[dict[str, Any]]:
        """The convolutions of {"network"} at which Grad-CAM can look, the last one last."""
        from explorer.explain import convolution_layers

        classifier = self._shelf.classifier(request.get("network"))
        name = str(request["network"])
        if name not in self._layers:
            blank = classifier.preprocessing(np.zeros((8, 8, 3), np.uint8)).to(classifier.device)
            found = convolution_layers(classifier.model, blank)
            self._layers[name] = [{"name": layer.name, "shape": layer.shape} for layer in found]
        return self._layers[name]

    def grad_cam(self, request: dict[str, Any]) -> dict[str, Any]:
        """Grad-CAM of {"target"} at {"layer"}, null for the last convolution; the map at the layer's own size."""
        classifier, batch, target = self._asked(request)
        layer = request.get("layer")
        name = self.layers(request)[-1]["name"] if layer is None else layer
        if not isinstance(name, str):
            raise ModelError("The layer must be a name.")
        return {"layer": name, **grid(self._cam(classifier, batch, name, target))}

    def exact_sum(self, request: dict[str, Any]) -> dict[str, Any]:
        """The logit of {"target"} as terms + bias, and where its terms come from."""
        classifier, batch, target = self._asked(request)
        return self._sum(classifier, batch, target)

    def occlusion(self, request: dict[str, Any]) -> dict[str, Any]:
        """One {"row"} of positions: the probability of {"target"} when a {"patch"} hides that piece."""
        classifier, batch, target = self._asked(request)
        size = batch.shape[2]
        patch = whole(request, "patch", size, lowest=max(2, size // 16))
        row = whole(request, "row", size)
        return self._hide(classifier, batch, target, patch, row)

    def _asked(self, request: dict[str, Any]) -> tuple["Classifier", "torch.Tensor", int]:
        image = self._photographs.get(request.get("photo")).image
        classifier = self._shelf.classifier(request.get("network"))
        target = whole(request, "target", min(MOST_CLASSES, len(classifier.classes) - 1))
        return classifier, classifier.preprocessing(image).to(classifier.device), target


def _cam(classifier: "Classifier", batch: "torch.Tensor", layer: str, target: int) -> npt.NDArray[np.float32]:
    from explorer.explain import grad_cam

    return grad_cam(classifier.model, batch, layer, target)


def _sum(classifier: "Classifier", batch: "torch.Tensor", target: int) -> dict[str, Any]:
    from explorer.explain import exact_sum

    found = exact_sum(classifier.model, batch, target)
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
        "places": None if found.places is None else grid(found.places),
    }


def _hide(classifier: "Classifier", batch: "torch.Tensor", target: int, patch: int, row: int) -> dict[str, Any]:
    from explorer.explain import hide_row, hiding_starts

    stride = max(1, patch // 2)
    probabilities = hide_row(classifier, batch, patch, stride, row)
    starts = hiding_starts(batch.shape[2], patch, stride)
    return {
        "row": row,
        "starts": starts,
        "probabilities": probabilities[:, target].tolist(),
        "winners": [classifier.classes[int(index)] for index in probabilities.argmax(1)],
    }


def grid(values: npt.NDArray[np.float32]) -> dict[str, Any]:
    """A map as JSON, row by row, seven significant digits."""
    flat = [float(f"{value:.7g}") for value in values.ravel().tolist()]
    return {"height": values.shape[0], "width": values.shape[1], "values": flat}
