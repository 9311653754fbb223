"""Traced networks against torch: shapes of a real forward, its counters, gradients; and known answers."""

import itertools

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
import torchvision
from torch import nn
from torch.utils.flop_counter import FlopCounterMode
from torchvision.models.vision_transformer import VisionTransformer

from explorer.arithmetic.rules import Axis, length, refusal
from explorer.errors import ModelError, ShapeError
from explorer.models import build_model, model_names
from explorer.networks.catalogue import build_on_meta, network_names
from explorer.networks.loading import load_network
from explorer.networks.stacks import build_named_stack, build_stack
from explorer.stack.parsing import parse_stack
from explorer.stack.walking import walk
from explorer.summary.layers import summarise, summarise_network

SAMPLE = [
    "alexnet", "vgg16", "resnet18", "resnet50", "mobilenet_v3_small", "mobilenet_v3_large", "efficientnet_b0",
    "densenet121", "squeezenet1_1", "shufflenet_v2_x0_5", "googlenet", "inception_v3", "convnext_tiny",
]  # fmt: skip


def last_spatial(traced):
    return next(layer for layer in reversed(traced.layers) if len(layer.shape) == 3 and layer.shape[1] > 1)


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("alexnet", 61_100_840), ("vgg16", 138_357_544), ("resnet18", 11_689_512), ("resnet50", 25_557_032),
        ("mobilenet_v3_large", 5_483_032), ("efficientnet_b0", 5_288_548),
    ],
)  # fmt: skip
def test_known_parameters_at_a_thousand_classes(name, parameters):
    traced = summarise_network(name, 224, 224, num_classes=1000)
    assert traced.parameters == sum(layer.parameters for layer in traced.layers) == parameters
    weights = torchvision.models.get_model_weights(name)["IMAGENET1K_V1"]
    assert weights.meta["num_params"] == parameters
    assert traced.mult_adds / 1e9 == pytest.approx(weights.meta["_ops"], rel=0.01)  # torchvision's own figure


def test_known_answers():
    lenet = summarise_network("lenet5", 32, 32)
    assert lenet.parameters == 61_706
    vgg = summarise_network("vgg16", num_classes=1000)
    pools = [layer for layer in vgg.layers if layer.kind == "MaxPool2d"]
    assert pools[-1].receptive_field == (212, 212)
    resnet = summarise_network("resnet50", num_classes=1000)
    assert last_spatial(resnet).receptive_field == (427, 427)
    assert sum(layer.joins for layer in resnet.layers) == 16  # one addition a block
    assert next(layer.key for layer in resnet.layers if layer.joins) == "layer1.0.add"
    assert summarise_network("meesho", num_classes=6).parameters == 2_490_118


@pytest.mark.parametrize("name", SAMPLE)
def test_multiply_adds_are_half_of_torchs_flops(name):
    model, made_for = build_on_meta(name, 1000)
    shape = (3, made_for.height - 61, 321)
    traced = summarise(model, shape)
    with FlopCounterMode(display=False) as counter:
        model.eval()(torch.zeros(1, *shape, device="meta"))
    assert traced.mult_adds * 2 == counter.get_total_flops()


@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v3_small", "squeezenet1_1", "shufflenet_v2_x0_5"])
def test_shapes_are_those_of_a_real_forward(name):
    model = torchvision.models.get_model(name, weights=None).eval()
    seen = []
    for module in model.modules():
        if not list(module.children()):
            module.register_forward_hook(lambda _m, _i, output: seen.append(tuple(output.shape[1:])))
    with torch.no_grad():
        model(torch.zeros(1, 3, 97, 65))
    real = list(seen)  # the hooks run again where the network is traced
    traced = summarise(model, (3, 97, 65))
    modules = dict(model.named_modules())
    leaves = [layer for layer in traced.layers if layer.key.split(":")[0] in modules]
    assert [layer.shape for layer in leaves] == real
    assert len(real) > 20


@pytest.mark.parametrize("name", model_names())
def test_every_network_of_the_project_is_traced_at_its_own_size(name):
    model, made_for = build_on_meta(name, 7)
    traced = summarise(model, (made_for.channels, made_for.height, made_for.width))
    assert traced.layers[-1].shape == (7,)
    real = build_model(name, num_classes=7, in_channels=made_for.channels)
    assert traced.parameters == sum(p.numel() for p in real.parameters())


