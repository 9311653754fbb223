"""A network to run and to hook, so that nothing of one picture is ever seen in the answer for another.

`borrowed(model, batch)` gives its shadow (explorer.activations.shadow), which shares its weights and nothing else. That
is enough for the networks of torch, torchvision and this project, which keep nothing. Code of somebody else may keep
what it sees where a copy cannot follow. So when such a network is first run on pictures of a size, a run of its shadow
is watched (explorer.activations.keeping):

- Nothing of the picture is left, and no number was read out of it: it runs on its shadow.
- Something is: the network itself runs, and is put back as it was. Beforehand it is tried with one picture, another
  and the first again. Should it compute with what it kept, then or at any later time, it is refused.

Code of somebody else runs alone, one picture at a time, whatever the network: two may use one global.
"""

import contextlib
import copy
import functools
import itertools
import sys
import threading
import weakref
from collections.abc import Callable, Collection, Iterator
from typing import Any

import torch
from torch import nn

from explorer.activations.compiled import check_has_layers
from explorer.activations.keeping import STALE, Watch, forget, tensors_in
from explorer.activations.shadow import each_module, is_compiled, shadow, uncompiled
from explorer.activations.standing import standing_modules, standing_tensors
from explorer.errors import ModelError

_ALONE = threading.RLock()
_MOST_SIZES = 16  # whose verdicts are kept, of one network
_TABLES = [name for name, value in vars(nn.Module()).items() if isinstance(value, dict)]
_INTERNAL = frozenset(vars(nn.Module()))
_INERT = frozenset(
    [torch.Tensor, nn.Parameter, int, float, str, bool, type(None), torch.Size, torch.dtype, torch.device, type]
)
_WELL_KNOWN = ("torch.nn.modules.", "torchvision.models.", "torchvision.ops.", "explorer.models.")
_Verdict = tuple[Any, str]  # the network's signature; "copy", "itself", or why it is refused
_verdicts: "weakref.WeakKeyDictionary[nn.Module, dict[Any, _Verdict]]" = weakref.WeakKeyDictionary()


@contextlib.contextmanager
def borrowed(
    model: nn.Module, batch: torch.Tensor, watched: Collection[nn.Module] | None = None
) -> Iterator[tuple[nn.Module, torch.Tensor]]:
    """A network in evaluation mode that may be hooked, and a copy of the batch that it may write into.

    To be run within the context, and read too; what hooks kept of it stays good. `model` is afterwards as it was.

    Args:
        watched: the modules of `model` that will be hooked, as for `shadow`; None for all.

    Raises:
        ModelError: it computes with what it kept of another picture; or it was exported or quantized.
    """
    if is_compiled(model):
        model = model.get_submodule("_orig_mod")
    if keeps_nothing(model):
        yield shadow(model, watched), batch.detach().clone()
        return
    with _ALONE, _eagerly():
        if _verdict(model, batch) == "copy":
            yield shadow(model, watched), batch.detach().clone()
            return
        picture = batch.detach().clone()
        watch = Watch()
        watch.follow(picture)
        with _lent(model), watch:
            yield model, picture


def computed(model: nn.Module, batch: torch.Tensor) -> Any:  # noqa: ANN401 -- whatever the network gives
    """What a network in evaluation mode gives for a batch; nothing of it is left behind.

    Raises:
        ModelError: it computes with what it kept of another picture.
    """
    if keeps_nothing(model) and not any(module.training for module in model.modules()):
        return model(batch)
    with borrowed(model, batch, ()) as (network, picture):
        return network(picture)


def own_copy(model: nn.Module, batch: torch.Tensor) -> nn.Module:
    """A copy in evaluation mode to try something out on, weights and all.

    Raises:
        ModelError: a copy would compute something else, or keep what it sees where others see it.
    """
    if keeps_nothing(model):
        return copy.deepcopy(model).eval()
    with _ALONE, torch.no_grad():
        if _verdict(model, batch) == "copy":
            right = computed(model, batch)
            with _lent(model):
                made = copy.deepcopy(model).eval()  # torchvision's extractors train when they are copied
                with contextlib.suppress(Exception):  # of a forward that means the network that it was copied from
                    if _are_same([right], [made(batch.clone())]):
                        return made
    raise ModelError("This network keeps what it sees outside of its modules, so that no copy of it can be tried out.")


