"""A stack of layers, as a visitor has put it together, made into a network, and known by a name that says all of it.

The name "stack:3x32x32:nn.Conv2d(3, 8, 3);nn.ReLU()" is enough to build the network anew, on any server.
"""

import re
from collections.abc import Sequence

import torch
from torch import nn

from explorer.errors import ModelError, ShapeError
from explorer.stack.layers import Layer
from explorer.stack.parsing import parse_stack
from explorer.stack.walking import totals, walk

NAME_PREFIX = "stack:"
LONGEST_NAME = 4000  # characters

MOST_PARAMETERS = 20_000_000
MOST_MEMORY = 400_000_000  # bytes of all activations for one picture
MOST_MULT_ADDS = 5_000_000_000


def build_stack(layers: Sequence[Layer], shape: tuple[int, int, int], seed: int = 0) -> nn.Sequential:
    """A network of these layers with fresh weights, in evaluation mode.

    Args:
        shape: (C, H, W) of the picture that it will get.
        seed: of the weights, so that the same stack is the same network.

    Raises:
        ShapeError: a layer does not fit; the message is that of `walk`.
        ModelError: the network would be too large to run here.
    """
    rows = walk(layers, shape)
    broken = next((row for row in rows if row.error), None)
    if broken is not None:
        raise ShapeError(f"{broken.layer.code()}: {broken.error}")
    sums = totals(rows)
    limits = {"parameters": MOST_PARAMETERS, "mult_adds": MOST_MULT_ADDS, "memory": MOST_MEMORY}
    for name, most in limits.items():
        if sums[name] > most:
            what = name.replace("_", "-")
            raise ModelError(f"This stack has {sums[name]:,} {what}; up to {most:,} can be run here.")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        modules = [_module(layer) for layer in layers]
    return nn.Sequential(*modules).eval()


def build_named_stack(name: str) -> tuple[nn.Sequential, tuple[int, int, int]]:
    """The network that a stack's name says, and the (C, H, W) of the picture that it was put together for.

    Raises:
        ModelError: no name of a stack, or a network that is too large to run here.
        ShapeError: a line that cannot be read, or a layer that does not fit.
    """
    found = re.fullmatch(rf"{NAME_PREFIX}(\d{{1,4}})x(\d{{1,4}})x(\d{{1,4}}):(.+)", name[: LONGEST_NAME + 1], re.DOTALL)
    if found is None or len(name) > LONGEST_NAME:
        raise ModelError(
            "A stack's name reads stack:3x32x32:nn.Conv2d(3, 8, 3);nn.ReLU(), in at most 4,000 characters."
        )
    shape = (int(found[1]), int(found[2]), int(found[3]))
    return build_stack(parse_stack(found[4].replace(";", "\n")), shape), shape


def why_no_logits(model: nn.Sequential, shape: tuple[int, int, int]) -> str:
    """Why the numbers of a stack are no logits, in a sentence; empty where they are.

    They are where each is a number of the last layer with weights: its features, or its maps of one cell each.
    """
    with torch.no_grad():
        output = model(torch.zeros(1, *shape))[0]
    weighted = [one for one in model if isinstance(one, nn.Linear | nn.Conv2d | nn.ConvTranspose2d)]
    given = " × ".join(f"{side:,}" for side in output.shape)
    if not weighted:
        return f"This stack has no layer with weights, so the {given} numbers that it gives are logits of no classes."
    last = weighted[-1]
    count = last.out_features if isinstance(last, nn.Linear) else last.out_channels
    if tuple(output.shape) == (count,):
        return ""
    flatten = "" if output.ndim == 1 else "nn.Flatten() and "
    return (
        f"This stack gives {given} numbers and no logit for each class, so it says nothing of a picture; "
        f"end it with {flatten}nn.Linear({output.numel()}, 10), for 10 classes."
    )


def _module(layer: Layer) -> nn.Module:
    """The layer of torch, without in-place work: a hook shall see what every layer gave."""
    given = {name: value for name, value in layer.given.items() if name != "inplace"}
    norm_without_bias = layer.kind in {"BatchNorm1d", "BatchNorm2d"} and not given.pop("bias", True)
    module: nn.Module = getattr(nn, layer.kind)(**given)
    if norm_without_bias:
        module.register_parameter("bias", None)  # torch before 2.12 runs such a norm, but has no argument for it
    return module
