"""Networks that the host brings: by name in code, and models that live in the host's own program."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.errors import ExplorerError, ModelError
from explorer.settings import Settings

if TYPE_CHECKING:
    from torch import nn

    from explorer.networks.network import Network
    from explorer.preprocessing import Preprocessing

LIVE_PREFIX = "live/"
OWN_GROUP, LIVE_GROUP = "The host's own", "Live"  # of the menu


@dataclass(frozen=True)
class Hosted:
    """A network of the host's, loaded when it is first wanted."""

    name: str  # in the menu and in the API
    group: str  # of the menu
    note: str  # a sentence
    load: "Callable[[], Network]"
    version: Callable[[], object] | None = None  # of a live model: another value once it has changed


def hosted_networks(settings: Settings) -> list[Hosted]:
    """What the settings name, in their order; imports none of it.

    Raises:
        ExplorerError: two of them have the same name.
    """
    found = [_by_name(spec) for spec in dict.fromkeys(settings.network)]
    found += [_by_folder(folder) for folder in dict.fromkeys(settings.network_folder)]
    names = [one.name for one in found]
    for name in names:
        if names.count(name) > 1:
            msg = f"Two networks are called {name!r}; rename one."
            raise ExplorerError(msg)
    return found


def live_model(
    model: "nn.Module",
    classes: Sequence[str] | None = None,
    preprocessing: "Preprocessing | None" = None,
) -> Hosted:
    """A model of the running program: what is shown is a copy of how it is when a photograph is looked at.

    Raises:
        ModelError: it is no torch.nn.Module.
    """
    from torch import nn

    from explorer.networks.live import frozen_copy, model_version
    from explorer.networks.own_code import as_it_is, stated_classes, stated_preprocessing

    kind = type(model).__name__
    if not isinstance(model, nn.Module):
        raise ModelError(f"{kind} is no torch.nn.Module; show() takes a model.")
    name = LIVE_PREFIX + kind
    note = f"Your own {kind}, as it is in your program at this moment."

    def load() -> "Network":
        names = stated_classes(model) if classes is None else classes
        stated = preprocessing or stated_preprocessing(model)
        network = as_it_is(frozen_copy(model), kind, classes=names, preprocessing=stated, note=note)
        return replace(network, name=name, snapshot=True)

    return Hosted(name, LIVE_GROUP, note, load, lambda: model_version(model))


def _by_name(spec: str) -> Hosted:
    def load() -> "Network":
        from explorer.networks.own_code import load_code

        return load_code(spec)

    return Hosted(spec, OWN_GROUP, f"The host's own: {spec}.", load)


def _by_folder(folder: Path) -> Hosted:
    name = folder.resolve().name

    def load() -> "Network":
        from explorer.networks.saved import load_folder

        return load_folder(folder, name)

    return Hosted(name, OWN_GROUP, f"The host's own, from the folder {name}.", load)
