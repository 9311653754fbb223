"""What recording every operation of a forward costs beside the forward itself, and beside torchlens doing the same.

    python benchmarks/trace.py [--repeats 9] [--timm]

Twelve of torchvision's networks at 224 pixels (299 for Inception v3), on one thread; with --timm also the variants of
the sweep (tests/others/families.py) at their own sizes. Times are taken in turn in the same run, so that a busy machine
slows all sides alike; each ratio is the median over the pairs. Bars: 1.25 × a plain forward in the median over the
twelve and 2.5 × at the most; 1.6 × in the median over the sweep's. torchlens is measured where it is installed.
"""

import argparse
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import torch
import torchvision
from torch import nn

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from explorer.activations.tracer import record_trace

NETWORKS = (
    "alexnet", "vgg16", "resnet18", "resnet50", "densenet121", "googlenet", "inception_v3", "squeezenet1_1",
    "shufflenet_v2_x1_0", "mobilenet_v3_small", "efficientnet_b0", "convnext_tiny",
)  # fmt: skip
SIZE, SIZES = 224, {"inception_v3": 299}
WARM_UP = 2


def seconds(function: Callable[[], object]) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def measured(model: nn.Module, batch: torch.Tensor, repeats: int) -> tuple[float, float, float | None]:
    """Milliseconds of a plain forward, then our trace's and torchlens's ratio to it."""

    def plain() -> object:
        with torch.no_grad():
            return model(batch)

    others: list[Callable[[], object]] = [lambda: record_trace(model, batch)]
    if find_spec("torchlens"):
        import torchlens

        others.append(lambda: torchlens.log_forward_pass(model, batch, layers_to_save="all"))
    for _ in range(WARM_UP):
        for function in (plain, *others):
            function()
    times = [[seconds(function) for function in (plain, *others)] for _ in range(repeats)]
    ratios = [statistics.median(row[at] / row[0] for row in times) for at in range(1, len(others) + 1)]
    return statistics.median(row[0] for row in times) * 1e3, ratios[0], ratios[1] if len(ratios) > 1 else None


def report(name: str, plain_ms: float, ours: float, theirs: float | None) -> None:
    print(f"{name:28} {plain_ms:8.1f} {ours:7.2f} {'' if theirs is None else f'{theirs:10.2f}'}", flush=True)


def of_torchvision(repeats: int) -> None:
    ratios = []
    for name in NETWORKS:
        side = SIZES.get(name, SIZE)
        model = torchvision.models.get_model(name, weights=None).eval()
        plain_ms, ours, theirs = measured(model, torch.rand(1, 3, side, side), repeats)
        ratios.append(ours)
        report(name, plain_ms, ours, theirs)
    print(f"ours: {statistics.median(ratios):.2f} in the median (bar 1.25), {max(ratios):.2f} at most (bar 2.5)")


def of_timm(repeats: int) -> None:
    import timm

    from tests.others.families import NETWORKS as FAMILIES

    ratios = []
    for name in FAMILIES:
        model = timm.create_model(name, pretrained=False).eval()
        plain_ms, ours, theirs = measured(model, torch.rand(1, *model.pretrained_cfg["input_size"]), repeats)
        ratios.append(ours)
        report(name, plain_ms, ours, theirs)
    print(f"ours: {statistics.median(ratios):.2f} in the median over {len(ratios)} networks (bar 1.6)")


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--timm", action="store_true")
    options = parser.parse_args(argv)
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    print(f"torch {torch.__version__}, one thread\n{'network':28} plain ms   trace  torchlens")
    of_torchvision(options.repeats)
    if options.timm:
        of_timm(options.repeats)
    return 0


if __name__ == "__main__":
    sys.exit(main())
