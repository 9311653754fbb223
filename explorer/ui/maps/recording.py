"""What one network made of one photograph, kept for the visitor: every layer's output, and numbers drawn from it.

The forward runs once; whatever tab 3 shows afterwards is read from here. Used by maps_tab and its siblings.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from explorer.errors import ModelError
from explorer.image import render
from explorer.ui.maps.stages import LayerCall, Stage, stages_of

if TYPE_CHECKING:
    import torch

    from explorer.activations.ending import OutputKind
    from explorer.activations.layouts import Layout
    from explorer.activations.nodes import Node, Trace
    from explorer.activations.receptive_field import ReceptiveFields
    from explorer.networks.network import Network

Floats = npt.NDArray[np.float32]
Address = tuple[str, int, int, int]  # of a unit: layer, channel, y, x


FORMER = {"products": "compact"}  # networks whose name now means another: what was called so before


@dataclass(frozen=True)
class Recording:
    """One forward of one picture."""

    network: "Network"
    picture: npt.NDArray[np.uint8]  # what the network sees, (H, W, C), before normalisation
    batch: "torch.Tensor"
    trace: "Trace"
    image: npt.NDArray[np.uint8]  # the photograph as it was worked on, (H, W, 3)
    photo: str  # what its file is called
    photo_token: str = ""  # of the photograph on the page

    @cached_property
    def layers(self) -> list[LayerCall]:
        """Every layer and operation between layers whose output is a vector, maps or tokens, in the forward's order."""
        return [
            LayerCall(key, node.kind, (1, *self.shape(key)))
            for node in self.trace.nodes[1:]
            if (node.labelled or not node.leaf)
            and len(node.shape) in {2, 3, 4}
            and node.shape[0] == 1
            and not node.is_complex
            for key in reversed(self._keys[node.index])
        ]

    @cached_property
    def _layouts(self) -> dict[str, "tuple[Node, Layout]"]:
        """What each key of the page stands for: an operation's output, or the tokens beside its maps."""
        from explorer.activations.layouts import layouts_of

        found = layouts_of(self.trace)
        return {
            node.key + (layout.name if layout.kind == "beside" else ""): (node, layout)
            for node in self.trace.nodes
            for layout in found[node.index]
        }

    @cached_property
    def _keys(self) -> dict[int, list[str]]:
        """The page's keys by operation: first that of its maps."""
        keys: dict[int, list[str]] = {}
        for key, (node, _) in self._layouts.items():
            keys.setdefault(node.index, []).append(key)
        return keys

    def layout(self, key: object) -> "Layout":
        """How a layer's output lies as maps.

        Raises:
            ModelError: an unknown layer.
        """
        return self._layouts[self.page_key(key)][1]

    def page_key(self, key: object) -> str:
        """The key by which the page knows a layer, which may be named by a module that holds others.

        Raises:
            ModelError: an unknown layer.
        """
        node = self.node(key)
        return key if isinstance(key, str) and key in self._layouts else node.key

    def shape(self, key: object) -> tuple[int, ...]:
        """Channels, rows and columns of a layer's maps; the length alone of a vector."""
        node, layout = self.node(key), self.layout(key)
        return node.shape[1:] if layout.is_plain else layout.sides

    def tensor_unit(self, unit: Address) -> Address:
        """A unit of the page as receipts have it: by the dimensions of its layer's tensor.

        Raises:
            ModelError: an unknown layer, or one that has no such unit.
        """
        node = self.node(unit[0])
        return (node.key, *self.layout(unit[0]).unit(node, *unit[1:]))

    def page_unit(self, unit: Address) -> Address:
        """The inverse of `tensor_unit`.

        Raises:
            ModelError: an unknown layer, or one that has no such unit.
        """
        node = self.node(unit[0])
        for key in self._keys[node.index]:
            if cell := self._layouts[key][1].cell(node, unit[1:]):
                return (key, *cell)
        raise ModelError(f"{node.key} has no unit {unit[1:]}.")

    @cached_property
    def stages(self) -> list[Stage]:
        """The columns of the sheet."""
        return stages_of(self.layers)

    @cached_property
    def fields(self) -> "ReceptiveFields":
        """Where every unit looks on the picture."""
        from explorer.activations.receptive_field import ReceptiveFields

        with self.network.lock:
            return ReceptiveFields(self.trace)

    @property
    def n_bytes(self) -> int:
        """What the activations occupy, and the copy of a live model that stays with them."""
        own = self.picture.nbytes + self.image.nbytes
        return self.trace.size_bytes + own + (self.network.n_bytes if self.network.snapshot else 0)

    def node(self, key: object) -> "Node":
        """The operation with this key.

        Raises:
            ModelError: the network has none; the message names the nearest.
        """
        if not isinstance(key, str) or len(key) > 200:
            raise ModelError("A layer is named by a text, such as the ones in the list of layers.")
        if key in self._layouts:
            return self._layouts[key][0]
        try:
            return self.trace.node(key)
        except ModelError as error:
            if former := FORMER.get(self.network.name):
                raise ModelError(f"{error} What was called {self.network.name} before is {former} now.") from error
            raise

    def maps(self, key: object) -> Floats:
        """A layer's output as float32 (C, H, W), as the page shows it; a vector's numbers are maps of 1 × 1.

        Raises:
            ModelError: an unknown layer.
        """
        output = self.trace.output_of(self.node(key)).detach().float()
        values: Floats = np.ascontiguousarray(self.layout(key).arranged(output).cpu().numpy())
        return values

    def units(self, key: object) -> Floats:
        """A layer's output as float32 (C, H, W), as receipts count its units: its dimensions as they come.

        Raises:
            ModelError: an unknown layer.
        """
        from explorer.activations.units import sides

        node = self.node(key)
        values: Floats = self.trace.output_of(node).detach().float().cpu().numpy().reshape(sides(node.shape))
        return values

    @cached_property
    def logits(self) -> Floats:
        """The network's last numbers, float32 (classes,)."""
        return self.maps(self.trace.output).reshape(-1)

    @cached_property
    def output(self) -> "OutputKind":
        """What the network's last numbers are: logits, or what a softmax, its logarithm or a sigmoid made of them."""
        from explorer.activations.ending import output_kind

        return output_kind(self.network.model, self.batch)

    def probabilities(self, logits: Floats) -> npt.NDArray[np.float64]:
        """The softmax of logits at the network's temperature; 0 where they are not finite.

        Where the network gives no logits, the shares that its output already is.

        Args:
            logits: float32 (classes,).

        Returns:
            float64 (classes,).
        """
        if self.output != "logits":
            given = logits.astype(np.float64)
            return np.nan_to_num(np.exp(given) if self.output == "log_probabilities" else given, posinf=0, neginf=0)
        scaled = np.nan_to_num(logits.astype(np.float64), nan=-np.inf, posinf=np.inf) / self.network.temperature
        shares = np.exp(scaled - scaled.max()) if np.isfinite(scaled.max()) else np.zeros_like(scaled)
        return shares / max(shares.sum(), 1e-300)

    def classes(self, limit: int | None = None) -> list[dict[str, Any]]:
        """The likeliest classes, best first: index, label, logit, probability; none where it gives no logits."""
        if self.network.no_logits:
            return []
        shares = self.probabilities(self.logits)
        order = np.argsort(-shares, kind="stable")[:limit]
        return [
            {
                "index": int(index),
                "label": self.network.class_name(int(index)),
                "logit": number(self.logits[index]),
                "probability": number(shares[index]),
            }
            for index in order
        ]


