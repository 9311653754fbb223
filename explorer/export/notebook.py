"""A network on a photograph, as a notebook or a program: the opened unit, the hook, its map, the sum that makes it.

Both read the picture and the checkpoint that lie beside them, and use this project for the network and the receipt.
"""

import json
from dataclasses import replace
from typing import Any

from explorer.activations.nodes import Trace
from explorer.activations.snippets import layer_lines
from explorer.activations.units import counted, sides, to_index, to_unit
from explorer.checkpoint.file import content
from explorer.errors import ModelError
from explorer.image.file_names import plain_name, working_name
from explorer.image.pixels import Picture
from explorer.image.render import picture_png
from explorer.networks.network import Network, lines_that_load

Unit = tuple[str, int, int, int]  # layer, channel, y, x, by the dimensions of the layer's tensor, as receipts have them
TERMS = 16  # of a sum that are shown; the rest is one number

_HEAD = """\
# {network}: {layer}, channel {channel}, row {y}, column {x}

What {network} makes of `{photo}`, which lies beside this notebook: the layer's output by a forward hook, its map, and
the sum that makes one number of it. Where this was saved, that number was {value!r}.

It takes Python with the CNN Explorer installed (`pip install .` in its folder).
"""
_VALUE = """\
numbers = activation.reshape{sides}  # {channels} channels of {rows} × {columns}
channel, y, x = {channel}, {y}, {x}
print(f"{{float(numbers[channel, y, x])!r}} here, {value!r} where this was saved")
"""
_FIGURE = """\
import matplotlib.pyplot as plt
from matplotlib.colors import ListedColormap

from explorer.image.render import palette, value_range

figure, (seen, drawn) = plt.subplots(1, 2, figsize=(10, 4.4))
seen.imshow(preprocessing.picture(open_upload({photo!r})), cmap="gray")
seen.set_title("What the network sees")
{drawing}
"""
_MAP = """\
one = numbers[channel].float().numpy()
scheme = "sequential" if one.min() >= 0 else "diverging"
low, high = (float(end[0]) for end in value_range(one[None], scheme))
shown = drawn.imshow(one, cmap=ListedColormap(palette(scheme) / 255), vmin=low, vmax=high)
drawn.plot(x, y, "s", markersize=9, fillstyle="none", color="magenta")
drawn.set_title({title!r})
figure.colorbar(shown)
plt.show()"""
_BARS = """\
every = numbers.float().flatten().numpy()
place = int(numbers[0].numel() * channel + numbers.shape[2] * y + x)
drawn.bar(range(len(every)), every, color=["magenta" if at == place else "grey" for at in range(len(every))])
drawn.set_title({title!r})
plt.show()"""
_RECEIPT = """\
from explorer.receipts import open_unit

receipt = open_unit(model, batch, {layer!r}, channel, y, x)
terms, rest = receipt.largest({terms})
for term in terms:
    print(f"{{term.amount:+.6f}}  {{term.layer}}, channel {{term.channel}}, row {{term.y}}, column {{term.x}}")
print(f"{{rest:+.6f}}  {{len(receipt.terms) - len(terms)}} further terms")
print(f"{{receipt.bias:+.6f}}  bias")
print(f"= {{receipt.recomputed}}, where the network has {{receipt.value}}")
"""
_SUM_FIGURE = """\
amounts = [term.amount for term in terms]
figure, axes = plt.subplots(figsize=(8, 4.4))
axes.barh(range(len(amounts)), amounts, color=["#f4923c" if amount > 0 else "#4285c4" for amount in amounts])
axes.set_yticks(range(len(terms)), [f"{term.layer} {term.channel} ({term.y}, {term.x})" for term in terms], fontsize=8)
axes.invert_yaxis()
axes.set_title(f"The largest of {len(receipt.terms)} terms")
figure.tight_layout()
plt.show()
"""


def looked_at(network: Network, trace: Trace, unit: Unit, image: Picture, photo: str, name: str) -> dict[str, bytes]:
    """The notebook or program NAME, with what it reads: the picture and, of a network with a card, the checkpoint.

    Args:
        image: the photograph as it was worked on, uint8 (H, W, 3); its file was called `photo`.
        name: ends in .ipynb or .py.

    Raises:
        ModelError: an unknown layer, one that has no such unit, or a network that lives in a program.
    """
    if not network.loading_lines and not network.card:
        raise ModelError("This network lives in a program of its own: nothing that runs elsewhere can load it.")
    picture = working_name(photo)
    beside = {picture: picture_png(image)}
    if network.card:
        file = f"{plain_name(network.name, 'network')}.safetensors"
        beside[file] = content(network.model, network.card, file)
        lines = lines_that_load("loading", "load_own_weights", f"'', {file!r}")
        network = replace(network, loading_lines=lines)
    write = notebook_bytes if name.endswith(".ipynb") else program_bytes
    return {name: write(network, trace, unit, picture), **beside}


def notebook_bytes(network: Network, trace: Trace, unit: Unit, photo: str) -> bytes:
    """A .ipynb file without outputs, of cells that run one after the other.

    Args:
        trace: of the network on the photograph.
        photo: the file of the picture as it was worked on, beside the notebook.

    Raises:
        ModelError: an unknown layer, or one that has no such unit.
    """
    about = _about(network, trace, unit, photo)
    key, is_map = trace.node(unit[0]).key, about["rows"] * about["columns"] > 1
    title = "{layer}, channel {channel}" if is_map else "{layer}"
    drawing = (_MAP if is_map else _BARS).format(title=title.format(**about))
    cells = [
        _cell("markdown", _HEAD.format(**about)),
        _cell("code", network.loading_lines),
        _cell("code", layer_lines(trace, key, "", photo)),
        _cell("code", _VALUE.format(**about)),
        _cell("code", _FIGURE.format(drawing=drawing, photo=photo)),
        _cell("markdown", "The sum behind that number, from what the network computed, anew in double precision:"),
        _cell("code", _RECEIPT.format(terms=TERMS, **about)),
        _cell("code", _SUM_FIGURE),
    ]
    for place, cell in enumerate(cells):
        cell["id"] = f"cell-{place}"
    metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    notebook = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return (json.dumps(notebook, ensure_ascii=False, indent=1) + "\n").encode()


def program_bytes(network: Network, trace: Trace, unit: Unit, photo: str) -> bytes:
    """A program that prints a unit's number; its layer's output is left in `activation`. Arguments and errors alike."""
    lines = layer_lines(trace, trace.node(unit[0]).key, network.loading_lines, photo)
    return (lines + _VALUE.format(**_about(network, trace, unit, photo))).encode()


def likeliest(trace: Trace) -> Unit:
    """The largest number of what a network gave: the likeliest class."""
    node = trace.node(trace.output)
    return trace.output, *to_unit(node, counted(int(trace.output_of(node).argmax()), node.shape))


def _about(network: Network, trace: Trace, unit: Unit, photo: str) -> dict[str, Any]:
    """What the cells are filled with."""
    layer, channel, y, x = unit
    node = trace.node(layer)
    value = float(trace.output_of(node)[to_index(node, channel, y, x)])
    channels, rows, columns = every = sides(node.shape)
    place = {"network": network.name, "photo": photo, "layer": layer, "channel": channel, "y": y, "x": x}
    return place | {"value": value, "sides": every, "channels": channels, "rows": rows, "columns": columns}


def _cell(kind: str, source: str) -> dict[str, Any]:
    cell: dict[str, Any] = {"cell_type": kind, "metadata": {}, "source": source.rstrip("\n").splitlines(keepends=True)}
    return cell | {"execution_count": None, "outputs": []} if kind == "code" else cell
