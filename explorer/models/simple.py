"""Three SimpleCNNs, as tutorials build them: batch norm and a linear layer, two layers only, global average pooling."""

import torch
from torch import nn

from explorer.models.dimensions import check_dimensions
from explorer.models.meesho import ConvolutionBlock
from explorer.models.registry import register


@register("simple")
class SimpleCNN(nn.Module):
    """3 -> 32 -> 64 -> 128 with batch norm and pooling, 2048 -> 256, dropout.

    620,810 parameters for 10 classes and 3 input channels. Inputs of 32 x 32 pixels.

    Raises:
        ShapeError: on construction, an `input_size` that does not flatten to 2048 numbers.
    """

    def __init__(self, num_classes: int = 10, in_channels: int = 3, dropout: float = 0.5, input_size: int = 32) -> None:
        super().__init__()
        self.block1 = ConvolutionBlock(in_channels, 32)
        self.block2 = ConvolutionBlock(32, 64)
        self.block3 = ConvolutionBlock(64, 128)
        self.flatten = nn.Flatten()
        self.fc1 = nn.Linear(128 * 4 * 4, 256)
        self.relu = nn.ReLU()
        self.dropout = nn.Dropout(dropout)
        self.fc2 = nn.Linear(256, num_classes)
        check_dimensions(self, in_channels, input_size, num_classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits (N, num_classes) of a batch (N, in_channels, 32, 32)."""
        x = self.block1(x)  # (N, 32, 16, 16)
        x = self.block2(x)  # (N, 64, 8, 8)
        x = self.block3(x)  # (N, 128, 4, 4)
        x = self.flatten(x)  # (N, 2048)
        x = self.fc1(x)  # (N, 256)
        x = self.relu(x)  # (N, 256)
        x = self.dropout(x)  # (N, 256)
        return self.fc2(x)  # (N, num_classes)


@register("simple_two_layer")
class SimpleTwoLayerCNN(nn.Module):
    """3 -> 16 -> 32 without batch norm, 2048 -> 128.

    268,650 parameters for 10 classes and 3 input channels. Inputs of 32 x 32 pixels.

    Raises:
        ShapeError: on construction, an `input_size` that does not flatten to 2048 numbers.
    """

    def __init__(self, num_classes: int = 10, in_channels: int = 3, input_size: int = 32) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, 16, kernel_size=3, padding=1)
        self.relu1 = nn.ReLU()
        self.pool1 = nn.MaxPool2d(2)
        self.conv2 = nn.Conv2d(16, 32, kernel_size=3, padding=1)
        self.relu2 = nn.ReLU()
        self.pool2 = nn.MaxPool2d(2)
        self.flatten = nn.Flatten()
        self.fc1 = nn.Linear(32 * 8 * 8, 128)
        self.relu3 = nn.ReLU()
        self.fc2 = nn.Linear(128, num_classes)
        check_dimensions(self, in_channels, input_size, num_classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits (N, num_classes) of a batch (N, in_channels, 32, 32)."""
        x = self.conv1(x)  # (N, 16, 32, 32)
        x = self.relu1(x)  # (N, 16, 32, 32)
        x = self.pool1(x)  # (N, 16, 16, 16)
        x = self.conv2(x)  # (N, 32, 16, 16)
        x = self.relu2(x)  # (N, 32, 16, 16)
        x = self.pool2(x)  # (N, 32, 8, 8)
        x = self.flatten(x)  # (N, 2048)
        x = self.fc1(x)  # (N, 128)
        x = self.relu3(x)  # (N, 128)
        return self.fc2(x)  # (N, num_classes)


@register("simple_gap")
class SimpleGapCNN(nn.Module):
    """3 -> 32 -> 64 -> 128 with batch norm and pooling, global average pooling, 128 -> 256, dropout.

    129,290 parameters for 10 classes and 3 input channels. Any input of at least 8 x 8 pixels.
    """

    def __init__(self, num_classes: int = 10, in_channels: int = 3, dropout: float = 0.5) -> None:
        super().__init__()
        self.block1 = ConvolutionBlock(in_channels, 32)
        self.block2 = ConvolutionBlock(32, 64)
        self.block3 = ConvolutionBlock(64, 128)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.flatten = nn.Flatten()
        self.fc1 = nn.Linear(128, 256)
        self.relu = nn.ReLU()
        self.dropout = nn.Dropout(dropout)
        self.fc2 = nn.Linear(256, num_classes)
        check_dimensions(self, in_channels, 32, num_classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits (N, num_classes) of a batch (N, in_channels, H, W); the comments are for H = W = 32."""
        x = self.block1(x)  # (N, 32, 16, 16)
        x = self.block2(x)  # (N, 64, 8, 8)
        x = self.block3(x)  # (N, 128, 4, 4)
        x = self.pool(x)  # (N, 128, 1, 1)
        x = self.flatten(x)  # (N, 128)
        x = self.fc1(x)  # (N, 256)
        x = self.relu(x)  # (N, 256)
        x = self.dropout(x)  # (N, 256)
        return self.fc2(x)  # (N, num_classes)
