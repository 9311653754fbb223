"""A network's shadow: the same modules over the same weights, free to be hooked.

`shadow(model)` gives a second tree of modules that shares every parameter with the first and nothing else: it has its
own hooks, its own modes (all evaluation) and its own copies of the buffers, which a forward may write into. Recording
and what-if runs happen on a shadow, so that the network itself is never touched: no hook to remove after an error, no
mode to restore, and any number of visitors can use one network at once. It costs a few microseconds a module. What
code of somebody else keeps where a copy cannot follow, explorer.activations.borrowing finds out.

`torch.nn.parallel.replicate` makes its replicas in the same way. Used by borrowing and summary.
"""

import collections
import functools
import types
import weakref
from collections.abc import Callable, Collection, Iterator
from typing import Any

import torch
from torch import nn

_OWN_TABLES = (
    "_parameters",
    "_buffers",
    "_forward_hooks",
    "_forward_hooks_with_kwargs",
    "_forward_hooks_always_called",
    "_forward_pre_hooks",
    "_forward_pre_hooks_with_kwargs",
)
_Made = dict[int, Any]  # by the id of a module or buffer of the network: what stands for it in the shadow
_HOOKS = ("_forward_hooks", "_forward_pre_hooks")
_INTERNAL = frozenset(nn.Module().__dict__)  # torch's own tables
_DICTS = frozenset([dict, collections.OrderedDict, collections.defaultdict])
_LISTS = frozenset([list, set, collections.deque])
_MAY_HOLD_MODULES = (_DICTS | _LISTS).union(
    [tuple, types.MethodType, types.FunctionType, functools.partial, weakref.ReferenceType]
)
_PLAIN = frozenset([int, float, str, bool, type(None)])
_DEEPEST = 8  # of lists in lists, closures in closures


