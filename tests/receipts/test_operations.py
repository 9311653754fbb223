"""Operations that no stack can hold, as networks use them: sums against torch in float64, fields against gradients."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from explorer.activations.linearity import left_bends
from explorer.activations.operations.registry import operation_called
from explorer.activations.receptive_field import ReceptiveFields
from explorer.activations.tracer import Trace
from explorer.activations.units import sides, to_index, to_unit
from explorer.receipts.contribution import open_contribution
from explorer.receipts.opening import open_traced
from tests.receipts.checks import is_tight, traced

torch.manual_seed(3)
ROWS, COLUMNS = torch.randn(7, 5), torch.randn(2, 9, 3)
WEIGHT, BIAS = torch.rand(4) + 0.5, torch.randn(4)
KERNEL = torch.randn(6, 2, 3)
QUERY = torch.randn(1, 4, 2, 9)
MASK = torch.ones(9, 9, dtype=torch.bool).tril()


PLACES = torch.tensor([3, 0, 2, 2, 1])
KERNELS = torch.randn(5, 4, 3, 2)


def written(y: torch.Tensor, where, what) -> torch.Tensor:
    """Maps with some numbers written over."""
    y = y * 1.5
    y[where] = what
    return y * 2


def over_a_part(y: torch.Tensor) -> torch.Tensor:
    """As shifted windows are put back: a slice is written into through a view."""
    whole = torch.zeros_like(y)
    whole[:, :, 1:] = y[:, :, :-1]
    return whole + y


def windows(y: torch.Tensor) -> torch.Tensor:
    """Attention's windows: (9, 7, 4), the first dimension counting."""
    return y.permute(0, 3, 2, 1).reshape(9, 7, 4)


def tokens(y: torch.Tensor) -> torch.Tensor:
    """Maps as tokens: (1, places, channels)."""
    return y.flatten(2).transpose(1, 2)


