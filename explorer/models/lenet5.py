"""LeNet-5 (LeCun et al. 1998), with average pooling in the place of its trained subsampling."""

import torch
from torch import nn

from explorer.models.dimensions import check_dimensions
from explorer.models.registry import register


@register("lenet5")
class LeNet5(nn.Module):
    """1 -> 6 -> 16 with 5 x 5 kernels, tanh and average pooling; 400 -> 120 -> 84 -> classes.

    61,706 parameters for 10 classes and 1 input channel. Inputs of 32 x 32 pixels.

    Raises:
        ShapeError: on construction, an `input_size` that does not flatten to 400 numbers.
    """

    def __init__(self, num_classes: int = 10, in_channels: int = 1, input_size: int = 32) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, 6, kernel_size=5)
        self.tanh1 = nn.Tanh()
        self.pool1 = nn.AvgPool2d(2)
        self.conv2 = nn.Conv2d(6, 16, kernel_size=5)
        self.tanh2 = nn.Tanh()
        self.pool2 = nn.AvgPool2d(2)
        self.flatten = nn.Flatten()
        self.fc1 = nn.Linear(16 * 5 * 5, 120)
        self.tanh3 = nn.Tanh()
        self.fc2 = nn.Linear(120, 84)
        self.tanh4 = nn.Tanh()
        self.fc3 = nn.Linear(84, num_classes)
        check_dimensions(self, in_channels, input_size, num_classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits (N, num_classes) of a batch (N, in_channels, 32, 32)."""
        x = self.conv1(x)  # (N, 6, 28, 28)
        x = self.tanh1(x)  # (N, 6, 28, 28)
        x = self.pool1(x)  # (N, 6, 14, 14)
        x = self.conv2(x)  # (N, 16, 10, 10)
        x = self.tanh2(x)  # (N, 16, 10, 10)
        x = self.pool2(x)  # (N, 16, 5, 5)
        x = self.flatten(x)  # (N, 400)
        x = self.fc1(x)  # (N, 120)
        x = self.tanh3(x)  # (N, 120)
        x = self.fc2(x)  # (N, 84)
        x = self.tanh4(x)  # (N, 84)
        return self.fc3(x)  # (N, num_classes)
