"""The layers that a stack may hold, with their arguments as torch.nn spells them, and one layer as a record."""

import functools
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from explorer.errors import ShapeError

REQUIRED = object()
LARGEST = 10_000_000  # of any number in a stack; beyond it lies nothing that anyone could run

Pair = tuple[int, int]


@dataclass(frozen=True)
class Argument:
    """One argument of a layer: its name, what it may be, and its default."""

    name: str
    accepts: (
        str  # "count" (from 1), "pair" (from 1), "padding" (from 0), "flag", "word", "index", "output", or a number:
    )
    #               "number" (any), "share" (0 to 1), "eps", "momentum"
    default: Any = REQUIRED
    choices: tuple[str, ...] = ()  # of a word; empty for any
    by_name: bool = False  # never by its place
    needs: str = ""  # the flag without which it says nothing


_WINDOW = (Argument("padding", "padding", 0), Argument("dilation", "pair", 1))
_FACTORY = (Argument("device", "word", None), Argument("dtype", "word", None))
_INPLACE = (Argument("inplace", "flag", False),)
_NORM = (
    Argument("eps", "eps", 1e-5),
    Argument("momentum", "momentum", 0.1),
    Argument("affine", "flag", True),
    Argument("track_running_stats", "flag", True),
    *_FACTORY,
    Argument("bias", "flag", True, by_name=True, needs="affine"),  # since torch 2.12
)
_CHANNELS = (Argument("in_channels", "count"), Argument("out_channels", "count"))
_KERNEL = (Argument("kernel_size", "pair"), Argument("stride", "pair", 1))

LAYERS: dict[str, tuple[Argument, ...]] = {
    "Conv2d": (
        *_CHANNELS, *_KERNEL, Argument("padding", "same", 0), Argument("dilation", "pair", 1),
        Argument("groups", "count", 1), Argument("bias", "flag", True), Argument("padding_mode", "word", "zeros"),
        *_FACTORY,
    ),
    "ConvTranspose2d": (
        *_CHANNELS, *_KERNEL, Argument("padding", "padding", 0), Argument("output_padding", "padding", 0),
        Argument("groups", "count", 1), Argument("bias", "flag", True), Argument("dilation", "pair", 1),
        Argument("padding_mode", "word", "zeros"), *_FACTORY,
    ),
    "MaxPool2d": (
        Argument("kernel_size", "pair"), Argument("stride", "pair", None), *_WINDOW,
        Argument("return_indices", "flag", False), Argument("ceil_mode", "flag", False),
    ),
    "AvgPool2d": (
        Argument("kernel_size", "pair"), Argument("stride", "pair", None), Argument("padding", "padding", 0),
        Argument("ceil_mode", "flag", False), Argument("count_include_pad", "flag", True),
        Argument("divisor_override", "count", None),
    ),
    "AdaptiveAvgPool2d": (Argument("output_size", "output"),),
    "AdaptiveMaxPool2d": (Argument("output_size", "output"), Argument("return_indices", "flag", False)),
    "BatchNorm2d": (Argument("num_features", "count"), *_NORM),
    "BatchNorm1d": (Argument("num_features", "count"), *_NORM),
    "Linear": (
        Argument("in_features", "count"), Argument("out_features", "count"), Argument("bias", "flag", True), *_FACTORY,
    ),
    "Flatten": (Argument("start_dim", "index", 1), Argument("end_dim", "index", -1)),
    "Dropout": (Argument("p", "share", 0.5), *_INPLACE),
    "Dropout2d": (Argument("p", "share", 0.5), *_INPLACE),
    "Softmax": (Argument("dim", "index", None),),
    "LogSoftmax": (Argument("dim", "index", None),),
    "LeakyReLU": (Argument("negative_slope", "number", 0.01), *_INPLACE),
    "ELU": (Argument("alpha", "number", 1.0), *_INPLACE),
    "GELU": (Argument("approximate", "word", "none", ("none", "tanh")),),
    "Sigmoid": (),
    "Tanh": (),
    "Identity": (),
    **dict.fromkeys(("ReLU", "ReLU6", "SiLU", "Mish", "Hardswish", "Hardsigmoid"), _INPLACE),
}  # fmt: skip


@functools.cache
def norms_run_without_eps() -> bool:
    """Whether the installed torch runs a batch norm with eps=0, as 2.12 and later do; True where none is installed."""
    try:
        found = re.match(r"(\d+)\.(\d+)", version("torch"))
    except PackageNotFoundError:
        return True
    return found is None or (int(found[1]), int(found[2])) >= (2, 12)


_NUMBERS: dict[str, tuple[str, Callable[[float], bool]]] = {  # in words, and whether a value is one
    "number": ("a number", math.isfinite),
    "momentum": ("a number or None", math.isfinite),
    "share": ("a number from 0 to 1", lambda value: 0 <= value <= 1),
    "eps": ("a number above 0", lambda value: value > 0 and math.isfinite(value)),
    "eps or none": ("a number from 0", lambda value: value >= 0 and math.isfinite(value)),
}

_LEAST = {"count": 1, "pair": 1, "output": 1, "padding": 0, "same": 0, "index": -LARGEST}  # of whole numbers

