"""The CNN Explorer: see what a convolutional network does, down to pixels and weights.

The package in words; imports point down only, and `tests/test_architecture.py` enforces it.

3 page      ui/               the Gradio page: one file a tab, the shared column, the endpoints; its scripts in ui/web/
2 jobs      predict           a checkpoint as a classifier: top-k, and whether a picture is strange to it
            explain           why: Grad-CAM, exact sums, occlusion
            mistakes/         the classic bugs in feeding a network, each really made
            many, classify    many photographs: a table; `python -m explorer.classify`
            data/             drawn pictures, folders and catalogues of photographs, augmentation
            training/         `python -m explorer.training`
            evaluate/         `python -m explorer.evaluate`
1 networks  models/           one architecture a file, one registry; networks/ lists and loads every network there is
            preprocessing     a picture becomes the batch that a network was trained on
            activations       every layer's output, through hooks on a shadow (shadow) of the network
            graph, trace      every operation of a forward, between modules too
            receipts/         the sum that made an activation; receptive_field/ where it looks; replay what if
            tracing/          shapes, costs and fields of any network without computing it
            folding, snippets a first layer on raw pixels; lines of PyTorch to take away
            checkpoint        one safetensors file that carries everything needed to use it
0 pure      errors, settings  what can go wrong, and how the page is hosted
            arithmetic/       sizes, windows, receptive fields, costs; stack/ layers as text and table
            filters/          named kernels and their exact application
            image, moving     a file becomes pixels, and is moved; render: numbers become a picture

Importing this package loads neither torch nor gradio.
"""

__version__ = "0.1.0"
