"""Pictures that are asked about meanwhile go through the network together, and each answer is the one alone."""

import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
import torch

from explorer.checkpoint.file import Card
from explorer.models import build_model
from explorer.predict import Classifier
from explorer.predict.together import MOST_AT_ONCE, Together
from explorer.preprocessing import Preprocessing


@pytest.fixture(scope="module")
def classifier():
    torch.manual_seed(1)
    model = build_model("lenet5", num_classes=3, in_channels=1)
    return Classifier(
        model,
        Card(
            "lenet5",
            {"num_classes": 3, "in_channels": 1},
            ("a", "b", "c"),
            Preprocessing(size=32, mean=(0.5,), std=(0.5,)),
        ),
    )


def pictures(count, channels=1, side=32):
    return torch.randn(count, 1, channels, side, side, generator=torch.Generator().manual_seed(2))


class Slow:
    """Answers; while it is at its first batch, the others come, and wait."""

    def __init__(self, come, count):
        self.come, self.count, self.batches = come, count, []

    def __call__(self, classifier, batch):
        self.batches.append(len(batch))
        if len(self.batches) == 1:
            self.come()
            while len(self.together._waiting) < self.count:  # until all are there
                time.sleep(0)
        return classifier.answers(batch)


def asked_during_the_first(classifiers, batches):
    """The logits of each, where all but the first come while the first is computed; the sizes of the batches."""
    with ThreadPoolExecutor(len(batches)) as pool:
        futures = []

        def come():
            futures.extend(
                pool.submit(together.answers, *one) for one in list(zip(classifiers, batches, strict=True))[1:]
            )

        slow = Slow(come, len(batches) - 1)
        slow.together = together = Together(slow)
        first = together.answers(classifiers[0], batches[0])
        return [first, *(future.result() for future in futures)], slow.batches


def test_who_waits_is_answered_together_and_as_alone(classifier):
    batches = list(pictures(MOST_AT_ONCE + 4))
    found, sizes = asked_during_the_first([classifier] * len(batches), batches)
    assert sizes == [1, MOST_AT_ONCE, 3]
    for own, batch in zip(found, batches, strict=True):
        alone = classifier.answers(batch)[0]
        assert (own - alone).abs().max() <= 1e-5 * (alone.max() - alone.min())
    assert not torch.allclose(found[0], found[1], atol=1e-3)


def test_other_networks_and_sizes_are_batches_of_their_own(classifier):
    other = SimpleNamespace(answers=lambda batch: batch.flatten(1)[:, :3])
    classifiers, batches = [classifier, classifier, other, other, other], [*pictures(4), pictures(1, 2, 5)[0]]
    found, sizes = asked_during_the_first(classifiers, batches)
    assert sorted(sizes[1:]) == [1, 1, 2]
    for own, which, batch in zip(found, classifiers, batches, strict=True):
        torch.testing.assert_close(own, which.answers(batch)[0])


def test_a_failure_is_that_of_its_own_caller():
    def answers(batch):
        if batch.max() > 9:
            raise ValueError("ten")
        return batch.flatten(1)[:, :2]

    which = SimpleNamespace(answers=answers)
    together = Together(lambda classifier, batch: classifier.answers(batch))
    with pytest.raises(ValueError, match="ten"):
        together.answers(which, torch.full((1, 1, 2, 2), 10.0))
    assert together.answers(which, torch.ones(1, 1, 2, 2)).tolist() == [1.0, 1.0]
