"""A residual network for teaching: the same layers with their skips, or without."""

import torch
from torch import nn

from explorer.models.dimensions import check_dimensions
from explorer.models.registry import register


class ResidualBlock(nn.Module):
    """Two 3 x 3 convolutions with batch norm; the input is added before the last ReLU.

    Where channels or size change, the input takes a 1 x 1 convolution with batch norm (He et al. 2016, option B).

    Args:
        skip: without it, the block is a plain stack of the same layers.
    """

    def __init__(self, in_channels: int, out_channels: int, stride: int = 1, *, skip: bool = True) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, kernel_size=3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.relu1 = nn.ReLU()
        self.conv2 = nn.Conv2d(out_channels, out_channels, kernel_size=3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.skip = skip
        if skip and (stride != 1 or in_channels != out_channels):
            self.projection = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride, bias=False)
            self.projection_bn = nn.BatchNorm2d(out_channels)
        self.relu2 = nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, in_channels, H, W) -> (N, out_channels, H / stride, W / stride), rounded up."""
        shortcut = self.projection_bn(self.projection(x)) if hasattr(self, "projection") else x
        x = self.conv1(x)
        x = self.bn1(x)
        x = self.relu1(x)
        x = self.conv2(x)
        x = self.bn2(x)
        if self.skip:
            x = x + shortcut
        return self.relu2(x)


@register("residual")
class ResidualNet(nn.Module):
    """A 3 x 3 stem, three stages of two blocks (16, 32, 64 channels), global average pooling, linear. Any input size.

    175,258 parameters for 10 classes and 3 input channels; 172,506 without its skips.
    """

    def __init__(self, num_classes: int = 10, in_channels: int = 3, skips: bool = True) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, 16, kernel_size=3, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(16)
        self.relu = nn.ReLU()
        self.stage1 = nn.Sequential(ResidualBlock(16, 16, skip=skips), ResidualBlock(16, 16, skip=skips))
        self.stage2 = nn.Sequential(ResidualBlock(16, 32, 2, skip=skips), ResidualBlock(32, 32, skip=skips))
        self.stage3 = nn.Sequential(ResidualBlock(32, 64, 2, skip=skips), ResidualBlock(64, 64, skip=skips))
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.flatten = nn.Flatten()
        self.fc = nn.Linear(64, num_classes)
        check_dimensions(self, in_channels, 32, num_classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits (N, num_classes) of a batch (N, in_channels, H, W); the comments are for H = W = 32."""
        x = self.conv(x)  # (N, 16, 32, 32)
        x = self.bn(x)  # (N, 16, 32, 32)
        x = self.relu(x)  # (N, 16, 32, 32)
        x = self.stage1(x)  # (N, 16, 32, 32)
        x = self.stage2(x)  # (N, 32, 16, 16)
        x = self.stage3(x)  # (N, 64, 8, 8)
        x = self.pool(x)  # (N, 64, 1, 1)
        x = self.flatten(x)  # (N, 64)
        return self.fc(x)  # (N, num_classes)
