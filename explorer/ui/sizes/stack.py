"""What the tab "Output sizes" asks the server: stacks walked row by row, networks traced, the menu of ready-made ones.

Plain functions on JSON objects; `explorer.ui.sizes.tab` hands them to the browser.
"""

from functools import lru_cache
from typing import Any

from explorer.errors import ShapeError
from explorer.stack.lessons import LESSONS
from explorer.stack.parsing import Printed, parse_stack, read_print
from explorer.stack.shapes import WINDOW_KINDS, Shape
from explorer.stack.walking import Row, totals, unwalked, walk
from explorer.stack.writing import to_code, to_csv

LARGEST_SIDE = 8192
_UNDRAWN = {"padding_mode", "count_include_pad", "divisor_override"}  # arguments that the view of one layer lacks
MOST_TEXTS = 8
MOST_NAMED = 6  # classes that a sentence lists


def stack_menu(_request: dict[str, Any]) -> list[dict[str, Any]]:
    """The lessons: name, title, sentence, shape and texts of each."""
    return [
        {
            "name": name,
            "title": lesson.title,
            "text": lesson.text,
            "shape": list(lesson.shape),
            "stacks": [{"label": label, "text": text} for label, text in lesson.stacks],
        }
        for name, lesson in LESSONS.items()
    ]


def network_menu(_request: dict[str, Any]) -> list[dict[str, Any]]:
    """The networks that can be traced: the project's own, then torchvision's."""
    from explorer.models.names import TORCHVISION
    from explorer.networks.catalogue import network_names

    names = network_names()
    groups = {
        "Networks of this project": [name for name in names if not name.startswith(TORCHVISION)],
        "Networks of torchvision": [name for name in names if name.startswith(TORCHVISION)],
    }
    return [{"label": label, "names": members} for label, members in groups.items()]


def walk_stacks(request: dict[str, Any]) -> list[dict[str, Any]]:
    """Each of {"texts"} walked for a picture of {"shape"}: its rows, sums, code and CSV.

    Raises:
        ShapeError: a text that cannot be read, or a shape that is none.
    """
    texts, shape = request.get("texts"), _shape(request.get("shape"))
    if not isinstance(texts, list) or not 1 <= len(texts) <= MOST_TEXTS or not all(isinstance(t, str) for t in texts):
        raise ShapeError(f"Send the stacks as a list of 1 to {MOST_TEXTS} texts.")
    return [_walked(text, shape) for text in texts]


def trace_stack(request: dict[str, Any]) -> dict[str, Any]:
    """The {"network"} of that name traced for a picture of {"height"} × {"width"}, or its own size without them.

    Raises:
        ModelError: an unknown name.
        ShapeError: sides that are none, or that the network refuses.
    """
    name = request.get("network")
    if not isinstance(name, str) or len(name) > 80:
        raise ShapeError("Send the network's name as text.")
    sides = [request.get(side) for side in ("height", "width")]
    if any(side is not None and type(side) is not int for side in sides):
        raise ShapeError("Height and width must be whole numbers.")
    return _traced(name, sides[0], sides[1])


def _shape(given: object) -> tuple[int, int, int]:
    fits = isinstance(given, list) and len(given) == 3
    if not fits or not all(type(side) is int and 1 <= side <= LARGEST_SIDE for side in given):  # type: ignore[attr-defined]
        raise ShapeError(f"Channels, height and width must be whole numbers from 1 to {LARGEST_SIDE:,}.")
    return (given[0], given[1], given[2])  # type: ignore[index]


def _walked(text: str, shape: tuple[int, int, int]) -> dict[str, Any]:
    printed = read_print(text)
    layers = parse_stack(text) if printed is None else printed.layers
    rows = walk(layers, shape) if printed is None else unwalked(layers)
    befores: list[Shape] = [shape, *(row.shape or () for row in rows[:-1])]
    return {
        "shape": list(shape),
        "rows": [_row(row, before) for row, before in zip(rows, befores, strict=True)],
        "totals": totals(rows),
        "code": to_code(layers, shape) if printed is None else "",
        "csv": to_csv(rows),
        "note": "" if printed is None else _unsaid(printed),
    }


