"""Every step's numbers against torch, and that the answer which counts as right follows from them."""

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn
from torch.nn import functional

from explorer.errors import ExplorerError
from explorer.models import build_model
from explorer.predict import Classifier
from explorer.preprocessing import to_tensor
from explorer.settings import EXAMPLES, Settings
from explorer.ui.lessons.course import steps
from explorer.ui.lessons.numbers import numbers_of

Numbers = dict[str, float | str]
WORKED = [[1, 2, 3, 0, 1], [0, 1, 2, 3, 1], [1, 0, 1, 2, 0], [2, 1, 0, 1, 3], [0, 1, 2, 0, 1]]


@cache
def classifier(name: str) -> Classifier:
    return Classifier.load(Settings().checkpoints / f"{name}.safetensors")


@cache
def photograph(name: str) -> np.ndarray:
    return np.asarray(Image.open(EXAMPLES / f"{name}.png").convert("RGB"))


def batch_of(network: str, image: np.ndarray) -> torch.Tensor:
    return classifier(network).preprocessing(image)


def weights(module: nn.Module) -> int:
    return sum(one.numel() for one in module.parameters())


@torch.inference_mode()
def logits_of(network: str, batch: torch.Tensor) -> torch.Tensor:
    return classifier(network).model(batch)[0].double()


def shares(network: str, logits: torch.Tensor) -> tuple[str, float]:
    found = (logits / classifier(network).card.temperature).softmax(0)
    return classifier(network).classes[int(found.argmax())], float(found.max())


@torch.inference_mode()
def block1(upto: str) -> torch.Tensor:
    """The shoe after a layer of cifar10's first block."""
    batch = batch_of("cifar10", photograph("01-sports-shoe"))
    for name, layer in classifier("cifar10").model.block1.named_children():
        batch = layer(batch)
        if name == upto:
            return batch[0]
    raise AssertionError(upto)


def seen_across(layers: nn.Module, y: int, x: int) -> int:
    """Columns of a picture of ones that a unit's gradient reaches: every weight and every input is positive."""
    picture = torch.ones(1, 3, 32, 32, dtype=torch.float64, requires_grad=True)
    out = picture
    for layer in layers:
        if isinstance(layer, nn.Conv2d):
            out = functional.conv2d(out, torch.ones_like(layer.weight, dtype=torch.float64), padding=layer.padding)
        elif isinstance(layer, nn.MaxPool2d):
            out = functional.avg_pool2d(out, 2)  # a maximum's gradient reaches one of its four inputs
    out[0, 0, y, x].backward()
    return int((picture.grad[0].sum((0, 1)) > 0).sum())


def layers_to(last: str) -> list[nn.Module]:
    found = []
    for name, module in classifier("cifar10").model.named_modules():
        if not list(module.children()):
            found.append(module)
        if name == last:
            return found
    raise AssertionError(last)


def dense() -> Numbers:
    with torch.device("meta"):
        units = weights(nn.Linear(3 * 224 * 224, 512, bias=False))
    return {"stack2_parameters": units, "stack1_parameters": weights(nn.Conv2d(3, 1, 3, bias=False)), "inputs": 150528}


def hand() -> Numbers:
    picture, kernel = torch.tensor(WORKED, dtype=torch.float64), torch.tensor([[1.0, 0, -1]] * 3, dtype=torch.float64)
    products = picture[:3, :3] * kernel
    value = functional.conv2d(picture[None, None], kernel[None, None])[0, 0, 0, 0]
    return {
        "value": float(value),
        "plus": float(products.clamp(min=0).sum()),
        "minus": float(-products.clamp(max=0).sum()),
    }


def window() -> Numbers:
    height, width, _ = photograph("01-sports-shoe").shape
    return {"taps": 9, "pixels": height * width}


def sized(size: int, kernel: int, **more: int) -> int:
    return nn.Conv2d(1, 1, kernel, **more)(torch.zeros(1, 1, size, size)).shape[-1]


def depth() -> Numbers:
    layer = nn.Conv2d(3, 2, 3, bias=False)
    return {"weights_of_one": layer.weight[0].numel(), "channels": 3, "filters": 2, "kernel_size": 3}


def mixing() -> Numbers:
    layer = nn.Conv2d(3, 2, 1, bias=False)
    return {"parameters": weights(layer), "output": layer(torch.zeros(1, 3, 4, 4)).shape[-1], "size": 4}


def relu() -> Numbers:
    after = block1("bn1").relu()
    return {"zeros": float((after == 0).double().mean()), "maximum": float(after.max())}


