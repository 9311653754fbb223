import random

import numpy as np
import pytest
import torch
import torchvision
from torch import nn
from torch.nn import functional

from explorer.activations.receptive_field import Box, ReceptiveFields, receptive_field
from explorer.activations.recording import call_key, is_leaf
from explorer.activations.tracer import record_trace
from explorer.errors import ModelError
from explorer.networks.batch_norm import set_statistics

SIZE = (97, 131)
SAMPLE = ("resnet18", "mobilenet_v3_small", "shufflenet_v2_x0_5", "convnext_tiny", "densenet121")
SWEEP = (
    "alexnet", "convnext_small", "densenet169", "efficientnet_b0", "efficientnet_b3", "efficientnet_v2_s", "googlenet",
    "inception_v3", "mnasnet0_5", "mnasnet1_3", "mobilenet_v2", "mobilenet_v3_large", "regnet_x_400mf",
    "regnet_y_400mf", "resnet50", "resnext50_32x4d", "shufflenet_v2_x2_0", "squeezenet1_0", "squeezenet1_1", "vgg11",
    "vgg16_bn", "wide_resnet50_2",
)  # fmt: skip
SATURATED = {0.0, 1.0, 6.0}  # where ReLU, Hardsigmoid and ReLU6 let no gradient through


def outputs_with_gradient(model: nn.Module, picture: torch.Tensor) -> dict[str, torch.Tensor]:
    """Every leaf's output, attached to the picture, by torch's own hooks."""
    outputs: dict[str, torch.Tensor] = {}
    calls: dict[str, int] = {}
    for name, module in model.named_modules():
        if hasattr(module, "inplace"):
            module.inplace = False
        if is_leaf(module):

            def keep(_module, _args, output, name=name):
                outputs[call_key(name, calls.get(name, 0))] = output.clone()
                calls[name] = calls.get(name, 0) + 1

            module.register_forward_hook(keep)
    model(picture)
    return outputs


def seen_by(value: torch.Tensor, picture: torch.Tensor) -> torch.Tensor:
    (gradient,) = torch.autograd.grad(value, picture, retain_graph=True)
    return gradient[0].abs().sum(dim=0)


def check_by_gradient(name: str, count: int) -> None:
    torch.manual_seed(0)
    model = torchvision.models.get_model(name, weights=None).eval()
    set_statistics(model, torch.randn(4, 3, *SIZE))
    batch = torch.randn(1, 3, *SIZE)
    fields = ReceptiveFields(record_trace(model, batch))
    picture = batch.clone().requires_grad_()
    outputs = outputs_with_gradient(model, picture)
    chance, checked, tight = random.Random(0), 0, 0
    while checked < count:
        key = chance.choice(list(outputs))
        output = outputs[key]
        unit = tuple(chance.randrange(size) for size in (*output.shape[1:], 1, 1, 1)[:3])
        value = output[(0, *unit)[: output.ndim]]
        if float(value.detach()) in SATURATED:
            continue
        gradient = seen_by(value, picture)
        box = fields.box(key, *unit)
        inside = gradient[box.top : box.bottom, box.left : box.right]
        assert box.exact
        assert gradient.count_nonzero() == inside.count_nonzero(), (key, unit, box)
        assert inside.any(), (key, unit, box)
        checked += 1
        tight += bounds(gradient) == (box.top, box.left, box.bottom, box.right)
    assert tight > count / 2  # a box that is always the whole picture would pass the rest


def bounds(gradient: torch.Tensor) -> tuple[int, int, int, int]:
    places = gradient.nonzero()
    (top, left), (bottom, right) = places.min(dim=0).values.tolist(), (places.max(dim=0).values + 1).tolist()
    return top, left, bottom, right


@pytest.mark.parametrize("name", SAMPLE)
def test_the_gradient_lies_in_the_box(name):
    check_by_gradient(name, 50)


@pytest.mark.sweep
@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("name", SWEEP)
def test_the_gradient_lies_in_the_box_of_many_networks(name):
    check_by_gradient(name, 50)


class Positive(nn.Module):
    """Branches, gaps and borders; positive weights and no activations, so that the gradient's extent is exact."""

    def __init__(self) -> None:
        super().__init__()
        self.wide = nn.Conv2d(1, 2, (3, 5), stride=(2, 1), padding=(1, 2), dilation=(1, 2))
        self.narrow = nn.Conv2d(1, 2, 1, stride=(2, 1), padding=(0, 0))
        self.groups = nn.Conv2d(4, 4, 3, padding=1, groups=4, padding_mode="reflect")
        self.pool = nn.AvgPool2d((2, 3), stride=(1, 2), padding=(1, 1), ceil_mode=True)
        self.adaptive = nn.AdaptiveAvgPool2d((3, 4))
        self.head = nn.Linear(48, 2)
        for parameter in self.parameters():
            nn.init.uniform_(parameter, 0.5, 1.0)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        wide, narrow = self.wide(x), self.narrow(x)
        both = torch.cat([narrow, functional.pad(wide, (2, 3))[..., :-1]], dim=1)
        both = self.groups(both) + both.flip(1)
        y = self.adaptive(self.pool(both))
        return self.head(y.permute(0, 2, 3, 1).flatten(1))


