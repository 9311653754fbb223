"""One axis of a layer as a record, and PyTorch's rules about it: the length, why it is refused, what is nearest.

What is raised to the caller lives in `sizes`; windows cell by cell live in `windows`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

Kind = Literal["conv", "transposed", "max", "average", "adaptive"]
KINDS: tuple[Kind, ...] = ("conv", "transposed", "max", "average", "adaptive")
SEARCH_LIMIT = 64  # how far from the given value a setting that wastes nothing is looked for


@dataclass(frozen=True)
class Axis:
    """Height or width of one layer: the input's length and how the window walks along it, in pixels."""

    kind: Kind
    size: int
    kernel_size: int = 1  # for kind "adaptive": the output length that is asked for
    stride: int = 1
    padding: int = 0
    dilation: int = 1
    output_padding: int = 0  # transposed convolutions only
    ceil_mode: bool = False  # poolings only

    @property
    def span(self) -> int:
        """Pixels from the first to the last one that a window reads."""
        return self.dilation * (self.kernel_size - 1) + 1

    @property
    def room(self) -> int:
        """Pixels of the padded input that the first window leaves to its right; negative when it does not fit."""
        return self.size + 2 * self.padding - self.span


@dataclass(frozen=True)
class Change:
    """One setting put to another value."""

    name: str
    value: int | bool

    def __str__(self) -> str:
        return f"{self.name} {self.value}"