def test_most_of_torchvisions_classifiers_are_listed():
    names = network_names()
    assert len(names) > 50
    assert {"torchvision/alexnet", "torchvision/densenet201", "lenet5", "compact"} <= set(names)


@pytest.mark.sweep
@pytest.mark.parametrize("name", network_names())
def test_every_listed_network_is_traced(name):
    model, made_for = build_on_meta(name, 10)
    traced = summarise(model, (made_for.channels, made_for.height, made_for.width))
    assert traced.layers[-1].shape == (10,)
    assert all(max(layer.receptive_field) < 100_000 for layer in traced.layers)


class Branches(nn.Module):
    """A skip past two convolutions, a concatenation of unequal kernels, then a strided window."""

    def __init__(self):
        super().__init__()
        self.one = nn.Conv2d(1, 1, 3, padding=1)
        self.two = nn.Conv2d(1, 1, (5, 3), padding=(2, 1))
        self.wide = nn.Conv2d(1, 1, 7, padding=3)
        self.last = nn.Conv2d(2, 1, 3, stride=2)

    def forward(self, x):
        x = x + self.two(self.one(x))
        return self.last(torch.cat([x, self.wide(x)], 1))


def seen_rows(model, size, at):
    """Rows and columns that one unit of the last map depends on, by its gradient, with all weights one."""
    for parameter in model.parameters():
        nn.init.constant_(parameter, 1.0 if parameter.ndim > 1 else 0.0)
    picture = torch.zeros(1, 1, size, size, requires_grad=True)
    model(picture)[0, 0, at, at].backward()
    return [picture.grad[0, 0].abs().sum(axis).nonzero().flatten() for axis in (1, 0)]


def test_receptive_fields_through_branches_against_gradients():
    traced = summarise(Branches(), (1, 65, 65))
    fields = {layer.key: layer.receptive_field for layer in traced.layers}
    assert fields == {"one": (3, 3), "two": (7, 5), "add": (7, 5), "wide": (13, 11), "cat": (13, 11), "last": (15, 13)}
    rows, columns = seen_rows(Branches(), 65, 15)
    assert (int(rows[-1] - rows[0]) + 1, int(columns[-1] - columns[0]) + 1) == traced.layers[-1].receptive_field


def test_a_mean_over_the_picture_lets_a_unit_see_all_of_it():
    class Squeeze(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 4, 3, padding=1)
            self.pool = nn.AdaptiveAvgPool2d(1)
            self.after = nn.Conv2d(4, 4, 3, padding=1)

        def forward(self, x):
            x = self.conv(x)
            return self.after(x * torch.sigmoid(self.pool(x)))

    fields = {layer.key: layer.receptive_field for layer in summarise(Squeeze(), (3, 20, 30)).layers}
    assert fields["conv"] == (3, 3)
    assert fields["mul"] == (22, 32)  # the picture and its padding
    assert fields["after"] == (24, 34)


def test_a_chain_is_traced_as_the_stack_is_walked():
    text = """nn.Conv2d(3, 8, (3, 5), stride=(2, 1), padding=(1, 2))
nn.BatchNorm2d(8)
nn.ReLU()
nn.MaxPool2d(3, 2, padding=1, ceil_mode=True)
nn.Conv2d(8, 6, 3, padding='same', groups=2, dilation=2)
nn.ConvTranspose2d(6, 5, 3, stride=2, output_padding=1)
nn.AvgPool2d((3, 2))
nn.AdaptiveAvgPool2d((2, 3))
nn.Flatten()
nn.Linear(30, 4, bias=False)"""
    rows = walk(parse_stack(text), (3, 33, 41))
    model = nn.Sequential(*[eval(line, {"nn": nn}) for line in text.splitlines()])  # noqa: S307 - the text above
    traced = summarise(model, (3, 33, 41))
    columns = ("shape", "parameters", "mult_adds", "memory", "receptive_field")
    ours = [[getattr(row, name) for name in columns] for row in rows]
    assert [[getattr(layer, name) for name in columns] for layer in traced.layers] == ours


