"""What if: the page says "one linear map" of those networks, and only of those, that then are one."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from explorer.activations import replay
from explorer.activations.linearity import left_bends
from explorer.activations.tracer import record_trace
from explorer.models import build_model
from explorer.ui.maps.whatif import changed_classes


class Gated(nn.Module):
    """A squeeze-and-excitation gate: with the sigmoid taken out, its map is multiplied by its own mean."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.gate, self.head = nn.Conv2d(3, 4, 3), nn.Conv2d(4, 4, 1), nn.Linear(4, 5)

    def forward(self, x):
        x = torch.relu(self.conv(x))
        return self.head((x * torch.sigmoid(self.gate(x.mean((2, 3), keepdim=True)))).mean((2, 3)))


class Plain(nn.Module):
    """A network of one convolution, with or without one more step before its head."""

    def __init__(self, step=None) -> None:
        super().__init__()
        self.conv, self.step, self.head = nn.Conv2d(3, 4, 3), step or nn.Identity(), nn.Linear(4, 5)

    def forward(self, x):
        return self.head(self.step(self.conv(x) / 2 + x.new_ones(4, 1, 1)).mean((2, 3)))


class Clamped(nn.Module):
    def forward(self, x):
        return x.clamp(-0.1, 0.1)


NETWORKS = {
    "compact": (lambda: build_model("compact", num_classes=5), 33, []),
    "residual": (lambda: build_model("residual", num_classes=5), 33, []),
    "meesho": (lambda: build_model("meesho", num_classes=5), 64, ["max pooling"]),
    "gated": (Gated, 9, ["a product of two activations"]),
    "layer norm": (lambda: Plain(nn.LayerNorm([4, 7, 7])), 9, ["layer normalisation"]),
    "group norm": (lambda: Plain(nn.GroupNorm(2, 4)), 9, ["group normalisation"]),
    "clamp": (lambda: Plain(Clamped()), 9, ["a clamp"]),
    "softmax": (lambda: Plain(nn.Softmax(1)), 9, ["softmax"]),
    "no activation": (Plain, 9, []),
}


def midpoint_gap(model, size) -> float:
    """How far the network without activations departs from a straight line, beside the length of that line."""
    ends = [torch.randn(1, 3, size, size) for _ in range(2)]
    middle = (ends[0] + ends[1]) / 2
    outs = [replay.without_activations(record_trace(model, one))[0].double() for one in (*ends, middle)]
    return float((outs[2] - (outs[0] + outs[1]) / 2).abs().max() / (outs[0] - outs[1]).abs().max())


@pytest.mark.parametrize("name", NETWORKS)
def test_what_is_called_one_linear_map_passes_the_midpoint_test_and_nothing_else_does(name):
    torch.manual_seed(4)
    build, size, expected = NETWORKS[name]
    model = build().eval()
    bends = left_bends(record_trace(model, torch.randn(1, 3, size, size)))
    assert [bend.split(" (")[0] for bend in bends] == expected
    gap = midpoint_gap(model, size)
    assert gap > 1e-3 if expected else gap < 1e-4, gap


def text_of(model, size, kind) -> str:
    trace = record_trace(model.eval(), torch.randn(1, 3, size, size))
    logits = trace.tensor(trace.output)[0].numpy()
    network = SimpleNamespace(lock=torch.no_grad(), class_name=str)
    recording = SimpleNamespace(
        network=network, trace=trace, logits=logits, probabilities=lambda one: np.full(len(one), 0.2)
    )
    return changed_classes(recording, kind, {})["text"]


def test_the_sentence_names_what_is_left():
    torch.manual_seed(4)
    meesho = text_of(build_model("meesho", num_classes=5), 64, "activations")
    assert "no linear map" in meesho
    assert "max pooling (" in meesho
    assert "one linear map, plus a constant" in text_of(build_model("compact", num_classes=5), 33, "activations")
    assert text_of(Plain(nn.ReLU()), 9, "activations").startswith("With its only activation")


def test_a_network_without_activations_or_shortcuts_is_said_to_have_none():
    assert text_of(Plain(), 9, "activations") == "This network has no activation functions to take out."
    assert text_of(build_model("lenet5", num_classes=5, in_channels=3), 32, "skips").startswith(
        "This network has no shortcuts"
    )