def length(axis: Axis) -> int:
    """Output length in pixels that the formula gives, legal or not.

    Source: torch.nn.Conv2d, MaxPool2d, ConvTranspose2d, "Shape"; ATen/native/Pool.h for the last window in ceil mode.
    """
    if axis.kind == "adaptive":
        return axis.kernel_size
    if axis.kind == "transposed":
        return (axis.size - 1) * axis.stride - 2 * axis.padding + axis.span + axis.output_padding
    if not axis.ceil_mode:
        return axis.room // axis.stride + 1
    positions = -(-axis.room // axis.stride) + 1
    # A last window that would start in the right-hand padding or beyond is dropped.
    return positions - 1 if (positions - 1) * axis.stride >= axis.size + axis.padding else positions


def refusal(axis: Axis) -> str | None:
    """Why PyTorch refuses these settings, as one sentence, or None where it accepts them."""
    for name in ("size", "kernel_size", "stride", "padding", "dilation", "output_padding"):
        least = 0 if name in {"padding", "output_padding"} else 1
        if getattr(axis, name) < least:
            return f"{name} must be a whole number of at least {least}, not {getattr(axis, name)}."
    if axis.kind == "average" and axis.dilation != 1:
        return f"Average pooling has no dilation; {axis.dilation} was given."
    if axis.kind in {"max", "average"} and axis.padding > axis.kernel_size // 2:
        return f"Padding {axis.padding} is more than half of kernel {axis.kernel_size}, which pooling does not allow."
    if axis.kind == "transposed" and axis.output_padding >= max(axis.stride, axis.dilation):
        return (
            f"output_padding {axis.output_padding} must be smaller than stride {axis.stride} "
            f"or dilation {axis.dilation}."
        )
    if length(axis) >= 1:
        return None
    if axis.kind == "transposed":
        return f"Padding {axis.padding} cuts off more than there is: the output would have {length(axis)} pixels."
    return _too_long(axis)


def _too_long(axis: Axis) -> str:
    padded = axis.size + 2 * axis.padding
    given = f"the padded input has only {padded}" if axis.padding else f"the input has only {padded}"
    if axis.dilation == 1:
        return f"The kernel is {axis.kernel_size} pixels long but {given}."
    return f"The dilated kernel spans {axis.span} pixels but {given}."


def nearest_legal(axis: Axis) -> list[Change]:
    """For each setting that can mend a refused axis by itself, the nearest value that does; the gentlest first.

    Empty where the axis is legal already, or where no single setting mends it.
    """
    if refusal(axis) is None:
        return []
    return [change for change in _candidates(axis) if refusal(changed(axis, change)) is None]


def changed(axis: Axis, change: Change) -> Axis:
    """The axis with one setting put to another value."""
    return replace(axis, **{change.name: change.value})  # type: ignore[arg-type]


def _candidates(axis: Axis) -> Iterator[Change]:
    """Closed forms of the nearest value, setting by setting; the caller drops those that still do not fit."""
    if axis.kind == "average" and axis.dilation != 1:
        yield Change("dilation", 1)
        return
    if axis.kind == "transposed":
        yield from _transposed_candidates(axis)
        return
    if axis.padding > axis.kernel_size // 2 and axis.kind in {"max", "average"}:
        yield Change("padding", axis.kernel_size // 2)
        yield Change("kernel_size", 2 * axis.padding)
        return
    spare = axis.stride - 1 if axis.ceil_mode else 0  # the last window may hang over by so much
    reach = axis.size + 2 * axis.padding + spare
    yield Change("padding", axis.padding + max(0, -(-(axis.span - reach) // 2)))
    yield Change("kernel_size", max(1, (reach - 1) // max(1, axis.dilation) + 1))
    yield Change("size", max(1, axis.size + axis.span - reach))
    if axis.kernel_size > 1:
        yield Change("dilation", max(1, (reach - 1) // (axis.kernel_size - 1)))
    if axis.ceil_mode:
        yield Change("stride", axis.stride + axis.span - reach)
    elif axis.kind != "conv":
        yield Change("ceil_mode", value=True)


def _transposed_candidates(axis: Axis) -> Iterator[Change]:
    missing = max(0, 1 - length(axis))  # pixels more that are wanted
    fits = axis.output_padding < max(axis.stride, axis.dilation)
    above = 1 if fits else axis.output_padding + 1  # what the stride or the dilation must reach
    yield Change("output_padding", min(axis.output_padding + missing, max(axis.stride, axis.dilation) - 1))
    yield Change("padding", axis.padding - -(-missing // 2))
    yield Change("kernel_size", axis.kernel_size + -(-missing // max(1, axis.dilation)))
    yield Change("size", axis.size + -(-missing // max(1, axis.stride)))
    if axis.size > 1 or not missing:
        yield Change("stride", max(above, axis.stride + -(-missing // max(1, axis.size - 1))))
    if axis.kernel_size > 1 or not missing:
        yield Change("dilation", max(above, axis.dilation + -(-missing // max(1, axis.kernel_size - 1))))


def waste(axis: Axis) -> int:
    """Pixels at the end of the padded input that the floor cuts off: no window starts late enough to read them."""
    if axis.kind in {"transposed", "adaptive"}:
        return 0
    last = (length(axis) - 1) * axis.stride + axis.span
    return max(0, axis.size + 2 * axis.padding - last)


def nearest_without_waste(axis: Axis) -> list[Change]:
    """For each setting, the nearest legal value with which the floor cuts nothing off; the smaller one of a tie.

    Empty where nothing is wasted as it is.
    """
    if refusal(axis) is not None or waste(axis) == 0:
        return []
    changes = []
    for name in ("size", "padding", "kernel_size", "stride", "dilation"):
        given = getattr(axis, name)
        for step in range(1, SEARCH_LIMIT):
            fits = [value for value in (given - step, given + step) if _wastes_nothing(axis, name, value)]
            if fits:
                changes.append(Change(name, fits[0]))
                break
    if axis.kind in {"max", "average"} and _wastes_nothing(axis, "ceil_mode", value=True):
        changes.append(Change("ceil_mode", value=True))
    return changes


def _wastes_nothing(axis: Axis, name: str, value: int) -> bool:
    candidate = changed(axis, Change(name, value))
    return refusal(candidate) is None and waste(candidate) == 0
