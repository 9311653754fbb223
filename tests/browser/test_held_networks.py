"""The page on networks as people hold them: timm's and transformers' folders, a closure hook, a live model."""

import re
import sys

import numpy as np
import pytest
import torch
from playwright.sync_api import expect
from torch import nn

import explorer
from explorer.image import open_upload
from explorer.networks.saved import load_folder
from explorer.preprocessing import Preprocessing
from explorer.settings import EXAMPLES, Settings
from explorer.ui.page import build_app, launch
from tests.browser.maps_steps import number, opened
from tests.networks.saved_networks import LABELS, by_timm, by_transformers

pytestmark = pytest.mark.browser
CLOSURE = """
import torch
from torch import nn
from explorer.preprocessing import Preprocessing

class Keeping(nn.Module):
    preprocessing, classes = Preprocessing(size=40), ("left", "right", "middle")

    def __init__(self):
        super().__init__()
        torch.manual_seed(9)
        self.conv, self.fc, self.kept = nn.Conv2d(3, 4, 3), nn.Linear(4, 3), None

        def keep(_module, _inputs, output):
            self.kept = output

        self.conv.register_forward_hook(keep)

    def forward(self, x):
        self.conv(x)
        return self.fc(self.kept.relu().mean((2, 3)))
"""


@pytest.fixture(scope="module")
def held(tmp_path_factory):
    """A page of a host with two folders and a class; the folders, and the class."""
    base = tmp_path_factory.mktemp("held")
    by_timm(base / "from-timm")
    by_transformers(base / "from-transformers")
    (base / "keeping_networks.py").write_text(CLOSURE, "utf-8")
    sys.path.insert(0, str(base))
    settings = Settings(
        port=0,
        network=("keeping_networks:Keeping",),
        network_folder=(base / "from-timm", base / "from-transformers"),
        download_mb=0,
    )
    page = build_app(settings)
    _, url, _ = launch(page, settings, prevent_thread_lock=True, quiet=True)
    yield url, base
    page.close(verbose=False)
    sys.path.remove(str(base))


@pytest.fixture
def page_url(request):
    """Another page than the one that all other browser tests share."""
    return request.getfixturevalue("held")[0]


def first_class(page):
    best = page.locator(".class-row").first
    return best.locator(".class-name").inner_text(), number(best.get_attribute("title"))


def sees(page, network, classes, picture):
    """The page's first class and its logit are torch's, and it opens down to a pixel."""
    batch = network.preprocessing(open_upload(picture))
    with torch.no_grad():
        given = network.model(batch)
    logits = (given if isinstance(given, torch.Tensor) else given.logits)[0]
    name, logit = first_class(page)
    assert name == classes[int(logits.argmax())]
    assert np.float32(logit) == pytest.approx(float(logits.max()), rel=1e-5)
    page.locator(".class-row").first.click()
    expect(page.locator(".receipt")).to_have_attribute("aria-label", re.compile(rf"^Opened: logit “{name}”"))
    page.get_by_role("button", name="Down to a pixel").click()
    expect(page.locator(".receipt")).to_have_attribute("aria-label", re.compile(r"^Opened: pixel "))


@pytest.mark.parametrize("name", ["from-timm", "from-transformers"])
def test_a_folder_by_the_hosts_path(open_page, jpeg, held, name):
    page = opened(open_page, jpeg)
    page.locator(".network-card .network").select_option(label=name)
    expect(page.locator(".maps-note")).to_contain_text(f"The host's own, from the folder {name}", timeout=60_000)
    expect(page.locator(".maps.waiting")).to_have_count(0)
    sees(page, load_folder(held[1] / name), LABELS, jpeg)


