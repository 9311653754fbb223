import copy

import numpy as np
import pytest
import torch
import torchvision
from torch import nn
from torch.nn import functional

from explorer.activations.tracer import record_trace
from explorer.errors import ModelError, ShapeError
from explorer.receipts import open_unit
from explorer.receipts.contribution import open_contribution
from explorer.receipts.opening import open_traced
from explorer.stack.layers import norms_run_without_eps
from tests.receipts.checks import checked, openable, path_to_the_picture


class Between(nn.Module):
    """Operations between modules, in every spelling."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 6, 3, padding=1)
        self.gate = nn.Conv2d(6, 6, 1)
        self.scale = nn.Parameter(torch.rand(6, 1, 1) + 0.5)
        self.head = nn.Linear(12, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.conv(x)
        gate = torch.sigmoid(self.gate(x.mean((2, 3), keepdim=True)))
        y = gate * x + 0.25
        y += x
        y = 1.0 - functional.relu(y - 0.125 * x, inplace=True) / 3
        left, right = y.chunk(2, dim=1)
        y = torch.cat([right, -left, x[:, 1:2].expand(-1, 6, -1, -1) * self.scale], 1)
        n, c, h, w = y.shape
        y = y.view(n, 3, c // 3, h, w).transpose(1, 2).contiguous().view(n, c, h, w)
        y = functional.gelu(functional.pad(y, (1, 2, 0, 1), mode="reflect"), approximate="tanh")
        y = functional.hardtanh(y.permute(0, 2, 3, 1), -0.5, 0.5)
        return self.head(y.sum(dim=(1, 2)).div(7.0))


class OwnLeaf(nn.Module):
    """A leaf module that does three things at once."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(4, 3, 3, 3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return functional.relu(functional.conv2d(functional.pad(x, (1, 1, 1, 1)), self.weight)).permute(0, 1, 3, 2)


WINDOWS = [
    nn.Conv2d(4, 6, 3),
    nn.Conv2d(4, 6, (3, 5), stride=(2, 1), padding=(2, 3), dilation=(1, 2)),
    nn.Conv2d(4, 6, 3, padding=1, groups=2, bias=False),
    nn.Conv2d(4, 8, 3, stride=2, padding=1, groups=4),
    nn.Conv2d(4, 3, (2, 4), padding="same", dilation=(3, 1)),
    nn.Conv2d(4, 3, 3, padding="valid"),
    nn.Conv2d(4, 5, (3, 5), padding=(1, 3), padding_mode="reflect"),
    nn.Conv2d(4, 5, 3, padding=2, padding_mode="replicate", stride=2),
    nn.Conv2d(4, 5, 3, padding=(2, 1), padding_mode="circular", groups=1),
    nn.MaxPool2d(3, 2, 1),
    nn.MaxPool2d((2, 3), stride=(3, 2), padding=(1, 1), dilation=(2, 1), ceil_mode=True),
    nn.AvgPool2d(3, 2, 1),
    nn.AvgPool2d((3, 2), stride=(2, 3), padding=(1, 1), ceil_mode=True),
    nn.AvgPool2d(3, 2, 1, count_include_pad=False, ceil_mode=True),
    nn.AvgPool2d(2, divisor_override=3),
    nn.AdaptiveAvgPool2d((4, 3)),
    nn.AdaptiveAvgPool2d(1),
    nn.AdaptiveMaxPool2d((5, 2)),
]


