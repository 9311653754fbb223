"""What a map of hidden pieces costs: ours, the plain way of a picture for each piece, and captum's Occlusion.

    python benchmarks/occlusion.py [--networks compact products resnet18 ...] [--rows 3] [--part 6] [--threads 1]

The ways take the same pieces of the page's default size, in turn in one run, in processor seconds; some of the map's
rows, spread over it, stand for all. The plain way is the network itself on a batch of whole pictures, a row at a time;
captum's time is that of a piece, of pieces side by side. All give the same numbers: logits of ours and of the plain
way within 1e-5 of their range, and a logit's fall that of captum. Networks of torchvision have random weights and
measured statistics.
"""

import argparse
import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import captum
import torch
import torchvision
from captum.attr import Occlusion

from benchmarks.classifier import in_turn
from explorer.checkpoint.file import Card
from explorer.networks.batch_norm import set_statistics
from explorer.predict import Classifier
from explorer.predict.explain import hidden_logits, hiding_starts
from explorer.preprocessing import Preprocessing

BARS = {"mobilenet_v3_large": 0.8, "efficientnet_b0": 0.8}  # behind a gate everything changes
USUAL_BAR = 0.5
USUAL_PART = 6  # of the page
CHECKPOINTS = [path.stem for path in sorted((ROOT / "checkpoints").glob("*.safetensors"))]


def classifier_called(name: str) -> Classifier:
    """A checkpoint, or a network of torchvision without training."""
    if name in CHECKPOINTS:
        return Classifier.load(ROOT / "checkpoints" / f"{name}.safetensors")
    torch.manual_seed(0)
    model = getattr(torchvision.models, name)().eval()
    set_statistics(model, torch.randn(4, 3, 224, 224))
    preprocessing = Preprocessing(size=224)
    return Classifier(model, Card(name, {"num_classes": 1000}, tuple(map(str, range(1000))), preprocessing))


def whole_pictures(model: torch.nn.Module, batch: torch.Tensor, patch: int, stride: int, row: int) -> torch.Tensor:
    """The plain way: (positions, classes)."""
    starts = hiding_starts(batch.shape[2], patch, stride)
    hidden = batch.repeat(len(starts), 1, 1, 1)
    for place, left in enumerate(starts):
        hidden[place, :, max(0, starts[row]) : starts[row] + patch, max(0, left) : left + patch] = 0
    with torch.inference_mode():
        return model(hidden)


def measured(name: str, rows: int, part: int) -> tuple[float, float]:
    """Our seconds for some of the page's rows, and captum's a piece, as shares of the plain way's."""
    classifier = classifier_called(name)
    size, channels = classifier.preprocessing.size, classifier.preprocessing.channels
    patch = round(size / part)
    stride = patch // 2
    starts = hiding_starts(size, patch, stride)
    chosen = [len(starts) * at // rows for at in range(rows)]
    batch = torch.randn(1, channels, size, size, generator=torch.Generator().manual_seed(0))

    def ours() -> list[torch.Tensor]:
        return [hidden_logits(classifier, batch, patch, stride, row) for row in chosen]

    def plain() -> list[torch.Tensor]:
        return [whole_pictures(classifier.model, batch, patch, stride, row) for row in chosen]

    ours_s, plain_s = map(min, in_turn(ours, plain, clock=time.process_time, runs=2))
    for own, right in zip(ours(), plain(), strict=True):
        apart = (own - right).abs().amax(1) / (right.amax(1) - right.amin(1))
        assert apart.max() <= 1e-5, apart
    return ours_s / plain_s, captums_seconds(classifier, batch, patch) * rows * len(starts) / plain_s


def captums_seconds(classifier: Classifier, batch: torch.Tensor, patch: int) -> float:
    """What captum takes for one piece, of pieces side by side, where its numbers are ours."""
    starts = hiding_starts(batch.shape[2], patch, patch)
    with torch.inference_mode():
        logits = classifier.model(batch)[0]
    target = int(logits.argmax())
    occlusion = Occlusion(lambda pictures: classifier.model(pictures)[:, target])
    window = (batch.shape[1], patch, patch)
    began = time.process_time()
    with torch.inference_mode():
        fallen = occlusion.attribute(batch, window, strides=window, perturbations_per_eval=len(starts))
    took = time.process_time() - began
    for row, top in enumerate(starts):
        own = float(logits[target]) - hidden_logits(classifier, batch, patch, patch, row)[:, target]
        apart = (own - fallen[0, 0, top, ::patch][: len(own)]).abs().max() / (logits.max() - logits.min())
        assert apart <= 1e-5, apart
    return took / len(fallen[0, 0, 0, ::patch]) ** 2  # it goes on to the edge


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    usual = ["compact", "products", "resnet18", "resnet50", "mobilenet_v3_large", "efficientnet_b0"]
    parser.add_argument("--networks", nargs="*", default=usual)
    parser.add_argument("--rows", type=int, default=3)
    parser.add_argument("--part", type=int, default=USUAL_PART, help="how often a piece goes into the picture's width")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    print(f"torch {torch.__version__}, captum {captum.__version__}; load {os.getloadavg()[0]:.1f}")
    print("network               ours / plain   bar    captum / plain")
    missed = 0
    for name in options.networks:
        ours, captums = measured(name, options.rows, options.part)
        bar = BARS.get(name, USUAL_BAR)
        missed += ours > bar
        print(f"{name:22}{ours:8.2f}{'   ' if ours <= bar else ' ! '}{bar:9.2f}{captums:14.2f}", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
