"""A stack walked row by row: shapes, costs and receptive fields, up to the layer that breaks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import isqrt, prod

from explorer.arithmetic.costs import activation_memory, mult_adds, parameters
from explorer.arithmetic.fields import Field, FieldPair
from explorer.errors import ShapeError
from explorer.stack.layers import Layer
from explorer.stack.shapes import WINDOW_KINDS, MismatchError, Shape, TooLargeError, kernel_padding, shape_after, shown

MOST = 2**53 - 1  # of any sum: what a browser counts exactly, and far beyond what anyone could run


@dataclass(frozen=True)
class Fix:
    """A way out of a layer that breaks: what it does in words, and the stack with it done."""

    text: str
    layers: tuple[Layer, ...]


@dataclass(frozen=True)
class Row:
    """One layer of a stack, and what comes out of it for one picture."""

    layer: Layer
    shape: Shape | None  # (C, H, W) or (features,); None from the layer on that breaks
    parameters: int = 0
    mult_adds: int = 0
    memory: int = 0  # bytes of the output in float32
    receptive_field: tuple[int, int] | None = None  # height and width of what one unit sees, padding counted
    jump: tuple[float, float] | None = None  # input pixels between neighbouring units; None after a Flatten
    error: str | None = None
    wants: int | None = None  # features that a Linear was told, where it gets others
    fixes: tuple[Fix, ...] = ()


def walk(layers: Sequence[Layer], shape: Shape) -> list[Row]:
    """A row for every layer, given one picture's (C, H, W).

    The first layer that torch would refuse, or with which a sum passes `MOST`, has the reason in `error` and the ways
    out in `fixes`; the rows after it have no shape.

    Raises:
        ShapeError: the input's own shape has a side below 1.
    """
    if not shape or min(shape) < 1:
        raise ShapeError(f"A picture of {shown(shape)} has nothing in it; every side must be at least 1.")
    rows: list[Row] = []
    befores: list[Shape] = []  # what each layer gets
    fields: FieldPair = (Field(), Field())
    for index, layer in enumerate(layers):
        befores.append(shape)
        try:
            after = shape_after(layer, shape)
            fields = fields_after(layer, shape, fields)
            rows.append(_row(layer, shape, after, fields))
            _check_size(layer, rows)
        except ShapeError as error:
            del rows[index:]
            fixes = tuple(_fixes(list(layers), index, shape, error, befores))
            wants = error.expected if isinstance(error, MismatchError) and layer.kind == "Linear" else None
            rows.append(Row(layer, None, error=str(error), wants=wants, fixes=fixes))
            rows.extend(Row(later, None) for later in layers[index + 1 :])
            return rows
        shape = after
    return rows


def unwalked(layers: Sequence[Layer]) -> list[Row]:
    """A row for every layer of which it is not known what it gets: parameters, and no shape."""
    return [Row(layer, None, parameters=_parameters(layer)) for layer in layers]


def totals(rows: Sequence[Row]) -> dict[str, int]:
    """Parameters, multiply-adds and bytes of all outputs, summed over the rows."""
    return {
        "parameters": sum(row.parameters for row in rows),
        "mult_adds": sum(row.mult_adds for row in rows),
        "memory": sum(row.memory for row in rows),
    }


def _check_size(layer: Layer, rows: Sequence[Row]) -> None:
    """Refuse the last row where a sum passes `MOST`."""
    counts = {name.replace("_", "-"): value for name, value in totals(rows).items()}
    counts["pixels in what a unit sees"] = max(rows[-1].receptive_field or (0,))
    for name, value in counts.items():
        if value > MOST:
            what = "bytes of activations" if name == "memory" else name
            raise TooLargeError(
                f"With nn.{layer.kind} the stack comes to more than {MOST:,} {what}; no more are counted."
            )


def _row(layer: Layer, before: Shape, after: Shape, fields: FieldPair) -> Row:
    weights, products = _costs(layer, before, after)
    spread = len(after) == 3 and max(fields[0].jump, fields[1].jump) <= MOST
    return Row(
        layer,
        after,
        weights,
        products,
        activation_memory(after),
        (fields[0].size, fields[1].size),
        (float(fields[0].jump), float(fields[1].jump)) if spread else None,
    )


def _costs(layer: Layer, before: Shape, after: Shape) -> tuple[int, int]:
    """Parameters and multiply-adds."""
    weights = _parameters(layer)
    if layer.kind == "Linear":
        return weights, mult_adds(layer["in_features"], layer["out_features"], positions=prod(before[:-1]))
    if layer.kind not in {"Conv2d", "ConvTranspose2d"}:
        return weights, 0
    channels, kernel = (layer["in_channels"], layer["out_channels"]), layer.pair("kernel_size")
    positions = prod((after if layer.kind == "Conv2d" else before)[1:])
    return weights, mult_adds(*channels, kernel, positions, layer["groups"])


def _parameters(layer: Layer) -> int:
    if layer.kind == "Linear":
        return parameters(layer["in_features"], layer["out_features"], bias=layer["bias"])
    if layer.kind in {"BatchNorm1d", "BatchNorm2d"}:
        return int(layer["num_features"] * (layer["affine"] + layer["bias"]) if layer["affine"] else 0)
    if layer.kind not in {"Conv2d", "ConvTranspose2d"}:
        return 0
    channels, kernel = (layer["in_channels"], layer["out_channels"]), layer.pair("kernel_size")
    return parameters(*channels, kernel, layer["groups"], bias=layer["bias"])


def fields_after(layer: Layer, before: Shape, fields: FieldPair) -> FieldPair:
    """The receptive fields after a layer that gets shape `before`."""
    if layer.kind in {"Flatten", "Linear"} and len(before) == 3:
        return _whole(fields[0], before[1]), _whole(fields[1], before[2])
    if layer.kind not in WINDOW_KINDS:
        return fields
    kind = WINDOW_KINDS[layer.kind]
    after = []
    for axis, field in enumerate(fields):
        if kind == "adaptive":
            asked = shape_after(layer, before)[1 + axis]
            after.append(field.through_adaptive(before[1 + axis], asked))
            continue
        kernel_size, stride = layer.pair("kernel_size")[axis], layer.pair("stride")[axis]
        dilation = 1 if kind == "average" else layer.pair("dilation")[axis]
        padding = kernel_padding(layer)[axis][0] if kind == "conv" else layer.pair("padding")[axis]
        through = field.through_transposed if kind == "transposed" else field.through
        after.append(through(kernel_size, stride, padding, dilation))
    return after[0], after[1]


def _whole(field: Field, positions: int) -> Field:
    """What all units along an axis see together."""
    return field.through_adaptive(positions, 1)


def _fixes(layers: list[Layer], index: int, shape: Shape, error: ShapeError, shapes: list[Shape]) -> list[Fix]:
    """Ways to mend layer `index`, which gets `shape`; only those that get past it."""
    layer = layers[index]
    found: list[Fix] = []

    def offer(text: str, *replacement: Layer, at: int = index) -> None:
        found.append(Fix(text, (*layers[:at], *replacement, *layers[index + 1 :])))

    if isinstance(error, MismatchError):
        _offer_for_mismatch(layers, index, shape, error, shapes, offer)
    elif layer.kind in {"BatchNorm1d", "BatchNorm2d"}:
        other = replace(layer, kind="BatchNorm2d" if layer.kind == "BatchNorm1d" else "BatchNorm1d")
        offer(f"make it nn.{other.kind}({shape[0]})", other.changed(num_features=shape[0]))
    elif layer.kind in WINDOW_KINDS and len(shape) == 3 and not isinstance(error, TooLargeError):
        _offer_settings(layer, shape, offer)
    if index:
        offer("leave this layer out")
    first = shapes[0]
    return [fix for fix in found if len(fix.layers) - _first_break(fix.layers, first) < len(layers) - index]


def _first_break(layers: Sequence[Layer], shape: Shape) -> int:
    """The index of the first layer that is refused; the number of layers where none is."""
    for index, layer in enumerate(layers):
        try:
            shape = shape_after(layer, shape)
        except ShapeError:
            return index
    return len(layers)


def _offer_for_mismatch(
    layers: list[Layer], index: int, shape: Shape, error: MismatchError, shapes: list[Shape], offer: Callable[..., None]
) -> None:
    layer = layers[index]
    if layer.kind == "Linear" and len(shape) == 3:
        flat = layer.changed(in_features=prod(shape))
        offer(f"flatten first: nn.Flatten() gives {prod(shape):,} features", Layer("Flatten"), flat)
        return
    offer(f"{error.argument} {error.gets:,}", layer.changed(**{error.argument: error.gets}))
    before = _before_flatten(layers, index, shapes)
    if layer.kind != "Linear" or before is None:
        return
    place, (channels, height, width) = before
    between = layers[place:index]
    side = isqrt(error.expected // channels)
    if side * side * channels == error.expected and side <= min(height, width):
        pool = Layer("AdaptiveAvgPool2d", {"output_size": side})
        offer(f"nn.AdaptiveAvgPool2d({side}) before the Flatten: {channels} × {side} × {side} = {error.expected:,}",
              pool, *between, layer, at=place)  # fmt: skip
    pool, small = Layer("AdaptiveAvgPool2d", {"output_size": 1}), layer.changed(in_features=channels)
    offer(f"nn.AdaptiveAvgPool2d(1) before the Flatten and in_features {channels:,}: then pictures of any size fit",
          pool, *between, small, at=place)  # fmt: skip


def _before_flatten(layers: list[Layer], index: int, shapes: list[Shape]) -> tuple[int, tuple[int, int, int]] | None:
    """Where the Flatten before layer `index` stands, and the (C, H, W) that it gets; None past another Linear."""
    for place in range(index - 1, -1, -1):
        if layers[place].kind == "Linear":
            return None
        shape = shapes[place]
        if layers[place].kind == "Flatten" and len(shape) == 3:
            return place, (shape[0], shape[1], shape[2])
    return None


def _offer_settings(layer: Layer, shape: Shape, offer: Callable[..., None]) -> None:
    """The gentlest change of one argument with which the layer is accepted."""
    for name in ("padding", "kernel_size", "dilation", "output_padding", "stride", "groups"):
        if name not in layer.given and name not in {"padding"}:
            continue
        for value in _outward(layer[name]):
            candidate = layer.changed(**{name: value})
            try:
                shape_after(candidate, shape)
            except ShapeError:
                continue
            offer(f"{name} {value}", candidate)
            break


def _outward(value: object, reach: int = 64) -> list[int]:
    """Whole numbers around a value, the nearest first."""
    start = max(value) if isinstance(value, tuple) else value
    if not isinstance(start, int):
        return [0]
    return [n for step in range(1, reach) for n in (start - step, start + step) if n >= 0]