def _unsaid(printed: Printed) -> str:
    """What the print of a network does not say, so that nothing is worked out from it."""
    network, *parts = [name for name in printed.classes if name != "Sequential"]
    shown = ", ".join(parts[:MOST_NAMED]) + (", ..." if len(parts) > MOST_NAMED else "")
    within = f" and its parts ({shown})" if parts else ""
    unread = f" Not known here: {', '.join(printed.unread[:MOST_NAMED])}." if printed.unread else ""
    return (
        f"A print of {network}{within} lists layers as they were made. It does not say in which order they run, where "
        "branches part and meet, or what is called in between (ReLU, pooling, flatten): so parameters are counted, and "
        f"no shapes worked out.{unread}"
    )


def _row(row: Row, before: Shape) -> dict[str, Any]:
    return {
        "name": row.layer.code(),
        "kind": row.layer.kind,
        "shape": list(row.shape) if row.shape else None,
        "parameters": row.parameters,
        "mult_adds": row.mult_adds,
        "memory": row.memory,
        "receptive_field": row.receptive_field,
        "jump": row.jump,
        "error": row.error,
        "wants": row.wants,
        "fixes": [{"text": fix.text, "lines": [layer.code() for layer in fix.layers]} for fix in row.fixes],
        "settings": _settings(row, before),
    }


def _settings(row: Row, before: Shape) -> dict[str, Any] | None:
    """The layer as the view of one layer takes it; None for layers without a window, and for what it cannot draw."""
    layer = row.layer
    if layer.kind not in WINDOW_KINDS or len(before) != 3 or row.shape is None or _UNDRAWN & layer.given.keys():
        return None
    kind = WINDOW_KINDS[layer.kind]
    sides = {"kind": kind, "size": list(before[1:]), "channels": before[0]}
    if layer.kind == "AdaptiveMaxPool2d":
        return None
    if kind == "adaptive":
        return {**sides, "kernel_size": list(row.shape[1:])}
    if isinstance(layer["padding"], str):
        return None
    pairs = ["kernel_size", "stride", "padding", *(["output_padding"] if kind == "transposed" else [])]
    sides |= {name: list(layer.pair(name)) for name in pairs}
    if kind in {"max", "average"}:
        sides["ceil_mode"] = layer["ceil_mode"]
    else:
        sides |= {"filters": layer["out_channels"], "groups": layer["groups"], "bias": layer["bias"]}
    return sides if kind == "average" else {**sides, "dilation": list(layer.pair("dilation"))}


@lru_cache(maxsize=64)
def _traced(name: str, height: int | None, width: int | None) -> dict[str, Any]:
    from explorer.models.names import TORCHVISION
    from explorer.networks.catalogue import build_on_meta
    from explorer.summary.layers import summarise_network

    _, made_for = build_on_meta(name)
    height = made_for.height if height is None else height
    width = made_for.width if width is None else width
    classes = 1000 if made_for.name.startswith(TORCHVISION) else 10
    traced = summarise_network(name, height, width, num_classes=classes)
    rows = [
        {
            "name": layer.key,
            "kind": layer.kind,
            "shape": list(layer.shape),
            "parameters": layer.parameters,
            "mult_adds": layer.mult_adds,
            "memory": layer.memory,
            "receptive_field": layer.receptive_field,
            "joins": layer.joins,
        }
        for layer in traced.layers
    ]
    memory = sum(layer.memory for layer in traced.layers)
    sums = {"parameters": traced.parameters, "mult_adds": traced.mult_adds, "memory": memory}
    return {
        "network": made_for.name,
        "classes": classes,
        "shape": [made_for.channels, height, width],
        "rows": rows,
        "totals": sums,
        "csv": _traced_csv(rows),
    }


def _traced_csv(rows: list[dict[str, Any]]) -> str:
    """The rows of a traced network, with the columns of a walked stack that it has."""
    lines = ["layer,kind,output_shape,parameters,mult_adds,memory_bytes,receptive_field"]
    for row in rows:
        shape, field = ("x".join(str(n) for n in row[name]) for name in ("shape", "receptive_field"))
        costs = ",".join(str(row[name]) for name in ("parameters", "mult_adds", "memory"))
        lines.append(f"{row['name']},{row['kind']},{shape},{costs},{field}")
    return "\n".join(lines) + "\n"
