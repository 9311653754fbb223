"""Pasted PyTorch text as layers: read with `ast`, never evaluated.

Reads one or several `nn.Sequential(...)`, a layer a line with or without commas, assignments such as
`self.conv1 = nn.Conv2d(...)`, what `print(model)` prints, and the code that the page gives: imports, `print(...)`,
`.eval()` and `.train()` are passed over.
"""

import ast
import itertools
import operator
import re
import textwrap
import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from explorer.errors import ShapeError
from explorer.stack.layers import LARGEST, Layer, checked

LONGEST_TEXT = 20_000  # characters
MOST_LAYERS = 400

_PRINTED_NAME = re.compile(r"^\s*\(\w+\):\s*", re.MULTILINE)  # "(0): " in front of a layer, as print(model) has it
_PRINTED_FRAME = re.compile(r"(\w+)\(")  # "Sequential(", whose layers stand in the next lines
# Words that print(model) shows without quotes: paddings and padding modes.
_PRINTED_WORDS = frozenset(["same", "valid", "zeros", "reflect", "replicate", "circular"])
_MODULE_PREFIX = {"nn", "torch.nn", "torch.nn.modules"}
_KERAS = re.compile(
    r"\b(keras|tensorflow|tf)\b|\bmodel\.add\(|\b(Dense|(Conv|MaxPooling|AveragePooling|MaxPool|AveragePool)[123]D"
    r"|DepthwiseConv2D|SeparableConv2D|Conv2DTranspose|Global\w+2D)\("
)
_MODES = {"eval", "train"}  # methods that give the network itself back

_KERAS_WORDS = (
    "Line {line} is Keras, and what is read here is PyTorch: write nn.Conv2d(3, 32, 3, padding=1) for "
    'Conv2D(32, 3, padding="same"), nn.MaxPool2d(2) for MaxPooling2D(2), nn.Linear(512, 10) for Dense(10).'
)
_CODE_KINDS: dict[type[ast.stmt], str] = {ast.ClassDef: "class", ast.FunctionDef: "function"}
_CODE_WORDS = (
    "Line {line} begins the {kind} {name}, whose forward is not run here, so its order is unknown: paste its layers as "
    "nn.Sequential(…), a layer a line, or what print(model) shows."
)


def parse_stack(text: str) -> list[Layer]:
    """The layers of a text, in order; nested `nn.Sequential` are laid out flat.

    Raises:
        ShapeError: nothing to read, too much of it, or a line that is unknown or malformed, named with its number.
    """
    if len(text) > LONGEST_TEXT:
        raise ShapeError(f"The text has {len(text):,} characters; at most {LONGEST_TEXT:,} are read.")
    try:
        layers = list(itertools.islice(_all_layers(text), MOST_LAYERS + 1))
    except ShapeError as error:
        if keras := next((n for n, line in enumerate(text.splitlines(), 1) if _KERAS.search(line)), None):
            raise ShapeError(_KERAS_WORDS.format(line=keras)) from error
        raise
    except RecursionError:
        raise ShapeError("The text is nested too deeply to be read.") from None
    if not layers:
        raise ShapeError("There is no layer in this text; write for example nn.Conv2d(3, 32, 3, padding=1).")
    if len(layers) > MOST_LAYERS:
        raise ShapeError(f"Line {layers[-1].line}: at most {MOST_LAYERS} layers are read.")
    return layers


class Printed(NamedTuple):
    """What `print` shows of a network whose own class says how its layers run."""

    layers: list[Layer]  # those that are known here, in the order in which they were made
    classes: list[str]  # of the network and of the parts that hold others, outermost first
    unread: list[str]  # kinds of layers that are not known here


def read_print(text: str) -> Printed | None:
    """A printed network of somebody's own class; None for any other text, nn.Sequential's print among them.

    Such a print does not say in which order the layers run, where branches part and meet, or what is called in between.
    """
    frames = [_PRINTED_FRAME.fullmatch(_bare(line)) for line in text[:LONGEST_TEXT].splitlines()]
    classes = list(dict.fromkeys(frame[1] for frame in frames if frame))
    if not _PRINTED_NAME.search(text) or set(classes) <= {"Sequential"}:
        return None
    layers: list[Layer] = []
    unread: dict[str, None] = {}
    for number, parsed in _line_by_line(text[:LONGEST_TEXT]):
        try:
            found = _statements_of(parsed, number)
            layers += [layer for statement in found for layer in _layers(statement, number - 1)]
        except ShapeError:
            unread[_bare(text.splitlines()[number - 1]).partition("(")[0]] = None
    return Printed(layers[:MOST_LAYERS], classes, list(unread))


def _bare(line: str) -> str:
    """A line without the name that a print puts before a layer, and without the comma after it."""
    return _PRINTED_NAME.sub("", line).strip().rstrip(",")


def _statements_of(parsed: "ast.Module | tuple[int, str]", number: int) -> list[ast.stmt]:
    if isinstance(parsed, ast.Module):
        return parsed.body
    raise ShapeError(f"Line {number} cannot be read: {parsed[1]}.")


def _all_layers(text: str) -> Iterator[Layer]:
    for statement, above in _statements(text):
        yield from _layers(statement, above)


