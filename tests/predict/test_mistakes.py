"""Each mistake is really made: its outcome is recomputed here by hand, with torch and NumPy alone."""

import copy

import numpy as np
import pytest
import torch
from torch import nn

from explorer.checkpoint.file import Card
from explorer.errors import ModelError
from explorer.models import build_model
from explorer.predict import Classifier
from explorer.predict.mistakes import MISTAKES, flips, make
from explorer.preprocessing import Preprocessing

CLASSES = tuple(f"class {index}" for index in range(6))


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    torch.manual_seed(11)
    model = build_model("compact", 6)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 2)
    own = Preprocessing(size=64, mean=(0.7, 0.6, 0.5), std=(0.2, 0.25, 0.3))
    return Classifier(model, Card("compact", {"num_classes": 6}, CLASSES, own, calibration={"temperature": 1.5}))


@pytest.fixture(scope="module")
def image() -> np.ndarray:
    rng = np.random.default_rng(4)
    y, x = np.mgrid[0:90, 0:130]
    scene = np.stack([x + 60, 2 * y + 20, 200 - x], axis=2) + rng.normal(0, 8, (90, 130, 3))
    return np.clip(scene, 0, 255).astype(np.uint8)


def answered(model: nn.Module, batch: torch.Tensor) -> torch.Tensor:
    with torch.inference_mode():
        return torch.softmax(copy.deepcopy(model).eval()(batch)[0] / 1.5, 0)


def assert_rows(outcome, probabilities: torch.Tensor) -> None:
    assert len(outcome.rows) == 5
    for row in outcome.rows:
        assert row.probability == pytest.approx(float(probabilities[CLASSES.index(row.label)]), abs=1e-5)
    assert outcome.rows[0].label == CLASSES[int(probabilities.argmax())]


def pixels_of(classifier, image) -> torch.Tensor:
    return torch.from_numpy(classifier.preprocessing.picture(image)).permute(2, 0, 1)[None].float()


def test_there_are_all_of_them_and_each_has_its_words():
    assert len(MISTAKES) == 13
    for mistake in MISTAKES.values():
        assert mistake.cause.endswith(".")
        assert mistake.title
        assert mistake.wrong != mistake.fix


def test_forgotten_normalisation_is_pixels_over_255(classifier, image):
    pixels = pixels_of(classifier, image) / 255
    outcome = make("normalisation", classifier, image)
    assert_rows(outcome, answered(classifier.model, pixels))
    clues = {clue.name: clue for clue in outcome.clues}
    assert clues["mean of the input"].broken == f"{pixels.mean():.2f}"
    assert clues["mean of the input"].right == f"{classifier.preprocessing(image).mean():.2f}"
    assert clues["spread of the input"].broken == f"{pixels.std(correction=0):.2f}"


def test_raw_pixels_are_0_to_255(classifier, image):
    pixels = pixels_of(classifier, image)
    assert pixels.max() > 200
    assert_rows(make("raw", classifier, image), answered(classifier.model, pixels))


def test_foreign_statistics_are_cifar10s(classifier, image):
    mean = torch.tensor([0.4914, 0.4822, 0.4465]).view(1, 3, 1, 1)
    std = torch.tensor([0.2470, 0.2435, 0.2616]).view(1, 3, 1, 1)
    wrong = (pixels_of(classifier, image) / 255 - mean) / std
    assert_rows(make("statistics", classifier, image), answered(classifier.model, wrong))


def test_swapped_channels_are_blue_first(classifier, image):
    swapped = classifier.preprocessing(np.ascontiguousarray(image[:, :, [2, 1, 0]]))
    outcome = make("bgr", classifier, image)
    assert_rows(outcome, answered(classifier.model, swapped))
    assert outcome.saw[30, 30, 0] == pytest.approx(classifier.preprocessing.picture(image)[30, 30, 2], abs=1)


def test_channels_last_end_in_torchs_own_words(classifier, image):
    with pytest.raises(RuntimeError) as raised, torch.inference_mode():
        classifier.model(classifier.preprocessing(image).permute(0, 2, 3, 1).contiguous())
    outcome = make("hwc", classifier, image)
    assert outcome.error == f"RuntimeError: {raised.value}"
    assert not outcome.rows
    assert outcome.clues[0].broken == "(1, 64, 64, 3)"


def test_reshape_has_the_right_shape_and_the_wrong_order(classifier, image):
    right = classifier.preprocessing(image).numpy()
    torn = torch.from_numpy(np.ascontiguousarray(right.transpose(0, 2, 3, 1)).reshape(1, 3, 64, 64))
    assert_rows(make("reshape", classifier, image), answered(classifier.model, torn))


def test_a_missing_batch_dimension_ends_in_torchs_own_words(classifier, image):
    with pytest.raises(ValueError, match="expected 4D input") as raised, torch.inference_mode():
        classifier.model(classifier.preprocessing(image)[0])
    assert make("batch", classifier, image).error == f"ValueError: {raised.value}"


