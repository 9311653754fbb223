"""Claim: on a CPU with bfloat16, a training step of EfficientNet-Lite0 takes at most 0.7 of what it took before.

What is compared, in this very run, by processor time: the same step with the gradient of the depthwise convolutions in
bfloat16, as autocast takes it, and in float32, as `explorer.training.depthwise` does. Prints the ratio.
"""

import sys
import time
from pathlib import Path

import torch
from torch import nn

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from explorer.models import build_model
from explorer.training.depthwise import quicken_depthwise

SIZES, BATCH, RUNS = (128, 160), 32, 4


def main() -> int:
    torch.set_num_threads(1)
    ratios = []
    for size in SIZES:
        plain, quick = fastest(size, quicken=False), fastest(size, quicken=True)
        ratios.append(quick / plain)
        print(f"{size} px: {1000 * plain / BATCH:.1f} ms a picture before, {1000 * quick / BATCH:.1f} ms now")
    print(f"ratio {max(ratios):.2f} (claimed: at most 0.7 where the processor has bfloat16)")
    return 0 if max(ratios) <= 0.7 else 1


def fastest(size: int, *, quicken: bool) -> float:
    """Seconds of processor time of a forward and backward, the best of some."""
    torch.manual_seed(0)
    model = build_model("efficientnet_lite0", 33).to(memory_format=torch.channels_last).train()
    if quicken:
        quicken_depthwise(model)
    batch = torch.randn(BATCH, 3, size, size).contiguous(memory_format=torch.channels_last)
    labels = torch.randint(0, 33, (BATCH,))
    taken = []
    for _ in range(RUNS):
        started = time.process_time()
        with torch.autocast("cpu", torch.bfloat16):
            logits = model(batch)
        nn.functional.cross_entropy(logits.float(), labels).backward()
        taken.append(time.process_time() - started)
    return min(taken)


if __name__ == "__main__":
    sys.exit(main())
