"""Learning step by step: slopes against autograd's, their sums, and that it goes where the head is."""

import pytest
import torch

from explorer.errors import ModelError
from explorer.teaching.descent import STEPS, descend
from explorer.teaching.head import balanced_weights, learn_head, losses
from tests.teaching.test_head import photographs


@pytest.fixture(scope="module")
def found():
    values, truth = photographs(30, 12, 3)
    return descend(values, truth, 3, 0.3)


def test_it_starts_from_nothing_and_only_goes_down(found):
    assert float(found.losses[0]) == pytest.approx(torch.log(torch.tensor(3.0)).item())
    assert len(found.losses) == STEPS + 1
    assert (found.losses.diff() < 0).all()
    assert torch.allclose(found.shares(0), torch.full((30, 3), 1 / 3, dtype=torch.float64))


@pytest.mark.parametrize("step", [0, 1, 17, STEPS])
def test_every_slope_is_autograds_and_the_sum_of_what_the_photographs_add(found, step):
    weights = found.weights[step].clone().requires_grad_()
    of_each = losses(found.rows @ weights.T + found.bias[step], found.truth) * balanced_weights(found.truth, 3)
    (of_each.sum() + 0.15 * weights.square().sum()).backward()
    for kind, feature in ((0, 0), (2, 11), (1, found.steepest(step, 1))):
        opened = found.opened(step, kind, feature)
        assert opened.total == pytest.approx(float(weights.grad[kind, feature]), abs=1e-12)
        assert float(opened.amounts.sum()) + opened.penalty == pytest.approx(opened.total, abs=1e-12)
    assert int(weights.grad[1].abs().argmax()) == found.steepest(step, 1)


def test_a_step_is_the_rate_times_the_slope(found):
    opened = found.opened(4, 2, 7)
    assert float(found.weights[5, 2, 7]) == pytest.approx(opened.weight - found.rate * opened.total, abs=1e-12)


def test_it_goes_to_the_head_that_is_learnt_at_once():
    values, truth = photographs(30, 4, 3)
    slow = descend(values, truth, 3, 3.0, steps=3000)
    head = learn_head(values, truth, 3, 3.0)
    assert torch.allclose(slow.shares(3000), head.logits(values).softmax(1), atol=1e-4)


@pytest.mark.parametrize("place", [(STEPS + 1, 0, 0), (0, 3, 0), (0, 0, 12), (-1, 0, 0)])
def test_what_is_not_there_is_a_sentence(found, place):
    with pytest.raises(ModelError, match="There are 61 steps, 3 classes and 12 features"):
        found.opened(*place)