def _statements(text: str) -> Iterator[tuple[ast.stmt, int]]:
    """The statements of the text with the line that each one's own numbering starts from."""
    whole = _parse(textwrap.dedent(text))
    if isinstance(whole, ast.Module) and not _PRINTED_NAME.search(text):
        for statement in whole.body:
            yield statement, 0
        return
    one_by_one = list(_line_by_line(text))
    for number, parsed in one_by_one:
        if isinstance(parsed, ast.Module):
            for statement in parsed.body:
                yield statement, number - 1
        else:
            # With several lines broken, the text as a whole tells better where (an unclosed bracket, say).
            broken = sum(not isinstance(other, ast.Module) for _, other in one_by_one)
            place, reason = (number, parsed) if broken == 1 or isinstance(whole, ast.Module) else whole
            raise ShapeError(f"Line {place} cannot be read: {reason[1] if isinstance(reason, tuple) else reason}.")


def _line_by_line(text: str) -> Iterator[tuple[int, "ast.Module | tuple[int, str]"]]:
    for number, line in enumerate(text.splitlines(), start=1):
        bare = _bare(line)
        printed_frame = bare in {"", ")"} or _PRINTED_FRAME.fullmatch(bare)
        if not printed_frame:
            yield number, _parse(bare)


def _parse(text: str) -> "ast.Module | tuple[int, str]":
    """The syntax tree, or the line and reason why there is none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            return ast.parse(text)
    except SyntaxError as error:
        return error.lineno or 1, str(error.msg)
    except (ValueError, MemoryError, RecursionError):
        return 1, "it is nested too deeply or holds characters that are no text"


def _layers(statement: ast.stmt, above: int) -> Iterator[Layer]:
    line = statement.lineno + above
    if isinstance(statement, ast.Import | ast.ImportFrom | ast.Pass):
        return
    if isinstance(statement, ast.ClassDef | ast.FunctionDef):
        raise ShapeError(_CODE_WORDS.format(line=line, kind=_CODE_KINDS[type(statement)], name=statement.name[:40]))
    if isinstance(statement, ast.Assign | ast.AnnAssign | ast.Expr) and statement.value is not None:
        if isinstance(statement.value, ast.Constant) and isinstance(statement.value.value, str):
            return  # a docstring
        if isinstance(statement.value, ast.Call) and _name(statement.value.func) == "print":
            return  # as in the code that the page gives
        yield from _layers_of(statement.value, above)
        return
    raise ShapeError(f"Line {line} is not a layer; write for example nn.Conv2d(3, 32, 3, padding=1).")


def _layers_of(node: ast.expr, above: int) -> Iterator[Layer]:
    line = node.lineno + above
    if isinstance(node, ast.Tuple | ast.List):
        for item in node.elts:
            yield from _layers_of(item, above)
        return
    if not isinstance(node, ast.Call):
        raise ShapeError(f"Line {line}: {_shown(node)} is not a layer.")
    if isinstance(node.func, ast.Attribute) and node.func.attr in _MODES and isinstance(node.func.value, ast.Call):
        yield from _layers_of(node.func.value, above)
        return
    name = _name(node.func)
    prefix, _, kind = name.rpartition(".")
    if kind in {"Sequential", "OrderedDict", "ModuleList"}:
        for argument in node.args:
            for item in argument.elts if isinstance(argument, ast.List | ast.Tuple) else [argument]:
                yield from _layers_of(_named_item(item), above)
        return
    if prefix and prefix not in _MODULE_PREFIX:
        raise ShapeError(f"Line {line}: {_shown(node.func)} is not a layer of torch.nn.")
    yield _layer(node, kind, line)


def _named_item(node: ast.expr) -> ast.expr:
    """The layer of an OrderedDict's ("conv1", nn.Conv2d(...)); anything else as it is."""
    if isinstance(node, ast.Tuple) and len(node.elts) == 2 and isinstance(node.elts[0], ast.Constant):
        return node.elts[1]
    return node


def _layer(node: ast.Call, kind: str, line: int) -> Layer:
    try:
        positional = [_literal(argument) for argument in node.args]
        named = {keyword.arg or "**": _setting(keyword.value) for keyword in node.keywords}
        return checked(kind, positional, named, line)
    except ShapeError as error:
        raise ShapeError(f"Line {line}: {error}") from None


def _setting(node: ast.expr) -> Any:  # noqa: ANN401 - as of `_literal`
    """A literal, or a word that a print shows without quotes (padding=same)."""
    if isinstance(node, ast.Name) and node.id in _PRINTED_WORDS:
        return node.id
    return _literal(node)


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{_name(node.value)}.{node.attr}"
    return "?."


_SUMS: dict[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
}


def _literal(node: ast.expr) -> Any:  # noqa: ANN401 - a number, word, flag or tuple of them
    """The value of a literal, a tuple of them, or a sum or product of whole numbers such as 32 * 28 * 28."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float | str | bool | None):
        return node.value
    if isinstance(node, ast.Tuple | ast.List):
        return tuple(_literal(item) for item in node.elts)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = _literal(node.operand)
        if isinstance(value, int | float):
            return -value
    if isinstance(node, ast.BinOp) and type(node.op) in _SUMS:
        left, right = _literal(node.left), _literal(node.right)
        if isinstance(left, int) and isinstance(right, int) and (right or not isinstance(node.op, ast.FloorDiv)):
            value = _SUMS[type(node.op)](left, right)
            if abs(value) <= LARGEST:
                return value
    if isinstance(node, ast.Attribute) and _name(node).startswith("torch."):
        return _name(node)  # dtype=torch.float32 changes no size
    raise ShapeError(f"{_shown(node)} is not a number that can be read here; names and calls are not evaluated.")


def _shown(node: ast.AST) -> str:
    text = ast.unparse(node)
    return f"“{text if len(text) <= 60 else text[:57] + '...'}”"
