"""One's own weights through the form of tab 3, with files as a training writes them; numbers are torch's."""

import json
import re

import numpy as np
import pytest
import torch
from playwright.sync_api import expect
from safetensors.torch import save_file

from explorer.activations.tracer import record_trace
from explorer.checkpoint import file as checkpoint
from explorer.image import open_upload
from explorer.models import build_model
from explorer.networks.building import build
from explorer.networks.loading import load_own_weights
from explorer.preprocessing import Preprocessing
from tests.browser.maps_steps import number, opened

pytestmark = pytest.mark.browser
NAMES = ("kurta", "saree", "<b>shoe</b>", "${watch}")


@pytest.fixture(autouse=True)
def _patience() -> None:
    expect.set_options(timeout=30_000)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Weights as visitors bring them: good, of another network, with a NaN, pickled, of one channel, with a card."""
    folder = tmp_path_factory.mktemp("weights")
    good = build("simple_gap", 4, seed=5).state_dict()
    save_file(good, folder / "good.safetensors", metadata={"classes": json.dumps(NAMES)})
    save_file(build("lenet5", 4).state_dict(), folder / "other.safetensors")
    key = next(iter(good))
    bad = good[key].clone()
    bad.view(-1)[7] = torch.nan
    save_file({**good, key: bad}, folder / "nan.safetensors")
    torch.save(good, folder / "trained.pth")
    save_file(build("lenet5", 6, 1, seed=3).state_dict(), folder / "grey.safetensors")
    card = checkpoint.Card("compact", {"num_classes": 3, "in_channels": 3}, ("a", "b", "c"), Preprocessing(size=48))
    torch.manual_seed(4)
    checkpoint.save(folder / "shop.safetensors", build_model("compact", 3), card)
    return folder


def opened_form(open_page, jpeg, **options):
    page = opened(open_page, jpeg, **options)
    page.get_by_text("Open your own weights", exact=True).click()
    expect(page.locator(".own-architecture option", has_text="simple_gap")).to_have_count(1)
    return page


def send(page, file, architecture="", names="", channels="file"):
    page.locator(".own-architecture").select_option(architecture)
    page.locator(".own-channels").select_option(channels)
    page.locator(".own-names").fill(names)
    page.locator(".own-file").set_input_files(str(file))
    expect(page.locator(".own-file-name")).to_contain_text(file.name)
    page.get_by_role("button", name="Open these weights").click()


def ready(page, label):
    expect(page.locator(".own-status")).to_contain_text(label)
    expect(page.locator(".network-card .network option:checked")).to_have_text(label)
    expect(page.locator(".maps-note")).to_contain_text(label + ":")
    expect(page.locator(".maps.waiting")).to_have_count(0)


def test_own_weights_are_checked_used_and_in_this_visitors_menu_alone(open_page, jpeg, files):
    page = opened_form(open_page, jpeg)
    send(page, files / "good.safetensors", "simple_gap")
    ready(page, "good (simple_gap)")
    expect(page.locator(".maps-note")).to_contain_text("Your own weights, from good.safetensors")
    loaded = load_own_weights("simple_gap", files / "good.safetensors")
    trace = record_trace(loaded.model, loaded.preprocessing(open_upload(jpeg)))
    logits = trace.tensor(trace.output)[0]
    best = page.locator(".class-row").first
    expect(best.locator(".class-name")).to_have_text(NAMES[int(logits.argmax())])
    assert np.float32(number(best.get_attribute("title"))) == logits.max().item()
    page.get_by_role("tab", name="Classifier").click()
    expect(page.locator(".photo-column .answer b")).to_have_text(NAMES[int(logits.argmax())])
    assert "own" not in page.url.replace("photo.own=1", "")
    assert open_page().locator(".network option", has_text="good").count() == 0


def test_a_bad_file_gets_its_sentence_and_the_network_from_before_stays(open_page, jpeg, files):
    page = opened_form(open_page, jpeg)
    problem, before = page.locator(".own-problem"), page.locator(".maps-note").inner_text()
    send(page, files / "other.safetensors", "simple_gap")
    expect(problem).to_contain_text("other.safetensors does not belong to simple_gap")
    words = problem.inner_text()
    assert len(re.findall(r" is missing| instead of | is not part of it", words)) == 5
    send(page, files / "nan.safetensors", "simple_gap")
    expect(problem).to_contain_text("not finite")
    send(page, files / "trained.pth", "simple_gap")
    expect(problem).to_contain_text("python -m explorer.checkpoint convert")
    send(page, files / "good.safetensors", "simple_gap", names="one\ntwo")
    expect(problem).to_contain_text("There are 2 class names, but the network has 4 logits")
    send(page, files / "good.safetensors", "")
    expect(problem).to_contain_text("no card that names its architecture")
    send(page, files / "good.safetensors", "simple_gap", channels="1")
    expect(problem).to_contain_text("instead of")
    assert page.locator(".maps-note").inner_text() == before
    assert page.locator(".network-card .network").input_value() == "compact"


def test_a_grey_network_and_a_checkpoint_of_this_project(open_page, jpeg, files):
    page = opened_form(open_page, jpeg)
    names = "\n".join(f"digit {index}" for index in range(6))
    send(page, files / "grey.safetensors", "lenet5", names=names, channels="1")
    ready(page, "grey (lenet5)")
    expect(page.locator(".column-shape").first).to_have_text("32 × 32 pixels")
    expect(page.locator(".class-name").first).to_contain_text("digit ")
    page.locator(".class-row").first.click()
    page.get_by_role("button", name="Down to a pixel").click()
    expect(page.locator(".receipt")).to_have_attribute("aria-label", re.compile(r"^Opened: pixel .* grey$"))
    send(page, files / "shop.safetensors")
    ready(page, "shop (compact)")
    model, card = checkpoint.load(files / "shop.safetensors")
    logits = model(card.preprocessing(open_upload(jpeg)))[0]
    best = page.locator(".class-row").first
    expect(best.locator(".class-name")).to_have_text(card.classes[int(logits.argmax())])
    assert float(number(best.get_attribute("title"))) == pytest.approx(logits.max().item(), rel=1e-6)
    page.locator(".network-card .network").select_option(label="grey (lenet5)")
    expect(page.locator(".column-shape").first).to_have_text("32 × 32 pixels")


def test_a_dropped_file_is_taken_by_the_form_and_not_as_a_photograph(open_page, jpeg, files):
    page = opened_form(open_page, jpeg)
    content = list((files / "good.safetensors").read_bytes())
    carried = page.evaluate_handle(
        """bytes => {
        const carried = new DataTransfer();
        carried.items.add(new File([new Uint8Array(bytes)], "dropped.safetensors"));
        return carried;
    }""",
        content,
    )
    page.locator(".own-architecture").select_option("simple_gap")
    page.locator(".own-drop").dispatch_event("drop", {"dataTransfer": carried})
    expect(page.locator(".own-file-name")).to_contain_text("dropped.safetensors")
    page.get_by_role("button", name="Open these weights").click()
    ready(page, "dropped (simple_gap)")
    expect(page.locator(".photo-column .caption")).to_contain_text("scene.jpg")
    expect(page.locator(".photo-column .problem")).to_be_hidden()
