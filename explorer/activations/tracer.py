"""What a network did to one picture, operation by operation: the graph behind receipts and receptive fields.

`record_trace(model, batch)` runs a picture through a network once and gives a `Trace`: one `Node` for every operation
whose result depends on the picture, be it the inside of a module (`layer1.0.conv1`) or something between modules
(`layer1.0.add`, `features.1.cat`, `flatten`). A node knows the torch function that was called, its arguments (with
references in the place of recorded tensors) and the output.

How, and why so: the calls of a shadow's modules say which module is running, and a `TorchFunctionMode` sees every
torch function that is called meanwhile, with the arguments that were really given.

- Hooks alone see no operation between modules: no residual addition, no concatenation, no `torch.flatten`.
- `torch.fx` reads the code instead of running it: it fails on control flow that depends on values, knows no shapes
  until it is run again, and a visitor's own class is likely to be what it cannot read.
- `TorchDispatchMode` sits below autograd and sees kernels: one linear layer is `t` and `addmm`, adaptive pooling is a
  `mean`, and the modules' arguments are gone. Everything would have to be pieced together again.
- A function mode belongs to its thread, needs no change in the network, and `nn.Conv2d` and a plain `F.conv2d` arrive
  as the same call: one rule an operation serves both.

What it cannot see is inside `torch.vmap`, nor inside compiled modules (`torch.jit`): such a module becomes an
operation "opaque" with its inputs. A tensor that no torch function was seen to make, and that did not stand before the
forward began (explorer.activations.standing), comes from a compiled function or from NumPy, maybe by way of the
picture: it is "opaque" without inputs; so is one made of plain numbers after numbers of the picture were read. A
module that is given nothing of the picture (a table of positions) puts out a "constant". A tensor that was changed in
place through another view of it, or held something else before, is no longer followed, and shows as "changed".
"""

import collections
import functools
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
from explorer.activations.nodes import INPUT, PLAIN, Node, Ref, Trace, mapped
from explorer.activations.operations.names import (
    NOTHING,
    OF_NUMBERS,
    READING,
    is_done_again,
    operation_name,
    puts_elsewhere,
)
from explorer.activations.recording import (
    WHOLE,
    call_key,
    check_names,
    check_one_picture,
    first_tensor,
    is_inside_vmap,
    is_leaf,
    kind_of,
    named_layers,
)
from explorer.activations.shadow import is_compiled
from explorer.activations.sparing import Sparing
from explorer.activations.standing import own_tensors, standing_tensors
from explorer.errors import ModelError

__all__ = ["INPUT", "Node", "Ref", "Trace", "record_trace"]

_MARK = "_explorer_node"  # attribute of a tensor that was made here: (token of the tracer, node index, version)
_CONSTANT = -1  # in place of the index: nothing of the picture went into it
_UNMARKED = (None, _CONSTANT, 0)


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
    if is_compiled(model):
        model = model.get_submodule("_orig_mod")
    # A caller's inference mode would count no versions of a tensor.
    with torch.inference_mode(mode=False), torch.no_grad(), borrowed(model, batch) as (network, picture):
        return trace_of(network, picture, model, sparing=sparing)


def trace_of(
    network: nn.Module, picture: torch.Tensor, original: nn.Module | None = None, *, sparing: bool = False
) -> Trace:
    """`record_trace` of a network that nobody else uses, and that keeps the hooks, on a picture that it may write into.

    Args:
        original: what it is a shadow of, if it is one. What a shadow keeps of a forward is not found there.

    Raises:
        ModelError: as `record_trace`.
    """
    with torch.inference_mode(mode=False), torch.no_grad():
        tracer = _Tracer(network, picture, network if original is None else original, Sparing() if sparing else None)
        with tracer:
            output = network(picture)
        return tracer.trace(output)


@dataclass(slots=True)
class _Watched:
    """A module that is watched."""

    module: nn.Module
    name: str
    leaf: bool
    call: Callable[..., Any]  # unwatched
    at_once: AtOnce | None


@dataclass(slots=True)
class _Scope:
    """A module that is running."""

    module: _Watched
    call: int  # which one of its calls
    key: str
    inputs: tuple[Any, ...]
    at_once: Any = None  # what torch gives for the whole module in one kernel; None where it goes by steps


