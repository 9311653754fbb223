"""The arguments of tab 3's server functions, checked: anyone can call them with anything."""

from collections.abc import Sequence
from typing import Any

from explorer.errors import ExplorerError


def whole(request: dict[str, Any], name: str, highest: int, default: int = 0) -> int:
    """A whole number from 0 to `highest`.

    Raises:
        ExplorerError: it is none, or lies outside.
    """
    value = request.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= highest:
        msg = f"{name} is {str(value)[:40]!r}; it must be a whole number from 0 to {highest}."
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