def record_network(network: "Network", image: npt.NDArray[np.uint8], photo: str = "photo.png") -> Recording:
    """Run a photograph, uint8 (H, W, 3), through a network and keep what every operation put out.

    Args:
        photo: what its file is called.
    """
    from explorer.activations.tracer import record_trace
    from explorer.preprocessing import to_tensor

    picture = network.preprocessing.picture(image)
    batch = network.preprocessing.normalise(to_tensor(picture)).to(network.device)
    with network.lock:
        trace = record_trace(network.model, batch, sparing=True)
    return Recording(network, picture, batch, trace, image, photo)


def strength(maps: Floats) -> Floats:
    """How strongly each map answers: the root of its mean square, (C,)."""
    flat = finite(maps).reshape(len(maps), -1)
    return np.sqrt(np.einsum("ci,ci->c", flat, flat) / flat.shape[1], dtype=np.float32)


def scheme_of(maps: npt.NDArray[np.floating]) -> render.Scheme:
    """Dark to light where nothing is below zero, diverging about zero otherwise.

    Args:
        maps: float32, of any shape.
    """
    return "sequential" if maps.size and np.nanmin(maps) >= 0 else "diverging"


def colour_range(maps: Floats, scheme: render.Scheme, scale: str) -> tuple[Floats, Floats]:
    """What the ends of the colour bar stand for, map by map; alike for all if the scale is the whole layer's.

    Args:
        maps: float32 (C, H, W).

    Returns:
        low and high, float32 (C,).
    """
    low, high = render.value_range(finite(maps), scheme)
    if scale == "layer":
        low, high = np.full_like(low, low.min()), np.full_like(high, high.max())
    return low, np.where(high > low, high, low + 1) if scheme == "sequential" else high


def strongest(values: Floats) -> tuple[int, int]:
    """Row and column of the value that lies furthest from zero.

    Args:
        values: float32 (H, W).
    """
    y, x = np.unravel_index(int(np.abs(finite(values)).argmax()), values.shape)
    return int(y), int(x)


def finite(values: Floats) -> Floats:
    """The numbers with 0 in place of what is not finite, for drawing and sorting.

    Args:
        values: float32, of any shape.

    Returns:
        The same shape.
    """
    return values if np.isfinite(values).all() else np.nan_to_num(values, posinf=0.0, neginf=0.0)


def number(value: float | np.floating) -> float | None:
    """A float as JSON can hold it: exact, or None if it is not finite."""
    return float(value) if np.isfinite(value) else None


def numbers(values: npt.NDArray[np.floating]) -> list[float | None]:
    """Floats as JSON can hold them.

    Args:
        values: (N,).
    """
    return [number(value) for value in values]
