"""How intervals of pixels go through each operation of a network.

An interval tensor has a leading dimension of four planes, then the dimensions of the operation's output, where a
dimension along which nothing changes has size 1.
"""

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from explorer.activations.nodes import Node, Ref, Trace, mapped, references
from explorer.activations.operations.names import NotCoveredError, known_arguments
from explorer.activations.operations.windows import ADAPTIVE_POOLINGS, POOLINGS, window_cells

# Planes of an interval tensor: minus the first pixel, the last pixel, and the same two with the padding counted in,
# where -1 and `size` stand for anything beyond the edge. All four grow: a union is a maximum.
PLANES = 4
NEVER = -math.inf


@dataclass(frozen=True, slots=True)
class Step:
    """One operation whose output's intervals are asked for, along one axis of the picture."""

    trace: Trace
    node: Node
    known: list[torch.Tensor]
    axis: int  # of the picture: -2 for rows, -1 for columns
    size: int  # of the picture along it

    def named(self, name: str, default: Any = None) -> Any:  # noqa: ANN401 -- any argument
        """An argument of the operation."""
        value = self.all_named().get(name)
        return default if value is None else value

    def all_named(self) -> dict[str, Any]:
        """All arguments of the operation."""
        return known_arguments(self.node.operation, self.node.args, self.node.kwargs)

    def shape(self, index: int) -> tuple[int, ...]:
        """The shape of a node's output."""
        return self.trace.nodes[index].shape

    @property
    def source(self) -> torch.Tensor:
        """Intervals of the first input."""
        return self.known[self.node.inputs[0]]


def carried(step: Step) -> torch.Tensor:
    """The intervals of an operation's output.

    Raises:
        NotCoveredError: there is no rule for it, or more is computed from the picture than the rule looks at.
    """
    rule = RULES.get(step.node.operation)
    if rule is None:
        if not step.node.moves:
            raise NotCoveredError("there is no rule for it")
        return _moved(step)
    if step.node.operation not in _SEVERAL and len(references((step.node.args, step.node.kwargs))) != 1:
        raise NotCoveredError("its settings are computed from the picture")
    return rule(step)


def unknown(step: Step) -> torch.Tensor:
    """The whole picture, and what the inputs know of edges: safe for what is not known."""
    whole = torch.tensor([0.0, step.size - 1, 0.0, step.size - 1]).view(PLANES, *[1] * len(step.node.shape))
    return torch.maximum(whole, _everything(step)) if step.node.inputs else whole  # no inputs: the way is lost


def _same(step: Step) -> torch.Tensor:
    return step.source


def _union(step: Step) -> torch.Tensor:
    """Of all inputs, broadcast against each other."""
    dimensions = len(step.node.shape)
    parts = [step.known[one] for one in step.node.inputs]
    parts = [part.view(PLANES, *[1] * (dimensions + 1 - part.ndim), *part.shape[1:]) for part in parts]
    return functools.reduce(torch.maximum, parts)


def _everything(step: Step) -> torch.Tensor:
    """All of every input."""
    flat = torch.cat([step.known[one].reshape(PLANES, -1) for one in step.node.inputs], dim=1)
    return flat.amax(dim=1).view(PLANES, *[1] * len(step.node.shape))


def _over_last(step: Step) -> torch.Tensor:
    return step.source.amax(dim=-1, keepdim=True)


def _over_normalized(step: Step) -> torch.Tensor:
    shape = step.named("normalized_shape")
    count = 1 if isinstance(shape, int) else len(shape)
    return step.source.amax(dim=tuple(range(-count, 0)), keepdim=True)


def _over_dimensions(step: Step) -> torch.Tensor:
    dimensions = len(step.shape(step.node.inputs[0]))
    given = step.named("dim", ())
    chosen = [one % dimensions + 1 for one in ((given,) if isinstance(given, int) else given)]
    keepdim = len(step.node.shape) == dimensions
    return step.source.amax(dim=chosen or list(range(1, dimensions + 1)), keepdim=keepdim)


def _batch_norm(step: Step) -> torch.Tensor:
    if step.named("training", False):
        return step.source.amax(dim=tuple(d for d in range(1, step.source.ndim) if d != 2), keepdim=True)
    return step.source


