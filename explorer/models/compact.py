"""compact: the project's own residual network, made small enough to ship.

A stem of stride 2, four stages of basic residual blocks, global average pooling and one linear layer: every logit is an
exact sum, over the last maps, of weight x mean of the map, plus a bias.
"""

from collections.abc import Sequence

import torch
from torch import nn

from explorer.errors import ModelError
from explorer.models.dimensions import check_dimensions
from explorer.models.registry import register


class AveragedShortcut(nn.Module):
    """The way past a block that changes size: 2 x 2 average pooling where it halves, 1 x 1 convolution, batch norm.

    Averaging first keeps all pixels in the sum; a 1 x 1 convolution of stride 2 would read a quarter of them.
    """

    def __init__(self, in_channels: int, out_channels: int, stride: int) -> None:
        super().__init__()
        if stride == 2:
            self.pool = nn.AvgPool2d(2, ceil_mode=True)
        self.conv = nn.Conv2d(in_channels, out_channels, kernel_size=1, bias=False)
        self.bn = nn.BatchNorm2d(out_channels)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, in_channels, H, W) -> (N, out_channels, H / stride, W / stride), rounded up."""
        if hasattr(self, "pool"):
            x = self.pool(x)
        x = self.conv(x)
        return self.bn(x)


class CompactBlock(nn.Module):
    """Two 3 x 3 convolutions with batch norm, added to the shortcut, then ReLU."""

    def __init__(self, in_channels: int, out_channels: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, kernel_size=3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.relu1 = nn.ReLU()
        self.conv2 = nn.Conv2d(out_channels, out_channels, kernel_size=3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)
        if stride != 1 or in_channels != out_channels:
            self.shortcut = AveragedShortcut(in_channels, out_channels, stride)
        self.relu2 = nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, in_channels, H, W) -> (N, out_channels, H / stride, W / stride), rounded up."""
        shortcut = self.shortcut(x) if hasattr(self, "shortcut") else x
        x = self.conv1(x)
        x = self.bn1(x)
        x = self.relu1(x)
        x = self.conv2(x)
        x = self.bn2(x)
        x = x + shortcut
        return self.relu2(x)


@register("compact")
class CompactNet(nn.Module):
    """Stem 3 x 3 of stride 2, four stages, global average pooling, linear. Any input size of at least 1 x 1.

    Args:
        widths: channels of the four stages; the stem has as many as the first.
        depths: blocks of the four stages; the first block of stages 2 to 4 halves height and width.
        dropout: share of pooled features set to 0 in training.

    Raises:
        ModelError: widths or depths that are not four whole numbers of at least 1.
    """

    def __init__(
        self,
        num_classes: int = 10,
        in_channels: int = 3,
        widths: Sequence[int] = (32, 64, 160, 320),
        depths: Sequence[int] = (1, 1, 2, 1),
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        for name, numbers in (("widths", widths), ("depths", depths)):
            if len(numbers) != 4 or not all(isinstance(number, int) and number >= 1 for number in numbers):
                raise ModelError(f"{name} is {list(numbers)}; compact needs four whole numbers of at least 1.")
        self.stem = nn.Sequential()
        self.stem.add_module("conv", nn.Conv2d(in_channels, widths[0], kernel_size=3, stride=2, padding=1, bias=False))
        self.stem.add_module("bn", nn.BatchNorm2d(widths[0]))
        self.stem.add_module("relu", nn.ReLU())
        self.stage1 = _stage(widths[0], widths[0], depths[0], stride=1)
        self.stage2 = _stage(widths[0], widths[1], depths[1], stride=2)
        self.stage3 = _stage(widths[1], widths[2], depths[2], stride=2)
        self.stage4 = _stage(widths[2], widths[3], depths[3], stride=2)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.flatten = nn.Flatten()
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(widths[3], num_classes)
        _start_small(self)
        check_dimensions(self, in_channels, 64, num_classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits (N, num_classes) of a batch (N, in_channels, H, W); the comments are for H = W = 96."""
        x = self.stem(x)  # (N, 32, 48, 48)
        x = self.stage1(x)  # (N, 32, 48, 48)
        x = self.stage2(x)  # (N, 64, 24, 24)
        x = self.stage3(x)  # (N, 160, 12, 12)
        x = self.stage4(x)  # (N, 320, 6, 6)
        x = self.pool(x)  # (N, 320, 1, 1)
        x = self.flatten(x)  # (N, 320)
        x = self.dropout(x)  # (N, 320)
        return self.fc(x)  # (N, num_classes)


def _stage(in_channels: int, out_channels: int, depth: int, stride: int) -> nn.Sequential:
    """`depth` blocks, the first of which changes channels and size."""
    first = CompactBlock(in_channels, out_channels, stride)
    return nn.Sequential(first, *(CompactBlock(out_channels, out_channels) for _ in range(depth - 1)))


def _start_small(model: nn.Module) -> None:
    """He initialisation of the convolutions, and blocks that begin as their shortcut (Goyal et al. 2017)."""
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        if isinstance(module, CompactBlock):
            nn.init.zeros_(module.bn2.weight)
