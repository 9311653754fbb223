"""What the tab "Output sizes" and the endpoints ask of the server: plain objects in, plain objects out."""

import json

import pytest
import torchvision
from torch import nn

from explorer.arithmetic import output_size
from explorer.errors import ModelError, ShapeError
from explorer.stack.lessons import LESSONS
from explorer.ui.sizes.api import output_size_of, traced_network
from explorer.ui.sizes.stack import network_menu, stack_menu, trace_stack, walk_stacks


def test_every_lesson_in_the_menu_is_walked():
    menu = stack_menu({})
    assert [entry["name"] for entry in menu] == list(LESSONS)
    for entry in menu:
        results = walk_stacks({"texts": [stack["text"] for stack in entry["stacks"]], "shape": entry["shape"]})
        assert len(results) == len(entry["stacks"])
        assert json.dumps(results)


def test_a_walked_row_carries_the_settings_of_its_window():
    lines = (
        "nn.Conv2d(3, 8, (3, 5), stride=2)",
        "nn.MaxPool2d(2, ceil_mode=True)",
        "nn.AdaptiveAvgPool2d((2, 3))",
        "nn.ReLU()",
    )
    text = "\n".join(lines)
    (result,) = walk_stacks({"texts": [text], "shape": [3, 33, 41]})
    conv, pool, adaptive, relu = [row["settings"] for row in result["rows"]]
    assert conv == {
        "kind": "conv", "size": [33, 41], "channels": 3, "kernel_size": [3, 5], "stride": [2, 2], "padding": [0, 0],
        "filters": 8, "groups": 1, "bias": True, "dilation": [1, 1],
    }  # fmt: skip
    assert pool == {
        "kind": "max", "size": [16, 19], "channels": 8, "kernel_size": [2, 2], "stride": [2, 2], "padding": [0, 0],
        "ceil_mode": True, "dilation": [1, 1],
    }  # fmt: skip
    assert adaptive == {"kind": "adaptive", "size": [8, 10], "channels": 8, "kernel_size": [2, 3]}
    assert relu is None
    assert result["totals"]["parameters"] == 3 * 8 * 15 + 8
    assert result["csv"].count("\n") == 5


def test_what_the_view_of_one_layer_cannot_show_is_not_sent_there():
    text = (
        "nn.Conv2d(3, 8, 3, padding=1, padding_mode='reflect')\nnn.AvgPool2d(2, padding=1, count_include_pad=False)\n"
        "nn.AvgPool2d(2, divisor_override=3)\nnn.AdaptiveMaxPool2d(3)\nnn.Conv2d(8, 8, 3, bias=False)"
    )
    (result,) = walk_stacks({"texts": [text], "shape": [3, 33, 41]})
    assert [row["settings"] for row in result["rows"][:4]] == [None] * 4
    assert result["rows"][4]["settings"]["bias"] is False


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({"texts": ["nn.ReLU()"], "shape": [3, 0, 3]}, "whole numbers from 1 to 8,192"),
        ({"texts": ["nn.ReLU()"], "shape": [3, 3]}, "whole numbers from 1 to 8,192"),
        ({"texts": ["nn.ReLU()"], "shape": [3, 3, True]}, "whole numbers from 1 to 8,192"),
        ({"texts": "nn.ReLU()", "shape": [3, 3, 3]}, "list of 1 to 8 texts"),
        ({"texts": ["nn.ReLU()"] * 9, "shape": [3, 3, 3]}, "list of 1 to 8 texts"),
        ({"shape": [3, 3, 3]}, "list of 1 to 8 texts"),
        ({"texts": ["nn.Conv9d(1)"], "shape": [3, 3, 3]}, "Line 1: nn.Conv9d is not among"),
    ],
)
def test_what_anyone_may_send_is_checked(request_, words):
    with pytest.raises(ShapeError, match=words):
        walk_stacks(request_)


