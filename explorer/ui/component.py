"""The base of every interactive part of the page: a `gr.HTML` whose markup, script and style stand in files.

A part named `photo` has `web/photo/main.html` (markup), `web/photo/main.js` (a module with a function `start`, which
gets `element`, `server`, `upload` and `host`) and its styles in `web/photo/*.css`. Modules import one another by
relative paths; what several parts share lies in `web/shared/`. `explorer.ui.web_files` serves the folder.

A browser asks Python through server functions. Each takes one JSON object and answers {"ok": ...} or {"error": "a
sentence"}: an exception would reach the browser as nothing at all.
"""

import asyncio
import contextlib
import functools
import json
import logging
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import gradio as gr
from anyio.to_thread import run_sync
from starlette.requests import Request

from explorer.errors import ExplorerError
from explorer.remembering import remembering
from explorer.ui.request import plain_text, sound
from explorer.ui.turns import Question, Turns, is_at_once
from explorer.ui.visitor import asked_by, asker
from explorer.ui.web_files import WEB, address

LOAD = """\
import(new URL("{shared}", document.baseURI)).then(({{ startPart }}) => startPart(
  {{ name: "{name}", modules: {modules} }}, {{ element, server, upload, host: {host} }},
));
"""
FAULT = "Something went wrong on our side. It has been logged; please try again."

_NO_CHOICE: Mapping[str, float] = MappingProxyType({})

Answer = Callable[[dict[str, Any]], Any]

_ABOUT = ("visitor", "asks")  # of a request: who asks, and which question of a series this is

_log = logging.getLogger(__name__)


def answering(function: Answer) -> Callable[[object], dict[str, Any]]:
    """`function` as a server function: its result as {"ok": ...}, a visitor's error as {"error": sentence}."""

    @functools.wraps(function)
    def answer(request: object) -> dict[str, Any]:
        if not isinstance(request, dict):
            return {"error": "The request was not an object."}
        try:
            with asked_by(request.get("visitor")), remembering():
                return {"ok": function(sound({name: one for name, one in request.items() if name not in _ABOUT}))}
        except ExplorerError as error:
            return {"error": plain_text(str(error))}
        except Exception:  # noqa: BLE001  the visitor gets a sentence, the log the traceback
            _log.exception("%s failed", function.__name__)
            return {"error": FAULT}

    answer.__annotations__ = {"request": object, "return": dict[str, Any]}
    return answer


def in_turn(function: Answer) -> Callable[[object, Request], Awaitable[dict[str, Any]]]:
    """`function` as a server function that is answered in its asker's turn, on whatever page has it.

    A page may say {"asks": "SERIES.NUMBER"}: a question of that series takes the place of those with lower numbers.
    """
    answer = answering(function)

    async def answered(request: object, http: Request) -> dict[str, Any]:
        page = http.app.get_blocks()
        if is_at_once(function):
            return await run_sync(answer, request, limiter=page.limiter)
        given = request if isinstance(request, dict) else {}
        series, _, number = _series(given.get("asks")).partition(".")
        with asked_by(given.get("visitor"), http.client.host if http.client else ""):
            question = Question(asker(), series, int(number or 0))
            watching = asyncio.create_task(_drop_once_gone(page.turns, question, http))
            try:
                async with page.turns.turn(question):
                    return await run_sync(answer, request, limiter=page.limiter)
            except ExplorerError as error:
                return {"error": str(error)}
            finally:
                watching.cancel()

    answered.__name__ = function.__name__
    answered.__annotations__ = {"request": object, "http": gr.Request, "return": dict[str, Any]}
    return answered


async def _drop_once_gone(turns: Turns, question: Question, http: Request) -> None:
    """Wait until the asker has hung up."""
    with contextlib.suppress(RuntimeError):  # whatever the server says of a connection that is no more
        while (await http.receive())["type"] != "http.disconnect":
            pass
    turns.drop(question)


def _series(asks: object) -> str:
    return asks if isinstance(asks, str) and re.fullmatch(r"\w{1,20}\.\d{1,9}", asks, re.ASCII) else ""


def instrument(
    name: str, *, functions: Sequence[Answer] = (), label: str, host: Mapping[str, float] = _NO_CHOICE
) -> gr.HTML:
    """A part of the page drawn by its own script in the browser.

    A function and no subclass: gradio writes a .pyi file beside every file that defines a component.

    Args:
        name: of its folder in `web/`.
        functions: what the browser may call, each as `server.<its name>(object)`.
        label: what a screen reader calls this part.
        host: what the page's host has chosen, as far as the browser must know it.
    """
    modules = json.dumps(sorted(path.name for path in (WEB / name).glob("*.js")))
    shared = address("shared/parts.js")
    return gr.HTML(
        value=None,
        label=label,
        html_template=(WEB / name / "main.html").read_text("utf-8"),
        js_on_load=LOAD.format(shared=shared, name=name, modules=modules, host=json.dumps(dict(host))),
        apply_default_css=False,
        server_functions=[in_turn(function) for function in functions],
        elem_classes=["instrument", name],
        container=False,
        padding=False,
    )
