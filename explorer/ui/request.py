"""The arguments of server functions and endpoints, checked: anyone can call them with anything."""

import re
from collections.abc import Sequence
from typing import Any

from explorer.errors import ExplorerError

LARGEST = 1e30  # of any number that is sent; its square still is one
DEEPEST = 20  # lists in lists
_NO_LETTER = re.compile("[\0\ud800-\udfff]")  # half of a pair, which a name on Windows may have


def plain_text(text: str) -> str:
    """`text` with a replacement character for what neither a file's name nor an answer can hold."""
    return _NO_LETTER.sub("\ufffd", text)


def sound(value: Any, depth: int = 0) -> Any:  # noqa: ANN401  whatever JSON holds
    """What somebody has sent, with plain texts.

    Raises:
        ExplorerError: a number in it is none that anything here can be, or it is nested deeper than any request.
    """
    if isinstance(value, str):
        return plain_text(value)
    if isinstance(value, int | float) and not abs(value) <= LARGEST:
        raise ExplorerError(f"A number that was sent is larger than {LARGEST:g}; please send a smaller one.")
    if isinstance(value, dict | list) and depth > DEEPEST:
        raise ExplorerError(f"What was sent is nested more than {DEEPEST} deep; please send plain lists.")
    if isinstance(value, dict):
        return {plain_text(str(name)): sound(one, depth + 1) for name, one in value.items()}
    return [sound(one, depth + 1) for one in value] if isinstance(value, list) else value


def whole(request: dict[str, Any], name: str, highest: int, *, lowest: int = 0, default: int = 0) -> int:
    """A whole number from `lowest` to `highest`.

    Raises:
        ExplorerError: it is none, or lies outside.
    """
    value = request.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
        msg = f"{name} is {repr(value)[:40]}; it must be a whole number from {lowest} to {highest}."
        raise ExplorerError(msg)
    return value


def choice(request: dict[str, Any], name: str, choices: Sequence[str]) -> str:
    """One of the choices; the first if nothing was said.

    Raises:
        ExplorerError: it is none of them.
    """
    value = request.get(name, choices[0])
    if value not in choices:
        msg = f"{name} is {str(value)[:40]!r}; it must be one of {', '.join(choices)}."
        raise ExplorerError(msg)
    return str(value)


def texts(request: dict[str, Any], name: str, most: int) -> list[str]:
    """A list of at most `most` texts, each of at most 200 characters.

    Raises:
        ExplorerError: it is none.
    """
    value = request.get(name)
    fits = isinstance(value, list) and 0 < len(value) <= most
    if not isinstance(value, list) or not fits or not all(isinstance(item, str) and len(item) <= 200 for item in value):
        msg = f"{name} must be a list of 1 to {most} texts."
        raise ExplorerError(msg)
    return value
