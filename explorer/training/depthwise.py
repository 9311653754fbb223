"""Depthwise convolutions whose gradient is not taken in bfloat16, which a CPU has no quick kernel for.

In bfloat16 the gradient of one window a channel takes five to ten times as long as in float32, more than all other
layers of an EfficientNet together (benchmarks/depthwise.py). So forward stays as it was, and backward is done in
float32: a little more exact, and quicker. Only a run on the CPU in mixed precision uses it; weights and names
stay the same.
"""

from types import MethodType
from typing import Any

import torch
from torch import nn
from torch.nn import functional


class _Depthwise(torch.autograd.Function):
    """`functional.conv2d` with its gradient in float32."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, weight: torch.Tensor, conv: nn.Conv2d) -> torch.Tensor:  # noqa: ANN401 - torch's own
        """(N, C, H, W) -> (N, C, rows, columns), in the precision of the autocast."""
        ctx.save_for_backward(x, weight)
        ctx.conv = conv
        return functional.conv2d(x, weight.to(x.dtype), None, conv.stride, conv.padding, conv.dilation, conv.groups)

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor | None, torch.Tensor | None, None]:  # noqa: ANN401
        """Of the input, in its own precision, and of the weights, in float32."""
        x, weight = ctx.saved_tensors
        conv, wanted = ctx.conv, [*ctx.needs_input_grad[:2], False]
        of_input, of_weight, _ = torch.ops.aten.convolution_backward(
            gradients[0].float(),
            x.float(),
            weight.float(),
            None,
            conv.stride,
            conv.padding,
            conv.dilation,
            False,
            [0, 0],
            conv.groups,
            wanted,
        )
        return None if of_input is None else of_input.to(x.dtype), of_weight, None


def quicken_depthwise(model: nn.Module) -> int:
    """Changes how the network's depthwise convolutions are computed in mixed precision; gives how many there are."""
    found = [module for module in model.modules() if isinstance(module, nn.Conv2d) and _is_depthwise(module)]
    for module in found:
        module.forward = MethodType(_forward, module)  # type: ignore[method-assign]  # of this one, not of its class
    return len(found)


def _forward(conv: nn.Conv2d, x: torch.Tensor) -> torch.Tensor:
    if x.dtype == torch.float32:
        return functional.conv2d(x, conv.weight, None, conv.stride, conv.padding, conv.dilation, conv.groups)
    return _Depthwise.apply(x, conv.weight, conv)  # type: ignore[no-untyped-call]


def _is_depthwise(conv: nn.Conv2d) -> bool:
    plain = conv.bias is None and conv.padding_mode == "zeros" and not isinstance(conv.padding, str)
    return plain and 1 < conv.groups == conv.in_channels
