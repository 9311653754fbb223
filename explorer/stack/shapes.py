"""What one layer makes of a shape, or why torch refuses it. Shapes come without the batch axis."""

from math import prod

from explorer.arithmetic.costs import check_groups
from explorer.arithmetic.rules import Kind
from explorer.arithmetic.sizes import axis_output_size, same_padding
from explorer.errors import ShapeError
from explorer.stack.layers import SHAPE_KEEPERS, Layer, brief

Shape = tuple[int, ...]

WINDOW_KINDS: dict[str, Kind] = {
    "Conv2d": "conv",
    "ConvTranspose2d": "transposed",
    "MaxPool2d": "max",
    "AvgPool2d": "average",
    "AdaptiveAvgPool2d": "adaptive",
    "AdaptiveMaxPool2d": "adaptive",
}
_PADDING_MODES = ("zeros", "reflect", "replicate", "circular")


class TooLargeError(ShapeError):
    """A layer beyond what anyone could run, and beyond what a browser counts exactly."""


class MismatchError(ShapeError):
    """A layer that was told another number of channels or features than it gets."""

    def __init__(self, message: str, argument: str, expected: int, gets: int) -> None:
        super().__init__(message)
        self.argument = argument
        self.expected = expected
        self.gets = gets


def shape_after(layer: Layer, shape: Shape) -> Shape:
    """The shape that a layer makes of one picture's (C, H, W) or (features,).

    Raises:
        MismatchError: the layer was told another number of channels or features.
        ShapeError: torch refuses the layer, or the layer on this shape.
    """
    if layer.kind in WINDOW_KINDS:
        return _windowed(layer, shape)
    if layer.kind == "Linear":
        _match(layer, "in_features", shape[-1], "features" if len(shape) == 1 else "columns")
        return (*shape[:-1], layer["out_features"])
    if layer.kind == "Flatten":
        return _flattened(layer, shape)
    if layer.kind in {"BatchNorm1d", "BatchNorm2d"}:
        return _normalised(layer, shape)
    if layer.kind == "Dropout2d" and len(shape) < 2:
        raise ShapeError(f"nn.Dropout2d needs channels with a height and a width but gets {shown(shape)}.")
    if layer.kind in {"Softmax", "LogSoftmax"} and layer["dim"] is not None:
        _axis(layer, "dim", layer["dim"], len(shape) + 1)
    if layer.kind in SHAPE_KEEPERS:
        return shape
    raise ShapeError(f"nn.{layer.kind} is not among the layers known here.")


def kernel_padding(layer: Layer) -> tuple[tuple[int, int], tuple[int, int]]:
    """Padding at the start and at the end of each axis; "same" may put one pixel more at the end."""
    if layer["padding"] == "valid":
        return (0, 0), (0, 0)
    if layer["padding"] != "same":
        return (layer.pair("padding")[0],) * 2, (layer.pair("padding")[1],) * 2
    kernel, dilation = layer.pair("kernel_size"), layer.pair("dilation")
    return same_padding(kernel[0], dilation[0]), same_padding(kernel[1], dilation[1])


def shown(shape: Shape) -> str:
    """A shape as one reads it: 3 × 224 × 224."""
    return " × ".join(f"{n:,}" for n in shape)


def _windowed(layer: Layer, shape: Shape) -> Shape:
    if len(shape) != 3:
        raise ShapeError(f"nn.{layer.kind} needs channels, height and width but gets {shown(shape)}.")
    channels, *sides = shape
    if layer.kind in {"Conv2d", "ConvTranspose2d"}:
        check_groups(layer["in_channels"], layer["out_channels"], layer["groups"])
        _check_padding_mode(layer, sides)
        _match(layer, "in_channels", channels, "channels")
        channels = layer["out_channels"]
    if layer.kind in {"MaxPool2d", "AdaptiveMaxPool2d"} and layer["return_indices"]:
        raise ShapeError(f"nn.{layer.kind} with return_indices gives two tensors, which no next layer takes.")
    return (channels, *(_axis_length(layer, axis, sides[axis]) for axis in (0, 1)))


