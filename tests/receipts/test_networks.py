"""Receipts of random units of whole networks."""

import random
import statistics

import pytest
import torch
import torchvision
from torch import nn

from explorer.activations.tracer import Trace, record_trace
from explorer.models import model_names
from explorer.networks.batch_norm import set_statistics
from explorer.networks.building import blueprint, build
from tests.receipts.checks import checked, openable, path_to_the_picture

SIZE = (97, 131)
SAMPLE = (
    "resnet18", "mobilenet_v3_small", "shufflenet_v2_x0_5", "squeezenet1_1", "convnext_tiny", "densenet121",
    "googlenet",
)  # fmt: skip
OFTEN = (
    "alexnet", "convnext_tiny", "convnext_small", "densenet121", "densenet169", "efficientnet_b0", "efficientnet_b3",
    "efficientnet_v2_s", "googlenet", "inception_v3", "mnasnet0_5", "mnasnet1_3", "mobilenet_v2", "mobilenet_v3_large",
    "mobilenet_v3_small", "regnet_x_400mf", "regnet_y_400mf", "regnet_y_3_2gf", "resnet18", "resnet50",
    "resnext50_32x4d", "shufflenet_v2_x0_5", "shufflenet_v2_x2_0", "squeezenet1_0", "squeezenet1_1", "vgg11", "vgg16",
    "vgg16_bn", "wide_resnet50_2",
)  # fmt: skip
OPERATIONS = """
    conv2d linear batch_norm layer_norm permute relu silu hardswish hardsigmoid sigmoid gelu max_pool2d avg_pool2d
    adaptive_avg_pool2d dropout identity flatten add cat mul mean chunk hardtanh view transpose
    """.split()  # noqa: SIM905 -- twenty-five quoted words read worse; hardtanh is what nn.ReLU6 calls


def words(name: str) -> set[str]:
    return set(name.replace("maxvit", "vit").split("_"))


def traced(name: str) -> Trace:
    torch.manual_seed(0)
    model = torchvision.models.get_model(name, weights=None).eval()
    set_statistics(model, torch.randn(4, 3, *SIZE))
    return record_trace(model, torch.randn(1, 3, *SIZE))


def random_unit(trace: Trace, chance: random.Random) -> tuple:
    node = chance.choice(openable(trace))
    sizes = (*node.shape[1:], 1, 1, 1)[:3]
    return node, tuple(chance.randrange(size) for size in sizes)


def check_units(trace: Trace, count: int) -> set[str]:
    chance = random.Random(1)
    units = [random_unit(trace, chance) for _ in range(count)]
    values = [abs(float(trace.output_of(node)[(0, *unit)[: len(node.shape)]])) for node, unit in units]
    assert 1e-3 < statistics.median(values) < 1e3
    return {checked(trace, node, unit).operation for node, unit in units}


@pytest.mark.filterwarnings("ignore:The default weight initialization of GoogleNet")
@pytest.mark.parametrize("name", SAMPLE)
def test_random_units_add_up_and_a_logit_leads_down_to_the_picture(name):
    trace = traced(name)
    check_units(trace, 40)
    path = path_to_the_picture(trace, 3)
    assert path[-1] == "input"
    assert len(path) > 10


@pytest.mark.parametrize("name", model_names())
def test_random_units_of_the_projects_own_networks_add_up(name):
    side, channels = blueprint(name).preprocessing.size, blueprint(name).in_channels
    model = build(name)
    if any(isinstance(module, nn.BatchNorm2d) for module in model.modules()):
        set_statistics(model, torch.randn(3, channels, side, side))
    trace = record_trace(model, torch.randn(1, channels, side, side))
    check_units(trace, 30)
    assert path_to_the_picture(trace, 0)[-1] == "input"


@pytest.mark.sweep
@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("name", OFTEN)
def test_two_hundred_units_of_many_networks(name):
    trace = traced(name)
    check_units(trace, 200)
    assert path_to_the_picture(trace, 3)[-1] == "input"


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:The default weight initialization of GoogleNet")
def test_the_networks_of_the_sweep_contain_every_operation():
    small = ("alexnet", "convnext_tiny", "mobilenet_v2", "mobilenet_v3_small", "shufflenet_v2_x0_5", "efficientnet_b0",
             "googlenet", "densenet121")  # fmt: skip
    assert set(small) <= set(OFTEN)
    assert len(OFTEN) >= 20
    assert set(OPERATIONS) <= {node.operation for name in small for node in traced(name).nodes}


@pytest.mark.sweep
@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize(
    "name",
    [
        name
        for name in torchvision.models.list_models(module=torchvision.models)
        if "vit" not in name and "swin" not in name
    ],
)
def test_a_few_units_of_every_convolutional_network_of_torchvision(name):
    trace = traced(name)
    check_units(trace, 20)
    assert path_to_the_picture(trace, 3)[-1] == "input"
