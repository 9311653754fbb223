"""The layers of a network as its modules hold one another, each with the shape that it puts out."""

from typing import Any

from explorer.ui.maps.recording import Recording
from explorer.ui.maps.stages import LayerCall

Branch = dict[str, Any]


def layer_tree(recording: Recording) -> list[Branch]:
    """The outermost modules, in the forward's order, each {"name", "key", "kind", "shape", "children"}.

    "key" is the layer that stands for it: of a module that holds others, the one that makes its output; None for what
    the forward never reaches. Operations between modules stand in the module that does them.
    """
    from explorer.activations.recording import kind_of

    kinds = {name: kind_of(module) for name, module in recording.network.model.named_modules()}
    tree: list[Branch] = []
    for layer in recording.layers:
        parts = layer.name.split(".")
        place = _holder(tree, parts[:-1], kinds)
        call = layer.key.removeprefix(layer.name).removeprefix(":")
        place.append(_branch(parts[-1] + (f", call {int(call) + 1}" if call else ""), layer))
    for name in recording.trace.never_reached:
        parts = name.split(".")
        _holder(tree, parts[:-1], kinds).append(_named(parts[-1], kinds[name]))
    _fill(tree, "", recording)
    return tree


def _named(name: str, kind: str) -> Branch:
    return {"name": name, "key": None, "kind": kind, "shape": None, "children": []}


def _branch(name: str, layer: LayerCall) -> Branch:
    return {**_named(name, layer.kind), "key": layer.key, "shape": layer.shape[1:]}


def _holder(tree: list[Branch], path: list[str], kinds: dict[str, str]) -> list[Branch]:
    """The children of the module at the path, which is put where its first layer runs."""
    for depth, name in enumerate(path, 1):
        found = next((one for one in tree if one["name"] == name and one["key"] is None), None)
        if found is None:
            found = _named(name, kinds.get(".".join(path[:depth]), ""))
            tree.append(found)
        tree = found["children"]
    return tree


def _fill(tree: list[Branch], path: str, recording: Recording) -> None:
    """Give every module that holds others the layer that makes its output; else its last one."""
    shown = {layer.key: layer for layer in recording.layers}
    for branch in tree:
        if not branch["children"]:
            continue
        name = f"{path}.{branch['name']}" if path else branch["name"]
        _fill(branch["children"], name, recording)
        index = recording.trace.blocks.get(name)
        layer = shown.get(recording.trace.nodes[index].key) if index is not None else None
        last = next((one for one in reversed(branch["children"]) if one["key"]), None)
        if layer:
            branch.update(key=layer.key, shape=layer.shape[1:])
        elif last:
            branch.update(key=last["key"], shape=last["shape"])
