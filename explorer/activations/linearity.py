"""What keeps a network from being one linear map, once its activation functions are taken out."""

from collections import Counter

from explorer.activations.nodes import Node, Trace, references
from explorer.activations.operations.registry import arguments, operation_called


def left_bends(trace: Trace) -> list[str]:
    """What keeps a network from being linear (plus a constant) without its activations, in words; empty if nothing.

    Whatever is not known to be linear is named: the sentence shall never claim too much.
    """
    moved, wanted = {0}, {trace.node(trace.output).index}
    for node in trace.nodes:
        if moved.intersection(node.inputs) and not operation_called(node.operation).constant:
            moved.add(node.index)
    for node in reversed(trace.nodes):
        if node.index in wanted:
            wanted.update(node.inputs)
    between = [node for node in trace.nodes if node.index in moved & wanted and node.index and not node.moves]
    found = Counter(bend_of(node, moved) for node in between if not operation_called(node.operation).activation)
    found.pop("", None)
    return [f"{name} ({count} times)" if count > 1 else name for name, count in found.most_common()]


def bend_of(node: Node, moved: set[int]) -> str:
    """Why an operation is not linear in what comes from the picture; empty if it is."""
    bend = operation_called(node.operation).bend
    if bend is None:
        return node.operation
    if isinstance(bend, str):
        return bend
    named = arguments(node)
    return bend(named, [name for name, value in named.items() for one in references(value) if one in moved])
