"""Networks that reach their modules in other ways than as submodules: each shows this picture, and none is changed."""

import copy
import functools
import weakref

import pytest
import torch
from torch import nn

from explorer.activations import record
from explorer.activations.borrowing import computed
from explorer.activations.shadow import shadow
from explorer.activations.tracer import record_trace
from explorer.summary.layers import summarise


class Base(nn.Module):
    """A convolution, a batch norm and a head; subclasses call the first two in their own way."""

    def __init__(self) -> None:
        super().__init__()
        self.c, self.b, self.fc, self.kept = nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Linear(4, 3), None

    def features(self, x):
        return self.b(self.c(x))

    def forward(self, x):
        return self.fc(self.features(x).relu().mean((2, 3)))


class KeepsBy(Base):
    """A hook keeps the features that the forward reads afterwards."""

    def __init__(self, way: str) -> None:
        super().__init__()
        box = {"of": self}

        def keep(_module, _inputs, output):
            self.kept = output

        def keep_in_box(_module, _inputs, output):
            box["of"].kept = output

        def keep_for(network, _module, _inputs, output):
            network.kept = output

        seen = weakref.ref(self)
        hooks = {
            "closure": keep,
            "closure over a dict": keep_in_box,
            "partial": functools.partial(keep_for, self),
            "method": self.keep,
            "weak reference": lambda _module, _inputs, output: setattr(seen(), "kept", output),
        }
        self.b.register_forward_hook(hooks[way])

    def keep(self, _module, _inputs, output):
        self.kept = output

    def features(self, x):
        self.b(self.c(x))
        return self.kept


WAYS = ("closure", "closure over a dict", "partial", "method", "weak reference")


class Reaches(Base):
    def __init__(self, way: str) -> None:
        super().__init__()
        convolution, norm = self.c, self.b
        self.blocks = {
            "pairs": [(convolution, norm)],
            "dicts": {"first": {"second": [convolution, norm]}},
            "closure": lambda x: norm(convolution(x)),
            "partial": functools.partial(lambda one, other, x: other(one(x)), convolution, norm),
            "weak": [weakref.ref(convolution), weakref.ref(norm)],
        }[way]
        self._private = [convolution, norm]
        self.way = way

    def features(self, x):
        if self.way in {"closure", "partial"}:
            return self.blocks(x)
        steps = {
            "pairs": lambda: self.blocks[0],
            "dicts": lambda: self.blocks["first"]["second"],
            "weak": lambda: [one() for one in self.blocks],
        }[self.way]()
        for step in steps:
            x = step(x)
        return x


def check(build) -> None:
    torch.manual_seed(3)
    network = build()
    network(torch.randn(2, 3, 19, 23))  # statistics of its own
    network.eval()
    pictures = [torch.rand(1, 3, 19, 23) + shift for shift in (0.0, 0.7, -0.7)]
    with torch.no_grad():
        answers = [network(picture) for picture in pictures]
    network.train()
    before = copy.deepcopy(network.state_dict())
    for picture, right in zip([*pictures, pictures[0]], [*answers, answers[0]], strict=True):
        for names in (None, ["fc"]):
            found = {one.key: one.output for one in record(network, picture, names)}
            assert torch.equal(found["fc"], right)
        assert {"c", "b", "fc"} <= {one.key for one in record(network, picture)}
        trace = record_trace(network, picture)
        assert torch.equal(trace.tensor(trace.output), right)
        assert not trace.never_reached
    assert all(torch.equal(value, before[key]) for key, value in network.state_dict().items())
    assert all(module.training for module in network.modules())


@pytest.mark.parametrize("way", WAYS)
def test_a_hook_that_keeps_features_shows_this_picture(way):
    check(lambda: KeepsBy(way))


@pytest.mark.parametrize("way", ["pairs", "dicts", "closure", "partial", "weak"])
def test_modules_are_reached_and_never_changed(way):
    check(lambda: Reaches(way))


