"""Grad-CAM against an independent implementation, sums and occlusion against a recomputation in float64."""

import copy

import cv2
import numpy as np
import pytest
import torch
import torchvision
from pytorch_grad_cam import GradCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from torch import nn

from explorer.checkpoint.file import Card
from explorer.errors import ModelError
from explorer.models import build_model
from explorer.predict import Classifier
from explorer.predict.explain import (
    convolution_layers,
    exact_sum,
    grad_cam,
    head_maps,
    hidden_logits,
    hiding,
    hiding_starts,
    other_modes,
)
from explorer.preprocessing import Preprocessing

SIZE = 96


def lively(name: str, classes: int = 7) -> nn.Module:
    """A network whose batch norms have statistics of their own, so that train and eval differ."""
    torch.manual_seed(3)
    model = build_model(name, classes)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, 0, 0.2)
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 2)
    return model.eval()


@pytest.fixture(scope="module")
def batch() -> torch.Tensor:
    return torch.randn(1, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(5))


@pytest.fixture(scope="module")
def compact() -> nn.Module:
    return lively("compact")


def classifier_of(model: nn.Module, classes: int = 7, **preprocessing) -> Classifier:
    names = tuple(f"class {index}" for index in range(classes))
    card = Card("compact", {"num_classes": classes}, names, Preprocessing(size=SIZE, **preprocessing))
    return Classifier(model, card)


def oracle_cam(model: nn.Module, layer: str, batch: torch.Tensor, class_index: int) -> np.ndarray:
    own = copy.deepcopy(model)
    with GradCAM(model=own, target_layers=[dict(own.named_modules())[layer]]) as cam:
        return cam(input_tensor=batch.clone(), targets=[ClassifierOutputTarget(class_index)])[0]


def as_the_oracle_scales(cam: np.ndarray) -> np.ndarray:
    """Least to 0, largest to 1, bilinear to the picture's size, and once more to 0 and 1: the oracle's last steps."""

    def scaled(values: np.ndarray) -> np.ndarray:
        return (values - values.min()) / (1e-7 + (values - values.min()).max())

    return scaled(cv2.resize(scaled(cam), (SIZE, SIZE)))


@pytest.mark.parametrize("network", ["compact", "meesho"])
def test_grad_cam_at_every_convolution_is_the_independent_one(network, batch):
    model = lively(network)
    layers = convolution_layers(model, batch)
    assert len(layers) >= 4
    for number, layer in enumerate(layers):
        class_index = number % 7
        ours = grad_cam(model, batch, layer.name, class_index)
        assert ours.shape == layer.shape[1:]
        assert ours.min() >= 0
        oracle = oracle_cam(model, layer.name, batch, class_index)
        np.testing.assert_allclose(as_the_oracle_scales(ours), oracle, atol=1e-4, err_msg=layer.name)


@pytest.mark.parametrize(
    ("network", "name"), [("compact", "stage4.0.relu2"), ("meesho", "block4.relu"), ("simple_gap", "block3.relu")]
)
def test_the_maps_that_the_head_reads(network, name, batch):
    model = lively(network)
    found = head_maps(model, batch)
    assert found.name == name
    assert grad_cam(model, batch, name, 3).shape == found.shape[1:]


def test_without_an_activation_after_it_the_last_convolution_is_read(batch):
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.MaxPool2d(8), nn.Flatten(), nn.LazyLinear(5))
    model(batch)
    assert head_maps(model, batch).name == "0"
    assert head_maps(nn.Sequential(nn.Flatten(), nn.Linear(batch[0].numel(), 5)), batch) is None


def test_at_the_averaged_maps_grad_cam_is_what_speaks_for_the_class_in_the_exact_sum(compact, batch):
    for class_index in range(7):
        found = exact_sum(compact, batch, class_index)
        cam = grad_cam(compact, batch, found.source, class_index)
        np.testing.assert_allclose(cam, np.maximum(found.places, 0), atol=1e-5)


def test_grad_cam_leaves_the_network_as_it_was(compact, batch):
    before = {name: tensor.clone() for name, tensor in compact.state_dict().items()}
    compact.train()
    grad_cam(compact, batch, "stem.conv", 0)
    assert compact.training
    compact.eval()
    assert all(parameter.grad is None for parameter in compact.parameters())
    assert not any(module._forward_hooks for module in compact.modules())
    for name, tensor in compact.state_dict().items():
        assert torch.equal(tensor, before[name]), name


