"""Probabilities that mean what they say, and a threshold for pictures unlike the training photographs.

Temperature and threshold are fitted on validation alone: one temperature for all logits (Guo et al. 2017,
arXiv:1706.04599), and the strangeness that 95 % of validation photographs stay below.
"""

from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import nn

from explorer.data.cache import PictureSet
from explorer.data.drawn.strangers import draw_strangers
from explorer.data.labels import LabelSpace
from explorer.evaluate.measures import auroc, calibration_error, resampled_interval
from explorer.predict.strangeness import fit_strangeness
from explorer.preprocessing import Preprocessing, to_tensor
from explorer.training.engine import predict_logits

KEPT_SHARE = 0.95  # of validation photographs that are not called strange
_FITTED_ON = 3000  # training photographs at most


def calibrate(
    model: nn.Module, train: PictureSet, validation: PictureSet, space: LabelSpace, preprocessing: Preprocessing
) -> dict[str, Any]:
    """Temperature, calibration error, strangeness and how well it tells strangers; fit for the card.

    Drawings are left out where there are photographs, because drawings are easy.
    """
    device = next(model.parameters()).device
    photographs = _photographs(validation)
    logits = predict_logits(model, validation.pictures[photographs], preprocessing, device)
    rows = validation.rows[photographs]
    temperature = round(fit_temperature(logits, space.members()[rows]), 4)
    order = torch.randperm(len(train), generator=torch.Generator().manual_seed(0))[:_FITTED_ON]
    seen = replace(train, pictures=train.pictures[order].cpu()).resized(preprocessing.size).pictures
    measure = fit_strangeness(predict_logits(model, seen, preprocessing, device), temperature)
    usual = measure.score(logits)
    measure = replace(measure, threshold=round(float(usual.quantile(KEPT_SHARE)), 4))
    others = draw_strangers()
    pictures = torch.cat([to_tensor(preprocessing.picture(picture)) for picture in others])
    strange = measure.score(predict_logits(model, pictures, preprocessing, device))
    confidence, right = _judged(logits / temperature, rows, space)
    interval = resampled_interval(lambda picked: calibration_error(confidence[picked], right[picked]), len(right))
    return {
        "temperature": temperature,
        "calibration_error": round(calibration_error(confidence, right), 4),
        "calibration_error_interval": interval,
        "fitted_on": len(rows),
        "strangeness": measure.to_json(),
        "kept_share": KEPT_SHARE,
        "charts_noise_text": {
            "pictures": len(others),
            "auroc": round(auroc(usual.double().numpy(), strange.double().numpy()), 4),
            "refused": round(float((strange > measure.threshold).float().mean()), 4),
        },
    }


def fit_temperature(logits: torch.Tensor, members: torch.Tensor) -> float:
    """What the logits are to be divided by, for the smallest mean loss; 0.05 to 20, by golden section on its logarithm.

    Args:
        members: bool (N, classes): the classes that each picture's label stands for.
    """

    def loss(log_temperature: float) -> float:
        logs = (logits.double() / np.exp(log_temperature)).log_softmax(1)
        return float(-logs.masked_fill(~members, -torch.inf).logsumexp(1).mean())

    ratio = (5**0.5 - 1) / 2
    low, high = float(np.log(0.05)), float(np.log(20.0))
    for _ in range(60):
        first, second = high - ratio * (high - low), low + ratio * (high - low)
        if loss(first) < loss(second):
            high = second
        else:
            low = first
    return float(np.exp((low + high) / 2))


def _photographs(pictures: PictureSet) -> torch.Tensor:
    """Indices of what is not drawn; of everything where all is drawn."""
    real = ~pictures.of_source("drawn")
    return (real if real.any() else ~real).nonzero().flatten()


def _judged(logits: torch.Tensor, rows: torch.Tensor, space: LabelSpace) -> tuple[np.ndarray, np.ndarray]:
    """Confidence in the likeliest label of each picture's own label set, and whether it was right."""
    probabilities, members = logits.softmax(1), space.members().float()
    confidence, right = np.empty(len(rows)), np.empty(len(rows), bool)
    pairs = list(space.rows().items())
    by_source = {source: [row for (name, _), row in pairs if name == source] for source in space.label_sets}
    source_of = {row: source for (source, _), row in pairs}
    for index, row in enumerate(rows.tolist()):
        of_source = by_source[source_of[row]]
        sums = probabilities[index] @ members[of_source].T
        confidence[index], right[index] = float(sums.max()), of_source[int(sums.argmax())] == row
    return confidence, right
