r"""Weights from a `.pth` file, for use here: `python -m explorer.checkpoint convert WEIGHTS.pth OUT.safetensors`.

With `--network NAME`, published weights of that network become a whole checkpoint of ours, with its card:

    python -m explorer.checkpoint convert efficientnet-lite0-57934424.pth checkpoints/imagenet.safetensors \
        --network efficientnet_lite0 --classes imagenet

Meant for home: the page and the service read safetensors alone. Only tensors are read (`weights_only`), so a file that
wants to run code is refused, and told what else it holds. Of a training script's file the weights are taken, wherever
they lie in it; where there are several (the weights and their average), `--key` says which.
"""

import argparse
import hashlib
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors.torch import save as write_safetensors

from explorer.checkpoint.file import Card, canonical_json, save, write_atomically
from explorer.checkpoint.foreign import told
from explorer.checkpoint.published import IMAGENET, block_places, distinct_names, lite_name, published_preprocessing
from explorer.checkpoint.tensor_names import bare_name, is_counter
from explorer.errors import CheckpointError, ExplorerError
from explorer.models import build_model
from explorer.models.efficientnet_lite import EfficientNetLite

# Where training scripts keep the weights, the network's own before averages of them.
_KNOWN = (
    "state_dict", "model_state_dict", "model", "net", "network", "weights", "params", "module", "state_dict_ema",
    "model_ema", "ema_state_dict", "ema", "ema_model",
)  # fmt: skip
_DEEPEST = 3  # of dicts in dicts
_SHOWN = 8  # keys that a sentence lists
_LONGEST = 40  # letters of each


class Weights(NamedTuple):
    """The tensors of a `.pth` file, and where they lay in it."""

    tensors: dict[str, torch.Tensor]
    place: str  # "model_ema.module"; empty where the file holds nothing else
    others: tuple[str, ...]  # where more weights lie


def convert(source: Path, target: Path, classes: Sequence[str] = (), key: str = "") -> int:
    """Writes the tensors of a `.pth` file as safetensors; gives how many there are.

    Names lose what wrappers put around them ("module.", "_orig_mod."); `classes` go into the metadata, where the page
    finds them.

    Args:
        key: where the weights lie in the file ("state_dict_ema"); empty to look for them.

    Raises:
        CheckpointError: no such file, no weights in it, or something in it that is no tensor.
    """
    weights = weights_in(source, key)
    _write(target, weights, classes)
    return len(weights.tensors)


def _write(target: Path, weights: Weights, classes: Sequence[str]) -> None:
    metadata = {"format": "pt"} | ({"classes": canonical_json(list(classes))} if classes else {})
    write_atomically(target, write_safetensors(weights.tensors, metadata))


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
    tensors = {lite_name(name, places): tensor for name, tensor in weights_in(source).tensors.items()}
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
    command.add_argument("--key", default="", help="where the weights lie in the file, such as state_dict_ema")
    command.add_argument("--network", default="", help="published weights of this network: write a whole checkpoint")
    options = parser.parse_args(argv)
    try:
        names = [name.strip() for name in options.classes.split(",") if name.strip()]
        names = imagenet_classes() if names == [IMAGENET] else names
        if options.network:
            count = convert_published(options.source, options.target, options.network, names, _command(options))
            said = f"{count} tensors"
        else:
            weights = weights_in(options.source, options.key)
            _write(options.target, weights, names)
            said = _in_words(weights)
    except ExplorerError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(f"{options.target}: {said}\n")
    return 0


def _command(options: argparse.Namespace) -> str:
    """What converts this file again, without the folders of this machine."""
    words = ["convert", options.source.name, options.target.name, "--network", options.network]
    return " ".join(["python -m explorer.checkpoint", *words, "--classes", options.classes])


def _in_words(weights: Weights) -> str:
    where = f", from {weights.place!r}" if weights.place else ""
    more = f"; it holds weights in {', '.join(map(repr, weights.others))} too (--key)" if weights.others else ""
    return f"{len(weights.tensors)} tensors{where}{more}"


def weights_in(source: Path, key: str = "") -> Weights:
    """The weights of a `.pth` file, by names without what wrappers put around them.

    Args:
        key: where they lie in the file; empty to look for them.

    Raises:
        CheckpointError: no such file, no weights in it or none there, or something in it that is no tensor.
    """
    found = _loaded(source)
    places = _places(found)
    place = key or _likeliest(places)
    if place not in places:
        where = f"in {key!r}" if key else "where they are usually kept"
        raise CheckpointError(f"{source} holds no weights {where}; {_seen(found, places)}.")
    kept = places[place]
    odd = [str(name) for name, value in kept.items() if not isinstance(value, torch.Tensor)]
    if odd:
        raise CheckpointError(
            f"{source} holds more than tensors ({', '.join(odd[:3])}); save model.state_dict() alone."
        )
    return Weights(_plain_names(kept), place, tuple(one for one in places if one != place))


def _plain_names(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Names without what wrappers put into them, and no counters of theirs; each tensor a copy of its own."""
    named = {bare_name(name): tensor for name, tensor in tensors.items() if not is_counter(name)}
    while named and all(name.startswith("module.") for name in named):
        named = {name.removeprefix("module."): tensor for name, tensor in named.items()}
    return {name: tensor.detach().contiguous().clone() for name, tensor in named.items()}


def _places(found: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Where in the file names stand beside tensors; "" for the file itself."""
    places: dict[str, Mapping[str, Any]] = {}
    waiting: list[tuple[tuple[str, ...], Mapping[str, Any]]] = [((), found)]
    while waiting:
        path, held = waiting.pop(0)
        deeper = [((*path, key), one) for key, one in held.items() if _is_named(one)] if len(path) < _DEEPEST else []
        tensors = any(isinstance(value, torch.Tensor) for value in held.values())
        if tensors and not any(_places(one) for _, one in deeper):
            places[".".join(path)] = held
        else:
            waiting += deeper
    return places


def _is_named(value: object) -> bool:
    return isinstance(value, Mapping) and bool(value) and all(isinstance(key, str) for key in value)


def _likeliest(places: Mapping[str, object]) -> str:
    """The place that is known for weights, or the only one there is; empty where that cannot be told."""
    if "" in places:
        return ""
    known = [place for place in places if all(part in _KNOWN for part in place.split("."))]
    if known:
        return min(known, key=lambda place: [_KNOWN.index(part) for part in place.split(".")])
    return next(iter(places)) if len(places) == 1 else ""


def _seen(found: Mapping[str, Any], places: Mapping[str, object]) -> str:
    """What keys there are, and which hold tensors."""
    keys = [repr(str(key)[:_LONGEST]) for key in found]
    seen = f"its keys are {', '.join(keys[:_SHOWN])}" + (" ..." if len(keys) > _SHOWN else "")
    with_tensors = ", ".join(repr(place) for place in places)
    return f"{seen}; tensors lie in {with_tensors} (--key)" if places else f"{seen}, and there are tensors in none"


def _loaded(source: Path) -> Mapping[str, Any]:
    """What was saved, if it is a dict of something."""
    try:
        found: Any = torch.load(source, map_location="cpu", weights_only=True)
    except Exception as error:
        reason = str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
        reason = (told(source) if source.is_file() else "") or reason
        raise CheckpointError(f"{source} holds no weights that can be read safely: {reason}") from error
    if not _is_named(found):
        raise CheckpointError(f"{source} holds a {type(found).__name__}; a state_dict (names and tensors) is expected.")
    return dict(found)
