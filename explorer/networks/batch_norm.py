"""Batch-norm statistics for a network that was never trained.

Straight from its constructor, batch norm in evaluation mode divides by nothing: activations shrink from layer to layer
until 64 of EfficientNet-B0's 82 convolutions put out next to nothing, and Inception-v3's overflow. One pass over a few
pictures gives every batch norm the mean and variance that it meets.
"""

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from explorer.errors import ShapeError

SMALLEST_EPS = torch.finfo(torch.float32).tiny  # in place of eps=0 while statistics are taken: torch refuses 0 then


def set_statistics(model: nn.Module, batch: torch.Tensor) -> int:
    """Set the running mean and variance of every batch norm that the forward reaches, from one pass.

    Weights stay; modes, momenta and eps are put back, after an error too. Not for a network that others use meanwhile.

    Args:
        batch: float32 (N, C, H, W), at least two pictures, normalised as the network expects.

    Returns:
        How many batch norms were set.

    Raises:
        ShapeError: fewer than two pictures: a map of 1 × 1 has no variance in one.
    """
    if batch.ndim != 4 or len(batch) < 2:
        raise ShapeError(f"Batch norm is calibrated on at least two pictures (N, C, H, W), not {tuple(batch.shape)}.")
    norms = [module for module in model.modules() if isinstance(module, _BatchNorm) and module.track_running_stats]
    before = [(module, module.training) for module in model.modules()]
    before_norms = [(norm, norm.momentum, norm.eps) for norm in norms]
    try:
        model.eval()
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None  # the plain mean of what is seen
            norm.eps = norm.eps or SMALLEST_EPS
            norm.training = True
        with torch.no_grad():
            model(batch.clone())
    finally:
        for module, training in before:
            module.training = training
        for norm, momentum, eps in before_norms:
            norm.momentum, norm.eps = momentum, eps
    return sum(int(norm.num_batches_tracked is not None and int(norm.num_batches_tracked) > 0) for norm in norms)
