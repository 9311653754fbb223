"""What the document shows before any script: in its first bytes, small, and of what the link asks for."""

import base64
import re

import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from explorer.ui import web_files
from explorer.ui.first import MOST_BYTES, TABS, first_html
from explorer.ui.uploads import example_names

DOCUMENT = (
    '<html><head><link rel="stylesheet" crossorigin href="./a.css"></head>\n <body style="x"><i></i></body></html>'
)


def picture(query: str) -> bytes:
    found = re.search(r'src="data:image/jpeg;base64,([^"]+)"', first_html(query))
    assert found
    return base64.b64decode(found[1])


@pytest.mark.parametrize("name", example_names())
def test_each_example_has_a_picture_of_at_most_20_kb(name):
    assert 1000 < len(picture(f"photo.example={name}")) <= MOST_BYTES


def test_it_shows_what_the_link_asks_for():
    names = example_names()
    assert picture("") == picture(f"photo.example={names[0]}") == picture("photo.example=%3Cb%3E")
    assert picture(f"a=1&photo.example={names[3]}") != picture("")
    assert "<img" not in first_html("photo.shared=abc")  # that photograph is not known before it is asked for
    assert 'class="dark"' in first_html("__theme=dark")
    assert 'class=""' in first_html("__theme=%22%3E%3Cscript%3E")
    assert "<script" not in first_html("__theme=%3Cscript%3E&photo.example=%3Cscript%3E")


def test_it_stands_first_in_the_body_and_no_style_before_it():
    app = Starlette(routes=[Route("/", lambda _request: HTMLResponse(DOCUMENT))], middleware=web_files.middleware())
    text = TestClient(app).get("/?__theme=dark").text
    head, body = text.split("</head>")
    assert "stylesheet" not in head
    assert head.count("modulepreload") == web_files.head().count("modulepreload")
    assert re.match(r'\s*<body style="x"><style>.*<div id="first" role="status" class="dark">', body, re.DOTALL)
    assert all(f"<li>{name}</li>" in body for name in TABS.values())
    assert body.count('rel="stylesheet"') == web_files.head().count('rel="stylesheet"') + 1
    assert body.index("./a.css") > body.index("</div>")
    assert body.index("./a.css") < body.index("shared/page.css") < body.index("<i></i>")
