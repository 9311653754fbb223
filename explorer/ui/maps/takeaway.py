"""What can be taken away from tab 3: numbers as a file, lines of PyTorch, the first layer's kernels."""

import io
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from explorer.errors import ModelError
from explorer.ui.maps.recording import Floats, Recording

if TYPE_CHECKING:
    from torch import nn


def npz(recording: Recording, key: str) -> bytes:
    """A layer's output as the array "output" of an .npz file, (1, C, H, W) or (1, F), with what it belongs to."""
    buffer = io.BytesIO()
    output = recording.trace.output_of(recording.node(key)).detach().cpu().numpy()
    given, texts = recording.batch.cpu().numpy(), [np.array(text) for text in (key, recording.network.name)]
    np.savez_compressed(buffer, output=output, input=given, layer=texts[0], network=texts[1])
    return buffer.getvalue()


def lines(recording: Recording, key: str) -> str:
    """Lines of PyTorch that give a layer's output of a photograph, with a forward hook where a module makes it."""
    from explorer.activations.snippets import layer_lines

    return layer_lines(recording.trace, recording.node(key).key, recording.network.loading_lines)


def first_convolution(recording: Recording) -> "tuple[str, nn.Conv2d]":
    """The convolution that looks at the picture itself, and its name.

    Raises:
        ModelError: the network has none.
    """
    from torch import nn

    for name, module in recording.network.model.named_modules():
        if isinstance(module, nn.Conv2d) and module.in_channels == recording.picture.shape[2]:
            return name, module
    raise ModelError("This network has no convolution that looks at the picture itself.")


def first_kernels(recording: Recording) -> tuple[str, Floats]:
    """Name and weights of the first convolution, float32 (filters, channels, height, width)."""
    name, module = first_convolution(recording)
    weights: npt.NDArray[np.float32] = module.weight.detach().float().cpu().numpy()
    return name, weights


def folded_kernel(recording: Recording, index: int) -> dict[str, Any]:
    """A kernel of the first convolution with the normalisation folded in, as the Filters tab takes it.

    Raises:
        ModelError: no such kernel, or one that cannot be folded.
    """
    from explorer.networks.folding import fold

    name, module = first_convolution(recording)
    preprocessing = recording.network.preprocessing
    folded = fold(module, index, preprocessing.mean, preprocessing.std)
    return {
        "layer": name,
        "weights": folded.weights.tolist(),
        "bias": folded.bias,
        "stride": folded.stride[0],
        "padding": folded.padding[0],
        "padding_mode": folded.padding_mode,
        "dilation": folded.dilation[0],
        "border": list(folded.padding_value),
    }
