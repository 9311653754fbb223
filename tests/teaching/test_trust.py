"""What is held out with what, and what the held-out answers are said to tell."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from explorer.evaluate.measures import wilson
from explorer.teaching.base import Glance
from explorer.teaching.folds import spread_folds
from explorer.teaching.head import learn_head
from explorer.teaching.trust import judge_folds


def looks_at(features: np.ndarray, edges: np.ndarray | None = None) -> list[Glance]:
    """Photographs that are all different, with these features."""
    rng = np.random.default_rng(0)
    edges = rng.normal(size=features.shape) if edges is None else edges
    return [
        Glance(
            torch.tensor(row, dtype=torch.float32),
            torch.tensor(edge, dtype=torch.float32),
            np.concatenate([rng.choice([-1.0, 1.0], 256), rng.uniform(0, 255, 192)]).astype(np.float32),
            str(place),
        )
        for place, (row, edge) in enumerate(zip(features, edges, strict=True))
    ]


def clouds(per_class: int, distance: float, classes: int = 3, seed: int = 1) -> tuple[np.ndarray, list[int]]:
    rng = np.random.default_rng(seed)
    truth = [one for one in range(classes) for _ in range(per_class)]
    return np.eye(classes, 12)[truth] * distance + rng.normal(size=(len(truth), 12)), truth


def test_each_class_is_spread_over_the_folds():
    truth = [0] * 11 + [1] * 5 + [2] * 2
    folds = spread_folds(truth, list(range(18)))
    counts = [torch.bincount(folds[torch.tensor(truth) == one], minlength=5).tolist() for one in range(3)]
    assert sorted(counts[0]) == [2, 2, 2, 2, 3]
    assert counts[1] == [1] * 5
    assert sorted(counts[2]) == [0, 0, 0, 1, 1]


def test_what_is_nearly_the_same_is_held_out_together():
    truth = [0, 0, 0, 0, 1, 1, 1, 1]
    folds = spread_folds(truth, [0, 0, 2, 3, 4, 5, 2, 5]).tolist()
    assert folds[0] == folds[1]
    assert folds[2] == folds[6]
    assert folds[5] == folds[7]
    assert min(folds) == 0


def test_a_class_of_one_picture_is_never_held_out():
    folds = spread_folds([0, 0, 0, 1, 1], [0, 0, 0, 3, 4]).tolist()
    assert folds[:3] == [-1, -1, -1]
    assert sorted(folds[3:]) == [0, 1]
    shared = spread_folds([0, 0, 1, 1], [0, 0, 0, 3]).tolist()
    assert shared[:3] == [-1, -1, -1], "a picture that is like the whole of another class stays too"


def test_no_fold_lacks_a_class_that_is_judged():
    rng = np.random.default_rng(5)
    for _ in range(60):
        truth = rng.integers(0, 4, rng.integers(8, 40)).tolist()
        groups = [int(rng.integers(0, place + 1)) if rng.random() < 0.3 else place for place in range(len(truth))]
        groups = [next(one for one in (groups[groups[place]], groups[place])) for place in range(len(truth))]
        folds = spread_folds(truth, groups)
        for fold in range(int(folds.max()) + 1):
            left = {one for one, place in zip(truth, folds.tolist(), strict=True) if place != fold}
            held = {one for one, place in zip(truth, folds.tolist(), strict=True) if place == fold}
            only = [one for one in held - left if len({group for label, group in zip(truth, groups, strict=True)
                                                       if label == one}) < 2]  # fmt: skip
            assert not only


def test_clouds_that_lie_apart_are_told_apart_and_the_numbers_are_wilsons():
    features, truth = clouds(20, 9.0)
    trust = judge_folds(looks_at(features), truth, 3)
    assert (trust.whole.right, trust.whole.count) == (60, 60)
    assert trust.whole.interval == pytest.approx(wilson(np.ones(60, bool)))
    assert trust.confusion == ((20, 0, 0), (0, 20, 0), (0, 0, 20))
    assert not trust.too_few
    assert not trust.background_tells
    assert trust.guessing == pytest.approx(1 / 3)
    assert [one.count for one in trust.classes] == [20, 20, 20]


def test_noise_is_said_to_be_too_little_to_tell():
    features, truth = clouds(8, 0.0)
    trust = judge_folds(looks_at(features), truth, 3)
    assert trust.too_few
    assert sum(map(sum, trust.confusion)) == 24
    assert sum(row[place] for place, row in enumerate(trust.confusion)) == trust.whole.right


def test_a_wrong_label_is_the_hardest_photograph():
    features, truth = clouds(15, 9.0)
    truth[4] = 2
    trust = judge_folds(looks_at(features), truth, 3)
    assert trust.hardest[0].photograph == 4
    assert trust.hardest[0].said == 0
    assert trust.hardest[0].probability < 0.5
    probabilities = [one.probability for one in trust.hardest]
    assert probabilities == sorted(probabilities)


def test_edges_that_tell_as_much_are_said_to():
    features, truth = clouds(20, 9.0)
    trust = judge_folds(looks_at(features, edges=features[:, ::-1].copy()), truth, 3)
    assert trust.background_tells
    assert trust.edges.right == 60


def test_pairs_that_are_nearly_the_same_are_named_and_held_out_together():
    features, truth = clouds(6, 9.0)
    looks = looks_at(features)
    looks[5] = replace(looks[5], code=looks[2].code)
    trust = judge_folds(looks, truth, 3)
    assert trust.alike == ((2, 5),)


def test_the_threshold_lets_nearly_all_held_out_photographs_pass():
    features, truth = clouds(40, 9.0)
    trust = judge_folds(looks_at(features), truth, 3)
    head = learn_head(torch.tensor(features), torch.tensor(truth), 3, trust.strength)
    unseen = torch.tensor(clouds(200, 9.0, seed=2)[0])
    energies = -head.logits(unseen).logsumexp(1)
    assert float((energies <= trust.threshold).double().mean()) == pytest.approx(0.95, abs=0.04)
    nothing = torch.tensor(features).mean(0, keepdim=True)
    assert float(-head.logits(nothing).logsumexp(1)) > trust.threshold


def test_where_nothing_can_be_held_out_nothing_is_claimed():
    features, truth = clouds(3, 9.0, classes=2)
    looks = looks_at(features)
    looks = [replace(look, code=looks[kind].code) for look, kind in zip(looks, truth, strict=True)]
    trust = judge_folds(looks, truth, 2)
    assert trust.whole.count == 0
    assert trust.whole.share is None
    assert trust.threshold is None
    assert trust.too_few
    assert trust.confusion == ((0, 0), (0, 0))
    assert trust.hardest == ()
