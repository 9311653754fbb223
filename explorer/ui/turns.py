"""Whose computation is next: visitor by visitor, a few at a time, and none that nobody waits for any more.

All that computes, a page's questions and programs' calls, waits here for its turn: in the server's event loop, where
waiting costs no thread. One asker never has every place, so that another's question is begun at once; what runs at the
same time is bounded, and so is the memory that it takes. Long work asks between its parts, by `go_on`, whether its
asker still waits.
"""

import asyncio
import contextlib
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from explorer.errors import ExplorerError
from explorer.ui.visitor import LONGEST

MOST_OF_ONE = 64  # questions of one asker that wait
MOST = 600  # of all askers
TOGETHER = 8  # questions that share a place, of those that do
_AT_ONCE = "_answered_at_once"

FULL_OF_ONE = f"{MOST_OF_ONE} of your questions are waiting here already; please let some of them be answered first."
FULL = "Too many questions are waiting on this server now; please try again in a minute."

Function = TypeVar("Function", bound=Callable[..., Any])


class NoLongerWantedError(ExplorerError):
    """Its asker has left, or has asked something newer instead."""


class BusyError(ExplorerError):
    """So much is waiting that nothing more is taken."""


@dataclass(eq=False)
class Question:
    """Something to be computed, for somebody."""

    asker: str
    series: str = ""  # of what replaces one another on the page; empty if nothing replaces it
    number: int = 0  # in its series: a higher one replaces the lower ones
    shares: bool = False  # whether it shares its place with a few of its kind, which are computed together
    is_wanted: Callable[[], bool] = lambda: True
    dropped: bool = False
    begins: "asyncio.Future[None]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    @property
    def wanted(self) -> bool:
        """Whether its asker still waits for the answer."""
        return not self.dropped and self.is_wanted()


_answered: ContextVar[Question | None] = ContextVar("answered", default=None)


def go_on() -> None:
    """Between two parts of a long computation: go on only while its asker waits.

    Raises:
        NoLongerWantedError: no; what was computed so far may be forgotten.
    """
    question = _answered.get()
    if question is not None and not question.wanted:
        raise NoLongerWantedError("Nobody waits for this answer any more.")


def at_once(function: Function) -> Function:
    """Mark a server function that computes nothing: it is answered without waiting for a turn."""
    setattr(function, _AT_ONCE, True)
    return function


def is_at_once(function: Callable[..., Any]) -> bool:
    """Whether it is marked so."""
    return hasattr(function, _AT_ONCE)


class Turns:
    """Places for computations, given to askers in turn; all methods are for the event loop's thread alone."""

    def __init__(self, at_once: int, program_share: int = 1) -> None:
        """Let so many compute at once, of one asker one fewer.

        Args:
            program_share: how many turns in a row an address of programs has where a page's visitor has one.
        """
        self._at_once = at_once
        self._of_one = max(1, at_once - 1)
        self._program_share = program_share
        self._waiting: OrderedDict[str, deque[Question]] = OrderedDict()  # the asker whose turn is next comes first
        self._left: dict[str, int] = {}  # turns in a row
        self._running: list[Question] = []

    def refusal(self, asker: str) -> str:
        """Why nothing more of this asker's is taken now, a sentence; empty if it is."""
        if sum(map(len, self._waiting.values())) >= MOST:
            return FULL
        return FULL_OF_ONE if len(self._waiting.get(asker, ())) >= MOST_OF_ONE * self._share(asker) else ""

    @asynccontextmanager
    async def turn(self, question: Question) -> AsyncIterator[None]:
        """Wait for a question's turn, and have a place for as long as it is being answered.

        Raises:
            BusyError: too much is waiting already.
            NoLongerWantedError: it was dropped before its turn came.
        """
        if sentence := self.refusal(question.asker):
            raise BusyError(sentence)
        self._drop_older(question)
        self._waiting.setdefault(question.asker, deque()).append(question)
        self._left.setdefault(question.asker, self._share(question.asker))
        self._begin_next()
        try:
            await question.begins
            token = _answered.set(question)
            try:
                yield
            finally:
                _answered.reset(token)
        finally:
            self._forget(question)
            self._begin_next()

    def drop(self, question: Question) -> None:
        """Nobody waits for this any more: it is not begun, or stops at its next `go_on`."""
        question.dropped = True
        if not question.begins.done():
            question.begins.set_exception(NoLongerWantedError("A newer question has taken this one's place."))
            self._forget(question)

    def drop_of(self, asker: str) -> None:
        """Drop all that this asker has asked."""
        for question in [*self._waiting.get(asker, ()), *self._running]:
            if question.asker == asker:
                self.drop(question)

    def before(self, asker: str) -> int:
        """How many questions are answered before this asker's next one; 0 if it waits for none."""
        if asker not in self._waiting:
            return 0
        ahead = 0
        for other, questions in self._waiting.items():
            if other == asker:
                break
            ahead += min(len(questions), self._left[other])
        return len(self._running) + ahead

    def _drop_older(self, question: Question) -> None:
        if not question.series:
            return
        for other in [*self._waiting.get(question.asker, ()), *self._running]:
            alike = (other.asker, other.series) == (question.asker, question.series)
            if alike and other.number < question.number:
                self.drop(other)

    def _begin_next(self) -> None:
        """Give free places to those whose turn it is."""
        while question := self._next():
            if question.wanted:
                self._running.append(question)
                question.begins.set_result(None)
            else:
                self.drop(question)

    def _next(self) -> Question | None:
        """Take out the question whose turn it is; None if there is no place for any that waits."""
        for asker, questions in self._waiting.items():
            if not self._has_place(questions[0]):
                continue
            question = questions.popleft()
            self._left[asker] -= 1
            if self._left[asker] <= 0:
                self._left[asker] = self._share(asker)
                self._waiting.move_to_end(asker)
            self._tidy(asker)
            return question
        return None

    def _has_place(self, question: Question) -> bool:
        everyone = [*self._running, question]
        of_one = [one for one in everyone if one.asker == question.asker]
        return _places(everyone) <= self._at_once and _places(of_one) <= self._of_one

    def _forget(self, question: Question) -> None:
        with contextlib.suppress(ValueError):
            self._running.remove(question)
        if question.asker in self._waiting:
            with contextlib.suppress(ValueError):
                self._waiting[question.asker].remove(question)
            self._tidy(question.asker)

    def _tidy(self, asker: str) -> None:
        if not self._waiting[asker]:
            del self._waiting[asker], self._left[asker]

    def _share(self, asker: str) -> int:
        return 1 if asker.isalnum() else self._program_share  # a page's word is letters and digits


def _places(questions: Sequence[Question]) -> int:
    sharing = sum(question.shares for question in questions)
    return len(questions) - sharing + -(-sharing // TOGETHER)


def line_route(turns: Turns) -> Route:
    """Where a page that waits asks, with its visitor's word, how many are before it."""

    async def line(request: Request) -> Response:
        word = (await request.body())[: LONGEST + 1].decode("ascii", "replace")
        return JSONResponse({"before": turns.before(word)}, headers={"Cache-Control": "no-store"})

    return Route("/line", line, methods=["POST"])
