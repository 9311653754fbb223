"""The Lessons as the browser asks for them: the steps with their words in a language, and a step's numbers."""

import threading
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from explorer.ui.classifier.teach import Bases
from explorer.ui.lessons.numbers import Numbers, State, numbers_of
from explorer.ui.networks.menu import Shelf
from explorer.ui.request import choice

HERE = Path(__file__).parent
FIRST_LANGUAGE = "en"  # whose words stand where a language lacks some


@cache
def steps() -> list[dict[str, Any]]:
    """The steps in order, each with its `key`, `choices`, `answer`, and `ask`, `show` and `beside` as flat states."""
    listed = tomllib.loads((HERE / "steps.toml").read_text("utf-8"))["step"]
    return [
        {
            "key": step["key"],
            "choices": step.get("choices", []),
            "answer": step["answer"],
            "ask": _flat(step.get("ask", step["show"])),
            "show": _flat(step["show"]),
            "beside": {name: _flat(state) for name, state in step.get("beside", {}).items()},
        }
        for step in listed
    ]


@cache
def words_in(language: str) -> dict[str, Any]:
    """All words in a language; what it lacks, in the first one."""
    own = tomllib.loads((HERE / "texts" / f"{language}.toml").read_text("utf-8"))
    return own if language == FIRST_LANGUAGE else _over(words_in(FIRST_LANGUAGE), own)


@cache
def languages() -> dict[str, str]:
    """What each language calls itself, by code; the first one first."""
    codes = sorted((path.stem for path in (HERE / "texts").glob("*.toml")), key=lambda code: (code != "en", code))
    return {code: words_in(code)["language"] for code in codes}


def _flat(state: Mapping[str, Any], before: str = "") -> dict[str, str]:
    """{"sizes": {"size": 7, "bias": False}} as a link says it: {"sizes.size": "7", "sizes.bias": "false"}."""
    found: dict[str, str] = {}
    for name, value in state.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{before}{name}.")
        else:
            found[before + name] = str(value).lower() if isinstance(value, bool) else str(value)
    return found


def _over(under: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(under)
    for name, value in own.items():
        merged[name] = _over(under[name], value) if isinstance(value, dict) and name in under else value
    return merged


class Course:
    """Server functions of the Lessons."""

    def __init__(self, shelf: Shelf, bases: Bases) -> None:
        self._shelf = shelf
        self._bases = bases
        self._known: dict[str, Numbers] = {}
        self._lock = threading.Lock()

    def lessons(self, request: dict[str, Any]) -> dict[str, Any]:
        """The languages, the steps, and all words in {"language"}, or in the first one where there is no such."""
        known = languages()
        asked = request.get("language")
        language = asked if isinstance(asked, str) and asked in known else FIRST_LANGUAGE
        names = [{"code": code, "name": name} for code, name in known.items()]
        shown = [{name: step[name] for name in ("key", "choices", "answer", "ask", "show")} for step in steps()]
        return {"languages": names, "language": language, "steps": shown, "texts": words_in(language)}

    def lesson_numbers(self, request: dict[str, Any]) -> Numbers:
        """The numbers of the {"step"}: of where it is answered by name, of where it is asked as "ask." and the name.

        Raises:
            ExplorerError: no such step, or its network is not here.
        """
        key = choice(request, "step", [step["key"] for step in steps()])
        with self._lock:  # a class that opens a step at once waits for one reckoning
            if key not in self._known:
                self._known[key] = self.reckoned(next(step for step in steps() if step["key"] == key))
            return self._known[key]

    def reckoned(self, step: Mapping[str, Any]) -> Numbers:
        """The numbers of all states of a step.

        Raises:
            ExplorerError: a network of it is not here.
        """
        states: dict[str, State] = {"": step["show"], "ask.": step["ask"]}
        states |= {f"{name}.": state for name, state in step["beside"].items()}
        return {
            before + name: value
            for before, state in states.items()
            for name, value in numbers_of(state, self._shelf, self._bases).items()
        }
