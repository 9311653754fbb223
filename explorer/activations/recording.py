"""Every layer's output, as the network computed it.

`record(model, batch)` runs one picture through a network and gives back what each leaf module put out, one record a
call. What goes on between modules (additions, concatenations) is in explorer.activations.tracer: these two register
all hooks (a class's own check of its dimensions excepted).

Three traps, and what is done about them:

- An in-place activation overwrites the output of the layer before it; `out += identity` does so too, with no module in
  sight. Hooks copy, into memory that is used again (explorer.activations.buffers).
- A module may be called twice (`layer1.0.relu` in a ResNet): records are keyed by name and call.
- Two visitors may use one network, and a forward may fail half-way. The network is borrowed
  (explorer.activations.borrowing): its own hooks and modes stay, and nothing of a picture is left behind.
"""

import contextlib
import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn.utils import parametrize

from explorer.activations.borrowing import borrowed
from explorer.activations.buffers import Arena
from explorer.activations.fused import hooks_at_once
from explorer.activations.shadow import Opaque
from explorer.errors import ModelError, ShapeError

WHOLE = "(model)"  # the key of a network that is a single module


@dataclass(frozen=True, slots=True)
class LayerRecord:
    """One call of one module, and what came out."""

    name: str  # the module's name: "layer1.0.relu"
    call: int  # 0 for its first call in this forward
    key: str  # the name, with ":1", ":2" for later calls
    kind: str  # the module's class: "Conv2d"
    shape: tuple[int, ...]  # of the output, with the batch's 1 in front
    output: torch.Tensor


class Records(list[LayerRecord]):
    """The records in the order in which the layers finished, and the names of the layers that were never reached."""

    def __init__(self, records: Iterable[LayerRecord] = (), never_reached: Sequence[str] = ()) -> None:
        super().__init__(records)
        self.never_reached = list(never_reached)


class Stop(Exception):  # noqa: N818 -- no error: ends a forward that has given what was asked for
    """Everything asked for is recorded."""


def record(model: nn.Module, batch: torch.Tensor, names: Sequence[str] | None = None) -> Records:
    """What each leaf module of a network puts out for one picture.

    Bit-equal to a run in which no operation works in place. The network is left as it was: its modes, its hooks, its
    buffers; this holds after an error too, and while others use it.

    Args:
        batch: float32 (1, C, H, W), on the network's device.
        names: keys to record, of leaves or of larger blocks; the forward stops when the last has its output. None
            for every call of every leaf.

    Returns:
        Records in the order of the calls, or of `names`; `never_reached` lists the leaves that a whole forward does
        not use.

    Raises:
        ShapeError: the batch does not hold one picture.
        ModelError: a name that the network does not have, or that its forward never reaches; a module whose name reads
            as another's later call ("conv:1").
        Exception: whatever the network's own forward raises.
    """
    check_one_picture(batch)
    if names is None or any(":" in name for name in names):
        check_names(name for name, _ in model.named_modules())
    wanted = None if names is None else list(dict.fromkeys(names))
    if wanted is not None:
        _check_names(model, wanted)
    if wanted == []:
        return Records()
    watched = None if wanted is None else [module for _, module in _watched(model, wanted)]
    with torch.no_grad(), borrowed(model, batch, watched) as (network, picture):
        for module, hook in hooks_at_once(network):
            module.register_forward_hook(hook, with_kwargs=True)
        recorder = _Recorder(network, wanted)
        with contextlib.suppress(Stop):
            network(picture)
    if wanted is None:
        return Records(recorder.records.values(), recorder.never_reached())
    missing = [key for key in wanted if key not in recorder.records]
    if missing:
        raise ModelError(
            f"The forward never reaches {', '.join(missing)}: in evaluation mode it is not called, or not that often."
        )
    return Records(recorder.records[key] for key in wanted)


@contextlib.contextmanager
def watching(
    model: nn.Module,
    which: Callable[[str, nn.Module], bool],
    *,
    before: Callable[[str, nn.Module, tuple[Any, ...]], None] | None = None,
    after: Callable[[str, nn.Module, tuple[Any, ...], Any], None] | None = None,
) -> Iterator[None]:
    """Look on while modules of a network run, for what `record` does not keep; whatever happens, no hook stays.

    What is handed over are the network's own tensors: later work in place shows in them, and gradients flow through.

    Args:
        model: a network that nobody else uses meanwhile, one borrowed (explorer.activations.borrowing) or a copy.
        which: whether a module of this name is watched; the network itself has the name "".
        before: called with name, module and inputs before each call of a watched module.
        after: called with name, module, inputs and output after it.
    """
    handles = []
    for name, module in named_layers(model):
        if not which(name, module):
            continue
        if before is not None:
            handles.append(module.register_forward_pre_hook(_calling_with(before, name)))
        if after is not None:
            handles.append(module.register_forward_hook(_calling_with(after, name)))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _calling_with(function: Callable[..., None], name: str) -> Callable[..., None]:
    """The function as a hook, which gives torch nothing back: no input or output is replaced."""

    def hook(*given: Any) -> None:  # noqa: ANN401 -- what torch hands over
        function(name, *given)

    return hook


