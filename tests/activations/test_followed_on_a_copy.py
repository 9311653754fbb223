"""Ways in which a network is held or called that a copy cannot follow, or could follow wrongly."""

import collections
import copy
import functools
import types
import weakref

import pytest
import torch
from torch import nn
from torch.nn import functional

from explorer.activations import record
from explorer.activations.borrowing import computed
from explorer.activations.tracer import record_trace
from explorer.receipts.opening import open_traced

PICTURES = [torch.rand(1, 3, 9, 11, generator=torch.Generator().manual_seed(seed)) - 0.3 for seed in (0, 1)]


class Held(nn.Module):
    """Calls its modules through whatever `hold` puts them into."""

    def __init__(self, hold, get) -> None:
        super().__init__()
        self.c, self.b = nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)
        nn.init.uniform_(self.b.running_mean)
        self.box, self.get = hold(self.c, self.b), get

    def forward(self, x):
        convolution, norm = self.get(self.box)
        return norm(convolution(x)).mean((2, 3))


class Slots:
    __slots__ = ("b", "c")

    def __init__(self, c, b) -> None:
        self.c, self.b = c, b


def by_letter(box):
    return box["c"], box["b"]


Pair = collections.namedtuple("Pair", "c b")
HELD = {
    "slots": (Slots, lambda box: (box.c, box.b)),
    "an object": (lambda c, b: types.SimpleNamespace(c=c, b=b), lambda box: (box.c, box.b)),
    "a named tuple": (Pair, lambda box: box),
    "a mapping proxy": (lambda c, b: types.MappingProxyType({"c": c, "b": b}), by_letter),
    "a user's dict": (lambda c, b: collections.UserDict(c=c, b=b), by_letter),
    "a weak dict": (lambda c, b: weakref.WeakValueDictionary(c=c, b=b), by_letter),
}


@pytest.mark.parametrize("way", HELD)
def test_modules_in_odd_containers_are_watched_and_evaluate(way):
    net = Held(*HELD[way]).train()
    before = copy.deepcopy(net.state_dict())
    with torch.no_grad():
        right = net.eval()(PICTURES[0])
    net.train()
    trace, records = record_trace(net, PICTURES[0]), record(net, PICTURES[0])
    assert torch.equal(trace.tensor(trace.output), right)
    assert {one.key for one in records} == {"c", "b"}
    assert trace.never_reached == records.never_reached == []
    assert net.training
    assert all(torch.equal(one, before[key]) for key, one in net.state_dict().items())


def test_features_that_a_host_kept_before_answer_for_nobody():
    """The hook writes to a copy of the dict; the forward reads the dict itself, with what an earlier run left there."""
    store = {}

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.c, self.fc = nn.Conv2d(3, 4, 3), nn.Linear(4, 3)
            self.c.register_forward_hook(functools.partial(lambda kept, _m, _i, output: kept.update(f=output), store))

        def forward(self, x):
            self.c(x)
            return self.fc(store["f"].mean((2, 3)))

    net = Net().eval()
    with torch.no_grad():
        rights = [net(picture) for picture in PICTURES]
        for picture, right in zip(PICTURES, rights, strict=True):
            assert torch.equal(computed(net, picture), right)


def test_a_module_that_was_compiled_in_place_runs_as_it_was_written():
    net = nn.Sequential(collections.OrderedDict(c=nn.Conv2d(3, 4, 3), r=nn.ReLU(), f=nn.Flatten())).eval()
    right = net(PICTURES[0]).detach()
    net.c.compile(backend="eager")
    trace = record_trace(net, PICTURES[0])
    assert torch.equal(trace.tensor(trace.output), right)
    assert [one.kind for one in record(net, PICTURES[0])] == ["Conv2d", "ReLU", "Flatten"]
    assert open_traced(trace, "c", 1, 2, 3).agrees


class Runs(nn.Module):
    def __init__(self, run) -> None:
        super().__init__()
        self.c, self.d, self.run = nn.Conv2d(3, 4, 3), nn.Conv2d(4, 5, 3), run

    def forward(self, x):
        return self.run(self, self.c(x)).mean((2, 3))


def of_a_copy(net, x):
    twin = copy.deepcopy(net.d)
    twin.weight.data.mul_(2)
    return twin(x)


def in_vmap(net, x):
    return torch.vmap(lambda one: functional.relu(net.d(one[None]))[0])(x)


def by_numpy(net, x):
    return net.d(torch.from_numpy(x.detach().numpy() * 2).add_(1))


@pytest.mark.parametrize("run", [of_a_copy, in_vmap, by_numpy])
def test_what_cannot_be_followed_is_what_the_network_computes_and_is_said_to_be_opaque(run):
    net = Runs(run).eval()
    with torch.no_grad():
        right = net(PICTURES[0])
    trace = record_trace(net, PICTURES[0])
    assert torch.equal(trace.tensor(trace.output), right)
    assert {"opaque", "changed"} & {node.operation for node in trace.nodes}
    assert record(net, PICTURES[0])[0].key == "c"


EXACT = nn.Sequential(
    nn.Conv2d(3, 4, 3), nn.ReLU6(), nn.Hardtanh(-0.1, 0.4), nn.LeakyReLU(0.2, inplace=True), nn.Hardswish(inplace=True),
    nn.Hardsigmoid(), nn.ReLU(inplace=True), nn.Flatten(),
)  # fmt: skip


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_what_is_not_kept_has_the_forwards_bits_and_overwrites_nothing(dtype):
    net, batch = EXACT.to(dtype).eval(), PICTURES[0].to(dtype)
    given, x = {}, batch
    for at, layer in enumerate(net):
        x = given[str(at)] = layer(x.clone())
    trace = record_trace(net, batch)
    assert [node.kept is None for node in trace.nodes] == [False, False] + [True] * 7
    for _ in range(2):  # the second time from memory
        for key in reversed(given):
            assert torch.equal(trace.tensor(key), given[key]), key
    assert all(open_traced(trace, str(at), 1, 2, 3).agrees for at in range(7))
