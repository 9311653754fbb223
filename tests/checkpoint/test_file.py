"""Checkpoints: round trips, and 1,200 ways to damage one, each refused with a sentence."""

import json
import os
import random
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from explorer.checkpoint import file as checkpoint
from explorer.checkpoint import load, save
from explorer.checkpoint.file import Card, read, round_weights
from explorer.errors import CheckpointError
from explorer.models import build_model
from explorer.preprocessing import Preprocessing


def make_card(**changes: object) -> Card:
    card = Card(
        architecture="simple_gap",
        arguments={"num_classes": 4, "in_channels": 3},
        classes=("kurtas", "sarees", "jeans", "café"),
        preprocessing=Preprocessing(size=40, mean=(0.7526, 0.7206, 1e-05), std=(0.2963, 0.3138, 0.3161)),
        label_sets={"coarse": {"long": ("kurtas", "sarees"), "legs": ("jeans",)}},
        metrics={"validation": {"catalogue": {"top1": 0.9127, "pictures": 873}}},
        provenance={"seed": 3, "device": "CPU", "duration_s": 12.5},
    )
    return replace(card, **changes)


def make_model() -> nn.Module:
    """Fresh weights, and batch-norm statistics that float16 could not hold."""
    torch.manual_seed(0)
    model = build_model("simple_gap", 4)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.uniform_(-1, 1)
            module.running_var.uniform_(0.5, 70_000)
            module.num_batches_tracked.fill_(123_456_789)
    return model


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save(tmp_path_factory.mktemp("checkpoint") / "small.safetensors", make_model(), make_card())


def test_load_gives_card_and_equal_logits_back(saved):
    model, card = load(saved)
    assert card == make_card()
    assert not model.training
    original = round_weights(make_model()).eval()
    batch = torch.rand(3, 3, 40, 40)
    with torch.no_grad():
        assert torch.equal(model(batch), original(batch))


def test_weights_are_float16_and_statistics_float32(saved):
    stored = load_file(saved)
    for name, tensor in stored.items():
        ending = name.rsplit(".", 1)[-1]
        expected = {"running_mean": torch.float32, "running_var": torch.float32, "num_batches_tracked": torch.int64}
        assert tensor.dtype == expected.get(ending, torch.float16), name
    assert torch.equal(stored["block1.bn.running_var"], make_model().block1.bn.running_var)


def test_save_load_save_gives_the_same_bytes(saved, tmp_path):
    again = save(tmp_path / "again.safetensors", *load(saved))
    assert again.read_bytes() == saved.read_bytes()


def test_everything_else_is_json_in_the_metadata(saved):
    header = saved.read_bytes()
    length = int.from_bytes(header[:8], "little")
    envelope = json.loads(json.loads(header[8 : 8 + length])["__metadata__"]["cnn_explorer"])
    assert envelope["schema"] == 1
    assert envelope["card"]["preprocessing"]["mean"] == [0.7526, 0.7206, 1e-05]
    assert re.fullmatch("[0-9a-f]{64}", envelope["sha256"])


def damaged(payload: bytes, kind: str, rng: random.Random) -> bytes:
    """The file with one thing wrong."""
    header = 8 + int.from_bytes(payload[:8], "little")
    changed = bytearray(payload)
    if kind == "bit anywhere":
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    elif kind == "bit in the header":
        changed[rng.randrange(header)] ^= 1 << rng.randrange(8)
    elif kind == "bit in the tensors":
        changed[rng.randrange(header, len(changed))] ^= 1 << rng.randrange(8)
    elif kind == "cut":
        del changed[rng.randrange(len(changed)) :]
    elif kind == "zeroed tail":
        start = rng.randrange(len(payload.rstrip(b"\0")))
        changed[start:] = bytes(len(changed) - start)
    else:  # another digit in the card: a mean, an accuracy, a seed
        text = payload[:header]
        card = text.index(b'\\"card\\":')
        digits = [match.start() for match in re.finditer(rb"\d", text) if match.start() > card]
        place = rng.choice(digits)
        changed[place] = ord(rng.choice([digit for digit in "0123456789" if ord(digit) != changed[place]]))
    assert bytes(changed) != payload
    return bytes(changed)


