"""The numbers of a state of the page, by name, for the lessons' texts: what the tabs compute for it, by their own code.

A state is what a link of the page says: {"page.tab": "sizes", "sizes.kernel_size": "5", ...}.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from explorer.errors import ExplorerError
from explorer.filters import KERNELS, apply
from explorer.image import open_upload
from explorer.image.moving import Movement
from explorer.settings import EXAMPLES
from explorer.stack.lessons import LESSONS
from explorer.ui.classifier.teach import BASE, Bases
from explorer.ui.maps import receipt as receipts
from explorer.ui.maps.boxes import layer_field
from explorer.ui.maps.recording import Recording, record_network
from explorer.ui.networks.menu import Shelf
from explorer.ui.sizes.stack import trace_stack, walk_stacks

if TYPE_CHECKING:
    from torch import nn

    from explorer.predict import Classifier

State = Mapping[str, str]
Numbers = dict[str, float | str]

# The ready-made picture of the tab Filters that is worked out by hand (web/filters/ready.js).
WORKED = ((1, 2, 3, 0, 1), (0, 1, 2, 3, 1), (1, 0, 1, 2, 0), (2, 1, 0, 1, 3), (0, 1, 2, 0, 1))
# What the tab Output sizes takes a layer's settings to be where a link does not say (web/sizes/settings.js).
USUAL = {"size": 7, "kernel_size": 3, "stride": 2, "padding": 1, "channels": 1, "filters": 1, "groups": 1}


def numbers_of(state: State, shelf: Shelf, bases: Bases) -> Numbers:
    """The numbers of one state.

    Raises:
        ExplorerError: no state of a tab, or one that the tab would refuse.
    """
    tab = state.get("page.tab", "")
    of_tab: dict[str, Callable[[], Numbers]] = {
        "filters": lambda: _of_filters(_part(state, "filters"), state),
        "sizes": lambda: _of_sizes(_part(state, "sizes")),
        "maps": lambda: _of_maps(_part(state, "maps"), state, shelf),
        "classifier": lambda: _of_classifier(_part(state, "classifier"), state, shelf, bases),
    }
    if tab not in of_tab:
        raise ExplorerError(f"There is no tab {tab!r}; there are {', '.join(of_tab)}.")
    return of_tab[tab]()


def _part(state: State, part: str) -> dict[str, str]:
    return {name[len(part) + 1 :]: text for name, text in state.items() if name.startswith(part + ".")}


def _photograph(state: State) -> npt.NDArray[np.uint8]:
    """The example that a state shows, moved as it says; uint8 (H, W, 3)."""
    image = open_upload(EXAMPLES / f"{state['photo.example']}.png")
    if "photo.move" not in state:
        return image
    right, down, turn, scale, mirrored, *box = map(float, state["photo.move"].split("~"))
    still = Movement(right, down, turn, scale, bool(mirrored))
    return replace(still, box=(box[0], box[1], box[2], box[3])).apply(image)


def _of_filters(link: State, state: State) -> Numbers:
    """The sum behind one number of the answer, and what it reads of the picture."""
    named = KERNELS[link.get("kernel", "sobel x")].kernels[0]
    rows = [[float(cell) for cell in row.split()] for row in link["weights"].split(";")] if "weights" in link else named
    kernel = np.asarray(rows, np.float32)
    if link.get("picture") == "worked example":
        image = np.repeat(np.asarray(WORKED, np.uint8)[..., None], 3, axis=2)
    else:
        image = _photograph(state)
    answer = apply(image, kernel, colour="grey")[..., 0]
    y, x = int(link.get("y", 0)), int(link.get("x", 0))
    patch = image[y : y + kernel.shape[0], x : x + kernel.shape[1], 0] * kernel  # grey: the channels are alike
    return {
        "value": float(answer[y, x]),
        "plus": float(patch[patch > 0].sum()),
        "minus": float(-patch[patch < 0].sum()),
        "taps": kernel.size,
        "height": image.shape[0],
        "width": image.shape[1],
        "pixels": image.shape[0] * image.shape[1],
        "answer_height": answer.shape[0],
        "answer_width": answer.shape[1],
    }


def _of_sizes(link: State) -> Numbers:
    if link.get("view") != "stack":
        return _of_layer(link)
    if "network" in link:
        return _of_traced(link)
    if "stack" in link:
        shape = [int(side) for side in link["shape"].split("x")]
        last = walk_stacks({"texts": [link["stack"].replace(";", "\n")], "shape": shape})[0]["rows"][-1]
        return dict(zip(("channels", "height", "width"), last["shape"], strict=False))
    lesson = LESSONS[link["lesson"]]
    walked = walk_stacks({"texts": [text for _, text in lesson.stacks], "shape": list(lesson.shape)})
    found = _of_rows(walked[int(link.get("chosen", 0))]["rows"])
    found |= {"inputs": int(np.prod(lesson.shape)), "input_height": lesson.shape[1], "input_width": lesson.shape[2]}
    for at, stack in enumerate(walked, 1):
        found |= {f"stack{at}_{name}": stack["totals"][name] for name in ("parameters", "mult_adds")}
        field = stack["rows"][-1]["receptive_field"]
        found |= {f"stack{at}_field": field[0]} if field else {}
    if len(walked) == 2:
        found["times"] = found["stack2_parameters"] / found["stack1_parameters"]  # type: ignore[operator]
    return found


def _of_layer(link: State) -> Numbers:
    """One layer's settings and what follows from them."""
    given = {name: int(link.get(name, usual)) for name, usual in USUAL.items()}
    window = f"{given['kernel_size']}, stride={given['stride']}, padding={given['padding']}"
    pooling = {"max": "MaxPool2d", "average": "AvgPool2d"}.get(link.get("kind", "conv"))
    bias = link.get("bias", "true") == "true"
    line = f"nn.Conv2d({given['channels']}, {given['filters']}, {window}, groups={given['groups']}, bias={bias})"
    shape = [given["channels"], given["size"], given["size"]]
    walked = walk_stacks({"texts": [f"nn.{pooling}({window})" if pooling else line], "shape": shape})[0]
    row = walked["rows"][0]
    if row["error"]:
        raise ExplorerError(row["error"])
    reach = given["size"] + 2 * given["padding"] - given["kernel_size"]
    weights = given["kernel_size"] ** 2 * given["channels"] // given["groups"]
    return {
        **given,
        "output": row["shape"][1],
        "parameters": row["parameters"],
        "mult_adds": row["mult_adds"],
        "window": given["kernel_size"] ** 2,
        "weights_of_one": 0 if pooling else weights,
        "unrounded": reach / given["stride"] + 1,
        "steps": reach / given["stride"],
        "reach": reach,
    }


