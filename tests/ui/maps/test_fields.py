"""The boxes that the page draws, unit by unit, against the field of each unit by itself."""

import random

import numpy as np
import pytest
import torch
from torch import nn

from explorer.activations.receptive_field import Box, receptive_field
from explorer.activations.units import sides
from explorer.networks.building import neutral_preprocessing
from explorer.networks.network import Network
from explorer.predict import Classifier
from explorer.settings import Settings
from explorer.ui.maps.boxes import layer_field
from explorer.ui.maps.recording import Recording, record_network

UNITS = 200
NONE = (0, 0, 0, 0)


class Branches(nn.Module):
    """Channels that see differently, a map that is rolled and turned, and a flattened one."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.five = nn.Conv2d(3, 2, 1), nn.Conv2d(3, 3, 5, padding=4)
        self.mix, self.head = nn.Conv2d(5, 4, 3, stride=2), nn.Linear(4 * 8 * 8, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        wide = torch.cat([nn.functional.pad(self.one(x), (2, 2, 2, 2)), self.five(x)], 1)
        turned = torch.roll(self.mix(wide), (1, 2), (2, 3)).transpose(2, 3)
        return self.head(torch.flatten(turned[:, :, :8, :8], 1))


def recorded(name: str) -> Recording:
    image = np.random.default_rng(0).integers(0, 255, (20, 18, 3), dtype=np.uint8)
    if name != "branches":
        checkpoint = Settings().checkpoints / f"{name}.safetensors"
        one = Classifier.load(checkpoint)
        return record_network(Network(name, one.model, one.preprocessing, one.classes), image)
    torch.manual_seed(0)
    return record_network(Network("own", Branches().eval(), neutral_preprocessing(3, 16), tuple("abcde")), image)


def looked_up(field: dict, channel: int, y: int, x: int) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """The box of a unit and the edges that cut it, looked up as maps/layout.js does."""
    of = field["of"][channel] if field["of"] else 0
    ends, over = [], []
    for axis in ("rows", "columns"):
        rows = field[axis][of]
        row = rows[min(y, len(rows) - 1)]
        first, past, *edges = row[min(x, len(row) - 1)]
        ends.append((first, past))
        over += edges
    (top, bottom), (left, right) = ends
    names = tuple(name for name, is_over in zip(("top", "bottom", "left", "right"), over, strict=True) if is_over)
    return ((top, left, bottom, right) if bottom > top and right > left else NONE), names


@pytest.mark.parametrize("name", ["cifar10", "products", "branches"])
def test_every_box_on_the_page_is_the_units_own(name):
    recording = recorded(name)
    chance, fields, seen = random.Random(5), {}, set()
    for _ in range(UNITS):
        key = chance.choice([layer.key for layer in recording.layers])
        channel, y, x = (chance.randrange(size) for size in sides(recording.node(key).shape))
        box = recording.fields.box(key, channel, y, x)
        field = fields.setdefault(key, layer_field(recording, key))
        assert looked_up(field, channel, y, x) == ((box.top, box.left, box.bottom, box.right), box.clipped), key
        seen.add((box.bottom - box.top, box.right - box.left))
    assert len(seen) > 4


def test_the_unit_whose_box_was_wrong():
    recording, unit = recorded("cifar10"), ("block1.bn2", 0, 25, 5)
    assert receptive_field(recording.trace, *unit) == Box(23, 3, 28, 8, ())
    assert looked_up(layer_field(recording, unit[0]), *unit[1:]) == ((23, 3, 28, 8), ())