def pooling() -> Numbers:
    before, pooled = block1("relu2"), functional.max_pool2d(block1("relu2"), 2)
    sides = dict(zip(("channels", "map_height", "map_width"), pooled.shape, strict=True))
    return {**sides, "parameters": 0, "ask.map_height": before.shape[1], "value": float(pooled[0, 10, 4])}


@torch.inference_mode()
def maps() -> Numbers:
    model, batch = classifier("products").model, batch_of("products", photograph("01-sports-shoe"))
    early = model.stem(batch)
    last = model.top(nn.Sequential(*(getattr(model, f"stage{at}") for at in range(1, 8)))(early))
    sides = {"channels": last.shape[1], "map_height": last.shape[2], "map_width": last.shape[3]}
    return sides | {"early.channels": early.shape[1], "early.map_height": early.shape[2]}


def field() -> Numbers:
    return {
        "field_width": seen_across(layers_to("block1.conv2"), 18, 16),
        "ask.field_width": seen_across(layers_to("block1.conv1"), 18, 16),
        "deep.field_width": seen_across(layers_to("block3.conv2"), 4, 4),
        "picture_width": 32,
    }


def parameters() -> Numbers:
    model = classifier("cifar10").model
    linear = weights(model.fc1) + weights(model.fc2)
    convolutions = sum(weights(one) for one in model.modules() if isinstance(one, nn.Conv2d))
    shown = {"linear_parameters": linear, "parameters": weights(model), "convolution_parameters": convolutions}
    return {**shown, "linear_share": linear / weights(model)}


def depthwise() -> Numbers:
    cheap = nn.Sequential(nn.Conv2d(64, 64, 3, groups=64, bias=False), nn.Conv2d(64, 128, 1, bias=False))
    full = nn.Conv2d(64, 128, 3, bias=False)
    both = {"stack1_parameters": weights(cheap), "stack2_parameters": weights(full)}
    return {**both, "times": weights(full) / weights(cheap)}


def norm() -> Numbers:
    layer = classifier("cifar10").model.block1.bn1
    before = float(block1("conv1")[0, 18, 27])
    mean, variance, gamma, beta = (
        float(one[0]) for one in (layer.running_mean, layer.running_var, layer.weight, layer.bias)
    )
    value = (before - mean) / (variance + layer.eps) ** 0.5 * gamma + beta
    return {"before": before, "mean": mean, "variance": variance, "gamma": gamma, "beta": beta, "value": value}


def flatten() -> Numbers:
    halved = nn.Sequential(*[nn.MaxPool2d(2)] * 3, nn.Conv2d(3, 32, 1), nn.Flatten())
    return {"gets": halved(torch.zeros(1, 3, 224, 224)).shape[1], "wants": 100_352, "maps": 32, "maps_height": 28}


def anysize() -> Numbers:
    with torch.device("meta"):
        model, found = build_model("efficientnet_lite0").eval(), {}
        for before, (height, width) in {"": (160, 96), "ask.": (192, 192)}.items():
            out = model.stem(torch.zeros(1, 3, height, width))
            for at in range(1, 8):
                out = getattr(model, f"stage{at}")(out)
            found |= {f"{before}last_height": out.shape[2], f"{before}last_width": out.shape[3]}
        return {**found, "output": model(torch.zeros(1, 3, 160, 96)).shape[1]}


def softmax() -> Numbers:
    logits = logits_of("products", batch_of("products", photograph("01-sports-shoe")))
    probability, best = logits.softmax(0).max(0)  # at T = 1
    label = classifier("products").classes[int(best)]
    sums = {"logits_sum": float(logits.sum()), "negative": int((logits < 0).sum()), "classes": len(logits)}
    return {**sums, "label": label, "slid_probability": float(probability)}


def temperature() -> Numbers:
    logits = logits_of("products", batch_of("products", photograph("01-sports-shoe")))
    label, _ = shares("products", logits)
    assert int((logits / 4).softmax(0).argmax()) == classifier("products").classes.index(label)
    plain, slid = (float((logits / by).softmax(0).max()) for by in (1, 4))
    return {"label": label, "ask.slid_probability": plain, "slid_probability": slid}


@torch.inference_mode()
def shift() -> Numbers:
    image, found = photograph("01-sports-shoe"), {}
    moved = np.full_like(image, 255)
    moved[:, 64:] = image[:, :-64]  # an eighth of 512
    for before, shown in {"ask.": image, "": moved}.items():
        batch = batch_of("products", shown)
        own = classifier("products").model.stem(batch)[0, 3]
        label, probability = shares("products", logits_of("products", batch))
        peak = {f"{before}peak_x": int(own.argmax()) % own.shape[1], f"{before}value": float(own.max())}
        found |= {**peak, f"{before}label": label.replace("-", " "), f"{before}probability": probability}
    return found