def keeps_nothing(model: nn.Module) -> bool:
    """Whether a network is all of torch's, torchvision's or this project's modules, with nothing added to them."""
    for module in each_module(model):
        state = module.__dict__
        if (
            not type(module).__module__.startswith(_WELL_KNOWN)
            or isinstance(module, torch.fx.GraphModule)
            or state["_forward_hooks"]
            or state["_forward_pre_hooks"]
            or "forward" in state
        ):
            return False
        for name, value in state.items():
            if type(value) not in _INERT and name not in _INTERNAL and not _is_inert(value):
                return False
    return True


def _is_inert(value: Any) -> bool:  # noqa: ANN401 -- any attribute of a module of torch or torchvision
    """Whether it is plain, or one of torch's own functions, such as an encoder's activation."""
    if isinstance(value, list | tuple):
        return _INERT.issuperset(map(type, value)) or all(type(one) in _INERT or _is_inert(one) for one in value)
    if isinstance(value, dict):
        return all(type(one) in _INERT or _is_inert(one) for one in value.values())
    if isinstance(value, functools.partial):
        return _is_inert(value.func) and _is_inert([*value.args, *value.keywords.values()])
    if isinstance(value, weakref.ref):  # a recurrent layer's to its weights
        value = value()
    if type(value) in _INERT or isinstance(value, type):
        return True
    return callable(value) and str(getattr(value, "__module__", "")).startswith(("torch.", "torchvision."))


def _verdict(model: nn.Module, batch: torch.Tensor) -> str:
    """Whether a network of somebody else runs on a "copy" or "itself".

    Raises:
        ModelError: neither; or it was exported or quantized.
    """
    check_has_layers(model)
    known = _verdicts.setdefault(model, {})
    size, signature = (tuple(batch.shape), batch.dtype, batch.device), _signature(model)
    before, verdict = known.get(size, (None, ""))
    if before != signature:
        with torch.inference_mode(mode=False), torch.no_grad():
            verdict = "copy" if _follows(model, batch) else _tried(model, batch)
        while len(known) >= _MOST_SIZES:
            del known[next(iter(known))]
        known[size] = (signature, verdict)
    if verdict not in {"copy", "itself"}:
        raise ModelError(verdict)
    return verdict


def _signature(model: nn.Module) -> list[Any]:
    """What changes when hooks or attributes are added to a network, or others are put in their place."""
    return [
        (id(module), type(module), *map(id, state.values()), *state["_forward_hooks"], *state["_forward_pre_hooks"])
        for module in model.modules()
        for state in (module.__dict__,)
    ]


def _follows(model: nn.Module, batch: torch.Tensor) -> bool:
    """Whether a run on a copy reads no number of the picture, leaves nothing of it anywhere, and answers for it."""
    watch = Watch()
    called: list[nn.Module] = []
    with _lent(model) as standing:  # what such a run writes into the network itself is undone
        twin = shadow(model)
        watch.know(standing_tensors(model) | standing_tensors(twin))
        for module in model.modules():
            if not isinstance(module, torch.jit.ScriptModule):
                module.__dict__["_call_impl"] = functools.partial(_noted, called, module, module._call_impl)  # noqa: SLF001
        passes = _passes(twin, batch, watch)
        del twin
        changed = any(not _is_same(tensor, before) for tensor, before in standing)
        keeps = watch.reads_numbers or watch.writes_outside or changed or bool(called) or watch.left_over()
    if passes or keeps:
        return not keeps and watch.answers
    with _lent(model):
        return not _passes(model, batch, Watch())


