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
inputs. A tensor that no torch function was seen to make, and that did not stand before the forward began
(explorer.activations.standing), comes from a compiled function or from NumPy, maybe by way of the picture: it is
"opaque" without inputs; so is one made of plain numbers after numbers of the picture were read. A module that is given
nothing of the picture (a table of positions) puts out a "constant". A tensor that was changed in place
through another view of it, or held something else before, is no longer followed, and shows as "changed".
"""

import collections
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from explorer.activations.borrowing import borrowed
from explorer.activations.buffers import Arena
from explorer.activations.fused import AtOnce, by_places, unwatched
from explorer.activations.nodes import INPUT, Node, Ref, Trace, mapped
from explorer.activations.operations.names import NOTHING, OF_NUMBERS, READING, operation_name, puts_elsewhere
from explorer.activations.recording import (
    call_key,
    check_names,
    check_one_picture,
    first_tensor,
    is_leaf,
    kind_of,
    named_layers,
)
from explorer.activations.sparing import Sparing
from explorer.activations.standing import standing_tensors
from explorer.errors import ModelError

__all__ = ["INPUT", "Node", "Ref", "Trace", "record_trace"]

_MARK = "_explorer_node"  # attribute of a tensor that was made here: (token of the tracer, node index, version)
_CONSTANT = -1  # in place of the index: nothing of the picture went into it


def record_trace(model: nn.Module, batch: torch.Tensor, *, sparing: bool = False) -> Trace:
    """Every operation of one forward, with its output.

    The network is left as it was, as by `explorer.activations.record`.

    Args:
        batch: float32 (1, C, H, W), on the network's device.
        sparing: leave out what comes out the same, bit by bit, when it is computed again from the rest in a moment:
            a third of the memory.

    Raises:
        ShapeError: the batch does not hold one picture.
        ModelError: the output does not depend on it, a module's name reads as another's later call ("conv:1"), or the
            forward itself switches to torch's inference mode.
        Exception: whatever the network's own forward raises.
    """
    check_one_picture(batch)
    # A caller's inference mode would count no versions of a tensor.
    with torch.inference_mode(mode=False), torch.no_grad(), borrowed(model, batch) as (network, picture):
        return trace_of(network, picture, sparing=sparing)


def trace_of(network: nn.Module, picture: torch.Tensor, *, sparing: bool = False) -> Trace:
    """`record_trace` of a network that nobody else uses, and that keeps the hooks, on a picture that it may write into.

    Raises:
        ModelError: as `record_trace`.
    """
    with torch.inference_mode(mode=False), torch.no_grad():
        tracer = _Tracer(network, picture, Sparing() if sparing else None)
        with tracer:
            output = network(picture)
        return tracer.trace(output)


@dataclass(slots=True)
class _Scope:
    """A module that is running."""

    name: str
    key: str
    leaf: bool
    inputs: tuple[Any, ...]
    at_once: Any = None  # what torch gives for the whole module in one kernel; None where it goes by steps


class _Tracer(TorchFunctionMode):
    """Writes down the operations of one forward of one shadow."""

    def __init__(self, network: nn.Module, picture: torch.Tensor, sparing: Sparing | None) -> None:
        super().__init__()
        self.nodes: list[Node] = []
        layers = list(named_layers(network))
        self._names = {name for name, _ in layers}
        check_names(self._names)
        self._leaves = [name for name, module in layers if is_leaf(module)]
        self._calls: collections.Counter[str] = collections.Counter()
        self._scopes: list[_Scope] = []
        self._blocks: dict[str, int] = {}
        self._layer_names: dict[str, tuple[str, int]] = {}
        self._arena = Arena()
        self._sparing = sparing
        self._token = object()  # a mark outlives the tracer on a tensor that the network keeps
        self._own = standing_tensors(network)  # by id; held, so that no other tensor gets that id
        self._numbers_read = False  # whether plain numbers, made of the picture, are about
        self._add("input", None, (), {}, picture)
        unwatched_ones = [unwatched(module) for _, module in layers]  # while none is watched
        for (name, module), at_once in zip(layers, unwatched_ones, strict=True):
            module.register_forward_pre_hook(self._entering(name, is_leaf(module), at_once), with_kwargs=True)
            module.register_forward_hook(self._leaving(name))

    def trace(self, output: Any) -> Trace:  # noqa: ANN401 -- whatever the network gives
        """What was written down, once the network has given `output`.

        Raises:
            ModelError: nothing of the picture went into it.
        """
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
        if func is functional.multi_head_attention_forward and self._scopes and self._scopes[-1].at_once is not None:
            given = by_places(self._scopes[-1].at_once)
        if isinstance(given, torch.Tensor):
            if not (given is (args[0] if args else None) and operation_name(func) in NOTHING):
                self._write(func, args, kwargs, given, None)
        elif isinstance(given, tuple | list):
            for part, item in enumerate(given):
                if isinstance(item, torch.Tensor):
                    self._write(func, args, kwargs, item, part)
        elif given is None and operation_name(func) == "setitem":
            self._write(func, args, kwargs, args[0], None)
        if not self._numbers_read and operation_name(func) in READING:
            self._numbers_read = self._followed(args[0]) is not None
        return given

    def _write(self, func: Callable[..., Any], args: Any, kwargs: Any, output: torch.Tensor, part: int | None) -> None:  # noqa: ANN401
        seen: list[int] = []
        given: list[Any] = []

        def referred(value: Any) -> Any:  # noqa: ANN401 -- an argument
            if not isinstance(value, torch.Tensor):
                return value
            given.append(value)
            index = self._followed(value, just_written=output)
            if index is None:
                return value
            seen.append(index)
            return Ref(index)

        # Most arguments are tensors and plain numbers: those are not looked into as if they might hold others.
        args = tuple([referred(one) if isinstance(one, torch.Tensor) else mapped(one, referred) for one in args])
        kwargs = {name: mapped(one, referred) for name, one in kwargs.items()}
        if not seen:
            unsure = self._numbers_read and operation_name(func) in OF_NUMBERS
            if id(output) not in self._own and not unsure:
                setattr(output, _MARK, (self._token, _CONSTANT, _version(output)))
            return
        inputs, operation = tuple(dict.fromkeys(seen)), operation_name(func)
        in_place = any(value is output for value in given)
        if in_place and self._followed(output, just_written=output) is None:  # what it held before is gone
            self._add("changed", None, tuple(map(Ref, inputs)), {}, output, inputs)
            return
        self._add(operation, func, args, kwargs, output, inputs, part, in_place)
        if operation == "data":  # its own version is counted, and what is written there is not seen here
            setattr(given[0], _MARK, (self._token, seen[0], -1))

    def _followed(self, tensor: torch.Tensor, just_written: torch.Tensor | None = None) -> int | None:
        """The node whose output this tensor holds; None for a constant."""
        if self._is_unseen(tensor):
            return None if tensor is just_written else self._add("opaque", None, (), {}, tensor)
        token, index, version = tensor.__dict__.get(_MARK, (None, _CONSTANT, 0))
        if token is not self._token:
            return None
        if tensor is not just_written and _version(tensor) != version:
            before = () if index == _CONSTANT else (index,)
            return self._add("changed", None, tuple(map(Ref, before)), {}, tensor, before)
        return None if index == _CONSTANT else int(index)

    def _is_unseen(self, tensor: torch.Tensor) -> bool:
        """Whether it is neither the network's own nor made by a torch function that was seen."""
        token, _, _ = tensor.__dict__.get(_MARK, (None, _CONSTANT, 0))
        return token is not self._token and id(tensor) not in self._own

    def _add(
        self,
        operation: str,
        function: Callable[..., Any] | None,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        output: torch.Tensor,
        inputs: tuple[int, ...] = (),
        part: int | None = None,
        in_place: bool = False,
    ) -> int:
        if output.is_inference():
            raise ModelError(
                "The network's forward switches to torch's inference mode, in which torch does not tell what was "
                "written over; torch.no_grad does as well there."
            )
        scope = self._scopes[-1] if self._scopes else None
        base = f"{scope.name}.{operation}" if scope and scope.name else operation
        if base in self._names:
            base += "()"
        key = call_key(base, self._calls[base])
        self._calls[base] += 1
        moves = operation == "identity" or puts_elsewhere(function, args, kwargs)
        node = Node(
            len(self.nodes), key, operation, operation, function, args, kwargs, inputs, tuple(output.shape), part,
            scope.key if scope and scope.leaf else "", in_place=in_place, again=not moves,
        )  # fmt: skip
        if not moves if self._sparing is None else self._sparing.keeps(self.nodes, node, output):
            node = replace(node, kept=self._arena.copy(output), again=False)
        self.nodes.append(node)
        setattr(output, _MARK, (self._token, node.index, _version(output)))
        return node.index

    def _entering(self, name: str, leaf: bool, at_once: AtOnce | None) -> Callable[..., None]:
        base = name or call_key(name, 0)

        def enter(_module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
            whole = at_once is None or any(scope.at_once is not None for scope in self._scopes)
            given = None if at_once is None or whole else at_once(args, kwargs)
            self._scopes.append(_Scope(name, call_key(base, self._calls[base]), leaf, (args, kwargs), given))
            self._calls[base] += 1

        return enter

    def _leaving(self, name: str) -> Callable[..., None]:
        def leave(module: nn.Module, _args: tuple[Any, ...], output: Any) -> Any:  # noqa: ANN401
            while self._scopes[-1].name != name:  # calls that ended in an error which the network caught
                self._scopes.pop()
            scope = self._scopes[-1]
            tensor = first_tensor(output)
            with torch._C.DisableTorchFunction():  # noqa: SLF001 -- what is asked of tensors here is not the network's
                if isinstance(scope.at_once, torch.Tensor) and tensor is not None:
                    self._take(tensor, scope.at_once)
                    output = tensor = scope.at_once
                if tensor is not None:
                    self._label(scope, module, tensor)
            self._scopes.pop()
            return output

        return leave

    def _take(self, output: torch.Tensor, at_once: torch.Tensor) -> None:
        """Lets what torch gives for all steps in one kernel stand for the last step's output."""
        index = None if self._is_unseen(output) else self._followed(output)
        if index is not None:
            self.nodes[index] = replace(self.nodes[index], kept=self._arena.copy(at_once), again=False)
            setattr(at_once, _MARK, (self._token, index, _version(at_once)))

    def _label(self, scope: _Scope, module: nn.Module, output: torch.Tensor) -> None:
        """Give the node that made a module's output the module's key."""
        index = None if self._is_unseen(output) else self._followed(output)
        if not scope.leaf:
            if index is not None:
                self._blocks[scope.key] = index
            return
        if index is None and not self._is_unseen(output):
            index = self._add("constant", None, (), {}, output)
            setattr(output, _MARK, (self._token, _CONSTANT, _version(output)))
        elif index is None:
            inputs = tuple(dict.fromkeys(self._inputs_of(scope)))
            index = self._add("opaque", None, tuple(Ref(one) for one in inputs), {}, output, inputs)
        elif self.nodes[index].leaf != scope.key:
            index = self._add("identity", None, (Ref(index),), {}, output, (index,))
        name, _, call = scope.key.rpartition(":")
        self._layer_names[scope.key] = (scope.name or scope.key, int(call) if name and call.isdecimal() else 0)
        self.nodes[index].label(scope.key, kind_of(module))

    def _inputs_of(self, scope: _Scope) -> Iterator[int]:
        found: list[int] = []

        def look(value: Any) -> None:  # noqa: ANN401 -- an argument
            index = self._followed(value) if isinstance(value, torch.Tensor) else None
            if index is not None:
                found.append(index)

        mapped(scope.inputs, look)
        yield from found


def _version(tensor: torch.Tensor) -> int:
    """How often a tensor was written into, by whatever view; 0 in inference mode, where torch does not count."""
    try:
        return tensor._version  # noqa: SLF001 -- torch has no other
    except RuntimeError:
        return 0
