"""Whose request is being answered: a word that a page makes up when it opens, and sends along with whatever it asks."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

LONGEST = 64  # letters

_asking: ContextVar[str] = ContextVar("visitor", default="")


def visitor() -> str:
    """The visitor whose request this is; empty for a program's."""
    return _asking.get()


@contextmanager
def asked_by(word: object) -> Iterator[None]:
    """Take what is done in the meantime as asked by the visitor of that word; by nobody known if it is none."""
    token = _asking.set(word if isinstance(word, str) and len(word) <= LONGEST else "")
    try:
        yield
    finally:
        _asking.reset(token)
