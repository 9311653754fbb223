"""Stacks against torch: random ones built for real and run on a small picture; known answers; every way out works."""

import inspect
import warnings

import orjson
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from explorer.arithmetic.fields import receptive_field_size
from explorer.errors import ShapeError
from explorer.networks.stacks import build_stack
from explorer.stack.layers import LAYERS, Layer
from explorer.stack.lessons import LESSONS
from explorer.stack.parsing import parse_stack
from explorer.stack.walking import MOST, totals, walk
from explorer.stack.writing import to_code, to_csv


def build(layers):
    """The stack in torch, from the very text that ours is written as."""
    namespace = {"nn": nn}
    return nn.Sequential(*[eval(layer.code(), namespace) for layer in layers])  # noqa: S307 - our own text


def torch_shapes(layers, shape):
    """The shape after each layer, up to the one that torch refuses."""
    shapes = []
    x = torch.zeros(2, *shape)
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # an even kernel with padding "same" is slow, says torch
        for layer in layers:
            try:
                x = build([layer]).eval()(x)
            except (RuntimeError, ValueError, IndexError):
                break
            shapes.append(tuple(x.shape[1:]))
    return shapes


small = st.integers(1, 4)
pair = st.one_of(small, st.tuples(small, small))
edge = st.one_of(st.integers(0, 2), st.tuples(st.integers(0, 2), st.integers(0, 2)))
channels = st.sampled_from([1, 2, 4, 6])


def layer(kind, **arguments):
    return st.fixed_dictionaries(arguments).map(lambda given: Layer(kind, given))


ANY_LAYER = st.one_of(
    layer("Conv2d", in_channels=channels, out_channels=channels, kernel_size=pair, stride=pair,
          padding=st.one_of(edge, st.sampled_from(["same", "valid"])), dilation=pair, groups=st.sampled_from([1, 1, 2]),
          bias=st.booleans(), padding_mode=st.sampled_from(["zeros", "zeros", "reflect", "replicate", "circular"])),
    layer("ConvTranspose2d", in_channels=channels, out_channels=channels, kernel_size=pair, stride=pair, padding=edge,
          output_padding=edge, groups=st.sampled_from([1, 2]), dilation=st.integers(1, 2)),
    layer("MaxPool2d", kernel_size=pair, stride=st.one_of(st.none(), pair), padding=edge, dilation=st.integers(1, 2),
          ceil_mode=st.booleans()),
    layer("AvgPool2d", kernel_size=pair, stride=pair, padding=edge, ceil_mode=st.booleans()),
    layer("AdaptiveAvgPool2d", output_size=st.one_of(small, st.tuples(small, st.one_of(st.none(), small)))),
    layer("BatchNorm2d", num_features=channels),
    layer("BatchNorm1d", num_features=channels, affine=st.booleans()),
    layer("Linear", in_features=st.integers(1, 12), out_features=channels, bias=st.booleans()),
    layer("Flatten", start_dim=st.integers(-3, 3), end_dim=st.integers(-3, 3)).filter(
        lambda one: one["start_dim"] not in {0, -4}),
    layer("Softmax", dim=st.integers(-3, 3)),
    layer("ReLU"),
    layer("Dropout2d"),
)  # fmt: skip


@settings(deadline=None, max_examples=200)
@given(st.lists(ANY_LAYER, min_size=1, max_size=5), channels, st.integers(1, 13), st.integers(1, 13))
def test_random_stacks_break_where_torch_breaks_and_have_its_shapes(layers, depth, height, width):
    """Two ways in which torch takes the batch for something else are refused by us, and left out here."""
    rows = walk(layers, (depth, height, width))
    ours = [row.shape for row in rows if row.shape is not None]
    theirs = torch_shapes(layers, (depth, height, width))
    breaks = layers[len(ours)] if len(ours) < len(layers) else None
    if breaks is not None and len(theirs) > len(ours):
        before = ours[-1] if ours else (depth, height, width)
        batch_taken_for_channels = len(before) == 2
        batch_flattened = breaks.kind == "Flatten" and breaks["start_dim"] % (len(before) + 1) == 0
        emptied = breaks.kind == "ConvTranspose2d" and 0 in theirs[len(ours)]
        channels_first = breaks.kind in {"Dropout2d", "BatchNorm1d"}
        assert batch_taken_for_channels or batch_flattened or emptied or channels_first
        return
    assert ours == theirs
    for row, one in zip(rows[: len(ours)], layers, strict=False):
        assert row.parameters == sum(p.numel() for p in build([one]).parameters())


