"""Weights from a `.pth` file, for use on the page: `python -m explorer.checkpoint convert WEIGHTS.pth OUT.safetensors`.

Meant for home: the page and the service read safetensors alone. Only tensors are read (`weights_only`), so a file that
wants to run code is refused.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save as write_safetensors

from explorer.checkpoint.file import canonical_json, write_atomically
from explorer.errors import CheckpointError, ExplorerError

_NESTED = ("state_dict", "model_state_dict", "model", "net")  # where training scripts keep the weights


def convert(source: Path, target: Path, classes: Sequence[str] = ()) -> int:
    """Writes the tensors of a `.pth` file as safetensors; gives how many there are.

    Names lose a leading "module."; `classes` go into the metadata, where the page finds them.

    Raises:
        CheckpointError: no such file, no weights in it, or something in it that is no tensor.
    """
    tensors = {
        name.removeprefix("module."): tensor.detach().contiguous().clone() for name, tensor in _tensors(source).items()
    }
    metadata = {"format": "pt"} | ({"classes": canonical_json(list(classes))} if classes else {})
    write_atomically(target, write_safetensors(tensors, metadata))
    return len(tensors)


def main(argv: Sequence[str] | None = None) -> int:
    """The command. 0, or 2 for what the caller can put right."""
    parser = argparse.ArgumentParser(prog="python -m explorer.checkpoint", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    command = commands.add_parser("convert", help="write the tensors of a .pth file as safetensors")
    command.add_argument("source", type=Path, metavar="WEIGHTS.pth")
    command.add_argument("target", type=Path, metavar="OUT.safetensors")
    command.add_argument("--classes", default="", help="class names in the order of the logits, separated by commas")
    options = parser.parse_args(argv)
    try:
        names = [name.strip() for name in options.classes.split(",") if name.strip()]
        count = convert(options.source, options.target, names)
    except ExplorerError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(f"{options.target}: {count} tensors\n")
    return 0


def _tensors(source: Path) -> dict[str, torch.Tensor]:
    """Name -> tensor, from the file itself or from where training scripts put them."""
    try:
        found: Any = torch.load(source, map_location="cpu", weights_only=True)
    except Exception as error:
        reason = str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
        raise CheckpointError(f"{source} holds no weights that can be read safely: {reason}") from error
    for key in _NESTED:
        if isinstance(found, Mapping) and isinstance(found.get(key), Mapping):
            found = found[key]
            break
    if not isinstance(found, Mapping) or not found:
        raise CheckpointError(f"{source} holds a {type(found).__name__}; a state_dict (names and tensors) is expected.")
    odd = [str(name) for name, value in found.items() if not isinstance(value, torch.Tensor)]
    if odd:
        raise CheckpointError(
            f"{source} holds more than tensors ({', '.join(odd[:3])}); save model.state_dict() alone."
        )
    return {str(name): tensor for name, tensor in found.items()}
