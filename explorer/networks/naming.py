"""What somebody calls a network, and what it is called here: a name without its prefix is understood."""

import difflib
from collections.abc import Iterable

from explorer.errors import ModelError
from explorer.models import model_names
from explorer.models.names import TORCHVISION
from explorer.models.torchvision_networks import classifiers
from explorer.networks.timm_networks import TIMM, timm_full_name, timm_names
from explorer.networks.transformers_networks import KNOWN, TRANSFORMERS

_NEAR = 3  # how many are suggested


def full_name(name: str, others: Iterable[str] = ()) -> str:
    """The name of a network by which it is listed: "resnet18" is "torchvision/resnet18".

    Torchvision's come before timm's; of timm's, a name without weights means those that timm takes then.

    Args:
        others: names that are known beside those of this project, torchvision, timm and transformers.

    Raises:
        ModelError: an unknown name; the sentence suggests the nearest.
    """
    known = [*others, *model_names()]
    if name in known or name.startswith(TRANSFORMERS):
        return name
    if name.removeprefix(TORCHVISION) in classifiers():
        return TORCHVISION + name.removeprefix(TORCHVISION)
    alike = [one for one in known if name in {one.rpartition("/")[2], one.rpartition(":")[2]}]
    if len(alike) == 1:
        return alike[0]
    of_timm = None if name.startswith(TORCHVISION) else timm_full_name(name)
    if of_timm is not None:
        return of_timm
    if name in KNOWN:
        return TRANSFORMERS + name
    raise unknown_network(name, [*known, *(TORCHVISION + one for one in classifiers()), *timm_names()])


def unknown_network(name: str, known: Iterable[str]) -> ModelError:
    """The error for a name that is none: suggests the nearest of those that are."""
    names = list(known)
    short = name[:80].rpartition("/")[2].lower()
    by_short: dict[str, str] = {}
    for one in names:  # the first of several: torchvision's before timm's
        by_short.setdefault(one.removeprefix(TORCHVISION).removeprefix(TIMM).partition(".")[0].lower(), one)
    near = [by_short[one] for one in difflib.get_close_matches(short, by_short, n=_NEAR, cutoff=0.6)]
    if near:
        hint = f"Did you mean {' or '.join(near)}?"
    else:
        hint = (
            f"There are {', '.join(names[:8])} and others, torchvision's as torchvision/resnet18; /networks lists all."
        )
    return ModelError(f"There is no checkpoint or network {name[:60]!r}. {hint}")
