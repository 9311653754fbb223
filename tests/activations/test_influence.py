"""Gradient × value: exact in linear parts, against torch's own arithmetic and against torch's own gradients."""

import pytest
import torch
from torch import nn

from explorer.activations.influence import influence
from explorer.activations.tracer import record_trace
from explorer.errors import ModelError
from explorer.models import build_model


@pytest.fixture
def compact():
    torch.manual_seed(4)
    return build_model("compact", num_classes=5).eval()


def test_the_head_is_weight_times_mean(compact):
    batch = torch.randn(1, 3, 33, 47)
    kept = []
    handle = compact.stage4.register_forward_hook(lambda *call: kept.append(call[2]))
    compact(batch)
    handle.remove()
    rows = influence(record_trace(compact, batch), "stage4.0.relu2", "fc", [(3, 0, 0), (1, 0, 0)])
    expected = compact.fc.weight[[3, 1]] * kept[0][0].mean(dim=(1, 2))
    assert expected.abs().max() > 1e-2
    torch.testing.assert_close(rows, expected.detach(), rtol=1e-4, atol=1e-6)


def test_a_unit_is_the_sum_of_its_influences_where_all_is_linear():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(3, 6, 3, bias=False), nn.Conv2d(6, 4, 3, stride=2, padding=1, bias=False))
    batch = torch.randn(1, 3, 17, 11)
    rows = influence(record_trace(model, batch), "0", "1", [(2, 4, 3), (0, 0, 0)])
    output = model(batch)[0]
    assert rows.shape == (2, 6)
    torch.testing.assert_close(rows.sum(dim=1), torch.stack([output[2, 4, 3], output[0, 0, 0]]).detach())


@pytest.mark.filterwarnings("ignore:The default value of the antialias parameter")
@pytest.mark.parametrize("name", ["resnet18", "densenet121", "mobilenet_v3_small", "googlenet"])
def test_it_is_the_gradient_through_every_branch(name):
    """From the picture to a logit, through additions in place, concatenations and multiplications."""
    torchvision = pytest.importorskip("torchvision")
    torch.manual_seed(1)
    model = torchvision.models.get_model(name, **({"init_weights": False} if name == "googlenet" else {})).eval()
    batch = torch.randn(1, 3, 64, 64)
    trace = record_trace(model, batch)
    before = [trace.output_of(node).clone() for node in trace.nodes]
    rows = influence(trace, "input", trace.output, [(7, 0, 0)])

    picture = batch.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(model(picture)[0, 7], picture)
    expected = (gradient * picture).detach().sum(dim=(0, 2, 3))
    assert expected.abs().max() > 0
    torch.testing.assert_close(rows[0], expected, rtol=1e-3, atol=1e-5 * float(expected.abs().max()))
    assert all(torch.equal(old, trace.output_of(node)) for old, node in zip(before, trace.nodes, strict=True))


def test_what_is_not_there_is_said(compact):
    trace = record_trace(compact, torch.randn(1, 3, 32, 32))
    with pytest.raises(ModelError, match="stage9"):
        influence(trace, "stage9", "fc", [(0, 0, 0)])
    with pytest.raises(ModelError, match="has channel 0 to 4, not 77"):
        influence(trace, "stage4.0.relu2", "fc", [(77, 0, 0)])


def test_a_layer_that_feeds_nothing_gives_zeros(compact):
    trace = record_trace(compact, torch.randn(1, 3, 32, 32))
    assert not influence(trace, "stage4.0.relu2", "stem.relu", [(0, 0, 0)]).any()


def test_the_network_is_left_as_it_was(compact):
    influence(record_trace(compact, torch.randn(1, 3, 32, 32)), "stem.relu", "fc", [(0, 0, 0)])
    assert all(parameter.grad is None for parameter in compact.parameters())
