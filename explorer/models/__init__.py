"""The project's own networks, one architecture a file, found by name.

    build_model("meesho", num_classes=6)        # an nn.Module with fresh weights
    model_names()                               # what can be built

Every visible step of a network is a module of its own, never called twice and never in place, so that a hook sees each
intermediate result once and unharmed. torchvision's networks, named `torchvision/resnet18` and so on, can be built too;
`explorer.models.torchvision_networks` lists them, and loads torchvision.
"""

# Imported in this order, which is the order of model_names().
from explorer.models import meesho, forge, simple, cifar10, lenet5, residual, compact, efficientnet_lite  # noqa: I001 - see above
from explorer.models.registry import build_model, model_names, register

__all__ = [
    "build_model",
    "cifar10",
    "compact",
    "efficientnet_lite",
    "forge",
    "lenet5",
    "meesho",
    "model_names",
    "register",
    "residual",
    "simple",
]
