"""What a network did to one picture, operation by operation: the graph behind receipts and receptive fields.

`record_trace(model, batch)` runs a picture through a network once and gives a `Trace`: one `Node` for every operation
whose result depends on the picture, be it the inside of a module (`layer1.0.conv1`) or something between modules
(`layer1.0.add`, `features.1.cat`, `flatten`). A node knows the torch function that was called, its arguments (with
references in the place of recorded tensors) and the output.

How, and why so: hooks on the modules of a shadow say which module is running, and a `TorchFunctionMode` sees every
torch function that is called meanwhile, with the arguments that were really given.

- Hooks alone see no operation between modules: no residual addition, no concatenation, no `torch.flatten`.
- `torch.fx` reads the code instead of running it: it fails on control flow that depends on values, knows no shapes
  until it is run again, and a visitor's own class is likely to be what it cannot read.
- `TorchDispatchMode` sits below autograd and sees kernels: one linear layer is `t` and `addmm`, adaptive pooling is a
  `mean`, and the modules' arguments are gone. Everything would have to be pieced together again.
- A function mode belongs to its thread, needs no change in the network, and `nn.Conv2d` and a plain `F.conv2d` arrive
  as the same call: one rule an operation serves both.

What it cannot see is inside compiled modules (`torch.jit`): such a module becomes an operation "opaque" with its
inputs. A tensor that was changed in place through another view of it is no longer followed, and shows as "changed".
"""

import collections
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from explorer.activations import (
    LayerRecord,
    Records,
    call_key,
    check_one_picture,
    first_tensor,
    is_leaf,
    kind_of,
    unknown_layer,
)
from explorer.errors import ModelError
from explorer.memory import Shelf
from explorer.operations import NOTHING, only_moves, operation_name
from explorer.shadow import shadow

INPUT = "input"  # the key of the picture itself
_MARK = "_explorer_node"  # attribute of a tensor that is being followed: (tracer, node index, version)