KINDS = ["bit anywhere", "bit in the header", "bit in the tensors", "cut", "zeroed tail", "another digit"]


@pytest.mark.parametrize("kind", KINDS)
def test_two_hundred_damages_of_a_kind_are_refused_with_a_sentence(kind, saved, tmp_path):
    payload, rng, path = saved.read_bytes(), random.Random(kind), tmp_path / "damaged.safetensors"
    for _ in range(200):
        path.write_bytes(damaged(payload, kind, rng))
        with pytest.raises(CheckpointError, match=r"^\S.*[.!]$|^\S.*\.\s*\S.*$"):
            load(path)


def test_every_byte_of_the_header_is_guarded(saved, tmp_path):
    """All of them, not a sample: here a flip could hide, as 1e-05 and 1E-05 are one number."""
    payload, path = saved.read_bytes(), tmp_path / "damaged.safetensors"
    header = 8 + int.from_bytes(payload[:8], "little")
    passed = []
    for place in range(header):
        changed = bytearray(payload)
        changed[place] ^= 0x20  # the bit between upper and lower case
        path.write_bytes(changed)
        try:
            read(path)
        except CheckpointError:
            continue
        passed.append(place)
    assert not passed


def test_same_card_written_otherwise_is_refused(saved, tmp_path):
    tensors, _ = read(saved)
    header = saved.read_bytes()
    text = json.loads(header[8 : 8 + int.from_bytes(header[:8], "little")])["__metadata__"]["cnn_explorer"]
    save_file(tensors, tmp_path / "spaced.safetensors", {"cnn_explorer": json.dumps(json.loads(text))})
    with pytest.raises(CheckpointError, match="not in the form it was written in"):
        load(tmp_path / "spaced.safetensors")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "header is cut or missing"),
        (b"PK\x03\x04" + bytes(200), "header is cut"),
        (b"\xff" * 64, "header is cut or missing"),
    ],
)
def test_files_of_another_kind_are_refused(content, message, tmp_path):
    path = tmp_path / "other.safetensors"
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=message):
        load(path)


def test_missing_file_and_folder_are_sentences(tmp_path):
    with pytest.raises(CheckpointError, match="cannot be read: No such file"):
        load(tmp_path / "none.safetensors")
    with pytest.raises(CheckpointError, match="cannot be read: Is a directory"):
        load(tmp_path)


def test_foreign_safetensors_are_refused(tmp_path):
    save_file({"weight": torch.zeros(3)}, tmp_path / "foreign.safetensors", {"format": "pt"})
    with pytest.raises(CheckpointError, match="no checkpoint of this project"):
        load(tmp_path / "foreign.safetensors")


def forged(path: Path, tensors: dict[str, torch.Tensor], card: Card) -> Path:
    """A file with a right hash, as somebody who means harm (or a later version) would write it."""
    envelope = {"schema": 1, "sha256": checkpoint.digest(tensors, card), "card": card.to_json()}
    save_file(tensors, path, {"cnn_explorer": checkpoint.canonical_json(envelope)})
    return path


def test_names_shapes_and_finiteness_are_checked_even_with_a_right_hash(saved, tmp_path):
    tensors, card = read(saved)
    path = tmp_path / "forged.safetensors"
    fewer = {name: tensor for name, tensor in tensors.items() if name != "fc1.bias"}
    with pytest.raises(CheckpointError, match=r"missing \['fc1.bias'\]"):
        load(forged(path, fewer, card))
    with pytest.raises(CheckpointError, match=r"not expected \['extra'\]"):
        load(forged(path, {**tensors, "extra": torch.zeros(1)}, card))
    with pytest.raises(
        CheckpointError, match=r"'fc1.bias' is torch.float16 \(3,\), but the network has torch.float32 \(256,\)"
    ):
        load(forged(path, {**tensors, "fc1.bias": torch.zeros(3, dtype=torch.float16)}, card))
    infinite = tensors["fc1.bias"].clone()
    infinite[7] = float("inf")
    with pytest.raises(CheckpointError, match=r"'fc1\.bias' that are not finite"):
        load(forged(path, {**tensors, "fc1.bias": infinite}, card))


