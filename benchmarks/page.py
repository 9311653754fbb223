"""From `python app.py` to the first page, and from a photograph to its label, beside a bare form in the same run; and
what a visit costs until its first label, beside the commit before the page had modules.

    python benchmarks/page.py [--before COMMIT]

The peer is `benchmarks/bare_form.py`, with the same checkpoint. Its visitor has to press a button, which is
pressed here the moment the preview is there. Times are taken in the browser, from the choice to the painted answer;
both pages come to rest before each photograph, as they do for somebody who looks at an answer.
"""

import argparse
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.visits import checked_out, page_of, visits
from tests.chromium import FLAGS, chromium_path

BEFORE = "6c8a206"  # the last commit whose scripts were pasted into the page
BARS = {
    "first visit, KB": 0.35,
    "second visit, KB": 0.08,
    "at 400 kbit/s, s": 0.45,
    "something to see at 400 kbit/s, s": 0.45,
}
SEEN_S = 3.0  # until the example and the tabs are seen, at 400 kbit/s and 400 ms
RUNS = 7
REST_MS = 1000
# Resolves with the milliseconds from the file's choice until `found` gives a new text, painted.
TIMED = """async (found) => {
  const read = new Function("return " + found);
  const before = read();
  const started = await new Promise((resolve) => {
    document.addEventListener("change", () => resolve(performance.now()), { capture: true, once: true });
    window.ready = true;
  });
  while (read() === before || !read()) await new Promise((resolve) => setTimeout(resolve, 2));
  await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  return performance.now() - started;
}"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def served(
    command: list[str], port: int, browser: Browser, selector: str
) -> tuple[subprocess.Popen[bytes], Page, float]:
    """The server's process, its page, and the seconds from its start until `selector` is seen."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *command], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        if process.poll() is not None:
            raise SystemExit(f"{command} stopped")
        time.sleep(0.02)
    page.goto(f"http://127.0.0.1:{port}", wait_until="domcontentloaded")
    page.locator(selector).first.wait_for(timeout=120_000)
    return process, page, time.perf_counter() - started


def photographs(folder: Path) -> list[Path]:
    """One JPEG a run, 1200 × 900, each with other colours."""
    rng = np.random.default_rng(0)
    paths = []
    for run in range(RUNS + 1):
        coarse = rng.integers(0, 256, (9, 12, 3)).astype(np.uint8)
        path = folder / f"photo-{run}.jpg"
        Image.fromarray(coarse).resize((1200, 900), Image.Resampling.BICUBIC).save(path, quality=90)
        paths.append(path)
    return paths


def label_time(page: Page, path: Path, found: str, press: Callable[[], None] | None = None) -> float:
    """Seconds from choosing a photograph to its label; `press` does what a visitor has to do in between."""
    page.wait_for_timeout(REST_MS)
    page.evaluate("window.ready = false")
    page.evaluate(f"void (window.timing = ({TIMED})({found!r}))")
    page.wait_for_function("window.ready")
    page.locator("input[type=file]").first.set_input_files(str(path))
    if press:
        press()
    return float(page.evaluate("window.timing")) / 1000


def print_visits(browser: Browser, before: str) -> None:
    """The bytes and seconds of visits now and before, as ratios."""
    with checked_out(ROOT, before) as old, page_of(old, free_port()) as theirs, page_of(ROOT, free_port()) as ours:
        measured = [visits(browser, address) for address in (ours, theirs)]
    print(
        f"something to see on a first visit: {measured[0]['something to see at 400 kbit/s, s']:.2f} s (bar {SEEN_S} s)"
    )
    for name, bar in BARS.items():
        now, then = (each[name] for each in measured)
        print(f"{name}: now {now:.1f}, at {before} {then:.1f}, ratio {now / then:.3f} (bar {bar})")


def main(argv: list[str] | None = None) -> int:
    """Measure both and print the ratios."""
    parser = argparse.ArgumentParser(description="The page beside a bare form, and beside an earlier commit.")
    parser.add_argument("--before", default=BEFORE, help="commit to compare visits with (default: %(default)s)")
    before = parser.parse_args(argv).before
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=list(FLAGS))
        paths = photographs(Path(folder))
        ports = [free_port(), free_port()]
        ours, page, our_start = served(
            ["app.py", "--port", str(ports[0])], ports[0], browser, ".photo-column .wordmark"
        )
        page.wait_for_function(
            "document.querySelector('.photo-column .answer')?.textContent.includes('%')", timeout=120_000
        )
        # Two random pictures may have the same label; the share of a percent differs.
        found = "document.querySelector('.photo-column .answer').textContent"
        our_label = [label_time(page, path, found) for path in paths]
        ours.terminate()
        ours.wait()
        peer, form, peer_start = served(
            ["benchmarks/bare_form.py", "label", str(ports[1])], ports[1], browser, "button:has-text('Submit')"
        )

        def press() -> None:
            form.locator(".image-container img").first.wait_for()
            form.get_by_role("button", name="Submit").click()

        found = "document.querySelector('.confidence-set')?.parentElement.innerText"
        peer_label = []
        for path in paths:
            peer_label.append(label_time(form, path, found, press))
            form.get_by_role("button", name="Clear").click()
            form.locator("input[type=file]").first.wait_for(state="attached")
        peer.terminate()
        print_visits(browser, before)
        browser.close()
    print(f"{platform.node()}, {platform.processor() or platform.machine()}, Python {platform.python_version()}")
    print(
        f"start → first page: ours {our_start:.2f} s, bare form {peer_start:.2f} s, ratio {our_start / peer_start:.2f}"
    )
    median_ours, median_peer = statistics.median(our_label[1:]), statistics.median(peer_label[1:])  # the first warms up
    print(
        f"photograph → label: ours {median_ours:.3f} s, bare form {median_peer:.3f} s, "
        f"ratio {median_ours / median_peer:.2f} (median of {RUNS})"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
