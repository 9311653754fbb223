"""What the classifier's path costs, as ratios in one run: from a file to its top-5, over HTTP, and in the shell.

    python benchmarks/classifier.py [--photographs FOLDER] [--many 1000]

Times of the first and last claim are processor seconds of this process with one thread, which a busy machine distorts
least; over HTTP they are wall time, both servers in turn. With --photographs each file in the folder is also enlarged
to 12 megapixels, and its label by reduced decoding compared with that by full decoding.
"""

import argparse
import io
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import gradio as gr
import numpy as np
import torch
from gradio_client import Client, handle_file
from PIL import Image

from explorer.classify import Options, answers
from explorer.image import open_upload
from explorer.many import walk
from explorer.predict import Classifier
from explorer.settings import Settings
from explorer.ui.page import build_app, launch

LARGE = (4000, 3000)
WORKING = (1600, 1200)


def least(measured: Callable[[], object], clock: Callable[[], float], runs: int = 7) -> float:
    """The shortest of several runs, in seconds; the first one warms up."""
    measured()
    times = []
    for _ in range(runs):
        started = clock()
        measured()
        times.append(clock() - started)
    return min(times)


def large_jpeg(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.convert("RGB").resize(LARGE, Image.Resampling.BICUBIC).save(buffer, "JPEG", quality=90)
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
    rng = np.random.default_rng(0)
    path = folder / "large.jpg"
    coarse = Image.fromarray(rng.integers(0, 256, (30, 40, 3)).astype(np.uint8))
    path.write_bytes(large_jpeg(coarse))
    clock = time.process_time
    ours = least(lambda: classifier.top_k(open_upload(path), 5), clock)
    reduced = least(lambda: forward(classifier, reduced_decode(path)), clock)
    full = least(lambda: forward(classifier, full_decode(path)), clock)
    print(f"12-megapixel JPEG to its top-5: {ours * 1000:.0f} ms of one core")
    print(f"  against reduced decoding + forward ({reduced * 1000:.0f} ms): {ours / reduced:.2f} ×, at most 1.25")
    print(
        f"  against full decoding + resizing + forward ({full * 1000:.0f} ms): {full / ours:.2f} × faster, at least 2"
    )


def same_label_when_large(classifier: Classifier, photographs: Path, folder: Path) -> None:
    paths = sorted(walk([str(photographs)]))
    path = folder / "one.jpg"
    same = 0
    for name in paths:
        with Image.open(name) as opened:
            path.write_bytes(large_jpeg(opened))
        labels = {classifier.top_k(image, 1)[0].label for image in (open_upload(path), full_decode(path))}
        same += len(labels) == 1
    print(f"the same first label by reduced and by full decoding: {same} of {len(paths)} enlarged photographs")


def over_http(classifier: Classifier, folder: Path) -> None:
    """Our endpoint against a bare one that takes the same file and gives as much JSON back, plus the forward."""
    path = folder / "small.jpg"
    Image.new("RGB", (640, 480), (120, 60, 30)).save(path, quality=90)

    def echo(photo: dict[str, Any]) -> dict[str, Any]:
        return {
            "checkpoint": "products",
            "top_k": [{"label": "x", "probability": 0.5, "logit": 1.5}] * 5,
            "size": len(photo),
        }

    with gr.Blocks() as bare:
        gr.api(echo, api_name="classify")
    settings = Settings(port=0)
    page = build_app(settings)
    urls = [launch(page, settings, prevent_thread_lock=True, quiet=True)[1]]
    urls.append(bare.launch(prevent_thread_lock=True, quiet=True, server_port=None)[1])
    clients = [Client(url, verbose=False) for url in urls]
    times: list[list[float]] = [[], []]
    for _ in range(25):
        for client, kept in zip(clients, times, strict=True):
            started = time.perf_counter()
            client.predict(photo=handle_file(path), api_name="/classify")
            kept.append(time.perf_counter() - started)
    ours, peer = (statistics.median(kept[5:]) for kept in times)
    work = least(lambda: forward(classifier, reduced_decode(path)), time.perf_counter)
    print(
        f"/classify over HTTP: {ours * 1000:.0f} ms; bare echo {peer * 1000:.0f} ms "
        f"+ decode and forward {work * 1000:.0f} ms"
    )
    print(f"  {ours / (peer + work):.2f} ×, at most 1.3")
    page.close(verbose=False)
    bare.close(verbose=False)


def in_the_shell(classifier: Classifier, folder: Path, count: int) -> None:
    rng = np.random.default_rng(1)
    pile = folder / "pile"
    pile.mkdir()
    for number in range(count):
        coarse = Image.fromarray(rng.integers(0, 256, (6, 8, 3)).astype(np.uint8))
        coarse.resize((320, 240), Image.Resampling.BICUBIC).save(pile / f"{number}.jpg", quality=85)
    paths = [str(path) for path in sorted(pile.iterdir())]

    def bare() -> None:
        for start in range(0, count, 32):
            images = []
            for path in paths[start : start + 32]:
                with Image.open(path) as opened:
                    images.append(classifier.preprocessing(np.asarray(opened.convert("RGB"))))
            with torch.inference_mode():
                classifier.model(torch.cat(images)).softmax(1).topk(3)

    def ours() -> None:
        assert sum(1 for _ in answers(classifier, paths, Options(()))) == count

    rates = [count / least(run, time.process_time, runs=2) for run in (ours, bare)]
    walls = [count / least(run, time.perf_counter, runs=2) for run in (ours, bare)]
    print(f"explorer.classify on {count} photographs: {rates[0]:.0f} a processor second; bare loop {rates[1]:.0f}")
    print(f"  {rates[0] / rates[1]:.2f} × its rate, at least 0.8 ({walls[0] / walls[1]:.2f} × by the wall clock)")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--photographs", type=Path, help="a folder whose photographs are enlarged and compared")
    parser.add_argument("--many", type=int, default=1000)
    options = parser.parse_args()
    machine = platform.processor() or platform.machine()
    print(f"{machine}, Python {platform.python_version()}, torch {torch.__version__}, one thread")
    torch.set_num_threads(1)
    classifier = Classifier.load(Settings().checkpoints / "products.safetensors")
    with tempfile.TemporaryDirectory() as name:
        from_file_to_top_5(classifier, Path(name))
        in_the_shell(classifier, Path(name), options.many)
        over_http(classifier, Path(name))
        if options.photographs:
            same_label_when_large(classifier, options.photographs, Path(name))


if __name__ == "__main__":
    main()
