"""What an operation does to a channel as a whole, against torch: the curve of an activation, batch norm's numbers."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from explorer.activations.tracer import record_trace
from explorer.receipts.inside import SAMPLES, open_curve, open_norm

CURVES = [
    (nn.ReLU(), functional.relu),
    (nn.ReLU6(), functional.relu6),
    (nn.SiLU(), functional.silu),
    (nn.GELU("tanh"), lambda v: functional.gelu(v, approximate="tanh")),
    (nn.LeakyReLU(0.3), lambda v: functional.leaky_relu(v, 0.3)),
    (nn.Hardswish(), functional.hardswish),
    (nn.PReLU(4, init=0.125), lambda v: torch.where(v > 0, v, v * 0.125)),
]


class Conditional(nn.Module):
    """A batch norm whose scale is made from the picture."""

    def forward(self, x):
        return functional.batch_norm(x, torch.zeros(4), torch.ones(4), weight=x.mean((0, 2, 3)))


def stack(last: nn.Module) -> tuple[nn.Module, torch.Tensor]:
    """A convolution with numbers to either side of 0, and the layer that is opened behind it."""
    torch.manual_seed(4)
    return nn.Sequential(nn.Conv2d(3, 4, 3), last).eval(), 3 * torch.randn(1, 3, 9, 7)


@pytest.mark.parametrize(("layer", "function"), CURVES, ids=[type(layer).__name__ for layer, _ in CURVES])
def test_a_curve_is_torchs_own_and_spans_the_channel(layer, function):
    model, batch = stack(layer)
    curve = open_curve(record_trace(model, batch), "1", 2, 3, 4)
    with torch.no_grad():
        given = model[0](batch)[0, 2]
    assert curve.value == pytest.approx(float(given[3, 4]))
    assert curve.given.shape == (SAMPLES,)
    assert curve.given[0] == min(-1, float(given.min()))
    assert curve.given[-1] == max(1, float(given.max()))
    torch.testing.assert_close(curve.made, function(curve.given), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("affine", [True, False])
def test_batch_norms_five_numbers_make_the_unit(affine):
    norm = nn.BatchNorm2d(4, eps=0.01, affine=affine)
    norm.running_mean, norm.running_var = torch.tensor([0.5, -1, 2, 0]), torch.tensor([1, 0.25, 4, 9.0])
    if affine:
        norm.weight.data, norm.bias.data = torch.tensor([1, -2, 0.5, 3]), torch.tensor([0, 1, -1, 0.125])
    model, batch = stack(norm)
    found = open_norm(record_trace(model, batch), "1", 1, 5, 2)
    made = (found.value - found.mean) / (found.variance + found.epsilon) ** 0.5 * found.gamma + found.beta
    with torch.no_grad():
        assert made == pytest.approx(float(model(batch)[0, 1, 5, 2]), rel=1e-5)
        torch.testing.assert_close(found.before, model[0](batch)[:, 1])
        torch.testing.assert_close(found.after, model(batch)[:, 1])
    assert (found.gamma, found.beta) == ((-2, 1) if affine else (1, 0))
    assert (found.mean, found.variance, found.epsilon) == (-1, 0.25, 0.01)


def test_other_layers_have_neither_and_statistics_of_the_picture_are_no_kept_ones():
    model, batch = stack(nn.BatchNorm2d(4, track_running_stats=False))
    trace = record_trace(model, batch)
    assert open_norm(trace, "1", 0) is None
    assert open_curve(trace, "0", 0) is None
    assert open_norm(trace, "0", 0) is None
    model, batch = stack(Conditional())
    assert open_norm(record_trace(model, batch), "1", 0) is None
    model, batch = stack(nn.Sigmoid())
    trace = record_trace(nn.Sequential(model, nn.Flatten(0)), batch)
    assert open_norm(trace, "0.1", 0) is None
