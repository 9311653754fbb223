"""The base of the page's parts, and how their files are served."""

import json
import re

from starlette.applications import Starlette
from starlette.testclient import TestClient

from explorer.ui import web_files
from explorer.ui.component import instrument
from explorer.ui.web_files import WEB, address


def test_a_part_asks_for_its_modules_at_once_and_starts(tmp_path):
    part = instrument("photo", label="Photograph")
    assert re.search(r'^import\(new URL\("web/[0-9a-f]{12}/photo/main.js", document.baseURI\)\)', part.js_on_load, re.M)
    assert {path.name for path in (WEB / "photo").glob("*.js")} <= set(re.findall(r"photo/(\w+\.js)", part.js_on_load))
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
