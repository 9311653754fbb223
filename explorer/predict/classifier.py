"""A checkpoint as a classifier: top-k of a picture, and whether the picture is unlike what the network was trained on.

Shared read-only by all visitors: nothing here changes the model.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from torch import nn

from explorer.activations.borrowing import computed
from explorer.activations.ending import OutputKind, output_kind, probabilities_of
from explorer.activations.recording import answer_in
from explorer.checkpoint import load
from explorer.checkpoint.file import Card
from explorer.errors import CheckpointError, ModelError
from explorer.image.pixels import Picture
from explorer.networks.network import Network
from explorer.networks.twin import rounded_twin, twin_of
from explorer.predict.strangeness import Strangeness
from explorer.preprocessing import Preprocessing
from explorer.settings import Settings

CACHED_PIXELS = 300_000  # of a piece of a batch: its maps stay in a processor's cache, which is worth up to a half


@dataclass(frozen=True)
class Prediction:
    """One label with its share."""

    label: str
    probability: float  # 0 to 1
    logit: float | None  # before the softmax; of a set of classes, T × the logarithm of Σ exp(logit / T). None where
    # the network gives no logits


class Classifier:
    """A network in eval mode with its card.

    Raises:
        ModelError: on construction, a device that this machine does not have.
    """

    def __init__(self, model: nn.Module, card: Card, device: str = "cpu") -> None:
        try:
            self.device = torch.device(device)
            self.model = model.to(self.device).eval()
        except RuntimeError as error:
            raise ModelError(f"The device {device!r} cannot be used: {str(error).splitlines()[0]}") from error
        self.card = card

    @classmethod
    def load(cls, path: str | os.PathLike[str], device: str = "cpu") -> "Classifier":
        """The classifier of a checkpoint file.

        Raises:
            CheckpointError: damaged, foreign, or not matching its network.
            ModelError: a device that this machine does not have.
        """
        model, card = load(path)
        return cls(model, card, device)

    @classmethod
    def of(cls, network: Network) -> "Classifier":
        """A network as a classifier: with its card, or one that says no more than is known of it.

        Raises:
            CheckpointError: class names that are not distinct, or not as many as logits.
            ModelError: a network that gives no logits.
        """
        if network.card:
            return cls(network.model, network.card, str(network.device))
        if network.no_logits:
            raise ModelError(network.no_logits)
        preprocessing = network.preprocessing
        shape = (1, preprocessing.channels, preprocessing.size, preprocessing.size)
        with network.lock, torch.no_grad():
            count = int(answer_in(computed(network.model, torch.zeros(shape, device=network.device))).shape[-1])
        classes = network.classes or tuple(f"class {index}" for index in range(count))
        arguments = {"num_classes": len(classes), "in_channels": preprocessing.channels}
        card = Card(network.name, arguments, classes, preprocessing, provenance={"note": network.note})
        return cls(network.model, card, str(network.device))

    @property
    def classes(self) -> tuple[str, ...]:
        """The class names in the order of the logits."""
        return self.card.classes

    @property
    def preprocessing(self) -> Preprocessing:
        """How a picture becomes the batch."""
        return self.card.preprocessing

    @property
    def label_sets(self) -> Mapping[str, Mapping[str, Sequence[str]]]:
        """The names under which classes can be summed: set -> label -> classes."""
        return self.card.label_sets

    @property
    def known_labels(self) -> tuple[str, ...]:
        """Every name that a photograph can be labelled with: the classes, and the labels of all label sets."""
        return (*self.classes, *(label for labels in self.label_sets.values() for label in labels))

    @property
    def temperature(self) -> float:
        """What the logits are divided by before the softmax; fitted on validation photographs, 1 where it was not.

        1 too where the network gives no logits.
        """
        return self.card.temperature if self.output == "logits" else 1.0

    @cached_property
    def output(self) -> OutputKind:
        """What the network's numbers are: logits, or what a softmax, its logarithm or a sigmoid made of them."""
        noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)
        return output_kind(self.model, self.preprocessing(noise).to(self.device))

    def probabilities(self, output: torch.Tensor) -> torch.Tensor:
        """The classes' shares by the network's output, float32 (..., classes): a softmax where these are logits.

        Shares of a sigmoid each are independent and do not add up to 1.
        """
        return probabilities_of(output, self.output, self.temperature)

    def logits(self, image: Picture) -> torch.Tensor:
        """The network's own output, float32 (classes,), of a uint8 (H, W, 3) image: logits, unless `output` says else.

        Args:
            image: any size.
        """
        with torch.inference_mode():
            logits = answer_in(computed(self.model, self.preprocessing(image).to(self.device)))[0]
        return logits.float().cpu().clone()

    def answers(self, batch: torch.Tensor, *, rounded: bool = False) -> torch.Tensor:
        """The same of many pictures, float32 (N, classes) on the CPU, as fast as can be: by the network's twin.

        They differ from `logits` by rounding, at most 1e-4 of their range (explorer.networks.twin).

        Args:
            batch: float32 (N, C, H, W), N of at least 1, preprocessed.
            rounded: whether to compute in bfloat16, which has three digits; the first label may then be another.

        Raises:
            ModelError: `rounded` on a machine, or of a network, that does not allow it.
        """
        batch = batch.to(self.device)
        network = (rounded_twin if rounded else twin_of)(self.model, batch)
        few = len(batch) if self.device.type != "cpu" else max(1, CACHED_PIXELS // (batch.shape[-2] * batch.shape[-1]))
        pieces = torch.tensor_split(batch.to(torch.bfloat16) if rounded else batch, -(-len(batch) // few))
        with torch.inference_mode():  # a twin keeps nothing, so that it need not be lent
            given = [computed(network, piece) if network is self.model else network(piece) for piece in pieces]
            return torch.cat([answer_in(one).float().cpu() for one in given])

    def top_k(self, image: Picture, k: int = 5, labels: str | None = None) -> list[Prediction]:
        """The k likeliest labels, best first.

        Args:
            image: uint8 (H, W, 3), any size.
            k: at least 1; more than there are labels gives all.
            labels: the name of one of `label_sets`; probabilities are then summed over each label's classes.

        Raises:
            ModelError: k below 1, or an unknown label set (the known ones are listed).
            ImageError: not a uint8 (H, W, 3) picture.
        """
        _check_k(k)
        self.members(labels)  # an unknown name is refused before the network runs
        return self.rank(self.logits(image), k, labels)

    def rank(self, logits: torch.Tensor, k: int, labels: str | None = None) -> list[Prediction]:
        """`top_k` of the network's output that is there already: float32 (classes,).

        Raises:
            ModelError: k below 1, or an unknown label set.
        """
        _check_k(k)
        if labels is None:
            names, probabilities = self.classes, self.probabilities(logits)
        else:
            names, members = self.members(labels)
            probabilities = self.probabilities(logits) @ members
        order = torch.sort(probabilities, descending=True, stable=True).indices[:k].tolist()
        if self.output != "logits":
            return [Prediction(names[i], float(probabilities[i]), None) for i in order]
        if labels is None:
            return [Prediction(names[i], float(probabilities[i]), float(logits[i])) for i in order]
        scaled = torch.where(members.T > 0, logits / self.temperature, -torch.inf)
        sums = self.temperature * scaled.logsumexp(1)  # so that softmax(sums / temperature) are the summed shares
        return [Prediction(names[i], float(probabilities[i]), float(sums[i])) for i in order]

    def members(self, labels: str | None = None) -> tuple[tuple[str, ...], torch.Tensor]:
        """Label names, and a float32 (classes, labels) matrix that is 1 where a class belongs to a label.

        Raises:
            ModelError: an unknown label set.
        """
        if labels is None:
            return self.classes, torch.eye(len(self.classes))
        if labels not in self.label_sets:
            known = ", ".join(self.label_sets) or "none"
            raise ModelError(f"This checkpoint has no label set {labels!r}; it has: {known}.")
        chosen = self.label_sets[labels]
        matrix = torch.zeros(len(self.classes), len(chosen))
        for column, of_label in enumerate(chosen.values()):
            for member in of_label:
                matrix[self.classes.index(member), column] = 1
        return tuple(chosen), matrix

    def strangeness(self, image: Picture) -> float:
        """How unlike the training photographs a picture is, its out-of-distribution score; higher is stranger.

        Where the number comes from is said in explorer.predict.strangeness.

        Args:
            image: uint8 (H, W, 3), any size.


        Raises:
            CheckpointError: the checkpoint carries no measure of it.
        """
        return self.strangeness_of(self.logits(image))

    def strangeness_of(self, logits: torch.Tensor) -> float:
        """`strangeness` of logits that are there already: float32 (classes,).

        Raises:
            CheckpointError: the checkpoint carries no measure of it.
        """
        return self.strangeness_of_each(logits[None])[0]

    def strangeness_of_each(self, logits: torch.Tensor) -> list[float]:
        """The same of many: float32 (N, classes).

        Raises:
            CheckpointError: the checkpoint carries no measure of it.
        """
        if self._measure is None:
            raise CheckpointError("This checkpoint carries no measure of strange pictures.")
        scores: list[float] = self._measure.score(logits).tolist()
        return scores

    @property
    def strangeness_threshold(self) -> float | None:
        """Above it a picture is strange: 95 % of validation photographs stay below. None where there is no measure."""
        return self._measure.threshold if self._measure else None

    def is_strange(self, image: Picture) -> bool:
        """Whether the strangeness is above the threshold that was chosen on held-out photographs.

        Args:
            image: uint8 (H, W, 3), any size.


        Raises:
            CheckpointError: the checkpoint carries no measure of it.
        """
        score = self.strangeness(image)
        return self.strangeness_threshold is not None and score > self.strangeness_threshold

    @cached_property
    def _measure(self) -> Strangeness | None:
        """The fitted measure, read from the card when first asked for."""
        fitted = self.card.calibration.get("strangeness")
        return Strangeness.from_json(fitted) if isinstance(fitted, Mapping) else None


def checkpoint_file(name: str) -> Path:
    """The path of a checkpoint, which is named by its name in the folder of checkpoints or by its path.

    Raises:
        ModelError: no such name; the known ones are listed.
    """
    if Path(name).suffix == ".safetensors":
        return Path(name)
    folder = Settings.from_env(os.environ).checkpoints
    found = {path.stem: path for path in sorted(folder.glob("*.safetensors"))}
    if name not in found:
        raise ModelError(f"There is no checkpoint {name!r} in {folder}; there are {', '.join(found) or 'none'}.")
    return found[name]


def _check_k(k: int) -> None:
    if isinstance(k, bool) or not isinstance(k, int) or k < 1:
        raise ModelError(f"k is {k!r}; a whole number of at least 1 is needed.")
