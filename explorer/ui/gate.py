"""Before every request: its size, and whether the server still takes any; and what a browser is told about the answers.

The order of a stop: nothing new is taken, what is being answered has a few seconds, and the files go.
"""

import json
import re
import threading
from collections.abc import Callable
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from explorer.errors import ExplorerError

MOST_BYTES = 4_000_000  # of a request that is no upload: lists of names, a kernel, a stack
ENDLESS = ("/heartbeat/", "/queue/data", "/upload_progress")  # answers that a page listens to as long as it is open
CALLS = ("/gradio_api/call", "/gradio_api/run", "/gradio_api/api", "/gradio_api/queue/join")  # of programs
PRIVATE = ("/gradio_api/file", "/gradio_api/call", "/gradio_api/component_server", "/gradio_api/upload")


class Doors:
    """How many requests are being answered, and whether new ones are taken."""

    def __init__(self) -> None:
        self._inside = 0
        self._closing = False
        self._changed = threading.Condition()

    def enter(self) -> bool:
        """Begin to answer a request; False once the server is stopping."""
        with self._changed:
            self._inside += not self._closing
            return not self._closing

    def leave(self) -> None:
        """A request was answered."""
        with self._changed:
            self._inside -= 1
            self._changed.notify_all()

    def close(self, patience_s: float) -> bool:
        """Take no more; whether all that was being answered has been, within these seconds."""
        with self._changed:
            self._closing = True
            return self._changed.wait_for(lambda: self._inside == 0, patience_s)


class Gate:
    """Refuses what is too large or comes too late, in words, and marks every answer."""

    def __init__(
        self,
        app: ASGIApp,
        doors: Doors,
        announce: Callable[[int], None],
        busy: Callable[[str], str],
        left: Callable[[str], None],
        most_bytes: int,
    ) -> None:
        """Take what fits.

        Args:
            announce: refuses an upload of so many bytes.
            busy: why no call from an address is taken now, a sentence; empty if it is.
            left: is told of the call, or of the session, that somebody stopped listening to before its end.
            most_bytes: of an assistant's request.
        """
        self._app = app
        self._busy = busy
        self._left = left
        self._doors = doors
        self._announce = announce
        self._most_bytes = most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or say why not."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path: str = scope["path"]
        refusal = self._refusal(path, Headers(scope=scope), scope["method"])
        if refusal is None and scope["method"] == "POST" and any(part in path for part in CALLS):
            sentence = self._busy((scope.get("client") or ("",))[0])
            refusal = _said(503, sentence) if sentence else None
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        if any(part in path for part in ENDLESS):
            await self._listened(scope, receive, _marked(send, path))
            return
        if not self._doors.enter():
            await _said(503, "The server is stopping; please try again in a moment.")(scope, receive, send)
            return
        try:
            await self._listened(scope, self._counted(receive, path), _marked(send, path))
        finally:
            self._doors.leave()

    async def _listened(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; of a call's answer, notice when it is not listened to until its end."""
        word, ended = _call(scope), False

        async def sending(message: Message) -> None:
            nonlocal ended
            ended = message["type"] == "http.response.body" and not message.get("more_body")
            await send(message)

        try:
            await self._app(scope, receive, sending if word else send)
        finally:
            if word and not ended:
                self._left(word)

    def _refusal(self, path: str, headers: Headers, method: str) -> Response | None:
        """What to say instead of taking a request; None for one that is taken."""
        length = headers.get("content-length", "")
        n_bytes = int(length) if length.isascii() and length.isdigit() and len(length) < 16 else None
        if path.rstrip("/").endswith("/upload") and method == "POST":
            if n_bytes is None:
                return _said(411, "An upload must say how long it is.")
            try:
                self._announce(n_bytes)
            except ExplorerError as error:
                return _said(507, str(error))
        elif n_bytes is not None and n_bytes > self._most(path):
            return _too_large(self._most(path))
        return None

    def _most(self, path: str) -> int:
        return self._most_bytes if "/mcp" in path else MOST_BYTES

    def _counted(self, receive: Receive, path: str) -> Receive:
        """A body that does not say how long it is, cut off where it is too long."""
        if path.rstrip("/").endswith("/upload"):
            return receive
        came = 0

        async def counting() -> Message:
            nonlocal came
            message = await receive()
            came += len(message.get("body", b""))
            return message if came <= self._most(path) else {"type": "http.disconnect"}

        return counting


def _call(scope: Scope) -> str:
    """The call, or else the session, whose answers a request listens to; empty for any other request."""
    if scope["method"] != "GET":
        return ""
    if found := re.search(r"/gradio_api/call/(?:v2/)?[^/]+/([^/]+)$", scope["path"]):
        return found[1]
    if not scope["path"].endswith("/queue/data"):
        return ""
    return parse_qs(scope["query_string"].decode("latin-1")).get("session_hash", [""])[0]


def health_route(answers: Callable[[], bool]) -> Route:
    """GET /healthz: 200 once the default network answers, 503 before."""

    def healthz(_request: Request) -> Response:
        well = answers()
        return JSONResponse({"ready": well}, 200 if well else 503, headers={"Cache-Control": "no-store"})

    return Route("/healthz", healthz)


def _marked(send: Send, path: str) -> Send:
    """Answers whose kind no browser guesses, and of which those about photographs are kept nowhere."""

    async def marking(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["X-Content-Type-Options"] = "nosniff"
            if any(part in path for part in PRIVATE):
                headers["Cache-Control"] = "no-store"
        await send(message)

    return marking


def _said(status: int, sentence: str) -> Response:
    return Response(json.dumps({"error": sentence}), status, media_type="application/json")


def _too_large(most: int) -> Response:
    return _said(413, f"The request is larger than {most / 1e6:g} MB; please send photographs as uploads.")
