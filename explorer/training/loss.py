"""Softmax cross-entropy on sets of classes.

A label that stands for several classes costs -log of the sum of their probabilities; for one class that is the usual
loss.
"""

import torch


def set_cross_entropy(logits: torch.Tensor, members: torch.Tensor, smoothing: float = 0.0) -> torch.Tensor:
    """Loss of each example, float32 (N,).

    -(1 - smoothing) * log(sum of p over the set) - smoothing * mean over all classes of log p

    Args:
        logits: float (N, classes).
        members: bool (N, classes), at least one true a row.

    Source: torch.nn.CrossEntropyLoss with label_smoothing, which this equals where each set has one class.
    """
    logs = logits.float().log_softmax(1)
    of_set = logs.masked_fill(~members, -torch.inf).logsumexp(1)
    return -(1 - smoothing) * of_set - smoothing * logs.mean(1)
