"""The networks: known parameter counts, shapes at line ends, nothing in place or reused, a check at construction."""

import ast
import inspect
import re
from pathlib import Path

import pytest
import torch
from torch import nn

from explorer.errors import ModelError, ShapeError
from explorer.models import build_model, model_names, registry
from explorer.models.compact import CompactNet
from explorer.models.dimensions import check_dimensions
from explorer.models.registry import register
from explorer.models.residual import ResidualBlock
from explorer.models.torchvision_networks import NAMES, build_pretrained, pretrained_preprocessing

FOLDER = Path(inspect.getfile(registry)).parent
COUNTS = {  # derived by hand: (kernel + bias) x filters, 2 a batch-norm channel, (inputs + 1) x outputs
    ("meesho", 6, 3): 2_490_118,
    ("meesho_3", 6, 3): 619_782,
    ("forge", 10, 3): 409_418,
    ("simple", 10, 3): 620_810,
    ("simple_two_layer", 10, 3): 268_650,
    ("simple_gap", 10, 3): 129_290,
    ("cifar10_cnn", 10, 3): 3_249_994,
    ("lenet5", 10, 1): 61_706,
    # those of EfficientNet-Lite again, from its table, in test_efficientnet_lite.py
    ("efficientnet_lite0", 1000, 3): 4_652_008,
    ("efficientnet_lite1", 1000, 3): 5_416_680,
    ("efficientnet_lite2", 1000, 3): 6_092_072,
}
TRAINED_AT = {"lenet5": 32, "simple": 32, "simple_two_layer": 32, "cifar10_cnn": 32}


def parameters(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


@pytest.mark.parametrize(("network", "count"), COUNTS.items(), ids=[key[0] for key in COUNTS])
def test_parameter_counts_are_those_derived_by_hand(network, count):
    name, num_classes, in_channels = network
    assert parameters(build_model(name, num_classes, in_channels)) == count


def test_the_registered_names_are_the_promised_ones():
    promised = "meesho meesho_3 forge simple simple_two_layer simple_gap cifar10_cnn lenet5 residual compact "
    promised += "efficientnet_lite0 efficientnet_lite1 efficientnet_lite2"
    assert model_names() == promised.split()


@pytest.mark.parametrize("name", model_names())
@pytest.mark.parametrize(("num_classes", "in_channels"), [(1, 1), (7, 3), (10, 2)])
def test_logits_have_the_asked_for_length(name, num_classes, in_channels):
    model = build_model(name, num_classes, in_channels).eval()
    with torch.no_grad():
        logits = model(torch.rand(2, in_channels, TRAINED_AT.get(name, 48), TRAINED_AT.get(name, 48)))
    assert logits.shape == (2, num_classes)


@pytest.mark.parametrize(
    "name", ["meesho", "meesho_3", "forge", "simple_gap", "residual", "compact", "efficientnet_lite1"]
)
def test_networks_with_adaptive_pooling_take_odd_unequal_sizes(name):
    with torch.no_grad():
        assert build_model(name, 4).eval()(torch.rand(1, 3, 35, 51)).shape == (1, 4)


@pytest.mark.parametrize("name", model_names())
def test_no_module_is_in_place_or_called_twice(name):
    model = build_model(name).eval()
    calls = []
    for key, module in model.named_modules():
        assert not getattr(module, "inplace", False), key
        if not list(module.children()):
            module.register_forward_hook(lambda *_, key=key: calls.append(key))
    side = TRAINED_AT.get(name, 48)
    with torch.no_grad():
        model(torch.rand(1, 3, side, side))
    assert calls
    assert len(calls) == len(set(calls))
    leaves = {key for key, module in model.named_modules() if not list(module.children())}
    assert leaves == set(calls)


def documented_shapes() -> list[tuple[str, str, list[tuple[str, str]]]]:
    """(class, size, [(attribute, shape)]) from the comments at the ends of the lines of every forward."""
    found = []
    for path in sorted(FOLDER.glob("*.py")):
        source = path.read_text()
        for node in ast.parse(source).body:
            if not isinstance(node, ast.ClassDef):
                continue
            text = ast.get_source_segment(source, node) or ""
            lines = re.findall(r"(?:x =|return) self\.(\w+)\(x\)  # \((N, [^)]*)\)", text)
            size = re.search(r"in_channels, 32, 32\)|H = W = (\d+)", text)
            if lines:
                found.append((node.name, size.group(1) or "32" if size else "", lines))
    return found


@pytest.mark.parametrize(("class_name", "size", "lines"), documented_shapes(), ids=lambda value: str(value)[:12])
def test_shapes_at_line_ends_are_what_comes_out(class_name, size, lines):
    # a family that is written down once, such as EfficientNet-Lite, stands for its first
    builders = {base.__name__: builder for builder in reversed(registry._BUILDERS.values()) for base in builder.__mro__}
    model = builders[class_name](num_classes=9, in_channels=3).eval()
    shapes = {}
    for key, module in model.named_children():
        module.register_forward_hook(lambda _m, _i, output, key=key: shapes.update({key: tuple(output.shape)}))
    with torch.no_grad():
        model(torch.rand(5, 3, int(size), int(size)))
    for attribute, shape in lines:
        words = shape.replace("N", "5").replace("num_classes", "9").split(", ")
        assert shapes[attribute] == tuple(int(word) for word in words), attribute


def test_every_network_documents_its_shapes():
    documented = {name for name, _, _ in documented_shapes()}
    builders = list(registry._BUILDERS.values())
    assert len(builders) >= 13
    assert [builder for builder in builders if not documented & {base.__name__ for base in builder.__mro__}] == []


@pytest.mark.parametrize("name", [None, 3, ["meesho"]])
def test_a_name_that_is_none_is_a_sentence(name):
    with pytest.raises(ModelError, match=r"no network named .*; the known ones are meesho"):
        build_model(name)


def test_networks_for_one_size_say_so():
    assert {name: registry.fixed_size(name) for name in model_names() if registry.fixed_size(name)} == TRAINED_AT
    assert registry.fixed_size("torchvision/resnet18") is None


def test_unknown_name_lists_the_known_ones():
    with pytest.raises(ModelError, match=r"no network named 'resnet'; the known ones are meesho, .*compact"):
        build_model("resnet")


def test_second_registration_of_a_name_raises():
    with pytest.raises(ModelError, match="'meesho' is registered already"):
        register("meesho")(CompactNet)


@pytest.mark.parametrize(
    "arguments", [{"num_classes": 0}, {"in_channels": -1}, {"num_classes": 2.5}, {"num_classes": True}]
)
def test_counts_that_make_no_sense_are_refused(arguments):
    with pytest.raises(ModelError, match="a whole number of at least 1 is needed"):
        build_model("meesho", **arguments)


def test_unknown_argument_is_a_sentence():
    with pytest.raises(ModelError, match="'lenet5' cannot be built with"):
        build_model("lenet5", depth=3)


@pytest.mark.parametrize(
    ("name", "expected", "given"),
    [("simple", 2048, 6272), ("simple_two_layer", 2048, 6272), ("cifar10_cnn", 4096, 12544)],
)
def test_a_size_that_does_not_fit_names_the_layer_and_both_numbers(name, expected, given):
    with pytest.raises(ShapeError, match=f"'fc1' has in_features={expected} but gets {given}"):
        build_model(name, input_size=56)


def test_wrong_channels_are_named_too():
    model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.Conv2d(4, 8, 3), nn.Flatten())
    with pytest.raises(ShapeError, match="'1' has in_channels=4 but gets 8"):
        check_dimensions(model, 3, 16, 10)


