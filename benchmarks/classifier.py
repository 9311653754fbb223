"""What the classifier's path costs, as ratios in one run: from a file to its top-5, in the shell, and over HTTP.

    python benchmarks/classifier.py [--part file|shell|http|clients|enlarged] [--photographs FOLDER...] [--many 1000]

The ways of every claim are run in turn. A file to its top-5 is measured in processor seconds of one thread, which a
busy machine distorts least; the shell and HTTP by the wall clock, on two threads. The last part enlarges every
photograph of the folders to 12 megapixels, or drawn ones where no folder is named, and compares its label by reduced
decoding with that by full decoding; it takes a second or two a photograph.
"""

import argparse
import contextlib
import io
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import gradio as gr
import httpx
import numpy as np
import torch
from PIL import Image

from explorer.classify import main as classify
from explorer.data import drawn
from explorer.image import open_upload
from explorer.predict import Classifier
from explorer.predict.many import photograph_paths
from explorer.settings import Settings
from explorer.ui.page import build_app, launch

LARGE = 12_000_000  # pixels
WORKING = (1600, 1200)
DRAWN = 6  # of each class
CLIENTS = 64


def in_turn(*functions: Callable[[], object], clock: Callable[[], float], runs: int) -> list[list[float]]:
    """The seconds that each function took in each run; all warm up once."""
    times: list[list[float]] = [[] for _ in functions]
    for run in range(runs + 1):
        for function, taken in zip(functions, times, strict=True):
            started = clock()
            function()
            if run:
                taken.append(clock() - started)
    return times


def large_jpeg(picture: Image.Image) -> bytes:
    """The picture with 12 megapixels in its own proportions."""
    scale = (LARGE / (picture.width * picture.height)) ** 0.5
    size = (round(picture.width * scale), round(picture.height * scale))
    buffer = io.BytesIO()
    picture.convert("RGB").resize(size, Image.Resampling.BICUBIC).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def reduced_decode(path: Path) -> np.ndarray:
    """The bare way: Pillow decodes at a fraction and makes the working size."""
    with Image.open(path) as opened:
        opened.draft("RGB", WORKING)
        return np.asarray(opened.resize(WORKING, Image.Resampling.HAMMING))


def full_decode(path: Path) -> np.ndarray:
    with Image.open(path) as opened:
        return np.asarray(opened.convert("RGB"))


def forward(classifier: Classifier, image: np.ndarray) -> torch.Tensor:
    with torch.inference_mode():
        return classifier.model(classifier.preprocessing(image))


def from_file_to_top_5(classifier: Classifier, folder: Path) -> None:
    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    path = folder / "large.jpg"
    path.write_bytes(large_jpeg(Image.fromarray(rng.integers(0, 256, (30, 40, 3)).astype(np.uint8))))
    ways = (
        lambda: classifier.top_k(open_upload(path), 5),
        lambda: forward(classifier, reduced_decode(path)),
        lambda: forward(classifier, full_decode(path)),
    )
    ours, reduced, full = map(min, in_turn(*ways, clock=time.process_time, runs=7))
    print(f"12-megapixel JPEG to its top-5: {ours * 1000:.0f} ms of one core")
    print(f"  {ours / reduced:.2f} × reduced decoding + forward ({reduced * 1000:.0f} ms); at most 1.25")
    print(f"  {full / ours:.2f} × faster than full decoding + resizing + forward ({full * 1000:.0f} ms); at least 2")


