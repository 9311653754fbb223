"""Attention that torch computes in one fused kernel: each trace is bit by bit what the network gives unwatched."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from explorer.activations import record
from explorer.activations.recording import watching
from explorer.activations.tracer import record_trace
from explorer.receipts.opening import open_traced

PICTURE = torch.rand(1, 3, 19, 23, generator=torch.Generator().manual_seed(0)) - 0.3


class Tokens(nn.Module):
    """A convolution, then `inner` on its places as tokens, then a mean."""

    def __init__(self, inner: nn.Module, call=None) -> None:
        super().__init__()
        self.c, self.inner, self.fc = nn.Conv2d(3, 16, 3, stride=4), inner, nn.Linear(16, 3)
        self.call = call or (lambda inner, x: inner(x))

    def forward(self, x):
        output = self.call(self.inner, self.c(x).flatten(2).transpose(1, 2))
        output = output[0] if isinstance(output, tuple) else output
        return self.fc(output.mean(1))


def layer(**more):
    return nn.TransformerEncoderLayer(16, 2, 32, batch_first=True, **more)


def attention(**more):
    return nn.MultiheadAttention(16, 2, batch_first=True, **more)


def mask(x):
    return torch.arange(x.shape[1])[None] > 12


NETWORKS = {
    "layer": lambda: Tokens(layer()),
    "layer, norm first": lambda: Tokens(layer(norm_first=True)),
    "layer, gelu": lambda: Tokens(layer(activation="gelu")),
    "layer, own activation": lambda: Tokens(layer(activation=functional.silu)),
    "layer, three heads": lambda: Tokens(nn.TransformerEncoderLayer(16, 1, 32, batch_first=True)),
    "tokens first": lambda: Tokens(nn.TransformerEncoderLayer(16, 2, 32), lambda inner, x: inner(x.transpose(0, 1))),
    "stack": lambda: Tokens(nn.TransformerEncoder(layer(), 3)),
    "stack with a norm": lambda: Tokens(nn.TransformerEncoder(layer(norm_first=True), 2, nn.LayerNorm(16))),
    "stack of stacks": lambda: Tokens(nn.Sequential(nn.TransformerEncoder(layer(), 2), nn.Sequential(layer()))),
    "stack with padding": lambda: Tokens(
        nn.TransformerEncoder(layer(), 2), lambda inner, x: inner(x, src_key_padding_mask=mask(x))
    ),
    "layer with padding": lambda: Tokens(layer(), lambda inner, x: inner(x, src_key_padding_mask=mask(x))),
    "attention": lambda: Tokens(attention(), lambda inner, x: inner(x, x, x)),
    "attention without weights": lambda: Tokens(attention(), lambda inner, x: inner(x, x, x, need_weights=False)),
    "attention, a copy as key": lambda: Tokens(attention(), lambda inner, x: inner(x, x.clone(), x)),
    "attention without bias": lambda: Tokens(attention(bias=False), lambda inner, x: inner(x, x, x)),
    "the weights": lambda: Tokens(attention(), lambda inner, x: inner(x, x, x)[1] @ x),
    "decoder": lambda: Tokens(nn.TransformerDecoderLayer(16, 2, 32, batch_first=True), lambda inner, x: inner(x, x)),
    "twice": lambda: Tokens(layer(), lambda inner, x: inner(inner(x))),
}  # fmt: skip


def seeded(build):
    torch.manual_seed(1)
    network = build()
    for weight in network.parameters():
        nn.init.normal_(weight, std=0.3)
    return network.eval()


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("training", [False, True])
@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors", "ignore:enable_nested_tensor")
def test_a_trace_is_bit_by_bit_what_the_network_gives(name, training):
    network = seeded(NETWORKS[name])
    with torch.no_grad():
        right = network(PICTURE)
    network.train(training)
    for _ in range(2):
        trace = record_trace(network, PICTURE)
        assert torch.equal(trace.tensor(trace.output), right)
        assert torch.equal(record(network, PICTURE)[-1].output, right)
    assert all(module.training == training for module in network.modules())


def test_each_step_still_opens_and_agrees():
    trace = record_trace(seeded(NETWORKS["stack"]), PICTURE)
    assert not [key for key in trace.never_reached if not key.endswith("out_proj")]
    opened = 0
    for node in trace.nodes[1:]:
        receipt = open_traced(trace, node.key, *[0] * min(3, len(node.shape) - 1))
        assert receipt.agrees or not receipt.covered, (node.key, receipt)
        opened += receipt.covered
    assert opened > 20


@pytest.mark.filterwarnings("ignore:enable_nested_tensor")
def test_the_output_of_each_layer_of_a_stack_is_the_kernels():
    network = seeded(NETWORKS["stack"])
    kept = []
    tokens = network.c(PICTURE).flatten(2).transpose(1, 2)
    with torch.no_grad():
        for one in network.inner.layers:
            tokens = one(tokens)
            kept.append(tokens)
    trace = record_trace(network, PICTURE)
    with watching(network, lambda name, _: name == "fc"):  # a hook elsewhere changes nothing
        again = record_trace(network, PICTURE)
    for number, right in enumerate(kept):
        assert torch.equal(trace.tensor(f"inner.layers.{number}"), right)
        assert torch.equal(again.tensor(f"inner.layers.{number}"), right)


def test_hooks_of_the_networks_own_in_a_layer_keep_it_from_the_kernel_here_too():
    network = seeded(NETWORKS["layer"])
    seen = []
    network.inner.linear1.register_forward_hook(lambda _module, _inputs, output: seen.append(output.shape))
    with torch.no_grad():
        right = network(PICTURE)
    trace = record_trace(network, PICTURE)
    assert torch.equal(trace.tensor(trace.output), right)


def test_torchvisions_transformers_are_bit_equal():
    import torchvision

    for name, side in (("vit_b_32", 64), ("swin_t", 48)):
        torch.manual_seed(0)
        size = {"image_size": side} if name == "vit_b_32" else {}
        network, picture = (
            torchvision.models.get_model(name, weights=None, **size).eval(),
            torch.randn(1, 3, side, side),
        )
        with torch.no_grad():
            right = network(picture)
        trace = record_trace(network, picture)
        assert torch.equal(trace.tensor(trace.output), right)
