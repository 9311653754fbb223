"""What one request has computed again of a recording is at hand until the request is answered, and no longer."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

MOST = 16  # outputs, the last ones: a click looks at one operation and at those before it

_made: ContextVar[dict[Any, Any] | None] = ContextVar("made again", default=None)


@contextmanager
def remembering() -> Iterator[None]:
    """Remember what is computed again in the meantime."""
    token = _made.set({})
    try:
        yield
    finally:
        _made.reset(token)


def remembered(node: object) -> Any:  # noqa: ANN401 -- a tensor, of which this module needs not know
    """What was computed again of this node's output; None if it was not, or was forgotten."""
    made = _made.get()
    return None if made is None else made.get(node)


def remember(node: object, output: object) -> None:
    """Have a node's output at hand, if this is a time to remember."""
    made = _made.get()
    if made is not None:
        made[node] = output
        if len(made) > MOST:
            del made[next(iter(made))]