class Opaque(nn.Module):
    """Stands in a shadow for a scripted module, whose inside can be neither copied nor watched.

    The module itself runs, in evaluation mode; explorer.activations.borrowing sees to it that it runs alone.
    """

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.__dict__["inner"] = inner  # not a submodule: its name and its modes stay its own

    def forward(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 -- whatever the compiled module takes and gives
        """What the scripted module gives."""
        inner = self.__dict__["inner"]
        modes = [(module, module.training) for module in inner.modules() if hasattr(module, "training")]
        try:
            for module, _ in modes:
                module.training = False
            return inner(*args, **kwargs)
        finally:
            for module, training in modes:
                module.training = training


def shadow(model: nn.Module, watched: Collection[nn.Module] | None = None) -> nn.Module:
    """A tree of modules like `model` that shares its parameters and nothing else.

    Args:
        watched: the modules of `model` whose twins will be hooked or changed; modules of torch and torchvision that
            neither are nor hold any of these, have nothing put into them, and are in evaluation mode already, are
            then shared as they are, which saves time. None for all.

    Returns:
        A network in evaluation mode, with buffers of its own. Hooks that `model` has work here too; those added here
        stay here. A module that `model` holds twice is held twice here too.
    """
    shared: set[int] = set()
    if watched is not None:
        _find_shared(model, {id(module) for module in watched}, shared)
    return _twin(model, {}, shared)


def is_compiled(module: nn.Module) -> bool:
    """Whether torch.compile made it; torch's class for that is slow to import, so it goes by its name."""
    return type(module).__name__ == "OptimizedModule"


def uncompiled(module: nn.Module | None) -> nn.Module | None:
    """A module as it is looked into: a compiled one by its original, a scripted one as a single step."""
    if isinstance(module, torch.jit.ScriptModule):
        return Opaque(module).eval()
    return uncompiled(module.get_submodule("_orig_mod")) if module is not None and is_compiled(module) else module


def each_module(network: nn.Module) -> Iterator[nn.Module]:
    """Every module once, in no order; torch's own `modules` passes each on through all that hold it."""
    seen, left = {id(network)}, [network]
    while left:
        module = left.pop()
        yield module
        for child in module._modules.values():  # noqa: SLF001
            if child is not None and id(child) not in seen:
                seen.add(id(child))
                left.append(child)


def _twin(module: nn.Module, made: _Made, shared: set[int]) -> nn.Module:
    known: nn.Module | None = made.get(id(module))
    if known is not None:
        return known
    if id(module) in shared:
        return module
    if isinstance(module, torch.jit.ScriptModule):
        known = made[id(module)] = Opaque(module).eval()
        return known
    if is_compiled(module):
        return _twin(module.get_submodule("_orig_mod"), made, shared)
    twin = object.__new__(module.__class__)  # GraphModule's own __new__ makes a class, and that has no forward yet
    made[id(module)] = twin
    state = twin.__dict__  # written to directly: nn.Module's own assignment is ten times slower
    state.update(module.__dict__)
    for name in _OWN_TABLES:
        state[name] = state[name].copy()
    for name, buffer in state["_buffers"].items():
        state["_buffers"][name] = _own_buffer(buffer, made)
    if state["_modules"]:
        children = state["_modules"].items()
        state["_modules"] = {name: None if child is None else _twin(child, made, shared) for name, child in children}
    _rebind(state, made, shared)
    state["training"] = False
    state.pop("_compiled_call_impl", None)  # of a module that was compiled in place
    return twin


def _rebind(state: dict[str, Any], made: _Made, shared: set[int]) -> None:
    """Lets a twin's hooks and plain attributes point to twins where they point to modules."""
    for name in _HOOKS:
        if state[name]:
            state[name].update((key, _rebound(hook, made, shared)) for key, hook in state[name].items())
    for name in list(_holding(state)):
        state[name] = _rebound(state[name], made, shared)


def _holding(state: dict[str, Any]) -> Iterator[str]:
    """The attributes of a module that may hold others, or something that a forward writes into."""
    for name in state.keys() - _INTERNAL:
        value = state[name]
        kind = type(value)
        # Most are plain, or a kernel's size and the like.
        if kind in _PLAIN or (kind is tuple and _PLAIN.issuperset(map(type, value))):
            continue
        if kind is types.FunctionType and not value.__closure__:  # an encoder's activation function
            continue
        if kind in _MAY_HOLD_MODULES or isinstance(value, nn.Module):
            yield name


def _own_buffer(buffer: torch.Tensor | None, made: _Made) -> torch.Tensor | None:
    """A copy of a buffer; the same one wherever the network holds it twice."""
    if buffer is None:
        return None
    known = made.get(id(buffer))
    if known is None:
        known = made[id(buffer)] = buffer.detach().clone()
    own: torch.Tensor = known
    return own


def _find_shared(module: nn.Module, watched: set[int], shared: set[int], *, own: bool = False) -> bool:
    """Adds the ids of this module and those in it that can be shared as they are; tells whether this is one of them.

    Args:
        own: whether it lies in a module of somebody's own, which may write into its buffers.
    """
    if isinstance(module, torch.jit.ScriptModule) or is_compiled(module):
        return False
    state = module.__dict__
    foreign = not _is_well_known(type(module))
    own = own or foreign
    alone = id(module) in watched or state["training"] or foreign or (own and bool(state["_buffers"]))
    # A hook, or what was put into it later, may keep what it sees in a module of the tree.
    alone = alone or any(state[name] for name in _HOOKS) or any(True for _ in _holding(state))
    for child in state["_modules"].values():
        if child is not None and not _find_shared(child, watched, shared, own=own):
            alone = True
    if not alone:
        shared.add(id(module))
    return not alone


def _is_well_known(kind: type[nn.Module]) -> bool:
    """Whether its modules are known to hold others as submodules alone."""
    return kind.__module__.startswith(("torch.nn.modules.", "torchvision."))


def _rebound(value: Any, made: _Made, shared: set[int], depth: int = 0) -> Any:  # noqa: ANN401 -- any attribute
    """`value` with the modules in it replaced by their twins, through lists, closures and partial functions.

    Lists, dicts and sets are copies, so that a forward may write into them; others are the same object where they hold
    no module.
    """
    if isinstance(value, nn.Module):
        return _twin(value, made, shared)
    if type(value) not in _MAY_HOLD_MODULES or depth > _DEEPEST:
        return value
    if id(value) in made:
        return made[id(value)]

    def rebound(item: Any) -> Any:  # noqa: ANN401
        return _rebound(item, made, shared, depth + 1)

    new: Any = value
    if isinstance(value, types.FunctionType):
        return _rebound_closure(value, made, rebound)
    if type(value) in _DICTS | _LISTS:
        return _copied(value, made, rebound)
    if isinstance(value, types.MethodType):
        holder = rebound(value.__self__)
        new = value if holder is value.__self__ else types.MethodType(value.__func__, holder)
    elif isinstance(value, functools.partial):
        parts = (value.func, value.args, value.keywords)
        function, args, keywords = map(rebound, parts)
        same = all(one is other for one, other in zip((function, args, keywords), parts, strict=True))
        new = value if same else functools.partial(function, *args, **keywords)
    elif isinstance(value, weakref.ReferenceType):
        target = value()
        twin = rebound(target)
        new = value if twin is target else weakref.ref(twin)
    else:
        members = tuple(map(rebound, value))
        new = members if any(a is not b for a, b in zip(members, value, strict=True)) else value
    made[id(value)] = new  # what two attributes share, two attributes of the twin share
    return new


def _copied(value: Any, made: _Made, rebound: Callable[[Any], Any]) -> Any:  # noqa: ANN401 -- a list, dict, set, deque
    new = made[id(value)] = value.copy()  # before it is looked into: it may hold itself
    if type(value) in _DICTS:
        new.update((key, rebound(item)) for key, item in value.items())
    else:
        new.clear()
        (new.update if isinstance(new, set) else new.extend)(map(rebound, value))
    return new


def _rebound_closure(function: types.FunctionType, made: _Made, rebound: Callable[[Any], Any]) -> types.FunctionType:
    """A function whose cells hold twins where they held modules: a hook of that kind keeps its features there."""
    if not function.__closure__:
        return function
    cells = [types.CellType() for _ in function.__closure__]
    twin = types.FunctionType(
        function.__code__, function.__globals__, function.__name__, function.__defaults__, tuple(cells)
    )
    twin.__kwdefaults__ = function.__kwdefaults__
    made[id(function)] = twin  # before its cells are looked into: a closure may hold itself
    changed = False
    for cell, old in zip(cells, function.__closure__, strict=True):
        try:
            content = old.cell_contents
        except ValueError:  # not filled yet
            continue
        cell.cell_contents = rebound(content)
        changed = changed or cell.cell_contents is not content
    if not changed:
        made[id(function)] = function
        return function
    return twin
