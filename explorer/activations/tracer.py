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

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from explorer.activations.borrowing import borrowed
from explorer.activations.fused import AtOnce, by_places, unwatched
from explorer.activations.nodes import INPUT, Node, Ref, Trace
from explorer.activations.operations.names import NOTHING, READING, operation_name
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
from explorer.activations.writing import Scope, Writer
from explorer.errors import ModelError

__all__ = ["INPUT", "Node", "Ref", "Trace", "record_trace"]


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
        tracer = _Tracer(network, picture, network if original is None else original, Sparing(tries=sparing))
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
class _Running(Scope):
    """A watched module that is running."""

    of: _Watched
    at_once: Any = None  # what torch gives for the whole module in one kernel; None where it goes by steps


class _Tracer(TorchFunctionMode):
    """Looks on while one shadow runs once, and has what it sees written down."""

    def __init__(self, network: nn.Module, picture: torch.Tensor, original: nn.Module, sparing: Sparing) -> None:
        super().__init__()
        layers = list(named_layers(network))
        names = {name for name, _ in layers}
        check_names(names)
        self._running: list[_Running] = []  # the outermost first
        self._writer = Writer(network, names, original, sparing, self._running)
        self._blocks: dict[str, int] = {}
        self._layer_names: dict[str, tuple[str, int]] = {}
        self._watched = [_Watched(one, name, is_leaf(one), one._call_impl, unwatched(one)) for name, one in layers]  # noqa: SLF001
        self._writer.add("input", None, (), {}, picture)
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
        last = self._writer.followed(tensor) if tensor is not None else None
        if last is None:
            raise ModelError("The network's output does not depend on the picture, as far as torch functions tell.")
        leaves = [call_key(module.name, 0) for module in self._watched if module.leaf]
        missed = [key for key in leaves if not self._writer.calls[key]]
        return Trace(self._writer.nodes, self._writer.nodes[last].key, missed, self._blocks, self._layer_names)

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 -- whatever the function gives
        kwargs = kwargs or {}
        given, name = func(*args, **kwargs), operation_name(func)
        if func is functional.multi_head_attention_forward and self._running and self._running[-1].at_once is not None:
            given = by_places(self._running[-1].at_once)
        if isinstance(given, torch.Tensor):
            if not (name in NOTHING and given is (args[0] if args else None)):
                self._writer.write(func, args, kwargs, given, None)
        elif isinstance(given, tuple | list):
            for part, item in enumerate(given):
                if isinstance(item, torch.Tensor):
                    self._writer.write(func, args, kwargs, item, part)
        elif given is None and name == "setitem":
            self._writer.write(func, args, kwargs, args[0], None)
        if name in READING and not self._writer.numbers_read:
            self._writer.numbers_read = self._writer.followed(args[0]) is not None
        return given

    def _run(self, watched: _Watched, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 -- what the module takes and gives
        base = watched.name or WHOLE
        call = self._writer.count(base)
        scope = _Running(watched.name, watched.leaf, call, call_key(base, call), (args, kwargs), watched)
        self._running.append(scope)
        try:
            output = watched.call(*args, **kwargs)
            tensor = first_tensor(output)
            if tensor is not None and not is_inside_vmap(tensor):
                with torch._C.DisableTorchFunction():  # noqa: SLF001 -- what is asked of tensors here is not the network's
                    self._label(scope, tensor)
            return output
        finally:
            self._running.pop()

    def _begin_at_once(self, _module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if all(scope.at_once is None for scope in self._running):
            scope = self._running[-1]
            scope.at_once = scope.of.at_once(args, kwargs) if scope.of.at_once is not None else None

    def _take(self, _module: nn.Module, _args: tuple[Any, ...], output: Any) -> Any:  # noqa: ANN401
        """Lets what torch gives for all steps in one kernel stand for the last step's output."""
        tensor, at_once = first_tensor(output), self._running[-1].at_once
        if not isinstance(at_once, torch.Tensor) or tensor is None:
            return output
        with torch._C.DisableTorchFunction():  # noqa: SLF001 -- what is asked of tensors here is not the network's
            index = None if self._writer.is_unseen(tensor) else self._writer.followed(tensor)
            if index is not None:
                self._writer.instead(index, at_once)
        return at_once

    def _label(self, scope: _Running, output: torch.Tensor) -> None:
        """Give the node that made a module's output the module's key."""
        unseen = self._writer.is_unseen(output)
        index = None if unseen else self._writer.followed(output)
        if not scope.leaf:
            if index is not None:
                self._blocks[scope.key] = index
            return
        if unseen:
            inputs = self._writer.read_by(scope)
            index = self._writer.add("opaque", None, tuple(Ref(one) for one in inputs), {}, output, inputs)
        elif index is None:
            index = self._writer.constant(output)
        elif self._writer.nodes[index].leaf != scope.key:
            index = self._writer.add("identity", None, (Ref(index),), {}, output, (index,))
        self._layer_names[scope.key] = (scope.name or scope.key, scope.call)
        self._writer.nodes[index].label(scope.key, kind_of(scope.of.module))
