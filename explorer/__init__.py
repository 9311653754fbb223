"""The CNN Explorer: see what a convolutional network does, down to pixels and weights.

The package in words; imports point down only, and `tests/test_architecture.py` enforces it.

3 page      ui/             the Gradio page: one file a tab, the shared column, the endpoints; ui/web/ holds .js and .css
2 jobs      predict         a checkpoint as a classifier: top-k
            data/           drawn pictures, folders and catalogues of photographs, augmentation
            training/       `python -m explorer.training`
1 networks  models/         one architecture a file, one registry
            preprocessing   a picture becomes the batch that a network was trained on
            activations     every layer's output, through forward hooks
            checkpoint      one safetensors file that carries everything needed to use it
0 pure      errors, settings, arithmetic (sizes), filters (named kernels), image (uploads), render (numbers to pictures)

Importing this package loads neither torch nor gradio.
"""

__version__ = "0.1.0"