def in_the_shell(classifier: Classifier, folder: Path, count: int) -> None:
    """The whole command, its loading and its table too, against a loop that only decodes and runs the network."""
    torch.set_num_threads(2)
    rng = np.random.default_rng(1)
    pile = folder / "pile"
    pile.mkdir()
    for number in range(count):
        coarse = Image.fromarray(rng.integers(0, 256, (6, 8, 3)).astype(np.uint8))
        coarse.resize((320, 240), Image.Resampling.BICUBIC).save(pile / f"{number}.jpg", quality=85)
    paths = sorted(pile.iterdir())

    def ours() -> None:
        table = folder / "answers.csv"
        with contextlib.redirect_stderr(io.StringIO()):
            assert classify([str(pile), "--output", str(table)]) == 0
        assert len(table.read_text().splitlines()) == count + 1

    def bare() -> None:
        for start in range(0, count, 32):
            images = [classifier.preprocessing(full_decode(path)) for path in paths[start : start + 32]]
            with torch.inference_mode():
                classifier.model(torch.cat(images)).softmax(1).topk(3)

    rates = [count / statistics.median(taken) for taken in in_turn(ours, bare, clock=time.perf_counter, runs=3)]
    print(f"explorer.classify on {count} photographs, two threads: {rates[0]:.0f} a second, bare loop {rates[1]:.0f}")
    print(f"  {rates[0] / rates[1]:.2f} × its rate; at least 0.8")


def call_of(url: str, path: Path, *arguments: object) -> Callable[[], None]:
    """Upload and call, as bare HTTP."""
    api = f"{url.rstrip('/')}/gradio_api"
    client = httpx.Client(timeout=300, limits=httpx.Limits(keepalive_expiry=1))  # a server lets idle ones go

    def call() -> None:
        sent = client.post(f"{api}/upload", files={"files": (path.name, path.read_bytes())}).json()[0]
        event = client.post(f"{api}/call/classify", json={"data": [{"path": sent}, *arguments]}).json()["event_id"]
        assert client.get(f"{api}/call/classify/{event}").text.startswith("event: complete")

    return call


@contextlib.contextmanager
def two_servers() -> Iterator[tuple[str, str]]:
    """Our page, and a bare endpoint that takes the same file and gives as much JSON back."""

    def echo(photo: dict[str, Any]) -> dict[str, Any]:
        row = {"label": "x", "probability": 0.5, "logit": 1.5}
        return {
            "checkpoint": "products",
            "top_k": [row] * 5,
            "strangeness": 0.5,
            "is_strange": False,
            "size": len(photo),
        }

    with gr.Blocks() as bare:
        gr.api(echo, api_name="classify")
    page = build_app(Settings(port=0))
    try:
        ours = launch(page, Settings(port=0), prevent_thread_lock=True, quiet=True)[1]
        yield ours, bare.launch(prevent_thread_lock=True, quiet=True)[1]
    finally:
        page.close(verbose=False)
        bare.close(verbose=False)


def over_http(classifier: Classifier, folder: Path) -> None:
    torch.set_num_threads(2)
    path = folder / "small.jpg"
    Image.new("RGB", (640, 480), (120, 60, 30)).save(path, quality=90)
    batch = classifier.preprocessing(full_decode(path))

    def model() -> None:
        with torch.inference_mode():
            classifier.model(batch)

    def decode() -> None:
        classifier.preprocessing(full_decode(path))

    with two_servers() as (ours_at, bare_at):
        ways = (call_of(ours_at, path, "products", 5), call_of(bare_at, path), model, decode)
        taken = in_turn(*ways, clock=time.perf_counter, runs=40)
    ours, echo, run, read = map(statistics.median, taken)
    print(f"/classify over raw HTTP: {ours * 1000:.0f} ms; bare echo {echo * 1000:.0f} ms, forward {run * 1000:.0f} ms")
    print(f"  {ours / (echo + run):.2f} × echo + forward; at most 1.3")
    print(
        f"  {ours / (echo + run + read):.2f} × with decoding and preprocessing ({read * 1000:.0f} ms) counted as theirs"
    )