def _axis_length(layer: Layer, axis: int, size: int) -> int:
    kind = WINDOW_KINDS[layer.kind]
    side = ("height", "width")[axis]
    try:
        if kind == "adaptive":
            asked = layer["output_size"]
            asked = asked[axis] if isinstance(asked, tuple) else asked
            return axis_output_size("adaptive", size, size if asked is None else asked)
        kernel_size, stride = layer.pair("kernel_size")[axis], layer.pair("stride")[axis]
        dilation = 1 if kind == "average" else layer.pair("dilation")[axis]
        if kind == "conv":
            before, after = kernel_padding(layer)[axis]
            return axis_output_size("conv", size + before + after, kernel_size, stride, 0, dilation)
        extra = layer.pair("output_padding")[axis] if kind == "transposed" else 0
        rounded_up = kind != "transposed" and layer["ceil_mode"]
        padding = layer.pair("padding")[axis]
        return axis_output_size(kind, size, kernel_size, stride, padding, dilation, extra, rounded_up)
    except ShapeError as error:
        raise ShapeError(f"Along the {side} of {size}: {error}") from None


def _check_padding_mode(layer: Layer, sides: list[int]) -> None:
    mode = layer["padding_mode"]
    if mode not in _PADDING_MODES or (layer.kind == "ConvTranspose2d" and mode != "zeros"):
        known = "zeros" if layer.kind == "ConvTranspose2d" else ", ".join(_PADDING_MODES)
        raise ShapeError(f"nn.{layer.kind} has no padding mode {brief(mode)}; it takes {known}.")
    if layer.kind == "ConvTranspose2d":
        return
    if layer["padding"] == "same" and layer.pair("stride") != (1, 1):
        raise ShapeError("padding='same' needs stride 1. Nearest that work: stride 1, or a number as the padding.")
    most = max(b - size for axis, size in enumerate(sides) for b in kernel_padding(layer)[axis])
    if (mode == "reflect" and most >= 0) or (mode == "circular" and most > 0):
        raise ShapeError(f"{mode} padding must be smaller than the picture ({shown(tuple(sides))}); make it smaller.")


def _match(layer: Layer, argument: str, gets: int, what: str) -> None:
    expected = layer[argument]
    if expected != gets:
        message = f"nn.{layer.kind} was told {argument} {expected:,} but gets {gets:,} {what}."
        raise MismatchError(message, argument, expected, gets)


def _flattened(layer: Layer, shape: Shape) -> Shape:
    start = _axis(layer, "start_dim", layer["start_dim"], len(shape) + 1)
    end = _axis(layer, "end_dim", layer["end_dim"], len(shape) + 1)
    if start > end:
        raise ShapeError(f"nn.Flatten: start_dim {start} comes after end_dim {end}.")
    if start == 0 and end > 0:
        raise ShapeError("nn.Flatten with start_dim 0 would mix the pictures of a batch; use start_dim 1.")
    if start == end:
        return shape
    return (*shape[: start - 1], prod(shape[start - 1 : end]), *shape[end:])


def _axis(layer: Layer, name: str, value: int, axes: int) -> int:
    if not -axes <= value < axes:
        raise ShapeError(f"nn.{layer.kind}: {name} {value} is outside the {axes} axes of the batch.")
    return value % axes


def _normalised(layer: Layer, shape: Shape) -> Shape:
    fits = len(shape) == 3 if layer.kind == "BatchNorm2d" else len(shape) in {1, 2}
    if not fits:
        other = "BatchNorm1d" if layer.kind == "BatchNorm2d" else "BatchNorm2d"
        raise ShapeError(f"nn.{layer.kind} does not take {shown(shape)}; nn.{other} would.")
    _match(layer, "num_features", shape[0], "channels" if len(shape) > 1 else "features")
    return shape
