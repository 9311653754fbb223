"""The base of every interactive part of the page: a `gr.HTML` whose markup and script stand in files.

A part named `photo` has `web/photo/main.html` (its markup), `web/photo/main.js` (the body of its script, which sees
`element`, `server` and `upload`) and, in the page's one style sheet, `web/photo/main.css`. Pure functions that a part
shares stand in files of their own, are named in `scripts`, and come first.

A browser asks Python through server functions. Each takes one JSON object and answers {"ok": ...} or {"error": "a
sentence"}: an exception would reach the browser as nothing at all.
"""

import functools
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from explorer.errors import ExplorerError

WEB = Path(__file__).parent / "web"
FAULT = "Something went wrong on our side. It has been logged; please try again."

Answer = Callable[[dict[str, Any]], Any]

_log = logging.getLogger(__name__)


def answering(function: Answer) -> Callable[[object], dict[str, Any]]:
    """`function` as a server function: its result as {"ok": ...}, a visitor's error as {"error": sentence}."""

    @functools.wraps(function)
    def answer(request: object) -> dict[str, Any]:
        if not isinstance(request, dict):
            return {"error": "The request was not an object."}
        try:
            return {"ok": function(request)}
        except ExplorerError as error:
            return {"error": str(error)}
        except Exception:  # noqa: BLE001  the visitor gets a sentence, the log the traceback
            _log.exception("%s failed", function.__name__)
            return {"error": FAULT}

    answer.__annotations__ = {"request": object, "return": dict[str, Any]}
    return answer


class Instrument(gr.HTML):
    """A part of the page drawn by its own script in the browser.

    Parts are instances, not further subclasses: gradio writes a .pyi file beside every file that defines a component.
    """

    def __init__(self, name: str, *, scripts: Sequence[str] = (), functions: Sequence[Answer] = (), label: str) -> None:
        """Read the part's files.

        Args:
            name: of its files in `web/`.
            scripts: files in `web/`, without ".js", whose functions its own script calls.
            functions: what the browser may call, each as `server.<its name>(object)`.
            label: what a screen reader calls this part.
        """
        sources = [(WEB / f"{script}.js").read_text("utf-8") for script in (*scripts, f"{name}/main")]
        super().__init__(
            value=None,
            label=label,
            html_template=(WEB / name / "main.html").read_text("utf-8"),
            js_on_load="\n".join(sources),
            apply_default_css=False,
            server_functions=[answering(function) for function in functions],
            elem_classes=["instrument", name],
            container=False,
            padding=False,
        )

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  gradio's own
        """No attribute that is not there; gradio would search our scripts for an event of that name, at every call."""
        raise AttributeError(name)

    def get_block_name(self) -> str:
        """The name of the browser's component that draws this one."""
        return "html"


def style_sheet() -> str:
    """Every .css file in `web/` as one sheet, the page's own first."""
    files = sorted(WEB.glob("*/*.css"), key=lambda path: (path.parent.name != "shared", path))
    return "\n".join(path.read_text("utf-8") for path in files)