def transfer() -> Numbers:
    model = classifier("imagenet").model
    head = model.fc
    anew = weights(nn.Linear(head.in_features, 2))
    return {"head_of_two": anew, "features": head.in_features, "body": weights(model) - weights(head)}


def mistakes() -> Numbers:
    picture = classifier("products").preprocessing.picture(photograph("05-watch"))
    label, probability = shares("products", logits_of("products", batch_of("products", photograph("05-watch"))))
    broken, broken_probability = shares("products", logits_of("products", to_tensor(picture).float()))
    assert broken != label
    return {
        "label": label, "probability": probability, "broken": broken, "broken_probability": broken_probability,
    }  # fmt: skip


def leakage() -> Numbers:
    metrics = classifier("products").card.metrics
    return {
        "validation_drawn": metrics["validation"]["drawn"]["top1"],
        "validation_catalogue": metrics["validation"]["catalogue"]["top1"],
        "test_catalogue": metrics["test"]["catalogue"]["top1"],
    }


ORACLES: dict[str, Callable[[], Numbers]] = {
    "stride": lambda: {"output": sized(7, 3, stride=2), "ask.output": sized(7, 3), "steps": 2},
    "padding": lambda: {"padding": 1, "output": sized(7, 3, padding=1), "size": 7, "ask.output": sized(7, 3)},
    "formula": lambda: {"output": sized(224, 7, stride=2, padding=3), "unrounded": 112.5, "ask.output": 224},
} | {
    one.__name__: one
    for one in (
        dense, hand, window, depth, mixing, relu, pooling, maps, field, parameters, depthwise, norm, flatten, anysize,
        softmax, temperature, shift, transfer, mistakes, leakage,
    )
}  # fmt: skip

# That the right choice is right, said of the numbers.
CLAIMS: dict[str, Callable[[Numbers], bool]] = {
    "dense": lambda n: 76.5e6 < n["stack2_parameters"] < 77.5e6,
    "window": lambda n: n["taps"] < 0.001 * n["pixels"],
    "mixing": lambda n: n["parameters"] == n["channels"] * n["filters"],
    "relu": lambda n: 1 / 3 < n["zeros"] < 0.6,
    "pooling": lambda n: n["parameters"] == 0,
    "maps": lambda n: n["early.map_height"] > 10 * n["map_height"],
    "parameters": lambda n: 0.6 < n["linear_share"] < 2 / 3,
    "depthwise": lambda n: 7.5 < n["times"] < 8.5,
    "norm": lambda n: n["mean"] != 0,
    "anysize": lambda n: n["last_height"] != n["ask.last_height"],
    "softmax": lambda n: abs(n["logits_sum"] - 1) > 1,
    "temperature": lambda n: n["slid_probability"] < n["ask.slid_probability"],
    "shift": lambda n: n["label"] == n["ask.label"] and n["peak_x"] - n["ask.peak_x"] == 12,
    "transfer": lambda n: n["head_of_two"] < 0.001 * n["body"],
    "mistakes": lambda n: n["broken"] != n["label"],
    "leakage": lambda n: n["validation_drawn"] > n["validation_catalogue"] > n["test_catalogue"],
}


def test_every_step_has_an_oracle_and_every_choice_a_claim():
    assert len(steps()) > 20
    assert set(ORACLES) == {step["key"] for step in steps()}
    assert set(CLAIMS) == {step["key"] for step in steps() if step["choices"]}


@pytest.mark.parametrize("key", [step["key"] for step in steps()])
def test_a_steps_numbers_are_what_torch_computes(course, key):
    given, expected = course.lesson_numbers({"step": key}), ORACLES[key]()
    for name, value in expected.items():
        close = value if isinstance(value, str) else pytest.approx(value, rel=2e-4, abs=1e-5)
        assert given[name] == close, name
    assert CLAIMS.get(key, lambda _: True)(given)


@pytest.mark.parametrize("state", [{}, {"page.tab": "lessons"}])
def test_a_state_of_no_tab_is_refused(state):
    with pytest.raises(ExplorerError, match="no tab"):
        numbers_of(state, None, None)


def test_a_layer_that_torch_refuses_is_refused():
    with pytest.raises(ExplorerError, match="9 pixels long but the input has only 4"):
        numbers_of({"page.tab": "sizes", "sizes.size": "2", "sizes.kernel_size": "9"}, None, None)
