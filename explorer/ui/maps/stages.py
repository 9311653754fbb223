"""How the overview sheet folds a network: its layers, in the order of the forward, as a handful of stages.

A stage is a container of the network ("layer3"), or a run of single layers up to a pooling ("conv1 – maxpool"), or
neighbours of one size where there would be too many columns. Pure: names, kinds and shapes in, stages out.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from typing import NamedTuple

MOST = 6  # columns of maps that stand side by side on a laptop, with the head, the picture and the classes


class LayerCall(NamedTuple):
    """One call of one layer."""

    key: str
    kind: str  # "Conv2d"
    shape: tuple[int, ...]  # of its output, with the batch's 1 in front

    @property
    def is_map(self) -> bool:
        """Whether its output has height and width of more than one."""
        return len(self.shape) == 4 and self.shape[2] * self.shape[3] > 1

    @property
    def name(self) -> str:
        """The module's name, without the number of the call."""
        name, _, call = self.key.rpartition(":")
        return name if name and call.isdecimal() else self.key


@dataclass(frozen=True)
class Stage:
    """Neighbouring layers that the sheet shows as one column."""

    title: str
    layers: tuple[LayerCall, ...]
    bare: bool = False  # made of single layers, not of a container
    first: str = ""  # of joined stages, the first one's name
    last: str = ""  # and the last one's

    @property
    def shown(self) -> LayerCall:
        """The layer whose maps stand for the stage: its last."""
        return self.layers[-1]


def stages_of(layers: Sequence[LayerCall], most: int = MOST) -> list[Stage]:
    """The stages of a network, at most about `most` of them where sizes allow, and the head as one.

    Args:
        layers: in the order of the forward, at least one; the last gives the logits and belongs to no stage.
    """
    body = list(layers[:-1])
    if not body:
        return []
    head_start = len(body)
    while head_start > 0 and (not body[head_start - 1].is_map or "Adaptive" in body[head_start - 1].kind):
        head_start -= 1
    if head_start <= most:  # a small network needs no folding
        stages = [Stage(layer.key, (layer,), bare=True) for layer in body[:head_start]]
    else:
        stages = _joined(_units(body[:head_start]), _same_run)
    while len(stages) > most:
        fewer = _joined_once(stages)
        if len(fewer) == len(stages):
            break
        stages = fewer
    head = body[head_start:]
    return [*stages, Stage(_title(head), tuple(head))] if head else stages


def _units(layers: Sequence[LayerCall]) -> list[Stage]:
    """Runs of layers in one container, opened while one container holds more than half of everything."""
    depth = 0
    while True:
        depth += 1
        runs = [(prefix, list(run)) for prefix, run in groupby(layers, partial(_prefix, depth))]
        largest = max((run for _, run in runs), key=len, default=[])
        if len(largest) * 2 <= len(layers) or all(len(layer.name.split(".")) <= depth for layer in largest):
            break
    return [Stage(prefix, tuple(run), bare=len(run) == 1 and run[0].name == prefix) for prefix, run in runs]


def _prefix(depth: int, layer: LayerCall) -> str:
    return ".".join(layer.name.split(".")[:depth])


def _same_run(left: Stage, right: Stage) -> bool:
    """Single layers belong together up to a pooling."""
    return left.bare and right.bare and "Pool" not in left.shown.kind


def _joined(stages: Sequence[Stage], belong: Callable[[Stage, Stage], bool]) -> list[Stage]:
    joined: list[Stage] = []
    for stage in stages:
        if joined and belong(joined[-1], stage):
            joined[-1] = _merged(joined[-1], stage)
        else:
            joined.append(stage)
    return [replace(stage, title=_title(stage.layers)) if stage.bare else stage for stage in joined]


def _joined_once(stages: list[Stage]) -> list[Stage]:
    """One column fewer: the neighbours with the fewest layers are joined, those of one size before all others."""

    def cost(at: int) -> tuple[bool, int]:
        left, right = stages[at], stages[at + 1]
        return left.shown.shape[2:] != right.shown.shape[2:], len(left.layers) + len(right.layers)

    at = min(range(len(stages) - 1), key=cost)
    return [*stages[:at], _merged(stages[at], stages[at + 1]), *stages[at + 2 :]]


def _merged(left: Stage, right: Stage) -> Stage:
    span = _span(left.first or left.title, right.last or right.title)
    return Stage(
        span, left.layers + right.layers, left.bare and right.bare, left.first or left.title, right.last or right.title
    )


def _title(layers: Sequence[LayerCall]) -> str:
    return _span(layers[0].key, layers[-1].key)


def _span(first: str, last: str) -> str:
    """Two names as a span: "conv1 – maxpool", "features.0 – 4"."""
    if first == last:
        return first
    parent = first.rpartition(".")[0]
    return f"{first} – {last.removeprefix(parent + '.') if parent else last}"
