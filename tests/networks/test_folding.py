"""A folded first-layer filter on raw pixels gives what the network's first layer gives on normalised ones."""

import numpy as np
import pytest
import torch
from torch import nn

from explorer.errors import ModelError
from explorer.filters import apply
from explorer.networks.folding import fold

GREY = (0.299, 0.587, 0.114)
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def _image():
    return np.random.default_rng(5).integers(0, 256, (17, 11, 3), dtype=np.uint8)


@pytest.mark.parametrize(
    "layer",
    [
        nn.Conv2d(3, 4, 3, padding=1),
        nn.Conv2d(3, 4, 7, stride=2, padding=3, bias=False),
        nn.Conv2d(3, 4, (3, 2), stride=(2, 1), padding=(0, 1), dilation=2, padding_mode="reflect"),
        nn.Conv2d(3, 4, 5, padding=2, padding_mode="circular"),
        nn.Conv2d(3, 4, (3, 5), padding="same", dilation=(2, 1)),
        nn.Conv2d(3, 4, 3, padding="valid"),
    ],
    ids=["3x3", "resnet stem", "uneven", "circular", "same", "valid"],
)
def test_folded_filter_equals_the_networks_first_output(layer):
    image = _image()
    batch = torch.from_numpy(image).permute(2, 0, 1).double()[None] / 255
    batch = (batch - torch.tensor(MEAN, dtype=torch.float64)[:, None, None]) / torch.tensor(STD)[:, None, None].double()
    with torch.no_grad():
        wanted = nn.Module.double(layer)(batch)[0].numpy()
    for index in range(4):
        folded = fold(layer, index, MEAN, STD)
        ours = apply(
            image, folded.weights, bias=folded.bias, stride=folded.stride, padding=folded.padding,
            padding_mode=folded.padding_mode, dilation=folded.dilation,
            padding_value=folded.padding_value, colour="sum",
        )  # fmt: skip
        np.testing.assert_allclose(ours[..., 0], wanted[index], atol=2e-5)


@pytest.mark.parametrize("padding", [0, 2])
def test_a_layer_over_grey_is_folded_too(padding):
    layer, image = nn.Conv2d(1, 6, 5, padding=padding).double(), _image()
    batch = torch.from_numpy((image @ np.array(GREY) / 255 - 0.3) / 0.2)[None, None]
    with torch.no_grad():
        wanted = layer(batch)[0].numpy()
    for index in range(6):
        folded = fold(layer, index, (0.3,), (0.2,))
        assert folded.weights.shape == (1, 5, 5)
        ours = apply(
            image, folded.weights[0], bias=folded.bias, padding=folded.padding,
            padding_value=folded.padding_value, colour="grey",
        )  # fmt: skip
        np.testing.assert_allclose(ours[..., 0], wanted[index], atol=2e-5)


@pytest.mark.parametrize(
    ("layer", "index", "std", "match"),
    [
        (nn.Conv2d(1, 4, 3), 0, STD, "1 numbers each"),
        (nn.Conv2d(2, 4, 3), 0, STD, "red, green and blue"),
        (nn.Linear(3, 4), 0, STD, "red, green and blue"),
        (nn.Conv2d(3, 6, 3, groups=3), 0, STD, "red, green and blue"),
        (nn.Conv2d(3, 4, 3), 4, STD, "filters 0 to 3, not 4"),
        (nn.Conv2d(3, 4, 4, padding="same"), 0, STD, "one side more than the other"),
        (nn.Conv2d(3, 4, 3), 0, (0.2, 0, 0.2), "above zero"),
    ],
)
def test_what_cannot_be_folded_is_said(layer, index, std, match):
    with pytest.raises(ModelError, match=match):
        fold(layer, index, MEAN, std)
