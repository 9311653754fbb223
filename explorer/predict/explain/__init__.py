"""Why a network answered as it did.

cam      Grad-CAM at any convolution, at the maps that the head reads, and between modules
head     what the head reads, and a logit as the exact sum that the last linear layer makes
hiding   the effect of hiding a piece, and the answer to the photograph framed otherwise

Gradients are taken in a recorded forward that is run again from a layer on (explorer.activations.replay), out of place:
so a layer's own output counts, whatever is written over it later, and nobody else's network is touched. The receipts
of single activations are explorer.receipts.
"""

from explorer.predict.explain.cam import convolution_layers, grad_cam, head_maps
from explorer.predict.explain.head import ExactSum, FeatureTerm, MapsLayer, exact_sum
from explorer.predict.explain.hiding import hidden_logits, hiding_starts, other_modes

__all__ = [
    "ExactSum",
    "FeatureTerm",
    "MapsLayer",
    "convolution_layers",
    "exact_sum",
    "grad_cam",
    "head_maps",
    "hidden_logits",
    "hiding_starts",
    "other_modes",
]
