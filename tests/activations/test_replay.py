"""What if: against networks that really are changed."""

import pytest
import torch
import torchvision
from torch import nn

from explorer.activations.influence import influence
from explorer.activations.replay import silenced, without_activations, without_skips
from explorer.activations.tracer import record_trace
from explorer.errors import ModelError
from explorer.models import build_model


@pytest.fixture
def compact():
    torch.manual_seed(4)
    model = build_model("compact", num_classes=5)
    for name, parameter in model.named_parameters():
        if name.endswith("bn2.weight"):
            nn.init.uniform_(parameter, 0.5, 1)
    return model.eval()


def hooked(model, name, batch, change):
    handle = model.get_submodule(name).register_forward_hook(lambda *call: change(call[2]))
    with torch.no_grad():
        output = model(batch)
    handle.remove()
    return output


@pytest.mark.parametrize("layer", ["stem.conv", "stage2.0.bn1", "stage3.1.relu2", "dropout"])
def test_a_silenced_channel_is_the_network_with_a_hook_that_zeroes_it(compact, layer):
    batch = torch.randn(1, 3, 49, 35)

    def zero(output):
        output = output.clone()
        output[:, [3, 5]] = 0
        return output

    trace = record_trace(compact, batch)
    assert torch.equal(silenced(trace, layer, [3, 5]), hooked(compact, layer, batch, zero))
    assert not torch.equal(silenced(trace, layer, [3, 5]), trace.tensor(trace.output))


def test_nothing_silenced_is_the_network_itself(compact):
    trace = record_trace(compact, torch.randn(1, 3, 32, 32))
    assert torch.equal(silenced(trace, "stage1.0.relu1", []), trace.tensor("fc"))


def test_without_activations_every_relu_is_an_identity(compact):
    batch = torch.randn(1, 3, 40, 40)
    output, count = without_activations(record_trace(compact, batch))
    for name, module in list(compact.named_modules()):
        if isinstance(module, nn.ReLU):
            parent, _, child = name.rpartition(".")
            setattr(compact.get_submodule(parent), child, nn.Identity())
    assert count == 11
    torch.testing.assert_close(output, compact(batch).detach())


def test_without_skips_only_the_long_branch_is_left(compact):
    batch = torch.randn(1, 3, 40, 40)
    output, count = without_skips(record_trace(compact, batch))
    for stage in (compact.stage1, compact.stage2, compact.stage3, compact.stage4):
        for block in stage:
            block.forward = lambda x, b=block: b.relu2(b.bn2(b.conv2(b.relu1(b.bn1(b.conv1(x))))))
    assert count == 5
    torch.testing.assert_close(output, compact(batch).detach())


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v2", "densenet121"])
def test_a_replay_of_everything_gives_the_same_logits(name):
    model = torchvision.models.get_model(name).eval()
    trace = record_trace(model, torch.randn(1, 3, 64, 64))
    kept = [trace.output_of(node).clone() for node in trace.nodes]
    assert torch.equal(silenced(trace, "input", []), trace.tensor(trace.output))
    assert all(torch.equal(old, trace.output_of(node)) for old, node in zip(kept, trace.nodes, strict=True))


def test_an_unknown_channel_is_named(compact):
    trace = record_trace(compact, torch.randn(1, 3, 32, 32))
    with pytest.raises(ModelError, match="channels 0 to 31, not 32"):
        silenced(trace, "stem.conv", [32])


class Odd(nn.Module):
    """A convolution, then whatever is given, then a head."""

    def __init__(self, between, inner: nn.Module | None = None) -> None:
        super().__init__()
        self.between = between
        self.conv, self.inner, self.head = nn.Conv2d(3, 8, 3), inner, nn.Linear(8, 5)
        self.side = nn.Conv2d(8, 8, 3, padding=1)

    def forward(self, x):
        return self.head(self.between(self, self.conv(x)).mean((2, 3)))


def through_a_view(_net, y):
    y[:, :4].relu_()
    return y


def swish(x: torch.Tensor) -> torch.Tensor:
    return x * torch.sigmoid(x)


@pytest.mark.filterwarnings("ignore:`torch.jit")
@pytest.mark.parametrize(
    ("model", "layer"),
    [
        (lambda: Odd(lambda net, y: net.inner(y), torch.jit.script(nn.Sequential(nn.ReLU(), nn.Hardswish()))), "inner"),
        (lambda: Odd(lambda _net, y: torch.jit.script(swish)(y) + y), "opaque"),
        (lambda: Odd(through_a_view), "changed"),
    ],
)
def test_what_was_not_seen_is_not_passed_through_in_silence(model, layer):
    torch.manual_seed(3)
    trace = record_trace(model().eval(), torch.randn(1, 3, 9, 9))
    for run in (
        lambda: silenced(trace, "conv", [0, 5]),
        lambda: without_activations(trace),
        lambda: without_skips(trace),
        lambda: influence(trace, "conv", "head", [(0, 0, 0)]),
    ):
        with pytest.raises(ModelError, match=f"What {layer} does cannot be run again"):
            run()
    assert torch.equal(silenced(trace, layer, []), trace.tensor("head"))  # what comes after it can be


