"""The last layer, learnt: multinomial logistic regression with a penalty on its weights, balanced by class.

    minimise  Σ_i weight_i · (−ln softmax(W x_i + b)[class_i])  +  strength / 2 · scale² · |W|²

weight_i is photographs / (classes · photographs of that class), scale the root mean square distance of the features
from their mean: so one strength means the same for networks whose features are large or small. The bias is free. With
x' = (x − mean) / scale this is scikit-learn's LogisticRegression(C=1 / strength, class_weight="balanced"); a test holds
them together. Float64, by torch's L-BFGS, in the photographs' own principal axes: there are no more of these than
photographs, and along them the steps can be made alike, so that tens of steps do.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

STRENGTHS = (1.0, 0.3, 0.1, 0.03, 0.01, 0.003)  # what cross-validation chooses from, the strongest first
_FLAT = 1e-7  # of the largest axis: shorter ones are rounding
_ROUGH, _EXACT = (1e-5, 60), (1e-10, 1000)  # largest slope at the end, and steps at most


@dataclass(frozen=True)
class Head:
    """A linear layer in float64."""

    weights: torch.Tensor  # (classes, features)
    bias: torch.Tensor  # (classes,)

    def logits(self, features: torch.Tensor) -> torch.Tensor:
        """Float64 (N, classes) of features (N, features)."""
        return features.double() @ self.weights.T + self.bias


class Axes:
    """Features in their principal axes, centred and scaled; nothing of them is lost.

    Args:
        features: (N, features), any precision.
    """

    def __init__(self, features: torch.Tensor) -> None:
        values = features.double()
        self.mean = values.mean(0)
        centred = values - self.mean
        self.scale = float(centred.square().sum(1).mean().sqrt().clamp(min=1e-12))
        rows = centred / self.scale
        if len(rows) > rows.shape[1]:  # by the smaller side: the same axes
            squares, axes = torch.linalg.eigh(rows.T @ rows)
            kept = squares > squares.max() * _FLAT
            self._axes = axes[:, kept].T
        else:
            _, lengths, axes = torch.linalg.svd(rows, full_matrices=False)
            self._axes = axes[lengths > lengths.max() * _FLAT**0.5]
        self.coordinates = rows @ self._axes.T  # (N, axes)

    def head(self, weights: torch.Tensor, bias: torch.Tensor) -> Head:
        """The layer that does with features what (classes, axes) weights do with coordinates."""
        whole = weights @ self._axes / self.scale
        return Head(whole, bias - whole @ self.mean)


def learn_head(features: torch.Tensor, truth: torch.Tensor, classes: int, strength: float) -> Head:
    """The layer at the minimum.

    Args:
        features: (N, features).
        truth: int64 (N,), class indices.
    """
    axes = Axes(features)
    weights, bias = _minimise(
        axes.coordinates, truth, balanced_weights(truth, classes)[None], torch.tensor([strength]), classes, _EXACT
    )
    return axes.head(weights[0], bias[0])


def held_out_logits(
    features: torch.Tensor, truth: torch.Tensor, classes: int, folds: torch.Tensor, strengths: Sequence[float]
) -> torch.Tensor:
    """What heads that never saw a photograph say of it, float64 (strengths, N, classes).

    Args:
        folds: int64 (N,): the fold that holds each photograph out; -1 for one that always teaches, whose logits are of
            the first fold's head and tell nothing.
    """
    coordinates = Axes(features).coordinates
    count = max(1, int(folds.max()) + 1)
    teaching = folds[None] != torch.arange(count)[:, None]
    weights = torch.stack([balanced_weights(truth, classes, kept) for kept in teaching]).repeat(len(strengths), 1)
    each = torch.tensor(strengths).repeat_interleave(count)
    learnt, bias = _minimise(coordinates, truth, weights, each, classes, _ROUGH)
    logits = (coordinates @ learnt.transpose(1, 2) + bias[:, None]).reshape(len(strengths), count, -1, classes)
    return logits[:, folds.clamp(min=0), torch.arange(len(truth))]


def balanced_weights(truth: torch.Tensor, classes: int, kept: torch.Tensor | None = None) -> torch.Tensor:
    """Float64 (N,): kept photographs / (classes among them · kept photographs of that class); 0 for the others."""
    kept = torch.ones(len(truth), dtype=torch.bool) if kept is None else kept
    counts = torch.bincount(truth[kept], minlength=classes).double()
    of_class = kept.sum() / ((counts > 0).sum() * counts.clamp(min=1))
    return of_class[truth] * kept


def losses(logits: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """−ln of the share that each photograph's own class gets, (N,) of logits (N, classes)."""
    return -logits.log_softmax(1).gather(1, truth[:, None])[:, 0]


def slope(
    coordinates: torch.Tensor, truth: torch.Tensor, weights: torch.Tensor, logits: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """The loss' gradient by hand, without its penalty: by weights (B, classes, axes) and by bias (B, classes).

    ∂loss/∂W[k, j] = Σ_i weight_i · (softmax(logits_i)[k] − [class_i = k]) · x_i[j]

    Args:
        coordinates: (N, axes).
        weights: of the photographs, (B, N).
        logits: (B, N, classes).
    """
    errors = logits.softmax(2)
    errors[:, torch.arange(len(truth)), truth] -= 1
    errors = errors * weights[..., None]
    return errors.transpose(1, 2) @ coordinates, errors.sum(1)


def _minimise(
    coordinates: torch.Tensor,
    truth: torch.Tensor,
    weights: torch.Tensor,
    strengths: torch.Tensor,
    classes: int,
    end: tuple[float, int],
) -> tuple[torch.Tensor, torch.Tensor]:
    """Weights (B, classes, axes) and biases (B, classes) of B problems, in one descent; they do not touch each other.

    Args:
        weights: of the photographs, (B, N).
        strengths: (B,).
    """
    strengths = strengths.double()[:, None, None]
    # steep axes are shortened, so that all are about as steep: the second derivative is at most a quarter of this
    steepness = (strengths + 0.25 * coordinates.square().sum(0)).sqrt()
    steep_bias = (0.25 * weights.sum(1))[:, None].sqrt().clamp(min=1e-6)
    shape, cut = (len(weights), classes, coordinates.shape[1]), classes * coordinates.shape[1]
    at = torch.zeros(len(weights), cut + classes, dtype=torch.float64, requires_grad=True)

    def parts() -> tuple[torch.Tensor, torch.Tensor]:
        values = at.detach()
        return values[:, :cut].reshape(shape) / steepness, values[:, cut:] / steep_bias

    def loss() -> torch.Tensor:
        learnt, bias = parts()
        logits = coordinates @ learnt.transpose(1, 2) + bias[:, None]
        of_each = -logits.log_softmax(2)[:, torch.arange(len(truth)), truth]
        by_weights, by_bias = slope(coordinates, truth, weights, logits)
        by_weights = (by_weights + strengths * learnt) / steepness
        at.grad = torch.cat([by_weights.reshape(len(weights), -1), by_bias / steep_bias], 1)
        return (of_each * weights).sum() + (strengths * learnt.square()).sum() / 2

    _descend(at, loss, *end)
    return parts()


def _descend(at: torch.Tensor, loss: Callable[[], torch.Tensor], slope_at_end: float, steps: int) -> None:
    optimiser = torch.optim.LBFGS(
        [at],
        max_iter=steps,
        max_eval=2 * steps,
        tolerance_grad=slope_at_end,
        tolerance_change=1e-15,
        history_size=20,
        line_search_fn="strong_wolfe",
    )
    optimiser.step(loss)  # type: ignore[no-untyped-call]
