"""Depthwise gradients in float32: the same as autograd's in float64, and only where they are wanted."""

import copy

import pytest
import torch
from torch import nn

from explorer.models import build_model
from explorer.training.depthwise import quicken_depthwise


def gradients(conv: nn.Module, x: torch.Tensor, weights: torch.Tensor) -> list[torch.Tensor]:
    """Of the input and the kernel, for a loss that weights each output number differently."""
    x = x.clone().requires_grad_()
    conv.zero_grad()
    output = conv(x)
    (output * weights.to(output.dtype)).sum().backward()
    return [x.grad, next(conv.parameters()).grad]


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize(("kernel_size", "padding"), [(3, 1), (5, 2), (5, 0)])
def test_gradients_are_those_of_float64(kernel_size, padding, stride):
    torch.manual_seed(1)
    conv = nn.Conv2d(6, 6, kernel_size, stride, padding, groups=6, bias=False)
    exact = copy.deepcopy(conv).double()
    x = torch.randn(2, 6, 11, 8).bfloat16()
    weights = torch.randn_like(exact(x.double()))
    expected = gradients(exact, x.double(), weights.bfloat16().double())
    with torch.no_grad():
        plain = conv.bfloat16()(x)
        conv.float()
    exact_kernel = conv.weight.detach().clone()
    assert quicken_depthwise(nn.Sequential(conv)) == 1
    assert torch.equal(conv(x), plain)  # forward is what it was
    conv.weight.data.copy_(exact_kernel)
    found = gradients(conv, x, weights)
    assert found[0].dtype == torch.bfloat16
    assert found[1].dtype == torch.float32
    for ours, theirs in zip(found, expected, strict=True):
        assert (ours.double() - theirs).abs().max() <= 0.02 * theirs.abs().max()


def test_in_float32_nothing_changes_and_other_convolutions_stay_as_they_are():
    torch.manual_seed(0)
    model = build_model("efficientnet_lite0", 3).eval()
    x = torch.randn(2, 3, 40, 33)
    before = model(x)
    assert quicken_depthwise(model) == 16
    assert torch.equal(model(x), before)
    assert quicken_depthwise(build_model("compact", 3)) == 0
    odd = [nn.Conv2d(4, 4, 3, groups=4), nn.Conv2d(4, 4, 3, groups=4, bias=False, padding="same"), nn.Conv2d(4, 4, 1)]
    assert quicken_depthwise(nn.Sequential(*odd)) == 0  # a bias, a padding in words, no groups


def test_a_copy_computes_with_its_own_weights():
    model = nn.Sequential(nn.Conv2d(3, 3, 3, groups=3, bias=False))
    quicken_depthwise(model)
    twin = copy.deepcopy(model)
    with torch.no_grad():
        twin[0].weight.zero_()
        assert float(twin(torch.ones(1, 3, 5, 5)).abs().sum()) == 0
        assert float(model(torch.ones(1, 3, 5, 5)).abs().sum()) > 0


def test_a_frozen_kernel_needs_no_gradient_and_gets_none():
    conv = nn.Conv2d(3, 3, 3, groups=3, bias=False)
    quicken_depthwise(nn.Sequential(conv))
    conv.weight.requires_grad_(False)
    x = torch.randn(1, 3, 6, 6).bfloat16().requires_grad_()
    conv(x).sum().backward()
    assert conv.weight.grad is None
    assert x.grad is not None
