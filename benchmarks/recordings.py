"""What a sparing recording of a photograph takes beside a whole one, and what a click on it costs.

    python benchmarks/recordings.py [NETWORK ...]

Both are asked in turn, in one run, through the page's own functions: a unit of every few layers opened, a layer's maps,
the way down to a pixel. Bars: 0.4 of the memory, 1.5 of the time. That both give the same bits is checked first.
"""

import argparse
import os
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import torch

from explorer.activations.tracer import record_trace
from explorer.ui.component import answering
from explorer.ui.maps.recording import record_network
from explorer.ui.maps.tab import FeatureMaps
from explorer.ui.networks.menu import Shelf
from explorer.ui.store import Store
from explorer.ui.uploads import Photographs

RUNS = 5
LAYERS = 12  # of a network, spread over its depth
KEPT = (10**10, 3600.0)  # bytes and seconds: nothing is let go


class Side:
    """A tab whose store holds one recording."""

    def __init__(self, photographs: Photographs, shelf: Shelf, recording: Any) -> None:
        store = Store(*KEPT)
        self._tab = FeatureMaps(photographs, shelf, store)
        self._token = store.put(recording, recording.n_bytes)

    def seconds(self, function: str, **request: Any) -> float:
        """How long an answer takes."""
        started = time.perf_counter()
        answer = answering(getattr(self._tab, function))({"token": self._token, **request})
        assert "ok" in answer, answer
        return time.perf_counter() - started


def compare(photographs: Photographs, shelf: Shelf, photo: str, name: str) -> None:
    """Print a line of the table."""
    network, image = shelf.network(name), photographs.get(photo).image
    spared = record_network(network, image)
    whole = replace(spared, trace=record_trace(network.model, spared.batch))
    for ours, right in zip(spared.trace.nodes, whole.trace.nodes, strict=True):
        assert torch.equal(spared.trace.output_of(ours), whole.trace.output_of(right)), ours.key
    sides = [Side(photographs, shelf, one) for one in (whole, spared)]
    keys = [layer.key for layer in spared.layers]
    keys = keys[:: max(1, len(keys) // LAYERS)]
    ratios = []
    for function in ("open_unit", "layer_maps", "way_down"):
        place = {} if function == "layer_maps" else {"channel": 0, "y": 0, "x": 0}
        totals = [0.0, 0.0]
        for key in keys:
            taken = [[side.seconds(function, layer=key, **place) for side in sides] for _ in range(RUNS)]
            totals = [total + min(times) for total, times in zip(totals, zip(*taken, strict=True), strict=True)]
        ratios.append(totals[1] / totals[0])
    megabytes = f"{whole.n_bytes / 1e6:.0f} | {spared.n_bytes / 1e6:.0f} | {spared.n_bytes / whole.n_bytes:.2f}"
    print(f"| {name} | {megabytes} | {' | '.join(f'{ratio:.2f}' for ratio in ratios)} |", flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("networks", nargs="*", default=["products", "compact", "torchvision/resnet50"])
    names = parser.parse_args().networks
    with tempfile.TemporaryDirectory() as folder:
        os.environ["GRADIO_TEMP_DIR"] = folder
        shelf, photographs = Shelf(ROOT / "checkpoints", "cpu"), Photographs(Store(*KEPT))
        shelf.start()
        photo = photographs.open_example({"or_first": True})["token"]
        print(
            "| network | whole, MB | sparing, MB | × | unit, × | maps, × | way down, × |\n|---|---|---|---|---|---|---|"
        )
        for name in names:
            compare(photographs, shelf, photo, name)


if __name__ == "__main__":
    main()
