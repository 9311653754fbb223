"""Work that a Space does on the GPU that it is lent for a moment."""

from collections.abc import Callable
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])


def on_gpu(function: Function) -> Function:
    """`function` as what a ZeroGPU Space runs on its borrowed GPU; anywhere else the function itself."""
    try:
        import spaces
    except ImportError:
        return function
    lent: Function = spaces.GPU(duration=10)(function)
    return lent
