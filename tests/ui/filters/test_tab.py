"""The Filters tab's handlers and its endpoint, called as a browser or a program calls them."""

import io
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image
from torch import nn

from explorer.errors import ExplorerError
from explorer.filters import KERNELS, apply
from explorer.image import open_upload, render
from explorer.ui.filters.picture import Wanted, filter_photo, filtered_file, filtered_picture
from explorer.ui.filters.tab import Filters
from explorer.ui.store import Store
from explorer.ui.uploads import Photographs
from tests.filters.test_convolve import by_torch

SOBEL = [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]


def request(**more):
    return {
        "kernels": [SOBEL], "magnitude": False, "bias": 0, "stride": 1, "padding": 1, "dilation": 1,
        "padding_mode": "zeros", "colour": "grey", "border": [0, 0, 0], "view": "clipped", "low": 0, "high": 255,
        **more,
    }  # fmt: skip


def picture():
    return np.random.default_rng(4).integers(0, 256, (17, 23, 3), dtype=np.uint8)


def test_every_kernel_reaches_the_browser():
    sent = Filters(None, None, None).kernels({})
    assert [one["name"] for one in sent] == list(KERNELS)
    for one in sent:
        for rows, kernel in zip(one["kernels"], KERNELS[one["name"]].kernels, strict=True):
            np.testing.assert_array_equal(rows, kernel)


@pytest.mark.parametrize("colour", ["grey", "rgb", "sum"])
@pytest.mark.parametrize(
    ("view", "low", "high"),
    [("clipped", 0, 255), ("rescaled", -731.5, 640), ("absolute", 0, 400), ("signed", -300, 300)],
)
@pytest.mark.parametrize("bias", [0, 12.5])
def test_the_file_has_the_colours_of_the_view(colour, view, low, high, bias):
    wanted = Wanted.checked(request(colour=colour, view=view, low=low, high=high, bias=bias))
    answer = by_torch(picture(), SOBEL, padding=1, colour=colour, bias=bias)
    shown = np.clip(((np.abs(answer) if view == "absolute" else answer) - low) * 255 / (high - low), 0, 255)
    ours = filtered_picture(picture(), wanted)
    assert np.abs(ours - shown).max() <= 0.51


def test_the_magnitude_too():
    wanted = Wanted.checked(
        request(kernels=[SOBEL, np.transpose(SOBEL).tolist()], magnitude=True, view="absolute", high=900)
    )
    length = np.hypot(by_torch(picture(), SOBEL, padding=1, colour="grey"),
                      by_torch(picture(), np.transpose(SOBEL), padding=1, colour="grey"))  # fmt: skip
    assert np.abs(filtered_picture(picture(), wanted) - np.clip(length * 255 / 900, 0, 255)).max() <= 0.51


def test_a_learned_kernel_of_three_planes_with_its_border():
    planes = np.random.default_rng(1).normal(size=(3, 3, 3))
    border = [123.675, 116.28, 103.53]
    sent = request(kernels=[planes.tolist()], colour="sum", border=border, view="rescaled", low=-2000, high=2000)
    answer = apply(picture(), planes, padding=1, colour="sum", padding_value=border)
    shown = np.clip((answer + 2000) * 255 / 4000, 0, 255)
    assert np.abs(filtered_picture(picture(), Wanted.checked(sent)) - shown).max() <= 0.51


def test_signed_files_are_small_pngs_in_the_diverging_colours():
    wanted = Wanted.checked(request(view="signed", low=-300, high=300))
    assert wanted.suffix == "png"
    with Image.open(io.BytesIO(filtered_file(picture(), wanted))) as opened:
        assert opened.mode == "P"
        colours = np.asarray(opened.convert("RGB"))
    np.testing.assert_array_equal(colours, render.palette("diverging")[filtered_picture(picture(), wanted)[..., 0]])
    jpeg = Wanted.checked(request(colour="rgb"))
    with Image.open(io.BytesIO(filtered_file(picture(), jpeg))) as opened:
        assert (opened.format, opened.size) == ("JPEG", (23, 17))


@pytest.mark.parametrize(
    ("more", "match"),
    [
        ({"kernels": "x"}, "One kernel"),
        ({"kernels": []}, "One kernel"),
        ({"kernels": [[[1, "a"]]]}, "rows of numbers"),
        ({"kernels": [[[1] * 12]]}, "1 to 11 rows"),
        ({"kernels": [[[1e10]]]}, "at most"),
        ({"bias": float("nan")}, "bias must be a number"),
        ({"bias": True}, "bias must be a number"),
        ({"stride": 0}, "stride is 0; it must be a whole number from 1 to 64"),
        ({"padding": 10**9}, "padding is 1000000000; it must be a whole number from 0 to 64"),
        ({"dilation": 1.5}, "dilation"),
        ({"padding_mode": "mirror"}, "padding_mode"),
        ({"colour": ["grey"]}, "colour"),
        ({"view": "pretty"}, "view"),
        ({"low": 3, "high": 3}, "from a smaller to a larger"),
        ({"border": [1, 2]}, "three numbers"),
    ],
)
def test_what_no_browser_sends_gets_a_sentence(more, match):
    with pytest.raises(ExplorerError, match=match):
        Wanted.checked(request(**more))


