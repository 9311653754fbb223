import copy
import threading

import pytest
import torch
import torchvision
from torch import nn
from torch.nn import functional

from explorer.activations import record
from explorer.activations.recording import call_key, split_key, watching
from explorer.errors import ModelError, ShapeError
from explorer.models import model_names
from explorer.networks.building import blueprint, build

SAMPLE = ("resnet18", "densenet121", "googlenet", "mobilenet_v3_small", "shufflenet_v2_x0_5", "squeezenet1_1")


class Careless(nn.Module):
    """All the ways in which a network overwrites what a naive hook has kept."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 4, 3, padding=1)
        self.shared = nn.ReLU(inplace=True)
        self.second = nn.Conv2d(4, 4, 3, padding=1)
        self.norm = nn.BatchNorm2d(4)
        self.unused = nn.Linear(3, 3)
        self.drop = nn.Dropout(0.5, inplace=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x.mul_(2.0)
        x = self.shared(self.first(x))
        y = self.norm(self.second(x))
        y += x
        y = self.drop(self.shared(y))
        functional.relu_(y.sub_(1.0))
        y.data.add_(1.0)
        return y.view(-1)[:4].zero_()


class Breaks(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.norm = nn.BatchNorm2d(4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.norm(self.conv(x))
        raise RuntimeError("no further")


def in_place_off(model: nn.Module) -> nn.Module:
    other = copy.deepcopy(model).eval()
    for module in other.modules():
        if hasattr(module, "inplace"):
            module.inplace = False
    return other


def truth(model: nn.Module, batch: torch.Tensor) -> list[tuple[str, torch.Tensor]]:
    """What every leaf gave, cloned at once by torch's own hooks on a copy without in-place modules."""
    other = in_place_off(model)
    outputs: list[tuple[str, torch.Tensor]] = []
    calls: dict[str, int] = {}
    for name, module in other.named_modules():
        if next(module.children(), None) is None:

            def keep(_module, _args, output, name=name):
                outputs.append((call_key(name, calls.get(name, 0)), output.clone()))
                calls[name] = calls.get(name, 0) + 1

            module.register_forward_hook(keep)
    with torch.no_grad():
        other(batch.clone())
    return outputs


def hook_count(model: nn.Module) -> int:
    return sum(len(module._forward_hooks) + len(module._forward_pre_hooks) for module in model.modules())


def assert_bit_equal(model: nn.Module, batch: torch.Tensor) -> None:
    expected = truth(model, batch)
    records = record(model, batch)
    assert [one.key for one in records] == [key for key, _ in expected]
    for one, (key, output) in zip(records, expected, strict=True):
        assert one.shape == tuple(output.shape), key
        assert torch.equal(one.output, output), key


@pytest.mark.parametrize("name", SAMPLE)
@pytest.mark.filterwarnings("ignore:The default weight initialization of GoogleNet")
def test_every_leaf_is_bit_equal_to_a_run_without_in_place_operations(name):
    torch.manual_seed(0)
    model = torchvision.models.get_model(name, weights=None).eval()
    assert_bit_equal(model, torch.rand(1, 3, 97, 131))


@pytest.mark.parametrize("name", model_names())
def test_every_leaf_of_the_projects_own_networks_is_bit_equal(name):
    side, channels = blueprint(name).preprocessing.size, blueprint(name).in_channels
    assert_bit_equal(build(name), torch.rand(1, channels, side, side))


def test_every_way_of_overwriting_is_survived_and_the_batch_stays():
    model, batch = Careless(), torch.rand(1, 3, 17, 11)
    before = batch.clone()
    assert_bit_equal(model, batch)
    assert torch.equal(batch, before)
    # the test bites: a hook that only keeps a reference is wrong here
    naive: list[torch.Tensor] = []
    handle = model.norm.register_forward_hook(lambda _m, _a, output: naive.append(output))
    model.eval()(batch.clone())
    handle.remove()
    assert not torch.equal(naive[0], record(model, batch, ["norm"])[0].output)


def test_calls_of_a_shared_module_are_kept_apart_and_the_unused_is_named():
    records = record(Careless(), torch.rand(1, 3, 17, 11))
    assert [one.key for one in records] == ["first", "shared", "second", "norm", "shared:1", "drop"]
    assert [one.call for one in records] == [0, 0, 0, 0, 1, 0]
    assert records[4].name == "shared"
    assert records[4].kind == "ReLU"
    assert records.never_reached == ["unused"]


def test_modes_and_hooks_are_as_before_after_success_and_after_an_error():
    model = Careless().train()
    model.norm.eval()
    modes = [module.training for module in model.modules()]
    own = model.first.register_forward_hook(lambda *_: None)
    running = model.norm.running_mean.clone()
    record(model, torch.rand(1, 3, 17, 11))
    with pytest.raises(ModelError, match="never reaches unused"):
        record(model, torch.rand(1, 3, 17, 11), ["unused"])
    assert [module.training for module in model.modules()] == modes
    assert hook_count(model) == 1
    assert torch.equal(model.norm.running_mean, running)
    own.remove()

    broken = Breaks().train()
    with pytest.raises(RuntimeError, match="no further"):
        record(broken, torch.rand(1, 3, 17, 11))
    assert hook_count(broken) == 0
    assert all(module.training for module in broken.modules())
    assert broken.norm.num_batches_tracked == 0


