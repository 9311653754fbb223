"""Weights in files.

file           one safetensors file with all that is needed to use a network
conversion     weights from a `.pth` file; foreign: what such a file holds that torch does not load without trust
tensor_names   what tensors are called without what tools put around their names
published      names of published weights of networks that this project has under other names
"""

from explorer.checkpoint.file import load, save

__all__ = ["load", "save"]
