"""Running part of a recorded forward once more, with something changed: what feeds what, and what if.

Only the operations that depend on the change and lead to what is asked for are run; all the others keep their recorded
output. Nothing recorded is written into. Used by explorer.activations.influence and for the page's "what if".
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from explorer.activations.layouts import Layout
from explorer.activations.nodes import Node, Ref, Trace
from explorer.activations.operations.registry import arguments, operation_called
from explorer.errors import ModelError

Instead = Callable[[Node, dict[str, Any]], torch.Tensor | None]


class _InOrder(torch.autograd.Function):
    """Gives its gradient on in the usual order of numbers.

    Torch's batch norm (2.11, on the CPU, of one picture) takes a gradient that lies channels-last for another one.
    """

    @staticmethod
    def forward(_context: Any, maps: torch.Tensor) -> torch.Tensor:  # noqa: ANN401 -- torch's own
        """The same numbers."""
        return maps.view_as(maps)

    @staticmethod
    def backward(_context: Any, *gradients: torch.Tensor) -> torch.Tensor:  # noqa: ANN401 -- torch's own
        """The same gradient, (N, C, H, W) one after the other."""
        return gradients[0].contiguous()


def replay(
    trace: Trace, outputs: Mapping[int, torch.Tensor], end: Node, instead: Instead | None = None
) -> torch.Tensor:
    """The end's output, had the operations in `outputs` put out what is given there.

    Args:
        trace: one forward of one picture.
        outputs: by the operation's index; tensors may carry gradients.
        end: the operation that is asked for.
        instead: given an operation and its arguments by name, its output in place of the real one, or None for that;
            if given, everything after the first of `outputs` is run again.

    Raises:
        ModelError: on the way to the end lies an operation that was not seen, and so cannot be run again.
    """
    done = {index: output.clone() for index, output in outputs.items()}  # copies that may be written into

    def given(ref: Ref) -> torch.Tensor:
        return done[ref.index] if ref.index in done else trace.output_of(trace.nodes[ref.index]).clone()

    def copied(ref: Ref) -> torch.Tensor:
        return given(ref).clone()

    for index in _between(trace, outputs, end):
        node = trace.nodes[index]
        if node.function is None:
            done[index] = given(Ref(node.inputs[0]))
            continue
        args, kwargs = trace.filled(node, copied if node.in_place else given)  # a gradient may need what was there
        named = operation_called(node.operation).named(args, kwargs)
        result = instead(node, named) if instead else None
        if result is None:
            result = result_of(node, args, kwargs)
        if node.operation == "batch_norm" and result.requires_grad:
            result = _InOrder.apply(result)  # type: ignore[no-untyped-call]
        done[index] = result
    return done[end.index] if end.index in done else trace.output_of(end)


def result_of(node: Node, args: Sequence[Any], kwargs: Mapping[str, Any]) -> torch.Tensor:
    """What an operation gives for other arguments.

    Raises:
        ModelError: it was not seen, so that it cannot be run again.
    """
    if node.function is None:
        raise ModelError(f"What {node.key} does cannot be run again.")
    result = node.function(*args, **kwargs)
    found: torch.Tensor = args[0] if result is None else result if node.part is None else result[node.part]
    return found


def silenced(trace: Trace, layer: str, channels: Sequence[int], layout: Layout | None = None) -> torch.Tensor:
    """The network's output with some of a layer's channels set to 0.

    Args:
        layout: the maps whose channels are meant; None for those of the layer's dimensions as they come.

    Raises:
        ModelError: an unknown layer, or a channel that it does not have.
    """
    node = trace.node(layer)
    layout = layout or Layout.as_it_comes(node.shape)
    output, numbers = trace.output_of(node).clone(memory_format=torch.contiguous_format), layout.numbered()
    for channel in channels:
        if not 0 <= channel < len(numbers):
            raise ModelError(f"{layer} has channels 0 to {len(numbers) - 1}, not {channel}.")
        output.view(-1)[numbers[channel].flatten().to(output.device)] = 0
    with torch.no_grad():
        return replay(trace, {node.index: output}, trace.node(trace.output))


def without_activations(trace: Trace) -> tuple[torch.Tensor, int]:
    """The network's output with every activation function taken out, and how many there were."""
    left_out = {node.index for node in trace.nodes if operation_called(node.operation).activation}

    def instead(node: Node, named: dict[str, Any]) -> torch.Tensor | None:
        return named["input"] if node.index in left_out else None

    return _from_the_picture(trace, instead), len(left_out)


def without_skips(trace: Trace) -> tuple[torch.Tensor, int]:
    """The network's output with the shortcut taken out of every addition of two branches, and how many there were.

    The branch that stays is the one that was computed through more operations.
    """
    stays: dict[int, str] = {}  # addition -> which of its arguments is left
    depths = _depths(trace)
    for node in trace.nodes:
        named = arguments(node)
        refs = {name: named[name].index for name in ("other", "input") if isinstance(named.get(name), Ref)}
        if operation_called(node.operation).joins and len(refs) == 2:
            stays[node.index] = max(refs, key=lambda name: depths[refs[name]])

    def instead(node: Node, named: dict[str, Any]) -> torch.Tensor | None:
        if node.index not in stays:
            return None
        name = stays[node.index]
        left: torch.Tensor = named[name] * (named.get("alpha", 1) if name == "other" else 1)
        return left.expand(node.shape).contiguous()

    return _from_the_picture(trace, instead), len(stays)


def _from_the_picture(trace: Trace, instead: Instead) -> torch.Tensor:
    with torch.no_grad():
        return replay(trace, {0: trace.output_of(trace.nodes[0])}, trace.node(trace.output), instead)


def _depths(trace: Trace) -> list[int]:
    """How many operations that compute lie on the longest way from the picture to each."""
    depths: list[int] = []
    for node in trace.nodes:
        before = max((depths[one] for one in node.inputs), default=0)
        depths.append(before if node.moves else before + 1)
    return depths


def _between(trace: Trace, starts: Mapping[int, torch.Tensor], end: Node) -> list[int]:
    """The operations that depend on the starts and that the end depends on, in order.

    Raises:
        ModelError: one of them cannot be run again, or what it depends on is not known.
    """
    reached = set(starts)
    first = min(starts)
    for node in trace.nodes[first + 1 : end.index + 1]:
        if reached.intersection(node.inputs):
            reached.add(node.index)
    wanted = {end.index}
    for node in reversed(trace.nodes[first : end.index + 1]):
        if node.index in wanted and node.index not in starts:
            wanted.update(node.inputs)
    for index in sorted(wanted - set(starts)):
        node = trace.nodes[index]
        unseen = index > first and node.function is None and node.operation not in {"identity", "constant"}
        if unseen and (index in reached or not node.inputs):
            raise ModelError(
                f"What {node.key} does cannot be run again: it is compiled, or it is written over by a way that torch "
                "does not show. So nothing before it can be changed or followed from here."
            )
    return sorted((reached & wanted) - set(starts))
