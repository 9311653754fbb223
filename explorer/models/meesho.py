"""MeeshoCNN: a shop's product classifier, four plain blocks and two linear layers."""

import torch
from torch import nn

from explorer.models.dimensions import check_dimensions
from explorer.models.registry import register


class ConvolutionBlock(nn.Module):
    """3 x 3 convolution, batch norm, ReLU and, if asked for, 2 x 2 max pooling."""

    def __init__(self, in_channels: int, out_channels: int, *, pooled: bool = True) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, kernel_size=3, padding=1)
        self.bn = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU()
        if pooled:
            self.pool = nn.MaxPool2d(2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, in_channels, H, W) -> (N, out_channels, H, W), or half as high and wide with pooling."""
        x = self.conv(x)
        x = self.bn(x)
        x = self.relu(x)
        return self.pool(x) if hasattr(self, "pool") else x


@register("meesho")
class MeeshoCNN(nn.Module):
    """Four blocks 3 -> 32 -> 64 -> 128 -> 256, adaptive average pooling to 4 x 4, 4096 -> 512 -> classes.

    2,490,118 parameters for 6 classes and 3 input channels. Any input of at least 8 x 8 pixels.
    """

    def __init__(self, num_classes: int = 10, in_channels: int = 3, dropout: float = 0.4) -> None:
        super().__init__()
        self.block1 = ConvolutionBlock(in_channels, 32)
        self.block2 = ConvolutionBlock(32, 64)
        self.block3 = ConvolutionBlock(64, 128)
        self.block4 = ConvolutionBlock(128, 256, pooled=False)
        self.pool = nn.AdaptiveAvgPool2d(4)
        self.flatten = nn.Flatten()
        self.fc1 = nn.Linear(256 * 4 * 4, 512)
        self.relu = nn.ReLU()
        self.dropout = nn.Dropout(dropout)
        self.fc2 = nn.Linear(512, num_classes)
        check_dimensions(self, in_channels, 64, num_classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits (N, num_classes) of a batch (N, in_channels, H, W); the comments are for H = W = 64."""
        x = self.block1(x)  # (N, 32, 32, 32)
        x = self.block2(x)  # (N, 64, 16, 16)
        x = self.block3(x)  # (N, 128, 8, 8)
        x = self.block4(x)  # (N, 256, 8, 8)
        x = self.pool(x)  # (N, 256, 4, 4)
        x = self.flatten(x)  # (N, 4096)
        x = self.fc1(x)  # (N, 512)
        x = self.relu(x)  # (N, 512)
        x = self.dropout(x)  # (N, 512)
        return self.fc2(x)  # (N, num_classes)


@register("meesho_3")
class MeeshoCNN3(nn.Module):
    """The three-block variant: 3 -> 32 -> 64 -> 128, adaptive average pooling to 4 x 4, 2048 -> 256 -> classes.

    619,782 parameters for 6 classes and 3 input channels. Any input of at least 8 x 8 pixels.
    """

    def __init__(self, num_classes: int = 10, in_channels: int = 3, dropout: float = 0.4) -> None:
        super().__init__()
        self.block1 = ConvolutionBlock(in_channels, 32)
        self.block2 = ConvolutionBlock(32, 64)
        self.block3 = ConvolutionBlock(64, 128)
        self.pool = nn.AdaptiveAvgPool2d(4)
        self.flatten = nn.Flatten()
        self.fc1 = nn.Linear(128 * 4 * 4, 256)
        self.relu = nn.ReLU()
        self.dropout = nn.Dropout(dropout)
        self.fc2 = nn.Linear(256, num_classes)
        check_dimensions(self, in_channels, 64, num_classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits (N, num_classes) of a batch (N, in_channels, H, W); the comments are for H = W = 64."""
        x = self.block1(x)  # (N, 32, 32, 32)
        x = self.block2(x)  # (N, 64, 16, 16)
        x = self.block3(x)  # (N, 128, 8, 8)
        x = self.pool(x)  # (N, 128, 4, 4)
        x = self.flatten(x)  # (N, 2048)
        x = self.fc1(x)  # (N, 256)
        x = self.relu(x)  # (N, 256)
        x = self.dropout(x)  # (N, 256)
        return self.fc2(x)  # (N, num_classes)
