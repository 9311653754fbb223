"""A whole network of somebody else's, held against torch: its numbers, receipts, receptive fields and costs.

The oracle is torch itself: hooks on a copy for what each layer gives, gradients in float64 for what a unit sees, its
own counter for multiply-adds. Where a function lets no gradient through by chance (a ReLU below zero, the losers of a
maximum), the gradient's copy has one in its place that does, and that reads the same cells.
"""

import contextlib
import copy
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn
from torch.nn import functional
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.overrides import TorchFunctionMode
from torch.utils.flop_counter import FlopCounterMode

from explorer.activations.nodes import Trace
from explorer.activations.operations.names import operation_name
from explorer.activations.receptive_field import ReceptiveFields
from explorer.activations.recording import call_key, first_tensor, is_leaf, named_layers
from explorer.activations.tracer import record_trace
from explorer.activations.units import counted, to_index, to_unit
from explorer.receipts.opening import open_traced
from explorer.summary.layers import summarise

Outputs = dict[str, torch.Tensor]


@dataclass
class Judged:
    """What was found of one network."""

    differing: list[str] = field(default_factory=list)  # layers whose recorded numbers are not the network's own
    opened: int = 0  # operations that compute and were opened
    wrong: list[str] = field(default_factory=list)  # receipts that do not give the number
    uncovered: Counter[str] = field(default_factory=Counter)  # operations without a receipt
    too_small: list[str] = field(default_factory=list)  # fields that miss a pixel with a gradient
    tight: list[bool] = field(default_factory=list)  # whether a field holds no more than what has one
    unsure: Counter[str] = field(default_factory=Counter)  # operations whose field is said not to be known
    shapes: list[str] = field(default_factory=list)  # layers whose shape or parameters are not torch's
    mult_adds: tuple[int, int] = (0, 0)  # ours, and half of torch's count

    @property
    def opens(self) -> bool:
        """Whether every operation that computes opens."""
        return not self.uncovered and not self.wrong


def judged(model: nn.Module, batch: torch.Tensor, most_units: int = 400, fields: int = 25) -> Judged:
    """Everything there is to hold against torch of a network in evaluation mode, on one picture."""
    found = Judged()
    with torch.no_grad():
        plain = first_tensor(model(batch.clone()))
    trace = record_trace(model, batch)
    if not torch.equal(trace.tensor(trace.output), plain):
        found.differing.append("the output")
    kept = outputs_of(model, batch)
    for one in trace.records():
        if one.key in kept and not same(one.output, kept[one.key]):
            found.differing.append(one.key)
    judge_receipts(trace, found, most_units)
    judge_fields(model, batch, trace, found, fields)
    judge_summary(model, batch, kept, found)
    return found


def same(one: torch.Tensor, other: torch.Tensor) -> bool:
    return one.shape == other.shape and torch.equal(one.nan_to_num(7.0), other.nan_to_num(7.0))


def outputs_of(model: nn.Module, batch: torch.Tensor, mode: TorchFunctionMode | None = None) -> Outputs:
    """What each leaf of a copy gives, by torch's own hooks; with gradients if the batch has one."""
    network = copy.deepcopy(model)
    outputs: Outputs = {}
    calls: Counter[str] = Counter()
    for name, module in named_layers(network):
        if is_leaf(module):

            def keep(_module: nn.Module, _args: Any, output: Any, name: str = name) -> None:
                tensor = first_tensor(output)
                if tensor is not None:
                    outputs[call_key(name, calls[name])] = tensor.clone()
                calls[name] += 1

            module.register_forward_hook(keep)
    network.to(batch.dtype)
    with torch.set_grad_enabled(batch.requires_grad), mode or contextlib.nullcontext():
        network(batch.clone())
    return outputs


