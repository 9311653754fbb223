"""A network made over for its answers alone: the same function, faster; its twin.

`twin_of(model, batch)` gives it: each batch norm that directly follows a convolution is folded into that
convolution's weights, and these lie channels-last, as torch's kernels like them best. What a twin gives differs from
the network's own output by rounding, so it serves where a label, a count or a ranking is asked for; receipts,
activations and every sum that is shown to the last digit are the network's own.

Folding is done where it can be proven, from a recorded forward; the twin is tried against the network at its birth, and
made anew when the network is seen to have changed. Used by the jobs and endpoints that only answer.
"""

import copy
import threading
import weakref
from dataclasses import dataclass, field

import torch
from torch import nn
from torch.nn.utils import convert_conv2d_weight_memory_format
from torch.nn.utils.fusion import fuse_conv_bn_eval

from explorer.activations.borrowing import computed, keeps_nothing
from explorer.activations.nodes import Node, Trace
from explorer.activations.recording import answer_in
from explorer.activations.shadow import shadow
from explorer.activations.tracer import record_trace
from explorer.errors import ModelError
from explorer.networks.live import model_version

AS_CLOSE = 1e-4  # of the range of a picture's logits: how far a twin's may be from the network's


@dataclass
class _Kept:
    """The twin of one network, as that was when it was made."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    version: int | None = None
    twin: nn.Module | None = None  # None: the network answers itself
    rounded_version: int | None = None
    rounded: nn.Module | None = None  # in bfloat16


_kept: "weakref.WeakKeyDictionary[nn.Module, _Kept]" = weakref.WeakKeyDictionary()


def twin_of(model: nn.Module, batch: torch.Tensor) -> nn.Module:
    """What answers for a network: its twin, or the network itself where none can be made.

    A twin is made at the first use, and again after the network has changed: its weights, modules, hooks or settings.

    What answers takes batches of that kind: with others a network may raise errors that its twin does not.

    Args:
        model: in evaluation mode, else it answers itself; one on another device than the CPU does too.
        batch: float32 (N, C, H, W), N of at least 1, as the network takes it; the twin is tried on its first picture.
    """
    if any(module.training for module in model.modules()) or (model not in _kept and not _may_have(model)):
        return model
    kept, version = _kept.setdefault(model, _Kept()), model_version(model)
    with kept.lock:  # two who want the same one wait for one making
        if kept.version != version:
            kept.twin, kept.version = _tried_twin(model, batch[:1]) if _may_have(model) else None, version
        return kept.twin or model


def rounded_twin(model: nn.Module, batch: torch.Tensor) -> nn.Module:
    """What answers for a network, in bfloat16: a copy of its twin, or of the network where it has none.

    Args:
        batch: as for `twin_of`; float32 too.

    Raises:
        ModelError: code of somebody else, of which no copy is made; or the machine computes no bfloat16.
    """
    if why_not := bfloat16_refused(batch.device.type):
        raise ModelError(why_not)
    if not keeps_nothing(model):
        raise ModelError("Only networks of torch's, torchvision's or this project's own layers run in bfloat16 here.")
    network = twin_of(model, batch)
    kept, version = _kept.setdefault(model, _Kept()), model_version(model)
    with kept.lock:
        if kept.rounded is None or kept.rounded_version != version:
            kept.rounded, kept.rounded_version = copy.deepcopy(network).to(torch.bfloat16), version
        return kept.rounded


def bfloat16_refused(device: str) -> str:
    """Why a device is not asked to compute in bfloat16, in a sentence; empty where it has instructions for it."""
    if device == "cpu":
        able = torch.cpu.get_capabilities()
        if any(able.get(name) for name in ("avx512_bf16", "amx_bf16")):
            return ""
        return "This processor has no instructions for bfloat16 (AVX-512 BF16 or AMX); float32 is faster here."
    if device.startswith("cuda") and torch.cuda.is_bf16_supported(including_emulation=False):
        return ""
    return f"The device {device!r} does not compute in bfloat16 here; use float32."


def _may_have(model: nn.Module) -> bool:
    """Whether a network is of the kind that can be proven anything of: known modules, each in one place."""
    modules = [module for _, module in model.named_modules(remove_duplicate=False)]
    return (
        len({id(module) for module in modules}) == len(modules)
        and keeps_nothing(model)
        and all(weight.device.type == "cpu" and weight.dtype == torch.float32 for weight in model.parameters())
    )


def _tried_twin(model: nn.Module, picture: torch.Tensor) -> nn.Module | None:
    """A network's twin; None where it cannot be made, or gives other answers on this picture or on its mirror image."""
    with torch.inference_mode(mode=False), torch.no_grad():
        picture = picture.detach().clone()
        try:
            twin = _folded(model, record_trace(model, picture))
        except ModelError:  # its output cannot be followed
            return None
        for one in (picture, picture.flip(-1) * 0.5 - 0.25):
            if not _agree(answer_in(computed(model, one)), answer_in(computed(twin, one))):
                return None
    return twin


def _agree(own: torch.Tensor, other: torch.Tensor) -> bool:
    """Whether two networks' logits (1, classes) say the same, label and numbers."""
    if own.shape != other.shape or own.ndim != 2:
        return False
    far = (own - other).abs().max()
    return bool(far <= AS_CLOSE * (own.max() - own.min())) and torch.equal(own.argmax(1), other.argmax(1))


def _folded(model: nn.Module, trace: Trace) -> nn.Module:
    """A twin that shares with the network all but its convolutions' weights."""
    twin = shadow(model)
    norms = _norms(model, trace)
    for name in {name for name, _ in trace.layer_names.values()}:
        module = twin.get_submodule(name)
        if type(module) is not nn.Conv2d:
            continue
        if name in norms:
            norm_name, norm = norms[name]
            module = fuse_conv_bn_eval(module, norm)
            twin.set_submodule(norm_name, nn.Identity().eval())
        else:
            module = copy.deepcopy(module)  # what the two share shall keep its order in memory
        twin.set_submodule(name, convert_conv2d_weight_memory_format(module, torch.channels_last))
    return twin


def _norms(model: nn.Module, trace: Trace) -> dict[str, tuple[str, nn.BatchNorm2d]]:
    """Convolution -> the batch norm that alone reads its output, each called once: pairs that can be folded."""
    readers: dict[int, list[Node]] = {}
    for node in trace.nodes:
        for index in node.inputs:
            readers.setdefault(index, []).append(node)
    calls = [name for name, _ in trace.layer_names.values()]
    pairs = {}
    for node in trace.nodes:
        reading = readers.get(node.index, [])
        if len(reading) != 1 or not (node.labelled and reading[0].labelled):
            continue
        first, second = (trace.layer_names[one.key][0] for one in (node, reading[0]))
        convolution, norm = model.get_submodule(first), model.get_submodule(second)
        if (
            type(convolution) is nn.Conv2d
            and type(norm) is nn.BatchNorm2d
            and norm.running_mean is not None
            and norm.running_var is not None
            and calls.count(first) == calls.count(second) == 1
            and node.index != trace.node(trace.output).index
        ):
            pairs[first] = (second, norm)
    return pairs
