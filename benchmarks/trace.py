"""What recording every operation of a forward costs beside the forward itself, and beside torchlens doing the same.

    python benchmarks/trace.py [--repeats 9] [--timm]

Twelve of torchvision's networks at 224 pixels (299 for Inception v3), on one thread; with --timm also the variants of
the sweep (tests/others/families.py) at their own sizes. Times are the process's own, taken in turn in the same run, so
that a busy machine slows all sides alike; each ratio is the median over the pairs. Bars: 1.25 × a plain forward in the
median over the twelve and 2.5 × at the most; 1.6 × in the median over the sweep's. torchlens is measured where it is
installed.
"""

import argparse
import statistics
import sys
import time
import warnings
from collections.abc import Callable, Iterator
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

Trace = Callable[[nn.Module, torch.Tensor], object]


def seconds(function: Callable[[], object]) -> float:
    """Of this process, which has one thread: what else the machine does is not counted."""
    start = time.process_time()
    function()
    return time.process_time() - start


def ratio(trace: Trace, model: nn.Module, batch: torch.Tensor, repeats: int) -> tuple[float, float]:
    """Milliseconds of a plain forward, and a trace's time over it."""

    def plain() -> object:
        with torch.no_grad():
            return model(batch)

    for _ in range(WARM_UP):
        plain(), trace(model, batch)
    pairs = [(seconds(plain), seconds(lambda: trace(model, batch))) for _ in range(repeats)]
    return statistics.median(one for one, _ in pairs) * 1e3, statistics.median(other / one for one, other in pairs)


def over(trace: Trace, networks: Iterator[tuple[str, nn.Module, torch.Tensor]], repeats: int, bars: str) -> None:
    """A line a network, with the median so far, which stays where a run is cut; then the median and the most of all."""
    ratios = []
    for name, model, batch in networks:
        plain_ms, found = ratio(trace, model, batch, repeats)
        ratios.append(found)
        so_far = statistics.median(ratios)
        print(f"{name:28} {plain_ms:8.1f} ms  {found:6.2f} ×  median so far {so_far:.2f} ×", flush=True)
    print(f"{statistics.median(ratios):.2f} × in the median, {max(ratios):.2f} × at the most ({bars})\n")


def of_torchvision() -> Iterator[tuple[str, nn.Module, torch.Tensor]]:
    for name in NETWORKS:
        side = SIZES.get(name, SIZE)
        yield name, torchvision.models.get_model(name, weights=None).eval(), torch.rand(1, 3, side, side)


def of_timm() -> Iterator[tuple[str, nn.Module, torch.Tensor]]:
    import timm

    from tests.others.families import NETWORKS as FAMILIES

    for name in FAMILIES:
        model = timm.create_model(name, pretrained=False).eval()
        yield name, model, torch.rand(1, *model.pretrained_cfg["input_size"])


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--timm", action="store_true")
    options = parser.parse_args(argv)
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    print(f"torch {torch.__version__}, one thread: a plain forward, and a trace over it")
    over(record_trace, of_torchvision(), options.repeats, "bars 1.25 and 2.5")
    if options.timm:
        over(record_trace, of_timm(), options.repeats, "bar 1.6 in the median")
    if find_spec("torchlens"):
        import torchlens  # last of all: it puts its own in the place of torch's functions, which slows whatever follows

        print(f"torchlens {torchlens.__version__}")
        over(torchlens.trace, of_torchvision(), options.repeats, "no bar")
    return 0


if __name__ == "__main__":
    sys.exit(main())
