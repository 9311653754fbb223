"""The project's own networks, one architecture a file, found by name.

    build_model("meesho", num_classes=6)        # an nn.Module with fresh weights
    model_names()                               # what can be built

Every visible step of a network is a module of its own, never called twice and never in place, so that a hook sees each
intermediate result once and unharmed. torchvision's networks are in `explorer.models.pretrained`, which loads torchvision.
"""

from explorer.models import compact, meesho
from explorer.models.registry import build_model, model_names, register

__all__ = ["build_model", "compact", "meesho", "model_names", "register"]
