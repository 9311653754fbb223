"""What torch made of a network: opened layer by layer, or refused in one sentence that says what to give instead."""

import copy

import pytest
import torch
from torch import nn
from torch.nn import functional
from torchvision.models import resnet18
from torchvision.models.feature_extraction import create_feature_extractor

from explorer.activations import record
from explorer.activations.borrowing import computed, own_copy
from explorer.activations.tracer import record_trace
from explorer.errors import ModelError
from explorer.networks.loading import made_ready
from explorer.networks.own_code import as_it_is
from explorer.receipts.opening import open_traced

PICTURE = torch.rand(1, 3, 19, 23, generator=torch.Generator().manual_seed(0)) - 0.3


class Own(nn.Module):
    """Modules, functions and work in place between them."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.c, self.b, self.d, self.fc = nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Conv2d(4, 4, 1), nn.Linear(4, 3)
        self.act = nn.ReLU(inplace=True)

    def forward(self, x):
        y = self.act(self.b(self.c(x)))
        z = self.d(y)
        z += y
        z = functional.relu(z, inplace=True)
        return self.fc(torch.cat([z, y.mul_(2)], 2).mean((2, 3)))


def exported():
    return torch.export.export(Own().eval(), (PICTURE,)).module()


def unflattened():
    return torch.export.unflatten(torch.export.export(Own().eval(), (PICTURE,)))


def on_meta():
    return Own().eval().to("meta")


def lazy():
    return nn.Sequential(nn.LazyConv2d(4, 3), nn.Flatten()).eval()


def dynamic():
    return torch.ao.quantization.quantize_dynamic(Own().eval(), {nn.Linear}, dtype=torch.qint8)


class Quantizable(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.q, self.d = torch.ao.quantization.QuantStub(), torch.ao.quantization.DeQuantStub()
        self.c, self.fc = nn.Conv2d(3, 4, 3), nn.Linear(4, 3)

    def forward(self, x):
        return self.fc(self.d(self.c(self.q(x))).mean((2, 3)))


def static():
    network = Quantizable().eval()
    network.qconfig, network.fc.qconfig = torch.ao.quantization.default_qconfig, None
    network = torch.ao.quantization.prepare(network)
    network(PICTURE)
    return torch.ao.quantization.convert(network)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("build", "words"),
    [
        (exported, "exported by torch.export.*give the network that it was exported from"),
        (unflattened, "exported by torch.export.*give the network that it was exported from"),
        (on_meta, r"c\.weight has no numbers yet.*give it after"),
        (lazy, r"weight has no numbers yet.*give it after"),
        (dynamic, "fc is a quantized Linear.*give the network as it was before"),
        (static, "quantized.*give the network as it was before"),
    ],
)
def test_what_has_no_layers_any_more_is_refused_at_the_start_and_everywhere(build, words):
    network = build()
    for inside in (network, nn.Sequential(network, nn.Flatten())):
        for run in (made_ready, as_it_is, record, record_trace):
            with pytest.raises(ModelError, match=words):
                run(inside, PICTURE if run in {record, record_trace} else "name")


SCRIPTS = {
    "script": torch.jit.script,
    "trace": lambda network: torch.jit.trace(network, PICTURE),
    "freeze": lambda network: torch.jit.freeze(torch.jit.script(network)),
}


@pytest.mark.filterwarnings("ignore")
def test_a_scripted_network_is_refused_at_the_start_and_a_scripted_part_is_one_step():
    for script in SCRIPTS.values():
        with pytest.raises(ModelError, match=r"torch\.jit.*give the network as it was before"):
            made_ready(script(Own().eval()), "name")
        with pytest.raises(ModelError, match=r"torch\.jit.*give the network as it was before"):
            as_it_is(script(Own().eval()), "name")
        network = nn.Sequential(script(Own().eval()), nn.Softmax(1))
        right = network(PICTURE)
        trace = record_trace(network, PICTURE)
        assert torch.equal(trace.tensor(trace.output), right)
        assert trace.keys() == ["input", "0", "1"]
        assert torch.equal(computed(network, PICTURE), right)
        assert torch.equal(record(network, PICTURE, ["1"])[0].output, right)


@pytest.mark.filterwarnings("ignore")
def test_a_scripted_part_in_training_mode_runs_in_evaluation_mode_and_is_left_as_it_was():
    part = torch.jit.script(nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Dropout(0.9)))
    network = nn.Sequential(part, nn.Flatten())
    right = network.eval()(PICTURE)
    before = copy.deepcopy(network.train().state_dict())
    for run in (record, record_trace):
        found = run(network, PICTURE)
        assert torch.equal(found[-1].output if run is record else found.tensor("1"), right)
    assert part.training
    assert all(torch.equal(value, before[key]) for key, value in network.state_dict().items())


def with_forward_compiled(network):
    network.forward = torch.compile(network.forward, backend="eager")
    return network


def with_function_compiled(network):
    network.act.forward = torch.compile(lambda x: functional.relu(x, inplace=True), backend="eager")
    return network


def with_part_compiled(network):
    network.b = torch.compile(network.b, backend="eager")
    return network


BUILT = {
    "its forward compiled": with_forward_compiled,
    "a function compiled": with_function_compiled,
    "a part compiled": with_part_compiled,
    "traced by fx": torch.fx.symbolic_trace,
    "compiled": lambda network: torch.compile(network, backend="eager"),
    "traced, then compiled": lambda network: torch.compile(torch.fx.symbolic_trace(network), backend="eager"),
}


@pytest.mark.parametrize("way", BUILT)
@pytest.mark.parametrize("training", [False, True])
def test_what_fx_or_compile_made_opens_as_its_original_does(way, training):
    plain = Own()
    plain(torch.randn(2, 3, 19, 23))
    right = record_trace(plain, PICTURE)
    network = BUILT[way](plain.train(training))
    before = copy.deepcopy(network.state_dict())
    trace = record_trace(network, PICTURE)
    assert torch.equal(trace.tensor(trace.output), right.tensor(right.output))
    if not training:
        with torch.no_grad():
            assert torch.equal(computed(network, PICTURE), right.tensor(right.output))
    for one, other in zip(trace.nodes, right.nodes, strict=True):
        assert (one.operation, one.shape) == (other.operation, other.shape)
        assert torch.equal(trace.output_of(one), right.output_of(other))
    assert [one.kind for one in record(network, PICTURE)] == ["Conv2d", "BatchNorm2d", "ReLU", "Conv2d", "Linear"]
    for node in trace.nodes[1:]:
        receipt = open_traced(trace, node.key, *[0] * (len(node.shape) - 1))
        assert receipt.covered, node.key
        assert receipt.agrees, node.key
    assert all(torch.equal(value, before[key]) for key, value in network.state_dict().items())


@pytest.mark.parametrize("training", [False, True])
def test_a_feature_extractor_gives_its_networks_layers(training):
    torch.manual_seed(0)
    network = resnet18(weights=None).train(training)
    extractor = create_feature_extractor(network, {"layer1": "early", "layer2.0.relu_1": "later", "flatten": "last"})
    extractor.train(training)
    picture = torch.randn(1, 3, 64, 48)
    right = {one.key: one.output for one in record(network, picture)}
    records = record(extractor, picture)
    assert len(records) > 50
    for one in records:
        assert torch.equal(one.output, right[one.key]), one.key
    trace = record_trace(extractor, picture)
    whole = record_trace(network, picture)
    assert torch.equal(trace.tensor("flatten"), whole.tensor("flatten"))
    assert torch.equal(trace.tensor("layer2.0.relu:1"), right["layer2.0.relu:1"])
    copied = own_copy(extractor, picture)
    assert not copied.training
    assert torch.equal(copied(picture)["last"], trace.tensor("flatten"))
    assert extractor.training == training
