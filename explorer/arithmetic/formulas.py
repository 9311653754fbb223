"""The formula of a size with its numbers plugged in, the rounding visible."""

from explorer.arithmetic.rules import Axis, length


def formula(axis: Axis) -> str:
    """One line such as "⌊(7 + 2·1 − 2·(3 − 1) − 1) / 2⌋ + 1 = ⌊1.5⌋ + 1 = 2".

    The axis is legal; `refusal` says whether it is.
    """
    if axis.kind == "adaptive":
        return f"{axis.kernel_size} asked for = {axis.kernel_size}"
    reach = f"{axis.dilation}·({axis.kernel_size} − 1)"
    if axis.kind == "transposed":
        return (
            f"({axis.size} − 1)·{axis.stride} − 2·{axis.padding} + {reach} + {axis.output_padding} + 1 = {length(axis)}"
        )
    left, right = ("⌈", "⌉") if axis.ceil_mode else ("⌊", "⌋")
    line = (
        f"{left}({axis.size} + 2·{axis.padding} − {reach} − 1) / {axis.stride}{right} + 1"
        f" = {left}{_decimal(axis.room, axis.stride)}{right} + 1"
    )
    positions = (-(-axis.room // axis.stride) if axis.ceil_mode else axis.room // axis.stride) + 1
    if positions != length(axis):
        return f"{line} = {positions}, less 1 window that would start in the padding = {length(axis)}"
    return f"{line} = {length(axis)}"


def _decimal(numerator: int, denominator: int) -> str:
    """The quotient cut after two decimals, never rounded up to a whole number: 5/3 reads 1.66…."""
    sign = "−" if numerator < 0 else ""
    whole, rest = divmod(abs(numerator), denominator)
    if rest == 0:
        return f"{sign}{whole}"
    hundredths, beyond = divmod(rest * 100, denominator)
    return f"{sign}{whole}.{hundredths:02d}".removesuffix("0") + ("…" if beyond else "")