def test_grad_cam_refuses_what_it_cannot_look_at(compact, batch):
    with pytest.raises(ModelError, match=r"'fc' is no convolution of this network; it has stem\.conv"):
        grad_cam(compact, batch, "fc", 0)
    with pytest.raises(ModelError, match="'flatten' gives no maps; choose a convolution"):
        grad_cam(lively("meesho"), batch, "flatten", 0)
    with pytest.raises(ModelError, match="There is no class 7; this network has 7"):
        grad_cam(compact, batch, "stem.conv", 7)


def test_the_exact_sum_of_a_pooled_head_is_the_logit_in_float64(compact, batch):
    precise = copy.deepcopy(compact).double()
    maps = []
    precise.stage4.register_forward_hook(lambda _module, _inputs, output: maps.append(output))
    with torch.inference_mode():
        logits = precise(batch.double())[0]
    for class_index in range(7):
        found = exact_sum(compact, batch, class_index)
        assert found.source.startswith("stage4")
        assert len(found.terms) == 320
        total = sum(term.amount for term in found.terms) + found.bias
        assert total == pytest.approx(found.logit, abs=1e-4)
        assert total == pytest.approx(float(logits[class_index]), abs=1e-3)
        assert float(found.places.sum()) + found.bias == pytest.approx(found.logit, abs=1e-4)
        for term in found.terms[:20]:
            assert term.weight == float(compact.fc.weight.detach()[class_index, term.feature])
            assert term.value == pytest.approx(float(maps[0][0, term.feature].mean()), abs=1e-5)
            assert term.amount == pytest.approx(term.weight * term.value)
        sizes = [abs(term.amount) for term in found.terms]
        assert sizes == sorted(sizes, reverse=True)


def test_a_relu_that_is_no_module_stands_between_the_maps_and_the_head(batch):
    torch.manual_seed(1)
    model = torchvision.models.DenseNet(growth_rate=4, block_config=(2, 2), num_init_features=8, num_classes=5).eval()
    found = exact_sum(model, batch, 2)
    assert found.source == "relu"  # not features.norm5 before it
    assert float(found.places.sum()) + found.bias == pytest.approx(found.logit, abs=1e-4)


def test_behind_hidden_layers_there_are_terms_but_no_places(batch):
    found = exact_sum(lively("meesho"), batch, 2)
    assert found.source is None
    assert found.places is None
    assert len(found.terms) == 512
    assert sum(term.amount for term in found.terms) + found.bias == pytest.approx(found.logit, abs=1e-4)


def test_a_network_without_a_linear_end_has_no_such_sum(batch):
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    with pytest.raises(ModelError, match="does not end in a linear layer"):
        exact_sum(model, batch, 0)


@pytest.mark.parametrize(("size", "patch", "stride"), [(96, 16, 8), (64, 8, 4), (97, 24, 12), (33, 11, 5)])
def test_hidden_places_cover_every_pixel(size, patch, stride):
    covered = {pixel for start in hiding_starts(size, patch, stride) for pixel in range(start, start + patch)}
    assert set(range(size)) <= covered


def test_what_is_kept_for_the_next_row_goes_with_the_picture(compact, batch):
    def kept() -> int:
        return sum(torch.equal(one[1], batch) for one in hiding._recent)

    picture = np.zeros((SIZE, SIZE, 3), np.uint8)
    hidden_logits(classifier_of(compact), batch, 24, 12, 3, picture=picture)
    assert kept() == 1
    del picture
    assert kept() == 0


def test_hiding_a_piece_is_what_a_loop_of_single_pictures_gives(compact, batch):
    classifier = classifier_of(compact)
    row, patch, stride = 3, 24, 12
    found = torch.softmax(hidden_logits(classifier, batch, patch, stride, row) / classifier.temperature, 1)
    top = hiding_starts(SIZE, patch, stride)[row]
    for place, left in enumerate(hiding_starts(SIZE, patch, stride)):
        hidden = batch.clone()
        for y in range(max(0, top), min(SIZE, top + patch)):
            for x in range(max(0, left), min(SIZE, left + patch)):
                hidden[0, :, y, x] = 0
        with torch.inference_mode():
            expected = torch.softmax(compact(hidden)[0], 0)
        torch.testing.assert_close(found[place], expected, atol=1e-5, rtol=1e-4)


def test_a_row_that_is_not_there_is_refused(compact, batch):
    with pytest.raises(ModelError, match="There is no row 8; with this patch there are 8"):
        hidden_logits(classifier_of(compact), batch, 24, 12, 8)


def test_other_modes_change_nothing_but_the_mode():
    own = Preprocessing(size=64, mode="crop", resize=80, interpolation="bicubic")
    modes = other_modes(own)
    assert [one.mode for one in modes] == ["crop", "letterbox", "stretch"]
    assert modes[0] == own
    assert {(one.size, one.interpolation, one.mean) for one in modes} == {(64, "bicubic", own.mean)}
