"""The checkpoints that ship: pinned by hash, small, each with its card, and right about what the project draws."""

import hashlib
import re
from pathlib import Path

import pytest

from explorer.checkpoint import load, save
from explorer.data.drawn import CLASSES, draw
from explorer.data.drawn.strangers import KINDS, draw_stranger
from explorer.predict import Classifier

FOLDER = Path(__file__).parents[2] / "checkpoints"
ROWS = re.findall(
    r"^\| `(\S+\.safetensors)` \| ([\d,]+) \| `([0-9a-f]{64})` \| \[(\S+\.md)\]",
    (FOLDER / "README.md").read_text(),
    re.M,
)


def test_every_file_is_pinned_and_every_pin_has_its_file():
    assert "products.safetensors" in [row[0] for row in ROWS]
    assert sorted(path.name for path in FOLDER.glob("*.safetensors")) == sorted(row[0] for row in ROWS)


@pytest.mark.parametrize(("name", "size", "sha256", "card"), ROWS)
def test_pins_and_sizes(name, size, sha256, card):
    content = (FOLDER / name).read_bytes()
    assert hashlib.sha256(content).hexdigest() == sha256
    assert len(content) == int(size.replace(",", "")) <= 10_000_000
    text = (FOLDER / card).read_text()
    made_by = (
        "python -m explorer.checkpoint convert" if name == "imagenet.safetensors" else "python -m explorer.training"
    )
    for words in ("validation", "device", "seed", "commit", made_by):
        assert words in text


def test_all_together_are_small_enough():
    assert sum(path.stat().st_size for path in FOLDER.glob("*.safetensors")) <= 42_000_000


@pytest.mark.parametrize("name", [row[0] for row in ROWS])
def test_save_load_save_gives_the_shipped_bytes(name, tmp_path):
    assert save(tmp_path / name, *load(FOLDER / name)).read_bytes() == (FOLDER / name).read_bytes()


@pytest.mark.parametrize("name", [row[0] for row in ROWS])
def test_cards_in_file_and_in_words_agree(name):
    _, card = load(FOLDER / name)
    text = (FOLDER / name).with_suffix(".md").read_text()
    if "source" in card.provenance:
        assert card.provenance["source_sha256"] in text
        assert card.provenance["source_sha256"] in (FOLDER.parent / "NOTICE").read_text()
        assert f"AUROC {card.calibration['charts_noise_text']['auroc']:.3f}" in text
        assert f"{card.calibration['fitted_on']:,} photographs" in text
        return
    for values in card.metrics["validation"].values():
        assert f"{values['top1']:.3f}" in text
        assert f"{int(values['pictures']):,}" in text
    assert card.provenance["commit"] in text
    assert not card.provenance["commit"].endswith("+")


def test_products_knows_studio_bedroom_and_drawings():
    classifier = Classifier.load(FOLDER / "products.safetensors")
    assert set(classifier.label_sets) == {"catalogue", "clothing", "drawn"}
    assert classifier.label_sets["clothing"]["pants"] == ("jeans", "track-pants", "trousers")
    assert len(classifier.label_sets["catalogue"]) == 27
    low, _ = classifier.card.calibration["calibration_error_interval"]
    assert low <= 0.03


def test_products_names_what_the_project_draws():
    classifier = Classifier.load(FOLDER / "products.safetensors")
    right = [
        classifier.top_k(draw(label, seed, 200, plain=True), 1)[0].label == label
        for label in CLASSES
        for seed in (1, 2)
    ]
    assert sum(right) / len(right) >= 0.9


def test_products_calls_strange_what_is_strange():
    classifier = Classifier.load(FOLDER / "products.safetensors")
    kinds = [kind for kind in KINDS if kind != "plain"]  # a sheet of one colour passes for cloth; the card says so
    strange = [classifier.is_strange(draw_stranger(kind, seed)) for kind in kinds for seed in range(5)]
    known = [classifier.is_strange(draw(label, 1, 200, plain=True)) for label in CLASSES]
    assert sum(strange) / len(strange) >= 0.9
    assert sum(known) / len(known) <= 0.2
