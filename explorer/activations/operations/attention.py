"""Attention: a sum of values, each weighted by how well its key answers the query."""

from collections.abc import Mapping

import torch

from explorer.activations.nodes import Ref
from explorer.activations.operations.call import Call, Shares
from explorer.activations.operations.intervals import Step, union_of
from explorer.activations.operations.products import in_one_operand
from explorer.activations.operations.record import Operation
from explorer.activations.units import Index

_NOTE = "The attention, softmax of query · key, is taken as a number; it is computed from the picture too."


def _attended(call: Call, index: Index) -> Shares:
    """One share a value that is read: value × attention."""
    shares = in_one_operand(call, index, "value", "Σ value × attention")
    shares.note = _NOTE
    return shares


def _field(step: Step) -> torch.Tensor:
    """A token sees its query, all keys, and all values."""
    tokens, width = -2, -1
    return _seen(step, {"query": (width,), "key": (tokens, width), "value": (tokens,)})


def _seen(step: Step, together: Mapping[str, tuple[int, ...]]) -> torch.Tensor:
    """The union over those operands that come from the picture, of which some dimensions are taken together."""
    parts = []
    for name, dimensions in together.items():
        operand = step.call.named.get(name)
        if isinstance(operand, Ref):
            parts.append(step.known[operand.index].amax(dim=dimensions, keepdim=True))
    return union_of(step, parts)


def _layer(call: Call, index: Index) -> Shares:
    """The whole layer: what each number of the values gives, by way of the weights and the attention."""
    shares = in_one_operand(call, index, "value", "Σ value × (weights × attention) + bias")
    shares.note = _NOTE
    return shares


def _layer_field(step: Step) -> torch.Tensor:
    """A token sees its query and all keys and values; tokens come first, then the batch."""
    tokens, width = 1, -1
    return _seen(step, {"query": (width,), "key": (tokens, width), "value": (tokens, width)})


_THREE = ("query", "key", "value")

OPERATIONS = (
    Operation(
        name="scaled_dot_product_attention",
        arguments=(*_THREE, "attn_mask", "dropout_p", "is_causal", "scale", "enable_gqa"),
        reads=_THREE,
        receipt=_attended,
        field=_field,
        bend="attention",
    ),
    Operation(
        name="multi_head_attention_forward",
        arguments=(
            *_THREE, "embed_dim_to_check", "num_heads", "in_proj_weight", "in_proj_bias", "bias_k", "bias_v",
            "add_zero_attn", "dropout_p", "out_proj_weight", "out_proj_bias", "training", "key_padding_mask",
            "need_weights", "attn_mask", "use_separate_proj_weight", "q_proj_weight", "k_proj_weight",
            "v_proj_weight", "static_k", "static_v", "average_attn_weights", "is_causal",
        ),
        reads=_THREE,
        receipt=_layer,
        field=_layer_field,
        bend="attention",
    ),
)  # fmt: skip