@pytest.mark.filterwarnings("ignore:Using padding='same' with even")
@pytest.mark.parametrize("layer", WINDOWS, ids=repr)
def test_each_term_of_a_window_is_gradient_times_input(layer):
    """Autograd, an independent oracle, says with which weight each input cell counts."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(3, 4, 1), layer)
    trace = record_trace(model, torch.randn(1, 3, 11, 17))
    source = trace.tensor("0").double().requires_grad_()
    output = copy.deepcopy(layer).double()(source)
    channels, height, width = output.shape[1:]
    for unit in {(channels - 1, 0, 0), (0, height - 1, width - 1), (channels // 2, height // 2, width // 2)}:
        receipt = checked(trace, trace.node("1"), unit)
        (gradient,) = torch.autograd.grad(output[(0, *unit)], source, retain_graph=True)
        expected = (gradient * source).detach()
        found = torch.zeros_like(expected)
        for term in receipt.terms:
            assert term.layer == "0"
            found[0, term.channel, term.y, term.x] += term.amount
        assert torch.allclose(found, expected, rtol=0, atol=1e-12)
        assert receipt.terms == sorted(receipt.terms, key=lambda term: -abs(term.amount))
        assert sum(share.amount for share in receipt.channels()) + receipt.bias == pytest.approx(receipt.recomputed)


@pytest.mark.filterwarnings("ignore:Using padding='same' with even")
@pytest.mark.parametrize("layer", WINDOWS, ids=repr)
def test_a_contribution_is_the_share_of_its_channel_and_marks_the_padding(layer):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(3, 4, 1), layer)
    trace = record_trace(model, torch.randn(1, 3, 11, 17))
    before = trace.tensor("0")[0].double().numpy()
    channels, height, width = trace.node("1").shape[1:]
    for unit in {(channels - 1, 0, 0), (0, height - 1, width - 1)}:
        for share in open_traced(trace, "1", *unit).channels():
            part = open_contribution(trace, "1", *unit, source=share.channel)
            assert (part.layer, part.channel) == ("0", share.channel)
            assert np.array_equal(part.product, part.patch * part.kernel)
            assert part.product.sum() == pytest.approx(share.amount, abs=1e-12)
            rows_out = (part.rows < 0) | (part.rows >= 11)
            columns_out = (part.columns < 0) | (part.columns >= 17)
            assert np.array_equal(part.padding, rows_out[:, None] | columns_out[None])
            for cell in np.argwhere(~part.padding):
                assert part.patch[tuple(cell)] == before[share.channel, part.rows[cell[0]], part.columns[cell[1]]]
            if getattr(layer, "padding_mode", "zeros") == "zeros":
                assert not part.patch[part.padding].any()


def test_padding_cells_of_reflection_show_the_value_that_they_reflect():
    trace = record_trace(nn.Conv2d(3, 2, 3, padding=1, padding_mode="reflect"), torch.randn(1, 3, 5, 6))
    picture = trace.tensor("input")[0].double().numpy()
    part = open_contribution(trace, "(model)", 1, 0, 0, source=2)
    assert part.layer == "input"
    assert part.padding.tolist() == [[True] * 3, [True, False, False], [True, False, False]]
    assert part.patch[0].tolist() == [picture[2, 1, 1], picture[2, 1, 0], picture[2, 1, 1]]


def test_every_unit_of_operations_between_modules_adds_up():
    torch.manual_seed(0)
    trace = record_trace(Between(), torch.randn(1, 3, 5, 4))
    found = set()
    for node in openable(trace):
        found.add(node.operation)
        sizes = (*node.shape[1:], 1, 1, 1)[:3]
        for unit in np.ndindex(*sizes):
            checked(trace, node, unit)
    between = "mean sigmoid mul add relu sub rsub div chunk cat getitem expand neg view pad gelu permute hardtanh sum"
    assert set(between.split()) <= found
    assert path_to_the_picture(trace, 2)[-1] == "input"


def test_a_gate_is_named_beside_the_map_that_it_multiplies():
    trace = record_trace(Between(), torch.randn(1, 3, 5, 4))
    receipt = open_traced(trace, "mul", 2, 3, 1)
    (term,), (factor,) = receipt.terms, receipt.factors
    assert (term.layer, term.channel, term.y, term.x) == ("conv", 2, 3, 1)
    assert (factor.layer, factor.channel, factor.y, factor.x) == ("sigmoid", 2, 0, 0)
    assert term.value * factor.value == pytest.approx(receipt.value, rel=1e-6)
    assert term.weight == factor.value


def test_a_leaf_of_several_operations_opens_step_by_step():
    trace = record_trace(OwnLeaf(), torch.randn(1, 3, 6, 5))
    whole = open_traced(trace, "(model)", 1, 4, 2)
    assert whole.operation == "relu"
    assert [(term.layer, term.y, term.x) for term in whole.terms] == [("conv2d", 2, 4)]
    inner = open_traced(trace, "conv2d", 1, 2, 4)
    assert {term.layer for term in inner.terms} == {"input"}
    assert inner.agrees


def test_layer_norm_over_channels_reads_through_its_permutations():
    model = torchvision.models.convnext.LayerNorm2d(7)
    nn.init.normal_(model.weight)
    nn.init.normal_(model.bias)
    trace = record_trace(model, torch.randn(1, 7, 3, 4))
    receipt = checked(trace, trace.node("(model)"), (5, 2, 3))
    assert receipt.operation == "layer_norm"
    assert sorted((term.layer, term.channel, term.y, term.x) for term in receipt.terms) == [
        ("input", channel, 2, 3) for channel in range(7)
    ]


def test_a_convolution_worked_by_hand():
    layer = nn.Conv2d(1, 1, 2)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[[[1.0, -2.0], [3.0, 0.5]]]]))
        layer.bias.fill_(0.25)
    receipt = open_unit(layer, torch.arange(9.0).view(1, 1, 3, 3), "(model)", 0, 1, 1)
    # 4 × 1 + 5 × −2 + 7 × 3 + 8 × 0.5 + 0.25
    assert (receipt.value, receipt.recomputed, receipt.bias) == (19.25, 19.25, 0.25)
    assert [(term.y, term.x, term.amount) for term in receipt.terms] == [(2, 1, 21), (1, 2, -10), (1, 1, 4), (2, 2, 4)]
    shown = receipt.as_dict(count=2)
    assert (shown["rest"], shown["rest_count"], shown["difference"], shown["agrees"]) == (8, 2, 0, True)


class Cumulated(nn.Module):
    """Each cell the sum of its row up to it."""

    def forward(self, x):
        return x.cumsum(3)


@pytest.mark.parametrize("model", [Cumulated(), nn.Softmin(1)], ids=repr)
def test_an_operation_without_a_rule_says_so_and_shows_its_inputs(model):
    receipt = open_unit(nn.Sequential(model), torch.randn(1, 3, 4, 4), "0", 1, 2, 2)
    assert not receipt.covered
    assert receipt.recomputed is None
    assert receipt.terms == []
    assert receipt.inputs[0].layer == "input"
    assert receipt.inputs[0].shape == (1, 3, 4, 4)
    assert "cannot take" in receipt.note
    assert not receipt.agrees


def test_batch_norm_on_the_pictures_own_statistics_is_taken_apart_into_all_numbers_of_the_channel():
    picture = torch.randn(1, 3, 4, 4)
    receipt = open_unit(nn.BatchNorm2d(3, track_running_stats=False), picture, "(model)", 1, 2, 2)
    channel = picture[0, 1].double()
    right = (channel[2, 2] - channel.mean()) / (channel.var(correction=0) + 1e-5).sqrt()
    assert receipt.covered
    assert receipt.agrees
    assert receipt.recomputed == pytest.approx(float(right), rel=1e-9)
    assert {(term.channel, term.y, term.x) for term in receipt.terms} == {(1, y, x) for y in range(4) for x in range(4)}


@pytest.mark.parametrize("batch", [torch.ones(1, 3, 2, 2), torch.randn(1, 3, 2, 2)], ids=["flat", "varied"])
def test_a_normalisation_without_epsilon_opens_unless_it_divides_by_zero(batch):
    receipt = open_unit(nn.LayerNorm(2, eps=0), batch, "(model)", 1, 1, 1)
    varied = float(batch.var()) > 0
    assert receipt.covered == varied
    assert ("root of variance + ε, which is 0" in receipt.note) != varied
    norm = nn.BatchNorm2d(3, eps=0).eval()
    norm.running_var[1] = float(varied)
    if not norms_run_without_eps():
        with pytest.raises(ValueError, match="eps must be positive"):
            norm(batch)
        return
    receipt = open_unit(norm, batch, "(model)", 1, 1, 1)
    assert receipt.covered == varied
    assert ("root of variance + ε, which is 0" in receipt.note) != varied


@pytest.mark.filterwarnings("ignore:`torch.jit")
def test_a_compiled_module_shows_its_inputs():
    model = nn.Sequential(nn.Conv2d(3, 2, 1), torch.jit.script(nn.ReLU()), nn.Flatten())
    trace = record_trace(model, torch.randn(1, 3, 4, 4))
    receipt = open_traced(trace, "1", 1, 2, 2)
    assert not receipt.covered
    assert [source.layer for source in receipt.inputs] == ["0"]
    assert open_traced(trace, "2", 5).terms[0].layer == "1"


def test_a_tensor_changed_through_another_view_is_not_guessed_at():
    class Sly(nn.Module):
        def forward(self, x):
            y = x * 2
            y[:, 0].add_(1.0)
            return y + 0.5

    trace = record_trace(Sly(), torch.randn(1, 3, 4, 4))
    receipt = open_traced(trace, trace.output, 0, 1, 1)
    assert receipt.agrees
    assert receipt.terms[0].layer == "changed"
    assert not open_traced(trace, "changed", 0, 1, 1).covered


def test_opening_a_unit_of_a_kept_trace_runs_nothing():
    class Once(nn.Module):
        runs = 0

        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 2, 3)

        def forward(self, x):
            Once.runs += 1
            return self.conv(x)

    trace = record_trace(Once(), torch.randn(1, 3, 8, 8))
    runs = Once.runs  # one, and one more to see whether it keeps anything
    for place in range(5):
        open_traced(trace, "conv", 1, place, place)
    assert Once.runs == runs == 2
    assert trace.size_bytes == 1 << 20  # 1,056 bytes of activations, in the smallest block


def test_a_trace_holds_what_record_gives_and_leaves_the_network_alone():
    from explorer.activations import record

    model = torchvision.models.resnet18(weights=None).train()
    batch = torch.rand(1, 3, 64, 48)
    trace, records = record_trace(model, batch), record(model, batch)
    assert [one.key for one in trace.records()] == [one.key for one in records]
    for one, other in zip(trace.records(), records, strict=True):
        assert torch.equal(one.output, other.output)
        assert (one.name, one.call, one.kind, one.shape) == (other.name, other.call, other.kind, other.shape)
    assert all(module.training for module in model.modules())
    assert not any(module._forward_hooks for module in model.modules())
    with torch.no_grad():
        assert torch.equal(trace.tensor(trace.output), model.eval()(batch))
    assert torch.equal(trace.tensor("layer1.0"), trace.tensor("layer1.0.relu:1"))
    assert open_traced(trace, "layer1.0.add", 3, 2, 1).agrees


@pytest.mark.parametrize(
    ("layer", "unit", "message"),
    [
        ("layer1.0.ad", (0, 0, 0), "no layer 'layer1.0.ad'.*layer1.0.add"),
        ("conv1", (64, 0, 0), "channel 0 to 63, not 64"),
        ("conv1", (0, 32, 0), "y 0 to 31, not 32"),
        ("conv1", (0, 0, -1), "x 0 to 23, not -1"),
        ("fc", (3, 1, 0), "y 0 to 0, not 1"),
    ],
)
def test_a_unit_that_is_not_there_gets_a_sentence(layer, unit, message):
    model = torchvision.models.resnet18(weights=None)
    with pytest.raises(ModelError, match=message):
        open_unit(model, torch.rand(1, 3, 64, 48), layer, *unit)


def test_more_than_one_picture_is_refused():
    with pytest.raises(ShapeError, match="one picture"):
        open_unit(nn.Conv2d(3, 2, 3), torch.rand(2, 3, 8, 8), "(model)", 0)


def test_contributions_are_of_windows_and_of_channels_that_are_read():
    trace = record_trace(nn.Sequential(nn.Conv2d(4, 4, 3, groups=2), nn.ReLU()), torch.rand(1, 4, 8, 8))
    with pytest.raises(ModelError, match="reads the channels 2 to 3, not 0"):
        open_contribution(trace, "0", 3, 0, 0, source=0)
    with pytest.raises(ModelError, match="no convolution or pooling, but relu"):
        open_contribution(trace, "1", 3, 0, 0)
