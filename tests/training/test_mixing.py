"""MixUp, CutMix, class weights and samplers."""

import pytest
import torch

from explorer.training.balance import example_weights, picture_order
from explorer.training.mixing import Mix, draw_mix, mix_pixels

ROWS = torch.tensor([0] * 8 + [1] * 2)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_mixup_is_the_weighted_mean():
    batch = torch.rand(3, 2, 5, 7)
    mixed, share = mix_pixels(batch, batch[[1, 2, 0]], Mix(torch.tensor([1, 2, 0]), 0.3, None))
    assert share == 0.3
    assert torch.allclose(mixed[0], 0.3 * batch[0] + 0.7 * batch[1])


def test_cutmix_pastes_a_rectangle_and_says_its_share():
    batch = torch.rand(2, 3, 10, 20)
    mixed, share = mix_pixels(batch, batch.flip(0), Mix(torch.tensor([1, 0]), 0.8, (0.2, 0.6, 0.5, 0.75)))
    assert torch.equal(mixed[0, :, 2:6, 10:15], batch[1, :, 2:6, 10:15])
    assert torch.equal(mixed[0, :, 6:], batch[0, :, 6:])
    assert share == pytest.approx(1 - 4 * 5 / 200)


def test_off_means_off():
    assert draw_mix(8, 0, 0, generator()) is None
    assert draw_mix(1, 0.4, 0, generator()) is None


def test_shares_follow_the_beta_distribution():
    random = generator(1)
    shares = torch.tensor([draw_mix(4, 0.4, 0, random).share for _ in range(800)])
    assert shares.min() >= 0
    assert shares.max() <= 1
    assert float(shares.mean()) == pytest.approx(0.5, abs=0.05)
    assert float(shares.var()) == pytest.approx(0.25 / 1.8, abs=0.015)  # of Beta(a, a): 1 / (4 (2a + 1))


def test_with_both_a_coin_decides():
    random = generator(2)
    kinds = [draw_mix(4, 1.0, 1.0, random).rectangle is None for _ in range(200)]
    assert 60 < sum(kinds) < 140


def test_cut_rectangles_stay_inside_and_have_the_drawn_area():
    random = generator(3)
    for _ in range(50):
        mix = draw_mix(4, 0, 1.0, random)
        top, bottom, left, right = mix.rectangle
        assert 0 <= top <= bottom <= 1 + 1e-6
        assert (bottom - top) * (right - left) == pytest.approx(1 - mix.share, abs=1e-6)


def test_balanced_weights_give_every_label_the_same_sum():
    weights = example_weights(ROWS, "balanced")
    assert float(weights.mean()) == pytest.approx(1)
    assert float(weights[ROWS == 0].sum()) == pytest.approx(float(weights[ROWS == 1].sum()))
    root = example_weights(ROWS, "root")
    assert float(root[ROWS == 1][0] / root[ROWS == 0][0]) == pytest.approx(2.0)
    assert example_weights(ROWS, "none") is None


def test_shuffling_takes_each_once_and_balancing_each_label_equally():
    assert sorted(picture_order(ROWS, "shuffle", generator()).tolist()) == list(range(10))
    many = torch.cat([picture_order(ROWS, "balanced", generator(seed)) for seed in range(200)])
    assert float(ROWS[many].float().mean()) == pytest.approx(0.5, abs=0.05)
