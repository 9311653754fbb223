"""Lines of plain PyTorch that give a layer's output again, to paste into one's own script.

A layer is caught with a forward hook, which clones, because a later in-place operation would overwrite what it kept.
What is computed between modules no hook sees; there the lines use this project's trace. Used by the page's "take away".
"""

from explorer.activations.nodes import Trace
from explorer.activations.recording import WHOLE, split_key
from explorer.errors import ModelError

PICTURE = """\
batch = preprocessing(open_upload({photo!r}))  # float32 (1, C, H, W); saved beside this
"""
HOOK = """\
kept = []
handle = {module}.register_forward_hook(lambda module, inputs, output: kept.append(output.clone()))
with torch.no_grad():
    model(batch)
handle.remove()
activation = kept[{call}]  # {shape}
"""
BETWEEN = """\
from explorer.activations.tracer import record_trace

activation = record_trace(model, batch).tensor({key!r})  # {shape}
"""


def layer_lines(trace: Trace, key: str, loading_lines: str, photo: str = "photo.jpg") -> str:
    """Python that computes a layer's output for a photograph and leaves it in `activation`.

    Args:
        trace: any recorded forward of the network; it knows what is a module's output and what is not.
        key: of a leaf's call, of a block, or of an operation between modules.
        loading_lines: Python that imports torch and open_upload, and gives `model` and `preprocessing`, as
            `explorer.networks.network.Network.loading_lines` does.
        photo: path of the photograph as it was worked on.

    Raises:
        ModelError: an unknown layer.
    """
    node = trace.node(key)
    if key in trace.layer_names:
        name, call = trace.layer_names[key]
    elif key in trace.blocks:
        name, call = split_key(key)
    elif not node.inputs:
        raise ModelError("The picture itself is no layer; it is `batch` in the lines of any other one.")
    else:
        return loading_lines + PICTURE.format(photo=photo) + BETWEEN.format(key=key, shape=node.shape)
    module = "model" if name == WHOLE else f"model.get_submodule({name!r})"
    return loading_lines + PICTURE.format(photo=photo) + HOOK.format(module=module, call=call, shape=node.shape)
