r"""Weights from a `.pth` file, for use here: `python -m explorer.checkpoint convert WEIGHTS.pth OUT.safetensors`.

With `--network NAME`, published weights of that network become a whole checkpoint of ours, with its card:

    python -m explorer.checkpoint convert efficientnet-lite0-57934424.pth checkpoints/imagenet.safetensors \
        --network efficientnet_lite0 --classes imagenet

Meant for home: the page and the service read safetensors alone. Only tensors are read (`weights_only`), so a file that
wants to run code is refused.
"""

import argparse
import hashlib
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save as write_safetensors

from explorer.checkpoint.file import Card, canonical_json, save, write_atomically
from explorer.checkpoint.published import IMAGENET, block_places, distinct_names, lite_name, published_preprocessing
from explorer.errors import CheckpointError, ExplorerError
from explorer.models import build_model
from explorer.models.efficientnet_lite import EfficientNetLite

_NESTED = ("state_dict", "model_state_dict", "model", "net")  # where training scripts keep the weights


def convert(source: Path, target: Path, classes: Sequence[str] = ()) -> int:
    """Writes the tensors of a `.pth` file as safetensors; gives how many there are.

    Names lose a leading "module."; `classes` go into the metadata, where the page finds them.

    Raises:
        CheckpointError: no such file, no weights in it, or something in it that is no tensor.
    """
    tensors = _plain_names(source)
    metadata = {"format": "pt"} | ({"classes": canonical_json(list(classes))} if classes else {})
    write_atomically(target, write_safetensors(tensors, metadata))
    return len(tensors)


def convert_published(source: Path, target: Path, network: str, classes: Sequence[str], command: str = "") -> int:
    """Writes published weights as a checkpoint of ours, rounded to float16; gives how many tensors there are.

    The card says where they come from: the file's name and its SHA-256, and the command.

    Raises:
        CheckpointError: no such file, or weights that are not of this network; the first that does not fit is named.
        ModelError: an unknown network.
    """
    preprocessing = published_preprocessing(network)
    model = build_model(network, len(classes))
    places = block_places(model) if isinstance(model, EfficientNetLite) else []
    tensors = {lite_name(name, places): tensor for name, tensor in _plain_names(source).items()}
    expected = model.state_dict()
    for name in [*(expected.keys() - tensors.keys()), *(tensors.keys() - expected.keys())]:
        if not name.endswith("num_batches_tracked"):
            where = "is missing" if name in expected else "is none of its tensors"
            raise CheckpointError(
                f"{source.name} does not hold the weights of {network} for these classes: {name} {where}."
            )
    wrong = next((name for name, tensor in tensors.items() if tensor.shape != expected[name].shape), None)
    if wrong is not None:
        shapes = f"{tuple(tensors[wrong].shape)}, and {tuple(expected[wrong].shape)} was expected"
        raise CheckpointError(f"{source.name} does not hold the weights of {network}: {wrong} has the shape {shapes}.")
    model.load_state_dict({**expected, **tensors})
    arguments = {"num_classes": len(classes), "in_channels": preprocessing.channels}
    origin = {
        "note": "trained on ImageNet by its authors; converted by this project",
        "source": source.name,
        "source_sha256": hashlib.sha256(source.read_bytes()).hexdigest(),
        "command": command,
    }
    save(target, model, Card(network, arguments, tuple(classes), preprocessing, provenance=origin))
    return len(expected)


def imagenet_classes() -> list[str]:
    """ImageNet's 1,000 class names as torchvision has them, the second of two that are equal numbered."""
    from torchvision.models import ResNet18_Weights  # loads torchvision

    return list(distinct_names(ResNet18_Weights.DEFAULT.meta["categories"]))


def main(argv: Sequence[str] | None = None) -> int:
    """The command. 0, or 2 for what the caller can put right."""
    parser = argparse.ArgumentParser(prog="python -m explorer.checkpoint", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    command = commands.add_parser("convert", help="write the tensors of a .pth file as safetensors")
    command.add_argument("source", type=Path, metavar="WEIGHTS.pth")
    command.add_argument("target", type=Path, metavar="OUT.safetensors")
    command.add_argument(
        "--classes", default="", help=f"names in the order of the logits, separated by commas; {IMAGENET}: its 1,000"
    )
    command.add_argument("--network", default="", help="published weights of this network: write a whole checkpoint")
    options = parser.parse_args(argv)
    try:
        names = [name.strip() for name in options.classes.split(",") if name.strip()]
        names = imagenet_classes() if names == [IMAGENET] else names
        if options.network:
            count = convert_published(options.source, options.target, options.network, names, _command(options))
        else:
            count = convert(options.source, options.target, names)
    except ExplorerError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(f"{options.target}: {count} tensors\n")
    return 0


def _command(options: argparse.Namespace) -> str:
    """What converts this file again, without the folders of this machine."""
    words = ["convert", options.source.name, options.target.name, "--network", options.network]
    return " ".join(["python -m explorer.checkpoint", *words, "--classes", options.classes])


def _plain_names(source: Path) -> dict[str, torch.Tensor]:
    """The file's tensors, their names without a leading "module."."""
    return {
        name.removeprefix("module."): tensor.detach().contiguous().clone() for name, tensor in _tensors(source).items()
    }


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
