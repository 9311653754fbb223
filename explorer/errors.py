"""What a visitor or caller can get wrong.

    ExplorerError
    ├── ImageError        a file or array that is no usable picture
    ├── ShapeError        sizes, kernels or strides that do not fit together
    ├── ModelError        an unknown network, layer or unit; arguments that a network refuses
    ├── CheckpointError   a weights file that is damaged, foreign or does not match its network
    └── CatalogError      a folder or catalogue of photographs that cannot be used

The message of each is one or two sentences that a person can act on: what was given, what was expected, what to do.
Only these become a message on the page; anything else is a bug and is logged as one.
"""


class ExplorerError(Exception):
    """Something that the visitor or caller can put right."""


class ImageError(ExplorerError):
    """A file or array that is no usable picture."""


class ShapeError(ExplorerError, ValueError):
    """Sizes, kernels or strides that do not fit together."""


class ModelError(ExplorerError):
    """An unknown network, layer or unit, or arguments that a network refuses."""


class CheckpointError(ExplorerError):
    """A weights file that is damaged, foreign or does not match its network."""


class CatalogError(ExplorerError):
    """A folder or catalogue of photographs that cannot be used."""