def test_forgotten_eval_gives_two_answers_and_moves_statistics_of_a_copy(classifier, image):
    outcome = make("eval", classifier, image)
    trained = copy.deepcopy(classifier.model).train()
    with torch.inference_mode():
        alone = torch.softmax(trained(classifier.preprocessing(image))[0] / 1.5, 0)
    assert_rows(outcome, alone)
    assert [row.probability for row in outcome.again] != [row.probability for row in outcome.rows]
    before, after = outcome.clues[1].right, outcome.clues[1].broken
    assert before.split(",")[0] != after.split()[0]


def test_no_resize_feeds_the_photograph_at_its_own_size(classifier, image):
    outcome = make("size", classifier, image)
    whole = classifier.preprocessing.normalise(torch.from_numpy(image).permute(2, 0, 1)[None])
    assert_rows(outcome, answered(classifier.model, whole))
    assert outcome.clues[0].broken == "(1, 3, 90, 130)"


def test_no_resize_stays_below_a_megapixel(classifier):
    outcome = make("size", classifier, np.zeros((1300, 1600, 3), np.uint8))
    _, _, height, width = (int(part) for part in outcome.clues[0].broken.strip("()").split(","))
    assert 900_000 < height * width <= 1_000_000
    assert max(outcome.saw.shape[:2]) < 448


def test_augmentation_left_on_answers_to_two_other_pictures(classifier, image):
    outcome = make("augmentation", classifier, image)
    assert [row.probability for row in outcome.rows] != [row.probability for row in outcome.again]
    assert not np.array_equal(outcome.saw, classifier.preprocessing.picture(image))


def test_forgotten_softmax_shows_logits(classifier, image):
    outcome = make("no softmax", classifier, image)
    logits = classifier.logits(image)
    assert outcome.score == "logit"
    assert [row.logit for row in outcome.rows] == pytest.approx(sorted(logits.tolist(), reverse=True)[:5], abs=1e-5)
    assert outcome.clues[0].broken == f"{logits.sum():.2f}"


def test_softmax_twice_flattens_but_keeps_the_order(classifier, image):
    outcome = make("two softmax", classifier, image)
    twice = torch.softmax(torch.softmax(classifier.logits(image) / 1.5, 0), 0)
    assert_rows(outcome, twice)
    assert [row.label for row in outcome.rows] == [row.label for row in classifier.top_k(image, 5)]
    assert float(outcome.clues[1].broken) == pytest.approx(np.e / (np.e + 5), abs=1e-3)


def test_forward_gives_the_answer_but_runs_no_hook(classifier, image):
    outcome = make("forward", classifier, image)
    assert_rows(outcome, torch.softmax(classifier.logits(image) / 1.5, 0))
    assert (outcome.clues[0].right, outcome.clues[0].broken) == ("1", "0")


def test_no_mistake_touches_the_classifier(classifier, image):
    before = {name: tensor.clone() for name, tensor in classifier.model.state_dict().items()}
    answer = classifier.top_k(image, 6)
    for key in MISTAKES:
        make(key, classifier, image)
    assert not any(module.training or module._forward_hooks for module in classifier.model.modules())
    for name, tensor in classifier.model.state_dict().items():
        assert torch.equal(tensor, before[name]), name
    assert classifier.top_k(image, 6) == answer


def test_flips_counts_other_labels_and_exceptions(classifier, image):
    assert flips("batch", classifier, image)
    assert not flips("forward", classifier, image)
    assert not flips("two softmax", classifier, image)
    raw = make("raw", classifier, image).rows[0].label != classifier.top_k(image, 1)[0].label
    assert flips("raw", classifier, image) == raw


def test_an_unknown_mistake_is_refused(classifier, image):
    with pytest.raises(ModelError, match="There is no mistake 'typo'; there are normalisation, raw"):
        make("typo", classifier, image)


@pytest.mark.parametrize("key", MISTAKES)
def test_what_the_network_got_is_shown_or_said_to_be_the_true_batch(classifier, image, key, monkeypatch):
    """Every batch is watched: only where the first one is the right one does the outcome say that it is untouched."""
    given: list[torch.Tensor] = []
    kind = type(classifier.model)
    forward = kind.forward

    def watched(model, batch):
        given.append(batch.clone())
        return forward(model, batch)

    monkeypatch.setattr(kind, "forward", watched)
    outcome = make(key, classifier, image)
    right = classifier.preprocessing(image)
    assert outcome.untouched == torch.equal(given[0], right)
    assert outcome.untouched or outcome.saw is not None or given[0].shape != right.shape


def test_a_grey_network_without_resize_sees_luma_as_it_was_trained_on(image):
    grey = Preprocessing(size=64, mean=(0.5,), std=(0.25,))
    card = Card("compact", {"num_classes": 6, "in_channels": 1}, CLASSES, grey)
    outcome = make("size", Classifier(build_model("compact", 6, 1), card), image)
    luma = np.rint(image.astype(np.float64) @ np.array([0.299, 0.587, 0.114]))
    assert np.abs(outcome.saw[..., 0].astype(int) - luma).max() <= 1
