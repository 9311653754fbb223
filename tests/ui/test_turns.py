"""Computations come in turn, visitor by visitor; what nobody waits for is not begun; and a full line says so."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from explorer.ui import turns as line
from explorer.ui.turns import BusyError, NoLongerWantedError, Question, Turns, go_on


class Line:
    """A line in an event loop, and what was begun in it, in order; each is answered when it is told to."""

    def __init__(self, turns: Turns) -> None:
        self.turns, self.begun, self.ends = turns, list[str](), dict[str, asyncio.Event]()

    def ask(self, name: str, **about: object) -> "asyncio.Task[str]":
        self.ends[name] = asyncio.Event()
        return asyncio.create_task(self._answered(name, Question(name.rstrip("0123456789") or "at 1", **about)))

    async def _answered(self, name: str, question: Question) -> str:
        async with self.turns.turn(question):
            self.begun.append(name)
            await self.ends[name].wait()
            go_on()
        return name

    async def end(self, *names: str) -> None:
        for name in names:
            self.ends[name].set()
            await settled()


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def in_loop(scene: Callable[[], Awaitable[None]]) -> None:
    """In a thread of its own: a browser's tests leave a loop in the main one."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(asyncio.wait_for(scene(), 20))).result()


def test_one_of_many_is_begun_at_once_while_another_has_everything_to_ask():
    async def scene() -> None:
        one = Line(Turns(2))
        greedy = [one.ask(f"greedy{n}") for n in range(20)]
        await settled()
        assert one.begun == ["greedy0"]  # a place stays free for others
        modest = one.ask("modest0")
        await settled()
        assert one.begun == ["greedy0", "modest0"]
        later = one.ask("other0")
        await settled()
        assert one.turns.before("other") == 3  # two that run, and one of the greedy one's
        assert one.turns.before("modest") == 0
        await one.end("modest0")
        assert await modest == "modest0"
        assert one.begun[2:] == ["other0"]
        for task in [*greedy, later]:
            task.cancel()

    in_loop(scene)


def test_what_is_computed_together_shares_a_place():
    async def scene() -> None:
        one = Line(Turns(2))
        tasks = [one.ask(f"asking{n}", shares=True) for n in range(line.TOGETHER + 3)]
        await settled()
        assert len(one.begun) == line.TOGETHER  # of one asker, who has one place
        tasks += [one.ask("other0"), one.ask("late0")]
        await settled()
        assert one.begun[line.TOGETHER :] == ["other0"]
        for task in tasks:
            task.cancel()

    in_loop(scene)


def test_visitors_take_turns_and_programs_as_many_as_their_host_gives_them():
    async def scene() -> None:
        one = Line(Turns(1, program_share=3))
        tasks = [one.ask(name) for name in ("a0", "a1", "a2", "b0", "b1", "0", "1", "2", "3")]
        await settled()
        while len(one.begun) < len(tasks):
            await one.end(one.begun[-1])
        await one.end(one.begun[-1])
        assert one.begun == ["a0", "a1", "b0", "0", "1", "2", "a2", "b1", "3"]
        await asyncio.gather(*tasks)

    in_loop(scene)


def test_a_newer_question_of_a_series_takes_the_place_of_older_ones():
    async def scene() -> None:
        one = Line(Turns(1))
        running = one.ask("me0", series="unit", number=1)
        waiting = one.ask("me1", series="unit", number=1)
        beside = one.ask("me2", series="layer", number=0)
        another = one.ask("you0", series="unit", number=0)
        await settled()
        newest = one.ask("me3", series="unit", number=2)
        await settled()
        with pytest.raises(NoLongerWantedError, match="newer question"):
            await waiting
        await one.end("me0")
        with pytest.raises(NoLongerWantedError, match="Nobody waits"):  # it stops between two parts
            await running
        await one.end("me2", "you0", "me3")
        assert sorted(await asyncio.gather(beside, another, newest)) == ["me2", "me3", "you0"]
        assert "me1" not in one.begun

    in_loop(scene)


def test_what_nobody_waits_for_is_not_begun():
    async def scene() -> None:
        one, there = Line(Turns(1)), [True]
        first = one.ask("a0")
        left = one.ask("b0", is_wanted=lambda: there[0])
        closed = one.ask("c0")
        cancelled = one.ask("d0")
        last = one.ask("e0")
        await settled()
        there[0] = False
        one.turns.drop_of("c")
        cancelled.cancel()
        await one.end("a0", "e0")
        assert await first == "a0"
        assert await last == "e0"
        for gone in (left, closed):
            with pytest.raises(NoLongerWantedError):
                await gone
        assert one.begun == ["a0", "e0"]

    in_loop(scene)


def test_a_full_line_says_so(monkeypatch):
    monkeypatch.setattr(line, "MOST_OF_ONE", 3)
    monkeypatch.setattr(line, "MOST", 5)

    async def scene() -> None:
        one = Line(Turns(1))
        tasks = [one.ask(f"a{n}") for n in range(4)]
        await settled()
        with pytest.raises(BusyError, match="of your questions are waiting"):
            await one.ask("a9")
        assert one.turns.refusal("b") == ""
        tasks += [one.ask(f"b{n}") for n in range(2)]
        await settled()
        assert "Too many questions" in one.turns.refusal("c")
        for task in tasks:
            task.cancel()
        await settled()
        assert one.turns.refusal("a") == ""

    in_loop(scene)


def test_go_on_means_nothing_outside_of_a_turn():
    go_on()
