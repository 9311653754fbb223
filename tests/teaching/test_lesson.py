"""A lesson from photographs to a checkpoint, and a sentence for each lesson that cannot be given."""

from dataclasses import replace

import pytest
import torch

from explorer.checkpoint import load, save
from explorer.errors import CatalogError
from explorer.predict import Classifier
from explorer.teaching.base import Base
from explorer.teaching.head import learn_head
from explorer.teaching.lesson import Pupil, teach
from explorer.training.learner import make_learner, network_arguments
from explorer.training.options import parse
from tests.teaching.lessons import COLOURS, coloured, pupils, small_base


@pytest.fixture(scope="module")
def base() -> Base:
    return small_base()


@pytest.fixture(scope="module")
def taught(base):
    return teach(base, pupils(base))


def test_the_file_is_a_checkpoint_whose_logits_are_the_heads(base, taught, tmp_path):
    path = save(tmp_path / "taught.safetensors", taught.model, taught.card)
    model, card = load(path)
    assert card == taught.card
    assert card.classes == tuple(COLOURS)
    features = torch.stack([one.look.features for one in taught.pupils])
    truth = torch.tensor([card.classes.index(one.label) for one in taught.pupils])
    head = learn_head(features, truth, 3, taught.trust.strength)
    rounding = 2.0**-10 * float((features.abs().double() @ head.weights.abs().T + head.bias.abs()).max())
    classifier = Classifier(model, card)
    for label in COLOURS:
        image = coloured(label, 77)
        expected = head.logits(base.look([image])[0].features[None])[0]
        assert torch.allclose(classifier.logits(image).double(), expected, atol=rounding)
    assert not torch.equal(model.get_submodule(base.head_name).weight, head.weights.float()), "float16 was no rounding"


def test_all_but_the_head_is_the_base(base, taught):
    mine = base.classifier.model.state_dict()
    for name, tensor in taught.model.state_dict().items():
        assert name.startswith(base.head_name) or torch.equal(tensor, mine[name]), name


def test_the_card_says_how_it_came_about(base, taught):
    provenance = taught.card.provenance
    assert provenance["how"] == "taught in the page"
    assert (provenance["base"], provenance["base_sha256"]) == ("small", base.sha256)
    assert provenance["photographs"] == dict.fromkeys(COLOURS, 6)
    assert provenance["folds"] == 5
    held_out = taught.card.metrics["held-out"]["lesson"]
    assert (held_out["top1"], held_out["pictures"]) == (taught.trust.whole.share, 18)
    assert taught.card.calibration["strangeness"]["threshold"] == pytest.approx(taught.trust.threshold, rel=1e-5)


def test_a_run_of_the_shell_can_start_from_it(taught, tmp_path):
    path = save(tmp_path / "taught.safetensors", taught.model, taught.card)
    options = parse(["--data", "drawn=2", "--start", str(path)])
    learner = make_learner(options, network_arguments(options, 3), torch.device("cpu"))
    for name, tensor in taught.model.state_dict().items():
        assert torch.allclose(learner.model.state_dict()[name].float(), tensor.float(), atol=1e-6), name


def test_colours_are_told_apart_and_what_is_said_adds_up(taught):
    said = taught.to_json()
    assert said["classes"] == list(COLOURS)
    assert said["accuracy"] > 0.7
    assert said["interval"][0] < said["accuracy"] <= said["interval"][1]
    assert sum(map(sum, said["confusion"])) == said["judged"] == 18
    assert (
        sum(one["right"] for one in said["by_class"])
        == said["confusion"][0][0] + said["confusion"][1][1] + (said["confusion"][2][2])
    )
    assert all(taught.pupils[one["photograph"]].name == one["file"] for one in said["hardest"])


def test_the_classes_stand_in_the_order_in_which_they_came(base):
    mixed = pupils(base, 3)[::-1]
    assert teach(base, mixed).card.classes == tuple(COLOURS)[::-1]


def refused(base: Base, lesson: list[Pupil]) -> str:
    with pytest.raises(CatalogError) as error:
        teach(base, lesson)
    return str(error.value)


def test_lessons_that_cannot_be_given_are_refused_in_a_sentence(base):
    good = pupils(base, 3)
    assert "Two classes at least" in refused(base, [])
    assert "all of these are “blue”" in refused(base, [one for one in good if one.label == "blue"])
    assert "“grün” has one photograph; each class needs 2" in refused(base, good[:7])
    twice = [*good, replace(good[0], label="blue", name="copy.png")]
    assert refused(base, twice) == (
        "The same photograph, “red things/0.png”, also called “copy.png”, is in “red things” and in “blue”; please "
        "keep it in one of them."
    )
    assert "at most 20 can be taught" in refused(base, [replace(good[0], label=f"c{i}") for i in range(21)])
    assert "at most 500 can teach" in refused(base, [good[0]] * 501)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("", "Each class needs a name"),
        ("  ", "Each class needs a name"),
        ("<img src=x onerror=alert(1)>", "“<img src=x onerror=alert(1)>” holds signs that no class name can have"),
        ("a\x00b", "“a�b” holds signs"),
        ("x" * 61, "has 61 letters; a class name has at most 60"),
    ],
)
def test_names_that_are_none(base, name, sentence):
    good = pupils(base, 2)
    assert sentence in refused(base, [replace(good[0], label=name), *good])


def test_names_of_other_letters_are_kept_as_they_are(base):
    renamed = {"red things": "${7*7} 'n' \"{{x}}\"", "blue": "猫", "grün": "a/b & c"}
    lesson = [replace(one, label=renamed[one.label]) for one in pupils(base, 2)]
    assert teach(base, lesson).card.classes == tuple(renamed.values())


def test_the_same_photograph_twice_in_a_class_is_said_and_held_out_together(base):
    lesson = [*pupils(base, 4), pupils(base, 1)[0]]
    taught = teach(base, lesson)
    assert (0, 12) in taught.trust.alike
    assert any("nearly the same as another; they were held out together" in one for one in taught.warnings())


def test_few_photographs_are_said_to_be_few(base):
    taught = teach(base, pupils(base, 2))
    assert any(one.startswith("Too few to tell: between ") for one in taught.warnings())
