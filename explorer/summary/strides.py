"""How the window of a recorded operation walks."""

from typing import Any

from explorer.activations.operations.names import arguments
from explorer.activations.tracer import Node
from explorer.arithmetic.rules import Kind

WINDOWS: dict[str, Kind] = {
    "conv2d": "conv",
    "conv_transpose2d": "transposed",
    "max_pool2d": "max",
    "avg_pool2d": "average",
}
_TRANSPOSED = ("input", "weight", "bias", "stride", "padding", "output_padding", "groups", "dilation")


def window_of(node: Node) -> dict[str, tuple[Any, Any]]:
    """How a convolution's or pooling's window walks, for height and width."""
    given = arguments_of(node)
    kernel = tuple(given["weight"].shape[-2:]) if "weight" in given else _pair(given["kernel_size"])
    stride = given.get("stride")
    stride = None if stride == [] else stride
    pooled = node.operation.endswith("pool2d")
    padding = given.get("padding", 0)
    dilation = _pair(given.get("dilation", 1))
    if isinstance(padding, str):  # "same" and "valid"
        padding = tuple(d * (k - 1) / 2 if padding == "same" else 0 for k, d in zip(kernel, dilation, strict=True))
        padding = tuple(-int(-side // 1) for side in padding)
    return {
        "kernel": kernel,
        "stride": (kernel if pooled else (1, 1)) if stride is None else _pair(stride),
        "padding": _pair(padding),
        "dilation": dilation,
        "output_padding": _pair(given.get("output_padding", 0)),
        "ceil_mode": (bool(given.get("ceil_mode", False)),) * 2,
    }


def arguments_of(node: Node) -> dict[str, Any]:
    """The arguments of a recorded call by name; those left out are left out."""
    if node.operation == "conv_transpose2d":
        return dict(zip(_TRANSPOSED, node.args, strict=False)) | node.kwargs
    return arguments(node.operation, node.args, node.kwargs)


def _pair(value: Any) -> tuple[Any, Any]:  # noqa: ANN401 - one number or two, as torch takes them
    numbers = tuple(value) if isinstance(value, tuple | list) else (value,)
    return (numbers[0], numbers[-1])