class _Tracer(TorchFunctionMode):
    """Writes down the operations of one forward of one shadow."""

    def __init__(self, network: nn.Module, picture: torch.Tensor, original: nn.Module, sparing: Sparing | None) -> None:
        super().__init__()
        self.nodes: list[Node] = []
        layers = list(named_layers(network))
        self._names = {name for name, _ in layers}
        check_names(self._names)
        self._calls: dict[str, int] = collections.defaultdict(int)
        self._scopes: list[_Scope] = []
        self._blocks: dict[str, int] = {}
        self._layer_names: dict[str, tuple[str, int]] = {}
        self._arena = Arena()
        self._sparing = sparing
        self._token = object()  # a mark outlives the tracer on a tensor that the network keeps
        self._numbers_read = False  # whether plain numbers, made of the picture, are about
        # What stands before, by id; held, so that no other tensor gets that id. A shadow's is looked for when a tensor
        # turns up that is neither.
        self._original = None if original is network else original
        self._own = standing_tensors(network) if original is network else own_tensors(network)
        self._watched = [_Watched(one, name, is_leaf(one), one._call_impl, unwatched(one)) for name, one in layers]  # noqa: SLF001
        self._add("input", None, (), {}, picture)
        for watched in self._watched:
            # Hooks would see the same, at four times the cost. A copy of the module that the forward makes copies this.
            watched.module.__dict__["_call_impl"] = functools.partial(self._run, watched)
            if watched.at_once is not None:
                watched.module.register_forward_pre_hook(self._begin_at_once, with_kwargs=True)
                watched.module.register_forward_hook(self._take, prepend=True)  # before its own hooks see the output

    def __exit__(self, *error: object) -> None:
        super().__exit__(*error)  # type: ignore[no-untyped-call]  # torch's has no types
        for watched in self._watched:  # which hold each other, and the shadow's memory
            del watched.module.__dict__["_call_impl"]

    def __deepcopy__(self, _memo: dict[int, Any]) -> "_Tracer":
        """Itself: a forward that copies one of its modules copies the hooks there."""
        return self

    def trace(self, output: Any) -> Trace:  # noqa: ANN401 -- whatever the network gives
        """What was written down, once the network has given `output`.

        Raises:
            ModelError: nothing of the picture went into it.
        """
        tensor = first_tensor(output)
        last = self._followed(tensor) if tensor is not None else None
        if last is None:
            raise ModelError("The network's output does not depend on the picture, as far as torch functions tell.")
        leaves = [call_key(module.name, 0) for module in self._watched if module.leaf]
        missed = [key for key in leaves if not self._calls[key]]
        return Trace(self.nodes, self.nodes[last].key, missed, self._blocks, self._layer_names)

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 -- whatever the function gives
        kwargs = kwargs or {}
        given, name = func(*args, **kwargs), operation_name(func)
        if func is functional.multi_head_attention_forward and self._scopes and self._scopes[-1].at_once is not None:
            given = by_places(self._scopes[-1].at_once)
        if isinstance(given, torch.Tensor):
            if not (name in NOTHING and given is (args[0] if args else None)):
                self._write(func, args, kwargs, given, None)
        elif isinstance(given, tuple | list):
            for part, item in enumerate(given):
                if isinstance(item, torch.Tensor):
                    self._write(func, args, kwargs, item, part)
        elif given is None and name == "setitem":
            self._write(func, args, kwargs, args[0], None)
        if name in READING and not self._numbers_read:
            self._numbers_read = self._followed(args[0]) is not None
        return given

    def _write(self, func: Callable[..., Any], args: Any, kwargs: Any, output: torch.Tensor, part: int | None) -> None:  # noqa: ANN401
        seen: list[int] = []
        in_place = False

        def referred(value: Any) -> Any:  # noqa: ANN401 -- an argument
            nonlocal in_place
            if not isinstance(value, torch.Tensor):
                return value
            written = value is output
            in_place = in_place or written
            index = self._followed(value, just_written=written)
            if index is None:
                return value
            seen.append(index)
            return Ref(index)

        if is_inside_vmap(output):  # and stands for many tensors: what comes out behind it was not seen to be made
            return
        first, operation = args[0] if args else None, operation_name(func)
        args = tuple([one if type(one) in PLAIN else mapped(one, referred) for one in args])
        kwargs = {name: mapped(one, referred) for name, one in kwargs.items()} if kwargs else {}
        inputs = tuple(dict.fromkeys(seen))
        gone = ""  # how what an operation wrote over shows, where nothing of the picture is known to have been in it
        if in_place and self._followed(output, just_written=True) is None:
            gone = "opaque" if self._is_unseen(output) else "changed" if seen else ""
        if gone:
            self._add(gone, None, tuple(map(Ref, inputs)), {}, output, inputs)
        elif seen:
            self._add(operation, func, args, kwargs, output, inputs, part, in_place)
            if operation == "data":  # its own version is counted, and what is written there is not seen here
                setattr(first, _MARK, (self._token, seen[0], -1))
        elif id(output) not in self._own and not (self._numbers_read and operation in OF_NUMBERS):
            setattr(output, _MARK, (self._token, _CONSTANT, _version(output)))

    def _followed(self, tensor: torch.Tensor, *, just_written: bool = False) -> int | None:
        """The node whose output this tensor holds; None for a constant."""
        token, index, version = tensor.__dict__.get(_MARK, _UNMARKED)
        if token is not self._token:
            if just_written or self._stands(tensor):
                return None
            return self._add("opaque", None, (), {}, tensor)
        if not just_written and _version(tensor) != version:
            before = () if index == _CONSTANT else (index,)
            return self._add("changed", None, tuple(map(Ref, before)), {}, tensor, before)
        return None if index == _CONSTANT else index

    def _is_unseen(self, tensor: torch.Tensor) -> bool:
        """Whether it did not stand before, and no torch function was seen to make it."""
        return tensor.__dict__.get(_MARK, _UNMARKED)[0] is not self._token and not self._stands(tensor)

    def _stands(self, tensor: torch.Tensor) -> bool:
        """Whether the network's code can name it without computing it."""
        if id(tensor) not in self._own and self._original is not None:
            self._own |= standing_tensors(self._original)
            self._original = None
        return id(tensor) in self._own

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
        base = f"{scope.module.name}.{operation}" if scope and scope.module.name else operation
        if base in self._names:
            base += "()"
        call = self._calls[base]
        self._calls[base] = call + 1
        moves = operation == "identity" or puts_elsewhere(function, args, kwargs)
        node = Node(
            len(self.nodes), call_key(base, call), operation, operation, function, args, kwargs, inputs,
            tuple(output.shape), part, scope.key if scope and scope.module.leaf else "", in_place=in_place,
            again=not moves,
        )  # fmt: skip
        if self._sparing is None:
            keeps = not moves and (function is None or not is_done_again(operation))
        else:
            keeps = self._sparing.keeps(self.nodes, node, output)
        if keeps:
            node.kept, node.again = self._arena.copy(output), False
        self.nodes.append(node)
        setattr(output, _MARK, (self._token, node.index, _version(output)))
        return node.index

    def _run(self, watched: _Watched, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 -- what the module takes and gives
        base = watched.name or WHOLE
        call = self._calls[base]
        self._calls[base] = call + 1
        scope = _Scope(watched, call, call_key(base, call), (args, kwargs))
        self._scopes.append(scope)
        try:
            output = watched.call(*args, **kwargs)
            tensor = first_tensor(output)
            if tensor is not None and not is_inside_vmap(tensor):
                with torch._C.DisableTorchFunction():  # noqa: SLF001 -- what is asked of tensors here is not the network's
                    self._label(scope, tensor)
            return output
        finally:
            self._scopes.pop()

    def _begin_at_once(self, _module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if all(scope.at_once is None for scope in self._scopes):
            scope = self._scopes[-1]
            scope.at_once = scope.module.at_once(args, kwargs) if scope.module.at_once is not None else None

    def _take(self, _module: nn.Module, _args: tuple[Any, ...], output: Any) -> Any:  # noqa: ANN401
        """Lets what torch gives for all steps in one kernel stand for the last step's output."""
        tensor, at_once = first_tensor(output), self._scopes[-1].at_once
        if not isinstance(at_once, torch.Tensor) or tensor is None:
            return output
        with torch._C.DisableTorchFunction():  # noqa: SLF001 -- what is asked of tensors here is not the network's
            index = None if self._is_unseen(tensor) else self._followed(tensor)
            if index is not None:
                self.nodes[index] = replace(self.nodes[index], kept=self._arena.copy(at_once), again=False)
                setattr(at_once, _MARK, (self._token, index, _version(at_once)))
        return at_once

    def _label(self, scope: _Scope, output: torch.Tensor) -> None:
        """Give the node that made a module's output the module's key."""
        unseen = self._is_unseen(output)
        index = None if unseen else self._followed(output)
        if not scope.module.leaf:
            if index is not None:
                self._blocks[scope.key] = index
            return
        if unseen:
            inputs = tuple(dict.fromkeys(self._inputs_of(scope)))
            index = self._add("opaque", None, tuple(Ref(one) for one in inputs), {}, output, inputs)
        elif index is None:
            index = self._add("constant", None, (), {}, output)
            setattr(output, _MARK, (self._token, _CONSTANT, _version(output)))
        elif self.nodes[index].leaf != scope.key:
            index = self._add("identity", None, (Ref(index),), {}, output, (index,))
        self._layer_names[scope.key] = (scope.module.name or scope.key, scope.call)
        self.nodes[index].label(scope.key, kind_of(scope.module.module))

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
