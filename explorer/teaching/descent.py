"""A head learning where one can watch: plain gradient descent from nothing, each step kept, each slope opened as a sum.

The loss is that of explorer.teaching.head on the same photographs, in the same scale: x' = (x - mean) / scale. The real
head is at its minimum at once; this goes there in steps of one length, weights <- weights - rate * slope.
"""

from dataclasses import dataclass

import torch

from explorer.errors import ModelError
from explorer.teaching.head import balanced_weights, losses, slope

STEPS = 60


@dataclass(frozen=True)
class Slope:
    """The loss' slope by one weight, as what each photograph adds: sum(amounts) + penalty."""

    weight: float
    errors: torch.Tensor  # (N,): share of the class, less 1 for its own photographs
    values: torch.Tensor  # (N,): of the feature
    amounts: torch.Tensor  # (N,): photograph's weight * error * value
    penalty: float  # strength * weight
    total: float


@dataclass(frozen=True)
class Descent:
    """All steps, the start before the first included."""

    rows: torch.Tensor  # float64 (N, features), centred and scaled
    truth: torch.Tensor  # int64 (N,)
    strength: float
    rate: float
    weights: torch.Tensor  # float64 (steps + 1, classes, features)
    bias: torch.Tensor  # float64 (steps + 1, classes)
    losses: torch.Tensor  # float64 (steps + 1,), penalty included, a photograph

    def shares(self, step: int) -> torch.Tensor:
        """Of the classes for each photograph, float64 (N, classes)."""
        return (self.rows @ self.weights[step].T + self.bias[step]).softmax(1)

    def steepest(self, step: int, kind: int) -> int:
        """The feature whose weight for a class has the steepest slope at a step."""
        return int(self._slopes(step)[0][kind].abs().argmax())

    def opened(self, step: int, kind: int, feature: int) -> Slope:
        """The slope by one weight at a step.

        Raises:
            ModelError: no such step, class or feature.
        """
        counts = (len(self.weights), *self.weights.shape[1:])
        if not all(0 <= place < count for place, count in zip((step, kind, feature), counts, strict=True)):
            raise ModelError(f"There are {counts[0]} steps, {counts[1]} classes and {counts[2]} features, from 0.")
        weight = float(self.weights[step, kind, feature])
        errors = self.shares(step)[:, kind] - (self.truth == kind).double()
        values = self.rows[:, feature]
        amounts = balanced_weights(self.truth, counts[1]) * errors * values
        penalty = self.strength * weight
        return Slope(weight, errors, values, amounts, penalty, float(self._slopes(step)[0][kind, feature]))

    def _slopes(self, step: int) -> tuple[torch.Tensor, torch.Tensor]:
        return _slopes(self.rows, self.truth, self.strength, self.weights[step], self.bias[step])


def descend(features: torch.Tensor, truth: torch.Tensor, classes: int, strength: float, steps: int = STEPS) -> Descent:
    """Learn in steps that never overshoot: the rate is 1 over the most that the slope can change by.

    Args:
        features: (N, features).
        truth: int64 (N,).
    """
    rows = features.double() - features.double().mean(0)
    rows = rows / rows.square().sum(1).mean().sqrt().clamp(min=1e-12)
    weighted = torch.cat([rows, torch.ones(len(rows), 1, dtype=torch.float64)], 1)
    weighted = weighted * balanced_weights(truth, classes).sqrt()[:, None]
    rate = 1 / (strength + 0.5 * float(torch.linalg.matrix_norm(weighted @ weighted.T, 2)))
    weights = [torch.zeros(classes, rows.shape[1], dtype=torch.float64)]
    bias = [torch.zeros(classes, dtype=torch.float64)]
    for _ in range(steps):
        by_weights, by_bias = _slopes(rows, truth, strength, weights[-1], bias[-1])
        weights.append(weights[-1] - rate * by_weights)
        bias.append(bias[-1] - rate * by_bias)
    found = [_loss(rows, truth, strength, one, free) for one, free in zip(weights, bias, strict=True)]
    return Descent(rows, truth, strength, rate, torch.stack(weights), torch.stack(bias), torch.stack(found))


def _slopes(
    rows: torch.Tensor, truth: torch.Tensor, strength: float, weights: torch.Tensor, bias: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    logits = rows @ weights.T + bias
    by_weights, by_bias = slope(rows, truth, balanced_weights(truth, len(bias))[None], logits[None])
    return by_weights[0] + strength * weights, by_bias[0]


def _loss(
    rows: torch.Tensor, truth: torch.Tensor, strength: float, weights: torch.Tensor, bias: torch.Tensor
) -> torch.Tensor:
    of_each = losses(rows @ weights.T + bias, truth) * balanced_weights(truth, len(bias))
    return (of_each.sum() + strength / 2 * weights.square().sum()) / len(rows)
