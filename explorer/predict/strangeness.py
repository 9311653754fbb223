"""How unlike the training photographs a picture is, from its logits alone: an out-of-distribution score.

Two signs, added up: logits that no class claims (energy: Liu et al. 2020, arXiv:2010.03759), and logits that lie far
from those of every class (Mahalanobis: Lee et al. 2018, arXiv:1807.03888, here on logits, which are a linear picture of
the features). The first alone takes noise for a garment; the second alone takes cats for one. Of a network with a
thousand classes the first is all that is kept: the second would need two matrices of a million numbers each.
`explorer.training.calibration` fits it, the checkpoint's card carries it, `explorer.predict` asks it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from explorer.errors import CheckpointError

ENERGY = "energy"  # the kind that is one number
_FEWEST = 5  # photographs that a class needs for a centre of its own
_SHRINKAGE = 0.01  # of the covariance towards a multiple of the identity


@dataclass(frozen=True)
class Strangeness:
    """A fitted measure."""

    centres: torch.Tensor | None  # float32 (centres, classes): mean logits of what is taken for one class; None: energy
    precision: torch.Tensor | None  # float32 (classes, classes): inverse of the covariance about the centres
    weight: float  # of the distance against the energy
    temperature: float  # of the energy
    threshold: float  # more than this is strange

    def score(self, logits: torch.Tensor) -> torch.Tensor:
        """Higher is stranger, float32 (N,): weight * d^2 - temperature * log sum exp(logits / temperature).

        d is the Mahalanobis distance to the nearest centre.
        """
        energy = -self.temperature * (logits / self.temperature).logsumexp(1)
        if self.centres is None or self.precision is None:
            return energy
        return self.weight * _squared_distance(logits, self.centres, self.precision) + energy

    def to_json(self) -> dict[str, Any]:
        """Plain values, rounded to six digits."""
        numbers = {"temperature": float(f"{self.temperature:.6g}"), "threshold": float(f"{self.threshold:.6g}")}
        if self.centres is None or self.precision is None:
            return {"kind": ENERGY, **numbers}

        def rows(matrix: torch.Tensor) -> list[list[float]]:
            return [[float(f"{value:.6g}") for value in row] for row in matrix.tolist()]

        return {
            "kind": "energy and distance",
            "centres": rows(self.centres),
            "precision": rows(self.precision),
            "weight": float(f"{self.weight:.6g}"),
            **numbers,
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Strangeness":
        """The measure that `to_json` described.

        Raises:
            CheckpointError: fields missing or of another kind.
        """
        try:
            if values.get("kind") == ENERGY:
                return cls(None, None, 0.0, float(values["temperature"]), float(values["threshold"]))
            centres, precision = (torch.tensor(values[name], dtype=torch.float32) for name in ("centres", "precision"))
            numbers = (float(values[name]) for name in ("weight", "temperature", "threshold"))
            measure = cls(centres, precision, *numbers)
        except (KeyError, TypeError, ValueError) as error:
            raise CheckpointError(f"The measure of strangeness of this checkpoint cannot be read ({error}).") from error
        if centres.ndim != 2 or precision.shape != (centres.shape[1],) * 2:
            raise CheckpointError(
                "The measure of strangeness of this checkpoint cannot be read: its centres are "
                f"{tuple(centres.shape)}, its precision {tuple(precision.shape)}."
            )
        return measure


def fit_strangeness(logits: torch.Tensor, temperature: float) -> Strangeness:
    """Centres, covariance and weight from the logits of training photographs; the threshold is yet to come.

    The weight gives both signs the same spread on those photographs.

    Args:
        logits: float32 (N, classes), N of at least a few hundred.
    """
    taken_for = logits.argmax(1)
    kinds = [kind for kind in range(logits.shape[1]) if int((taken_for == kind).sum()) >= _FEWEST]
    kinds = kinds or [int(taken_for.mode().values)]
    centres = torch.stack([logits[taken_for == kind].mean(0) for kind in kinds])
    known = torch.isin(taken_for, torch.tensor(kinds))
    nearest = torch.tensor([kinds.index(kind) for kind in taken_for[known].tolist()])
    spread = (logits[known] - centres[nearest]).double()
    covariance = spread.T @ spread / len(spread)
    covariance += (_SHRINKAGE * covariance.diagonal().mean() + 1e-9) * torch.eye(len(covariance))
    precision = torch.linalg.inv(covariance).float()
    distance = _squared_distance(logits, centres, precision)
    energy = Strangeness(centres, precision, 0.0, temperature, 0.0).score(logits)
    weight = float(energy.std() / distance.std().clamp(min=1e-6))
    return Strangeness.from_json(Strangeness(centres, precision, weight, temperature, 0.0).to_json())


def _squared_distance(logits: torch.Tensor, centres: torch.Tensor, precision: torch.Tensor) -> torch.Tensor:
    """To the nearest centre, (N,)."""
    away = logits[:, None] - centres[None]
    return torch.einsum("nkc,cd,nkd->nk", away, precision, away).amin(1)
