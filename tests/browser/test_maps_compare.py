"""Two photographs, and two networks, side by side at one layer: one cursor in both mosaics; numbers are torch's."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from explorer.activations.tracer import record_trace
from explorer.image import open_upload
from explorer.networks.loading import load_network
from explorer.predict import Classifier
from explorer.settings import ROOT
from tests.browser.maps_steps import number, opened, quiet

pytestmark = pytest.mark.browser
LAYER = "stage2.0.relu1"


@pytest.fixture(autouse=True)
def _patience() -> None:
    expect.set_options(timeout=30_000)


def output(photo, layer=LAYER, network=None):
    """The layer's output as torch gives it, (C, H, W)."""
    loaded = network or Classifier.load(ROOT / "checkpoints" / "compact.safetensors")
    return record_trace(loaded.model, loaded.preprocessing(open_upload(photo))).tensor(layer)[0]


def kept_layer(open_page, jpeg, layer=LAYER, **options):
    """The tab with one layer of the JPEG kept."""
    page = opened(open_page, jpeg, **options)
    page.get_by_role("button", name="One layer").click()
    page.locator(".layer-choice").select_option(layer)
    expect(page.locator(".strip-layer[aria-current]")).to_have_attribute("data-layer", layer)
    expect(page.locator(".lens-value").first).to_contain_text("= ")
    page.get_by_role("button", name="Keep to compare").click()
    expect(page.locator(".shown-from")).to_contain_text("the same")
    return page


def settled(page, words):
    """Both mosaics painted with what was asked for."""
    expect(page.locator(".shown-from")).to_contain_text(words)
    expect(page.locator(".maps:not(.waiting) .layer-view:not(.stale)")).to_have_count(1)
    quiet(page)


def pair(page):
    """What the line above the mosaics says: ((channel, row, column), value) of both, and the difference."""
    text = page.locator(".pair").inner_text().replace("\n", " ")
    place = r"Channel (\d+), row (\d+), column (\d+)"
    first = re.match(place + ":", text)
    sides = []
    for name in ("kept", "shown"):
        found = re.search(name + rf"(?: {place})? = (\S+)", text)
        assert found, text
        at = first or found
        sides.append((tuple(map(int, at.groups()[:3])), number(found.groups()[-1])))
    difference = re.search(r"difference (\S+)", text)
    assert difference, text
    return sides, number(difference[1])


def marked(page, name):
    """Whether the mosaic shows the pointer's colour, and where its frame's middle lies in shares of the canvas."""
    return page.locator(name).evaluate(
        """canvas => {
        const ink = getComputedStyle(canvas.closest(".instrument")).getPropertyValue("--pointer").trim();
        const probe = new OffscreenCanvas(1, 1).getContext("2d");
        probe.fillStyle = ink; probe.fillRect(0, 0, 1, 1);
        const [r, g, b] = probe.getImageData(0, 0, 1, 1).data;
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        let count = 0, x = 0, y = 0;
        for (let at = 0; at < data.length; at += 4) if (data[at] === r && data[at + 1] === g && data[at + 2] === b) {
            count += 1; x += (at / 4) % canvas.width; y += Math.floor(at / 4 / canvas.width);
        }
        return count ? [x / count / canvas.width, y / count / canvas.height] : null;
    }"""
    )


@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_two_photographs_stand_side_by_side_with_one_cursor(open_page, jpeg, size):
    page = kept_layer(open_page, jpeg, size=size)
    page.locator(".examples button").first.click()
    settled(page, "sports shoe, compact")
    kept, shown = (page.locator(name).bounding_box() for name in (".kept-mosaic", ".mosaic"))
    assert kept["y"] == shown["y"]
    assert kept["x"] + kept["width"] <= shown["x"]
    assert kept["height"] == shown["height"]
    truth = [output(jpeg), output(sorted((ROOT / "assets" / "examples").glob("*.png"))[0])]
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    seen = set()
    for name, position in ((".mosaic", (30, 40)), (".kept-mosaic", (50, 120)), (".mosaic", (61, 130))):
        page.locator(name).hover(position={"x": position[0], "y": position[1]})
        sides, difference = pair(page)
        assert sides[0][0] == sides[1][0]
        values = [tensor[sides[0][0]].item() for tensor in truth]
        assert [np.float32(value) for _, value in sides] == values
        assert float(difference) == pytest.approx(values[1] - values[0], rel=1e-4, abs=1e-9)
        assert marked(page, ".kept-mosaic") == pytest.approx(marked(page, ".mosaic"), abs=0.002)
        seen.add(sides[0][0])
    assert len(seen) == 3
    assert not asked
    ends = page.locator(".lens .bar .ends").all_inner_texts()
    assert ends[0] == ends[1]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Let go").click()
    expect(page.locator(".kept-side")).to_be_hidden()
    expect(page.locator(".mosaic")).to_be_visible()


