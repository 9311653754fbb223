"""Does a network fit together? Asked once, at construction, with one black picture.

A convolution or linear layer that gets another number of channels or features than it was built for is named, with both
numbers, before any training begins.
"""

from typing import Any

import torch
from torch import nn

from explorer.errors import ShapeError

_EXPECTED = {nn.Linear: ("in_features", -1), nn.Conv2d: ("in_channels", 1), nn.BatchNorm2d: ("num_features", 1)}


def check_dimensions(model: nn.Module, in_channels: int, size: int, num_classes: int) -> None:
    """Runs one black picture through the network; leaves modes, weights and buffers as they were.

    Args:
        size: height and width of the picture, in pixels.

    Raises:
        ShapeError: a layer that gets something else than it expects, named with both numbers; or other logits.
    """
    names = {module: name for name, module in model.named_modules()}

    def compare(module: nn.Module, inputs: tuple[Any, ...]) -> None:
        attribute, axis = _EXPECTED[type(module)]
        expected, given = int(getattr(module, attribute)), int(inputs[0].shape[axis])
        if expected != given:
            raise ShapeError(
                f"Layer {names[module]!r} has {attribute}={expected} but gets {given} from the layer before it, "
                f"for an input of {in_channels} x {size} x {size}."
            )

    hooks = [module.register_forward_pre_hook(compare) for module in names if type(module) in _EXPECTED]
    modes = {module: module.training for module in names}
    try:
        model.eval()
        with torch.no_grad():
            logits = model(torch.zeros(1, in_channels, size, size))
    except RuntimeError as error:
        reason = str(error).splitlines()[0].rstrip(".")
        raise ShapeError(f"An input of {in_channels} x {size} x {size} does not pass the network: {reason}.") from error
    finally:
        for hook in hooks:
            hook.remove()
        for module, mode in modes.items():
            module.training = mode
    if tuple(logits.shape) != (1, num_classes):
        raise ShapeError(f"The network gives {tuple(logits.shape)} for one picture; (1, {num_classes}) was expected.")
