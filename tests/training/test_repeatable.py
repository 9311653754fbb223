"""Adaptive average pooling in other words: the same numbers and gradients as torch's, and the same weights to save."""

import pytest
import torch
from torch import nn

from explorer.models import build_model
from explorer.training.learner import make_learner
from explorer.training.options import Options
from explorer.training.repeatable import MatrixPool, make_repeatable


@pytest.mark.parametrize("output_size", [4, 7, (3, 5), (None, 2)])
@pytest.mark.parametrize(("height", "width"), [(7, 7), (8, 12), (17, 11), (3, 2), (1, 1)])
def test_matrices_pool_as_torch_does(output_size, height, width):
    picture = torch.randn(2, 3, height, width, dtype=torch.float64)
    found, expected = picture.clone().requires_grad_(), picture.clone().requires_grad_()
    ours, theirs = MatrixPool(output_size)(found), nn.AdaptiveAvgPool2d(output_size)(expected)
    assert torch.allclose(ours, theirs, atol=1e-6)
    weights = torch.randn_like(ours)
    (ours * weights).sum().backward()
    (theirs * weights).sum().backward()
    assert torch.allclose(found.grad, expected.grad, atol=1e-6)


@pytest.mark.parametrize("name", ["meesho", "meesho_3", "forge", "torchvision/alexnet", "torchvision/vgg16"])
def test_networks_lose_every_pooling_without_a_repeatable_gradient(name):
    with torch.device("meta"):
        model = build_model(name, 3)
    names = list(model.state_dict())
    make_repeatable(model)
    assert any(isinstance(module, MatrixPool) for module in model.modules())
    assert not any(isinstance(module, nn.AdaptiveAvgPool2d) for module in model.modules())
    assert list(model.state_dict()) == names


def test_global_pooling_stays_and_logits_are_the_same():
    compact, forge = build_model("compact", 3), build_model("forge", 3).eval()
    make_repeatable(compact)
    assert isinstance(compact.pool, nn.AdaptiveAvgPool2d)
    batch = torch.rand(2, 3, 34, 46)
    with torch.no_grad():
        before = forge(batch)
        make_repeatable(forge)
        assert torch.allclose(forge(batch), before, atol=1e-5)


def test_only_a_gpu_asks_for_it():
    arguments = {"num_classes": 3, "in_channels": 3}
    learner = make_learner(Options(network="forge", deterministic=True), arguments, torch.device("cpu"))
    assert isinstance(learner.model.pool, nn.AdaptiveAvgPool2d)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_a_deterministic_step_on_a_gpu():
    torch.use_deterministic_algorithms(mode=True)
    try:
        arguments = {"num_classes": 3, "in_channels": 3}
        learner = make_learner(Options(network="forge", deterministic=True), arguments, torch.device("cuda"))
        learner.model(torch.rand(2, 3, 32, 32, device="cuda")).sum().backward()
    finally:
        torch.use_deterministic_algorithms(mode=False)
