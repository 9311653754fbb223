"""Temperature and strangeness on logits whose truth is known."""

import numpy as np
import pytest
import torch

from explorer.data.drawn.strangers import KINDS, draw_stranger
from explorer.predict.strangeness import Strangeness, fit_strangeness
from explorer.training.calibration import fit_temperature


def clusters(count: int = 600, classes: int = 5, scale: float = 6.0) -> torch.Tensor:
    """Logits of well separated classes."""
    random = torch.Generator().manual_seed(0)
    kinds = torch.randint(classes, (count,), generator=random)
    return scale * torch.nn.functional.one_hot(kinds, classes) + torch.randn(count, classes, generator=random)


@pytest.mark.parametrize("true_temperature", [0.5, 1.0, 3.0])
def test_the_temperature_that_made_the_labels_is_found(true_temperature):
    torch.manual_seed(3)
    logits = torch.randn(20_000, 4) * 3
    labels = torch.distributions.Categorical(logits=logits / true_temperature).sample()
    found = fit_temperature(logits, torch.nn.functional.one_hot(labels, 4).bool())
    assert found == pytest.approx(true_temperature, rel=0.05)


def test_temperature_on_sets_of_classes():
    torch.manual_seed(4)
    logits = torch.randn(20_000, 4) * 3
    labels = torch.distributions.Categorical(logits=logits / 2.0).sample()
    members = torch.zeros(20_000, 4, dtype=torch.bool)
    members[labels < 2, :2] = True
    members[labels >= 2, 2:] = True
    assert fit_temperature(logits, members) == pytest.approx(2.0, rel=0.07)


def test_strangers_score_higher_than_what_is_known():
    measure = fit_strangeness(clusters(), 1.0)
    known = measure.score(clusters(200))
    assert measure.centres.shape == (5, 5)
    for strange in (torch.zeros(1, 5), torch.full((1, 5), 6.0), torch.tensor([[-8.0, 9.0, 9.0, -8.0, 0.0]])):
        assert float(measure.score(strange)) > float(known.quantile(0.95))


def test_both_signs_have_the_same_spread_on_training_photographs():
    logits = clusters()
    measure = fit_strangeness(logits, 1.0)
    energy = -logits.logsumexp(1)
    assert float((measure.score(logits) - energy).std()) == pytest.approx(float(energy.std()), rel=0.01)


def test_json_round_trip_scores_alike():
    measure = fit_strangeness(clusters(), 0.7)
    again = Strangeness.from_json(measure.to_json())
    assert torch.allclose(again.score(clusters(50)), measure.score(clusters(50)), rtol=1e-4)
    assert again.to_json() == measure.to_json()


def test_few_photographs_of_one_class_are_enough_not_to_fail():
    measure = fit_strangeness(torch.randn(3, 4) + torch.tensor([9.0, 0, 0, 0]), 1.0)
    assert torch.isfinite(measure.score(torch.zeros(1, 4))).all()


@pytest.mark.parametrize("kind", KINDS)
def test_strangers_are_drawn_alike_every_time(kind):
    first, again, other = draw_stranger(kind, 1, 60), draw_stranger(kind, 1, 60), draw_stranger(kind, 2, 60)
    assert first.shape == (60, 60, 3)
    assert first.dtype == np.uint8
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
