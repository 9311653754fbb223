"""Hand-set filters: named kernels, and their exact application to a picture.

`kernels` holds the named ones, `filtering` checks the settings, `rounding` plans the arithmetic, `convolve` does it.
"""

from explorer.filters.convolve import apply, apply_to_picture
from explorer.filters.kernels import KERNELS

__all__ = ["KERNELS", "apply", "apply_to_picture"]