def test_the_kept_one_follows_to_another_layer_order_and_page(open_page, jpeg):
    page = kept_layer(open_page, jpeg)
    page.locator(".examples button").nth(2).click()
    settled(page, "handbag")
    page.locator(".sort").select_option("strength")
    page.locator('.strip-layer[data-layer="stage3.0.add"]').evaluate("button => button.click()")
    settled(page, "stage3.0.add")
    expect(page.locator(".kept-layer")).to_have_value("stage3.0.add")
    shown = output(sorted((ROOT / "assets" / "examples").glob("*.png"))[2], "stage3.0.add")
    strongest = int((shown.double() ** 2).mean((1, 2)).argmax())
    page.locator(".kept-mosaic").hover(position={"x": 20, "y": 20})
    sides, _ = pair(page)
    assert sides[0][0][0] == strongest, "both stand in the shown one's order"
    assert np.float32(sides[0][1]) == output(jpeg, "stage3.0.add")[sides[0][0]].item()
    page.locator(".kept-mosaic").focus()
    page.keyboard.press("ArrowRight")
    moved, _ = pair(page)
    assert moved[0][0][0] != strongest
    assert moved[0][0] == moved[1][0]


def test_two_networks_are_compared_and_a_missing_channel_is_said(open_page, jpeg):
    page = kept_layer(open_page, jpeg)
    expect(page.locator(".network option[value=simple_gap]")).to_have_count(1)
    page.locator(".network-card .network").select_option("simple_gap")
    settled(page, "simple_gap")
    layer = page.locator(".layer-choice").input_value()
    page.locator(".mosaic").hover(position={"x": 50, "y": 61})
    sides, _ = pair(page)
    loaded = load_network("simple_gap", pretrained=False)
    assert np.float32(sides[1][1]) == output(jpeg, layer, loaded)[sides[1][0]].item()
    assert np.float32(sides[0][1]) == output(jpeg)[sides[0][0]].item()
    assert sides[0][0][0] == sides[1][0][0]
    kept_size, shown_size = output(jpeg).shape[1:], output(jpeg, layer, loaded).shape[1:]
    for axis in (0, 1):
        middle = (sides[1][0][1 + axis] + 0.5) / shown_size[axis]
        assert sides[0][0][1 + axis] == int(middle * kept_size[axis])
    painted = page.locator(".kept-mosaic").get_attribute("data-painted")
    page.locator(".kept-layer").select_option("stage4.0.relu2")
    expect(page.locator(".kept-mosaic")).not_to_have_attribute("data-painted", painted)
    page.locator(".kept-mosaic").focus()
    page.keyboard.press("End")
    expect(page.locator(".pair")).to_contain_text("shown does not show it")
    assert marked(page, ".mosaic") is None
    assert marked(page, ".kept-mosaic") is not None


def test_a_click_on_the_kept_mosaic_opens_the_kept_number_and_goes_on_down_there(open_page, jpeg):
    page = kept_layer(open_page, jpeg)
    page.locator(".examples button").nth(3).click()
    expect(page.locator(".shown-from")).not_to_contain_text("the same")
    settled(page, "Shown: ")
    page.locator(".kept-mosaic").click(position={"x": 45, "y": 40})
    card = page.locator(".receipt")
    for layer in (LAYER, "stage2.0.bn1"):
        expect(card).to_have_attribute("aria-label", re.compile(f"^Opened: {layer} "))
        expect(card.locator(".receipt-head")).to_contain_text("Kept: scene.jpg")
        channel, y, x = map(int, re.search(r"ch (\d+) \((\d+), (\d+)\)", card.get_attribute("aria-label")).groups())
        value = number(card.locator(".receipt-value").inner_text())
        assert np.float32(value) == output(jpeg, layer)[channel, y, x].item()
        assert card.locator(".badge.agrees").count() == 1
        card.locator(".term").first.click()
    expect(card).to_have_attribute("aria-label", re.compile("^Opened: stage2.0.conv1 "))
    card.get_by_role("button", name="Close").click()
    expect(page.locator(".kept-mosaic")).to_be_focused()
