"""A classifier: against torch by hand, label sets, calibration, strangeness, and what callers get wrong."""

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from explorer.checkpoint import save
from explorer.errors import CheckpointError, ImageError, ModelError
from explorer.predict import Classifier
from explorer.predict.strangeness import Strangeness
from tests.checkpoint.test_file import make_card, make_model

MEASURE = Strangeness(
    centres=torch.tensor([[1.0, 0.0, 0.0, 0.5], [0.0, 2.0, 0.0, 0.0]]),
    precision=torch.eye(4) + 0.25,
    weight=3.0,
    temperature=2.0,
    threshold=-1.0,
)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    card = make_card(calibration={"temperature": 2.0, "strangeness": MEASURE.to_json()})
    return save(tmp_path_factory.mktemp("predict") / "model.safetensors", make_model(), card)


@pytest.fixture(scope="module")
def classifier(path) -> Classifier:
    return Classifier.load(path)


@pytest.fixture
def image() -> np.ndarray:
    return np.random.default_rng(2).integers(0, 256, (53, 31, 3), dtype=np.uint8)


def test_top_k_is_what_torch_computes(classifier, image):
    batch = classifier.preprocessing(image)
    with torch.no_grad():
        logits = classifier.model(batch)[0]
    probabilities = torch.softmax(logits / 2.0, 0)
    order = sorted(range(4), key=lambda index: -float(probabilities[index]))
    found = classifier.top_k(image, k=4)
    assert [item.label for item in found] == [classifier.classes[index] for index in order]
    assert [item.probability for item in found] == pytest.approx([float(probabilities[index]) for index in order])
    assert [item.logit for item in found] == pytest.approx([float(logits[index]) for index in order])
    assert sum(item.probability for item in found) == pytest.approx(1)


def test_k_cuts_the_list_and_more_than_all_gives_all(classifier, image):
    assert classifier.top_k(image, k=2) == classifier.top_k(image)[:2]
    assert len(classifier.top_k(image, k=10)) == 4


def test_label_sets_sum_probabilities(classifier, image):
    fine = {item.label: item for item in classifier.top_k(image)}
    coarse = {item.label: item for item in classifier.top_k(image, labels="coarse")}
    assert set(coarse) == {"long", "legs"}
    assert coarse["long"].probability == pytest.approx(fine["kurtas"].probability + fine["sarees"].probability)
    assert classifier.temperature != 1
    one, other = coarse.values()
    ratio = np.exp((one.logit - other.logit) / classifier.temperature)
    assert one.probability / other.probability == pytest.approx(ratio, rel=1e-5)
    assert [one.logit for one in coarse.values()] == sorted((one.logit for one in coarse.values()), reverse=True)
    assert coarse["legs"].logit == pytest.approx(fine["jeans"].logit)


def test_the_same_photograph_gives_the_same_numbers_from_many_threads(classifier, image):
    found = []
    threads = [threading.Thread(target=lambda: found.append(classifier.top_k(image))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    assert all(item == found[0] for item in found)


def test_nothing_about_the_model_changes(classifier, image):
    before = {name: tensor.clone() for name, tensor in classifier.model.state_dict().items()}
    classifier.top_k(image)
    classifier.strangeness(image)
    assert not classifier.model.training
    assert all(torch.equal(before[name], tensor) for name, tensor in classifier.model.state_dict().items())


def test_strangeness_is_energy_and_distance_by_hand(classifier, image):
    logits = classifier.logits(image)
    squared = min(float((logits - centre) @ MEASURE.precision @ (logits - centre)) for centre in MEASURE.centres)
    by_hand = 3.0 * squared - 2.0 * float(torch.log(torch.exp(logits / 2.0).sum()))
    assert classifier.strangeness(image) == pytest.approx(by_hand, abs=1e-4)
    assert classifier.strangeness_of(logits) == classifier.strangeness(image)


def test_the_threshold_decides(classifier, image):
    score = classifier.strangeness(image)
    for threshold, strange in ((score - 0.1, True), (score + 0.1, False)):
        measure = replace(MEASURE, threshold=threshold)
        other = Classifier(classifier.model, replace(classifier.card, calibration={"strangeness": measure.to_json()}))
        assert other.strangeness_threshold == pytest.approx(threshold, abs=1e-3)
        assert other.is_strange(image) is strange


def test_without_a_measure_strangeness_says_so(classifier, image):
    bare = Classifier(classifier.model, replace(classifier.card, calibration={}))
    assert bare.strangeness_threshold is None
    with pytest.raises(CheckpointError, match="no measure of strange pictures"):
        bare.is_strange(image)
    for broken in (
        {"centres": [[1.0]]},
        {**MEASURE.to_json(), "precision": [[1.0]]},
        {**MEASURE.to_json(), "weight": "x"},
    ):
        with pytest.raises(CheckpointError, match="measure of strangeness of this checkpoint cannot be read"):
            Classifier(classifier.model, replace(classifier.card, calibration={"strangeness": broken})).is_strange(
                image
            )


@pytest.mark.parametrize("k", [0, -1, 2.5, True, None])
def test_k_below_one_is_refused(classifier, image, k):
    with pytest.raises(ModelError, match="a whole number of at least 1"):
        classifier.top_k(image, k=k)


def test_unknown_label_set_lists_the_known(classifier, image):
    with pytest.raises(ModelError, match="no label set 'fine'; it has: coarse"):
        classifier.top_k(image, labels="fine")


def test_not_a_picture_is_refused(classifier):
    with pytest.raises(ImageError, match="must be uint8"):
        classifier.top_k(np.zeros((4, 4, 3)))


def test_a_device_that_is_not_there_is_a_sentence(path):
    with pytest.raises(ModelError, match="device 'nonsense' cannot be used"):
        Classifier.load(path, device="nonsense")