@settings(deadline=None, max_examples=120)
@given(st.lists(ANY_LAYER, min_size=1, max_size=4), channels, st.integers(1, 13), st.integers(1, 13))
def test_every_way_out_gets_past_the_broken_layer(layers, depth, height, width):
    rows = walk(layers, (depth, height, width))
    broken = next((index for index, row in enumerate(rows) if row.error), None)
    if broken is None:
        return
    for fix in rows[broken].fixes:
        after = walk(fix.layers, (depth, height, width))
        still = next((index for index, row in enumerate(after) if row.error), len(after))
        assert len(after) - still < len(rows) - broken, fix.text


@pytest.mark.parametrize("name", LESSONS)
def test_every_lesson_runs_in_torch_with_these_shapes(name):
    lesson = LESSONS[name]
    assert lesson.stacks
    for _, text in lesson.stacks:
        layers = parse_stack(text)
        rows = walk(layers, lesson.shape)
        with torch.device("meta"):
            x = torch.zeros(2, *lesson.shape)
            for row in rows:
                if row.shape is None:
                    break
                x = build([row.layer])(x)
                assert tuple(x.shape[1:]) == row.shape
        assert (rows[-1].shape is None) == (name == "crash")


def lesson_numbers(name):
    lesson = LESSONS[name]
    rows = [walk(parse_stack(text), lesson.shape) for _, text in lesson.stacks]
    return rows, [totals(each) for each in rows]


def test_the_lessons_keep_what_they_promise():
    rows, sums = lesson_numbers("threes")
    assert {row[-1].receptive_field for row in rows} == {(5, 5)}
    assert [row[-1].shape for row in rows] == [(64, 56, 56)] * 2
    assert sums[0]["parameters"] == 73_856 < sums[1]["parameters"] == 102_464
    rows, sums = lesson_numbers("depthwise")
    assert rows[0][-1].shape == rows[1][-1].shape
    assert 8 < sums[1]["mult_adds"] / sums[0]["mult_adds"] < 9
    rows, sums = lesson_numbers("dense")
    assert [each["parameters"] for each in sums] == [27, 77_070_336]
    rows, _ = lesson_numbers("sizes")
    assert [row[-1].shape[1] for row in rows] == [222, 224, 112, 224, 112]
    _, sums = lesson_numbers("lenet")
    assert sums[0]["parameters"] == 61_706


def test_the_classic_crash_shows_both_numbers_and_both_ways_out():
    lesson = LESSONS["crash"]
    rows = walk(parse_stack(lesson.stacks[0][1]), lesson.shape)
    assert [row.shape for row in rows[-3:]] == [(32, 28, 28), (25_088,), None]
    assert rows[-1].error == "nn.Linear was told in_features 100,352 but gets 25,088 features."
    assert [row.wants for row in rows] == [None] * (len(rows) - 1) + [100_352]
    texts = [fix.text for fix in rows[-1].fixes]
    assert texts[0] == "in_features 25,088"
    assert any("AdaptiveAvgPool2d(1)" in text for text in texts)
    for fix in rows[-1].fixes[:-1]:
        with torch.no_grad():
            assert build(fix.layers)(torch.zeros(1, *lesson.shape)).shape == (1, 10)