def test_the_download_is_made_from_the_full_picture(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    path = tmp_path / "large.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (300, 1800, 3), dtype=np.uint8)).save(path)
    store = Store(10**8, 600)
    photographs = Photographs(store)
    token = photographs.open_photo({"path": str(path)})["token"]
    made = Filters(photographs, None, store).make_picture({**request(padding=0), "photo": token})
    assert made["name"] == "large filtered.jpg"
    with Image.open(made["path"]) as opened:
        assert opened.size == (1798, 298)
    with pytest.raises(ExplorerError, match="no longer kept"):
        Filters(photographs, None, store).make_picture({**request(), "photo": "guess"})


def test_filter_photo_gives_the_answers_range():
    content, facts = filter_photo(picture(), "sobel x", None, stride=2, padding=1, padding_mode="reflect", dilation=1,
                                  bias=1.0, colour="rgb")  # fmt: skip
    answer = by_torch(picture(), SOBEL, stride=2, padding=1, padding_mode="reflect", bias=1.0)
    assert facts["shape"] == list(answer.shape)
    assert facts["minimum"] == pytest.approx(answer.min(), abs=1e-2)
    assert facts["maximum"] == pytest.approx(answer.max(), abs=1e-2)
    with Image.open(io.BytesIO(content)) as opened:
        np.testing.assert_array_equal(np.asarray(opened), np.clip(answer, 0, 255))


@pytest.fixture(scope="module")
def client(page_url) -> Client:
    return Client(page_url, verbose=False)


def test_the_endpoint_filters_an_upload(client, jpeg):
    image = open_upload(jpeg)
    path, facts = client.predict(photo=handle_file(jpeg), kernel="sharpen", colour="grey", api_name="/apply_filter")
    answer = by_torch(image, KERNELS["sharpen"].kernels[0], colour="grey")
    assert facts["shape"] == [198, 298, 1]
    assert facts["minimum"] == pytest.approx(answer.min(), abs=1e-2)
    with Image.open(path) as opened:
        assert np.abs(np.asarray(opened, dtype=float) - np.clip(answer[..., 0], 0, 255)).max() <= 0.51
    _, facts = client.predict(photo=handle_file(jpeg), weights=[[0, 1], [-1, 0]], stride=3, api_name="/apply_filter")
    assert facts["shape"] == [67, 100, 3]


@pytest.mark.parametrize(
    ("named", "match"),
    [
        ({"kernel": "sobel"}, "There is no filter 'sobel'; there are identity"),
        ({"weights": [["x"]]}, "rows of numbers"),
        ({"stride": 0}, "it must be a whole number"),
        ({"padding_mode": "reflect", "padding": 64, "colour": "hsv"}, "colour 'hsv' is unknown"),
        ({"photo": {"path": "/etc/passwd"}}, "uploaded"),
    ],
)
def test_the_endpoint_says_what_is_wrong(client, jpeg, named, match):
    with pytest.raises(AppError, match=match):
        client.predict(**{"photo": handle_file(jpeg), **named}, api_name="/apply_filter")


class OneNetwork:
    """A shelf with one network on it."""

    def __init__(self, model, mean, std):
        self._network = SimpleNamespace(model=model, preprocessing=SimpleNamespace(mean=mean, std=std))

    def network(self, _name):
        return self._network


def test_the_first_layer_is_folded_for_the_browser():
    mean, std = (0.5, 0.4, 0.3), (0.2, 0.25, 0.3)
    model = nn.Sequential(nn.ReLU(), nn.Conv2d(3, 5, 3, stride=2, padding=1), nn.Conv2d(5, 2, 1))
    sent = Filters(None, OneNetwork(model, mean, std), None).learned({"network": "any"})
    assert (sent["layer"], sent["stride"], sent["padding"], sent["dilation"]) == ("1", 2, 1, 1)
    assert sent["border"] == pytest.approx([127.5, 102, 76.5])
    batch = torch.from_numpy((picture() / 255 - mean) / std).permute(2, 0, 1)[None]
    with torch.no_grad():
        wanted = model[1].double()(batch)[0].numpy()
    for one, channel in zip(sent["filters"], wanted, strict=True):
        ours = apply(
            picture(), one["weights"], bias=one["bias"], stride=2, padding=1, colour="sum", padding_value=sent["border"]
        )
        np.testing.assert_allclose(ours[..., 0], channel, atol=1e-4)


@pytest.mark.parametrize(
    ("model", "match"),
    [
        (nn.Sequential(nn.Linear(3, 3)), "no convolution"),
        (nn.Sequential(nn.Conv2d(2, 4, 3)), "red, green and blue"),
        (nn.Sequential(nn.Conv2d(3, 4, 13)), "larger than 11 × 11"),
        (nn.Sequential(nn.Conv2d(3, 4, 3, stride=(1, 2))), "differently down and across"),
    ],
)
def test_what_has_no_such_layer_says_so(model, match):
    with pytest.raises(ExplorerError, match=match):
        Filters(None, OneNetwork(model, (0.5,) * 3, (0.2,) * 3), None).learned({})
