"""What a checkpoint says of a photograph: one answer for the left column and for the whole Classifier tab."""

import base64
import hashlib
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from explorer.image import render
from explorer.ui.networks.gpu import on_gpu
from explorer.ui.networks.menu import Shelf

if TYPE_CHECKING:
    import torch

    from explorer.predict import Classifier
    from explorer.predict.classifier import Prediction
    from explorer.ui.uploads import Photographs

SHOWN_LABELS = 1000  # of a ranking: all of ImageNet's, and a bound


class Answers:
    """Server functions about one photograph and one checkpoint."""

    def __init__(self, photographs: "Photographs", shelf: Shelf) -> None:
        self._photographs = photographs
        self._shelf = shelf
        self._look = on_gpu(_look)
        self._view = on_gpu(_view)

    def classify(self, request: dict[str, Any]) -> dict[str, Any]:
        """Everything that one forward tells of {"photo": token, "network": name}: logits, rankings, strangeness."""
        image = self._photographs.get(request.get("photo")).image
        classifier = self._shelf.classifier(request.get("network"))
        started = time.perf_counter()  # a network that is still loading is no part of the answer's time
        trained = self._shelf.network(request["network"]).trained
        answer = self._look(classifier, image)
        duration_s = time.perf_counter() - started
        saw = self._photographs.file(request["photo"], _saw_name(classifier), lambda: _saw(classifier, image))
        return {**answer, "saw": saw, "trained": trained, "duration_s": duration_s}

    def card(self, request: dict[str, Any]) -> dict[str, Any]:
        """What the checkpoint {"network": name} says of itself."""
        classifier = self._shelf.classifier(request.get("network"))
        return {**classifier.card.to_json(), "parameters": sum(p.numel() for p in classifier.model.parameters())}

    def views(self, request: dict[str, Any]) -> dict[str, Any]:
        """What {"network"} would see and answer if the {"photo"} were cropped, letterboxed or stretched."""
        image = self._photographs.get(request.get("photo")).image
        classifier = self._shelf.classifier(request.get("network"))
        return {"views": self._view(classifier, image)}


def _look(classifier: "Classifier", image: npt.NDArray[np.uint8]) -> dict[str, Any]:
    logits = classifier.logits(image)
    rankings = {name: ranking(classifier.rank(logits, SHOWN_LABELS, name)) for name in classifier.label_sets}
    return {
        "classes": list(classifier.classes),
        "logits": logits.tolist(),
        "output": classifier.output,
        "temperature": classifier.temperature,
        "ranking": ranking(classifier.rank(logits, SHOWN_LABELS)),
        "sets": rankings,
        **judgement(classifier, logits),
        "size": classifier.preprocessing.size,
        "mode": classifier.preprocessing.mode,
    }


def _saw_name(classifier: "Classifier") -> str:
    """Of the file that holds what the network saw of a photograph: networks that see alike share it."""
    return f"saw-{hashlib.sha256(repr(classifier.preprocessing).encode()).hexdigest()[:12]}.png"


def _saw(classifier: "Classifier", image: npt.NDArray[np.uint8]) -> bytes:
    return render.picture_png(three_channels(classifier.preprocessing.picture(image)))


def judgement(classifier: "Classifier", logits: "torch.Tensor") -> dict[str, Any]:
    """Strangeness, its threshold and the verdict; null each where the checkpoint carries no measure.

    Args:
        logits: float32 (classes,).
    """
    threshold = classifier.strangeness_threshold
    if threshold is None:
        return {"strangeness": None, "threshold": None, "strange": None}
    strangeness = classifier.strangeness_of(logits)
    return {"strangeness": strangeness, "threshold": threshold, "strange": strangeness > threshold}


def _view(classifier: "Classifier", image: npt.NDArray[np.uint8]) -> list[dict[str, Any]]:
    from explorer.predict.explain import other_modes

    views = []
    for preprocessing in other_modes(classifier.preprocessing):
        batch = preprocessing(image)
        views.append(
            {
                "mode": preprocessing.mode,
                "own": preprocessing == classifier.preprocessing,
                "saw": picture_url(preprocessing.picture(image)),
                "ranking": ranking(classifier.rank(classifier.answers(batch)[0], 3)),
                "mean": batch.mean(dim=(0, 2, 3)).tolist(),
                "spread": batch.std(dim=(0, 2, 3), correction=0).tolist(),
            }
        )
    return views


def ranking(predictions: "list[Prediction]") -> list[dict[str, Any]]:
    """Predictions as JSON."""
    return [{"label": one.label, "probability": one.probability, "logit": one.logit} for one in predictions]


def picture_url(pixels: npt.NDArray[np.uint8]) -> str:
    """A small picture as a data URL with exactly these pixels; uint8 (H, W, 3) or (H, W, 1)."""
    return "data:image/png;base64," + base64.b64encode(render.picture_png(three_channels(pixels))).decode()


def three_channels(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Grey pixels as red, green and blue; uint8 (H, W, 3) of (H, W, 3) or (H, W, 1)."""
    return np.repeat(pixels, 3, axis=2) if pixels.shape[2] == 1 else pixels