def test_receptive_fields_of_a_stack():
    rows = walk(parse_stack("nn.Conv2d(3, 8, (3, 5), padding=1)\nnn.MaxPool2d(2)\nnn.Conv2d(8, 8, 3)"), (3, 32, 48))
    heights, widths = [(3,), (2, 2), (3,)], [(5,), (2, 2), (3,)]
    assert rows[-1].receptive_field == (receptive_field_size(heights), receptive_field_size(widths)) == (8, 10)
    assert rows[-1].jump == (2, 2)
    flat = walk(parse_stack("nn.MaxPool2d(2)\nnn.Flatten()\nnn.Linear(768, 2)"), (3, 32, 32))
    assert flat[-1].receptive_field == (32, 32)
    assert flat[-1].jump is None


def test_layers_after_the_broken_one_have_no_numbers():
    rows = walk(parse_stack("nn.Conv2d(1, 2, 3)\nnn.Conv2d(9, 2, 3)\nnn.ReLU()"), (1, 8, 8))
    assert [row.shape for row in rows] == [(2, 6, 6), None, None]
    assert rows[1].error == "nn.Conv2d was told in_channels 9 but gets 2 channels."
    assert rows[1].wants is None, "channels are no features"
    assert rows[2].error is None
    with pytest.raises(ShapeError, match="picture of 3 × 0 × 4 has nothing in it"):
        walk(parse_stack("nn.ReLU()"), (3, 0, 4))


def test_the_code_runs_and_says_its_shape(capsys):
    layers = parse_stack("nn.Conv2d(3, 8, 3, stride=2, padding=(1, 0))\nnn.Flatten()\nnn.Linear(352, 5)")
    code = to_code(layers, (3, 7, 23))
    assert [layer.code() for layer in parse_stack(code.split("\n\n")[1])] == [layer.code() for layer in layers]
    exec(compile(code, "stack.py", "exec"), {})  # noqa: S102 - what we wrote ourselves
    assert capsys.readouterr().out == "torch.Size([1, 5])\n"


def test_the_code_runs_with_a_batch_norm_that_one_picture_could_not_train(capsys):
    layers = parse_stack("nn.Flatten()\nnn.Linear(48, 10)\nnn.BatchNorm1d(10)")
    exec(compile(to_code(layers, (3, 4, 4)), "stack.py", "exec"), {})  # noqa: S102 - what we wrote ourselves
    assert capsys.readouterr().out == "torch.Size([1, 10])\n"


@pytest.mark.parametrize("name", LESSONS)
def test_the_code_that_is_given_can_be_read_again(name):
    lesson = LESSONS[name]
    for _, text in lesson.stacks:
        layers = parse_stack(text)
        again = parse_stack(to_code(layers, lesson.shape))
        assert [layer.code() for layer in again] == [layer.code() for layer in layers]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "nn.ConvTranspose2d(3, 3, 1, stride=10000000)\n" * 390,
            "more than 9,007,199,254,740,991 bytes of activations",
        ),
        ("nn.Conv2d(3, 10000000, 10000000, padding=10000000)", "more than 9,007,199,254,740,991 parameters"),
        ("nn.Conv2d(3, 10000000, 3)\nnn.Conv2d(10000000, 9000000, 1)", "more than 9,007,199,254,740,991 mult-adds"),
        ("nn.Conv2d(3, 3, 2, stride=10000000, padding=10000000)\n" * 70, "pixels in what a unit sees"),
        ("nn.Conv2d(3, 3, 1, stride=10000000, padding=10000000)\n" * 70, None),
    ],
    ids=["memory", "parameters", "products", "field", "jump"],
)
def test_numbers_that_nobody_could_run_end_in_a_sentence(text, words):
    rows = walk(parse_stack(text), (3, 8192, 8192))
    errors = [row.error for row in rows if row.error]
    assert len(errors) == (words is not None)
    assert words is None or words in errors[0]
    assert all(value <= MOST for value in totals(rows).values())
    assert to_csv(rows)
    sent = [(row.shape, row.parameters, row.mult_adds, row.memory, row.receptive_field, row.jump) for row in rows]
    assert orjson.dumps(sent)  # as the page sends it: whole numbers of 64 bits at the most


def test_a_layer_that_is_too_large_can_only_be_left_out():
    rows = walk(parse_stack("nn.ReLU()\nnn.ConvTranspose2d(3, 3, 1, stride=10000000)\nnn.ReLU()"), (3, 8192, 8192))
    assert [row.shape for row in rows] == [(3, 8192, 8192), None, None]
    assert [fix.text for fix in rows[1].fixes] == ["leave this layer out"]


