"""Frame times of the tab "Output sizes" at 16 × 16 with 3 channels, beside the same cells as HTML elements.

    python benchmarks/sizes.py [--moves 120]

In one headless browser, taking turns: a pointer that moves to another input cell in every frame, on the tab's canvas
(which also writes the sentence and the sum of the cell), and on a bare page that holds every cell as an element and
restyles all of them at each move, as convolution-visualizer does. Printed are the main thread's own time a move
(script, style, layout and paint commands, by the browser's counters), the time between frames, which a busy machine
stretches, and the ratio of the work. Bar: the work of a move fits a frame of 16.7 ms.
"""

import argparse
import itertools
import platform
import statistics
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from explorer.settings import Settings
from explorer.ui.page import build_app, launch
from tests.chromium import FLAGS, chromium_path

LINK = "&sizes.size=16&sizes.stride=1&sizes.channels=3&sizes.filters=2"
GRIDS = ((18, 3), (3, 3), (16, 2))  # a side of a grid, and how many: padded inputs, weights, outputs

ELEMENTS = """
const grids = %s.flatMap(([side, count]) => Array(count).fill(side));
const cells = grids.flatMap((side) => {
  const grid = document.createElement("div");
  grid.style.cssText = `display: inline-grid; grid-template-columns: repeat(${side}, 12px); margin: 8px`;
  document.body.append(grid);
  return Array.from({ length: side * side }, (_, at) => {
    const cell = document.createElement("div");
    cell.style.cssText = "width: 12px; height: 12px; border: 1px solid gray";
    cell.dataset.y = Math.floor(at / side);
    cell.dataset.x = at %% side;
    grid.append(cell);
    return cell;
  });
});
document.body.addEventListener("pointermove", (event) => {
  const cell = document.elementFromPoint(event.clientX, event.clientY);
  if (!cell || cell.dataset.y === undefined) return;
  for (const each of cells) {
    const near = Math.abs(each.dataset.y - cell.dataset.y) < 2 && Math.abs(each.dataset.x - cell.dataset.x) < 2;
    each.style.background = near ? "hotpink" : "white";
  }
});
"""

MOVE = """async ([selector, left, top, width, height, moves]) => {
  const target = document.querySelector(selector);
  const times = [];
  for (let at = 0; at < moves; at += 1) {
    times.push(await new Promise(requestAnimationFrame));
    const clientX = left + ((at * 37) % 997) / 997 * width;
    const clientY = top + ((at * 61) % 991) / 991 * height;
    target.dispatchEvent(new PointerEvent("pointermove", { bubbles: true, clientX, clientY }));
  }
  return times;
}"""


def counters(session: Any) -> float:
    """Seconds of work of the main thread so far."""
    metrics = {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}
    return float(metrics["TaskDuration"])


def measure(page: Page, selector: str, moves: int) -> tuple[float, list[float]]:
    """Milliseconds of work a move, and the times between the frames."""
    box = page.locator(selector).bounding_box()
    assert box is not None
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})  # the thread's own time, not what others took
    place = [selector, box["x"] + 4, box["y"] + 30, box["width"] - 8, box["height"] - 40, moves]
    page.evaluate(MOVE, place)
    before = counters(session)
    times = page.evaluate(MOVE, place)
    work = (counters(session) - before) * 1000 / moves
    return work, [later - sooner for sooner, later in itertools.pairwise(times)]


def open_pages(browser: Browser, url: str) -> tuple[Page, Page]:
    """The tab, and the page of elements."""
    ours = browser.new_page(viewport={"width": 1280, "height": 900})
    ours.goto(f"{url}?__theme=light{LINK}", wait_until="domcontentloaded")
    ours.get_by_role("tab", name="Output sizes").click(timeout=60_000)
    ours.locator(".sizes-picture canvas").wait_for(timeout=60_000)
    ours.wait_for_timeout(2000)
    theirs = browser.new_page(viewport={"width": 1280, "height": 900})
    theirs.set_content("<body></body>")
    theirs.add_script_tag(content=ELEMENTS % [list(grid) for grid in GRIDS])
    return ours, theirs


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--moves", type=int, default=120, help="pointer moves a round, one a frame")
    moves = parser.parse_args(argv).moves
    settings = Settings(port=0)
    page = build_app(settings)
    _, url, _ = launch(page, settings, prevent_thread_lock=True, quiet=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=list(FLAGS))
        ours, theirs = open_pages(browser, url)
        rounds = []
        for _ in range(5):
            ours.bring_to_front()
            canvas = measure(ours, ".sizes-picture", moves)
            theirs.bring_to_front()
            rounds.append((canvas, measure(theirs, "body", moves)))
        browser.close()
    page.close(verbose=False)
    work = [statistics.median(each[side][0] for each in rounds) for side in (0, 1)]
    frames = sorted(time for canvas, _ in rounds for time in canvas[1])
    ratio = statistics.median(canvas[0] / elements[0] for canvas, elements in rounds)
    print(f"machine: {platform.node()}, {platform.machine()}, {platform.processor() or 'processor not named'}")
    print(f"work a hover, canvas: {work[0]:.1f} ms; the same cells as elements: {work[1]:.1f} ms; ratio {ratio:.2f}")
    print(f"between frames, canvas: median {statistics.median(frames):.1f} ms, 95th percentile "
          f"{frames[int(len(frames) * 0.95)]:.1f} ms, of {len(frames)} frames")  # fmt: skip
    return 0 if work[0] <= 16.7 else 1


if __name__ == "__main__":
    sys.exit(main())