def many_clients(classifier: Classifier, folder: Path) -> None:
    """Labels a second of 64 clients at once, against a bare form with the same network in the same process."""
    torch.set_num_threads(2)
    path = folder / "small.jpg"
    Image.new("RGB", (640, 480), (120, 60, 30)).save(path, quality=90)

    def label(photo: dict[str, Any]) -> dict[str, float]:
        with torch.inference_mode():
            logits = classifier.model(classifier.preprocessing(full_decode(Path(photo["path"]))))[0]
        found = (logits / classifier.temperature).softmax(0).topk(5)
        return {classifier.classes[i]: p for i, p in zip(found.indices.tolist(), found.values.tolist(), strict=True)}

    with gr.Blocks() as bare:
        gr.api(label, api_name="classify")
    page = build_app(Settings(port=0))
    try:
        addresses = (launch(page, Settings(port=0), prevent_thread_lock=True, quiet=True)[1],
                     bare.launch(prevent_thread_lock=True, quiet=True)[1])  # fmt: skip
        with ThreadPoolExecutor(CLIENTS) as pool:

            def storm(calls: list[Callable[[], None]]) -> None:
                list(pool.map(lambda call: call(), calls * 3))

            arguments = (("products", 5), ())
            calls = [
                [call_of(url, path, *more) for _ in range(CLIENTS)]
                for url, more in zip(addresses, arguments, strict=True)
            ]
            ways = [partial(storm, each) for each in calls]
            ours, theirs = map(statistics.median, in_turn(*ways, clock=time.perf_counter, runs=3))
    finally:
        page.close(verbose=False)
        bare.close(verbose=False)
    rates = [3 * CLIENTS / took for took in (ours, theirs)]
    print(f"/classify, {CLIENTS} clients at once: {rates[0]:.1f} a second, a bare form {rates[1]:.1f}")
    print(f"  {theirs / ours:.2f} × its rate; at least 1.5")


def validation_pictures(folders: list[Path]) -> Iterator[tuple[str, Image.Image]]:
    """Every photograph of the folders, or drawn ones, with its name."""
    for name in sorted(photograph_paths(map(str, folders))):
        with Image.open(name) as opened:
            yield name, opened
    if not folders:
        for label in drawn.CLASSES:
            for number in range(DRAWN):
                seed = drawn.picture_seed(0, "validation", number)
                yield f"{label} {number}", Image.fromarray(drawn.draw(label, seed, 480))


def same_label_when_large(classifier: Classifier, folder: Path, folders: list[Path]) -> None:
    torch.set_num_threads(2)
    path = folder / "one.jpg"
    total = sum(1 for _ in photograph_paths(map(str, folders))) or DRAWN * len(drawn.CLASSES)
    others = []
    for number, (name, picture) in enumerate(validation_pictures(folders), start=1):
        path.write_bytes(large_jpeg(picture))
        reduced, full = (classifier.top_k(image, 1)[0] for image in (open_upload(path), full_decode(path)))
        if reduced.label != full.label:
            others.append(
                f"{name}: {reduced.label} {reduced.probability:.3f}, fully decoded {full.label} {full.probability:.3f}"
            )
        sys.stderr.write(f"\r{number} of {total} photographs enlarged, {len(others)} with another label ")
    sys.stderr.write("\n")
    kind = "photographs" if folders else "drawn pictures"
    print(f"the same first label by reduced and by full decoding: {total - len(others)} of {total} enlarged {kind}")
    print("".join(f"  {line}\n" for line in others), end="")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument(
        "--part", choices=("file", "shell", "http", "clients", "enlarged"), help="one claim instead of all"
    )
    parser.add_argument("--photographs", type=Path, nargs="+", default=[], help="folders of photographs to enlarge")
    parser.add_argument("--many", type=int, default=1000, help="photographs for the shell (default: %(default)s)")
    options = parser.parse_args()
    processor = platform.processor() or platform.machine()
    print(f"{platform.node()}, {processor}, Python {platform.python_version()}, torch {torch.__version__}")
    classifier = Classifier.load(Settings().checkpoints / "products.safetensors")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        parts = {
            "file": lambda: from_file_to_top_5(classifier, folder),
            "shell": lambda: in_the_shell(classifier, folder, options.many),
            "http": lambda: over_http(classifier, folder),
            "clients": lambda: many_clients(classifier, folder),
            "enlarged": lambda: same_label_when_large(classifier, folder, options.photographs),
        }
        for part in [options.part] if options.part else parts:
            parts[part]()


if __name__ == "__main__":
    main()