def test_a_network_that_keeps_its_features_by_a_closure(open_page, jpeg, held):
    import keeping_networks

    from explorer.networks.own_code import as_it_is

    page = opened(open_page, jpeg)
    page.locator(".network-card .network").select_option(value="keeping_networks:Keeping")
    expect(page.locator(".maps-note")).to_contain_text("keeping_networks:Keeping", timeout=60_000)
    expect(page.locator(".maps.waiting")).to_have_count(0)
    network = as_it_is(keeping_networks.Keeping().eval(), "keeping")
    sees(page, network, network.classes, jpeg)
    page.locator(".examples button").first.click()
    expect(page.locator(".photo-column .caption")).to_contain_text("sports shoe")
    expect(page.locator(".maps.waiting")).to_have_count(0)
    example = sorted(EXAMPLES.glob("*.png"))[0]
    logits = network.model(network.preprocessing(open_upload(example))).detach()[0]
    expect(page.locator(".class-row").first.locator(".class-name")).to_have_text(network.classes[int(logits.argmax())])
    assert np.float32(first_class(page)[1]) == pytest.approx(float(logits.max()), rel=1e-5)


@pytest.mark.parametrize(("kind", "shown"), [("from-timm", "test_resnet"), ("from-transformers", "ResNetFor")])
def test_the_files_of_a_folder_that_a_visitor_sends(open_page, jpeg, held, kind, shown):
    page = opened(open_page, jpeg)
    page.get_by_text("Open your own weights", exact=True).click()
    page.locator(".own-file").set_input_files(sorted(map(str, (held[1] / kind).iterdir())))
    expect(page.locator(".own-file-name")).to_contain_text("model.safetensors")
    expect(page.locator(".own-file-name")).to_contain_text("config.json")
    page.get_by_role("button", name="Open these weights").click()
    expect(page.locator(".own-status")).to_contain_text(f"model ({shown}", timeout=60_000)
    expect(page.locator(".maps-note")).to_contain_text("Your own, from model.safetensors", timeout=60_000)
    expect(page.locator(".maps.waiting")).to_have_count(0)
    sees(page, load_folder(held[1] / kind), LABELS, jpeg)
    assert "own" not in page.url.replace("photo.own=1", "")


def test_files_that_do_not_belong_together_get_a_sentence(open_page, jpeg, held):
    page = opened(open_page, jpeg)
    page.get_by_text("Open your own weights", exact=True).click()
    page.locator(".own-file").set_input_files(str(held[1] / "from-timm" / "config.json"))
    page.get_by_role("button", name="Open these weights").click()
    expect(page.locator(".own-problem")).to_contain_text("Choose a .safetensors file first")
    page.locator(".own-file").set_input_files(str(held[1] / "from-transformers" / "model.safetensors"))
    expect(page.locator(".own-file-name")).to_contain_text("config.json")
    page.get_by_role("button", name="Open these weights").click()
    expect(page.locator(".own-problem")).to_contain_text(
        "model.safetensors does not belong to test_resnet", timeout=60_000
    )


class TestLive:
    """A model of this very program."""

    model: nn.Module

    @pytest.fixture
    def page_url(self):
        torch.manual_seed(12)
        layers = (nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
        TestLive.model = nn.Sequential(*layers, nn.Linear(4, 3))
        handle = explorer.show(TestLive.model, classes=LABELS, preprocessing=Preprocessing(size=40))
        yield handle.url
        handle.close()

    def test_it_is_what_the_page_opens_with_and_training_shows_on_the_next_photograph(self, open_page, jpeg):
        from explorer.networks.live import frozen_copy
        from explorer.networks.own_code import as_it_is

        def now():
            return as_it_is(frozen_copy(TestLive.model), "live", preprocessing=Preprocessing(size=40))

        page = opened(open_page, jpeg, network="")
        expect(page.locator(".network-card .network option:checked")).to_have_text("live/Sequential")
        sees(page, now(), LABELS, jpeg)
        with torch.no_grad():
            TestLive.model[5].weight.mul_(-1)
            TestLive.model[5].bias.add_(torch.tensor([0.0, 5.0, 0.0]))
        page.locator(".examples button").first.click()
        expect(page.locator(".photo-column .caption")).to_contain_text("sports shoe")
        expect(page.locator(".class-row").first.locator(".class-name")).to_have_text(LABELS[1])
        expect(page.locator(".maps.waiting")).to_have_count(0)
        sees(page, now(), LABELS, sorted(EXAMPLES.glob("*.png"))[0])
        assert TestLive.model.training
