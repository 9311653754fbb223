"""ForgeCNN: two blocks and an adaptive pooling that lets it take any picture."""

import torch
from torch import nn

from explorer.models.dimensions import check_dimensions
from explorer.models.meesho import ConvolutionBlock
from explorer.models.registry import register


@register("forge")
class ForgeCNN(nn.Module):
    """3 -> 16 -> 32, each 3 x 3 + batch norm + ReLU + max pooling; adaptive average pooling to 7 x 7; 1568 -> 256.

    409,418 parameters for 10 classes and 3 input channels: 448 + 32 + 4,640 + 64 in the blocks, 401,664 and 2,570 in
    the linear layers. Any input of at least 4 x 4 pixels.
    """

    def __init__(self, num_classes: int = 10, in_channels: int = 3, dropout: float = 0.4) -> None:
        super().__init__()
        self.block1 = ConvolutionBlock(in_channels, 16)
        self.block2 = ConvolutionBlock(16, 32)
        self.pool = nn.AdaptiveAvgPool2d(7)
        self.flatten = nn.Flatten()
        self.fc1 = nn.Linear(32 * 7 * 7, 256)
        self.relu = nn.ReLU()
        self.dropout = nn.Dropout(dropout)
        self.fc2 = nn.Linear(256, num_classes)
        check_dimensions(self, in_channels, 64, num_classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits (N, num_classes) of a batch (N, in_channels, H, W); the comments are for H = W = 64."""
        x = self.block1(x)  # (N, 16, 32, 32)
        x = self.block2(x)  # (N, 32, 16, 16)
        x = self.pool(x)  # (N, 32, 7, 7)
        x = self.flatten(x)  # (N, 1568)
        x = self.fc1(x)  # (N, 256)
        x = self.relu(x)  # (N, 256)
        x = self.dropout(x)  # (N, 256)
        return self.fc2(x)  # (N, num_classes)
