"""What the tensors of somebody's file are called in the network that they belong to.

Tools put their own words around names: DataParallel "module.", torch.compile "_orig_mod.", Lightning the attribute that
holds the network ("model."), an average of weights its copy ("ema_model.") and a counter. What stands in such a file is
found by the names that the network has, not by a list of tools.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import torch

from explorer.models.torchvision_networks import today_name

_COUNTERS = frozenset(["n_averaged", "total_ops", "total_params"])  # AveragedModel's, and those that thop leaves
_WRAPPERS = frozenset(
    ["_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module", "_forward_module"]
)  # of torch.compile, FSDP, activation checkpoints, Lightning Fabric: attributes of nobody's own
_COPIES = ("ema", "teacher", "target", "averaged", "swa")  # in names of what is kept beside the network itself


@dataclass(frozen=True)
class Named:
    """A file's tensors by the network's own names, and what was left out for it."""

    tensors: dict[str, torch.Tensor]
    prefix: str = ""  # that stood before them
    beside: tuple[str, ...] = ()  # what did not begin with it, in the file's words


def bare_name(name: str) -> str:
    """A tensor's name without what wrappers put into it, which no network calls its own part.

    >>> bare_name("model._orig_mod.conv.weight")
    'model.conv.weight'
    """
    return ".".join(part for part in name.split(".") if part not in _WRAPPERS)


def is_counter(name: str) -> bool:
    """Whether it counts steps or costs for a tool, and is no number of the network."""
    return name.rpartition(".")[2] in _COUNTERS


def named_for(tensors: Mapping[str, torch.Tensor], expected: Collection[str]) -> Named:
    """The tensors by the names that a network has for them.

    Where several copies of the network lie in the file (its weights and their average), the plain one is taken.

    Args:
        expected: the network's own names; what is called so in the file is left as it is.
    """
    own = frozenset(expected)
    kept = {name: tensor for name, tensor in tensors.items() if name in own or not is_counter(name)}
    found: Counter[str] = Counter()
    for name in kept:
        found.update(prefix for prefix, rest in _cuts(name) if rest in own)
    if not found:
        return Named(kept)
    most = max(found.values())
    prefix = min((one for one in found if found[one] == most), key=_strangeness)
    named: dict[str, torch.Tensor] = {}
    beside = []
    for name, tensor in kept.items():
        rest = next((rest for before, rest in _cuts(name) if before == prefix and rest in own), None)
        if rest is None and prefix:
            beside.append(name)
        else:
            named[rest or name] = tensor
    return Named(named, prefix, tuple(beside))


def _cuts(name: str) -> Iterator[tuple[str, str]]:
    """Each way to take a name for a prefix and a network's own name.

    DataParallel around a part of the network puts its "module" in the middle ("features.module.0.weight"), so that one
    is left out where the name is not known with it.
    """
    yield "", name
    parts = bare_name(name).split(".")
    for at in range(len(parts)):
        rest = parts[at:]
        prefix = ".".join([*parts[:at], ""]) if at else ""
        for words in (rest, [rest[0], *(one for one in rest[1:] if one != "module")]):
            yield prefix, ".".join(words)
            yield prefix, today_name(".".join(words))


def _strangeness(prefix: str) -> tuple[bool, int, str]:
    """Plain prefixes come first, then short ones."""
    return any(word in prefix.lower() for word in _COPIES), prefix.count("."), prefix
