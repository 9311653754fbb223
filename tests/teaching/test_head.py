"""The head against scikit-learn's, its gradient against autograd's, held-out answers against heads learnt alone."""

import pytest
import torch
from sklearn.linear_model import LogisticRegression

from explorer.teaching.head import Axes, balanced_weights, held_out_logits, learn_head, losses, slope


def photographs(count: int, features: int, classes: int, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Float32 features about centres that overlap, far from zero as pooled ReLUs are, and classes of unequal size."""
    chance = torch.Generator().manual_seed(seed)
    truth = (torch.rand(count, generator=chance).square() * classes).long()
    truth[:classes] = torch.arange(classes)
    centres = torch.rand(classes, features, generator=chance)
    return 3 + centres[truth] + torch.rand(count, features, generator=chance), truth


@pytest.mark.parametrize(("count", "features", "classes"), [(23, 40, 3), (90, 7, 4), (31, 31, 2)])
@pytest.mark.parametrize("strength", [3.0, 0.1])
def test_weights_are_scikit_learns(count, features, classes, strength):
    values, truth = photographs(count, features, classes)
    head = learn_head(values, truth, classes, strength)
    plain = values.double().numpy()
    scale = float(((plain - plain.mean(0)) ** 2).sum(1).mean() ** 0.5)
    rows = (plain - plain.mean(0)) / scale
    # of two classes theirs has one row, the difference of ours, so that |W|² is half of its square
    fit = LogisticRegression(C=(2 if classes == 2 else 1) / strength, class_weight="balanced", tol=1e-10, max_iter=9999)
    fit.fit(rows, truth.numpy())
    weights, bias = torch.from_numpy(fit.coef_), torch.from_numpy(fit.intercept_)
    if classes == 2:
        weights, bias = torch.cat([-weights, weights]) / 2, torch.cat([-bias, bias]) / 2
    centre = torch.from_numpy(plain.mean(0))
    assert torch.allclose(head.weights * scale, weights, atol=1e-4)
    assert torch.allclose(head.bias + head.weights @ centre, bias - bias.mean(), atol=1e-4)


def test_coordinates_lose_nothing():
    values, _ = photographs(12, 50, 3)
    axes = Axes(values)
    assert axes.coordinates.shape == (12, 11)
    centred = values.double() - values.double().mean(0)
    assert torch.allclose(torch.cdist(axes.coordinates, axes.coordinates) * axes.scale, torch.cdist(centred, centred))


def test_the_gradient_by_hand_is_autograds():
    values, truth = photographs(15, 6, 4)
    rows, weights = values.double(), balanced_weights(truth, 4)
    matrix = torch.randn(4, 6, dtype=torch.float64, requires_grad=True)
    bias = torch.randn(4, dtype=torch.float64, requires_grad=True)
    logits = rows @ matrix.T + bias
    (losses(logits, truth) * weights).sum().backward()
    by_weights, by_bias = slope(rows, truth, weights[None], logits.detach()[None])
    assert torch.allclose(by_weights[0], matrix.grad)
    assert torch.allclose(by_bias[0], bias.grad)


def test_held_out_logits_are_those_of_heads_that_never_saw_the_photograph():
    values, truth = photographs(40, 9, 3)
    folds = torch.arange(40) % 4
    folds[:3] = -1
    said = held_out_logits(values, truth, 3, folds, (1.0, 0.1))
    axes = Axes(values)
    for strength, logits in zip((1.0, 0.1), said, strict=True):
        for fold in range(4):
            kept = folds != fold
            rows = axes.coordinates[kept]
            theirs = LogisticRegression(C=1 / strength, class_weight="balanced", tol=1e-10, max_iter=10_000)
            theirs.fit(rows.numpy(), truth[kept].numpy())
            expected = torch.from_numpy(theirs.decision_function(axes.coordinates[~kept].numpy()))
            assert torch.allclose(logits[~kept].softmax(1), expected.softmax(1), atol=1e-3)


def test_classes_weigh_the_same_however_many_photographs_they_have():
    truth = torch.tensor([0, 0, 0, 0, 1, 2, 2])
    weights = balanced_weights(truth, 3)
    sums = [float(weights[truth == one].sum()) for one in range(3)]
    assert sums == pytest.approx([7 / 3] * 3)
    kept = truth != 1
    assert float(balanced_weights(truth, 3, kept)[truth == 1].sum()) == 0
    assert float(balanced_weights(truth, 3, kept).sum()) == pytest.approx(6)


def test_the_same_photographs_over_and_over_give_a_head_still():
    values = torch.ones(6, 5)
    head = learn_head(values, torch.tensor([0, 1] * 3), 2, 1.0)
    assert torch.isfinite(head.weights).all()
    assert head.logits(values).softmax(1) == pytest.approx(torch.full((6, 2), 0.5).numpy(), abs=1e-6)