def _convolution(step: Step) -> torch.Tensor:
    if len(step.node.shape) != 4:
        raise NotCoveredError("its output has no (N, C, H, W)")
    intervals, outputs, groups = step.source, step.node.shape[1], int(step.named("groups", 1))
    if intervals.shape[2] > 1:
        pictures = intervals.shape[1]
        by_group = intervals.view(PLANES, pictures, groups, -1, *intervals.shape[3:]).amax(dim=3)
        intervals = by_group.repeat_interleave(outputs // groups, dim=2)
    return _windowed(step, intervals)


def _pooling(step: Step) -> torch.Tensor:
    return _windowed(step, step.source)


def _windowed(step: Step, intervals: torch.Tensor) -> torch.Tensor:
    """The union over each output's window."""
    source = step.shape(step.node.inputs[0])
    rows, columns = window_cells(step.node.operation, step.all_named(), source, step.node.shape)
    return _looked_through(step, _looked_through(step, intervals, -2, rows), -1, columns)


def _looked_through(step: Step, intervals: torch.Tensor, axis: int, windows: np.ndarray) -> torch.Tensor:
    """The union over each window along one axis. Where nothing changes along it (size 1), it stays so."""
    if axis == step.axis:  # only along its own axis can a window reach over the picture's edge
        sizes = list(intervals.shape)
        sizes[axis] = step.shape(step.node.inputs[0])[axis]
        return _along(intervals.expand(sizes), axis, windows, step.size)
    return _along(intervals, axis, windows, None) if intervals.shape[axis] > 1 else intervals


def _along(intervals: torch.Tensor, axis: int, windows: np.ndarray, size: int | None) -> torch.Tensor:
    """Union along one axis; windows is (outputs, cells); cells off the edge mark it as reached if `size` is given."""
    length = intervals.shape[axis]
    shape = [1] * (intervals.ndim - 1)
    before = intervals.new_tensor([NEVER, NEVER, NEVER if size is None else 1.0, NEVER])
    after = intervals.new_tensor([NEVER, NEVER, NEVER, NEVER if size is None else size])
    wide = list(intervals.shape)
    wide[axis] = 1
    parts = [before.view(PLANES, *shape).expand(wide), intervals, after.view(PLANES, *shape).expand(wide)]
    padded = torch.cat(parts, dim=axis)
    places = torch.from_numpy(np.clip(windows, -1, length) + 1)
    return torch.stack([padded.index_select(axis, cells) for cells in places.unbind(dim=1)]).amax(dim=0)


def _concatenation(step: Step) -> torch.Tensor:
    refs = step.named("tensors", ())
    refs = [one for one in refs if isinstance(one, Ref)]
    dimension = int(step.named("dim", 0)) % len(step.node.shape) + 1
    if len(refs) != len(step.named("tensors", ())) or dimension == 1:
        return _everything(step)
    parts = [step.known[one.index] for one in refs]
    sizes = [max(part.shape[d] for part in parts) for d in range(parts[0].ndim)]
    full = []
    for ref, part in zip(refs, parts, strict=True):
        sizes[dimension] = step.shape(ref.index)[dimension - 1]
        full.append(part.expand(sizes))
    return torch.cat(full, dim=dimension)


def _permuted(step: Step) -> torch.Tensor:
    given = step.node.args[1:] or (step.node.kwargs["dims"],)
    order = given[0] if len(given) == 1 and not isinstance(given[0], int) else given
    return step.source.permute(0, *(one % len(order) + 1 for one in order))


def _moved(step: Step) -> torch.Tensor:
    """The operation itself, run on each plane: it takes an interval wherever it takes the number."""
    function = step.node.function
    if function is None:
        return step.source
    planes = []
    for plane in range(PLANES):

        def fill(value: Any, plane: int = plane) -> Any:  # noqa: ANN401 -- an argument
            if isinstance(value, Ref):
                return step.known[value.index][plane].expand(step.shape(value.index)).contiguous()
            if isinstance(value, torch.Tensor) and value.is_floating_point():
                return torch.full_like(value, NEVER, dtype=torch.float32, device="cpu")
            return value

        args, kwargs = mapped((step.node.args, step.node.kwargs), fill)
        moved = function(*args, **kwargs)
        planes.append(moved if step.node.part is None else moved[step.node.part])
    return torch.stack(planes)


def _padded(step: Step) -> torch.Tensor:
    """Constant padding sees nothing and lies beyond the edge; reflected and repeated cells are where they came from."""
    if step.named("mode", "constant") != "constant":
        return _moved(step)
    intervals, amounts = step.source, [int(one) for one in step.named("pad")]
    source = step.shape(step.node.inputs[0])
    for number, (before, after) in enumerate(zip(amounts[::2], amounts[1::2], strict=True)):
        axis = -1 - number
        windows = np.arange(-before, source[axis] + after)[:, None]
        intervals = _looked_through(step, intervals, axis, windows)
    return intervals


_POINTWISE = """
    relu relu6 hardtanh silu hardswish hardsigmoid sigmoid tanh leaky_relu elu clamp neg abs exp sqrt square gelu
    prelu softplus mish selu celu pow identity dropout dropout2d clone detach contiguous
    """
_SEVERAL = frozenset(["add", "sub", "rsub", "mul", "div", "cat"])  # rules that look at every input
RULES: dict[str, Callable[[Step], torch.Tensor]] = {
    **dict.fromkeys(_POINTWISE.split(), _same),
    **dict.fromkeys(("add", "sub", "rsub", "mul", "div"), _union),
    **dict.fromkeys(("mean", "sum"), _over_dimensions),
    **dict.fromkeys(POOLINGS | ADAPTIVE_POOLINGS, _pooling),
    "conv2d": _convolution,
    "linear": _over_last,
    "layer_norm": _over_normalized,
    "batch_norm": _batch_norm,
    "cat": _concatenation,
    "pad": _padded,
    "permute": _permuted,
}
