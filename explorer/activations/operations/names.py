"""Torch functions by name: what they are called, which ones only move numbers, and how their arguments are named.

No tensor in sight: this is what explorer.activations.tracer, explorer.receipts and
explorer.activations.receptive_field agree on. An argument that is not known here leaves its operation without a rule:
nothing is guessed.
"""

from collections.abc import Callable
from typing import Any

# Operations whose every output number is one of their input numbers, wherever it went.
MOVES = frozenset(
    """
    cat stack flatten unflatten view view_as reshape permute transpose t T mT movedim contiguous unsqueeze squeeze
    getitem chunk split unbind narrow select expand expand_as repeat tile roll flip clone detach identity
    channel_shuffle native_channel_shuffle pixel_shuffle pixel_unshuffle pad index_select
    """.split()  # noqa: SIM905 -- thirty quoted words read worse
)
SIZED_AS = frozenset(["expand_as", "view_as"])  # moves that take the size of another tensor, and none of its numbers
DROPOUTS = frozenset(["dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout"])
# Operations that, when they give back the very tensor that they got, were not worth a node.
NOTHING = frozenset(["contiguous", "to", "float", "detach", "requires_grad", "type", "type_as", "cpu", "cuda"])

_SAME = {
    "concat": "cat", "concatenate": "cat", "truediv": "div", "true_divide": "div", "divide": "div", "multiply": "mul",
    "subtract": "sub", "matmul": "matmul", "swapdims": "transpose", "swapaxes": "transpose", "expit": "sigmoid",
    "max_pool2d_with_indices": "max_pool2d", "absolute": "abs", "negative": "neg", "clip": "clamp",
}  # fmt: skip

_NAMES: dict[Any, str] = {}

ARGUMENTS: dict[str, tuple[str, ...]] = {
    "conv2d": ("input", "weight", "bias", "stride", "padding", "dilation", "groups"),
    "linear": ("input", "weight", "bias"),
    "batch_norm": ("input", "running_mean", "running_var", "weight", "bias", "training", "momentum", "eps"),
    "layer_norm": ("input", "normalized_shape", "weight", "bias", "eps", "cudnn_enable"),
    "max_pool2d": ("input", "kernel_size", "stride", "padding", "dilation", "ceil_mode", "return_indices"),
    "avg_pool2d": (
        "input", "kernel_size", "stride", "padding", "ceil_mode", "count_include_pad", "divisor_override",
    ),
    "adaptive_avg_pool2d": ("input", "output_size"),
    "adaptive_max_pool2d": ("input", "output_size", "return_indices"),
    "mean": ("input", "dim", "keepdim"),
    "sum": ("input", "dim", "keepdim"),
    "cat": ("tensors", "dim"),
    "pad": ("input", "pad", "mode", "value"),
    **dict.fromkeys(DROPOUTS, ("input", "p", "training", "inplace")),
    "hardtanh": ("input", "min_val", "max_val", "inplace"),
    "leaky_relu": ("input", "negative_slope", "inplace"),
    "elu": ("input", "alpha", "inplace"),
    "softplus": ("input", "beta", "threshold"),
    "clamp": ("input", "min", "max"),
    "gelu": ("input", "approximate"),
    **dict.fromkeys(("add", "sub", "rsub", "mul", "div"), ("input", "other")),
}  # fmt: skip
_OTHERS = ("input", "inplace")  # of an operation that is not listed: torch's activations
_BY_NAME_ALONE: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("add", "sub", "rsub"), ("alpha",)),
    "div": ("rounding_mode",),
    **dict.fromkeys(("mean", "sum"), ("dtype",)),
}
# What torch takes for these names too: numpy's, and those of torch.dropout.
_ALIASES = {
    "axis": "dim", "keepdims": "keepdim", "x": "input", "a": "input", "x1": "input", "x2": "other", "train": "training",
}  # fmt: skip


class NotCoveredError(Exception):
    """No rule holds for this call; the message says why, to go after "it cannot be taken apart:"."""


def operation_name(function: Callable[..., Any]) -> str:
    """Torch's name of a function, the same for its method, operator and in-place forms.

    >>> import torch
    >>> [operation_name(f) for f in (torch.add, torch.Tensor.add_, torch.Tensor.__radd__, torch.nn.functional.relu_)]
    ['add', 'add', 'add', 'relu']
    """
    known = _NAMES.get(function)
    if known is None:
        known = _NAMES[function] = _plain_name(function)
    return known


def only_moves(function: Callable[..., Any] | None, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Whether a call puts input numbers elsewhere and does nothing else to them; a dropout does if it is off."""
    if function is None:
        return False
    operation = operation_name(function)
    if operation in DROPOUTS:
        return not arguments(operation, args, kwargs).get("training", True)
    name = str(getattr(function, "__name__", ""))
    in_place = name.endswith("_") and not name.endswith("__")  # squeeze_ would reshape what is kept
    return operation in MOVES and not in_place


def _plain_name(function: Callable[..., Any]) -> str:
    name = str(getattr(function, "__name__", "") or type(function).__name__)
    if name == "__get__":  # a property of the tensor, such as .T
        return str(getattr(getattr(function, "__self__", None), "__name__", name))
    if name == "batch_norm" and getattr(function, "__module__", "") != "torch.nn.functional":
        return "batch_norm_builtin"  # its arguments come in another order
    dunder = name.startswith("__") and name.endswith("__")
    name = name.strip("_")
    if dunder and name not in {"rsub", "invert", "index"} and name[0] in "ir" and name[1:] in _PLAIN_OPERATORS:
        name = name[1:]
    return _SAME.get(name, name)


_PLAIN_OPERATORS = frozenset(["add", "sub", "mul", "truediv", "matmul", "pow", "floordiv", "mod", "and", "or", "xor"])


def arguments(operation: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a call by name, as torch's documentation calls them; those left out are left out.

    >>> arguments("mean", ("x",), {"axis": 1})
    {'input': 'x', 'dim': 1}
    """
    names = ARGUMENTS.get(operation, _OTHERS)
    named = {names[at] if at < len(names) else f"argument {at + 1}": value for at, value in enumerate(args)}
    for name, value in kwargs.items():
        named[name if name in names else _ALIASES.get(name, name)] = value
    return named


def known_arguments(operation: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """The same, for a rule that must not overlook an argument.

    Raises:
        NotCoveredError: there is one that the operation is not known to take.
    """
    named = arguments(operation, args, kwargs)
    known = (*ARGUMENTS.get(operation, _OTHERS), *_BY_NAME_ALONE.get(operation, ()))
    for name in named:
        if name not in known:
            raise NotCoveredError(f"its argument {name!r} is not known here")
    return named
