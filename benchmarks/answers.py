"""Many photographs in the shell against the same command of another checkout, and the network's twin by itself.

    python benchmarks/answers.py [--before CHECKOUT] [--photographs FOLDER...] [--many 500] [--checkpoint compact ...]
                                 [--threads 2] [--clock perf_counter|process_time]

With --before both checkouts answer the same photographs by the same checkpoint file, in turn, each in a process of its
own that has loaded everything; rates are by the wall clock, or in processor seconds, which a busy machine distorts
less. What they answered is compared: labels, probabilities, and in bfloat16 the first labels. The twin's part compares
forwards, in turn too.
"""

import argparse
import csv
import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import numpy as np
import torch
from PIL import Image

from benchmarks.classifier import in_turn
from explorer.networks.twin import bfloat16_refused, twin_of
from explorer.predict import Classifier
from explorer.predict.many import photograph_paths

WORKER = """
import contextlib, io, json, sys, time, torch
torch.set_num_threads(int(sys.argv[1]))
from explorer.classify import main
for line in sys.stdin:
    with contextlib.redirect_stderr(io.StringIO()):
        clock = getattr(time, sys.argv[2])
        began = clock()
        status = main(json.loads(line))
        took = clock() - began
    assert status == 0, status
    print(took, flush=True)
"""


class Checkout:
    """A process that runs `explorer.classify` of one checkout as often as it is asked."""

    def __init__(self, folder: Path, threads: int, clock: str) -> None:
        environment = {**os.environ, "PYTHONPATH": str(folder), "OMP_NUM_THREADS": str(threads)}
        command = [sys.executable, "-c", WORKER, str(threads), clock]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=folder, env=environment)

    def seconds(self, *arguments: str) -> float:
        """How long the command takes with these arguments."""
        self._process.stdin.write(json.dumps(arguments) + "\n")
        self._process.stdin.flush()
        return float(self._process.stdout.readline())

    def close(self) -> None:
        """End the process."""
        self._process.stdin.close()
        self._process.wait()


def drawn_pile(folder: Path, count: int) -> Path:
    rng = np.random.default_rng(1)
    pile = folder / "pile"
    pile.mkdir()
    for number in range(count):
        coarse = Image.fromarray(rng.integers(0, 256, (6, 8, 3)).astype(np.uint8))
        coarse.resize((320, 240), Image.Resampling.BICUBIC).save(pile / f"{number}.jpg", quality=85)
    return pile


def table(path: Path) -> dict[str, dict[str, str]]:
    text = path.read_text("utf-8-sig")
    return {row["file"]: row for row in csv.DictReader(io.StringIO(text, newline=""))}


def compared(own: Path, other: Path) -> str:
    """What two tables have in common."""
    rows, others = table(own), table(other)
    assert rows.keys() == others.keys()
    same = sum(row["label_1"] == others[file]["label_1"] for file, row in rows.items())
    apart = max(abs(float(row["probability_1"]) - float(others[file]["probability_1"])) for file, row in rows.items())
    return f"first labels equal on {same} of {len(rows)} ({same / len(rows):.2%}), probabilities within {apart:.1g}"


def in_the_shell(photographs: list[str], checkpoint: Path, folder: Path, options: argparse.Namespace) -> None:
    listed = folder / "listed"
    listed.mkdir(exist_ok=True)
    for number, path in enumerate(photographs):
        link = listed / f"{number:06}{Path(path).suffix}"
        if not link.exists():
            link.symlink_to(path)
    old, new = (Checkout(one, options.threads, options.clock) for one in (options.before.resolve(), ROOT))
    command = [str(listed), "--checkpoint", str(checkpoint)]
    ways = {"before": (old, []), "float32": (new, [])}
    if not bfloat16_refused("cpu"):
        ways["bfloat16"] = (new, ["--precision", "bfloat16"])
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for run in range(options.runs + 1):
        for name, (checkout, more) in ways.items():
            took = checkout.seconds(*command, "--output", str(folder / f"{name}.csv"), *more)
            if run:
                taken[name].append(len(photographs) / took)
    rates = {name: statistics.median(one) for name, one in taken.items()}
    of = f"{len(photographs)} photographs, {options.threads} threads, by {options.clock}"
    print(f"explorer.classify, {checkpoint.stem}, {of}")
    print(f"  before {rates['before']:.0f} a second")
    for name, least in (("float32", 1.3), ("bfloat16", 2.2)):
        if name in rates:
            print(
                f"  {name} {rates[name]:.0f} a second, {rates[name] / rates['before']:.2f} × its rate; at least {least}"
            )
            print(f"    {compared(folder / f'{name}.csv', folder / 'before.csv')}")
    old.close()
    new.close()


def the_twin(checkpoint: Path, threads: int) -> None:
    """Forwards of the network, its twin and its twin in bfloat16, at a picture and at a batch of 32."""
    torch.set_num_threads(threads)
    classifier = Classifier.load(checkpoint)
    size, channels = classifier.preprocessing.size, classifier.preprocessing.channels
    for count in (1, 32):
        batch = torch.randn(count, channels, size, size, generator=torch.Generator().manual_seed(0))
        report(checkpoint.stem, classifier, batch)


def report(name: str, classifier: Classifier, batch: torch.Tensor) -> None:
    """Print what the twin gains on a batch."""
    ways = [
        lambda: classifier.model(batch),
        lambda: classifier.answers(batch),
        lambda: twin_of(classifier.model, batch),
    ]
    if not bfloat16_refused("cpu"):
        ways.append(lambda: classifier.answers(batch, rounded=True))
    with torch.inference_mode():
        taken = in_turn(*ways, clock=time.perf_counter, runs=7)
        own, other = classifier.model(batch), classifier.answers(batch)
    network, twin, looked_up, *rounded = map(statistics.median, taken)
    apart = float((own - other).abs().max() / (own.max() - own.min()))
    print(f"{name}, {len(batch)} at a time: {network / twin:.2f} × as fast by its twin ({1000 * twin:.1f} ms, of which")
    print(f"  {1000 * looked_up:.1f} to see that nothing changed), logits within {apart:.1g} of their range")
    for one in rounded:
        print(f"  {network / one:.2f} × in bfloat16")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--before", type=Path, help="a checkout of another commit; without it only the twin runs")
    parser.add_argument("--photographs", nargs="*", default=[])
    parser.add_argument("--many", type=int, default=500)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--clock", choices=("perf_counter", "process_time"), default="perf_counter")
    parser.add_argument("--checkpoint", nargs="*", default=["compact"])
    options = parser.parse_args()
    print(f"torch {torch.__version__}; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    for name in options.checkpoint:
        checkpoint = ROOT / "checkpoints" / f"{name}.safetensors"
        the_twin(checkpoint, options.threads)
        if options.before:
            with tempfile.TemporaryDirectory() as place:
                folder = Path(place)
                pile = options.photographs or [str(drawn_pile(folder, options.many))]
                found = list(islice(photograph_paths(pile), options.many))
                in_the_shell(found, checkpoint, folder, options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