def test_the_forward_stops_where_all_that_was_asked_for_is_there():
    records = record(Breaks(), torch.rand(1, 3, 17, 11), ["norm", "conv"])
    assert [one.key for one in records] == ["norm", "conv"]
    assert records[1].shape == (1, 4, 15, 9)


def test_blocks_and_later_calls_can_be_asked_for():
    model = torchvision.models.resnet18(weights=None).eval()
    batch = torch.rand(1, 3, 64, 48)
    block, again = record(model, batch, ["layer1.0", "layer1.0.relu:1"])
    assert block.kind == "BasicBlock"
    assert torch.equal(block.output, again.output)


@pytest.mark.parametrize(
    ("names", "batch", "error", "message"),
    [
        (["firts"], torch.rand(1, 3, 8, 8), ModelError, "no layer 'firts'.* first"),
        (["shared:2"], torch.rand(1, 3, 8, 8), ModelError, "never reaches shared:2"),
        (None, torch.rand(2, 3, 8, 8), ShapeError, r"one picture.*\(2, 3, 8, 8\)"),
    ],
)
def test_what_cannot_be_recorded_gets_a_sentence(names, batch, error, message):
    with pytest.raises(error, match=message):
        record(Careless(), batch, names)


def test_nothing_asked_for_is_nothing_run():
    assert record(Breaks(), torch.rand(1, 3, 17, 11), []) == []


def test_a_network_of_one_module_has_a_key():
    assert [one.key for one in record(nn.Conv2d(3, 2, 3), torch.rand(1, 3, 8, 8))] == ["(model)"]


@pytest.mark.parametrize("name", ["conv", "layer1.0.relu", "", "a:b"])
@pytest.mark.parametrize("call", [0, 1, 12])
def test_a_key_and_its_name_and_call_are_the_same_thing(name, call):
    assert split_key(call_key(name, call)) == (name or "(model)", call)


def test_two_visitors_at_once_get_what_each_would_get_alone():
    model = torchvision.models.resnet18(weights=None)
    model.train()  # a visitor that switches modes would let batch norm see the other's picture
    batches = [torch.rand(1, 3, 64, 48), torch.rand(1, 3, 48, 80)]
    alone = [record(model, batch) for batch in batches]
    state = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    results: list[list] = [[], []]

    def visit(number: int) -> None:
        results[number] = [record(model, batches[number]) for _ in range(4)]

    threads = [threading.Thread(target=visit, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for expected, runs in zip(alone, results, strict=True):
        assert len(runs) == 4
        for run in runs:
            assert [one.key for one in run] == [one.key for one in expected]
            assert all(torch.equal(a.output, b.output) for a, b in zip(run, expected, strict=True))
    assert all(torch.equal(tensor, state[name]) for name, tensor in model.state_dict().items())
    assert all(module.training for module in model.modules())


def test_modules_held_in_lists_and_bound_methods_are_recorded_too():
    class Odd(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b = nn.Conv2d(3, 2, 1), nn.BatchNorm2d(2)
            self.steps = [self.a, self.b]
            self.act = nn.ReLU()
            self.call = self.run

        def run(self, x):
            return self.act(self.b(x))

        def forward(self, x):
            return self.call(self.steps[0](x))

    model = Odd().train()
    records = record(model, torch.rand(1, 3, 5, 4))
    assert [one.key for one in records] == ["a", "b", "act"]
    assert model.b.num_batches_tracked == 0
    assert model.call.__self__ is model
    assert model.steps[0] is model.a


@pytest.mark.filterwarnings("ignore:`torch.jit")
def test_a_compiled_module_counts_as_one_layer():
    model = nn.Sequential(nn.Conv2d(3, 2, 1), torch.jit.script(nn.Sequential(nn.ReLU(), nn.ReLU())), nn.Flatten())
    assert [one.key for one in record(model, torch.rand(1, 3, 5, 4))] == ["0", "1", "2"]


@pytest.mark.sweep
@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_every_leaf_of_every_convolutional_network_of_torchvision():
    names = [name for name in torchvision.models.list_models(module=torchvision.models) if "vit" not in name]
    names = [name for name in names if not name.startswith("swin")]
    assert len(names) == 68
    for name in names:
        torch.manual_seed(0)
        model = torchvision.models.get_model(name, weights=None).eval()
        assert_bit_equal(model, torch.rand(1, 3, 97, 131))


def test_a_watched_network_runs_as_it_does_and_keeps_no_hook():
    """Names, modules, inputs and outputs are torch's own; hooks are gone after a run and after an error."""
    model, batch = Careless().eval(), torch.rand(1, 3, 6, 7)
    begun, ended = [], []
    with watching(
        model,
        lambda name, module: not name or isinstance(module, nn.ReLU),
        before=lambda *given: begun.append(given),
        after=lambda *given: ended.append(given),
    ):
        output = model(batch.clone())
    assert [name for name, *_ in begun] == ["", "shared", "shared"]
    assert [name for name, *_ in ended] == ["shared", "shared", ""]
    assert ended[0][1] is model.shared
    assert ended[-1][3] is output
    assert torch.equal(output, model(batch.clone()))
    broken = Breaks().eval()
    with pytest.raises(RuntimeError, match="no further"), watching(broken, lambda *_: True, before=lambda *_: None):
        broken(batch)
    for module in (*model.modules(), *broken.modules()):
        assert not module._forward_hooks
        assert not module._forward_pre_hooks
