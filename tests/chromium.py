"""Find a Chromium for the browser tests: an installed one, else Playwright's own, else, in a container, a package.

Run as `python -m tests.chromium` it prints the path; status 1 and a sentence if there is none.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

LEAST = "chromium-headless-shell"  # the same browser with no window to draw: a quarter faster
NAMES = (LEAST, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
ADVICE = (
    "No Chromium was found for the browser tests. Install one (for example `apt-get install chromium`), "
    "or run `python -m playwright install chromium`, or name one in CHROMIUM_PATH."
)
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",  # nothing is asked of the world
)


def chromium_path() -> str:
    """The path of a Chromium that can be started.

    Raises:
        RuntimeError: none is installed and none could be got; the message says what to do.
    """
    for find in (_installed, _playwrights_own, _from_package_manager):
        path = find()
        if path:
            return path
    raise RuntimeError(ADVICE)


def _installed() -> str | None:
    named = os.environ.get("CHROMIUM_PATH")
    if named:
        return named if Path(named).is_file() else None
    mac = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
    return next((path for path in map(shutil.which, NAMES) if path), str(mac) if mac.is_file() else None)


def _playwrights_own() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    if not Path(path).is_file():
        _say("No Chromium is installed; asking Playwright to download its own.")
        _run([sys.executable, "-m", "playwright", "install", "chromium"])
    return path if Path(path).is_file() else None


def _from_package_manager() -> str | None:
    if not (hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get")):
        return None
    _say("Installing Chromium with apt-get, because this is a container run as root.")
    _run(["apt-get", "update", "-qq"])
    for package in (LEAST, "chromium"):
        _run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", package])
        if path := _installed():
            return path
    return None


def _run(command: list[str]) -> None:
    result = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    if result.returncode:
        _say(f"{' '.join(command[:3])} failed: {(result.stderr or result.stdout).strip()[-300:]}")


def _say(sentence: str) -> None:
    sys.stderr.write(sentence + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    try:
        sys.stdout.write(chromium_path() + "\n")
    except RuntimeError as error:
        _say(str(error))
        sys.exit(1)