def judge_receipts(trace: Trace, found: Judged, most: int) -> None:
    """A unit of each operation that computes; of the many of a large network, some of each kind."""
    chance = random.Random(1)
    nodes = [node for node in trace.nodes[1:] if not node.moves and 0 not in node.shape]
    chance.shuffle(nodes)
    seen: Counter[str] = Counter()
    for number, node in enumerate(nodes):
        if number >= most and seen[node.operation] >= 3:
            continue
        seen[node.operation] += 1
        index = counted(chance.randrange(int(torch.Size(node.shape).numel())), node.shape)
        unit = to_unit(node, index)
        assert to_index(node, *unit) == index
        receipt = open_traced(trace, node.key, *unit)
        if not receipt.covered:
            found.uncovered[f"{node.operation}: {receipt.note}"] += 1
        elif not receipt.agrees or receipt.value != float(trace.output_of(node)[index]):
            found.wrong.append(f"{node.key} {node.operation} {unit}: {receipt.value} {receipt.recomputed}")
        else:
            found.opened += 1


class LettingThrough(TorchFunctionMode):
    """Puts functions that always let a gradient through in the place of those that do not; they read the same cells."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Sequence[type], args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = dict(kwargs or {})
        name = operation_name(func)
        if name in _BENT and isinstance(args[0] if args else None, torch.Tensor):
            return args[0] * 0.9 + 0.1 * torch.sin(args[0])
        if name == "max_pool2d":
            return _averaged(*args, **kwargs)
        given = func(*args, **kwargs)
        if name == "batch_norm" and given.requires_grad:
            given.register_hook(torch.Tensor.contiguous)  # torch 2.11 misreads a gradient that lies channels-last here
        return given


_BENT = frozenset(
    ["relu", "relu6", "hardtanh", "hardswish", "hardsigmoid", "leaky_relu", "clamp", "elu", "gelu", "silu", "mish"]
)


def _averaged(
    x: torch.Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False,
    return_indices: bool = False,
) -> torch.Tensor:  # fmt: skip
    assert dilation in {1, (1, 1)}
    assert not return_indices
    x = torch.where(x.isinf(), 0.0, x)  # of a padding that no maximum takes
    return functional.avg_pool2d(x, kernel_size, stride, padding, ceil_mode)


def judge_fields(model: nn.Module, batch: torch.Tensor, trace: Trace, found: Judged, count: int) -> None:
    """Fields of units of leaves against the pixels with a gradient."""
    fields = ReceptiveFields(trace)
    picture = batch.double().requires_grad_()
    outputs = {key: one for key, one in outputs_of(model, picture, LettingThrough()).items() if one.requires_grad}
    known = {node.key: node for node in trace.nodes if node.labelled and not node.is_complex}
    keys = [key for key in outputs if key in known and known[key].shape == tuple(outputs[key].shape)]
    chance, tried = random.Random(2), 0
    while keys and len(found.tight) < count and tried < 4 * count:
        tried += 1
        node = known[chance.choice(keys)]
        index = counted(chance.randrange(int(torch.Size(node.shape).numel())), node.shape)
        (gradient,) = torch.autograd.grad(outputs[node.key][index], picture, retain_graph=True, allow_unused=True)
        if gradient is None or not gradient.any():
            continue
        box = fields.box(node.key, *to_unit(node, index))
        seen = gradient[0].abs().sum(dim=0).nonzero()
        (top, left), (bottom, right) = seen.amin(dim=0).tolist(), (seen.amax(dim=0) + 1).tolist()
        if not box.exact:
            found.unsure[node.key] += 1
        if box.top > top or box.left > left or box.bottom < bottom or box.right < right:
            found.too_small.append(f"{node.key} {index}: {box}, but {(top, left, bottom, right)}")
        found.tight.append((top, left, bottom, right) == (box.top, box.left, box.bottom, box.right))


def judge_summary(model: nn.Module, batch: torch.Tensor, kept: Outputs, found: Judged) -> None:
    """Shapes, parameters and multiply-adds without numbers."""
    summary = summarise(model, tuple(batch.shape[1:]))
    for layer in summary.layers:
        if layer.key in kept and tuple(kept[layer.key].shape[1:]) != layer.shape:
            found.shapes.append(f"{layer.key}: {layer.shape}, not {tuple(kept[layer.key].shape[1:])}")
    if summary.parameters != sum(one.numel() for one in model.parameters()):
        found.shapes.append(f"{summary.parameters:,} parameters")
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), counter, sdpa_kernel(SDPBackend.MATH):  # of the fused kernel on a CPU it counts nothing
        model(batch.clone())
    found.mult_adds = (summary.mult_adds, counter.get_total_flops() // 2)
