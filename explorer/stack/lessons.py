"""Ready-made stacks, each with what it teaches. Their numbers are computed where they are shown, never written here."""

from dataclasses import dataclass


@dataclass(frozen=True)
class StackLesson:
    """One idea, and the stacks that show it side by side."""

    title: str
    text: str  # one or two sentences: what to look at
    shape: tuple[int, int, int]  # of the picture that goes in
    stacks: tuple[tuple[str, str], ...]  # a label, and a layer a line


_SMALL = """nn.Conv2d(3, 16, 3, padding=1)
nn.ReLU()
nn.MaxPool2d(2)
nn.Conv2d(16, 32, 3, padding=1)
nn.ReLU()
nn.MaxPool2d(2)
nn.Conv2d(32, 64, 3, padding=1)
nn.ReLU()
nn.AdaptiveAvgPool2d(1)
nn.Flatten()
nn.Linear(64, 10)"""

_CRASH = """nn.Conv2d(3, 8, 3, padding=1)
nn.ReLU()
nn.MaxPool2d(2)
nn.Conv2d(8, 16, 3, padding=1)
nn.ReLU()
nn.MaxPool2d(2)
nn.Conv2d(16, 32, 3, padding=1)
nn.ReLU()
nn.MaxPool2d(2)
nn.Flatten()
nn.Linear(100352, 10)"""

_DEPTHWISE = """nn.Conv2d(64, 64, 3, padding=1, groups=64, bias=False)
nn.Conv2d(64, 128, 1, bias=False)"""

_LENET = """nn.Conv2d(1, 6, 5, padding=2)
nn.Tanh()
nn.AvgPool2d(2)
nn.Conv2d(6, 16, 5)
nn.Tanh()
nn.AvgPool2d(2)
nn.Conv2d(16, 120, 5)
nn.Tanh()
nn.Flatten()
nn.Linear(120, 84)
nn.Tanh()
nn.Linear(84, 10)"""

_SIZES_AT_224 = ((3, 1, 0), (3, 1, 1), (3, 2, 1), (5, 1, 2), (7, 2, 3))

LESSONS: dict[str, StackLesson] = {
    "start": StackLesson(
        "A small network",
        "Each pooling halves the picture and doubles the jump between units; the last unit sees more and more.",
        (3, 32, 32),
        (("three convolutions", _SMALL),),
    ),
    "threes": StackLesson(
        "Two 3 × 3 see what one 5 × 5 sees",
        "The receptive field is the same; the weights are fewer, and there is one more ReLU in between.",
        (64, 56, 56),
        (
            ("two 3 × 3", "nn.Conv2d(64, 64, 3, padding=1)\nnn.ReLU()\nnn.Conv2d(64, 64, 3, padding=1)"),
            ("one 5 × 5", "nn.Conv2d(64, 64, 5, padding=2)"),
        ),
    ),
    "depthwise": StackLesson(
        "Depthwise and 1 × 1 against standard",
        "One 3 × 3 window per channel, then a 1 × 1 that mixes the channels: the same shapes, 8 to 9 times cheaper.",
        (64, 56, 56),
        (
            ("depthwise + 1 × 1", _DEPTHWISE),
            ("standard", "nn.Conv2d(64, 128, 3, padding=1, bias=False)"),
        ),
    ),
    "dense": StackLesson(
        "A dense layer in a convolution's place",
        "A dense layer has a weight of its own from every pixel to each of 512 units; a convolution shares one window.",
        (3, 224, 224),
        (
            ("one 3 × 3 filter", "nn.Conv2d(3, 1, 3, padding=1, bias=False)"),
            ("512 dense units", "nn.Flatten()\nnn.Linear(3 * 224 * 224, 512, bias=False)"),
        ),
    ),
    "sizes": StackLesson(
        "The size table at 224",
        "Kernel, stride, padding decide the size: it stays where padding is (kernel − 1) / 2 and halves at stride 2.",
        (3, 224, 224),
        tuple(
            (f"kernel {k}, stride {s}, padding {p}", f"nn.Conv2d(3, 32, {k}, stride={s}, padding={p})")
            for k, s, p in _SIZES_AT_224
        ),
    ),
    "crash": StackLesson(
        "The classic crash",
        "Three poolings halve 224 to 28, so the Flatten gives 32 × 28 × 28 features. The Linear was told otherwise.",
        (3, 224, 224),
        (("does not fit", _CRASH),),
    ),
    "lenet": StackLesson(
        "LeNet-5, layer by layer",
        "The network of 1998 with all its maps connected: count the weights, and see where most of them are.",
        (1, 28, 28),
        (("LeNet-5", _LENET),),
    ),
}  # fmt: skip