def test_boxes_are_exactly_as_large_as_what_the_gradient_touches():
    model, picture = Positive(), torch.rand(1, 1, 19, 23, requires_grad=True)
    fields = ReceptiveFields(record_trace(model, picture.detach()))
    outputs = outputs_with_gradient(model, picture)
    assert set(outputs) == {"wide", "narrow", "groups", "pool", "adaptive", "head"}
    for key, output in outputs.items():
        for unit in np.ndindex(*(*output.shape[1:], 1, 1)[:3]):
            box = fields.box(key, *unit)
            gradient = seen_by(output[(0, *unit)[: output.ndim]], picture)
            touched = bounds(gradient) if gradient.any() else (0, 0, 0, 0)
            assert (box.top, box.left, box.bottom, box.right) == touched, (key, unit)
    assert fields.box("groups", 3, 9, 22) == Box(0, 0, 0, 0, ("bottom", "right"))  # nothing but padding


def test_a_box_says_over_which_sides_it_was_cut():
    """Three 3 × 3 convolutions with padding 1 see 7 × 7: worked by hand."""
    model = nn.Sequential(*[nn.Conv2d(1, 1, 3, padding=1) for _ in range(3)])
    fields = ReceptiveFields(record_trace(model, torch.rand(1, 1, 9, 11)))
    assert fields.box("2", 0, 4, 5) == Box(1, 2, 8, 9, ())
    assert fields.box("2", 0, 2, 5) == Box(0, 2, 6, 9, ("top",))
    assert fields.box("2", 0, 3, 5) == Box(0, 2, 7, 9, ())
    assert fields.box("2", 0, 8, 10) == Box(5, 7, 9, 11, ("bottom", "right"))
    assert fields.box("input", 0, 8, 10) == Box(8, 10, 9, 11, ())


def test_reflected_padding_is_no_edge_but_constant_padding_is():
    reflect = nn.Sequential(nn.ReflectionPad2d(1), nn.Conv2d(1, 1, 3))
    constant = nn.Sequential(nn.ZeroPad2d(1), nn.Conv2d(1, 1, 3))
    batch = torch.rand(1, 1, 9, 11)
    assert receptive_field(record_trace(reflect, batch), "1", 0, 0, 0) == Box(0, 0, 2, 2, ())
    assert receptive_field(record_trace(constant, batch), "1", 0, 0, 0) == Box(0, 0, 2, 2, ("top", "left"))


def test_a_table_for_the_browser_holds_the_boxes_of_all_units():
    torch.manual_seed(0)
    model = torchvision.models.resnet18(weights=None).eval()
    fields = ReceptiveFields(record_trace(model, torch.rand(1, 3, *SIZE)))
    table = fields.table("layer2.0.add")
    assert table.of.tolist() == [0] * 128
    assert table.rows.shape == (1, 13, 1, 4)
    assert table.columns.shape == (1, 1, 17, 4)
    for y, x in [(0, 0), (6, 8), (12, 16)]:
        box = fields.box("layer2.0.add", 5, y, x)
        top, bottom, *over_rows = table.rows[0, y, 0].tolist()
        left, right, *over_columns = table.columns[0, 0, x].tolist()
        assert (top, left, bottom, right) == (box.top, box.left, box.bottom, box.right)
        over = zip(("top", "bottom", "left", "right"), [*over_rows, *over_columns], strict=True)
        assert tuple(name for name, is_over in over if is_over) == box.clipped
    assert fields.table("fc").rows.tolist() == [[[[0, SIZE[0], 1, 1]]]]


def test_a_table_of_tokens_counts_as_their_tensor_does():
    fields = ReceptiveFields(record_trace(nn.Sequential(nn.Conv2d(3, 2, 3), nn.Flatten(2)), torch.rand(1, 3, 9, 11)))
    table = fields.table("1")  # (1, 2, 63): 7 rows of 9
    assert table.rows[0, 9 * 4 + 5, 0, :2].tolist() == [4, 7]
    assert table.columns[0, 9 * 4 + 5, 0, :2].tolist() == [5, 8]


def test_channels_of_different_branches_see_differently():
    class Branches(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.one, self.five = nn.Conv2d(3, 2, 1), nn.Conv2d(3, 3, 5, padding=2)

        def forward(self, x):
            return torch.cat([self.one(x), self.five(x)], 1)

    fields = ReceptiveFields(record_trace(Branches(), torch.rand(1, 3, 9, 11)))
    assert fields.box("cat", 1, 4, 5) == Box(4, 5, 5, 6, ())
    assert fields.box("cat", 2, 4, 5) == Box(2, 3, 7, 8, ())
    table = fields.table("cat")
    assert [table.rows[table.of[channel], 4, 0, :2].tolist() for channel in (1, 2)] == [[4, 5], [2, 7]]
    assert len(set(table.of.tolist())) == 2


def test_a_gate_lets_every_unit_see_everything():
    model = torchvision.ops.SqueezeExcitation(4, 2)
    fields = ReceptiveFields(record_trace(nn.Sequential(nn.Conv2d(3, 4, 1), model), torch.rand(1, 3, 9, 11)))
    assert fields.box("0", 1, 4, 5) == Box(4, 5, 5, 6, ())
    assert fields.box("1.mul", 1, 4, 5) == Box(0, 0, 9, 11, ())


def test_an_operation_without_a_rule_is_taken_to_see_everything_and_says_so():
    model = nn.Sequential(nn.Conv2d(3, 4, 1), nn.Softmin(1))
    box = receptive_field(record_trace(model, torch.rand(1, 3, 9, 11)), "1", 1, 4, 5)
    assert box == Box(0, 0, 9, 11, (), exact=False)


def test_a_unit_that_is_not_there_gets_a_sentence():
    trace = record_trace(nn.Conv2d(3, 2, 3), torch.rand(1, 3, 9, 11))
    with pytest.raises(ModelError, match="y 0 to 6, not 7"):
        receptive_field(trace, "(model)", 1, 7, 0)
