"""What crosses the line until the first label of a visit is there, and how long it takes on a slow line.

Read off Chromium's own network log, workers included; whatever has begun by then counts as far as it has come. The page
of an earlier commit is served out of a worktree of its own, by the same Python.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext

LABELLED = "document.querySelector('.photo-column .answer')?.textContent.includes('%')"
SLOW = {"offline": False, "latency": 400, "downloadThroughput": 400_000 / 8, "uploadThroughput": 400_000 / 8}
WAIT_MS = 180_000


@contextmanager
def checked_out(root: Path, commit: str) -> Iterator[Path]:
    """A folder with the files of a commit."""
    with tempfile.TemporaryDirectory() as folder:
        git = ["git", "-C", str(root), "worktree"]
        subprocess.run([*git, "add", "--detach", "--quiet", folder, commit], check=True)
        try:
            yield Path(folder)
        finally:
            subprocess.run([*git, "remove", "--force", folder], check=True)


@contextmanager
def page_of(root: Path, port: int) -> Iterator[str]:
    """The address of the page that the files in `root` make, served until the end."""
    command = [sys.executable, "app.py", "--port", str(port)]
    process = subprocess.Popen(command, cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def ready(browser: Browser, address: str) -> None:
    """Wait until the server answers, its network loaded."""
    page = browser.new_page()
    deadline = time.monotonic() + WAIT_MS / 1000
    while True:
        try:
            page.goto(address)
            break
        except Exception:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
    page.wait_for_function(LABELLED, timeout=WAIT_MS)
    page.close()


def visit(context: BrowserContext, address: str, *, slow: bool = False) -> tuple[int, float]:
    """Bytes and seconds from the address to the first label, in a context whose earlier visits fill its cache."""
    page = context.new_page()
    session = context.new_cdp_session(page)
    received: dict[str, int] = {}

    def came(event: dict[str, Any]) -> None:
        received[event["requestId"]] = received.get(event["requestId"], 0) + event["encodedDataLength"]

    def ended(event: dict[str, Any]) -> None:
        received[event["requestId"]] = event["encodedDataLength"]  # the headers too

    session.on("Network.dataReceived", came)
    session.on("Network.loadingFinished", ended)
    session.send("Network.enable")
    if slow:
        session.send("Network.emulateNetworkConditions", SLOW)
    started = time.perf_counter()
    page.goto(address, wait_until="commit", timeout=WAIT_MS)
    page.wait_for_function(LABELLED, timeout=WAIT_MS)
    seconds, size = time.perf_counter() - started, sum(received.values())
    page.wait_for_timeout(3000)  # what comes after the label shall be in the cache too
    page.close()
    return size, seconds


def first_seen(context: BrowserContext, address: str) -> float:
    """Seconds until something stands on the page, on a slow line."""
    page = context.new_page()
    page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", SLOW)
    page.goto(address, wait_until="commit", timeout=WAIT_MS)
    painted = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
    page.wait_for_function(painted, timeout=WAIT_MS)
    seconds = page.evaluate(painted) / 1000
    page.close()
    return float(seconds)


def visits(browser: Browser, address: str) -> dict[str, float]:
    """Bytes of a first and of a second visit, and seconds of a first one on a slow line."""
    ready(browser, address)
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    first, _ = visit(context, address)
    second, _ = visit(context, address)
    context.close()
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    _, seconds = visit(context, address, slow=True)
    context.close()
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    seen = first_seen(context, address)
    context.close()
    return {
        "first visit, KB": first / 1000,
        "second visit, KB": second / 1000,
        "at 400 kbit/s, s": seconds,
        "something to see at 400 kbit/s, s": seen,
    }
