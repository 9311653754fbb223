"""Text in: what is read, what is named with its line, and that nothing is ever evaluated."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from explorer.errors import ShapeError
from explorer.networks.stacks import _module
from explorer.stack.parsing import parse_stack, read_print

CONV = "nn.Conv2d(3, 32, 3, padding=1)"


def codes(text):
    return [layer.code() for layer in parse_stack(text)]


@pytest.mark.parametrize(
    "text",
    [
        CONV,
        CONV + ",",
        "torch.nn.Conv2d(3, 32, kernel_size=3, padding=(1, 1), stride=1)",
        "Conv2d(3, 32, (3, 3), 1, 1)",
        "self.conv1 = nn.Conv2d(3, 32, 3, padding=1)",
        "model = nn.Sequential(nn.Sequential(nn.Conv2d(3, 32, 3, padding=1, dtype=torch.float32, device=None)))",
        "import torch.nn as nn\n\n    \nmodel = nn.Sequential(\n    nn.Conv2d(3, 32, 3, padding=1),  # the first\n)",
        'nn.Sequential(OrderedDict([("conv", nn.Conv2d(1 + 2, 4 * 8, 3, padding=9 // 9))]))',
        "Sequential(\n  (0): Conv2d(3, 32, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))\n)",
        "model = nn.Sequential(nn.Conv2d(3, 32, 3, padding=1)).eval()\nprint(model(torch.zeros(1, 3, 8, 8)).shape)",
        '"""A network."""\n[nn.Conv2d(3, 32, 3, padding=1)]',
        "  nn.Conv2d(3, 32, 3, padding=1)",
    ],
)
def test_ways_to_write_one_convolution(text):
    assert codes(text) == [CONV]


def test_a_layer_a_line_with_and_without_commas():
    assert codes("nn.Conv2d(3, 8, 3),\nnn.ReLU(inplace=True)\n\nMaxPool2d(2),") == [
        "nn.Conv2d(3, 8, 3)", "nn.ReLU(inplace=True)", "nn.MaxPool2d(2)",
    ]  # fmt: skip


def test_what_print_of_a_model_gives_is_read():
    model = nn.Sequential(
        nn.Conv2d(3, 8, (3, 5), stride=2, bias=False), nn.BatchNorm2d(8), nn.Sequential(nn.ReLU(), nn.Dropout(0.4)),
        nn.AdaptiveAvgPool2d((1, 1)), nn.Flatten(), nn.Linear(8, 2), nn.LeakyReLU(0.2), nn.Softmax(dim=1),
    )  # fmt: skip
    assert codes(str(model)) == [
        "nn.Conv2d(3, 8, (3, 5), stride=2, bias=False)", "nn.BatchNorm2d(8)", "nn.ReLU()", "nn.Dropout(p=0.4)",
        "nn.AdaptiveAvgPool2d(1)", "nn.Flatten()", "nn.Linear(8, 2)", "nn.LeakyReLU(negative_slope=0.2)",
        "nn.Softmax(dim=1)",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("printed", "code"),
    [  # as torch 2.11 prints norms, and as 2.12 and later do
        ("8, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True", "(8)"),
        ("8, eps=1e-05, momentum=0.1, affine=True, bias=True, track_running_stats=True", "(8)"),
        ("8, eps=1e-05, momentum=0.1, affine=True, bias=False, track_running_stats=True", "(8, bias=False)"),
        ("8, eps=1e-05, momentum=0.1, affine=False, bias=False, track_running_stats=True", "(8, affine=False)"),
        ("8, eps=0.001, momentum=None, affine=True, bias=True, track_running_stats=False",
         "(8, eps=0.001, momentum=None, track_running_stats=False)"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["BatchNorm1d", "BatchNorm2d"])
def test_norms_are_read_as_any_torch_prints_them(kind, printed, code):
    assert codes(f"Sequential(\n  (0): {kind}({printed})\n)") == [f"nn.{kind}{code}"]
    assert codes(f"nn.{kind}{code}") == [f"nn.{kind}{code}"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Conv2d(3, 8, kernel_size=(3, 3), stride=(1, 1), padding=same)", "nn.Conv2d(3, 8, 3, padding='same')"),
        ("Conv2d(3, 8, kernel_size=(3, 3), stride=(1, 1), padding=valid)", "nn.Conv2d(3, 8, 3, padding='valid')"),
        ("(conv): Conv2d(3, 8, kernel_size=(3, 3), stride=(1, 1), padding=same, padding_mode=reflect)",
         "nn.Conv2d(3, 8, 3, padding='same', padding_mode='reflect')"),
        ("  (1): BatchNorm2d(8, eps=1e-05, momentum=None, affine=True, track_running_stats=True)",
         "nn.BatchNorm2d(8, momentum=None)"),
    ],
)  # fmt: skip
def test_a_printed_line_is_read_with_its_words_unquoted(text, code):
    assert codes(text) == [code]


def _shown(layer: nn.Module) -> str:
    """A layer in print, whether it works in place left out: no stack here does."""
    return re.sub(r"(, )?inplace=(True|False)", "", str(layer))


def test_every_layer_is_read_as_the_installed_torch_prints_it():
    for layer in [
        nn.Conv2d(3, 8, (3, 5), 2, "valid", 2, bias=False, padding_mode="circular"), nn.Conv2d(4, 8, 2, padding="same"),
        nn.ConvTranspose2d(4, 8, 3, 2, 1, 1, groups=2), nn.MaxPool2d(3, 2, 1, ceil_mode=True), nn.AvgPool2d((2, 3)),
        nn.AdaptiveAvgPool2d((None, 3)), nn.AdaptiveMaxPool2d(2), nn.BatchNorm2d(8, momentum=None, affine=False),
        nn.BatchNorm1d(8, eps=0.1, track_running_stats=False), nn.Linear(3, 4, bias=False), nn.Flatten(2, 3),
        nn.Dropout(0.1, inplace=True), nn.Softmax(-1), nn.LogSoftmax(1), nn.LeakyReLU(0.3), nn.ELU(2.0),
        nn.GELU("tanh"), nn.Sigmoid(), nn.ReLU6(), nn.Mish(inplace=True), nn.Hardswish(),
    ]:  # fmt: skip
        (read,) = parse_stack(f"({type(layer).__name__.lower()}): {layer}")
        assert _shown(_module(read)) == _shown(layer)


class Branching(nn.Module):
    """Layers that are made in another order than they run, of which one runs beside the others."""

    def __init__(self):
        super().__init__()
        self.head, self.features = nn.Linear(8, 4), nn.Sequential(nn.Conv2d(3, 8, 3, padding="same"), nn.BatchNorm2d(8))
        self.beside, self.odd = nn.Conv2d(3, 8, 1), nn.LocalResponseNorm(2)


def test_the_print_of_somebodys_own_class_is_read_as_a_list_and_not_as_a_stack():
    printed = read_print(str(Branching()))
    assert [layer.code() for layer in printed.layers] == [
        "nn.Linear(8, 4)", "nn.Conv2d(3, 8, 3, padding='same')", "nn.BatchNorm2d(8)", "nn.Conv2d(3, 8, 1)",
    ]  # fmt: skip
    assert printed.classes == ["Branching", "Sequential"]
    assert printed.unread == ["LocalResponseNorm"]
    assert read_print(str(Branching().features)) is None
    assert read_print("nn.Conv2d(3, 8, 3)\nnn.ReLU()") is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "There is no layer in this text"),
        ("# only a comment", "There is no layer in this text"),
        ("nn.ReLU()\nnn.Conv3d(1, 2, 3)", "Line 2: nn.Conv3d is not among the layers known here: .*Conv2d"),
        ("nn.ReLU()\n\nnn.Conv2d(3, 8)", "Line 3: nn.Conv2d needs kernel_size"),
        ("nn.Conv2d(3, 8, 3, pading=1)", "Line 1: nn.Conv2d has no argument 'pading'; it takes in_channels"),
        ("nn.Conv2d(3, 8, 3, in_channels=3)", "Line 1: nn.Conv2d was given in_channels twice"),
        ("nn.MaxPool2d(1, 2, 0, 1, False, False, 7)", "Line 1: nn.MaxPool2d takes at most 6 arguments, not 7"),
        ("nn.BatchNorm2d(3, 1e-5, 0.1, True, True, None, None, True)", "takes at most 7 arguments .* not 8"),
        ("nn.BatchNorm2d(3, bias='no')", "Line 1: nn.BatchNorm2d: bias must be True or False, not 'no'"),
        ("nn.ReLU()\nnn.Linear(n, 10)", "Line 2: “n” is not a number that can be read here"),
        ("nn.Linear(int('4'), 10)", r"Line 1: “int\('4'\)” is not a number"),
        ("nn.ReLU()\nnn.Conv2d(3, 8, 3", r"Line 2 cannot be read: '\(' was never closed"),
        ("nn.ReLU()\nhello there\nnn.ReLU()", "Line 2 cannot be read: invalid syntax"),
        ("nn.ReLU()\nx = 3", "Line 2: “3” is not a layer"),
        ("for i in range(3):\n    nn.ReLU()", "Line 1 is not a layer"),
        ("nn.Sequential(*layers)", r"Line 1: “\*layers” is not a layer"),
        ("os.system('ls')", "Line 1: “os.system” is not a layer of torch.nn"),
        ("__import__('os').system('ls')", "Line 1: .* is not a layer of torch.nn"),
        ("nn.Linear(2 ** 64, 10)", "Line 1: .* is not a number"),
        ("nn.Linear(5 // 0, 10)", "Line 1: .* is not a number"),
        ("nn.Linear(99999999, 10)", "Line 1: nn.Linear: in_features must be a whole number from 1 to 10,000,000"),
        ("nn.Conv2d(3, 8, 0)", "Line 1: nn.Conv2d: kernel_size must be a whole number from 1 .*or two of them, not 0"),
        ("nn.Conv2d(3, 8, 2.5)", "kernel_size must be a whole number .* not 2.5"),
        ("nn.Conv2d(3, 8, True)", "kernel_size must be a whole number .* not True"),
        ("nn.Conv2d(3, 8, (1, 2, 3))", r"kernel_size must be a whole number .* not \(1, 2, 3\)"),
        ("nn.Conv2d(3, 8, 3, padding='most')", "padding must be a whole number .* not 'most'"),
        ("nn.Conv2d(3, 8, 3, bias='no')", "bias must be True or False"),
        ("nn.GELU(approximate=3)", "approximate must be none or tanh, not 3"),
        ("nn.Conv2d(3, 8, 3, padding_mode=3)", "padding_mode must be a word, not 3"),
        ("nn.Dropout('half')", "p must be a number from 0 to 1, not 'half'"),
        ("nn.LeakyReLU(1e999)", "negative_slope must be a number, not inf"),
        ("nn.Conv2d(3, " + "9" * 4000 + ", 3)", "not 9{36}…\\.$"),
        ("nn.Conv2d(3, 8, 3, " + "x" * 4000 + "=1)", "no argument 'x{35}…; it takes"),
        ("nn.ReLU(**options)", "Line 1: “options” is not a number"),
        ("lambda: 0", "Line 1: “lambda: 0” is not a layer"),
        ("nn.Linear(\x00)", "null bytes"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_line(text, words):
    with pytest.raises(ShapeError, match=words):
        parse_stack(text)


def test_too_much_text_and_too_many_layers_are_refused():
    with pytest.raises(ShapeError, match="has 20,001 characters; at most 20,000"):
        parse_stack("x" * 20_001)
    with pytest.raises(ShapeError, match="Line 401: at most 400 layers"):
        parse_stack("nn.ReLU()\n" * 500)


@pytest.mark.parametrize(
    "text",
    ["(" * 9_000, "1+" * 9_000 + "1", "nn.Linear(" + "1+" * 4_000 + "1, 2)", "-" * 15_000 + "1",
     "a" + ".b" * 9_000 + "()", "f(" * 90 + ")" * 90],
)  # fmt: skip
def test_deep_nesting_is_refused_with_a_sentence(text):
    with pytest.raises(ShapeError):
        parse_stack(text)


@settings(deadline=None, max_examples=200)
@given(st.text(max_size=80) | st.text(alphabet="nn.Conv2d(),=\n \t13*+-'\"[]{}:#\\xReLU", max_size=80))
def test_any_text_ends_in_layers_or_in_a_sentence(text):
    try:
        assert parse_stack(text)
    except ShapeError as error:
        assert str(error)


@pytest.mark.parametrize(
    "text",
    [
        "class Net(nn.Module):\n    def __init__(self):\n        self.conv = nn.Conv2d(3, 8, 3)",
        "import torch\nfrom torch import nn\n\nclass Net(nn.Module):\n    pass",
    ],
)
def test_a_class_is_told_to_come_as_a_sequential(text):
    line = text.split("class")[0].count("\n") + 1
    with pytest.raises(ShapeError, match=rf"Line {line} begins the class Net, .*nn\.Sequential"):
        parse_stack(text)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("model.add(Conv2D(32, (3, 3)))", 1),
        ("nn.ReLU()\nlayers.Dense(10)", 2),
        ("model = keras.Sequential([\n    layers.MaxPooling2D(2),\n])", 1),
        ("class Net(tf.keras.Model):\n    pass", 1),
    ],
)
def test_keras_is_named(text, line):
    with pytest.raises(ShapeError, match=rf"Line {line} is Keras, .*nn\.Conv2d"):
        parse_stack(text)
