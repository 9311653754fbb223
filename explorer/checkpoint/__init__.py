"""`file`: one safetensors file with all that is needed to use a network; `conversion`: weights from a `.pth` file."""

from explorer.checkpoint.file import load, save

__all__ = ["load", "save"]
