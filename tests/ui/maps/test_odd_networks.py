"""What the tab says of networks that are named or written in unusual ways."""

import numpy as np
import torch
from torch import nn

from explorer.networks.building import neutral_preprocessing
from explorer.networks.network import Network
from explorer.ui.maps.api import unit_facts
from explorer.ui.maps.receipt import opened, receipt_for_page, unit_label
from explorer.ui.maps.recording import Recording, record_network


class NamedInput(nn.Module):
    """Its first convolution has the name that the picture goes by."""

    def __init__(self, in_channels: int = 3) -> None:
        super().__init__()
        self.input, self.head = nn.Conv2d(in_channels, 8, 3), nn.Linear(8, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.input(x).mean((2, 3)))


class Fourier(NamedInput):
    """Goes by way of complex numbers."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(torch.fft.fft2(self.input(x)).real.mean((2, 3)))


def recorded(model: nn.Module, in_channels: int = 3) -> Recording:
    torch.manual_seed(0)
    preprocessing = neutral_preprocessing(in_channels, 16)
    network = Network("own", model.eval(), preprocessing, tuple("abcde"))
    image = np.random.default_rng(0).integers(0, 255, (20, 18, 3), dtype=np.uint8)
    return record_network(network, image)


def test_a_module_named_input_is_no_picture():
    recording = recorded(NamedInput())
    first, picture = ("input", 5, 2, 3), recording.trace.picture
    assert unit_label(recording, first) == "input ch 5 (2, 3)"
    reply = receipt_for_page(recording, opened(recording, first))
    assert reply["agrees"]
    assert reply["pixel"] is None
    assert sorted((term["layer"], term["colour"]) for term in reply["terms"]) == [
        (picture, colour) for colour in ("blue", "green", "red")
    ]
    head = receipt_for_page(recording, opened(recording, ("mean", 5, 0, 0)))
    assert {(term["layer"], term["colour"]) for term in head["terms"]} == {("input", None)}
    pixel = receipt_for_page(recording, opened(recording, (picture, 1, 2, 3)))
    assert pixel["pixel"]["byte"] == recording.picture[2, 3, 1]
    assert pixel["label"] == "pixel (2, 3), green"


def test_a_grey_pictures_numbers_are_grey():
    recording = recorded(NamedInput(in_channels=1), in_channels=1)
    reply = receipt_for_page(recording, opened(recording, ("input", 5, 2, 3)))
    assert [term["colour"] for term in reply["terms"]] == ["grey"]
    assert unit_label(recording, (recording.trace.picture, 0, 2, 3)) == "pixel (2, 3), grey"


def test_complex_numbers_are_no_layer_of_the_sheet():
    recording = recorded(Fourier())
    assert recording.trace.node("fft_fft2").is_complex
    assert [layer.key for layer in recording.layers] == ["input", "real", "mean", "head"]


class Sorted(NamedInput):
    """Goes by way of an operation that has no rule."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.input(x).flatten(2).sort(2).values.mean(2))


def test_an_operation_without_a_rule_says_so_to_programs():
    recording = recorded(Sorted())
    facts = unit_facts(recording, ("sort", 3, 5, 0))
    assert facts["covered"] is False
    assert facts["note"]
    assert facts["recomputed"] is None
    assert facts["terms"] == []
    assert facts["value"] == recording.trace.tensor("sort")[0, 3, 5].item()
    assert not facts["receptive_field"]["exact"]
    assert unit_facts(recording, ("head", 3, 0, 0))["covered"] is True
