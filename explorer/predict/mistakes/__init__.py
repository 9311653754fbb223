"""The classic mistakes in feeding a network, each really made: a broken pipeline, run on a deep copy.

A `Mistake` says what goes wrong, why, and the line of code that is wrong and right. `make` runs it and gives what came
out: labels with numbers, or the exception in its own words, and the number that gives it away. The runs themselves are
in `pipelines`. Used by the Classifier tab.
"""

from collections.abc import Callable
from dataclasses import dataclass

from explorer.errors import ModelError
from explorer.image.pixels import Picture
from explorer.predict.classifier import Classifier
from explorer.predict.mistakes import pipelines
from explorer.predict.mistakes.pipelines import Bench, Outcome

__all__ = ["MISTAKES", "Bench", "Mistake", "Outcome", "flips", "make"]


@dataclass(frozen=True)
class Mistake:
    """One way to feed a network wrongly."""

    key: str
    title: str
    cause: str
    wrong: str  # a line of code
    fix: str  # the line in its place
    run: Callable[[Bench], Outcome]


MISTAKES = {
    mistake.key: mistake
    for mistake in (
        Mistake(
            "normalisation",
            "Normalisation forgotten",
            "The network learned on inputs with mean 0 and spread 1; pixels of 0 to 1 are paler and shifted.",
            "batch = picture / 255",
            "batch = (picture / 255 - mean) / std   # those of the checkpoint",
            pipelines.normalisation_forgotten,
        ),
        Mistake(
            "raw",
            "Raw 0–255",
            "Inputs are some hundred times larger than in training, so the first layers overshoot.",
            "batch = picture.float()",
            "batch = (picture.float() / 255 - mean) / std",
            pipelines.raw_pixels,
        ),
        Mistake(
            "statistics",
            "Another data set's mean and std",
            "Numbers copied from a CIFAR-10 tutorial shift and stretch every colour.",
            "normalise(mean=(0.4914, 0.4822, 0.4465), std=(0.2470, 0.2435, 0.2616))",
            "normalise(mean=card.mean, std=card.std)",
            pipelines.foreign_statistics,
        ),
        Mistake(
            "bgr",
            "RGB and BGR swapped",
            "OpenCV reads blue first, Pillow and torchvision red first: reds arrive as blues.",
            "picture = cv2.imread(path)",
            "picture = cv2.cvtColor(cv2.imread(path), cv2.COLOR_BGR2RGB)",
            pipelines.channels_swapped,
        ),
        Mistake(
            "hwc",
            "Height, width, channel",
            "NumPy keeps the channel last, PyTorch wants it second, and takes rows for channels.",
            "batch = torch.from_numpy(picture)[None]",
            "batch = torch.from_numpy(picture).permute(2, 0, 1)[None]",
            pipelines.channels_last,
        ),
        Mistake(
            "reshape",
            "reshape in place of permute",
            "The shape is right and the order wrong: every row of pixels is torn into the three colours.",
            "batch = torch.from_numpy(picture).reshape(1, 3, h, w)",
            "batch = torch.from_numpy(picture).permute(2, 0, 1)[None]",
            pipelines.reshaped,
        ),
        Mistake(
            "eval",
            "eval() forgotten",
            "In train mode dropout drops, and batch norm uses the rest of the batch and forgets what it learned.",
            "logits = model(batch)",
            "logits = model.eval()(batch)",
            pipelines.eval_forgotten,
        ),
        Mistake(
            "size",
            "No resize",
            "A convolution accepts any size, but the things in the picture are larger than any that it learned on.",
            "batch = normalise(photograph)",
            "batch = normalise(resize(photograph, (size, size)))",
            pipelines.no_resize,
        ),
        Mistake(
            "batch",
            "Batch dimension missing",
            "A network takes a pile of pictures; one picture is a pile of one.",
            "logits = model(picture)",
            "logits = model(picture.unsqueeze(0))",
            pipelines.no_batch_dimension,
        ),
        Mistake(
            "augmentation",
            "Augmentation left on",
            "The training's random crops, flips and colours still run, so every answer is to another picture.",
            "batch = training_transform(photograph)",
            "batch = evaluation_transform(photograph)",
            pipelines.augmentation_left_on,
        ),
        Mistake(
            "no softmax",
            "Softmax forgotten",
            "A network ends in logits, which are any numbers; only the softmax makes shares of 1 of them.",
            "probabilities = model(batch)",
            "probabilities = model(batch).softmax(dim=1)",
            pipelines.softmax_forgotten,
        ),
        Mistake(
            "two softmax",
            "Softmax twice",
            "Shares lie between 0 and 1, so a second softmax makes nearly equal ones of them; the order stays.",
            "probabilities = model_with_softmax(batch).softmax(dim=1)",
            "probabilities = model(batch).softmax(dim=1)   # and logits, not shares, into nn.CrossEntropyLoss",
            pipelines.softmax_twice,
        ),
        Mistake(
            "forward",
            "forward() called",
            "The answer is the same, but only model(batch) runs hooks: what was to be recorded stays empty.",
            "logits = model.forward(batch)",
            "logits = model(batch)",
            pipelines.forward_called,
        ),
    )
}


def make(key: object, classifier: Classifier, image: Picture) -> Outcome:
    """Make a mistake with a photograph.

    Args:
        key: one of `MISTAKES`.
        image: uint8 (H, W, 3).

    Raises:
        ModelError: no such mistake.
    """
    return _known(key).run(Bench(classifier, image))


def flips(key: object, classifier: Classifier, image: Picture) -> bool:
    """Whether the mistake changes the label that comes first, or ends in an exception.

    Args:
        image: uint8 (H, W, 3).

    Raises:
        ModelError: no such mistake.
    """
    bench = Bench(classifier, image, counted=True)
    broken = _known(key).run(bench)
    return not broken.rows or broken.rows[0].label != bench.rank(classifier.answers(bench.right))[0].label


def _known(key: object) -> Mistake:
    if not isinstance(key, str) or key not in MISTAKES:
        raise ModelError(f"There is no mistake {key!r}; there are {', '.join(MISTAKES)}.")
    return MISTAKES[key]
