"""The tree of layers against the modules themselves."""

import numpy as np
import pytest
import torch

from explorer.networks.loading import load_network
from explorer.networks.network import Network
from explorer.ui.maps.recording import record_network
from explorer.ui.maps.tree import layer_tree

NOISE = np.random.default_rng(2).integers(0, 256, (70, 90, 3), dtype=np.uint8)


def recorded(name):
    loaded = load_network(name, pretrained=False, pictures=[NOISE, NOISE[::-1].copy()])
    return record_network(Network(name, loaded.model, loaded.preprocessing), NOISE)


def walk(tree, path=()):
    for branch in tree:
        yield (*path, branch["name"]), branch
        yield from walk(branch["children"], (*path, branch["name"]))


@pytest.mark.parametrize("name", ["lenet5", "residual", "torchvision/resnet18", "torchvision/squeezenet1_1"])
def test_every_layer_stands_once_in_the_module_that_holds_it(name):
    recording = recorded(name)
    found = list(walk(layer_tree(recording)))
    leaves = [branch["key"] for _, branch in found if not branch["children"]]
    assert sorted(leaves) == sorted(layer.key for layer in recording.layers)
    for path, branch in found:
        if not branch["children"]:
            assert branch["key"].split(":")[0] == ".".join(path).split(", call")[0]
    outermost = [branch["name"] for branch in layer_tree(recording)]
    assert len(outermost) == len(set(outermost))
    children = [child for child, _ in recording.network.model.named_children()]
    assert [one for one in outermost if one in children] == children


def test_a_module_stands_for_what_it_puts_out():
    recording = recorded("torchvision/resnet18")
    outputs = {}

    def take(name):
        return lambda _module, _args, output: outputs.update({name: output.clone()})

    handles = [module.register_forward_hook(take(name)) for name, module in recording.network.model.named_modules()]
    with torch.no_grad():
        recording.network.model(recording.batch)
    for handle in handles:
        handle.remove()
    holders = {".".join(path): branch for path, branch in walk(layer_tree(recording)) if branch["children"]}
    assert {"layer1", "layer1.0", "layer4.1", "layer2.0.downsample"} <= set(holders)
    for name, branch in holders.items():
        assert branch["kind"] == type(recording.network.model.get_submodule(name)).__name__
        assert torch.equal(recording.trace.tensor(branch["key"]), outputs[name]), name
        assert tuple(branch["shape"]) == tuple(outputs[name].shape[1:])


def test_calls_of_one_module_are_told_apart_and_what_is_never_reached_is_there():
    names = [".".join(path) for path, _ in walk(layer_tree(recorded("torchvision/resnet18")))]
    assert {"layer1.0.relu", "layer1.0.relu, call 2"} <= set(names)
    recording = recorded("torchvision/googlenet")
    assert recording.trace.never_reached
    unreached = {".".join(path) for path, branch in walk(layer_tree(recording)) if branch["key"] is None}
    assert set(recording.trace.never_reached) <= unreached
    assert {"aux1", "aux2"} <= unreached
