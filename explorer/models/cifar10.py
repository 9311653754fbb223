"""CIFAR10CNN: three double blocks, as VGG has them, for pictures of 32 x 32."""

import torch
from torch import nn

from explorer.models.dimensions import check_dimensions
from explorer.models.registry import register


class DoubleBlock(nn.Module):
    """Twice 3 x 3 convolution, batch norm and ReLU; then 2 x 2 max pooling."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, kernel_size=3, padding=1)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.relu1 = nn.ReLU()
        self.conv2 = nn.Conv2d(out_channels, out_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.relu2 = nn.ReLU()
        self.pool = nn.MaxPool2d(2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, in_channels, H, W) -> (N, out_channels, H // 2, W // 2)."""
        x = self.conv1(x)
        x = self.bn1(x)
        x = self.relu1(x)
        x = self.conv2(x)
        x = self.bn2(x)
        x = self.relu2(x)
        return self.pool(x)


@register("cifar10_cnn")
class CIFAR10CNN(nn.Module):
    """Double blocks of 64, 128 and 256 channels, 4096 -> 512, dropout.

    3,249,994 parameters for 10 classes and 3 input channels. Inputs of 32 x 32 pixels.

    Raises:
        ShapeError: on construction, an `input_size` that does not flatten to 4096 numbers.
    """

    def __init__(self, num_classes: int = 10, in_channels: int = 3, dropout: float = 0.5, input_size: int = 32) -> None:
        super().__init__()
        self.block1 = DoubleBlock(in_channels, 64)
        self.block2 = DoubleBlock(64, 128)
        self.block3 = DoubleBlock(128, 256)
        self.flatten = nn.Flatten()
        self.fc1 = nn.Linear(256 * 4 * 4, 512)
        self.relu = nn.ReLU()
        self.dropout = nn.Dropout(dropout)
        self.fc2 = nn.Linear(512, num_classes)
        check_dimensions(self, in_channels, input_size, num_classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits (N, num_classes) of a batch (N, in_channels, 32, 32)."""
        x = self.block1(x)  # (N, 64, 16, 16)
        x = self.block2(x)  # (N, 128, 8, 8)
        x = self.block3(x)  # (N, 256, 4, 4)
        x = self.flatten(x)  # (N, 4096)
        x = self.fc1(x)  # (N, 512)
        x = self.relu(x)  # (N, 512)
        x = self.dropout(x)  # (N, 512)
        return self.fc2(x)  # (N, num_classes)