@dataclass(frozen=True, slots=True)
class Ref:
    """Stands in a node's arguments for the output of another node."""

    index: int


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One operation: what was called with what, and what came out."""

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
    kept: torch.Tensor | None = None  # None for operations that only move numbers: they are done again when asked for

    @property
    def moves(self) -> bool:
        """Whether every number of the output is one of the inputs' numbers, wherever it went."""
        return self.kept is None


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
        if node.kept is not None:
            return node.kept
        if node.function is None:
            return self.output_of(self.nodes[node.inputs[0]])
        args, kwargs = self.filled(node, lambda ref: self.output_of(self.nodes[ref.index]))
        result = node.function(*args, **kwargs)
        return result if node.part is None else result[node.part]

    def filled(self, node: Node, fill: Callable[[Ref], Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """A node's arguments with each reference replaced by what `fill` gives for it."""
        return mapped((node.args, node.kwargs), lambda value: fill(value) if isinstance(value, Ref) else value)

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
        """Bytes that the kept activations take."""
        return sum(node.kept.numel() * node.kept.element_size() for node in self.nodes if node.kept is not None)


def record_trace(model: nn.Module, batch: torch.Tensor) -> Trace:
    """Every operation of one forward, with its output.

    The network is left as it was, as by `explorer.activations.record`.

    Args:
        batch: float32 (1, C, H, W), on the network's device.

    Raises:
        ShapeError: the batch does not hold one picture.
        Exception: whatever the network's own forward raises.
    """
    check_one_picture(batch)
    network = shadow(model)
    picture = batch.detach().clone()  # a network may write into its input
    tracer = _Tracer(network, picture)
    with torch.no_grad(), tracer:
        output = network(picture)
    return tracer.trace(output)


def mapped(value: Any, change: Callable[[Any], Any]) -> Any:  # noqa: ANN401 -- arguments of any function
    """Nested tuples, lists and dicts with `change` applied to what is in them."""
    if isinstance(value, tuple | list):
        return type(value)(mapped(item, change) for item in value) if type(value) in {tuple, list} else value
    if isinstance(value, dict):
        return {name: mapped(item, change) for name, item in value.items()}
    return change(value)


@dataclass(slots=True)
class _Scope:
    """A module that is running."""

    name: str
    key: str
    leaf: bool
    inputs: tuple[Any, ...]


class _Tracer(TorchFunctionMode):
    """Writes down the operations of one forward of one shadow."""

    def __init__(self, network: nn.Module, picture: torch.Tensor) -> None:
        super().__init__()
        self.nodes: list[Node] = []
        self._names = {name for name, _ in network.named_modules()}
        self._leaves = [name for name, module in network.named_modules() if is_leaf(module)]
        self._calls: collections.Counter[str] = collections.Counter()
        self._scopes: list[_Scope] = []
        self._blocks: dict[str, int] = {}
        self._layer_names: dict[str, tuple[str, int]] = {}
        self._shelf = Shelf()
        self._add("input", None, (), {}, picture)
        for name, module in network.named_modules():
            module.register_forward_pre_hook(self._entering(name, is_leaf(module)), with_kwargs=True)
            module.register_forward_hook(self._leaving(name))

    def trace(self, output: Any) -> Trace:  # noqa: ANN401 -- whatever the network gives
        """What was written down, once the network has given `output`."""
        tensor = first_tensor(output)
        last = self._followed(tensor) if tensor is not None else None
        if last is None:
            raise ModelError("The network's output does not depend on the picture, as far as torch functions tell.")
        missed = [call_key(name, 0) for name in self._leaves if not self._calls[call_key(name, 0)]]
        return Trace(self.nodes, self.nodes[last].key, missed, self._blocks, self._layer_names)

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 -- whatever the function gives
        kwargs = kwargs or {}
        given = func(*args, **kwargs)
        if isinstance(given, torch.Tensor):
            if not (given is (args[0] if args else None) and operation_name(func) in NOTHING):
                self._write(func, args, kwargs, given, None)
        elif isinstance(given, tuple | list):
            for part, item in enumerate(given):
                if isinstance(item, torch.Tensor):
                    self._write(func, args, kwargs, item, part)
        elif given is None and operation_name(func) == "setitem":
            self._write(func, args, kwargs, args[0], None)
        return given

    def _write(self, func: Callable[..., Any], args: Any, kwargs: Any, output: torch.Tensor, part: int | None) -> None:  # noqa: ANN401
        seen: list[int] = []

        def referred(value: Any) -> Any:  # noqa: ANN401 -- an argument
            index = self._followed(value, just_written=output) if isinstance(value, torch.Tensor) else None
            if index is None:
                return value
            seen.append(index)
            return Ref(index)

        args, kwargs = mapped((args, kwargs), referred)
        if seen:
            self._add(operation_name(func), func, args, kwargs, output, tuple(dict.fromkeys(seen)), part)

    def _followed(self, tensor: torch.Tensor, just_written: torch.Tensor | None = None) -> int | None:
        """The node whose output this tensor holds."""
        tracer, index, version = tensor.__dict__.get(_MARK, (None, 0, 0))
        if tracer is not self:
            return None
        if tensor is not just_written and tensor._version != version:  # noqa: SLF001 -- torch has no other
            return self._add("changed", None, (Ref(index),), {}, tensor, (index,))
        return int(index)

    def _add(
        self,
        operation: str,
        function: Callable[..., Any] | None,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        output: torch.Tensor,
        inputs: tuple[int, ...] = (),
        part: int | None = None,
    ) -> int:
        scope = self._scopes[-1] if self._scopes else None
        base = f"{scope.name}.{operation}" if scope and scope.name else operation
        if base in self._names:
            base += "()"
        key = call_key(base, self._calls[base])
        self._calls[base] += 1
        moves = operation == "identity" or only_moves(function, args, kwargs)
        node = Node(
            len(self.nodes), key, operation, operation, function, args, kwargs, inputs, tuple(output.shape), part,
            scope.key if scope and scope.leaf else "", kept=None if moves else self._shelf.copy(output),
        )  # fmt: skip
        self.nodes.append(node)
        setattr(output, _MARK, (self, node.index, output._version))  # noqa: SLF001
        return node.index

    def _entering(self, name: str, leaf: bool) -> Callable[..., None]:
        def enter(_module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
            base = name or call_key(name, 0)
            self._scopes.append(_Scope(name, call_key(base, self._calls[base]), leaf, (args, kwargs)))
            self._calls[base] += 1

        return enter

    def _leaving(self, name: str) -> Callable[..., None]:
        def leave(module: nn.Module, _args: tuple[Any, ...], output: Any) -> None:  # noqa: ANN401
            while self._scopes[-1].name != name:  # calls that ended in an error which the network caught
                self._scopes.pop()
            scope = self._scopes[-1]
            tensor = first_tensor(output)
            if tensor is not None:
                self._label(scope, module, tensor)
            self._scopes.pop()

        return leave

    def _label(self, scope: _Scope, module: nn.Module, output: torch.Tensor) -> None:
        """Give the node that made a module's output the module's key."""
        index = self._followed(output)
        if not scope.leaf:
            if index is not None:
                self._blocks[scope.key] = index
            return
        if index is None:
            inputs = tuple(dict.fromkeys(self._inputs_of(scope)))
            index = self._add("opaque", None, tuple(Ref(one) for one in inputs), {}, output, inputs)
        elif self.nodes[index].leaf != scope.key:
            index = self._add("identity", None, (Ref(index),), {}, output, (index,))
        name, _, call = scope.key.rpartition(":")
        self._layer_names[scope.key] = (scope.name or scope.key, int(call) if name and call.isdecimal() else 0)
        self.nodes[index] = replace(self.nodes[index], key=scope.key, kind=kind_of(module), labelled=True)

    def _inputs_of(self, scope: _Scope) -> Iterator[int]:
        found: list[int] = []

        def look(value: Any) -> None:  # noqa: ANN401 -- an argument
            index = self._followed(value) if isinstance(value, torch.Tensor) else None
            if index is not None:
                found.append(index)

        mapped(scope.inputs, look)
        yield from found
