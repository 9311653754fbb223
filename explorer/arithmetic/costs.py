"""What a layer costs: parameters, multiply-adds, memory.

Multiply-adds are counted for convolutions and linear layers only, one per weight and use, padding included and the
bias left out: half of what `torch.utils.flop_counter` counts.
"""

from math import gcd, isqrt, prod

from explorer.errors import ShapeError


def check_groups(in_channels: int, out_channels: int, groups: int) -> None:
    """Refuse groups that do not divide both numbers of channels, as torch does.

    Raises:
        ShapeError: with the nearest number of groups that works.
    """
    for name, value in (("in_channels", in_channels), ("out_channels", out_channels), ("groups", groups)):
        if value < 1:
            raise ShapeError(f"{name} must be a whole number of at least 1, not {value}.")
    if in_channels % groups or out_channels % groups:
        shared = gcd(in_channels, out_channels)
        nearest = min(_divisors(shared), key=lambda g: (abs(g - groups), g))
        raise ShapeError(
            f"{groups} groups must divide both {in_channels} input and {out_channels} output channels. "
            f"Nearest that work: groups {nearest}."
        )


def _divisors(number: int) -> list[int]:
    small = [divisor for divisor in range(1, isqrt(number) + 1) if number % divisor == 0]
    return [*small, *(number // divisor for divisor in small)]


def parameters(
    in_channels: int, out_channels: int, kernel_size: tuple[int, ...] = (), groups: int = 1, *, bias: bool = True
) -> int:
    """Weights and biases of a convolution, transposed or not; of a linear layer, with no kernel size.

    Raises:
        ShapeError: the groups do not divide the channels.
    """
    check_groups(in_channels, out_channels, groups)
    return out_channels * (in_channels // groups) * prod(kernel_size) + (out_channels if bias else 0)


def mult_adds(
    in_channels: int, out_channels: int, kernel_size: tuple[int, ...] = (), positions: int = 1, groups: int = 1
) -> int:
    """Multiply-adds of a convolution, transposed or not, or of a linear layer, for one picture.

    Args:
        positions: places that the window takes: output pixels, or *input* pixels for a transposed convolution.

    Raises:
        ShapeError: the groups do not divide the channels.
    """
    return positions * parameters(in_channels, out_channels, kernel_size, groups, bias=False)


def activation_memory(shape: tuple[int, ...], bytes_per_value: int = 4) -> int:
    """Bytes that one picture's output takes; float32 unless told otherwise. `shape` comes without the batch axis."""
    return prod(shape) * bytes_per_value
