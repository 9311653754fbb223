"""Networks of others as they are: their statistics, names that are none, no convolution, a frozen backbone."""

import numpy as np
import pytest
import torch
from torch import nn

from explorer.activations import record
from explorer.errors import ModelError
from explorer.networks.loading import made_ready
from explorer.networks.own_code import as_it_is
from explorer.predict import Classifier
from explorer.predict.explain import grad_cam, head_maps
from explorer.summary import summarise
from explorer.ui.filters.learned import learned_filters

NOISE = np.random.default_rng(0).integers(0, 256, (70, 90, 3), dtype=np.uint8)


class NoConvolution(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(3 * 224 * 224, 2)

    def forward(self, x):
        return self.head(input=x.flatten(1))


class Frozen(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone, self.head = nn.Conv2d(3, 4, 3, stride=4), nn.Linear(4, 2)

    def forward(self, x):
        with torch.no_grad():
            x = self.backbone(x)
        return self.head(x.relu().mean((2, 3)))


@pytest.mark.parametrize(("given", "shown"), [(3, "3"), ("light, dark", "'light, dark'")])
def test_classes_that_are_no_list_of_names_are_numbered_and_that_is_said(given, shown):
    model = Frozen().eval()
    model.classes = given
    loaded = as_it_is(model, "own", note="The host's own.")
    assert loaded.classes == ()
    assert (
        loaded.note == f"The host's own. Its attribute classes is {shown}, no list of names: the classes are numbered."
    )
    assert len(Classifier.of(loaded).classes) == 2


def test_a_network_without_a_convolution_answers_and_a_frozen_backbone_is_looked_into():
    torch.manual_seed(0)
    plain, frozen = as_it_is(NoConvolution().eval(), "plain"), as_it_is(Frozen().eval(), "frozen")
    assert len(Classifier.of(plain).top_k(NOISE)) == 2
    assert head_maps(plain.model, plain.preprocessing(NOISE)) is None
    assert summarise(plain.model, (3, 224, 224)).mult_adds == 3 * 224 * 224 * 2
    with pytest.raises(ModelError, match="no convolution over red, green and blue"):
        learned_filters(plain)
    batch = frozen.preprocessing(NOISE)
    given = grad_cam(frozen.model, batch, "backbone", 1)
    maps = frozen.model.backbone(batch).detach()
    # the head is the mean of ReLU: each live cell has the same gradient, weight / cells
    live = (maps > 0).double().mean((2, 3), keepdim=True) / maps[0, 0].numel()
    right = (frozen.model.head.weight[1].detach().double().view(1, -1, 1, 1) * live * maps).sum(1)[0].clamp(min=0)
    assert np.allclose(given, right.numpy(), atol=1e-6 * float(right.max()))


def test_an_own_network_without_any_batch_norm_is_taken_for_trained():
    model = nn.Sequential(nn.Conv2d(3, 4, 3, stride=8), nn.Flatten(), nn.Linear(4 * 28 * 28, 2))
    assert made_ready(model, "plain").trained


def test_trained_statistics_stay_whatever_their_counter_says():
    """As of files from before torch 0.4.1, which have no counters; and of momentum=None, where they decide."""
    for momentum in (0.1, None):
        norm = nn.BatchNorm2d(4, momentum=momentum)
        norm.running_mean.normal_()
        norm.running_var.uniform_(2, 3)
        norm.num_batches_tracked.zero_()
        model = nn.Sequential(nn.Conv2d(3, 4, 3, stride=8), norm, nn.AdaptiveAvgPool2d(1), nn.Flatten())
        before = {key: value.clone() for key, value in model.state_dict().items()}
        loaded = made_ready(model, "old")
        assert loaded.trained
        assert all(torch.equal(value, before[key]) for key, value in loaded.model.state_dict().items())


def test_any_stack_of_layers_can_be_made_ready():
    model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    loaded = made_ready(model.train(), "a stack")
    assert not loaded.model.training
    assert record(loaded.model, loaded.preprocessing(NOISE))[-1].shape == (1, 8)
