"""The loss against torch's own, and by hand where labels are sets."""

import pytest
import torch
from torch.nn import functional

from explorer.training.loss import SOFTNESS, distillation_loss, set_cross_entropy


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.5])
def test_one_class_a_label_is_torchs_cross_entropy(smoothing):
    torch.manual_seed(1)
    logits, labels = torch.randn(7, 5, dtype=torch.float64), torch.randint(5, (7,))
    members = functional.one_hot(labels, 5).bool()
    expected = functional.cross_entropy(logits.float(), labels, label_smoothing=smoothing, reduction="none")
    assert torch.allclose(set_cross_entropy(logits, members, smoothing), expected, atol=1e-6)


def test_a_set_costs_minus_log_of_the_sum_of_its_probabilities():
    logits = torch.tensor([[1.0, 2.0, 0.0, -1.0]])
    members = torch.tensor([[True, False, True, False]])
    probabilities = logits.softmax(1)[0]
    expected = -torch.log(probabilities[0] + probabilities[2])
    assert float(set_cross_entropy(logits, members)[0]) == pytest.approx(float(expected), abs=1e-6)


def test_all_classes_cost_nothing_and_gradients_are_finite():
    logits = torch.tensor([[1000.0, -1000.0], [0.0, 0.0]], requires_grad=True)
    loss = set_cross_entropy(logits, torch.tensor([[True, True], [False, True]]))
    assert loss.tolist() == pytest.approx([0.0, 0.693147], abs=1e-5)
    loss.sum().backward()
    assert torch.isfinite(logits.grad).all()


def test_distillation_is_the_divergence_from_the_softened_teacher_and_its_gradient_the_difference():
    torch.manual_seed(2)
    teacher, pupil = torch.randn(6, 5, dtype=torch.float64), torch.randn(6, 5)
    answers = functional.softmax(teacher / SOFTNESS, 1)
    softened = torch.exp(pupil.double() / SOFTNESS)
    softened /= softened.sum(1, keepdim=True)
    by_hand = SOFTNESS**2 * (answers * (answers / softened).log()).sum(1)
    logits = pupil.clone().requires_grad_()
    losses = distillation_loss(logits, answers.float())
    assert torch.allclose(losses.double(), by_hand, atol=1e-5)
    losses.sum().backward()
    assert torch.allclose(logits.grad.double(), SOFTNESS * (softened - answers), atol=1e-5)
    assert distillation_loss(teacher, answers).abs().max() < 1e-5  # who says the same pays nothing
