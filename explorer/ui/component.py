"""The base of every interactive part of the page: a `gr.HTML` whose markup, script and style stand in files.

A part named `photo` has `web/photo/main.html` (markup), `web/photo/main.js` (a module with a function `start`, which
gets `element`, `server`, `upload` and `host`) and its styles in `web/photo/*.css`. Modules import one another by
relative paths; what several parts share lies in `web/shared/`. `explorer.ui.web_files` serves the folder.

A browser asks Python through server functions. Each takes one JSON object and answers {"ok": ...} or {"error": "a
sentence"}: an exception would reach the browser as nothing at all.
"""

import functools
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import gradio as gr

from explorer.errors import ExplorerError
from explorer.ui.request import plain_text, sound
from explorer.ui.visitor import asked_by
from explorer.ui.web_files import WEB, address

LOAD = """\
import(new URL("{shared}", document.baseURI)).then(({{ startPart }}) => startPart(
  {{ name: "{name}", modules: {modules} }}, {{ element, server, upload, host: {host} }},
));
"""
FAULT = "Something went wrong on our side. It has been logged; please try again."

_NO_CHOICE: Mapping[str, float] = MappingProxyType({})

Answer = Callable[[dict[str, Any]], Any]

_log = logging.getLogger(__name__)


def answering(function: Answer) -> Callable[[object], dict[str, Any]]:
    """`function` as a server function: its result as {"ok": ...}, a visitor's error as {"error": sentence}."""

    @functools.wraps(function)
    def answer(request: object) -> dict[str, Any]:
        if not isinstance(request, dict):
            return {"error": "The request was not an object."}
        try:
            with asked_by(request.get("visitor")):
                return {"ok": function(sound({name: one for name, one in request.items() if name != "visitor"}))}
        except ExplorerError as error:
            return {"error": plain_text(str(error))}
        except Exception:  # noqa: BLE001  the visitor gets a sentence, the log the traceback
            _log.exception("%s failed", function.__name__)
            return {"error": FAULT}

    answer.__annotations__ = {"request": object, "return": dict[str, Any]}
    return answer


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
        server_functions=[answering(function) for function in functions],
        elem_classes=["instrument", name],
        container=False,
        padding=False,
    )
