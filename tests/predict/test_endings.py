"""Grad-CAM where operations work in place or stand between modules, what the head reads, and what an output is.

The oracles are captum on a copy in which nothing works in place, and a computation by hand in float64.
"""

import copy

import numpy as np
import pytest
import torch
import torchvision
from captum.attr import LayerGradCam
from torch import nn
from torch.nn import functional as F  # noqa: N812 -- as everybody calls it

from explorer.checkpoint.file import Card
from explorer.predict import Classifier
from explorer.predict.answer_files import table_file
from explorer.predict.explain import convolution_layers, exact_sum, grad_cam, head_maps
from explorer.predict.many import TableLine
from explorer.preprocessing import Preprocessing

PICTURE = torch.randn(1, 3, 19, 23, generator=torch.Generator().manual_seed(0))


class Block(nn.Module):
    """A residual block, out of place or in place in one of three ways."""

    def __init__(self, way: str) -> None:
        super().__init__()
        self.way = way
        self.c1, self.c2, self.c3 = nn.Conv2d(3, 6, 3), nn.Conv2d(6, 6, 3, padding=1), nn.Conv2d(6, 5, 3)
        self.fc = nn.Linear(5, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        first = self.c1(x)
        if self.way == "plain":
            second = self.c2(F.relu(first)) + F.relu(first)
            last = F.relu(self.c3(second * 0.7 - 0.1))
            return self.fc(last.mean((2, 3)))
        F.relu(first, inplace=True)
        second = self.c2(first)
        if self.way == "operator":
            second += first
        else:
            second.add_(first)
        second.mul_(0.7).sub_(0.1)
        last = torch.relu_(self.c3(second))
        return self.fc(last.mean((2, 3)))


def seeded(build):
    torch.manual_seed(2)
    return build().eval()


def by_hand(network: nn.Module, layer: str, class_index: int, picture: torch.Tensor = PICTURE) -> np.ndarray:
    """Equations 1 and 2 in float64, by a hook: right only where nothing works in place."""
    own, kept = copy.deepcopy(network).double(), []
    own.get_submodule(layer).register_forward_hook(lambda _module, _inputs, output: kept.append(output))
    logit = own(picture.double().requires_grad_())[0, class_index]
    (gradient,) = torch.autograd.grad(logit, kept[-1])
    return (gradient.mean((2, 3), keepdim=True) * kept[-1]).sum(1)[0].clamp(min=0).detach().numpy()


@pytest.mark.parametrize("way", ["operator", "method"])
@pytest.mark.parametrize("layer", ["c1", "c2", "c3"])
def test_grad_cam_is_that_of_a_network_that_overwrites_nothing(way, layer):
    network, plain = (seeded(lambda one=one: Block(one)) for one in (way, "plain"))
    assert torch.allclose(network(PICTURE), plain(PICTURE), atol=1e-6)
    right = by_hand(plain, layer, 1)
    assert right.max() > 0
    np.testing.assert_allclose(grad_cam(network, PICTURE, layer, 1), right, atol=1e-5 * right.max())


@pytest.mark.parametrize("name", ["vgg11", "alexnet", "squeezenet1_1", "resnet18", "densenet121"])
def test_grad_cam_of_torchvisions_networks_is_captums(name):
    network = seeded(lambda: getattr(torchvision.models, name)(weights=None, num_classes=5))
    picture = torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(3))
    plain = copy.deepcopy(network)
    for module in plain.modules():
        if hasattr(module, "inplace"):
            module.inplace = False
    layers = convolution_layers(network, picture)
    for layer in (layers[0], layers[len(layers) // 2]):
        oracle = LayerGradCam(plain, plain.get_submodule(layer.name)).attribute(
            picture, target=2, relu_attributions=True
        )
        right = oracle[0, 0].detach().numpy()
        np.testing.assert_allclose(grad_cam(network, picture, layer.name, 2), right, atol=1e-4 * (right.max() + 1e-9))


@pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")
def test_behind_a_compiled_module_grad_cam_still_is_out_of_place():
    tail = nn.Sequential(nn.Conv2d(6, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2))
    network = seeded(lambda: nn.Sequential(nn.Conv2d(3, 6, 3), nn.ReLU(inplace=True), copy.deepcopy(tail)))
    plain = copy.deepcopy(network)
    plain[1].inplace = False
    network[2] = torch.jit.script(network[2])
    right = by_hand(plain, "0", 1)
    np.testing.assert_allclose(grad_cam(network, PICTURE, "0", 1), right, atol=1e-5 * (right.max() + 1e-9))


@pytest.mark.parametrize(
    ("name", "size", "key", "channels"),
    [
        ("googlenet", 96, "inception5b.cat", 1024),
        ("convnext_tiny", 64, "features.7.2.add", 768),
        ("densenet121", 64, "relu", 1024),
        ("resnet18", 64, "layer4.1.relu:1", 512),
        ("vgg11", 64, "features.19", 512),
        ("squeezenet1_1", 64, "classifier.2", 5),
    ],
)
def test_what_the_heads_of_torchvisions_networks_read(name, size, key, channels):
    more = {"aux_logits": False, "init_weights": False} if name == "googlenet" else {}
    network = seeded(lambda: getattr(torchvision.models, name)(weights=None, num_classes=5, **more))
    picture = torch.randn(1, 3, size, size, generator=torch.Generator().manual_seed(3))
    found = head_maps(network, picture)
    assert (found.name, found.shape[0]) == (key, channels)
    assert grad_cam(network, picture, key, 1).shape == found.shape[1:]
    if name in {"googlenet", "densenet121", "resnet18"}:
        given = exact_sum(network, picture, 1)
        assert given.source == key
        assert float(given.places.sum()) + given.bias == pytest.approx(float(network(picture)[0, 1].detach()), abs=1e-4)
        right = np.maximum(given.places, 0)
        np.testing.assert_allclose(grad_cam(network, picture, key, 1), right, atol=1e-5 * (right.max() + 1))
    if name == "convnext_tiny":
        given = exact_sum(network, picture, 1)
        assert (given.source, given.between) == (None, ("adaptive_avg_pool2d", "layer_norm"))


class Ends(nn.Module):
    """Eight averaged maps, one or two heads on them, and whatever `end` makes of these."""

    def __init__(self, end) -> None:
        super().__init__()
        self.c, self.one, self.two, self.end = nn.Conv2d(3, 8, 3), nn.Linear(8, 4), nn.Linear(8, 4), end

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.c(x).relu().mean((2, 3))
        return self.end(self, x)


LINEAR = {
    "plain": lambda net, x: net.one(x),
    "temperature": lambda net, x: net.one(x) / 2.5,
    "scale": lambda net, x: (3 * net.one(x)).unsqueeze(0).squeeze(0) + 0.5,
    "averaged heads": lambda net, x: (net.one(x) + net.two(x)) / 2,
}
BENT = {
    "softmax": lambda net, x: net.one(x).softmax(1),
    "log_softmax": lambda net, x: F.log_softmax(net.one(x) / 2, 1),
    "relu": lambda net, x: net.one(x).relu(),
    "maximum": lambda net, x: torch.maximum(net.one(x), net.two(x)),
}


@pytest.mark.parametrize("end", LINEAR)
def test_what_is_linear_behind_the_last_layer_is_in_the_weights(end):
    network = seeded(lambda: Ends(LINEAR[end]))
    precise = copy.deepcopy(network).double()(PICTURE.double())[0]
    for index in range(4):
        found = exact_sum(network, PICTURE, index)
        assert len(found.terms) == 8
        assert not found.follows
        assert sum(term.amount for term in found.terms) + found.bias == pytest.approx(
            float(precise[index].detach()), abs=1e-5
        )
        assert float(found.places.sum()) + found.bias == pytest.approx(float(precise[index].detach()), abs=1e-5)


@pytest.mark.parametrize("end", BENT)
def test_a_sum_is_not_called_the_output_where_something_bends_behind_it(end):
    network = seeded(lambda: Ends(BENT[end]))
    found = exact_sum(network, PICTURE, 2)
    assert not found.terms
    assert found.follows == (end,)
    assert found.logit == found.output == float(network(PICTURE)[0, 2].detach())
    before = exact_sum(network, PICTURE, 2, before=True)
    if end == "maximum":  # two layers compete
        assert not before.terms
        return
    scale = 2 if end == "log_softmax" else 1
    right = network.one(network.c(PICTURE).relu().mean((2, 3)))[0, 2] / scale
    assert sum(term.amount for term in before.terms) + before.bias == pytest.approx(float(right.detach()), abs=1e-5)
    assert before.follows == (end,)


OUTPUTS = {
    "logits": [
        lambda net, x: net.one(x).sigmoid() * 7 - 3,
        lambda net, x: net.one(x),
        lambda net, x: net.one(x) / 3,
        lambda net, x: net.one(x).relu(),
    ],
    "probabilities": [
        BENT["softmax"],
        lambda net, x: (net.one(x).softmax(1) + net.two(x).softmax(1)) / 2,
        lambda net, x: net.one(x).exp() / net.one(x).exp().sum(1, keepdim=True),
    ],
    "log_probabilities": [BENT["log_softmax"], lambda net, x: net.one(x).softmax(1).log()],
    "independent": [
        lambda net, x: net.one(x).sigmoid(),
        lambda net, x: nn.functional.hardsigmoid(net.one(x)),
        lambda net, x: torch.stack([net.one(x).sigmoid(), net.two(x).sigmoid()]).mean(0),
        lambda net, x: net.one(x).sigmoid() * net.two(x).sigmoid()[:, :1],
    ],
}


@pytest.mark.parametrize(("kind", "end"), [(kind, end) for kind, ends in OUTPUTS.items() for end in ends])
def test_no_output_gets_a_second_softmax(kind, end):
    network = seeded(lambda: Ends(end))
    classes = ("a", "b", "c", "d")
    card = Card("own", {"num_classes": 4}, classes, Preprocessing(size=24), calibration={"temperature": 2.0})
    classifier = Classifier(network, card)
    image = np.random.default_rng(1).integers(0, 256, (24, 24, 3)).astype(np.uint8)
    given = network(classifier.preprocessing(image))[0].detach()
    right = {"logits": (given / 2).softmax(0), "log_probabilities": given.exp()}.get(kind, given)
    top = classifier.top_k(image, 4)
    assert classifier.output == kind
    assert classifier.temperature == (2.0 if kind == "logits" else 1.0)
    assert [one.label for one in top] == [classes[index] for index in right.argsort(descending=True, stable=True)]
    assert [one.probability for one in top] == pytest.approx(sorted(right.tolist(), reverse=True), abs=1e-6)
    assert all((one.logit is not None) == (kind == "logits") for one in top)
    cells = table_file("csv", [TableLine("x.png", tuple(top))], 1).decode("utf-8-sig").splitlines()[1].split(",")
    assert (cells[4] == "") == (kind != "logits")
