"""The CNN Explorer: see what a convolutional network does, down to pixels and weights.

The package in words: four layers, and imports point down only. A name with a slash is a folder, which lies wholly in
its layer. `tests/test_architecture.py` holds this map against the tree and enforces the layers.

3 page      ui/                      the Gradio page: put together, its endpoints, what visitors send and refer to
            ui/networks/             the networks on offer; visitors' own weights
            ui/filters/ ui/sizes/    a folder a tab; the scripts that draw it lie in ui/web/, under the same name
            ui/maps/ ui/classifier/
            ui/lessons/              steps in teaching order, each a state of the page; their words, a file a language
2 jobs      predict/                 a checkpoint as a classifier; why it answers so; many photographs as a table
            predict/explain/         Grad-CAM, the exact sum of a logit, what hiding a piece does
            predict/mistakes/        the classic bugs in feeding a network, each really made
            data/                    folders of photographs, labels, augmentation
            data/catalog/            a catalogue of photographs in SQL
            data/drawn/              pictures that the project draws itself
            teaching/                a network taught from a handful of photographs, and how far to trust it
            training/ evaluate/      `python -m explorer.training`, `python -m explorer.evaluate`
            classify                 `python -m explorer.classify`
            export/                  a network in the formats that people deploy: `python -m explorer.export`
1 networks  models/                  one architecture a file, one registry; torchvision's, and what is peculiar to them
            networks/                every network there is: listed, loaded, folded onto raw pixels
            checkpoint/              one safetensors file that carries everything needed to use a network
            preprocessing            a picture becomes the batch that a network was trained on
            activations/             a forward recorded and traced through hooks; where a unit looks; what if
            activations/operations/  one record an operation: its receipt, its receptive field, its words
            receipts/                the sum that made an activation
            summary/                 shapes, costs and fields of any network without computing it
0 pure      errors settings          what can go wrong; how the page is hosted
            remembering              for how long what a request has computed again is at hand
            image/                   a file becomes pixels, is moved, is drawn; what a picture is
            arithmetic/              sizes, windows, receptive fields, costs, along one axis
            filters/                 named kernels and their exact application
            stack/                   layers as text, table and lesson

Importing this package loads neither torch nor gradio; `explorer.show(model)`, the page on a live model, loads both.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from explorer.ui.show import show as show

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:  # noqa: ANN401 -- what is asked for
    """`explorer.show`, which lies in the page's layer: loaded when it is asked for."""
    if name != "show":
        raise AttributeError(f"module 'explorer' has no attribute {name!r}")
    from explorer.ui.show import show

    return show