def like(one: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """A constant in the precision that is asked for."""
    return one.to(y.dtype)


CASES = {  # of maps (1, 4, 7, 9)
    "nearest up": lambda y: functional.interpolate(y, scale_factor=2),
    "nearest odd": lambda y: functional.interpolate(y, size=(5, 13)),
    "nearest exact": lambda y: functional.interpolate(y, size=(11, 4), mode="nearest-exact"),
    "nearest scale": lambda y: functional.interpolate(y, scale_factor=(1.7, 0.6), recompute_scale_factor=False),
    "bilinear": lambda y: functional.interpolate(y, size=(10, 5), mode="bilinear"),
    "bilinear corners": lambda y: functional.interpolate(y, size=(13, 17), mode="bilinear", align_corners=True),
    "bilinear scale": lambda y: functional.interpolate(y, scale_factor=1.3, mode="bilinear"),
    "bilinear antialias": lambda y: functional.interpolate(y, size=(3, 4), mode="bilinear", antialias=True),
    "bicubic": lambda y: functional.interpolate(y, size=(9, 7), mode="bicubic"),
    "bicubic antialias": lambda y: functional.interpolate(y, size=(4, 5), mode="bicubic", antialias=True),
    "area": lambda y: functional.interpolate(y, size=(3, 4), mode="area"),
    "linear": lambda y: functional.interpolate(y.flatten(2), size=40, mode="linear"),
    "attention": lambda y: functional.scaled_dot_product_attention(*[y.transpose(1, 2)] * 3),
    "masked attention": lambda y: functional.scaled_dot_product_attention(y, y * 2, y, attn_mask=MASK[:7, :7]),
    "causal attention": lambda y: functional.scaled_dot_product_attention(y, y, y + 1, is_causal=True, scale=0.3),
    "group norm": lambda y: functional.group_norm(y, 2, like(WEIGHT, y), like(BIAS, y)),
    "group norm of tokens": lambda y: functional.group_norm(tokens(y).transpose(1, 2), 4),
    "instance norm": lambda y: functional.instance_norm(y, weight=like(WEIGHT, y), bias=like(BIAS, y), eps=1e-3),
    "instance norm kept": lambda y: functional.instance_norm(y, like(BIAS, y), like(WEIGHT, y), use_input_stats=False),
    "conv1d": lambda y: functional.conv1d(y.flatten(2), like(KERNEL, y), None, 2, 2, 3, 2),
    "conv1d same": lambda y: functional.conv1d(y.flatten(2), like(KERNEL, y), padding="same", groups=2),
    "conv transposed 1d": lambda y: functional.conv_transpose1d(
        y.flatten(2), like(KERNEL[:4], y), stride=2, padding=1, output_padding=1, groups=2
    ),
    "conv3d": lambda y: functional.conv3d(y[:, None], like(KERNEL.view(3, 1, 2, 2, 3), y), padding=1),
    "max pool 1d": lambda y: functional.max_pool1d(y.flatten(2), 3, 2, 1),
    "average pool 1d": lambda y: functional.avg_pool1d(y.flatten(2), 4, 3, 2),
    "adaptive pool 1d": lambda y: functional.adaptive_avg_pool1d(y.flatten(2), 5),
    "adaptive max pool 3d": lambda y: functional.adaptive_max_pool3d(y[None], (2, 3, 4)),
    "batch norm of this picture": lambda y: functional.batch_norm(
        y, None, None, like(WEIGHT, y), like(BIAS, y), training=True
    ),
    "batch norm of tokens": lambda y: functional.batch_norm(
        tokens(y)[0], like(BIAS, y), like(WEIGHT, y), like(WEIGHT, y), like(BIAS, y)
    ),
    "batch norm of these tokens": lambda y: functional.batch_norm(tokens(y)[0], None, None, training=True, eps=0.1),
    "root mean square norm": lambda y: functional.rms_norm(y, (7, 9), eps=0.01),
    "root mean square norm of rows": lambda y: functional.rms_norm(y, [9], like(COLUMNS[0, :, 0], y)),
    "response norm": lambda y: functional.local_response_norm(y, 2, alpha=0.5, beta=0.6, k=1.5),
    "response norm of many": lambda y: functional.local_response_norm(y, 5, alpha=2.0),
    "response norm along one": lambda y: functional.local_response_norm(y.flatten(2), 3, alpha=1.0),
    "unfold": lambda y: y.unfold(2, 3, 2).unfold(3, 2, 1),
    "unfold a picture": lambda y: functional.unfold(y, (2, 3), padding=(1, 0), stride=2, dilation=(1, 2)),
    "repeat interleaved": lambda y: y.repeat_interleave(2, dim=1),
    "reshape as": lambda y: y.reshape_as(torch.empty(1, 7, 4, 9)),
    "lower triangle": lambda y: torch.tril(y, 1),
    "stacked sideways": lambda y: torch.hstack([y, y * 2]),
    "gathered": lambda y: torch.gather(y, 3, PLACES.expand(1, 4, 7, 5)),
    "convolution by an activation": lambda y: functional.conv2d(y, y.mean((2, 3)).view(1, 4, 1, 1) * like(KERNELS, y)),
    "convolution in groups by an activation": lambda y: functional.conv2d(
        y, like(KERNELS[:4, :2], y) * y.amax((2, 3)).view(4, 1, 1, 1), y.mean((0, 2, 3)), padding=1, groups=2
    ),
    "transposed by an activation": lambda y: functional.conv_transpose2d(
        y, like(KERNELS[:4], y) * y.mean((2, 3)).view(1, 4, 1, 1), y.mean((0, 2, 3)), stride=2
    ),
    "linear by an activation": lambda y: functional.linear(y, y[0, :, :3].mean(0), y[0, 0, :3, 0]),
    "where": lambda y: torch.where(MASK[:7], y, y.flip(2) * 2),
    "where by method": lambda y: y.where(MASK[:7], 0.5),
    "where by an activation": lambda y: torch.where(y > 0, y * 2, y.mean()),
    "compared": lambda y: (y > y.flip(3)) * y,
    "compared with a number": lambda y: y * (y <= 0.1).float() * (y != 0) * torch.logical_and(y < 1, ~(y <= -1)),
    "masked": lambda y: y.masked_fill(MASK[:7], -3.0),
    "written into": lambda y: written(y, (slice(None), slice(1, 3), 2), y[:, 2:, 0] * 3),
    "a constant written into": lambda y: written(y, MASK[:7].expand(1, 4, 7, 9), like(BIAS[:1], y)),
    "written by places": lambda y: written(y, (0, PLACES, slice(2, 5)), y.mean()),
    "copied over": lambda y: torch.empty_like(y).copy_(y[:, :1] * 2),
    "copied over a part": over_a_part,
    "zeroed": lambda y: y + y.clone().zero_(),
    "larger of two": lambda y: torch.max(y, y.flip(3)),
    "smaller of two": lambda y: torch.min(y, like(BIAS.view(4, 1, 1), y)),
    "windows": lambda y: windows(y).softmax(-1),
    "five dimensions": lambda y: (y.view(1, 2, 2, 7, 9) * y.mean((2, 3)).view(1, 2, 2, 1, 1).softmax(1)).sum(1),
    "softmax of tokens": lambda y: functional.softmax(tokens(y), -1),
    "log softmax in double": lambda y: torch.log_softmax(y, 1, dtype=torch.float64),
    "matmul": lambda y: y @ y.transpose(-1, -2),
    "matmul of a weight": lambda y: like(ROWS.T, y) @ y,
    "matmul by a weight": lambda y: y.transpose(2, 3) @ like(ROWS, y),
    "bmm": lambda y: torch.bmm(y[0], y[0].transpose(1, 2)),
    "mm": lambda y: y[0, 1].mm(like(COLUMNS[0], y)),
    "addmm": lambda y: torch.addmm(like(COLUMNS[1, :7], y), y[0, 2], like(COLUMNS[0], y), beta=0.5, alpha=2),
    "addmm of an activation": lambda y: torch.addmm(y[0, 1], like(ROWS.T[:1].T, y), like(COLUMNS[0, :, :1].T, y)),
    "baddbmm": lambda y: torch.baddbmm(like(BIAS.view(4, 1, 1), y), y[0], like(COLUMNS[:1].expand(4, 9, 3), y)),
    "attention of a learnt query": lambda y: functional.scaled_dot_product_attention(like(QUERY, y), y, y + 1),
    "bilinear one pixel wide": lambda y: functional.interpolate(y, size=(3, 1), mode="bilinear", antialias=True),
    "trilinear": lambda y: functional.interpolate(y[None], size=(3, 10, 5), mode="trilinear"),
    "einsum": lambda y: torch.einsum("nchw,nchv->ncwv", y, y),
    "einsum by a weight": lambda y: torch.einsum("nchw,hk->nkc", y, like(ROWS, y)),
    "pow": lambda y: (y.abs() + 0.1) ** 1.7,
    "square by pow": lambda y: torch.pow(y, 2),
    "power of two": lambda y: 2.0**y,
    "one over": lambda y: 1.0 / (y.abs() + 0.5),
    "rsqrt": lambda y: (y.abs() + 0.1).rsqrt(),
    "var": lambda y: y.var((2, 3), keepdim=True),
    "var unbiased": lambda y: torch.var(y, dim=1, unbiased=False),
    "var corrected": lambda y: y.var(dim=-1, correction=0),
    "std": lambda y: y.std(3),
    "prelu": lambda y: functional.prelu(y, like(BIAS, y)),
    "prelu alike": lambda y: functional.prelu(y, like(BIAS[:1], y)),
    "normalize": functional.normalize,
    "normalize by sum": lambda y: functional.normalize(y, p=1, dim=-1),
    "norm": lambda y: y.norm(dim=1, keepdim=True),
    "norm of cubes": lambda y: torch.linalg.vector_norm(y, ord=3, dim=(2, 3)),
    "largest norm": lambda y: torch.norm(y, float("inf"), dim=2),
    "maximum": lambda y: torch.maximum(y, y.flip(3)),
    "minimum of a constant": lambda y: torch.minimum(y, like(BIAS.view(4, 1, 1), y)),
    "amax": lambda y: y.amax((2, 3)),
    "max along": lambda y: y.max(dim=1, keepdim=True)[0],
    "min": lambda y: y.amin(dim=3),
    "addcmul": lambda y: torch.addcmul(y, y, y.flip(2), value=0.3),
    "addcmul of constants": lambda y: torch.addcmul(like(BIAS.view(4, 1, 1), y), y, like(WEIGHT.view(4, 1, 1), y)),
    "to double": lambda y: y.double(),
    "log sigmoid": functional.logsigmoid,
    "tanh shrunk": lambda y: functional.tanhshrink(y * 0.1),  # of numbers that all but cancel
    "soft shrunk": lambda y: functional.softshrink(y, 0.1),
    "hard shrunk by an amount": lambda y: functional.hardshrink(y, 0.1),
    "by an amount or another": lambda y: functional.threshold(y, 0.1, -2.0),
    "slope by chance": functional.rrelu,
    "smaller held": lambda y: y.clamp_min(-0.1),
    "larger held": lambda y: y.clamp_max(0.1),
    "larger than all": lambda y: (1 / y.relu()).nan_to_num(posinf=2.0),
    "log of one more": lambda y: torch.log1p(y.abs()),
    "log of two": lambda y: torch.log2(y.abs() + 1),
    "log of ten": lambda y: (y.abs() + 1).log10(),
    "exp less one": torch.expm1,
    "sine": lambda y: y.sin(),
    "cosine": torch.cos,
    "error function": torch.erf,
    "a whole number below": lambda y: y.mul(8).floor(),
    "a whole number above": lambda y: torch.ceil(y * 8),
    "a whole number near": lambda y: torch.round(y * 8),
    "as whole as wanted": lambda y: torch.round(y, decimals=1),
    "whole sign": torch.sign,
    "ones like": lambda y: torch.ones_like(y) * y,
}

# In the names of those of which a gradient shows only what was chosen, or what happens to be there.
CHOOSING = ("max", "min", "causal", "masked", "largest", "one pixel", "larger", "smaller", "by an", "compared", "whole")


def opened(run) -> tuple[nn.Module, torch.Tensor, Trace]:
    return traced(lambda net, x: run(net.conv(x)))


def units(shape: tuple[int, ...]) -> list[tuple[int, int, int]]:
    spread = [np.unique(np.linspace(0, size - 1, 3).astype(int)).tolist() for size in sides(shape)]
    return [(c, y, x) for c in spread[0] for y in spread[1] for x in spread[2]]


@pytest.mark.parametrize("name", CASES)
def test_its_sum_is_torchs_number_in_double_precision(name):
    _, _, trace = opened(CASES[name])
    expected = CASES[name](trace.tensor("conv").double()).detach()
    node = trace.node(trace.output)
    assert expected.shape == node.shape
    scale = float(expected.abs().max())
    for unit in units(node.shape):
        receipt = open_traced(trace, node.key, *unit)
        assert receipt.covered, receipt.note
        assert receipt.agrees, (unit, receipt.value, receipt.recomputed)
        assert receipt.recomputed == pytest.approx(float(expected[to_index(node, *unit)]), abs=3e-6 * scale), unit
        assert receipt.recomputed == pytest.approx(receipt.bias + sum(term.amount for term in receipt.terms), rel=1e-9)
        for term in receipt.terms[:5]:
            below = open_traced(trace, term.layer, term.channel, term.y, term.x)
            assert term.value is None or term.value == below.value, (unit, term)


@pytest.mark.parametrize("name", CASES)
def test_its_field_holds_every_pixel_with_a_gradient_and_is_no_larger_than_it_must(name):
    model, batch, trace = opened(CASES[name])
    fields = ReceptiveFields(trace)
    picture = batch.double().requires_grad_()
    output = CASES[name](model.double().conv(picture))
    node, tight = trace.node(trace.output), []
    for unit in units(node.shape):
        (gradient,) = torch.autograd.grad(output[to_index(node, *unit)], picture, retain_graph=True)
        tight += is_tight(fields.box(node.key, *unit), gradient, unit)
    chooses = any(word in name for word in CHOOSING)
    assert chooses or sum(tight) > 0.6 * len(tight), tight


@pytest.mark.parametrize("name", CASES)
def test_it_is_said_to_be_linear_where_it_is_and_only_there(name):
    _, _, trace = opened(CASES[name])
    bends = left_bends(trace)
    chance = torch.Generator().manual_seed(4)
    one, other = (torch.randn(1, 4, 7, 9, generator=chance, dtype=torch.float64) for _ in range(2))
    outputs = [CASES[name](maps) for maps in (one, other, one + other, one * 0)]
    off = float((outputs[0] + outputs[1] - outputs[2] - outputs[3]).abs().max())
    if not operation_called(trace.node(trace.output).operation).activation:  # which is taken out before
        assert (off < 1e-10) == (not bends), (off, bends)


@pytest.mark.parametrize("batch_first", [True, False])
def test_a_layer_of_attention_opens_down_to_what_its_values_gave(batch_first):
    torch.manual_seed(1)
    attention = nn.MultiheadAttention(4, 2, batch_first=batch_first)
    nn.init.normal_(attention.in_proj_bias)

    def run(net, x):
        y = tokens(net.conv(x))
        y = y if batch_first else y.transpose(0, 1)
        return net.attention(y, y, y, need_weights=False)[0]

    _, _, trace = traced(run, attention=attention)
    node = next(one for one in trace.nodes if one.operation == "multi_head_attention_forward")
    for unit in units(node.shape):
        receipt = open_traced(trace, node.key, *unit)
        assert receipt.covered, receipt.note
        assert receipt.agrees
        assert len(receipt.terms) == 63 * 4
    box = ReceptiveFields(trace).box(node.key, 3, 0, 1)
    assert (box.top, box.left, box.bottom, box.right, box.exact) == (0, 0, 9, 11, True)


def test_the_window_of_a_resized_map_lies_around_the_place():
    _, _, trace = opened(CASES["bilinear"])
    found = open_contribution(trace, "interpolate", 2, 4, 3)
    assert (found.layer, found.channel) == ("conv", 2)
    assert found.kernel.sum() == pytest.approx(1)
    assert found.product.sum() == pytest.approx(open_traced(trace, "interpolate", 2, 4, 3).recomputed, rel=1e-9)
    assert found.rows.tolist() == [2, 3]  # 4.5 × 0.7 − 0.5 = 2.65
    assert found.kernel[:, 0] / found.kernel[0, 0] == pytest.approx([1, 0.65 / 0.35], rel=1e-5)
    assert not found.padding.any()


@pytest.mark.parametrize(
    ("shape", "unit", "index"),
    [
        ((1, 4, 7, 9), (3, 2, 8), (0, 3, 2, 8)),
        ((1, 20), (13, 0, 0), (0, 13)),
        ((1, 6, 5), (4, 3, 0), (0, 4, 3)),  # tokens
        ((196, 8), (77, 3, 0), (77, 3)),
        ((9, 4, 5), (8, 3, 2), (8, 3, 2)),
        ((3, 4, 5, 6), (7, 4, 5), (1, 3, 4, 5)),  # windows
        ((1, 2, 3, 4, 5), (5, 3, 4), (0, 1, 2, 3, 4)),
        ((), (0, 0, 0), ()),
    ],
)
def test_every_number_of_a_tensor_has_an_address(shape, unit, index):
    node = SimpleNamespace(shape=shape, key="it")
    assert to_index(node, *unit) == index
    assert to_unit(node, index) == unit
    numbers = torch.arange(int(np.prod(shape))).view(shape)
    opened = [int(numbers[to_index(node, *one)]) for one in np.ndindex(*sides(shape))]
    assert sorted(opened) == list(range(len(opened))) == numbers.flatten().tolist()
