"""Which operations are linear in what comes from the picture, and what keeps a network from being one linear map."""

from collections import Counter

from explorer.activations.nodes import Node, Ref, Trace
from explorer.activations.operations.names import DROPOUTS, MOVES, arguments
from explorer.activations.replay import ACTIVATIONS

PRODUCTS = frozenset(
    """mul matmul bmm mm addmm einsum linear conv1d conv2d conv3d conv_transpose1d conv_transpose2d
    conv_transpose3d""".split()  # noqa: SIM905 -- thirteen quoted words read worse
)  # linear as long as only one of their operands comes from the picture
LINEAR = (
    MOVES
    | DROPOUTS
    | frozenset(
        """avg_pool1d avg_pool2d avg_pool3d adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d add sub rsub neg
    mean sum to float double""".split()  # noqa: SIM905
    )
)
CONSTANTS = frozenset("new_ones new_zeros new_full new_empty ones_like zeros_like full_like".split())  # noqa: SIM905
PRODUCT, DIVISION = "a product of two activations", "a division by an activation"
BENDS = {
    **dict.fromkeys(("max_pool1d", "max_pool2d", "adaptive_max_pool2d"), "max pooling"),
    **dict.fromkeys(("max", "amax", "maximum"), "a maximum"),
    "layer_norm": "layer normalisation",
    "group_norm": "group normalisation",
    "instance_norm": "instance normalisation",
    "local_response_norm": "response normalisation",
    "clamp": "a clamp",
}


def left_bends(trace: Trace) -> list[str]:
    """What keeps a network from being linear (plus a constant) without its activations, in words; empty if nothing.

    Whatever is not known to be linear is named: the sentence shall never claim too much.
    """
    moved, wanted = {0}, {trace.node(trace.output).index}
    for node in trace.nodes:
        if moved.intersection(node.inputs) and node.operation not in CONSTANTS:
            moved.add(node.index)
    for node in reversed(trace.nodes):
        if node.index in wanted:
            wanted.update(node.inputs)
    between = [node for node in trace.nodes if node.index in moved & wanted and node.index and not node.moves]
    found = Counter(_bend(node, moved) for node in between if node.operation not in ACTIVATIONS)
    found.pop("", None)
    return [f"{name} ({count} times)" if count > 1 else name for name, count in found.most_common()]


def _bend(node: Node, moved: set[int]) -> str:
    """Why an operation is not linear in what comes from the picture; empty if it is."""
    operation, named = node.operation, arguments(node.operation, node.args, node.kwargs)
    if operation == "batch_norm":
        own = named.get("training", False) or named.get("running_mean") is None
        return "batch normalisation with statistics of this picture" if own else ""
    refs = [arg.index for arg in (*node.args, *node.kwargs.values()) if isinstance(arg, Ref)]
    if operation == "div":
        below = named.get("other")
        return DIVISION if isinstance(below, Ref) and below.index in moved else ""
    if operation in PRODUCTS:
        return PRODUCT if sum(index in moved for index in refs) > 1 else ""
    return "" if operation in LINEAR else BENDS.get(operation, operation)