def _of_traced(link: State) -> Numbers:
    sides = [int(side) for side in link["shape"].split("x")]
    traced = trace_stack({"network": link["network"], "height": sides[1], "width": sides[2]})
    rows = traced["rows"]
    total = traced["totals"]["parameters"]
    linear = sum(row["parameters"] for row in rows if row["kind"] == "Linear")
    last = next(row for row in reversed(rows) if len(row["shape"]) == 3 and row["shape"][1] > 1)
    return {
        "input_height": sides[1],
        "input_width": sides[2],
        "parameters": total,
        "linear_parameters": linear,
        "linear_share": linear / total,
        "convolution_parameters": sum(row["parameters"] for row in rows if row["kind"] == "Conv2d"),
        "last_channels": last["shape"][0],
        "last_height": last["shape"][1],
        "last_width": last["shape"][2],
        "output": rows[-1]["shape"][-1],
    }


def _of_rows(rows: list[dict[str, object]]) -> Numbers:
    """What breaks, if something does: the features that a Linear wants, and those that it gets."""
    found: Numbers = {}
    for before, row in pairwise(rows):
        if row["error"] and row["wants"] and isinstance(shape := before["shape"], list):
            found |= {"wants": int(str(row["wants"])), "gets": int(np.prod(shape))}
            maps = rows[rows.index(before) - 1]["shape"]
            if isinstance(maps, list):
                found |= dict(zip(("maps", "maps_height", "maps_width"), maps, strict=True))
    return found