def test_shared_modules_count_their_parameters_once():
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 3, 3, padding=1)

        def forward(self, x):
            return self.conv(self.conv(x))

    traced = summarise(Twice(), (3, 8, 9))
    assert [(layer.key, layer.parameters) for layer in traced.layers] == [("conv", 84), ("conv:1", 0)]
    assert traced.parameters == 84


def test_tracing_leaves_the_network_alone():
    model = build_model("residual").train()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    modes = [module.training for module in model.modules()]
    summarise(model, (3, 33, 41))
    assert modes == [module.training for module in model.modules()]
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())
    assert not any(tensor.is_meta for tensor in model.state_dict().values())


def test_the_meta_device_accepts_what_a_cpu_accepts():
    """On every seventh setting of a grid; explorer.arithmetic, which is held against a CPU elsewhere, stands for it."""
    grid = itertools.product(range(1, 10), range(1, 6), range(1, 4), range(4), range(1, 4))
    for size, kernel_size, stride, padding, dilation in itertools.islice(grid, 0, None, 7):
        picture, kernel = torch.zeros(1, 1, size, size, device="meta"), (1, 1, kernel_size, kernel_size)
        weight = torch.zeros(kernel, device="meta")
        windows = {
            "conv": lambda: F.conv2d(picture, weight, None, stride, padding, dilation),  # noqa: B023 - used at once
            "max": lambda: F.max_pool2d(picture, kernel_size, stride, padding, dilation),  # noqa: B023
            "transposed": lambda: F.conv_transpose2d(picture, weight, None, stride, padding, 0, 1, dilation),  # noqa: B023
        }
        for kind, run in windows.items():
            axis = Axis(kind, size, kernel_size, stride, padding, dilation)
            try:
                given = run().shape[-1]
            except RuntimeError:
                given = None
            assert given == (None if refusal(axis) else length(axis)), axis


def test_what_does_not_fit_is_refused_with_the_layer():
    words = r"At 1 × 33 × 47 the layer fc1 was told in_features 400 but gets 640 features\. lenet5 was made for 1 × 32"
    with pytest.raises(ShapeError, match=words):
        summarise_network("lenet5", 33, 47)
    with pytest.raises(ShapeError, match=r"does not pass the network at features.*torchvision/alexnet was made for 3"):
        summarise_network("alexnet", 20, 20)
    with pytest.raises(ShapeError, match=r"does not pass the network: Wrong image height! Expected 32 but got 40\."):
        summarise(VisionTransformer(32, 8, 1, 1, 8, 8), (3, 40, 32))  # which asserts, where others leave it to torch
    with pytest.raises(ShapeError, match="whole numbers from 1 to 4096, not 100000"):
        summarise_network("resnet18", 100_000, 224)
    with pytest.raises(ModelError, match="no network 'resnet19'; there are meesho"):
        summarise_network("resnet19")
    with pytest.raises(ModelError, match="num_classes must be a whole number"):
        summarise_network("resnet18", num_classes=0)


def test_a_stack_becomes_a_network_with_its_shapes():
    layers = parse_stack("nn.Conv2d(3, 8, 3, padding=1)\nnn.ReLU(inplace=True)\nnn.Flatten()\nnn.Linear(616, 4)")
    model = build_stack(layers, (3, 7, 11))
    assert model(torch.zeros(2, 3, 7, 11)).shape == (2, 4)
    assert not model.training
    assert not model[1].inplace
    again = build_stack(layers, (3, 7, 11))
    assert all(torch.equal(a, b) for a, b in zip(model.state_dict().values(), again.state_dict().values(), strict=True))


def test_a_stack_that_does_not_fit_or_is_too_large_is_refused():
    with pytest.raises(ShapeError, match=r"nn.Linear\(9, 4\): nn.Linear was told in_features 9 but gets 48"):
        build_stack(parse_stack("nn.Flatten()\nnn.Linear(9, 4)"), (3, 4, 4))
    with pytest.raises(ModelError, match="has 77,070,336 parameters; up to 20,000,000 can be run here"):
        build_stack(parse_stack("nn.Flatten()\nnn.Linear(150528, 512, bias=False)"), (3, 224, 224))
    with pytest.raises(ModelError, match="mult-adds; up to"):
        build_stack(parse_stack("nn.Conv2d(3, 512, 9, padding=4)"), (3, 512, 512))


