"""What a run leaves behind in words and numbers: the list of its files, its log, where its weights come from."""

import json
import os
import platform
import shutil
import subprocess
import sys
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import torch

from explorer.checkpoint.file import write_atomically
from explorer.settings import INSTALLED
from explorer.training import distributed
from explorer.training.engine import Learner
from explorer.training.material import Material
from explorer.training.options import Options
from explorer.training.scores import best_epoch


def say(text: str) -> None:
    """A line of progress on stderr, from the first process alone."""
    if distributed.rank() == 0:
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()


def provenance(options: Options, material: Material, learner: Learner, history: list[dict[str, Any]]) -> dict[str, Any]:
    """Where the weights come from; fit for JSON."""
    device = f"CPU, {torch.get_num_threads()} threads of {os.cpu_count()} cores, {processor()}"
    if learner.device.type == "cuda":
        device = f"{torch.cuda.get_device_name()}, {distributed.world_size()} of them"
    return {
        "command": "python -m explorer.training " + " ".join(sys.argv[1:]),
        "options": {**asdict(options), "data": list(options.data)},
        "commit": " and ".join(dict.fromkeys(line.get("commit", commit()) for line in history)),
        "device": device,
        "precision": str(learner.precision).removeprefix("torch."),
        "duration_s": round(sum(line["duration_s"] for line in history), 1),
        "epochs": len(history),
        "saved_epoch": best_epoch(history) if learner.kept else len(history),
        "seed": options.seed,
        "pictures": {"train": len(material.train[options.size]), "validation": len(material.validation)},
        "files_sha256": material.fingerprints(),
        "test": {found.source: found.record() for found in material.held_out},
        "versions": {"python": platform.python_version(), "torch": str(torch.__version__)},
    }


def processor() -> str:
    """Model of the CPU, as the system names it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())


@cache
def commit() -> str:
    """The commit of the code, with a plus sign where files were changed since; empty outside of git, and for a wheel.

    Asked once a process: a long run keeps its code, and may outlive the checkout that it came from.
    """
    git = shutil.which("git")
    if git is None or INSTALLED:  # a wheel may lie in another project's checkout
        return ""
    command = [git, "describe", "--always", "--dirty=+", "--abbrev=40", "--exclude=*"]
    asked = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=False)  # noqa: S603 - git itself, fixed words
    return asked.stdout.strip()


def write_files(path: Path, material: Material) -> None:
    """The pictures of each split with its hash: "which photographs were in that validation" has an answer."""
    hashes = material.fingerprints()
    lists = {
        split: {"sha256": hashes[split], "pictures": [f"{item.source}/{item.name}" for item in items]}
        for split, items in material.splits.items()
    }
    unread = [*material.train[max(material.train)].unread, *material.validation.unread]
    write_atomically(path, json.dumps({**lists, "unread": unread}, indent=1).encode())


def write_log(path: Path, history: list[dict[str, Any]]) -> None:
    """One JSON line an epoch."""
    write_atomically(path, "".join(json.dumps(line) + "\n" for line in history).encode())


def write_events(folder: Path, history: list[dict[str, Any]]) -> None:
    """The last epoch's numbers as TensorBoard events; an older package than asked for is said, not hidden."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        say("TensorBoard files were asked for, but there is no tensorboard package; pip install tensorboard.")
        return
    line = history[-1]
    with SummaryWriter(str(folder)) as writer:
        for name in ("loss", "gradient_norm", "rate"):
            writer.add_scalar(name, line[name], line["epoch"])
        for source, values in line["validation"].items():
            writer.add_scalar(f"top1/{source}", values["top1"], line["epoch"])


def summary(line: dict[str, Any], epochs: int) -> str:
    """One line for one epoch."""
    scores = "  ".join(f"{source} {values['top1']:.3f}" for source, values in line["validation"].items())
    return (
        f"epoch {line['epoch']}/{epochs}  {line['size']} px  loss {line['loss']:.3f}  {scores}  "
        f"{line['duration_s']:.0f} s"
    )


class ProgressBar:
    """How far an epoch is, on a terminal; silent elsewhere."""

    def __init__(self, title: str, width: int = 30) -> None:
        self.title, self.width = title, width
        self.shown = sys.stderr.isatty() and distributed.rank() == 0

    def show(self, share: float) -> None:
        """Draws the bar again."""
        if self.shown:
            bar = "#" * round(share * self.width)
            sys.stderr.write(f"\r{self.title} [{bar:<{self.width}}] {share:4.0%}")

    def clear(self) -> None:
        """Leaves the line to what comes."""
        if self.shown:
            sys.stderr.write("\r" + " " * (len(self.title) + self.width + 9) + "\r")