def _of_maps(link: State, state: State, shelf: Shelf) -> Numbers:
    """The layer that is shown or whose unit is open, the unit's sum, and what the network says."""
    recording = record_network(shelf.network(state["network.name"]), _photograph(state))
    best = recording.classes(1)[0]
    found: Numbers = {
        "layers": len(recording.layers),
        "picture_height": recording.picture.shape[0],
        "picture_width": recording.picture.shape[1],
        "label": best["label"],
        "probability": best["probability"],
    }
    unit = link["unit"].split("~") if "unit" in link else None
    key = unit[0] if unit else link.get("layer")
    if key is None:
        return found
    maps = recording.maps(key)
    module = dict(recording.network.model.named_modules()).get(key)
    found |= {"channels": maps.shape[0], "map_height": maps.shape[1], "map_width": maps.shape[2]}
    found |= {"zeros": float((maps == 0).mean()), "minimum": float(maps.min()), "maximum": float(maps.max())}
    found["parameters"] = sum(one.numel() for one in module.parameters()) if module else 0
    if unit:
        found |= _of_unit(recording, key, (int(unit[1]), int(unit[2]), int(unit[3])), module)
    return found


def _of_unit(recording: Recording, key: str, unit: tuple[int, int, int], module: "nn.Module | None") -> Numbers:
    channel, y, x = unit
    receipt = receipts.opened(recording, recording.tensor_unit((key, *unit)))
    field = layer_field(recording, key)
    of = field["of"][channel] if field["of"] else 0
    (top, bottom, *_), (left, right, *_) = (_entry(field[name][of], y, x) for name in ("rows", "columns"))
    own = recording.maps(key)[channel]
    peak = np.unravel_index(int(own.argmax()), own.shape)
    found: Numbers = {
        "value": receipt.value,
        "bias": receipt.bias,
        "terms": len(receipt.terms),
        "channel": channel,
        "y": y,
        "x": x,
        "field_height": int(bottom - top),
        "field_width": int(right - left),
        "peak_y": int(peak[0]),
        "peak_x": int(peak[1]),
    }
    first = receipt.terms[0] if receipt.terms else None
    if first and first.value is not None:
        found["before"] = first.value
    for name, of in (("mean", "running_mean"), ("variance", "running_var"), ("gamma", "weight"), ("beta", "bias")):
        if hasattr(module, "running_var"):
            found |= {name: getattr(module, of)[channel].item(), "epsilon": float(module.eps)}  # type: ignore[union-attr, arg-type]
    return found


def _entry(table: list[list[list[int]]], y: int, x: int) -> list[int]:
    """What a table of boxes has of a unit; it has one row, or one column, where all would be alike."""
    row = table[y if len(table) > 1 else 0]
    return row[x if len(row) > 1 else 0]


def _of_classifier(link: State, state: State, shelf: Shelf, bases: Bases) -> Numbers:
    """What the network answers, and what the open panel shows."""
    classifier = shelf.classifier(state["network.name"])
    image = _photograph(state)
    logits = classifier.logits(image)
    first, second = classifier.rank(logits, 2)
    found: Numbers = {
        "label": first.label,
        "probability": first.probability,
        "second": second.label,
        "second_probability": second.probability,
        "classes": len(classifier.classes),
        "logits_sum": float(logits.double().sum()),
        "logit": float(logits.max()),
        "lowest": float(logits.min()),
        "negative": int((logits < 0).sum()),
        "temperature": classifier.temperature,
    }
    if link.get("open") == "softmax":
        temperature = 2 ** float(link.get("power", 0))
        shares = (logits.double() / temperature).softmax(0)
        found |= {"slid": temperature, "slid_probability": float(shares.max())}
    panel = link.get("open", "")
    if panel == "mistakes":
        found |= _of_mistake(link["mistake"], classifier, image)
    if panel == "teach":
        base = bases.base(BASE)
        head = base.classifier.model.get_submodule(base.head_name)
        every = sum(one.numel() for one in base.classifier.model.parameters())
        own = sum(one.numel() for one in head.parameters())
        found |= {"body": every - own, "features": int(head.in_features)}  # type: ignore[arg-type]
        found["head_of_two"] = 2 * (int(head.in_features) + 1)  # type: ignore[arg-type]
    if panel == "card":
        for part, sets in classifier.card.metrics.items():
            found |= {f"{part}_{name}": float(figures["top1"]) for name, figures in sets.items()}
            found |= {f"{part}_{name}_pictures": int(figures["pictures"]) for name, figures in sets.items()}
    return found


def _of_mistake(mistake: str, classifier: "Classifier", image: npt.NDArray[np.uint8]) -> Numbers:
    from explorer.predict.mistakes import make

    outcome = make(mistake, classifier, image)
    if not outcome.rows:
        return {"error": outcome.error}
    best = outcome.rows[0]
    return {"broken": best.label, "broken_probability": best.probability}
