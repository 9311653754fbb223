"""EfficientNet-Lite (Liu 2020, after Tan and Le 2019): convolutions, batch norm, ReLU6 and additions, and no more.

A stem of stride 2, seven stages of inverted residual blocks, a last 1 x 1 convolution, global average pooling and one
linear layer. Windows of stride 2 are padded as TensorFlow's "same" pads them, which depends on the size of the map and
may be one pixel more at the bottom and right: that is a module of its own, `SamePadding`. Names are the field's;
`explorer.checkpoint.conversion` knows those of the published weights.

Source: https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite
"""

import math

import torch
from torch import nn
from torch.nn import functional

from explorer.models.dimensions import check_dimensions
from explorer.models.registry import register

STAGES = (  # blocks, kernel_size, stride of the first block, how many times its channels a block expands to, channels
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
_STEM, _TOP = 32, 1280  # channels, the same in all sizes of the network
_EPS, _MOMENTUM = 1e-3, 0.01  # of batch norm, as it was trained


class SamePadding(nn.Module):
    """Zeros around a map, so that windows of a stride give ceil(size / stride) positions; an odd one goes to the end.

    Source: TensorFlow, tf.nn, "Notes on padding", SAME.
    """

    def __init__(self, kernel_size: int, stride: int) -> None:
        super().__init__()
        self.kernel_size, self.stride = kernel_size, stride

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, C, H, W) -> (N, C, H + rows, W + columns), what is added depending on H and W."""
        top, bottom = padding_around(x.shape[-2], self.kernel_size, self.stride)
        left, right = padding_around(x.shape[-1], self.kernel_size, self.stride)
        return functional.pad(x, (left, right, top, bottom))

    def extra_repr(self) -> str:
        """What the sizes follow from."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}"


class InvertedResidual(nn.Module):
    """1 x 1 convolution to more channels, one window a channel, 1 x 1 convolution back; added to the input if it fits.

    Args:
        expansion: how many times `in_channels` the middle has; with 1 there is no first convolution.
    """

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int, stride: int, expansion: int) -> None:
        super().__init__()
        middle = in_channels * expansion
        if expansion != 1:
            self.expand_conv = nn.Conv2d(in_channels, middle, kernel_size=1, bias=False)
            self.expand_bn = _norm(middle)
            self.expand_relu = nn.ReLU6()
        if stride != 1:
            self.depthwise_pad = SamePadding(kernel_size, stride)
        padding = kernel_size // 2 if stride == 1 else 0
        self.depthwise_conv = nn.Conv2d(middle, middle, kernel_size, stride, padding, groups=middle, bias=False)
        self.depthwise_bn = _norm(middle)
        self.depthwise_relu = nn.ReLU6()
        self.project_conv = nn.Conv2d(middle, out_channels, kernel_size=1, bias=False)
        self.project_bn = _norm(out_channels)
        self.adds = stride == 1 and in_channels == out_channels

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, in_channels, H, W) -> (N, out_channels, H / stride, W / stride), rounded up."""
        shortcut = x
        if hasattr(self, "expand_conv"):
            x = self.expand_conv(x)
            x = self.expand_bn(x)
            x = self.expand_relu(x)
        if hasattr(self, "depthwise_pad"):
            x = self.depthwise_pad(x)
        x = self.depthwise_conv(x)
        x = self.depthwise_bn(x)
        x = self.depthwise_relu(x)
        x = self.project_conv(x)
        x = self.project_bn(x)
        return x + shortcut if self.adds else x


class EfficientNetLite(nn.Module):
    """Any input of at least 1 x 1 pixels; 224 x 224 (lite0), 240 (lite1) and 260 (lite2) are what it was made for.

    Args:
        width, depth: factors on the channels and on the blocks of the stages; the first and the last stage keep theirs.
        dropout: share of pooled features silenced in training.
    """

    def __init__(self, num_classes: int, in_channels: int, width: float, depth: float, dropout: float) -> None:
        super().__init__()
        self.stem = nn.Sequential()
        self.stem.add_module("pad", SamePadding(3, 2))
        self.stem.add_module("conv", nn.Conv2d(in_channels, _STEM, kernel_size=3, stride=2, bias=False))
        self.stem.add_module("bn", _norm(_STEM))
        self.stem.add_module("relu", nn.ReLU6())
        widths = [_STEM, *(round_channels(channels * width) for *_, channels in STAGES)]
        stages = [_stage(*sizes) for sizes in zip(STAGES, widths, widths[1:], block_counts(depth), strict=False)]
        self.stage1, self.stage2, self.stage3, self.stage4, self.stage5, self.stage6, self.stage7 = stages
        self.top = nn.Sequential()
        self.top.add_module("conv", nn.Conv2d(widths[-1], _TOP, kernel_size=1, bias=False))
        self.top.add_module("bn", _norm(_TOP))
        self.top.add_module("relu", nn.ReLU6())
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.flatten = nn.Flatten()
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(_TOP, num_classes)
        _start(self)
        check_dimensions(self, in_channels, 64, num_classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits (N, num_classes) of a batch (N, in_channels, H, W); the comments are for lite0 and H = W = 224."""
        x = self.stem(x)  # (N, 32, 112, 112)
        x = self.stage1(x)  # (N, 16, 112, 112)
        x = self.stage2(x)  # (N, 24, 56, 56)
        x = self.stage3(x)  # (N, 40, 28, 28)
        x = self.stage4(x)  # (N, 80, 14, 14)
        x = self.stage5(x)  # (N, 112, 14, 14)
        x = self.stage6(x)  # (N, 192, 7, 7)
        x = self.stage7(x)  # (N, 320, 7, 7)
        x = self.top(x)  # (N, 1280, 7, 7)
        x = self.pool(x)  # (N, 1280, 1, 1)
        x = self.flatten(x)  # (N, 1280)
        x = self.dropout(x)  # (N, 1280)
        return self.fc(x)  # (N, num_classes)