SHAPE_KEEPERS = frozenset(
    {"Dropout", "Dropout2d", "Softmax", "LogSoftmax", "LeakyReLU", "ELU", "GELU", "Sigmoid", "Tanh", "Identity"}
    | {"ReLU", "ReLU6", "SiLU", "Mish", "Hardswish", "Hardsigmoid"}
)


@dataclass(frozen=True)
class Layer:
    """One layer: its class in torch.nn and the arguments that were given, by name."""

    kind: str
    given: Mapping[str, Any] = field(default_factory=dict)
    line: int = 0  # of the text that it was read from; 0 where there was none

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - an argument is a number, a pair, a flag or a word
        """An argument, or its default."""
        if name in self.given:
            return self.given[name]
        return next(argument.default for argument in LAYERS[self.kind] if argument.name == name)

    def pair(self, name: str) -> Pair:
        """An argument for height and width; a pooling's stride is its kernel unless given."""
        value = self[name]
        if value is None and name == "stride":
            value = self["kernel_size"]
        return value if isinstance(value, tuple) else (value, value)

    def code(self) -> str:
        """The layer as one would write it: "nn.Conv2d(3, 32, 3, padding=1)"."""
        words = []
        positional = True
        for argument in LAYERS[self.kind]:
            if argument.name not in self.given:
                positional = False
                continue
            value = repr(self.given[argument.name])
            short = positional and argument.default is REQUIRED
            words.append(value if short else f"{argument.name}={value}")
        return f"nn.{self.kind}({', '.join(words)})"

    def changed(self, **arguments: Any) -> "Layer":  # noqa: ANN401
        """The same layer with other arguments."""
        return Layer(self.kind, {**self.given, **arguments}, self.line)


def checked(kind: str, positional: list[Any], named: Mapping[str, Any], line: int = 0) -> Layer:
    """A layer from the arguments of a call.

    Raises:
        ShapeError: an unknown layer or argument, one too many, one missing, or a value of the wrong kind.
    """
    if kind not in LAYERS:
        raise ShapeError(f"nn.{kind[:40]} is not among the layers known here: {', '.join(sorted(LAYERS))}.")
    arguments = LAYERS[kind]
    placed = [argument.name for argument in arguments if not argument.by_name]
    if len(positional) > len(placed):
        named_only = " that go without their name" if len(placed) < len(arguments) else ""
        raise ShapeError(f"nn.{kind} takes at most {len(placed)} arguments{named_only}, not {len(positional)}.")
    given = dict(zip(placed, positional, strict=False))
    for name, value in named.items():
        if name not in {argument.name for argument in arguments}:
            known = ", ".join(argument.name for argument in arguments) or "none"
            raise ShapeError(f"nn.{kind} has no argument {brief(name)}; it takes {known}.")
        if name in given:
            raise ShapeError(f"nn.{kind} was given {name} twice.")
        given[name] = value
    for argument in arguments:
        if argument.name in given:
            given[argument.name] = _value(kind, argument, given[argument.name])
        elif argument.default is REQUIRED:
            raise ShapeError(f"nn.{kind} needs {argument.name}.")
    return Layer(kind, _without_defaults(arguments, given), line)


def _without_defaults(arguments: tuple[Argument, ...], given: dict[str, Any]) -> dict[str, Any]:
    """What says something: in the order of the signature, equal pairs as one number, defaults left out."""
    kept = {}
    for argument in arguments:
        if argument.name not in given or (argument.accepts == "word" and argument.name in {"device", "dtype"}):
            continue
        value = given[argument.name]
        if argument.needs and not given.get(argument.needs, True):
            continue
        if isinstance(value, tuple) and value[0] == value[1]:
            value = value[0]
        if argument.default is REQUIRED or value != argument.default:
            kept[argument.name] = value
    return kept


def _value(kind: str, argument: Argument, value: Any) -> Any:  # noqa: ANN401
    name, accepts = argument.name, argument.accepts
    numbers = _NUMBERS.get("eps or none" if accepts == "eps" and norms_run_without_eps() else accepts)
    if value is None and (argument.default is None or accepts in {"output", "momentum"}):
        return value
    if accepts == "word" and isinstance(value, str) and (not argument.choices or value in argument.choices):
        return value
    if accepts == "flag" and isinstance(value, int):
        return bool(value)
    if numbers and isinstance(value, int | float) and numbers[1](value):
        return value
    if accepts == "same" and isinstance(value, str) and value in {"same", "valid"}:
        return value
    if accepts in {"pair", "padding", "same", "output"} and isinstance(value, tuple):
        if len(value) == 1:
            value *= 2
        if len(value) == 2:
            return tuple(_value(kind, Argument(name, accepts, argument.default), item) for item in value)
    least = _LEAST.get(accepts, LARGEST + 1)
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= LARGEST:
        return value
    expected = {"word": " or ".join(argument.choices) or "a word", "flag": "True or False"}
    what = numbers[0] if numbers else expected.get(accepts, f"a whole number from {least} to {LARGEST:,}")
    pairs = ", or two of them" if accepts in {"pair", "padding", "same", "output"} else ""
    raise ShapeError(f"nn.{kind}: {name} must be {what}{pairs}, not {brief(value)}.")


def brief(value: object) -> str:
    """A value as one would write it, cut where a visitor has sent a page of it."""
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:36]}…"