def test_unknown_network_and_wrong_arguments_are_sentences(saved, tmp_path):
    tensors, card = read(saved)
    path = tmp_path / "forged.safetensors"
    with pytest.raises(CheckpointError, match="no network named 'pickle'"):
        load(forged(path, tensors, replace(card, architecture="pickle")))
    with pytest.raises(CheckpointError, match="cannot be built"):
        load(forged(path, tensors, replace(card, arguments={**card.arguments, "depth": 9})))


def test_a_later_schema_is_refused(saved, tmp_path):
    tensors, card = read(saved)
    envelope = {"schema": 2, "sha256": "0" * 64, "card": card.to_json()}
    save_file(tensors, tmp_path / "later.safetensors", {"cnn_explorer": checkpoint.canonical_json(envelope)})
    with pytest.raises(CheckpointError, match="schema version 2; this program reads 1"):
        load(tmp_path / "later.safetensors")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"classes": ("a", "a", "b", "c")}, "distinct class names"),
        ({"classes": ("a", "b")}, "names 2 classes, but its network has num_classes=4"),
        ({"preprocessing": Preprocessing(mean=(0.5,), std=(0.5,))}, "takes 3 channels, but the preprocessing gives 1"),
        ({"label_sets": {"x": {"y": ("boots",)}}}, "label set 'x' names unknown classes: boots"),
    ],
)
def test_cards_that_contradict_themselves_are_refused(changes, message):
    with pytest.raises(CheckpointError, match=message):
        make_card(**changes)


def test_card_from_json_refuses_missing_and_unknown_fields():
    values = make_card().to_json()
    for broken in ({**values, "colour": 1}, {key: value for key, value in values.items() if key != "classes"}):
        with pytest.raises(CheckpointError, match="cannot be read"):
            Card.from_json(broken)


def test_weights_too_large_for_float16_are_not_saved(tmp_path):
    model = make_model()
    with torch.no_grad():
        model.fc2.bias[1] = 1e6
    with pytest.raises(CheckpointError, match=r"'fc2.bias' holds values that are not finite in torch.float16"):
        save(tmp_path / "large.safetensors", model, make_card())
    assert not list(tmp_path.iterdir())


def test_model_and_card_that_do_not_match_are_not_saved(tmp_path):
    with pytest.raises(CheckpointError, match="does not match its network"):
        save(tmp_path / "wrong.safetensors", build_model("meesho", 4), make_card())
    assert not list(tmp_path.iterdir())


def test_what_json_cannot_say_is_refused(tmp_path):
    with pytest.raises(CheckpointError, match="cannot be written as JSON"):
        save(tmp_path / "nan.safetensors", make_model(), make_card(metrics={"loss": float("nan")}))


def test_numpy_numbers_in_the_card_become_plain(tmp_path):
    card = make_card(metrics={"top1": np.float64(0.5), "counts": np.arange(3)})
    _, loaded = load(save(tmp_path / "numpy.safetensors", make_model(), card))
    assert loaded.metrics == {"top1": 0.5, "counts": [0, 1, 2]}


def test_a_full_disk_leaves_the_old_file_whole(saved, tmp_path, monkeypatch):
    path = tmp_path / "kept.safetensors"
    path.write_bytes(saved.read_bytes())

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(
        CheckpointError, match=r"could not be written \(No space left on device\); what was there stays"
    ):
        save(path, make_model(), make_card())
    assert path.read_bytes() == saved.read_bytes()
    assert [item.name for item in tmp_path.iterdir()] == ["kept.safetensors"]


def test_no_pickle_is_read_or_written():
    """Nothing here can run code from a file: the modules that could are not imported."""
    source = Path(checkpoint.__file__).read_text()
    assert not re.search(r"import pickle|torch\.load\(|torch\.save\(|allow_pickle=True", source)
