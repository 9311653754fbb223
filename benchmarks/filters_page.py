"""How long the Filters tab takes in the browser: from a moved pointer to the drawn sum, and for a filtered picture.

    python benchmarks/filters_page.py

Starts the page, uploads a photograph of 1600 × 1200 pixels and measures in headless Chromium without a GPU. Claims:
hover to paint at most 16 ms of the main thread's time a frame, no request while hovering.
"""

import platform
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import CDPSession, Page, expect, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from explorer.settings import Settings
from explorer.ui.page import build_app, launch
from tests.chromium import FLAGS, chromium_path

expect.set_options(timeout=60_000)

HOVER = """async ([selector, steps]) => {
  const canvas = document.querySelector(selector);
  const box = canvas.getBoundingClientRect();
  for (let step = 0; step < steps; step += 1) {
    const [clientX, clientY] = [box.left + box.width * (0.1 + (0.8 * step) / steps), box.top + box.height * 0.5];
    canvas.dispatchEvent(new PointerEvent("pointermove", { clientX, clientY, bubbles: true }));
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
  }
}"""
STEPS = 100
FILTER = """async (name) => {
  const menu = document.querySelector(".kernel-menu");
  const canvas = document.querySelector(".output-canvas");
  menu.value = name;
  const started = performance.now();
  menu.dispatchEvent(new Event("change"));
  await new Promise((done) => {
    const look = () => (canvas.classList.contains("stale") ? setTimeout(look, 1) : requestAnimationFrame(() => done()));
    look();
  });
  return performance.now() - started;
}"""


def busy_ms(session: CDPSession) -> float:
    """Processor time of the page's main thread so far: what other programs take does not count."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return 1000 * next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration")


def measure(page: Page) -> bool:
    """Print the times; whether the claims hold."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    holds = True
    for kernel in ("sobel x", "gaussian 5", "gaussian 7"):
        page.evaluate(FILTER, kernel)
        for colour in ("grey", "rgb"):
            page.locator(".colour-menu").select_option(colour)
            expect(page.locator(".output-canvas.stale")).to_have_count(0)
            before = busy_ms(session)
            page.evaluate(HOVER, [".input-canvas", STEPS])
            spent = (busy_ms(session) - before) / STEPS
            print(f"hover -> paint   {kernel:12} {colour:5} {spent:5.1f} ms")
            holds = holds and spent <= 16
        page.locator(".colour-menu").select_option("grey")
        expect(page.locator(".output-canvas.stale")).to_have_count(0)
    for kernel in ("sobel y", "scharr x", "gaussian 7", "box blur 5"):
        print(f"filter -> paint  {kernel:12} grey  {page.evaluate(FILTER, kernel):5.0f} ms for 1600 × 1200")
    print(f"{len(asked)} requests while hovering and filtering")
    return holds and not asked


def main() -> int:
    """Serve the page, open it, measure; status 1 if a claim does not hold."""
    settings = Settings(port=0)
    app = build_app(settings)
    _, url, _ = launch(app, settings, prevent_thread_lock=True, quiet=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        path = Path(folder) / "large.png"
        rough = np.random.default_rng(0).integers(0, 256, (75, 100, 3), dtype=np.uint8)
        Image.fromarray(rough).resize((1600, 1200), Image.Resampling.BICUBIC).save(path)
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=list(FLAGS))
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(url, wait_until="domcontentloaded")
        page.locator(".filters-tab .equation .value").wait_for(timeout=90_000)
        page.locator("input.file").set_input_files(str(path))
        expect(page.locator(".filters-tab .input-caption")).to_contain_text("1200 × 1600", timeout=60_000)
        page.wait_for_timeout(2000)
        print(f"{platform.node()}, {platform.machine()}, Chromium {browser.version}, no GPU")
        holds = measure(page)
        browser.close()
    app.close(verbose=False)
    print("every claim holds" if holds else "a claim is exceeded")
    return int(not holds)


if __name__ == "__main__":
    sys.exit(main())
