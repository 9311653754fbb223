"""The base of the page's parts, and how their files are served."""

import json
import re

from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from explorer.ui import web_files
from explorer.ui.component import instrument
from explorer.ui.web_files import WEB, address


def test_a_part_starts_by_a_module_and_names_all_of_its_own():
    part = instrument("photo", label="Photograph")
    assert re.match(r'import\(new URL\("web/[0-9a-f]{12}/shared/parts.js", document.baseURI\)\)', part.js_on_load)
    named = json.loads(re.search(r"modules: (\[.*\])", part.js_on_load)[1])
    assert named == sorted(path.name for path in (WEB / "photo").glob("*.js"))
    assert "main.js" in named
    assert json.dumps(part.get_config())
    assert not list(WEB.parents[0].glob("*.pyi")), "gradio wrote an interface file into the source"


def test_files_are_compressed_kept_and_nothing_else_is_given():
    site = Starlette(routes=[web_files.route()], middleware=web_files.middleware())
    client = TestClient(site, raise_server_exceptions=False)
    script = client.get("/" + address("photo/main.js"), headers={"Accept-Encoding": "gzip"})
    assert script.text == (WEB / "photo" / "main.js").read_text("utf-8")
    assert script.headers["content-encoding"] == "gzip"
    assert script.headers["content-type"].startswith(("text/javascript", "application/javascript"))
    assert "immutable" in script.headers["cache-control"]
    missing = client.get("/" + address("photo/none.js"))
    assert missing.status_code == 404
    assert "cache-control" not in missing.headers
    assert client.get("/" + address("../component.py")).status_code == 404


def test_the_head_names_files_that_are_there():
    files = re.findall(r'href="web/[0-9a-f]{12}/([^"]+)"', web_files.head())
    assert "shared/page.css" in files
    assert files.index("shared/page.css") == 0
    assert {"photo/main.js", "shared/page.js"} <= set(files)
    gradios = re.findall(r'href="assets/([^"]+)"', web_files.head())
    assert len(gradios) == len(web_files.GRADIOS), "gradio has renamed what its page asks for late"
    assert all((WEB / file).is_file() for file in files)


def test_every_relative_import_finds_a_file():
    imports = [
        (path, name)
        for path in WEB.rglob("*.js")
        for name in re.findall(r'^import [^;]*?from "([^"]+)";', path.read_text("utf-8"), re.MULTILINE)
    ]
    assert len(imports) > 10
    for path, name in imports:
        assert (path.parent / name).resolve().is_file(), f"{path.relative_to(WEB)} imports {name}"


def test_a_document_gets_its_head_and_one_in_pieces_passes_as_it_is():
    whole = b"<html><head></head></html>"

    async def in_pieces(scope, receive, send):
        headers = [(b"content-type", b"text/html"), (b"content-length", str(len(whole)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": whole[:9], "more_body": True})
        await send({"type": "http.response.body", "body": whole[9:]})

    routes = [Route("/", lambda _request: HTMLResponse(whole)), Mount("/pieces", in_pieces)]
    client = TestClient(Starlette(routes=routes, middleware=web_files.middleware()))
    answer = client.get("/")
    assert answer.text == f"<html><head>{web_files.head()}</head></html>"
    assert client.get("/pieces").content == whole
