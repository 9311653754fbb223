"""Gradient × value: exact in linear parts, against torch's own arithmetic."""

import pytest
import torch
from torch import nn

from explorer.errors import ModelError
from explorer.influence import influences
from explorer.models import build_model


@pytest.fixture
def compact():
    torch.manual_seed(4)
    return build_model("compact", num_classes=5).eval()


def test_the_head_is_weight_times_mean(compact):
    batch = torch.randn(1, 3, 33, 47)
    kept = []
    handle = compact.stage4.register_forward_hook(lambda *call: kept.append(call[2]))
    compact(batch)
    handle.remove()
    (rows,) = influences(compact, batch, ["stage4.0.relu2", "fc"], [[(3, 0, 0), (1, 0, 0)]])
    expected = compact.fc.weight[[3, 1]] * kept[0][0].mean(dim=(1, 2))
    assert expected.abs().max() > 1e-2
    torch.testing.assert_close(rows, expected.detach(), rtol=1e-4, atol=1e-6)


def test_a_unit_is_the_sum_of_its_influences_where_all_is_linear():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(3, 6, 3, bias=False), nn.Conv2d(6, 4, 3, stride=2, padding=1, bias=False))
    batch = torch.randn(1, 3, 17, 11)
    (rows,) = influences(model, batch, ["0", "1"], [[(2, 4, 3), (0, 0, 0)]])
    output = model(batch)[0]
    assert rows.shape == (2, 6)
    torch.testing.assert_close(rows.sum(dim=1), torch.stack([output[2, 4, 3], output[0, 0, 0]]).detach())


def test_a_sum_written_in_place_does_not_change_what_is_kept():
    class Added(nn.Module):
        def __init__(self):
            super().__init__()
            self.one, self.two = nn.Conv2d(1, 2, 1, bias=False), nn.ReLU(inplace=True)

        def forward(self, x):
            y = self.one(x)
            y += 100
            return self.two(y)

    model = Added()
    batch = torch.ones(1, 1, 2, 2)
    (rows,) = influences(model, batch, ["one", "two"], [[(1, 1, 1)]])
    torch.testing.assert_close(rows[0], torch.tensor([0.0, model.one.weight[1].item()]))


def test_what_is_not_there_is_said(compact):
    batch = torch.randn(1, 3, 32, 32)
    with pytest.raises(ModelError, match="never reaches stage9"):
        influences(compact, batch, ["stage9", "fc"], [[(0, 0, 0)]])
    with pytest.raises(ModelError, match=r"has no unit \(77, 0, 0\)"):
        influences(compact, batch, ["stage4.0.relu2", "fc"], [[(77, 0, 0)]])


def test_the_network_is_left_as_it_was(compact):
    influences(compact, torch.randn(1, 3, 32, 32), ["stem.relu", "fc"], [[(0, 0, 0)]])
    assert not any(module._forward_hooks for module in compact.modules())
    assert all(parameter.grad is None for parameter in compact.parameters())
