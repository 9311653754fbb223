"""The page's own scripts, styles and fonts, served as the files that they are: compressed, and kept by the browser.

Their address holds a hash of all of them, `web/<hash>/maps/main.js`: a browser may keep a file for a year, for changed
files have another address. Addresses are relative, so that they hold below a proxy's sub-path.

What `launch(head=...)` is given reaches the document only after gradio's scripts have run. So the styles, and the
modules that the first label waits for, are written into the document as it is sent. What it shows before any of them
has come stands first in its body (`explorer.ui.first`), and every style behind it: one in the head would delay it.
"""

import hashlib
import re
from functools import cache
from pathlib import Path

import gradio
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from explorer.ui.first import first_html

WEB = Path(__file__).parent / "web"
ASSETS = Path(gradio.__file__).parent / "templates/frontend/assets"
KEPT = "public, max-age=31536000, immutable"
FIRST = ("shared", "photo")  # whose modules the first label waits for: no chain of imports costs a round trip each
_STYLE = re.compile(rb'<link rel="stylesheet"[^>]*>')
_BODY = re.compile(rb"\s*<body[^>]*>")
GRADIOS = ("Blocks", "HTML")  # of gradio's own scripts, those that it asks for only when the others have run


@cache
def version() -> str:
    """A hash of all files, in their order: another one whenever one of them changes."""
    digest = hashlib.sha256()
    for path in sorted(path for path in WEB.rglob("*") if path.is_file()):
        digest.update(path.relative_to(WEB).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def address(file: str) -> str:
    """Where the browser finds a file of `web/`, relative to the page."""
    return f"web/{version()}/{file}"


class _Kept(StaticFiles):
    """Files that never change at their address."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, with the browser's leave to keep it; an error is not kept."""
        response = await super().get_response(path, scope)
        if response.status_code == 200:
            response.headers["Cache-Control"] = KEPT
        return response


def route() -> Mount:
    """What serves the files."""
    return Mount(f"/web/{version()}", _Kept(directory=WEB))


def head() -> str:
    """For the document's head: the styles, the page's own first, and the modules that the first label waits for."""
    styles = sorted(WEB.glob("*/*.css"), key=lambda path: (path.parent.name != "shared", path))
    modules = [path for folder in FIRST for path in sorted((WEB / folder).glob("*.js"))]
    gradios = [f"assets/{path.name}" for name in GRADIOS for path in ASSETS.glob(f"{name}-*.js")]
    return "".join(
        [
            *(f'<link rel="stylesheet" href="{_of(path)}">' for path in styles),
            *(f'<link rel="modulepreload" href="{file}">' for file in [*gradios, *map(_of, modules)]),
        ]
    )


def _of(path: Path) -> str:
    return address(path.relative_to(WEB).as_posix())


def middleware() -> list[Middleware]:
    """For every answer of the server: texts are compressed, and the document gets its head."""
    return [Middleware(GZipMiddleware, compresslevel=6), Middleware(_WithHead)]


def with_first(document: bytes, own: bytes, query: str) -> bytes:
    """A document with our `own` head; its body begins with what is to be seen first, and all styles behind that."""
    if b"</head>" not in document:
        return document
    start, rest = document.split(b"</head>", 1)
    opened = _BODY.match(rest)
    if opened is None:
        return start + own + b"</head>" + rest
    before = _STYLE.sub(b"", start + own) + b"</head>" + opened[0]
    return before + first_html(query).encode() + b"".join(_STYLE.findall(start + own)) + rest[opened.end() :]


class _WithHead:
    """Completes the document by `with_first`; what is none, or comes in pieces, passes as it is."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._head = head().encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        held: list[Message] = []  # the answer's start, while its body is awaited

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html") and "content-length" in headers:
                    held.append(message)
                    return
            elif held:
                start = held.pop()
                if message["type"] == "http.response.body" and message.get("body") and not message.get("more_body"):
                    message["body"] = with_first(message["body"], self._head, scope["query_string"].decode("latin-1"))
                    MutableHeaders(scope=start)["content-length"] = str(len(message["body"]))
                await send(start)
            await send(message)

        await self._app(scope, receive, sending if scope["type"] == "http" else send)