class _Recorder:
    """Hooks on a shadow that copy what was asked for: all leaves, or the keys in `wanted`."""

    def __init__(self, network: nn.Module, wanted: Sequence[str] | None) -> None:
        self.records: dict[str, LayerRecord] = {}
        self._wanted = None if wanted is None else set(wanted)
        self._calls: dict[str, int] = {}
        self._copy = torch.clone if wanted is not None else Arena().copy  # one layer must not hold a whole block
        for name, module in _watched(network, wanted):
            self._calls[name] = 0
            module.register_forward_hook(self._hook(name, kind_of(module)))

    def never_reached(self) -> list[str]:
        """Names of the watched modules that the forward did not call."""
        return [name or WHOLE for name, calls in self._calls.items() if not calls]

    def _hook(self, name: str, kind: str) -> Callable[[nn.Module, tuple[Any, ...], Any], None]:
        def keep(_module: nn.Module, _args: tuple[Any, ...], output: Any) -> None:  # noqa: ANN401
            call = self._calls[name]
            self._calls[name] = call + 1
            tensor = output if isinstance(output, torch.Tensor) else first_tensor(output)
            key = call_key(name, call)
            if tensor is None or is_inside_vmap(tensor) or (self._wanted is not None and key not in self._wanted):
                return
            copy = self._copy(tensor)
            self.records[key] = LayerRecord(name or WHOLE, call, key, kind, tuple(copy.shape), copy)
            if self._wanted is not None and len(self.records) == len(self._wanted):
                raise Stop

        return keep


def _watched(network: nn.Module, wanted: Sequence[str] | None) -> Iterator[tuple[str, nn.Module]]:
    if wanted is None:
        yield from ((name, module) for name, module in named_layers(network) if is_leaf(module))
        return
    for name in dict.fromkeys(split_key(key)[0] for key in wanted):
        yield ("", network) if name == WHOLE else (name, network.get_submodule(name))


def check_one_picture(batch: torch.Tensor) -> None:
    """Refuses what is no single picture.

    Args:
        batch: (1, C, H, W), or any (1, ...).

    Raises:
        ShapeError: no batch dimension, or more or fewer pictures than one.
    """
    if batch.ndim < 2 or batch.shape[0] != 1:
        raise ShapeError(f"Activations are recorded for one picture, (1, C, H, W); this batch is {tuple(batch.shape)}.")


def check_names(names: Iterable[str]) -> None:
    """Refuses names of modules that read as the key of another's later call.

    Raises:
        ModelError: a name such as `conv:2`; the first one is named.
    """
    for name in names:
        before, call = split_key(name)
        if call or before != name:
            raise ModelError(
                f"The network has a module named {name!r}; here that would be a later call of {before!r}. "
                "Name it without the colon."
            )


def is_leaf(module: nn.Module) -> bool:
    """Whether a module has no modules inside, but for what makes its weights."""
    inside = module._modules  # noqa: SLF001 -- children() is a generator; this runs for every module of a network
    return not inside or (len(inside) == 1 and parametrize.is_parametrized(module))


def named_layers(network: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """Every module by name, but for those that make another one's weights (torch.nn.utils.parametrizations)."""
    making_weights: tuple[str, ...] = ()
    for name, module in network.named_modules():
        if making_weights and f"{name}.".startswith(making_weights):
            continue
        if "parametrizations" in module._modules and parametrize.is_parametrized(module):  # noqa: SLF001
            making_weights += (f"{name}.parametrizations." if name else "parametrizations.",)
        yield name, module


def kind_of(module: nn.Module) -> str:
    """The name of a module's class."""
    if isinstance(module, Opaque):
        module = module.__dict__["inner"]
    if "parametrizations" in module._modules:  # noqa: SLF001 -- torch asks by attribute, which is slow where there is none
        return parametrize.type_before_parametrizations(module).__name__
    return type(module).__name__


def call_key(name: str, call: int) -> str:
    """The key of a module's call: its name, then ":1", ":2" for the later ones."""
    return f"{name or WHOLE}:{call}" if call else name or WHOLE


def split_key(key: str) -> tuple[str, int]:
    """Name and call of a key; the inverse of `call_key`."""
    name, _, call = key.rpartition(":")
    return (name, int(call)) if name and call.isdecimal() else (key, 0)


def first_tensor(output: Any) -> torch.Tensor | None:  # noqa: ANN401 -- whatever a module gives
    """The tensor in what a module gave: the one that is called logits there, else the first; None if there is none."""
    if isinstance(output, torch.Tensor):
        return output
    named = output.get("logits") if isinstance(output, Mapping) else getattr(output, "logits", None)
    if isinstance(named, torch.Tensor):
        return named
    if isinstance(output, Mapping):
        output = list(output.values())
    if isinstance(output, tuple | list):
        found = (first_tensor(item) for item in output)
        return next((tensor for tensor in found if tensor is not None), None)
    return None


def is_inside_vmap(tensor: torch.Tensor) -> bool:
    """Whether a tensor stands for many others, within torch.func.vmap: its numbers cannot be looked at."""
    return bool(torch._C._functorch.is_functorch_wrapped_tensor(tensor))  # noqa: SLF001 -- torch has no other


def answer_in(given: Any) -> torch.Tensor:  # noqa: ANN401 -- whatever a network gives
    """What a network answers, taken out of whatever it gives it in (a transformers ModelOutput, a dict).

    Raises:
        ModelError: there is no tensor in it.
    """
    tensor = first_tensor(given)
    if tensor is None:
        raise ModelError(f"The network gives {type(given).__name__} with no tensor in it; logits are needed.")
    return tensor


def unknown_layer(key: str, known: Sequence[str]) -> ModelError:
    """The error for a layer that is not there: names the nearest that are."""
    near = difflib.get_close_matches(key, known, n=5, cutoff=0.3) or list(known[:5])
    return ModelError(f"This network has no layer {key!r}; of its {len(known)}, the nearest are {', '.join(near)}.")


def _check_names(model: nn.Module, wanted: Sequence[str]) -> None:
    for key in wanted:
        name = split_key(key)[0]
        try:
            model.get_submodule("" if name == WHOLE else name or "?")
        except AttributeError:
            raise unknown_layer(key, [known or WHOLE for known, _ in model.named_modules()]) from None
