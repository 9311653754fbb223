"""What comes in is bounded and what goes out is marked; a stop lets what is being answered end."""

import asyncio
import threading

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from explorer.errors import ExplorerError
from explorer.ui.component import answering
from explorer.ui.gate import MOST_BYTES, Doors, Gate, health_route
from explorer.ui.request import sound

PATHS = (
    "/gradio_api/component_server",
    "/gradio_api/file=a.png",
    "/gradio_api/upload",
    "/gradio_api/mcp/",
    "/",
    "/leave",
    "/gradio_api/call/classify",
)


class Site:
    def __init__(self) -> None:
        self.doors, self.announced, self.ready, self.busy = Doors(), list[int](), False, ""
        self.left = list[str]()

        async def answer(request: Request) -> PlainTextResponse:
            return PlainTextResponse(str(len(await request.body())))

        def announce(n_bytes: int) -> None:
            if n_bytes > 1000:
                raise ExplorerError("There is no room.")
            self.announced.append(n_bytes)

        routes = [health_route(lambda: self.ready), *(Route(path, answer, methods=["GET", "POST"]) for path in PATHS)]
        gate = Middleware(
            Gate,
            doors=self.doors,
            announce=announce,
            busy=lambda _: self.busy,
            left=self.left.append,
            most_bytes=2 * MOST_BYTES,
        )
        self.client = TestClient(Starlette(routes=routes, middleware=[gate]), raise_server_exceptions=False)


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.mark.parametrize("path", ["/gradio_api/component_server", "/", "/gradio_api/mcp/"])
def test_a_request_has_a_size_that_it_may_not_exceed(site, path):
    most = MOST_BYTES * (2 if "mcp" in path else 1)
    assert site.client.post(path, content=bytes(most)).text == str(most)
    refused = site.client.post(path, content=bytes(most + 1))
    assert refused.status_code == 413
    assert f"larger than {most / 1e6:g} MB" in refused.json()["error"]


def test_a_body_that_hides_its_size_is_cut_off(site):
    pieces = (bytes(1_000_000) for _ in range(5))
    assert site.client.post("/", content=pieces).status_code == 500
    assert site.client.post("/", content=(bytes(1_000_000) for _ in range(3))).text == "3000000"


def test_uploads_are_announced_and_refused_in_words(site):
    assert site.client.post("/gradio_api/upload", content=bytes(900)).text == "900"
    assert site.announced == [900]
    full = site.client.post("/gradio_api/upload", content=bytes(1001))
    assert (full.status_code, full.json()) == (507, {"error": "There is no room."})
    assert site.client.post("/gradio_api/upload", content=iter([b"a"])).status_code == 411


def test_answers_are_marked_and_those_about_photographs_kept_nowhere(site):
    for path in PATHS:
        headers = site.client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        private = path.startswith("/gradio_api") and "mcp" not in path
        assert headers.get("cache-control") == ("no-store" if private else None)


def test_health_is_the_default_networks(site):
    assert site.client.get("/healthz").status_code == 503
    site.ready = True
    assert site.client.get("/healthz").status_code == 200


def test_a_stop_waits_for_what_is_being_answered_and_takes_nothing_new(site):
    assert site.doors.enter()
    assert not site.doors.close(0)
    refused = site.client.get("/")
    assert refused.status_code == 503
    assert "stopping" in refused.json()["error"]
    threading.Timer(0.01, site.doors.leave).start()
    assert site.doors.close(60)


ODD = ["\0", "a\0b", "\ud800", "\udc00x", 1e308, -1e308, float("nan"), float("inf"), 10**400, -(10**400), [[10**400]]]


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: repr(odd)[:12])
def test_what_no_field_can_hold_is_a_sentence_or_plain_text(odd):
    asked = answering(lambda request: request)({"field": odd, "deep": {"er": [odd]}})
    if isinstance(odd, str):
        assert (
            asked["ok"]["field"]
            == asked["ok"]["deep"]["er"][0]
            == odd.translate(dict.fromkeys([0, 0xD800, 0xDC00], "\ufffd"))
        )
        asked["ok"]["field"].encode()
    else:
        assert asked == {"error": "A number that was sent is larger than 1e+30; please send a smaller one."}


def test_what_is_nested_deeper_than_any_request_is_refused():
    nested: list[object] = []
    for _ in range(500):
        nested = [nested]
    with pytest.raises(ExplorerError, match="nested more than 20 deep"):
        sound(nested)
    assert sound({"a": [1, 2.5, True, None, "text"]}) == {"a": [1, 2.5, True, None, "text"]}


def test_a_full_line_is_said_to_programs_at_once(site):
    path = "/gradio_api/call/classify"
    assert site.client.post(path).status_code == 200
    site.busy = "Too many questions."
    refused = site.client.post(path)
    assert (refused.status_code, refused.json()) == (503, {"error": "Too many questions."})
    assert site.client.get(path).status_code == 200  # the answer to an earlier call


@pytest.mark.parametrize(
    ("path", "query", "who"),
    [
        ("/gradio_api/call/classify/word", b"", "word"),
        ("/gradio_api/queue/data", b"session_hash=word", "word"),
        ("/gradio_api/call/classify", b"", None),
    ],
)
@pytest.mark.parametrize("whole", [True, False])
def test_who_hangs_up_before_the_answers_end_is_told_of(path, query, who, whole):
    left = list[str]()

    async def answering(_scope, _receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"so far", "more_body": True})
        if whole:
            await send({"type": "http.response.body", "body": b"."})

    async def nothing(*_: object) -> None:
        pass

    gate = Gate(answering, Doors(), print, lambda _: "", left.append, MOST_BYTES)
    scope = {"type": "http", "method": "GET", "path": path, "query_string": query, "headers": [], "client": None}
    asyncio.run(gate(scope, nothing, nothing))
    assert left == ([] if whole or who is None else [who])
