"""The broken pipelines, one a function: a `Bench` in, an `Outcome` out. Their words stand beside it."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn import functional

from explorer.activations.borrowing import own_copy
from explorer.activations.recording import answer_in, watching
from explorer.data.augmentation import augment, draw_numbers, find_recipe
from explorer.errors import ModelError
from explorer.image.pixels import LUMA, Picture
from explorer.predict.classifier import Classifier, Prediction
from explorer.preprocessing import to_tensor

CIFAR10_MEAN, CIFAR10_STD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)
NO_RESIZE_PIXELS = 1_000_000
SHOWN = 5
_NO_LOGITS = "This network gives no logits: it ends in shares already, so this mistake cannot be made with it."


@dataclass(frozen=True)
class Clue:
    """A number that gives the mistake away, right and broken."""

    name: str
    right: str
    broken: str


@dataclass(frozen=True)
class Outcome:
    """What a broken pipeline gave."""

    rows: tuple[Prediction, ...] = ()  # what a user would read off, best first; empty after an exception
    again: tuple[Prediction, ...] = ()  # of a second run of the same photograph, where that is the point
    again_note: str = ""  # what the second run was
    score: str = "probability"  # what the numbers are: "probability", or "logit" where no softmax was taken
    error: str = ""  # the exception's own words
    clues: tuple[Clue, ...] = ()
    saw: Picture | None = None  # what the network saw, (h, w, 3)
    untouched: bool = (
        False  # the network got the true batch: the mistake lies in what was done with it or with the answer
    )


@dataclass(frozen=True)
class Bench:
    """One photograph and one classifier to break; the classifier itself is never changed."""

    classifier: Classifier
    image: Picture
    counted: bool = False  # whether only the label counts, so that the network's twin runs
    right: torch.Tensor = field(init=False)  # the true batch, (1, C, H, W)

    def __post_init__(self) -> None:
        """Make the true batch once."""
        object.__setattr__(self, "right", self.classifier.preprocessing(self.image))

    def copy(self) -> nn.Module:
        """A network of one's own, in eval mode."""
        return own_copy(self.classifier.model, self.right.to(self.classifier.device))

    def answer(self, batch: torch.Tensor) -> torch.Tensor:
        """What a network in eval mode gives for a batch on the CPU, be it a wrong one: logits, of whatever shape."""
        if self.counted and batch.ndim == 4 and batch.shape[1] == self.right.shape[1]:  # a twin may not refuse others
            return self.classifier.answers(batch)
        with torch.inference_mode():
            return answer_in(self.copy()(batch.to(self.classifier.device))).float().cpu()

    def pixels(self) -> torch.Tensor:
        """What the network should see before normalisation: uint8 (1, C, H, W)."""
        return to_tensor(self.classifier.preprocessing.picture(self.image))

    def rank(self, logits: torch.Tensor) -> tuple[Prediction, ...]:
        """The first labels of logits (1, classes)."""
        return tuple(self.classifier.rank(logits[0].float().cpu(), SHOWN))

    def run(self, batch: torch.Tensor, *, saw: bool = True, clues: tuple[Clue, ...] = ()) -> Outcome:
        """A copy's answer to a wrong batch, or its exception.

        Args:
            batch: float32 (1, C, H, W), or whatever the mistake made of it.
        """
        try:
            rows = self.rank(self.answer(batch))
        except (RuntimeError, ValueError, IndexError, AssertionError) as error:
            return Outcome(error=f"{type(error).__name__}: {error}", clues=clues)
        picture = self.visible(batch) if saw and batch.ndim == 4 else None
        return Outcome(rows, clues=(*clues, *self.spread(batch)), saw=picture)

    def spread(self, batch: torch.Tensor) -> tuple[Clue, Clue]:
        """Mean and spread of the input, beside the true one's.

        Args:
            batch: of any shape.
        """
        numbers = [(value.float().mean(), value.float().std(correction=0)) for value in (self.right, batch)]
        return (
            Clue("mean of the input", f"{numbers[0][0]:.2f}", f"{numbers[1][0]:.2f}"),
            Clue("spread of the input", f"{numbers[0][1]:.2f}", f"{numbers[1][1]:.2f}"),
        )

    def visible(self, batch: torch.Tensor) -> Picture:
        """What the network takes this batch for: put back as if it had been normalised rightly, at most 224 pixels.

        Args:
            batch: float32 (1, C, H, W).

        Returns:
            uint8 (h, w, 3).

        Raises:
            ModelError: it has another number of channels than the network takes.
        """
        preprocessing = self.classifier.preprocessing
        if batch.shape[1] != preprocessing.channels:
            raise ModelError("This batch has no colours to show.")
        picture: npt.NDArray[np.uint8] = preprocessing.denormalise(batch)[0].permute(1, 2, 0).cpu().numpy()
        step = max(1, max(picture.shape[:2]) // 224)
        return np.ascontiguousarray(np.repeat(picture, 3, axis=2) if picture.shape[2] == 1 else picture)[::step, ::step]


def normalisation_forgotten(bench: Bench) -> Outcome:
    """Pixels scaled to 0..1 and no more."""
    return bench.run(bench.pixels().float() / 255)


def raw_pixels(bench: Bench) -> Outcome:
    """Pixels of 0..255 as they are."""
    return bench.run(bench.pixels().float())


def foreign_statistics(bench: Bench) -> Outcome:
    """Normalised with CIFAR-10's mean and std."""
    channels = bench.classifier.preprocessing.channels
    mean, std = (torch.tensor(values[:channels]).view(1, -1, 1, 1) for values in (CIFAR10_MEAN, CIFAR10_STD))
    return bench.run((bench.pixels().float() / 255 - mean) / std)


def channels_swapped(bench: Bench) -> Outcome:
    """Blue, green, red, as OpenCV reads files."""
    batch = bench.classifier.preprocessing(np.ascontiguousarray(bench.image[..., ::-1]))
    means = [", ".join(f"{value:.2f}" for value in one.mean(dim=(0, 2, 3)).tolist()) for one in (bench.right, batch)]
    return bench.run(batch, clues=(Clue("mean by channel", *means),))


def channels_last(bench: Bench) -> Outcome:
    """(1, H, W, C), as NumPy and Pillow keep a picture."""
    batch = bench.right.permute(0, 2, 3, 1).contiguous()
    return bench.run(batch, saw=False, clues=(Clue("shape of the input", _shape(bench.right), _shape(batch)),))


def reshaped(bench: Bench) -> Outcome:
    """`reshape` where `permute` was meant: the right shape, the wrong order."""
    batch = bench.right.permute(0, 2, 3, 1).reshape(bench.right.shape)
    moved = [f"{(one[..., 1:] - one[..., :-1]).abs().mean():.2f}" for one in (bench.right, batch)]
    return bench.run(batch, clues=(Clue("difference between neighbours", *moved),))


def eval_forgotten(bench: Bench) -> Outcome:
    """Train mode: dropout drops, and batch norm takes the batch's own statistics and rewrites the ones it learned."""
    model = bench.copy().train()
    other = bench.right.flip(3) * 0.5  # somebody else's photograph in the same batch
    before = _running_mean(model)
    try:
        with torch.inference_mode():
            alone = answer_in(model(bench.right.to(bench.classifier.device)))
            together = answer_in(model(torch.cat([bench.right, other]).to(bench.classifier.device)))[:1]
    except (RuntimeError, ValueError) as error:
        return Outcome(error=f"{type(error).__name__}: {error}", untouched=True)
    first, second = bench.rank(alone), bench.rank(together)
    clues = [Clue("the same photograph twice", "the same answer", _two(first, second))]
    if before is not None:
        after = _running_mean(model)
        clues.append(Clue("learned mean of the first batch norm", f"{before:.4f}, kept", f"{after:.4f} after two runs"))
    note = "again, with another photograph in its batch"
    return Outcome(first, again=second, again_note=note, clues=tuple(clues), untouched=True)


def no_resize(bench: Bench) -> Outcome:
    """The photograph at its own size, at most 1 megapixel."""
    pixels = to_tensor(bench.image)
    scale = (NO_RESIZE_PIXELS / (pixels.shape[2] * pixels.shape[3])) ** 0.5
    if scale < 1:
        size = [max(1, int(side * scale)) for side in pixels.shape[2:]]
        pixels = functional.interpolate(pixels, size, mode="bilinear", antialias=True)
    if bench.classifier.preprocessing.channels == 1:
        pixels = torch.einsum("nchw,c->nhw", pixels.float(), torch.tensor(LUMA)).round()[:, None]
    batch = bench.classifier.preprocessing.normalise(pixels)
    return bench.run(batch, clues=(Clue("shape of the input", _shape(bench.right), _shape(batch)),))


def no_batch_dimension(bench: Bench) -> Outcome:
    """(C, H, W) where (1, C, H, W) is expected."""
    picture = bench.right[0]
    return bench.run(picture, saw=False, clues=(Clue("shape of the input", _shape(bench.right), _shape(picture)),))


def augmentation_left_on(bench: Bench) -> Outcome:
    """The training's random crops, flips and colours, at the time of answering."""
    generator = torch.Generator().manual_seed(int(torch.randint(2**31, (1,))))
    recipe = find_recipe("product")
    size = bench.classifier.preprocessing.size
    batches = []
    for _ in range(2):
        pixels = augment(bench.pixels(), size, draw_numbers(recipe, 1, generator))
        batches.append(bench.classifier.preprocessing.normalise(pixels))
    first, second = (bench.run(batch) for batch in batches)
    clue = Clue("the same photograph twice", "the same answer", _two(first.rows, second.rows))
    return Outcome(
        first.rows, again=second.rows, again_note="the same photograph again", clues=(clue, *first.clues), saw=first.saw
    )


def softmax_forgotten(bench: Bench) -> Outcome:
    """Logits read as if they were probabilities."""
    if bench.classifier.output != "logits":
        return Outcome(error=_NO_LOGITS, untouched=True)
    logits = bench.answer(bench.right)
    rows = bench.rank(logits)
    clue = Clue("sum over all classes", "1.00", f"{logits.sum():.2f}")
    return Outcome(rows, score="logit", clues=(clue,), untouched=True)


def softmax_twice(bench: Bench) -> Outcome:
    """Probabilities put through a softmax once more, as `nn.CrossEntropyLoss` after `nn.Softmax` does."""
    if bench.classifier.output != "logits":
        return Outcome(error=_NO_LOGITS, untouched=True)
    logits = bench.answer(bench.right)
    temperature = bench.classifier.temperature
    once = torch.softmax(logits / temperature, 1)
    twice = torch.softmax(once, 1)[0]
    order = torch.sort(twice, descending=True, stable=True).indices[:SHOWN].tolist()
    rows = tuple(Prediction(bench.classifier.classes[i], float(twice[i]), float(logits[0, i])) for i in order)
    most = torch.e / (torch.e + len(bench.classifier.classes) - 1)
    clues = (
        Clue("largest share", f"{once.max():.3f}", f"{twice.max():.3f}"),
        Clue("the most that is possible", "1.000", f"{most:.3f}"),
    )
    return Outcome(rows, clues=clues, untouched=True)


def forward_called(bench: Bench) -> Outcome:
    """`model.forward(x)` in place of `model(x)`: the same numbers, but hooks stay silent."""
    model = bench.copy()
    ran: list[str] = []
    batch = bench.right.to(bench.classifier.device)
    watched = watching(model, lambda name, _module: not name, after=lambda name, *_: ran.append(name))
    with watched, torch.inference_mode():
        model(batch)
        rightly = len(ran)
        logits = answer_in(model.forward(batch))
    clue = Clue("times that a hook on the network ran", str(rightly), str(len(ran) - rightly))
    return Outcome(bench.rank(logits), clues=(clue,), untouched=True)


def _shape(tensor: torch.Tensor) -> str:
    return "(" + ", ".join(map(str, tensor.shape)) + ")"


def _running_mean(model: nn.Module) -> float | None:
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d) and module.running_mean is not None:
            return float(module.running_mean.mean())
    return None


def _two(first: tuple[Prediction, ...], second: tuple[Prediction, ...]) -> str:
    if not first or not second:
        return "no answer"
    return " / ".join(f"{rows[0].label} {rows[0].probability:.1%}" for rows in (first, second))