def _noted(called: list[nn.Module], module: nn.Module, call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
    """A module's call, noted: a copy may reach the network itself by a way that cannot be followed."""
    called.append(module)
    return call(*args, **kwargs)


def _passes(network: nn.Module, batch: torch.Tensor, watch: Watch) -> bool:
    """Whether a watched run comes to its end; nothing of it is held afterwards."""
    picture = batch.detach().clone()
    watch.follow(picture)
    try:
        with watch:
            given = network(picture)
    except Exception:  # noqa: BLE001 -- whatever a forward raises; it will be seen when the network is run
        return False
    watch.take_answer(given)
    return True


def _tried(model: nn.Module, batch: torch.Tensor) -> str:
    """The verdict "itself", or why that is refused too: it is run with a picture, another, and the first again."""
    answers: list[list[torch.Tensor]] = []
    for picture in (batch, batch.flip(-1) * 0.5 - 0.25, batch):
        own, watch = picture.detach().clone(), Watch()
        watch.follow(own)
        with torch.random.fork_rng(devices=[]), _lent(model), watch:
            torch.manual_seed(0)
            try:
                answer = model(own)
            except ModelError as error:
                return str(error)
        answers.append([tensor.detach().clone() for tensor in tensors_in(answer)])
    first, _, again = answers
    return "itself" if _are_same(first, again) else STALE


def _are_same(answer: Any, other: Any) -> bool:  # noqa: ANN401 -- whatever a network gives
    pairs = itertools.zip_longest(tensors_in(answer), tensors_in(other))
    return all(one is not None and two is not None and _is_same(one, two) for one, two in pairs)


def _is_same(one: torch.Tensor, other: torch.Tensor) -> bool:
    """Whether two tensors hold the same numbers; one that is none equals itself."""
    if one.is_meta or one.shape != other.shape or one.dtype != other.dtype:
        return one.shape == other.shape and one.dtype == other.dtype
    return bool(torch.equal(one, other) or ((one == other) | (one.isnan() & other.isnan())).all())


@contextlib.contextmanager
def _lent(model: nn.Module) -> Iterator[list[tuple[torch.Tensor, torch.Tensor]]]:
    """The network itself in evaluation mode; what is added to it or written into it is undone afterwards.

    Yields:
        The tensors that stand before, but for parameters: each with a copy of its numbers.
    """
    modules = {id(one): one for one in (*model.modules(), *standing_modules(model))}.values()
    plain = [one for one in modules if not isinstance(one, torch.jit.ScriptModule)]
    parameters = {id(one) for module in modules for one in module.parameters(recurse=False)}
    standing = {id(one): one for module in modules for one in module.buffers(recurse=False)} | standing_tensors(model)
    saved = [(one, one.detach().clone()) for key, one in standing.items() if key not in parameters]
    states = [(module.__dict__, dict(module.__dict__)) for module in plain]
    modes = [(module, module.training) for module in model.modules() if hasattr(module, "training")]
    try:
        for state, before in states:
            state.update((name, before[name].copy()) for name in _TABLES if name in before)
            state["_modules"].update((name, uncompiled(child)) for name, child in before["_modules"].items())
            state.pop("_compiled_call_impl", None)  # of a module that was compiled in place
        for module, _ in modes:
            module.training = False
        with _eagerly():
            yield saved
    finally:
        for module, training in modes:
            module.training = training
        for state, before in states:
            for name in state.keys() - before.keys():
                del state[name]
            state.update(before)
        for tensor, numbers in saved:
            _put_back(tensor, numbers)


def _put_back(tensor: torch.Tensor, before: torch.Tensor) -> None:
    forget(tensor)
    if not _is_same(tensor, before):
        with torch.inference_mode(mode=tensor.is_inference()), torch.no_grad():
            tensor.detach().resize_(before.shape).copy_(before)


@contextlib.contextmanager
def _eagerly() -> Iterator[None]:
    """What torch.compile made, modules and functions, runs as it was written."""
    if "torch._dynamo" not in sys.modules:  # slow to import, and imported by whatever compiles
        yield
        return
    with torch.compiler.set_stance("force_eager"):
        yield
