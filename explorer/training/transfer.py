"""Where the weights start, and which layers learn when.

A network is a row of layer groups from the picture to the head; the head is its last linear layer.

    features    the head alone; everything else is frozen, batch-norm statistics too
    partial     the last stage (of the convolutions, the layers at the last size of the maps) and all that follows it
    full        everything
    two-stage   the head alone for some epochs, then everything at a tenth of the rate
    gradual     the head; every few epochs one group more, from the last one back
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import nn

from explorer.checkpoint import file as checkpoint
from explorer.checkpoint.file import Card
from explorer.errors import CheckpointError, ModelError
from explorer.training.options import Options, start_files


@dataclass(frozen=True)
class LayerGroup:
    """Modules that learn, or stay frozen, together."""

    name: str
    modules: tuple[nn.Module, ...]  # leaves that hold parameters or statistics
    shrinks: bool = False  # whether the maps become smaller in it, or just before it

    def parameters(self) -> list[nn.Parameter]:
        """Their parameters."""
        return [parameter for module in self.modules for parameter in module.parameters(recurse=False)]


@dataclass(frozen=True)
class Phase:
    """What learns from now on."""

    open_groups: int  # counted from the head
    rate_factor: float


def layer_groups(model: nn.Module) -> list[LayerGroup]:
    """From the picture to the head: one group a top-level child, `features` in stages, norms with what they follow.

    A stage of `features` ends where the maps become smaller: before a strided convolution, after a pooling.

    Raises:
        ModelError: a network without a linear layer at its end.
    """
    linears = [module for module in model.modules() if isinstance(module, nn.Linear)]
    if not linears:
        raise ModelError("This network has no linear layer that could be its head.")
    head = linears[-1]
    groups: list[LayerGroup] = []
    pooled = after_pooling = True
    for name, child, in_features in _children(model):
        leaves = tuple(module for module in child.modules() if module is not head and _holds_state(module))
        if leaves:
            goes_on = in_features and not pooled and not any(map(_strided, child.modules()))
            if groups and (goes_on or not any(isinstance(leaf, nn.Conv2d | nn.Linear) for leaf in leaves)):
                groups[-1] = replace(groups[-1], modules=groups[-1].modules + leaves)
            else:
                groups.append(LayerGroup(name, leaves, after_pooling or any(map(_makes_smaller, child.modules()))))
        pooled = isinstance(child, nn.MaxPool2d | nn.AvgPool2d)
        after_pooling = isinstance(list(child.modules())[-1], nn.MaxPool2d | nn.AvgPool2d)
    return [*groups, LayerGroup("head", (head,))]


def phase_of(options: Options, epoch: int, groups: Sequence[LayerGroup]) -> Phase:
    """What learns in an epoch (from 0); never the groups that `freeze` keeps, and the head always."""
    phase = _phase(options, epoch, groups)
    return Phase(min(phase.open_groups, max(1, len(groups) - options.freeze)), phase.rate_factor)


def _phase(options: Options, epoch: int, groups: Sequence[LayerGroup]) -> Phase:
    if options.transfer == "features":
        return Phase(1, 1.0)
    if options.transfer == "partial":
        stages = [
            index
            for index, group in enumerate(groups)
            if any(isinstance(module, nn.Conv2d) for module in group.modules)
        ]
        last = max(stages, default=0)
        while last and not groups[last].shrinks:
            last -= 1
        return Phase(len(groups) - last, 1.0)
    if options.transfer == "two-stage":
        return Phase(1, 1.0) if epoch < options.stage_epochs else Phase(len(groups), 0.1)
    if options.transfer == "gradual":
        return Phase(min(len(groups), 1 + epoch // options.stage_epochs), 1.0)
    return Phase(len(groups), 1.0)


def open_phase(groups: list[LayerGroup], phase: Phase) -> list[nn.Module]:
    """Lets the last groups learn and freezes the others.

    Returns:
        The frozen modules; they must stay in eval mode, or batch norm would still move its statistics.
    """
    frozen: list[nn.Module] = []
    for index, group in enumerate(groups):
        learns = index >= len(groups) - phase.open_groups
        for parameter in group.parameters():
            parameter.requires_grad_(learns)
        if not learns:
            frozen += group.modules
    return frozen


def start_from(model: nn.Module, files: str) -> str:
    """Copies the weights of one of our checkpoints, where name and shape agree; a head for other classes stays fresh.

    Args:
        files: a path, or several with commas between: the mean of their weights ("model soups", Wortsman et al. 2022),
            which runs that go back to the same weights lose little by and often gain from.

    Returns:
        A sentence on what was taken.

    Raises:
        CheckpointError: unreadable, of other classes or preprocessing than the first, or nothing fits.
    """
    found = [checkpoint.read(path) for path in start_files(files)]
    (tensors, first), *others = found
    if any((card.classes, _colours(card)) != (first.classes, _colours(first)) for _, card in others):
        raise CheckpointError(f"{files}: only networks for the same classes, means and deviations have a mean.")
    expected = model.state_dict()
    fitting = {
        name: torch.stack([theirs[name].double() for theirs, _ in found]).mean(0).to(expected[name].dtype)
        for name in tensors
        if name in expected
        and all(name in theirs and theirs[name].shape == expected[name].shape for theirs, _ in found)
    }
    if not any(tensor.is_floating_point() for tensor in fitting.values()):
        raise CheckpointError(f"{files} shares no weight with this network; a run cannot start from it.")
    model.load_state_dict({**expected, **fitting})
    return f"{len(fitting)} of {len(expected)} tensors come from {files.replace(',', ' and ')}"


def count_parameters(model: nn.Module) -> tuple[int, int]:
    """Those that learn, and all."""
    counts = [(parameter.numel(), parameter.requires_grad) for parameter in model.parameters()]
    return sum(count for count, learns in counts if learns), sum(count for count, _ in counts)


def _colours(card: Card) -> tuple[tuple[float, ...], tuple[float, ...]]:
    return card.preprocessing.mean, card.preprocessing.std


def _children(model: nn.Module) -> Iterator[tuple[str, nn.Module, bool]]:
    """Name and module of each child, those of `features` one by one; and whether it is one of these."""
    for name, child in model.named_children():
        if name == "features":
            yield from ((f"{name}.{part}", module, True) for part, module in child.named_children())
        else:
            yield name, child, False


def _strided(module: nn.Module) -> bool:
    return isinstance(module, nn.Conv2d) and max(module.stride) > 1


def _makes_smaller(module: nn.Module) -> bool:
    return _strided(module) or isinstance(module, nn.MaxPool2d | nn.AvgPool2d)


def _holds_state(module: nn.Module) -> bool:
    own: list[torch.Tensor] = [*module.parameters(recurse=False), *module.buffers(recurse=False)]
    return bool(own)