def test_a_branch_that_was_not_seen_does_not_matter_elsewhere():
    torch.manual_seed(3)
    trace = record_trace(Odd(through_a_view).eval(), torch.randn(1, 3, 9, 9))
    assert influence(trace, "input", "conv", [(1, 2, 3)]).any()
    assert not influence(trace, "head", "conv", [(1, 2, 3)]).any()


def added_in_place(net, y):
    y += net.side(y)
    return y.relu_()


def test_an_addition_in_place_of_what_it_was_made_from_has_its_gradient():
    torch.manual_seed(3)
    model, batch = Odd(added_in_place).eval(), torch.randn(1, 3, 9, 9)
    trace = record_trace(model, batch)
    rows = influence(trace, "conv", "head", [(2, 0, 0)])
    conv = trace.tensor("conv").clone().requires_grad_()
    logit = model.head((conv + model.side(conv)).relu().mean((2, 3)))[0, 2]
    (gradient,) = torch.autograd.grad(logit, conv)
    torch.testing.assert_close(rows[0], (gradient * conv).detach().sum((0, 2, 3)), rtol=1e-4, atol=1e-6)

    def zero(output):
        output = output.clone()
        output[:, [5]] = 0
        return output

    assert torch.equal(silenced(trace, "conv", [5]), hooked(model, "conv", batch, zero))


@pytest.mark.parametrize(
    ("between", "left"),
    [
        (lambda net, y: torch.add(y, other=net.side(y)), lambda net, y: net.side(y)),
        (lambda net, y: torch.add(input=y, other=net.side(y), alpha=0.5), lambda net, y: 0.5 * net.side(y)),
        (lambda net, y: net.side(y).add(y, alpha=0.5), lambda net, y: net.side(y)),
        (
            lambda net, y: y + net.side(y).mean((2, 3), keepdim=True),
            lambda net, y: net.side(y).mean((2, 3), keepdim=True),
        ),
    ],
)
def test_a_shortcut_is_one_in_every_spelling(between, left):
    torch.manual_seed(3)
    model, batch = Odd(between).eval(), torch.randn(1, 3, 9, 9)
    output, count = without_skips(record_trace(model, batch))
    model.between = left
    assert count == 1
    torch.testing.assert_close(output, model(batch).detach())


def test_an_activation_given_by_name_is_taken_out():
    model, batch = Odd(lambda _net, y: nn.functional.relu(input=y)).eval(), torch.randn(1, 3, 9, 9)
    output, count = without_activations(record_trace(model, batch))
    model.between = lambda _net, y: y
    assert count == 1
    torch.testing.assert_close(output, model(batch).detach())


@pytest.mark.parametrize(
    ("between", "source", "message"),
    [
        (lambda _net, y: torch.fft.fft2(y).real, "fft_fft2", "holds torch.complex64"),
        (lambda _net, y: y * (y > 0), "gt", "holds torch.bool"),
        (lambda _net, y: y * torch.cummax(y, 1)[1], "cummax:1", "holds torch.int64"),
    ],
)
def test_what_has_no_gradient_gets_a_sentence(between, source, message):
    torch.manual_seed(3)
    trace = record_trace(Odd(between).eval(), torch.randn(1, 3, 9, 9))
    with pytest.raises(ModelError, match=message):
        influence(trace, source, "head", [(0, 0, 0)])
    assert influence(trace, "conv", "head", [(0, 0, 0)]).any()


def test_a_way_that_torch_cannot_differentiate_gets_a_sentence():
    trace = record_trace(Odd(lambda _net, y: torch.fft.fft2(y).real).eval(), torch.randn(1, 3, 9, 9))
    with pytest.raises(ModelError, match="no gradient from conv to fft_fft2: grad can be implicitly created only"):
        influence(trace, "conv", "fft_fft2", [(0, 0, 0)])


def test_a_silenced_index_stays_an_index():
    picked = record_trace(Odd(lambda _net, y: y[:, y.mean((2, 3)).argsort()[0]]).eval(), torch.randn(1, 3, 9, 9))
    assert silenced(picked, "argsort", range(8)).isfinite().all()


def test_a_gradient_through_batch_norm_is_right_where_tokens_lie_in_another_layout():
    """Torch's own is not, of one picture: by differences of the forward in double precision instead."""
    torch.manual_seed(2)

    class Tokens(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.norm, self.rows = nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.LayerNorm(4)

        def forward(self, x):
            return self.rows(self.norm(self.conv(x)).flatten(2).transpose(1, 2))

    model, batch, step = Tokens().double().eval(), torch.randn(1, 3, 7, 6, dtype=torch.float64), 1e-6
    trace = record_trace(model, batch)
    given = influence(trace, "conv", trace.output, [(19, 2, 0)])[0]
    maps, slopes = trace.tensor("conv"), torch.zeros_like(trace.tensor("conv"))
    for place in torch.cartesian_prod(*map(torch.arange, maps.shape[1:])):
        ends = []
        for by in (step, -step):
            moved = maps.clone()
            moved[(0, *place)] += by
            ends.append(model.rows(model.norm(moved).flatten(2).transpose(1, 2))[0, 19, 2])
        slopes[(0, *place)] = (ends[0] - ends[1]).detach() / (2 * step)
    right = (slopes * maps)[0].sum(dim=(1, 2))
    assert torch.allclose(given, right.float(), rtol=1e-4, atol=1e-6), (given, right)