def test_a_traced_network_comes_with_its_own_size():
    traced = trace_stack({"network": "lenet5"})
    assert (traced["shape"], traced["totals"]["parameters"]) == ([1, 32, 32], 61_706)
    assert traced["csv"].count("\n") == len(traced["rows"]) + 1
    assert json.dumps(traced)
    wide = trace_stack({"network": "torchvision/resnet18", "height": 97, "width": 65})
    assert wide["rows"][0]["shape"] == [64, 49, 33]
    assert any(row["joins"] for row in wide["rows"])
    refused = [({"network": 3}, ShapeError), ({"network": "x" * 99}, ShapeError), ({"network": "resnet"}, ModelError)]
    sides = [{"height": "9"}, {"height": True}, {"height": 0}, {"width": 0}]
    for bad, error in [*refused, *(({"network": "resnet18", **side}, ShapeError) for side in sides)]:
        with pytest.raises(error):
            trace_stack(bad)


def test_the_menu_of_networks():
    own, torchvisions = network_menu({})
    assert {"meesho", "lenet5", "compact"} <= set(own["names"])
    assert {"torchvision/alexnet", "torchvision/vgg16", "torchvision/efficientnet_b0"} <= set(torchvisions["names"])


@pytest.mark.parametrize(
    ("arguments", "output"),
    [
        ({"size": 224, "kernel_size": 7, "stride": 2, "padding": 3}, output_size(224, 7, 2, 3)),
        ({"size": 9}, 7),
        ({"size": 9, "kernel_size": 2, "kind": "max"}, 4),
        ({"size": 9, "kernel_size": 2, "kind": "average", "ceil_mode": True}, 5),
        ({"size": 4, "kernel_size": 3, "stride": 2, "kind": "transposed", "output_padding": 1}, 10),
        ({"size": 9, "kernel_size": 4, "kind": "adaptive"}, 4),
    ],
)
def test_the_output_size_endpoint(arguments, output):
    answer = output_size_of(**arguments)
    assert answer["output"] == output
    assert answer["formula"].endswith(f"= {output}")


def test_the_endpoints_refuse_with_a_sentence():
    with pytest.raises(
        ShapeError, match="Unknown kind 'median'; known are conv, transposed, max, average and adaptive"
    ):
        output_size_of(9, kind="median")
    with pytest.raises(ShapeError, match="Nearest that work"):
        output_size_of(3, 7)
    with pytest.raises(ShapeError, match="stride is 1,000,000,001; at most 1,000,000,000 is reckoned here"):
        output_size_of(2, stride=1_000_000_001, kind="transposed")
    assert output_size_of(10**9, 10**9, 10**9, 0, 10**9, "transposed")["output"] < 2**63
    with pytest.raises(ModelError, match="no network 'none'"):
        traced_network("none")


def test_the_trace_endpoint():
    answer = traced_network("vgg16", 224, 224, 1000)
    assert (answer["parameters"], answer["layers"][-1]["shape"]) == (138_357_544, (1000,))
    assert set(answer["layers"][0]) == {"key", "kind", "shape", "parameters", "mult_adds", "receptive_field"}
    assert json.dumps(answer)


@pytest.mark.parametrize("name", ["resnet18", "alexnet", "squeezenet1_1", "shufflenet_v2_x0_5"])
def test_a_printed_network_with_branches_is_not_judged_broken(name):
    model = torchvision.models.get_model(name, weights=None)
    (walked,) = walk_stacks({"texts": [str(model)], "shape": [3, 64, 64]})
    assert not any(row["error"] or row["fixes"] for row in walked["rows"])
    assert all(row["shape"] is None for row in walked["rows"])
    assert walked["totals"]["parameters"] == sum(p.numel() for p in model.parameters())
    assert walked["note"].startswith(f"A print of {type(model).__name__}")
    assert "where branches part and meet" in walked["note"]
    assert walked["code"] == ""


def test_a_printed_sequential_is_walked_as_any_stack():
    text = str(nn.Sequential(nn.Conv2d(3, 8, 3, padding="same"), nn.Sequential(nn.BatchNorm2d(8, momentum=None))))
    (walked,) = walk_stacks({"texts": [text], "shape": [3, 9, 7]})
    assert [row["shape"] for row in walked["rows"]] == [[8, 9, 7], [8, 9, 7]]
    assert walked["note"] == ""
