"""Networks that keep what they see where a copy cannot follow: each answer is of its own picture, or it is refused."""

import collections
import contextvars
import functools
import queue
import threading

import pytest
import torch
from torch import nn

from explorer.activations import record
from explorer.activations.borrowing import computed, keeps_nothing, own_copy
from explorer.activations.tracer import record_trace
from explorer.errors import ModelError
from explorer.networks.loading import made_ready
from explorer.networks.own_code import as_it_is
from explorer.predict.explain import grad_cam
from explorer.preprocessing import Preprocessing
from explorer.summary import summarise

PICTURES = [torch.rand(1, 3, 11, 9, generator=torch.Generator().manual_seed(seed)) - 0.4 for seed in range(3)]
NAMES: dict[str, torch.Tensor] = {}
ROWS: list[torch.Tensor] = []
NUMBERS: dict[str, object] = {}
LAST = None
OF_A_THREAD = threading.local()
OF_A_CONTEXT: contextvars.ContextVar[torch.Tensor] = contextvars.ContextVar("kept")
WAITING: queue.Queue[torch.Tensor] = queue.Queue()
STANDING = torch.zeros(1, 4, 9, 7)


class Slots:
    __slots__ = ("inner",)


class Keeps(nn.Module):
    """What `keep` puts somewhere during the first layers, `read` reads in the forward."""

    shared: dict[str, torch.Tensor] = {}  # noqa: RUF012 -- it is what is tried here

    def __init__(self, keep, read) -> None:
        super().__init__()
        torch.manual_seed(2)
        self.conv, self.norm, self.fc = nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Linear(4, 3)
        self.read = read

        def hook(_module, _inputs, output):
            keep(output)

        self.norm.register_forward_hook(hook)

    def forward(self, x):
        self.norm(self.conv(x))
        return self.fc(self.read().relu().mean((2, 3)))


def set_globally(output):
    global LAST  # noqa: PLW0603 -- it is what is tried here
    LAST = output


def keep_by_default(output, store=[None]):  # noqa: B006 -- likewise
    store[0] = output


def generator():
    kept = None
    while True:
        new = yield kept
        kept = kept if new is None else new


RUNNING = generator()
next(RUNNING)
HIDDEN = Slots()
HIDDEN.inner = type("Object", (), {})()


@functools.lru_cache
def cached():
    return NAMES["cached"]


def keep_in_cache(output):
    NAMES["cached"] = output
    cached.cache_clear()


def nonlocally():
    kept = None

    def keep(output):
        nonlocal kept
        kept = output

    return keep, lambda: kept


WAYS = {
    "global dict": (lambda output: NAMES.update(a=output), lambda: NAMES["a"]),
    "a copy in a global dict": (lambda output: NAMES.update(b=output.detach().clone()), lambda: NAMES["b"]),
    "global list": (ROWS.append, lambda: ROWS[-1]),
    "taken out again": (ROWS.append, ROWS.pop),
    "global name": (set_globally, lambda: LAST),
    "dict of a class": (lambda output: Keeps.shared.update(a=output), lambda: Keeps.shared["a"]),
    "class": (lambda output: setattr(Keeps, "kept", output), lambda: Keeps.kept),
    "default argument": (keep_by_default, lambda: keep_by_default.__defaults__[0][0]),
    "thread-local": (lambda output: setattr(OF_A_THREAD, "a", output), lambda: OF_A_THREAD.a),
    "context variable": (OF_A_CONTEXT.set, OF_A_CONTEXT.get),
    "queue": (WAITING.put, WAITING.get),
    "generator": (RUNNING.send, lambda: next(RUNNING)),
    "behind slots": (lambda output: setattr(HIDDEN.inner, "a", output), lambda: HIDDEN.inner.a),
    "cache": (keep_in_cache, cached),
    "nonlocal": nonlocally(),
    "another library": (lambda output: setattr(torch, "kept_here", output), lambda: torch.kept_here),
    "partial of C": (functools.partial(ROWS.insert, 0), lambda: ROWS[0]),
    "numpy": (lambda output: NUMBERS.update(a=output.numpy().copy()), lambda: torch.from_numpy(NUMBERS["a"])),
    "numbers": (lambda output: NUMBERS.update(b=output.tolist()), lambda: torch.tensor(NUMBERS["b"])),
    "written over": (STANDING.copy_, lambda: STANDING),
    "written over by index": (lambda output: STANDING.__setitem__(slice(None), output), lambda: STANDING),
    "deque": (collections.deque(maxlen=1).append, None),
}
WAYS["deque"] = (WAYS["deque"][0], lambda keeping=WAYS["deque"][0].__self__: keeping[0])


