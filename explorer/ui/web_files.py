"""The page's own scripts and styles, served as the files that they are: compressed, and kept by the browser.

Their address holds a hash of all of them, `web/<hash>/maps/main.js`: a browser may keep a file for a year, for changed
files have another address. Addresses are relative, so that they hold below a proxy's sub-path.
"""

import hashlib
from functools import cache
from pathlib import Path

from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

WEB = Path(__file__).parent / "web"
KEPT = "public, max-age=31536000, immutable"
FIRST = ("shared", "photo")  # what the first label waits for, so that no chain of imports costs a round trip each


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
    return Mount(f"/web/{version()}", GZipMiddleware(_Kept(directory=WEB)))


def head() -> str:
    """For the document's head: the styles, the page's own first, and the modules that the first label waits for."""
    styles = sorted(WEB.glob("*/*.css"), key=lambda path: (path.parent.name != "shared", path))
    modules = [path for folder in FIRST for path in sorted((WEB / folder).glob("*.js"))]
    lines = [
        *(f'<link rel="stylesheet" href="{_of(path)}">' for path in styles),
        *(f'<link rel="modulepreload" href="{_of(path)}">' for path in modules),
    ]
    return "\n".join(lines)


def _of(path: Path) -> str:
    return address(path.relative_to(WEB).as_posix())