@register("efficientnet_lite0")
class EfficientNetLite0(EfficientNetLite):
    """4,652,008 parameters for 1,000 classes and 3 input channels."""

    def __init__(self, num_classes: int = 1000, in_channels: int = 3, dropout: float = 0.2) -> None:
        super().__init__(num_classes, in_channels, width=1.0, depth=1.0, dropout=dropout)


@register("efficientnet_lite1")
class EfficientNetLite1(EfficientNetLite):
    """One block more in five of its stages; 5,416,680 parameters for 1,000 classes and 3 input channels."""

    def __init__(self, num_classes: int = 1000, in_channels: int = 3, dropout: float = 0.2) -> None:
        super().__init__(num_classes, in_channels, width=1.0, depth=1.1, dropout=dropout)


@register("efficientnet_lite2")
class EfficientNetLite2(EfficientNetLite):
    """As deep as lite1 and a tenth wider; 6,092,072 parameters for 1,000 classes and 3 input channels."""

    def __init__(self, num_classes: int = 1000, in_channels: int = 3, dropout: float = 0.3) -> None:
        super().__init__(num_classes, in_channels, width=1.1, depth=1.2, dropout=dropout)


def padding_around(size: int, kernel_size: int, stride: int) -> tuple[int, int]:
    """Zeros before and after along one axis, for ceil(size / stride) positions.

    >>> padding_around(224, 3, 2), padding_around(225, 3, 2)
    ((0, 1), (1, 1))
    """
    needed = max((math.ceil(size / stride) - 1) * stride + kernel_size - size, 0)
    return needed // 2, needed - needed // 2


def round_channels(channels: float) -> int:
    """The multiple of 8 nearest to it, at least 8, and not less than nine tenths of it."""
    rounded = max(8, int(channels + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * channels else rounded


def block_counts(depth: float) -> list[int]:
    """Blocks of each stage."""
    counts = [blocks for blocks, *_ in STAGES]
    return [counts[0], *(math.ceil(count * depth) for count in counts[1:-1]), counts[-1]]


def _stage(recipe: tuple[int, ...], in_channels: int, out_channels: int, depth: int) -> nn.Sequential:
    """`depth` blocks, the first of which changes channels and size."""
    _, kernel_size, stride, expansion, _ = recipe
    first = InvertedResidual(in_channels, out_channels, kernel_size, stride, expansion)
    rest = (InvertedResidual(out_channels, out_channels, kernel_size, 1, expansion) for _ in range(depth - 1))
    return nn.Sequential(first, *rest)


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=_EPS, momentum=_MOMENTUM)


def _start(model: nn.Module) -> None:
    """He initialisation of the convolutions by what they feed (a depthwise window feeds one channel)."""
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            rows, columns = module.kernel_size
            nn.init.normal_(module.weight, 0.0, math.sqrt(2 / (rows * columns * module.out_channels // module.groups)))
