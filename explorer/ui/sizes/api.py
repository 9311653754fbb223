"""The endpoints /output_size and /trace_network: plain values in, JSON out."""

from typing import Any

from explorer.arithmetic.formulas import formula
from explorer.arithmetic.rules import KINDS, Axis
from explorer.arithmetic.sizes import axis_output_size
from explorer.errors import ShapeError

LARGEST = 1_000_000_000  # of any number that is sent: no output is then beyond what JSON carries


def output_size_of(
    size: int,
    kernel_size: int = 3,
    stride: int | None = None,
    padding: int = 0,
    dilation: int = 1,
    kind: str = "conv",
    ceil_mode: bool = False,
    output_padding: int = 0,
) -> dict[str, Any]:
    """The size that a layer makes of an input's, along one axis, exactly as PyTorch has it.

    Args:
        size: pixels of the input along the axis.
        kernel_size: pixels of the window.
        stride: pixels from one window to the next; left out, 1 for convolutions and the kernel's size for poolings.
        padding: pixels added on each side (cut off on each side, for a transposed convolution).
        dilation: pixels from one read pixel of the window to the next.
        kind: conv, transposed, max, average or adaptive (then kernel_size is the output that is asked for).
        ceil_mode: round up; poolings only.
        output_padding: pixels added at the end; transposed convolutions only.
    Returns:
        {output, formula}
    Raises:
        ShapeError: PyTorch refuses the settings, or a number is larger than LARGEST.
    """
    if kind not in KINDS:
        raise ShapeError(f"Unknown kind {kind!r}; known are {', '.join(KINDS[:-1])} and {KINDS[-1]}.")
    pools = kind in {"max", "average"}
    stride = (kernel_size if pools else 1) if stride is None else stride
    extra = output_padding if kind == "transposed" else 0
    numbers = {"size": size, "kernel_size": kernel_size, "stride": stride, "padding": padding, "dilation": dilation}
    numbers |= {"output_padding": extra}
    for name, value in numbers.items():
        if isinstance(value, int) and value > LARGEST:
            raise ShapeError(f"{name} is {value:,}; at most {LARGEST:,} is reckoned here.")
    rounded_up = bool(ceil_mode) and pools
    output = axis_output_size(kind, **numbers, ceil_mode=rounded_up)
    return {"output": output, "formula": formula(Axis(kind, **numbers, ceil_mode=rounded_up))}


def traced_network(network: str, height: int = 224, width: int = 224, num_classes: int = 10) -> dict[str, Any]:
    """The layers of a network for one picture, without running it: shapes, costs and receptive fields.

    Args:
        network: a network of this project such as "meesho", or of torchvision such as "resnet50".
        height: of the picture, in pixels.
        width: of the picture, in pixels.
        num_classes: length of the logits.
    Returns:
        {layers: [{key, kind, shape, parameters, mult_adds, receptive_field}], parameters, mult_adds}
    """
    from explorer.summary import layers as summary

    traced = summary.summarise_network(network, height, width, num_classes)
    names = ("key", "kind", "shape", "parameters", "mult_adds", "receptive_field")
    layers = [{name: getattr(layer, name) for name in names} for layer in traced.layers]
    return {"layers": layers, "parameters": traced.parameters, "mult_adds": traced.mult_adds}