def test_dimension_check_leaves_no_hook_and_no_changed_mode():
    model = build_model("meesho").train()
    model.block2.eval()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    check_dimensions(model, 3, 32, 10)
    assert not any(module._forward_pre_hooks for module in model.modules())
    assert model.training
    assert not model.block2.training
    assert all(torch.equal(before[key], value) for key, value in model.state_dict().items())
    with pytest.raises(ShapeError, match=r"'block1.conv' has in_channels=3 but gets 1"):
        check_dimensions(model, 1, 32, 10)
    assert not any(module._forward_pre_hooks for module in model.modules())


def test_logits_of_compact_are_exact_sums_over_the_last_maps():
    model = build_model("compact", 5).eval()
    maps = {}
    model.stage4.register_forward_hook(lambda _m, _i, output: maps.update(last=output.double()))
    with torch.no_grad():
        logits = model(torch.rand(1, 3, 70, 52))[0].double()
        means = maps["last"][0].mean((1, 2))
        by_hand = [float((model.fc.weight[i].double() * means).sum() + model.fc.bias[i]) for i in range(5)]
    assert logits.tolist() == pytest.approx(by_hand, abs=1e-5)


def test_compact_as_float16_fits_into_ten_million_bytes():
    assert 2 * parameters(build_model("compact", 40)) < 9_900_000


@pytest.mark.parametrize("arguments", [{"widths": [8, 8, 8]}, {"depths": [1, 0, 1, 1]}, {"widths": [8.5, 8, 8, 8]}])
def test_compact_refuses_widths_and_depths_that_are_not_four_numbers(arguments):
    with pytest.raises(ModelError, match="compact needs four whole numbers"):
        build_model("compact", **arguments)


def test_residual_without_skips_is_the_plain_stack():
    with_skips, without = build_model("residual"), build_model("residual", skips=False)
    assert parameters(with_skips) == 175_258
    assert parameters(without) == 172_506
    block = ResidualBlock(4, 4).eval()
    plain = ResidualBlock(4, 4, skip=False).eval()
    plain.load_state_dict(block.state_dict())
    x = torch.rand(2, 4, 7, 9)
    with torch.no_grad():
        before = block.bn2(block.conv2(block.relu1(block.bn1(block.conv1(x)))))
        assert torch.equal(block(x), (before + x).relu())
        assert torch.equal(plain(x), before.relu())


@pytest.mark.parametrize("name", NAMES)
def test_torchvision_networks_get_a_head_and_hookable_activations(name):
    with torch.device("meta"):  # shapes without the memory of VGG-16
        model = build_pretrained(name, 7)
        logits = model.eval()(torch.empty(1, 3, 224, 224))
    assert logits.shape == (1, 7)
    assert not any(getattr(module, "inplace", False) for module in model.modules())
    assert pretrained_preprocessing(name).mode == "crop"


def test_torchvision_is_built_by_the_same_function():
    assert build_model("torchvision/mobilenet_v3_large", 3)(torch.rand(2, 3, 64, 64)).shape == (2, 3)
    with pytest.raises(
        ModelError, match=r"no torchvision network 'torchvision/lenet' here; there are torchvision/alexnet"
    ):
        build_model("torchvision/lenet")
    with pytest.raises(ModelError, match="takes pictures of 3 channels, not 1"):
        build_model("torchvision/resnet18", in_channels=1)


def test_torchvision_preprocessing_is_that_of_the_weights():
    found = pretrained_preprocessing("torchvision/resnet50")
    assert (found.size, found.resize, found.interpolation) == (224, 232, "bilinear")
    assert found.mean == (0.485, 0.456, 0.406)
