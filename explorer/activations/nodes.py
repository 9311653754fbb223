"""One forward of one picture, written down: the operations, what they were called with, and what came out.

No torch function is watched here; explorer.activations.tracer does that, and explorer.receipts and
explorer.activations.receptive_field read it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import torch

from explorer.activations.recording import LayerRecord, Records, unknown_layer
from explorer.errors import ModelError
from explorer.remembering import remember, remembered

PLAIN = frozenset([int, float, str, bool, type(None)])  # kinds of arguments in which there is nothing to look for
INPUT = "input"  # the key of the picture itself, unless a module has that name: ask Trace.picture


@dataclass(frozen=True, slots=True)
class Ref:
    """Stands in a node's arguments for the output of another node."""

    index: int


@dataclass(slots=True, eq=False)
class Node:
    """One operation: what was called with what, and what came out. Nobody but the tracer changes one."""

    index: int  # its place in Trace.nodes; inputs have smaller ones
    key: str  # "layer1.0.conv1", "layer1.0.relu:1", "layer1.0.add"
    kind: str  # the module's class, or the operation's name between modules
    operation: str  # "conv2d", "add", "cat": torch's name of the function, in-place or not
    function: Callable[..., Any] | None
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    inputs: tuple[int, ...]  # the nodes that it reads, in the order of the arguments
    shape: tuple[int, ...]
    part: int | None = None  # which one, of an operation that gives several tensors
    leaf: str = ""  # key of the leaf module's call in which it happened; "" between modules
    labelled: bool = False  # whether its output is that leaf's output, and its key the leaf's
    in_place: bool = False  # whether its output is the very tensor that it was given
    kept: torch.Tensor | None = None  # None for what is done again when it is asked for, from what it was called with
    again: bool = False  # whether it is done again though it computes; explorer.activations.sparing

    def label(self, key: str, kind: str) -> None:
        """Make it the one that stands for a leaf's output; for the tracer alone, before anybody sees the node."""
        self.key, self.kind, self.labelled = key, kind, True

    @property
    def moves(self) -> bool:
        """Whether every number of the output is one of the inputs' numbers, wherever it went."""
        return self.kept is None and not self.again

    @property
    def is_complex(self) -> bool:
        """Whether it computed complex numbers, which no map and no receipt can show."""
        return self.kept is not None and self.kept.is_complex()


@dataclass(eq=False)
class Trace:
    """One forward of one picture; everything can be opened from it without running the network again."""

    nodes: list[Node]
    output: str  # key of what the network gave
    never_reached: list[str]  # leaf modules that this forward does not use
    blocks: dict[str, int]  # key of a larger block's call -> the node that made its output
    layer_names: dict[str, tuple[str, int]]  # key of a leaf's call -> its module's name, and which call
    _by_key: dict[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._by_key = {node.key: node.index for node in self.nodes}

    @property
    def picture(self) -> str:
        """Key of the picture itself: "input", unless a module has that name."""
        return self.nodes[0].key

    def keys(self) -> list[str]:
        """Keys of all operations in the order in which they ran; the first is the picture's."""
        return [node.key for node in self.nodes]

    def node(self, key: str) -> Node:
        """The operation with this key, or the one that made the output of this block.

        Raises:
            ModelError: no such layer, with the nearest names; or one that is never reached.
        """
        index = self._by_key.get(key, self.blocks.get(key))
        if index is None:
            if key in self.never_reached:
                raise ModelError(f"The forward never reaches {key}: in evaluation mode it is not called.")
            raise unknown_layer(key, self.keys())
        return self.nodes[index]

    def output_of(self, node: Node) -> torch.Tensor:
        """The output of a node, bit by bit as in the forward."""
        return output_of(self.nodes, node)

    def filled(self, node: Node, fill: Callable[[Ref], Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """A node's arguments with each reference replaced by what `fill` gives for it."""
        return filled(node, fill)

    def tensor(self, key: str) -> torch.Tensor:
        """The output of the operation or block with this key. Raises ModelError for an unknown one."""
        return self.output_of(self.node(key))

    def records(self) -> Records:
        """The leaves' outputs as `explorer.activations.record` gives them."""
        found = []
        for node in self.nodes:
            if node.labelled:
                name, call = self.layer_names[node.key]
                found.append(LayerRecord(name, call, node.key, node.kind, node.shape, self.output_of(node)))
        return Records(found, self.never_reached)

    @property
    def size_bytes(self) -> int:
        """Bytes of memory that the kept activations hold on to: whole blocks of explorer.activations.buffers."""
        storages = (node.kept.untyped_storage() for node in self.nodes if node.kept is not None)
        return sum({storage.data_ptr(): storage.nbytes() for storage in storages}.values())


def output_of(nodes: Sequence[Node], node: Node) -> torch.Tensor:
    """The output of a node, bit by bit as in the forward.

    Args:
        nodes: the trace's, at least as far as this one reads.
    """
    if node.kept is not None:
        return node.kept
    if node.function is None:
        return output_of(nodes, nodes[node.inputs[0]])
    if node.again and (known := remembered(node)) is not None:
        return cast("torch.Tensor", known)

    def given(ref: Ref) -> torch.Tensor:
        output = output_of(nodes, nodes[ref.index])
        return output.clone() if node.again and node.in_place else output  # what is kept is not written over

    args, kwargs = filled(node, given)
    with torch.no_grad():  # a weight may be put beside the numbers, such as a class token
        result = node.function(*args, **kwargs)
    output: torch.Tensor = result if node.part is None else result[node.part]
    if node.again:
        remember(node, output)
    return output


def filled(node: Node, fill: Callable[[Ref], Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """A node's arguments with each reference replaced by what `fill` gives for it."""
    return mapped((node.args, node.kwargs), lambda value: fill(value) if isinstance(value, Ref) else value)


def references(value: Any) -> list[int]:  # noqa: ANN401 -- arguments of any function
    """The nodes that nested arguments refer to, one entry a reference, in order."""
    found: list[int] = []
    mapped(value, lambda item: found.append(item.index) if isinstance(item, Ref) else None)
    return found


def mapped(value: Any, change: Callable[[Any], Any]) -> Any:  # noqa: ANN401 -- arguments of any function
    """Nested tuples, lists and dicts with `change` applied to the tensors and references in them."""
    if isinstance(value, torch.Tensor):
        return change(value)
    if isinstance(value, tuple | list):
        if type(value) is tuple and PLAIN.issuperset(map(type, value)):
            return value
        return type(value)(mapped(item, change) for item in value) if type(value) in {tuple, list} else value
    if isinstance(value, dict):
        return {name: mapped(item, change) for name, item in value.items()}
    return change(value)


def marked(node: Node, mark: float, dtype: torch.dtype) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Arguments of an operation that only moves numbers, with a mark in every constant that it puts beside them.

    Such constants stand in the first argument (`torch.cat([maps, columns])`), whatever their kind of number; tensors
    in all others say where to.
    """

    def constant(value: Any) -> Any:  # noqa: ANN401 -- an argument
        if isinstance(value, torch.Tensor):
            return torch.full_like(value, mark, dtype=dtype, device="cpu")
        return value

    if node.args:
        return (mapped(node.args[0], constant), *node.args[1:]), node.kwargs
    first, *rest = node.kwargs.items()
    return (), {first[0]: mapped(first[1], constant), **dict(rest)}