@pytest.mark.parametrize(
    "text", ["nn.Dropout(1)", "nn.Dropout(2)",
             "nn.Dropout2d(0)", "nn.Dropout(1.5)", "nn.Dropout2d(-.1)", "nn.GELU(approximate='tanh')",
             "nn.GELU(approximate='erf')", "nn.BatchNorm2d(3, eps=0)", "nn.BatchNorm2d(3, eps=1e-9)",
             "nn.BatchNorm2d(3, 0.0)", "nn.BatchNorm2d(3, eps=-1e-9)", "nn.BatchNorm2d(3, momentum=None)",
             "nn.AvgPool2d(2, divisor_override=0)", "nn.LeakyReLU(-2.5)"]
)  # fmt: skip
def test_values_are_accepted_where_torch_accepts_them(text):
    try:
        shape = eval(text).eval()(torch.zeros(1, 3, 4, 4)).shape[1:]  # noqa: S307 - our own text
    except (ValueError, RuntimeError):
        with pytest.raises(ShapeError, match="must be"):
            parse_stack(text)
    else:
        assert walk(parse_stack(text), (3, 4, 4))[0].shape == shape


def test_the_csv_holds_every_row_and_its_sums():
    rows = walk(parse_stack("nn.Conv2d(3, 8, 3)\nnn.Flatten()\nnn.Linear(9, 5)"), (3, 7, 11))
    lines = to_csv(rows).splitlines()
    assert lines[0] == "layer,output_shape,parameters,mult_adds,memory_bytes,receptive_field,jump,error"
    assert lines[1] == '"nn.Conv2d(3, 8, 3)",8x5x9,224,9720,1440,3x3,1x1,'
    assert lines[3] == '"nn.Linear(9, 5)",,,,,,,nn.Linear was told in_features 9 but gets 360 features.'
    assert len(lines) == 4


def test_every_known_layer_is_one_of_torch_with_these_arguments():
    assert len(LAYERS) > 20
    for kind, arguments in LAYERS.items():
        signature = inspect.signature(getattr(nn, kind).__init__).parameters
        ours = [argument.name for argument in arguments]
        theirs = [name for name in signature if name not in {"self", "args", "kwargs"}]
        if kind.startswith("BatchNorm") and "bias" not in theirs:
            theirs.append("bias")  # torch before 2.12 has no such argument
        assert ours == theirs[: len(ours)], kind
        for argument in arguments:
            by_name = argument.name in signature and signature[argument.name].kind is inspect.Parameter.KEYWORD_ONLY
            assert not by_name or argument.by_name, f"{kind}: {argument.name}"


NORMS = [
    "(6)",
    "(6, bias=False)",
    "(6, affine=False)",
    "(6, affine=False, bias=False)",
    "(6, track_running_stats=False)",
]


@pytest.mark.parametrize("arguments", NORMS)
def test_a_stacks_norms_have_the_weights_that_its_table_counts(arguments):
    flat = arguments.replace("6", "216")
    layers = parse_stack(f"nn.Conv2d(3, 6, 3)\nnn.BatchNorm2d{arguments}\nnn.Flatten()\nnn.BatchNorm1d{flat}")
    rows, network = walk(layers, (3, 8, 8)), build_stack(layers, (3, 8, 8))
    assert [row.parameters for row in rows] == [sum(one.numel() for one in module.parameters()) for module in network]
    has_bias = "affine" not in arguments and "bias" not in arguments
    for norm in (network[1], network[3]):
        assert (norm.weight is not None, norm.bias is not None) == ("affine" not in arguments, has_bias)
        assert ("bias" in norm.state_dict()) == (norm.bias is not None)
    if "bias" in inspect.signature(nn.BatchNorm2d).parameters:  # from torch 2.12 on
        theirs = build(layers).eval()
        assert list(theirs.state_dict()) == list(network.state_dict())
        assert str(theirs) == str(network)
