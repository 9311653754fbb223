"""Softmax cross-entropy on sets of classes.

A label that stands for several classes costs -log of the sum of their probabilities; for one class that is the usual loss.
"""

import torch


def set_cross_entropy(
    logits: torch.Tensor, members: torch.Tensor, smoothing: float = 0.0, weights: torch.Tensor | None = None
) -> torch.Tensor:
    """Mean loss of a batch.

    -(1 - smoothing) * log(sum of p over the set) - smoothing * mean over all classes of log p

    Args:
        logits: float (N, classes).
        members: bool (N, classes), at least one true a row.
        weights: float (N,) of the examples; the mean is divided by their sum, as torch's own loss does.
    """
    logs = logits.float().log_softmax(1)
    of_set = logs.masked_fill(~members, -torch.inf).logsumexp(1)
    losses = -(1 - smoothing) * of_set - smoothing * logs.mean(1)
    if weights is None:
        return losses.mean()
    return (losses * weights).sum() / weights.sum()