@pytest.fixture(autouse=True)
def _nothing_kept():
    yield
    ROWS.clear()
    NAMES.clear()
    NUMBERS.clear()


def plain(net):
    net.eval()
    with torch.no_grad():
        answers = [net(picture).clone() for picture in PICTURES]
    ROWS.clear()
    return answers


@pytest.mark.parametrize("way", WAYS)
def test_each_visitor_sees_his_own_picture_and_the_network_stays_as_it_was(way):
    net = Keeps(*WAYS[way])
    answers = plain(net)
    net.train()
    attributes, wrong = dict(vars(net)), []

    def visit(number):
        for _ in range(2):
            picture, right = PICTURES[number], answers[number]
            trace = record_trace(net, picture)
            with torch.no_grad():
                found = [
                    record(net, picture)[-1].output,
                    record(net, picture, ["fc"])[0].output,
                    trace.tensor(trace.output),
                    computed(net, picture),
                ]
            wrong.extend(number for one in found if not torch.equal(one, right))

    visit(2)
    threads = [threading.Thread(target=visit, args=(number,)) for number in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert {one.key for one in record(net, PICTURES[0])} == {"conv", "norm", "fc"}
    assert all(module.training for module in net.modules())
    assert (len(net.norm._forward_hooks), len(net.conv._forward_hooks), len(net.fc._forward_hooks)) == (1, 0, 0)
    assert int(net.norm.num_batches_tracked) == 0
    assert attributes.keys() == vars(net).keys()
    assert all(vars(net)[name] is value for name, value in attributes.items())


@pytest.mark.parametrize(
    "keep_and_read",
    [
        (ROWS.append, lambda: torch.stack(ROWS).mean(0)),
        (ROWS.append, lambda: ROWS[max(0, len(ROWS) - 2)]),
        (
            lambda output: NUMBERS.update(a=NUMBERS.get("a", 0) + output.numpy()),
            lambda: torch.from_numpy(NUMBERS["a"]),
        ),
        (lambda output: NAMES.setdefault("first", output), lambda: NAMES["first"]),
    ],
    ids=["all", "the one before", "a sum", "the first"],
)  # fmt: skip
def test_what_computes_with_the_picture_before_is_refused(keep_and_read):
    net = Keeps(*keep_and_read).eval()
    for run in (record, record_trace, computed, record):
        with torch.no_grad(), pytest.raises(ModelError, match="an earlier picture"):
            run(net, PICTURES[0])


def test_what_keeps_some_pictures_only_is_refused_when_it_shows_one():
    net = Keeps(lambda output: NAMES.update(a=output) if bool(output.mean() > 0) else None, lambda: NAMES["a"]).eval()
    nn.init.zeros_(net.conv.weight)
    nn.init.constant_(net.conv.weight[:, 0], 1.0)
    nn.init.zeros_(net.conv.bias)
    bright, dark = torch.ones(1, 3, 11, 9), -torch.ones(1, 3, 11, 9)
    with torch.no_grad():
        NAMES["a"] = torch.zeros(1, 4, 9, 7)
        right = net(bright)
    assert torch.equal(record(net, bright)[-1].output, right)
    with pytest.raises(ModelError, match="an earlier picture"):
        record(net, dark)


@pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")
def test_what_a_scripted_part_gave_counts_as_made_of_the_picture():
    hidden = Slots()

    class Scripted(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.part, self.fc, self.at = torch.jit.script(nn.Conv2d(3, 4, 3)), nn.Linear(4, 3), (hidden,)
            hidden.inner = self
            self.kept = None

        def forward(self, x):
            self.at[0].inner.kept = self.part(x).mean((2, 3))  # of the original; behind slots no copy is put
            return self.fc(self.kept)

    torch.manual_seed(0)
    net = Scripted().eval()
    for picture in PICTURES:
        right = net.fc(net.part(picture).mean((2, 3)))
        assert torch.equal(record(net, picture)[-1].output, right)
    assert net.kept is None


def test_a_compiled_network_that_keeps_what_it_sees_runs_as_it_was_written():
    net = Keeps(*WAYS["global dict"])
    answers = plain(net)
    for network in (torch.compile(net, backend="eager"), nn.Sequential(torch.compile(net, backend="eager"))):
        for picture, right in zip(PICTURES, answers, strict=True):
            assert torch.equal(record(network, picture)[-1].output, right)


def test_a_network_is_refused_at_the_start():
    net = Keeps(ROWS.append, lambda: torch.stack(ROWS).mean(0))
    for opening in (made_ready, as_it_is):
        with pytest.raises(ModelError, match="an earlier picture"):
            opening(net.eval(), "name", preprocessing=Preprocessing(size=16))
    assert made_ready(Keeps(*WAYS["class"]), "name", Preprocessing(size=16)).name == "name"


def test_lists_and_counters_of_a_module_begin_anew_and_stay_as_they_were():
    class Collects(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.seen, self.named, self.count = nn.Conv2d(3, 4, 3), [], {}, 0

        def forward(self, x):
            self.count += 1
            self.seen.append(self.conv(x))
            self.named[self.count] = x
            return torch.stack(self.seen).mean((0, 3, 4))

    net = Collects().eval()
    for picture in (*PICTURES, PICTURES[0]):
        with torch.no_grad():
            right = net.conv(picture)[None].mean((0, 3, 4))
            assert torch.equal(computed(net, picture), right)
        trace = record_trace(net, picture)
        assert torch.equal(trace.tensor(trace.output), right)
    assert (net.seen, net.named, net.count) == ([], {}, 0)


def test_after_an_error_everything_is_as_it_was():
    net = Keeps(*WAYS["global dict"])
    plain(net)
    net.train()
    record(net, PICTURES[0])
    handle = net.fc.register_forward_hook(lambda *_: 1 / 0)
    for run in (record, record_trace):
        with pytest.raises(ZeroDivisionError):
            run(net, PICTURES[0])
        with pytest.raises(RuntimeError, match="expected input"):
            run(net, torch.rand(1, 4, 11, 9))
    handle.remove()
    assert all(module.training for module in net.modules())
    assert [len(one._forward_hooks) for one in (net.conv, net.norm, net.fc)] == [0, 1, 0]


def test_grad_cam_and_the_summary_of_such_a_network():
    net = Keeps(*WAYS["class"])
    plain(net)
    maps = net.conv(PICTURES[1])
    kept = net.norm(maps)
    gradient = torch.autograd.grad(net.fc(kept.relu().mean((2, 3)))[0, 1], maps)[0]
    right = (gradient.mean((2, 3), keepdim=True) * maps).sum(1)[0].clamp(min=0).detach()
    given = torch.as_tensor(grad_cam(net, PICTURES[1], "conv", 1))
    assert (given - right).abs().max() <= 1e-4 * right.max()
    Keeps.kept = None
    summary = summarise(net, (3, 11, 9))
    assert [layer.key for layer in summary.layers if layer.parameters] == ["conv", "norm", "fc"]


def test_well_known_networks_are_not_tried_and_others_are_once():
    import torchvision

    with torch.device("meta"):
        for name in [
            "resnet18",
            "densenet121",
            "mobilenet_v3_small",
            "swin_t",
            "vit_b_16",
            "convnext_tiny",
            "maxvit_t",
        ]:
            assert keeps_nothing(torchvision.models.get_model(name, weights=None)), name
    assert keeps_nothing(nn.Sequential(nn.TransformerEncoderLayer(8, 2), nn.LSTM(3, 4)))
    changed = nn.Sequential(nn.ReLU())
    changed[0].forward = lambda x: x
    assert not keeps_nothing(changed)
    runs = []

    class Counts(nn.Sequential):
        def forward(self, x):
            runs.append(1)
            return super().forward(x)

    net = Counts(nn.Conv2d(3, 2, 1)).eval()
    for _ in range(3):
        record(net, PICTURES[0])
    assert len(runs) == 4
    net.register_forward_hook(lambda *_: None)
    record(net, PICTURES[0])
    assert len(runs) == 6


def test_a_copy_to_try_things_out_on_is_refused_where_it_would_keep_what_it_sees():
    net = nn.Sequential(nn.Conv2d(3, 2, 1), nn.Flatten()).eval()
    assert torch.equal(own_copy(net, PICTURES[0])(PICTURES[0]), net(PICTURES[0]))
    own = type("Own", (nn.Sequential,), {})(*net).eval()
    assert torch.equal(own_copy(own, PICTURES[0])(PICTURES[0]), net(PICTURES[0]))
    for way in ("global dict", "nonlocal", "class"):
        with pytest.raises(ModelError, match="no copy of it"):
            own_copy(Keeps(*WAYS[way]).eval(), PICTURES[0])
