"""Small networks to take along, with cards that say so."""

import torch
from torch import nn

from explorer.checkpoint.file import Card, round_weights
from explorer.models import build_model
from explorer.predict import Classifier
from explorer.preprocessing import Preprocessing


def named(name: str, preprocessing: Preprocessing, temperature: float = 0.5) -> Classifier:
    """A network of the project's own with random weights as a file holds them, and statistics that are not 0 and 1."""
    torch.manual_seed(3)
    arguments = {"num_classes": 3, "in_channels": preprocessing.channels}
    model = build_model(name, **arguments)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.running_mean, -0.2, 0.2)
            nn.init.uniform_(module.running_var, 0.5, 2)
    return Classifier(round_weights(model), card(name, preprocessing, temperature))


def layers(*some: nn.Module, side: int = 12) -> Classifier:
    """Layers on pictures of side × side, then three logits."""
    torch.manual_seed(5)
    model = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), *some, nn.Flatten(), nn.LazyLinear(3)).eval()
    with torch.no_grad():
        model(torch.zeros(1, 3, side, side))
    return Classifier(model, card("a stack", Preprocessing(size=side)))


def card(name: str, preprocessing: Preprocessing, temperature: float = 1.0) -> Card:
    arguments = {"num_classes": 3, "in_channels": preprocessing.channels}
    classes = ("kurta", "</script><b>'saree'", "watch")
    return Card(name, arguments, classes, preprocessing, calibration={"temperature": temperature})