def test_a_graph_module_is_recorded_layer_by_layer():
    torch.manual_seed(0)
    plain = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU()).eval()
    network, picture = torch.fx.symbolic_trace(plain), torch.rand(1, 3, 9, 11)
    assert [one.kind for one in record(network, picture)] == ["Conv2d", "BatchNorm2d", "ReLU"]
    trace = record_trace(network, picture)
    assert torch.equal(trace.tensor(trace.output), plain(picture))


def test_padding_and_crops_leave_a_window_its_size():
    class Crops(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.c, self.d = nn.Conv2d(3, 4, 3), nn.Conv2d(4, 2, 3)

        def forward(self, x):
            return self.d(self.c(x)[:, :, 1:-1, 2:])

    fields = [layer.receptive_field for layer in summarise(Crops().eval(), (3, 32, 32)).layers]
    assert fields[-1] == (5, 5)
    for padded in (nn.ZeroPad2d((1, 2, 0, 1)), nn.ReflectionPad2d(2), nn.ReplicationPad2d((0, 1, 1, 0))):
        layers = summarise(nn.Sequential(padded, nn.Conv2d(3, 4, 3)).eval(), (3, 32, 32)).layers
        assert layers[-1].receptive_field == (3, 3)


def test_what_two_attributes_share_stays_shared():
    network = Base().eval()
    network.steps = network.again = [network.c, network.b]
    twin = shadow(network)
    assert twin.steps is twin.again
    assert [id(one) for one in twin.steps] == [id(twin.c), id(twin.b)]
    assert twin.c is not network.c


def test_a_compiled_network_is_opened_by_its_original():
    torch.manual_seed(0)
    inner, picture = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU()).eval(), torch.rand(1, 3, 9, 11)
    network = nn.Sequential(torch.compile(inner, backend="eager"), nn.Flatten()).eval()
    assert [(one.key, one.kind) for one in record(network, picture)] == [
        ("0.0", "Conv2d"), ("0.1", "ReLU"), ("1", "Flatten"),
    ]  # fmt: skip
    trace = record_trace(network, picture)
    assert torch.equal(trace.tensor(trace.output), inner(picture).flatten(1))


class PutIn(Base):
    """A layer of torch's whose forward was replaced by one that keeps what it gave."""

    def __init__(self) -> None:
        super().__init__()
        given, run = {}, self.c.forward
        self.c.forward = lambda x: given.setdefault("of", []).append(run(x))
        self.given = given

    def features(self, x):
        self.c(x)
        return self.b(self.given["of"].pop())


class InAList(Base):
    """Calls a batch norm that is no submodule, so that eval() does not reach it."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = [[nn.BatchNorm2d(4)]]

    def features(self, x):
        return self.blocks[0][0](self.c(x))


@pytest.mark.parametrize("build", [PutIn, InAList])
def test_an_answer_alone_and_a_few_layers_are_those_of_the_whole_record(build):
    torch.manual_seed(3)
    network = build().eval()
    for module in [one for held in getattr(network, "blocks", []) for one in held]:
        nn.init.uniform_(module.running_mean)
    kept = copy.deepcopy(getattr(network, "blocks", [[network.b]])[0][0].state_dict())
    for picture in [torch.rand(1, 3, 19, 23) + shift for shift in (0.0, 0.7, 0.0)]:
        whole = {one.key: one.output for one in record(network, picture)}["fc"]
        trace = record_trace(network, picture)
        with torch.no_grad():
            features = nn.functional.conv2d(picture, network.c.weight, network.c.bias)
            mean, deviation = kept["running_mean"], (kept["running_var"] + 1e-5).sqrt()
            norm = (features - mean[:, None, None]) / deviation[:, None, None]
            right = network.fc(norm.relu().mean((2, 3)))
            assert torch.allclose(whole, right, atol=1e-5)
            assert torch.equal(trace.tensor(trace.output), whole)
            assert torch.equal(record(network, picture, ["fc"])[0].output, whole)
            assert torch.equal(computed(network, picture), whole)
    for key, value in getattr(network, "blocks", [[network.b]])[0][0].state_dict().items():
        assert torch.equal(value, kept[key])
