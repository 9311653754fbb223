"""Parameter groups and schedules."""

import pytest
import torch

from explorer.models import build_model
from explorer.training.optimiser import make_optimiser, parameter_groups, rate_factor, set_rate
from explorer.training.options import Options
from explorer.training.transfer import layer_groups


def test_norms_and_biases_do_not_decay_and_everything_is_in_one_group():
    model = build_model("compact", 5)
    groups = parameter_groups(layer_groups(model), 0.1)
    assert all(
        (group["weight_decay"] == 0.1) == (parameter.ndim > 1) for group in groups for parameter in group["params"]
    )
    found = [id(parameter) for group in groups for parameter in group["params"]]
    assert len(found) == len(set(found)) == len(list(model.parameters()))


def test_rates_by_layer_group():
    model = build_model("compact", 5)
    optimiser = make_optimiser(layer_groups(model), Options(layer_decay=0.5, rate=0.8))
    set_rate(optimiser, 0.8)
    rates = {group["name"]: group["lr"] for group in optimiser.param_groups}
    assert rates["head"] == pytest.approx(0.8)
    assert rates["stage4"] == pytest.approx(0.4)
    assert rates["stem"] == pytest.approx(0.8 * 0.5**5)


def test_sgd_is_nesterov_and_adamw_is_adamw():
    groups = layer_groups(build_model("lenet5"))
    sgd = make_optimiser(groups, Options())
    assert isinstance(sgd, torch.optim.SGD)
    assert sgd.defaults["nesterov"]
    assert isinstance(make_optimiser(groups, Options(optimiser="adamw")), torch.optim.AdamW)


@pytest.mark.parametrize("schedule", ["cosine", "one-cycle", "step", "constant"])
def test_schedules_rise_during_warm_up_and_never_leave_their_range(schedule):
    factors = [rate_factor(step / 1000, schedule, 0.2) for step in range(1000)]
    assert all(0 <= factor <= 1 for factor in factors)
    assert factors[:200] == sorted(factors[:200])
    assert factors[200:] == sorted(factors[200:], reverse=True)
    assert max(factors) == pytest.approx(1, abs=0.01)


def test_schedules_by_hand():
    assert rate_factor(0.5, "cosine", 0) == pytest.approx(0.5)
    assert rate_factor(0, "one-cycle", 0.3) == pytest.approx(0.04)
    assert rate_factor(0.9999, "one-cycle", 0.3) == pytest.approx(0.0005, abs=1e-4)
    assert [rate_factor(place, "step", 0) for place in (0, 0.3, 0.4, 0.7, 0.99)] == pytest.approx(
        [1, 1, 0.1, 0.01, 0.01]
    )
    assert rate_factor(0.9, "constant", 0.5) == 1


def test_the_body_may_learn_at_a_share_of_the_heads_rate():
    optimiser = make_optimiser(layer_groups(build_model("compact", 5)), Options(body=0.1, layer_decay=0.5))
    set_rate(optimiser, 0.8)
    rates = {group["name"]: group["lr"] for group in optimiser.param_groups}
    assert rates["head"] == pytest.approx(0.8)
    assert rates["stage4"] == pytest.approx(0.8 * 0.5 * 0.1)
    assert rates["stem"] == pytest.approx(0.8 * 0.5**5 * 0.1)
