"""What can be taken away from tab 3: numbers as a file, lines of PyTorch, the first layer's kernels."""

import io
from typing import Any

import numpy as np
import numpy.typing as npt

from explorer.image.file_names import working_name
from explorer.ui.filters.learned import learned_filters
from explorer.ui.maps.recording import Address, Floats, Recording
from explorer.ui.networks.along import check_size, zipped


def npz(recording: Recording, key: str) -> bytes:
    """A layer's output as the array "output" of an .npz file, (1, C, H, W) or (1, F), with what it belongs to."""
    buffer = io.BytesIO()
    output = recording.trace.output_of(recording.node(key)).detach().cpu().numpy()
    given, texts = recording.batch.cpu().numpy(), [np.array(text) for text in (key, recording.network.name)]
    np.savez_compressed(buffer, output=output, input=given, layer=texts[0], network=texts[1])
    return buffer.getvalue()


def lines(recording: Recording, key: str) -> str:
    """Lines of PyTorch that give a layer's output of the photograph, with a forward hook where a module makes it."""
    from explorer.activations.snippets import layer_lines

    photo = working_name(recording.photo)
    return layer_lines(recording.trace, recording.node(key).key, recording.network.loading_lines, photo)


def notebook(recording: Recording, unit: Address, name: str) -> bytes:
    """A zip of a notebook NAME.ipynb that opens a unit of the page, with the picture and the checkpoint that it reads.

    Raises:
        ModelError: an unknown layer, one that has no such unit, or a network that no notebook can load.
    """
    from explorer.export.notebook import looked_at

    if recording.network.card:
        check_size(recording.network)
    place = recording.tensor_unit(unit)
    network, trace = recording.network, recording.trace
    return zipped(looked_at(network, trace, place, recording.image, recording.photo, f"{name}.ipynb"))


def first_kernels(recording: Recording) -> tuple[str, Floats]:
    """Name and weights of the first convolution, float32 (filters, channels, height, width).

    Raises:
        ModelError: the network has none that looks at the picture.
    """
    from explorer.networks.folding import first_convolution

    name, module = first_convolution(recording.network.model, recording.picture.shape[2])
    weights: npt.NDArray[np.float32] = module.weight.detach().float().cpu().numpy()
    return name, weights


def folded_kernel(recording: Recording, index: int) -> dict[str, Any]:
    """A kernel of the first convolution with the normalisation folded in, as the Filters tab takes it.

    Raises:
        ModelError: no such kernel, or one that the Filters tab cannot show.
    """
    layer = learned_filters(recording.network, [index])
    (kernel,) = layer.pop("filters")
    return {**layer, **kernel}
