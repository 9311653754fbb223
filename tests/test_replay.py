"""What if: against networks that really are changed."""

import pytest
import torch
import torchvision
from torch import nn

from explorer.errors import ModelError
from explorer.graph import record_trace
from explorer.models import build_model
from explorer.replay import silenced, without_activations, without_skips


@pytest.fixture
def compact():
    torch.manual_seed(4)
    model = build_model("compact", num_classes=5)
    for name, parameter in model.named_parameters():
        if name.endswith("bn2.weight"):
            nn.init.uniform_(parameter, 0.5, 1)
    return model.eval()


def hooked(model, name, batch, change):
    handle = model.get_submodule(name).register_forward_hook(lambda *call: change(call[2]))
    with torch.no_grad():
        output = model(batch)
    handle.remove()
    return output


@pytest.mark.parametrize("layer", ["stem.conv", "stage2.0.bn1", "stage3.1.relu2", "dropout"])
def test_a_silenced_channel_is_the_network_with_a_hook_that_zeroes_it(compact, layer):
    batch = torch.randn(1, 3, 49, 35)

    def zero(output):
        output = output.clone()
        output[:, [3, 5]] = 0
        return output

    trace = record_trace(compact, batch)
    assert torch.equal(silenced(trace, layer, [3, 5]), hooked(compact, layer, batch, zero))
    assert not torch.equal(silenced(trace, layer, [3, 5]), trace.tensor(trace.output))


def test_nothing_silenced_is_the_network_itself(compact):
    trace = record_trace(compact, torch.randn(1, 3, 32, 32))
    assert torch.equal(silenced(trace, "stage1.0.relu1", []), trace.tensor("fc"))


def test_without_activations_every_relu_is_an_identity(compact):
    batch = torch.randn(1, 3, 40, 40)
    output, count = without_activations(record_trace(compact, batch))
    for name, module in list(compact.named_modules()):
        if isinstance(module, nn.ReLU):
            parent, _, child = name.rpartition(".")
            setattr(compact.get_submodule(parent), child, nn.Identity())
    assert count == 11
    torch.testing.assert_close(output, compact(batch).detach())


def test_without_skips_only_the_long_branch_is_left(compact):
    batch = torch.randn(1, 3, 40, 40)
    output, count = without_skips(record_trace(compact, batch))
    for stage in (compact.stage1, compact.stage2, compact.stage3, compact.stage4):
        for block in stage:
            block.forward = lambda x, b=block: b.relu2(b.bn2(b.conv2(b.relu1(b.bn1(b.conv1(x))))))
    assert count == 5
    torch.testing.assert_close(output, compact(batch).detach())


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v2", "densenet121"])
def test_a_replay_of_everything_gives_the_same_logits(name):
    model = torchvision.models.get_model(name).eval()
    trace = record_trace(model, torch.randn(1, 3, 64, 64))
    kept = [trace.output_of(node).clone() for node in trace.nodes]
    assert torch.equal(silenced(trace, "input", []), trace.tensor(trace.output))
    assert all(torch.equal(old, trace.output_of(node)) for old, node in zip(kept, trace.nodes, strict=True))


def test_an_unknown_channel_is_named(compact):
    trace = record_trace(compact, torch.randn(1, 3, 32, 32))
    with pytest.raises(ModelError, match="channels 0 to 31, not 32"):
        silenced(trace, "stem.conv", [32])
