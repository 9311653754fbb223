"""How much of the input one unit sees, layer after layer, along one axis.

Source: Araujo, Norris & Sim 2019, "Computing receptive fields of convolutional neural networks", distill.pub.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import gcd
from typing import NamedTuple


class Window(NamedTuple):
    """How one layer's window walks along an axis."""

    kernel_size: int
    stride: int = 1
    padding: int = 0
    dilation: int = 1


@dataclass(frozen=True)
class Field:
    """What a unit sees of the input: `size` pixels; units are `jump` pixels apart; the first begins at `start`.

    `start` is negative where the field reaches into the padding. Jump and start are fractions after a transposed
    convolution, whose units lie closer than the input's pixels.
    """

    size: int = 1
    jump: Fraction = Fraction(1)
    start: Fraction = Fraction(0)

    def through(self, kernel_size: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> "Field":
        """The field after one more convolution or pooling."""
        reach = dilation * (kernel_size - 1) * self.jump
        return Field(int(-(-(self.size + reach) // 1)), self.jump * stride, self.start - padding * self.jump)

    def through_transposed(self, kernel_size: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> "Field":
        """The field after a transposed convolution: an upper bound, as units differ in how many inputs reach them."""
        span = dilation * (kernel_size - 1) + 1
        inputs = min(kernel_size, -(-span // stride))
        first = Fraction(padding - span + 1, stride)  # the leftmost input that reaches output 0
        reach = (inputs - 1) * self.jump if dilation == 1 else Fraction(span - 1, stride) * self.jump
        return Field(int(-(-(self.size + reach) // 1)), self.jump / stride, self.start + self.jump * (-(-first // 1)))

    def through_adaptive(self, size: int, outputs: int) -> "Field":
        """The field after an adaptive pooling from `size` to `outputs` units: that of its longest window."""
        # Window i is ⌈(i + 1) size / outputs⌉ - ⌊i size / outputs⌋ long; its start leaves a rest that is a multiple of
        # the greatest common divisor, and the largest rest makes the longest window.
        longest = size // outputs - (gcd(size, outputs) - outputs - size % outputs) // outputs
        reach = (longest - 1) * self.jump
        return Field(int(-(-(self.size + reach) // 1)), self.jump * Fraction(size, outputs), self.start)

    def joined(self, other: "Field") -> "Field":
        """The field of a unit that both reach: from the earlier start to the later end, an upper bound."""
        start = min(self.start, other.start)
        end = max(self.start + self.size, other.start + other.size)
        return Field(int(-(-(end - start) // 1)), max(self.jump, other.jump), start)


FieldPair = tuple[Field, Field]  # along the height and along the width


def receptive_field_size(windows: Iterable[tuple[int, ...]]) -> int:
    """Pixels along one axis that a unit after these layers sees, padding counted.

    Args:
        windows: (kernel_size, stride, padding, dilation) of each layer in order; what is left out is 1, 0, 1.
    """
    return _after(windows).size


def jump(windows: Iterable[tuple[int, ...]]) -> int:
    """Pixels of the input between neighbouring units after these layers: the product of the strides."""
    return int(_after(windows).jump)


def _after(windows: Iterable[tuple[int, ...]]) -> Field:
    field = Field()
    for window in windows:
        field = field.through(*Window(*window))
    return field
