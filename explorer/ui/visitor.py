"""Whose request is being answered: a word that a page makes up when it opens, and sends along with whatever it asks."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

LONGEST = 64  # letters

_asking: ContextVar[str] = ContextVar("visitor", default="")
_address: ContextVar[str] = ContextVar("address", default="")


def visitor() -> str:
    """The visitor whose request this is; empty for a program's."""
    return _asking.get()


def asker() -> str:
    """Who shares with others here: the visitor, or a program's address; empty for nobody known."""
    return _asking.get() or _address.get()


def program_at(address: str) -> str:
    """What `asker` calls programs at an address; no page can call itself so."""
    return f"at {address}" if address else ""


@contextmanager
def asked_by(word: object, address: str = "") -> Iterator[None]:
    """Take what is done in the meantime as asked by the visitor of that word; by nobody known if it is none.

    Args:
        address: where the request came from.
    """
    tokens = (
        _asking.set(word if isinstance(word, str) and len(word) <= LONGEST and word.isalnum() else ""),
        _address.set(program_at(address)),
    )
    try:
        yield
    finally:
        _asking.reset(tokens[0])
        _address.reset(tokens[1])
