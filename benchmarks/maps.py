"""Tab 3: maps to bytes, a photograph to 64 and 512 maps, another layer, hover, click, eight at once, memory.

    python benchmarks/maps.py [--part bytes|browser|visitors|memory]

The peer is `benchmarks/bare_form.py maps`: a bare `gr.Interface` that draws 64 maps of the same checkpoint with
matplotlib. Its visitor has to press a button, which is pressed here the moment the preview is there. All that stands
in one line was taken in one run, in turn.
"""

import argparse
import gc
import io
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.page import RUNS, free_port, label_time, photographs, served
from tests.chromium import FLAGS, chromium_path

PAINTED = "document.querySelector('.mosaic')?.dataset.painted"
FIGURE = "[...document.querySelectorAll('img')].map((one) => one.src).find((src) => src.startsWith('data:image'))"
VISITORS = 8


def alternating(*functions: Callable[[], object], runs: int = 9) -> list[float]:
    """The median seconds of each function, taken in turn."""
    times: list[list[float]] = [[] for _ in functions]
    for _ in range(runs + 1):
        for taken, function in zip(times, functions, strict=True):
            started = time.perf_counter()
            function()
            taken.append(time.perf_counter() - started)
    return [statistics.median(taken[1:]) for taken in times]


def maps_to_bytes() -> None:
    """64 maps of 112 × 112: what is sent, beside the least that could be sent, and beside matplotlib."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    from explorer.ui.maps import mosaic as mosaics

    maps = np.random.default_rng(0).normal(size=(64, 112, 112)).astype(np.float32).clip(0)

    def ours() -> bytes:
        return mosaics.mosaic_png(maps, mosaics.Colours.of(maps, "map"))

    def least() -> bytes:
        low, high = maps.min(axis=(1, 2), keepdims=True), maps.max(axis=(1, 2), keepdims=True)
        places = ((maps - low) * (255 / (high - low))).astype(np.uint8)
        picture = Image.fromarray(places.reshape(8, 8, 112, 112).swapaxes(1, 2).reshape(896, 896))
        picture.putpalette(bytes(range(256)) * 3)
        buffer = io.BytesIO()
        picture.save(buffer, "PNG", compress_level=1)
        return buffer.getvalue()

    def figure() -> bytes:
        drawn, axes = plt.subplots(8, 8, figsize=(10, 10))
        for axis, one in zip(axes.flat, maps, strict=True):
            axis.imshow(one, cmap="viridis")
            axis.axis("off")
        buffer = io.BytesIO()
        drawn.savefig(buffer, format="png")
        plt.close(drawn)
        return buffer.getvalue()

    ours_s, least_s, figure_s = alternating(ours, least, figure)
    print(
        f"64 maps of 112 x 112 to bytes: {ours_s * 1e3:.1f} ms, {ours_s / least_s:.2f} x the least (bar 1.2), "
        f"matplotlib takes {figure_s / ours_s:.0f} x as long (bar 40)"
    )


def open_maps(page: Page, layer: str, network: str = "") -> None:
    """The page on one layer of a network."""
    query = f"?maps.view=layer&maps.layer={layer}" + (f"&network.name={network}" if network else "")
    page.goto(page.url.split("?")[0] + query, wait_until="domcontentloaded")
    page.get_by_role("tab", name="Feature maps", exact=True).click(timeout=60_000)
    page.wait_for_function(f"() => {PAINTED}", timeout=180_000)


def spread(name: str, times: list[float], peer: list[float] | None, bar: str) -> None:
    ours = statistics.median(times[1:])  # the first warms up
    beside = (
        f", bare form {statistics.median(peer[1:]):.3f} s, ratio {ours / statistics.median(peer[1:]):.2f}"
        if peer
        else ""
    )
    print(f"{name}: ours {ours:.3f} s{beside} (bar {bar}; median of {RUNS})")


HOVER = """([selector, canvas]) => {
  const places = [...document.querySelectorAll(selector)].map((one) => one.getBoundingClientRect());
  const times = [];
  for (let at = 0; at < 200; at += 1) {
    const box = places[at % places.length];
    const x = box.left + (((at * 37) % 97) / 97) * box.width;
    const y = box.top + (((at * 53) % 89) / 89) * Math.min(box.height, 400);
    const target = canvas ? document.querySelector(selector) : document.elementFromPoint(x, y);
    const started = performance.now();
    if (target) target.dispatchEvent(new PointerEvent("pointermove", { clientX: x, clientY: y, bubbles: true }));
    document.body.offsetHeight;
    times.push(performance.now() - started);
  }
  return times.sort((a, b) => a - b);
}"""
CLICK = """async (index) => {
  const before = document.querySelector(".receipt")?.getAttribute("aria-label");
  const started = performance.now();
  document.querySelectorAll(".tile")[index].click();
  const done = () => {
    const card = document.querySelector(".receipt:not(.stale)");
    return card && card.getAttribute("aria-label") !== before && card.querySelector(".term canvas, .term .number");
  };
  while (!done()) await new Promise((resolve) => setTimeout(resolve, 4));
  await Promise.all(document.querySelector(".receipt").getAnimations().map((one) => one.finished));
  return (performance.now() - started) / 1000;
}"""


def in_the_browser(browser: Browser, paths: list[Path]) -> None:
    """What a visitor waits for, from the choice of a photograph to the painted maps."""
    ports = [free_port(), free_port()]
    ours, page, _ = served(["app.py", "--port", str(ports[0])], ports[0], browser, ".photo-column .wordmark")
    open_maps(page, "stage2.0.relu2")
    found = [label_time(page, path, PAINTED) for path in paths]
    another = []
    for layer in ("stage2.0.conv1", "stage1.0.add", "stage2.0.bn1", "stage2.0.add") * 2:
        before = page.evaluate(PAINTED)
        started = time.perf_counter()
        page.evaluate("(key) => document.querySelector(`.strip-layer[data-layer='${key}']`).click()", layer)
        page.wait_for_function(f"(before) => {PAINTED} !== before", arg=before)
        another.append(time.perf_counter() - started)
    hover_mosaic = page.evaluate(HOVER, [".mosaic", True])
    page.get_by_role("button", name="Whole network").click()
    page.wait_for_timeout(2000)
    hover_sheet = page.evaluate(HOVER, [".tile", False])
    clicks = [page.evaluate(CLICK, index) for index in range(RUNS + 1)]
    open_maps(page, "layer4.1.conv2", "torchvision/resnet18")
    many = [label_time(page, path, PAINTED) for path in paths]
    ours.terminate()
    ours.wait()
    peer, form, _ = served(
        ["benchmarks/bare_form.py", "maps", str(ports[1])], ports[1], browser, "button:has-text('Submit')"
    )

    def press() -> None:
        form.locator(".image-container img").first.wait_for()
        form.get_by_role("button", name="Submit").click()

    peer_times = []
    for path in paths:
        peer_times.append(label_time(form, path, FIGURE, press))
        form.get_by_role("button", name="Clear").click()
        form.locator("input[type=file]").first.wait_for(state="attached")
    peer.terminate()
    spread("photograph -> 64 maps", found, peer_times, "0.3 s and faster than the form")
    spread("photograph -> 512 maps (resnet18)", many, None, "1 s")
    spread("another layer of the same photograph", another, peer_times, "no new forward")
    spread("click on a map -> opened and settled", clicks, None, "0.5 s")
    for name, times in (("the mosaic", hover_mosaic), ("the sheet", hover_sheet)):
        print(f"hover over {name} -> drawn: median {times[100]:.1f} ms, worst of 200 {times[-1]:.1f} ms (bar 16 ms)")


def eight_at_once() -> None:
    """Eight programs ask for 64 maps at the same moment; when the last one has them."""
    import subprocess

    from gradio_client import Client, handle_file

    path = ROOT / "assets" / "examples"
    photo = next(iter(sorted(path.glob("*.png"))))
    results = {}
    for name, command, endpoint, arguments in (
        ("ours", ["app.py", "--port"], "/feature_maps", {"layer": "stage2.0.relu2"}),
        ("bare form", ["benchmarks/bare_form.py", "maps"], "/maps", {}),
    ):
        port = free_port()
        server = subprocess.Popen(
            [sys.executable, *command, str(port)], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            client = _client(Client, port)
            client.predict(handle_file(photo), api_name=endpoint, **arguments)
            clients = [_client(Client, port) for _ in range(VISITORS)]

            def ask(one: Any, endpoint: str = endpoint, arguments: dict[str, Any] = arguments) -> None:
                one.predict(handle_file(photo), api_name=endpoint, **arguments)

            started = time.perf_counter()
            with ThreadPoolExecutor(VISITORS) as pool:
                list(pool.map(ask, clients))
            results[name] = time.perf_counter() - started
        finally:
            server.terminate()
            server.wait()
    print(
        f"eight at once, the last has 64 maps after: ours {results['ours']:.2f} s, bare form "
        f"{results['bare form']:.2f} s, ratio {results['ours'] / results['bare form']:.2f} (bar 1.5 s)"
    )


def _client(kind: Any, port: int) -> Any:
    for _ in range(600):
        try:
            return kind(f"http://127.0.0.1:{port}", verbose=False, httpx_kwargs={"timeout": 300})
        except Exception:  # noqa: BLE001 -- it has not started yet, in whatever words httpx says it
            time.sleep(0.2)
    raise SystemExit(f"nothing answers on port {port}")


def memory() -> None:
    """A hundred visitors in a row, each with a photograph of their own, one store for all."""
    from explorer.ui.maps.tab import FeatureMaps
    from explorer.ui.networks.menu import Shelf
    from explorer.ui.store import Store
    from explorer.ui.uploads import Photograph, Photographs

    store = Store(64_000_000, 1800)
    shelf = Shelf(ROOT / "checkpoints", "cpu")
    shelf.start()
    maps = FeatureMaps(Photographs(store), shelf, store)
    rng = np.random.default_rng(0)

    def visit() -> None:
        image = rng.integers(0, 256, (480, 640, 3)).astype(np.uint8)
        photo = store.put(Photograph(image, "x.png", 640, 480), image.nbytes)
        token = maps.open_network({"photo": photo, "network": "compact"})["token"]
        layer = maps.layer_maps({"token": token, "layer": "stage2.0.relu2"})
        maps.open_unit({"token": token, "layer": layer["layer"], "channel": 3, "y": 2, "x": 2})

    for _ in range(15):
        visit()
    before = _resident_mb()
    for _ in range(100):
        visit()
    gc.collect()
    after = _resident_mb()
    print(f"100 visitors in a row: {before:.0f} MB -> {after:.0f} MB, {after / before:.2f} x (bar 1.3)")


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


def main(argv: list[str] | None = None) -> int:
    """Measure all, or one part."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--part", choices=("bytes", "browser", "visitors", "memory"))
    part = parser.parse_args(argv).part
    if part in (None, "bytes"):
        maps_to_bytes()
    if part in (None, "memory"):
        memory()
    if part in (None, "visitors"):
        eight_at_once()
    if part in (None, "browser"):
        with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium_path(), args=list(FLAGS))
            in_the_browser(browser, photographs(Path(folder)))
            browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