def test_a_stacks_name_is_enough_to_build_it():
    name = "stack:3x20x20:nn.Conv2d(3, 8, 3, padding=1);nn.BatchNorm2d(8);nn.ReLU();nn.Flatten();nn.Linear(3200, 4)"
    model, shape = build_named_stack(name)
    assert shape == (3, 20, 20)
    assert model(torch.zeros(2, 3, 20, 20)).shape == (2, 4)
    loaded = load_network(name)
    assert (loaded.trained, loaded.preprocessing.size, loaded.preprocessing.channels) == (False, 20, 3)
    for bad, error, words in [
        ("stack:3x20:nn.ReLU()", ModelError, "A stack's name reads stack:3x32x32"),
        ("stack:3x20x20:" + "nn.ReLU();" * 500, ModelError, "at most 4,000 characters"),
        ("stack:3x20x20:nn.Conv2d(1, 2, 3)", ShapeError, "was told in_channels 1 but gets 3"),
        ("stack:3x20x20:__import__('os')", ShapeError, "is not a layer of torch.nn|is not among"),
    ]:
        with pytest.raises(error, match=words):
            build_named_stack(bad)
    with pytest.raises(ModelError, match="square pictures of 1 or 3 channels, not 3 × 20 × 30"):
        load_network("stack:3x20x30:nn.Conv2d(3, 8, 3)")


MIXING = {
    "cumsum": lambda x: x.cumsum(-1),
    "flip": lambda x: x.flip(-1),
    "roll": lambda x: torch.roll(x, 3, -2),
    "spatial softmax": lambda x: x.softmax(-1),
    "softmax over all": lambda x: x.flatten(2).softmax(2).view_as(x),
    "instance norm": F.instance_norm,
    "group norm": lambda x: F.group_norm(x, 2),
    "layer norm over the map": lambda x: F.layer_norm(x, x.shape[1:]),
    "sort": lambda x: x.sort(-2).values,
    "product of maps": lambda x: x @ x.transpose(-1, -2) @ x,
}
KEEPING = {
    "softmax over channels": lambda x: x.softmax(1),
    "batch norm": lambda x: F.batch_norm(x, torch.zeros(4), torch.ones(4)),
    "normalised over channels": lambda x: F.normalize(x, dim=1),
    "channels last": lambda x: F.layer_norm(x.permute(0, 2, 3, 1), (4,)).permute(0, 3, 1, 2),
    "gate of its own": lambda x: x * x.sigmoid(),
    "shuffle": lambda x: x.view(1, 2, 2, *x.shape[2:]).transpose(1, 2).reshape(x.shape),
}


class Between(nn.Module):
    """Something between two convolutions."""

    def __init__(self, function):
        super().__init__()
        self.first, self.last = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1)
        self.function = function

    def forward(self, x):
        return self.last(self.function(self.first(x)))


def reached(network, side):
    """Rows and columns of the picture that the middle number of the output depends on, by autograd in float64."""
    picture = torch.rand(1, 3, side, side, dtype=torch.float64, requires_grad=True)
    network.double().eval()(picture)[0, :, side // 2, side // 2].sum().backward()
    seen = picture.grad[0].abs().sum(0) > 0
    return tuple(int(places.nonzero().max() - places.nonzero().min()) + 1 for places in (seen.any(1), seen.any(0)))


@pytest.mark.parametrize("name", [*MIXING, *KEEPING])
def test_what_mixes_places_of_equal_maps_is_seen_to(name):
    side = 16
    torch.manual_seed(3)
    function = {**MIXING, **KEEPING}[name]
    field = summarise(Between(function).eval(), (3, side, side)).layers[-1].receptive_field
    right = reached(Between(function), side) if name != "batch norm" else (5, 5)
    assert all(mine >= true for mine, true in zip(field, right, strict=True)), (field, right)
    if name in KEEPING:
        assert tuple(field) == (5, 5) == right
