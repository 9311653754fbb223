"""The endpoints over MCP, by the protocol's own client; and that no file of the server can be had through it."""

import base64
import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

import app
from explorer.image import open_upload
from explorer.predict import Classifier
from explorer.settings import ROOT

JEANS = ROOT / "assets" / "examples" / "07-jeans.png"
WATCH = ROOT / "assets" / "examples" / "05-watch.png"
CHECKPOINT = ROOT / "checkpoints" / "products.safetensors"


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Where the server keeps what it is sent."""
    return tmp_path_factory.mktemp("uploads")


@pytest.fixture(scope="module")
def url(folder) -> Iterator[str]:
    """A server of its own: `python app.py --mcp`."""
    command = [sys.executable, "-u", "app.py", "--mcp", "--port", "0"]
    environ = {**os.environ, "GRADIO_TEMP_DIR": str(folder)}
    with subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True) as server:
        try:
            line = next(line for line in server.stdout if "http://" in line)
            yield line.split()[-1].rstrip("/")
        finally:
            server.terminate()


def with_session(url: str, ask: Callable[[Any], Awaitable[Any]]) -> Any:
    from mcp import ClientSession
    from mcp.client.streamable_http import streamable_http_client

    async def run() -> Any:
        async with (
            streamable_http_client(f"{url}/gradio_api/mcp/") as (read, write, _),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            return await ask(session)

    with ThreadPoolExecutor(1) as pool:  # a thread of its own: a browser test before may have left a loop in this one
        return pool.submit(anyio.run, run).result()


def call(url: str, tool: str, **arguments: Any) -> Any:
    return with_session(url, lambda session: session.call_tool(tool, arguments))


def data_url(path: Path) -> str:
    return "data:image/png;base64," + base64.b64encode(path.read_bytes()).decode()


def test_the_tools_are_the_endpoints(url):
    tools = {tool.name: tool for tool in with_session(url, lambda session: session.list_tools()).tools}
    endpoints = httpx.get(f"{url}/gradio_api/info").json()["named_endpoints"]
    assert {f"/{name}" for name in tools} == set(endpoints) >= {"/classify", "/classify_many", "/output_size"}
    for tool in tools.values():
        assert tool.description
    schema = tools["classify"].inputSchema
    assert schema["properties"]["photo"]["type"] == "string"
    assert schema["required"] == ["photo"]
    assert schema["properties"]["checkpoint"]["default"] == "products"


def test_classify_gives_the_checkpoints_own_labels(url):
    answer = json.loads(call(url, "classify", photo=data_url(WATCH), k=2).content[0].text)
    expected = Classifier.load(CHECKPOINT).top_k(open_upload(WATCH), 2)
    assert [row["label"] for row in answer["top_k"]] == [one.label for one in expected]
    assert answer["top_k"][0]["logit"] == pytest.approx(expected[0].logit, abs=1e-3)


def test_many_photographs_and_one_that_is_none(url):
    photos = [data_url(WATCH), "data:image/png;base64," + base64.b64encode(b"no picture").decode()]
    table, answer = call(url, "classify_many", photos=photos).content
    found = json.loads(answer.text)
    assert [row["top_k"][0]["label"] for row in found["rows"]] == ["watches"]
    assert "not a picture that can be read" in found["unread"][0]["error"]
    rows = list(csv.DictReader(io.StringIO(httpx.get(table.text).text.removeprefix("\ufeff"))))
    assert [row["label_1"] for row in rows] == ["watches", ""]


def test_a_picture_comes_back_as_a_picture(url):
    picture, _, facts = call(url, "apply_filter", photo=data_url(WATCH), kernel="identity").content
    assert picture.mimeType == "image/png"
    assert base64.b64decode(picture.data)[:4] == b"\x89PNG"
    assert json.loads(facts.text)["maximum"] <= 255


def test_an_uploaded_file_is_taken_by_its_path(url):
    path = httpx.post(f"{url}/gradio_api/upload", files=[("files", (WATCH.name, WATCH.read_bytes()))]).json()[0]
    answer = json.loads(call(url, "classify", photo=path, k=1).content[0].text)
    assert answer["top_k"][0]["label"] == "watches"


MARKED = {"path": str(WATCH), "meta": {"_type": "gradio.FileData"}}
WEB = {"path": "http://127.0.0.1/x.png", "meta": {"_type": "gradio.FileData"}}


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("classify", {"photo": MARKED}),
        ("classify", {"photo": {**MARKED, "url": f"file://{WATCH}"}}),
        ("classify", {"photo": str(WATCH)}),
        ("classify", {"photo": [MARKED]}),
        ("classify", {"photo": WEB}),
        ("classify", {"photo": "http://127.0.0.1/x.png"}),
        ("classify", {"photo": "../" * 20 + str(WATCH)}),
        ("classify", {"photo": "data:image/png;base64,###"}),
        ("classify", {"photo": data_url(JEANS), "checkpoint": MARKED}),
        ("classify_many", {"photos": [data_url(JEANS), MARKED]}),
        ("classify_many", {"photos": [str(WATCH)]}),
        ("apply_filter", {"photo": MARKED, "kernel": "identity"}),
        ("apply_filter", {"photo": data_url(JEANS), "weights": [MARKED]}),
        ("trace_network", {"network": MARKED}),
    ],
)
def test_no_file_of_the_server_is_read(url, folder, tool, arguments):
    secret = WATCH.read_bytes()

    def copies() -> int:
        return sum(path.read_bytes() == secret for path in folder.rglob("*") if path.is_file())

    before = copies()
    answer = call(url, tool, **arguments)
    assert answer.isError
    assert "watches" not in answer.content[0].text
    assert copies() == before


def test_it_is_off_by_default(page_url):
    answer = httpx.post(f"{page_url.rstrip('/')}/gradio_api/mcp/", json={"jsonrpc": "2.0", "id": 1, "method": "ping"})
    assert answer.status_code in {404, 405}


def test_without_the_package_one_line_says_what_to_install(capsys, monkeypatch):
    monkeypatch.setattr("explorer.ui.page.build_app", lambda _settings: None)
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    assert app.main(["--mcp", "--port", "0"]) == 2
    assert "python -m pip install -r requirements-mcp.txt" in capsys.readouterr().err
