"""What recording costs beside a plain forward, and what opening a unit costs once it is recorded.

    python benchmarks/activations.py [--threads 2] [--repeats 15]

Everything is a ratio of times taken in turn in the same run, so that a busy machine slows both sides alike; medians.
Bars: all leaves at most 1.3 × a plain forward (median over the networks); one layer at most its share of the forward
+ 0.05; a unit of ResNet-50's widest layer opened from a kept trace at most 0.5 × a plain forward.
"""

import argparse
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import torch
import torchvision
from torch import nn

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from explorer.activations import record
from explorer.activations.receptive_field import ReceptiveFields
from explorer.activations.tracer import record_trace
from explorer.receipts.opening import open_traced

NETWORKS = ("resnet18", "resnet50", "vgg16", "mobilenet_v3_large", "efficientnet_b0")
SIZE = 224


def seconds(function: Callable[[], object]) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def ratios(function: Callable[[], object], plain: Callable[[], object], repeats: int) -> tuple[float, float]:
    """Median of function / plain, each pair taken one after the other, and the median of the plain time."""
    for _ in range(3):
        plain(), function()
    pairs = [(seconds(plain), seconds(function)) for _ in range(repeats)]
    return statistics.median(second / first for first, second in pairs), statistics.median(first for first, _ in pairs)


def plain_forward(model: nn.Module, batch: torch.Tensor) -> Callable[[], object]:
    def run() -> object:
        with torch.no_grad():
            return model(batch)

    return run


def share_of(model: nn.Module, batch: torch.Tensor, layer: str, repeats: int) -> float:
    """The share of a plain forward that has passed when `layer` has its output, timed by a hook on the network."""
    marks: list[float] = []
    handle = model.get_submodule(layer).register_forward_hook(lambda *_: marks.append(time.perf_counter()))
    shares = []
    for _ in range(repeats):
        start = time.perf_counter()
        plain_forward(model, batch)()
        end = time.perf_counter()
        shares.append((marks[-1] - start) / (end - start))
    handle.remove()
    return statistics.median(shares)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=15)
    options = parser.parse_args(argv)
    torch.set_num_threads(options.threads)
    warnings.simplefilter("ignore")
    everything = []
    print(f"torch {torch.__version__}, {options.threads} threads, pictures of {SIZE} x {SIZE}")
    print("network              plain ms   all leaves   whole trace   one layer   its share   trace MB")
    for name in NETWORKS:
        model, batch = torchvision.models.get_model(name, weights=None).eval(), torch.rand(1, 3, SIZE, SIZE)
        plain = plain_forward(model, batch)
        leaves, plain_s = ratios(lambda m=model, b=batch: record(m, b), plain, options.repeats)
        trace, _ = ratios(lambda m=model, b=batch: record_trace(m, b), plain, options.repeats)
        keys = [one.key for one in record(model, batch)]
        layer = next(key for key in keys[len(keys) // 2 :] if ":" not in key)
        single, _ = ratios(lambda m=model, b=batch, key=layer: record(m, b, [key]), plain, options.repeats)
        share, size_mb = share_of(model, batch, layer, options.repeats), record_trace(model, batch).size_bytes / 1e6
        everything.append(leaves)
        print(
            f"{name:20} {plain_s * 1e3:8.1f} {leaves:12.2f} {trace:13.2f} {single:11.2f} {share:11.2f} {size_mb:10.1f}"
        )
    print(f"all leaves, median over the networks: {statistics.median(everything):.2f} x a plain forward (bar 1.30)")
    opened(options.repeats)
    return 0


def opened(repeats: int) -> None:
    """Units of ResNet-50's widest layer, and the receptive fields of all units, from a kept trace."""
    model, batch = torchvision.models.resnet50(weights=None).eval(), torch.rand(1, 3, SIZE, SIZE)
    plain, trace = plain_forward(model, batch), record_trace(model, batch)
    widest = max((node for node in trace.nodes if node.operation == "conv2d"), key=lambda node: node.shape[1])
    longest = max(
        (node for node in trace.nodes if node.operation == "conv2d"), key=lambda node: node.args[1][0].numel()
    )
    for what, node in (("widest layer", widest), ("longest sum", longest)):
        place = (node.shape[1] - 1, node.shape[2] // 2, node.shape[3] // 2)
        terms = len(open_traced(trace, node.key, *place).terms)
        ratio, _ = ratios(lambda key=node.key, at=place: open_traced(trace, key, *at).as_dict(), plain, repeats)
        print(f"a unit of resnet50's {what}, {node.key}, {terms} terms: {ratio:.3f} x a plain forward (bar 0.5)")
    ratio, _ = ratios(lambda: ReceptiveFields(trace), plain, repeats)
    print(f"receptive fields of every unit of resnet50: {ratio:.2f} x a plain forward, once a photograph")


if __name__ == "__main__":
    sys.exit(main())
