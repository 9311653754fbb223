"""How the names of networks begin that are not the project's own; no network is imported for it."""

TORCHVISION = "torchvision/"
