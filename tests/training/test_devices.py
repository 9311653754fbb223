"""Is each tensor of a step on the network's device? Told without a GPU, by tensors that know a device and no numbers.

torch refuses two of them from different devices in one operation, as a GPU does. They tell nothing of numbers,
gradients, memory or time.
"""

from dataclasses import replace

import pytest
import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode

from explorer.data.augmentation import draw_numbers
from explorer.training import distributed
from explorer.training.engine import _accumulate_gradients
from explorer.training.learner import make_learner
from explorer.training.material import prepare
from explorer.training.mixing import draw_mix
from explorer.training.options import Options
from explorer.training.run import make_lesson, recipe_of
from tests.data.folders import write_folder

GPU = torch.device("cuda")


@pytest.fixture
def without_numbers(monkeypatch) -> None:
    """What a tensor without numbers, or without a GPU behind it, cannot do: be a float, be moved, have gradients."""
    monkeypatch.setattr(torch.Tensor, "__float__", lambda self: 1.0 if isinstance(self, FakeTensor) else self.item())
    monkeypatch.setattr(nn.Module, "to", lambda self, *_, **__: self)
    monkeypatch.setattr(torch.Tensor, "backward", lambda _: None)


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> str:
    return f"shop={write_folder(tmp_path_factory.mktemp('devices') / 'shop', 4)}"


@pytest.mark.parametrize("on_gpu", [True, False], ids=["pictures on the GPU", "pictures in memory"])
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"recipe": "tiny", "erase": 0.5, "cutmix": 1.0},
        {"randaugment": 2, "erase": 0.5, "mixup": 0.4, "accumulate": 3, "optimiser": "adamw", "clip": 1.0},
    ],
    ids=str,
)
def test_a_step_mixes_no_devices(shop, without_numbers, changes, on_gpu):
    options = Options(data=(shop,), network="compact", size=24, batch_size=8, average=0.0, **changes)
    material = prepare(options)
    generator, indices = torch.Generator().manual_seed(0), torch.arange(8)
    draws = draw_numbers(recipe_of(options), 8, generator)
    mix = draw_mix(8, options.mixup, options.cutmix, generator)
    with FakeTensorMode(allow_non_fake_inputs=True):
        with GPU:
            learner = make_learner(options, {"num_classes": 3, "in_channels": 3}, GPU)
        lesson = make_lesson(material, options, 24)
        if on_gpu:
            lesson = replace(lesson, pictures=replace(lesson.pictures, pictures=lesson.pictures.pictures.to(GPU)))
        _accumulate_gradients(learner, lesson, options, indices, torch.ones(8), draws.to(GPU), mix)
        for parameter in learner.model.parameters():
            parameter.grad = torch.zeros_like(parameter)
        nn.utils.clip_grad_norm_(learner.model.parameters(), options.clip or float("inf"))
        learner.optimiser.step()
        assert all(parameter.device.type == "cuda" for parameter in learner.model.parameters())


def test_two_devices_in_one_operation_are_told(without_numbers):
    with FakeTensorMode(), pytest.raises(RuntimeError, match=r"(two different|at least two) devices"):
        torch.ones(2, device=GPU) + torch.ones(2)


def test_each_process_makes_its_own_gpu_the_current_one(monkeypatch):
    chosen: list[torch.device] = []
    monkeypatch.setattr(torch.cuda, "set_device", chosen.append)
    distributed.join(torch.device("cpu"))
    distributed.join(torch.device("cuda:1"))
    assert chosen == [torch.device("cuda:1")]
