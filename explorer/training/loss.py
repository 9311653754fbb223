"""Softmax cross-entropy on sets of classes.

A label that stands for several classes costs -log of the sum of their probabilities; for one class that is the usual
loss.
"""

import torch

SOFTNESS = 2.0  # the temperature at which a pupil's answers are held against its teacher's


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


def distillation_loss(logits: torch.Tensor, answers: torch.Tensor) -> torch.Tensor:
    """How far each example is from what its teacher said, float32 (N,).

    SOFTNESS squared times the Kullback-Leibler divergence from the teacher's softened probabilities to the pupil's: the
    square keeps the gradient's size the same at every softness.

    Args:
        logits: float (N, classes).
        answers: float (N, classes), softmax(teacher's logits / SOFTNESS).

    Source: Hinton, Vinyals and Dean 2015 (arXiv:1503.02531), section 2.
    """
    logs = (logits.float() / SOFTNESS).log_softmax(1)
    return SOFTNESS**2 * torch.nn.functional.kl_div(logs, answers, reduction="none").sum(1)
