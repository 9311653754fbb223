"""Tab 3 as a visitor meets it, on a real JPEG; numbers on the page are compared with torch's."""

import re
from decimal import Decimal

import numpy as np
import pytest
import torch
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from explorer.activations.tracer import record_trace
from explorer.image import open_upload
from explorer.image.render import palette, to_indices
from explorer.networks.network import readable
from explorer.ui.maps.recording import colour_range, scheme_of
from tests.browser.maps_steps import at_rest, number, opened, quiet

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def _patience() -> None:
    expect.set_options(timeout=20_000)  # a busy machine is no failure; nothing is timed here


@pytest.fixture(scope="module")
def trace(compact, jpeg):
    return record_trace(compact.model, compact.preprocessing(open_upload(jpeg)))


def pointed(page) -> tuple[str, int, int, int, Decimal]:
    """Layer, channel, row, column and value that the line below the sheet gives."""
    text = page.locator(".maps .reading").inner_text()
    match = re.fullmatch(r"(\S+), channel (\d+), row (\d+), column (\d+) = (\S+)", text)
    assert match, text
    layer, channel, row, column, value = match.groups()
    return layer, int(channel), int(row), int(column), number(value)


def test_the_value_under_the_pointer_is_torchs_and_hovering_asks_nothing(open_page, jpeg, trace):
    page = opened(open_page, jpeg)
    quiet(page)  # wires and boxes come in the background
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    for column in (0, 2, 3):
        tile = page.locator(f'.tile[data-column="{column}"][data-tile="1"]')
        box = tile.bounding_box()
        for across, down in ((0.2, 0.3), (0.71, 0.52)):
            page.mouse.move(box["x"] + across * box["width"], box["y"] + down * box["height"])
            layer, channel, row, at, value = pointed(page)
            assert np.float32(value) == trace.tensor(layer)[0, channel, row, at].item()
    expect(page.locator(".sheet .field-box")).to_be_visible()
    assert not asked


def test_a_layers_maps_hold_torchs_numbers(open_page, jpeg, trace):
    page = opened(open_page, jpeg)
    page.get_by_role("button", name="One layer").click()
    page.locator(".layer-choice").select_option("stage2.0.relu1")
    expect(page.locator(".layer-note")).to_contain_text("64 × ")
    expect(page.locator(".lens-value").first).to_contain_text("= ")
    output = trace.tensor("stage2.0.relu1")[0]
    box = page.locator(".mosaic").bounding_box()
    for x, y in ((30, 40), (250, 130), (410, 20)):
        page.mouse.move(box["x"] + x, box["y"] + y)
        title = page.locator(".lens-title").inner_text()
        channel, row, column = map(int, re.fullmatch(r"Channel (\d+), row (\d+), column (\d+)", title).groups())
        assert np.float32(number(page.locator(".lens-value").first.inner_text())) == output[channel, row, column].item()
    assert channel != 0
    facts = page.locator(".facts dd").all_inner_texts()
    assert np.float32(number(facts[0])) == output[channel].min().item()
    assert np.float32(number(facts[2])) == output[channel].max().item()
    lens = page.locator(".lens-map").bounding_box()
    assert max(lens["width"], lens["height"]) == pytest.approx(240, abs=1)


def test_another_layer_needs_no_forward(open_page, jpeg):
    """The photograph goes through the network once; a layer after it asks for maps alone."""
    page = opened(open_page, jpeg)
    calls = []
    page.on(
        "request", lambda request: calls.append(request.post_data or "") if "component_server" in request.url else 0
    )
    page.get_by_role("button", name="One layer").click()
    for layer in ("stem.conv", "stage3.0.add"):
        page.locator(".layer-choice").select_option(layer)
        expect(page.locator(".strip-layer[aria-current]")).to_have_attribute("data-layer", layer)
        expect(page.locator(".layer-view")).not_to_have_class(re.compile("stale"))
    assert not [call for call in calls if '"open_network"' in call]
    assert len([call for call in calls if '"layer_maps"' in call]) >= 2


def printed_sum(page) -> None:
    """Adds up what the card prints, in decimal, and compares it with the value that it prints."""
    card = page.locator(".receipt")
    if card.locator(".ledger").count() == 0:  # made of one number alone
        one, text = number(card.locator(".term-value").inner_text()), card.locator(".workings").inner_text()
        value = number(text.split(" = ")[1])
        assert value == value_of(page) == (max(Decimal(0), one) if "max(0, v)" in text else one), text
        return
    amounts = [number(text) for text in card.locator(".term .amount").all_inner_texts()]
    rows = [number(row) for row in card.locator(".ledger dd:not(.subtotal)").all_inner_texts()]
    assert amounts
    assert sum(amounts) + sum(rows[:-1]) == rows[-1]
    if card.locator(".subtotal").count():
        assert number(card.locator("dd.subtotal").inner_text()) == sum(amounts)
    printed_products(card, amounts)


def printed_products(card, amounts: list[Decimal]) -> None:
    """Where a tile prints both factors, their product is the amount to its last digit."""
    for tile, amount in zip(card.locator(".terms:not(.short) .term").all(), amounts, strict=False):
        factors = [number(text) for text in tile.locator(".factor").all_inner_texts()]
        half = Decimal(1).scaleb(amount.as_tuple().exponent) / 2
        assert len(factors) != 2 or abs(factors[0] * factors[1] - amount) <= half, (factors, amount)


def value_of(page) -> Decimal:
    return number(page.locator(".receipt-value").inner_text())


def test_a_logit_can_be_followed_down_to_three_pixels_and_all_sums_add_up(open_page, jpeg, trace, compact):
    page = opened(open_page, jpeg)
    page.locator(".class-row").first.click()
    card = page.locator(".receipt")
    expect(card).to_have_attribute("aria-label", re.compile("^Opened: logit"))
    best = int(trace.tensor(trace.output)[0].argmax())
    assert compact.classes[best] in card.get_attribute("aria-label")
    assert np.float32(value_of(page)) == trace.tensor(trace.output)[0, best].item()
    for _ in range(60):
        printed_sum(page)
        label = card.get_attribute("aria-label")
        assert page.locator(".receipt .badge.agrees").count() == 1, label
        if label.startswith("Opened: stem.conv"):
            break
        page.locator(".receipt .term").first.click()
        expect(card).not_to_have_attribute("aria-label", label)
        expect(card).not_to_have_class(re.compile("stale"))
    assert label.startswith("Opened: stem.conv"), label
    assert page.locator(".receipt .term").count() == 3
    total = Decimal(0)
    for at in range(3):
        page.locator(".receipt .term").nth(at).hover()
        total += number(page.locator(".receipt .window p.number").inner_text())
    assert abs(total - value_of(page)) < Decimal("0.001")
    conv = re.match(r"Opened: stem.conv ch (\d+) \((\d+), (\d+)\)", label)
    channel, y, x = map(int, conv.groups())
    assert np.float32(value_of(page)) == trace.tensor("stem.conv")[0, channel, y, x].item()
    pixels = set()
    for at in range(3):
        page.locator(".receipt .term").nth(at).click()
        expect(card).to_have_attribute("aria-label", re.compile("^Opened: pixel"))
        text = card.get_attribute("aria-label")
        y, x, colour = re.match(r"Opened: pixel \((\d+), (\d+)\), (red|green|blue)", text).groups()
        plane = ("red", "green", "blue").index(colour)
        assert np.float32(value_of(page)) == trace.tensor("input")[0, plane, int(y), int(x)].item()
        seen = compact.preprocessing.picture(open_upload(jpeg))
        mean, std = (Decimal(repr(one[plane])) for one in (compact.preprocessing.mean, compact.preprocessing.std))
        byte, equation, got = page.locator(".receipt .step").all_inner_texts()
        assert int(byte) == seen[int(y), int(x), plane]
        assert equation.startswith(f"({byte} / 255 − {mean}) / {std} = ")
        result = number(equation.split(" = ")[1])
        assert abs((Decimal(byte) / 255 - mean) / std - result) <= Decimal(1).scaleb(result.as_tuple().exponent) / 2
        assert number(got) == value_of(page)
        pixels.add(text)
        page.keyboard.press("Escape")
        expect(card).to_have_attribute("aria-label", label)
    assert len(pixels) == 3


def test_down_to_a_pixel_in_one_step_and_escape_closes(open_page, jpeg):
    page = opened(open_page, jpeg)
    tile = page.locator('.tile[data-column="2"][data-tile="0"]')
    tile.click()
    page.get_by_role("button", name="Down to a pixel").click()
    expect(page.locator(".receipt")).to_have_attribute("aria-label", re.compile("^Opened: pixel"))
    expect(page.locator(".crumbs")).to_contain_text("more")
    page.locator(".crumb").first.click()
    expect(page.locator(".receipt")).to_have_attribute("aria-label", re.compile("^Opened: stage2"))
    page.keyboard.press("Escape")
    expect(page.locator(".receipt")).to_have_count(0)
    expect(tile).to_be_focused()


def test_the_unit_stays_open_when_the_photograph_changes(open_page, jpeg):
    page = opened(open_page, jpeg)
    page.locator('.tile[data-column="1"][data-tile="0"]').click()
    expect(page.locator(".receipt")).to_have_count(1)
    label, before = page.locator(".receipt").get_attribute("aria-label"), value_of(page)
    page.locator(".examples button").nth(3).click()
    expect(page.locator(".receipt-value")).not_to_have_text(f"= {before}".replace("-", "−"), timeout=20_000)
    assert page.locator(".receipt").get_attribute("aria-label") == label


def test_the_link_restores_layer_order_and_unit(open_page, jpeg):
    page = open_page(
        "Feature maps",
        query="&network.name=compact&maps.view=layer&maps.layer=stage3.0.bn1&maps.sort=strength&maps.scale=map",
    )
    expect(page.locator(".layer-choice")).to_have_value("stage3.0.bn1", timeout=30_000)
    assert page.locator(".maps .sort").input_value() == "strength"
    assert page.locator(".maps .scale").input_value() == "map"
    page = open_page("Feature maps", query="&network.name=compact&maps.unit=stage2.0.add~5~3~4")
    expect(page.locator(".receipt")).to_have_attribute("aria-label", "Opened: stage2.0.add ch 5 (3, 4)", timeout=30_000)
    page = open_page("Feature maps", query="&maps.view=%3Cscript%3E&maps.layer=nothing&maps.unit=~~&maps.sort=x")
    expect(page.locator(".maps .tile").first).to_be_visible(timeout=30_000)
    expect(page.locator(".maps-problem")).to_be_hidden()


def test_silencing_a_channel_moves_the_classes(open_page, jpeg, compact, trace):
    page = opened(open_page, jpeg)
    page.locator('.tile[data-column="4"][data-tile="0"]').click()
    unit = page.locator(".receipt").get_attribute("aria-label")
    layer, channel = re.match(r"Opened: (\S+) ch (\d+)", unit).groups()
    page.get_by_role("button", name=f"Silence channel {channel}").click()
    text = page.locator(".silenced .change").first.inner_text()
    logit = re.search(r"logit (\S+) → (\S+)", text)
    weight = compact.model.fc.weight.detach()[:, int(channel)]
    logits = trace.tensor("fc")[0] - weight * trace.tensor(layer)[0, int(channel)].mean()
    shares = torch.softmax(logits / compact.temperature, 0)
    best = int(shares.argmax())
    assert text.startswith(readable(compact.classes[best]))
    printed = [float(number(one)) for one in logit.groups()]
    assert printed == pytest.approx([float(trace.tensor("fc")[0, best]), float(logits[best])], abs=0.001)
    after = re.search(r"→ (> |< )?([\d.]+)\s%", text)
    assert float(after[2]) == pytest.approx(100 * float(shares.max()), abs=0.11)


def test_the_keyboard_walks_opens_and_closes(open_page, jpeg):
    page = opened(open_page, jpeg)
    page.locator('.tile[data-column="0"][data-tile="0"]').focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    expect(page.locator('.tile[data-column="1"][data-tile="1"]')).to_be_focused()
    assert "channel" in page.locator(".maps .reading").inner_text()
    page.keyboard.press("Enter")
    expect(page.locator(".receipt")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator('.tile[data-column="1"][data-tile="1"]')).to_be_focused()
    page.get_by_role("button", name="One layer").click()
    expect(page.locator(".lens-value").first).to_contain_text("= ")
    page.locator(".mosaic").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    assert not page.locator(".lens-title").inner_text().startswith("Channel 0,")
    page.keyboard.press("Enter")
    expect(page.locator(".receipt")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".mosaic")).to_be_focused()


def test_stages_unfold_and_fold(open_page, jpeg):
    page = opened(open_page, jpeg)
    before = page.locator(".sheet-column").count()
    fold = page.locator(".sheet-column").nth(2).locator(".fold")
    hidden = int(number(fold.inner_text()))
    fold.click()
    expect(page.locator(".sheet-column")).to_have_count(before + hidden)
    page.locator(".fold[aria-expanded=true]").click()
    expect(page.locator(".sheet-column")).to_have_count(before)


MAP_COLOURS = """tile => {
    const canvas = tile.querySelector("canvas");
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return [...data].filter((_, at) => at % 4 < 3);
}"""


def test_the_maps_of_unfolded_layers_are_torchs(open_page, jpeg, trace):
    page = opened(open_page, jpeg)
    page.locator(".sheet-column").nth(2).locator(".fold").click()
    expect(page.locator(".fold[aria-expanded=true]")).to_have_count(1)
    layers = set()
    for column in (1, 2, 3):
        tiles = page.locator(f'.tile[data-column="{column}"]').all()
        parts = [
            re.fullmatch(r"(\S+), channel (\d+), strongest at row (\d+), column (\d+): (\S+)", label)
            for label in (tile.get_attribute("aria-label") for tile in tiles)
        ]
        maps = trace.tensor(parts[0][1])[0, [int(part[2]) for part in parts]].numpy()
        scheme = scheme_of(maps)
        colours = palette(scheme)[to_indices(maps, *colour_range(maps, scheme, "layer"))].astype(int)
        for tile, part, one, expected in zip(tiles, parts, maps, colours, strict=True):
            assert float(number(part[5])) == pytest.approx(one[int(part[3]), int(part[4])], rel=0.01)
            drawn = np.array(tile.evaluate(MAP_COLOURS)).reshape(expected.shape)
            assert np.abs(drawn - expected).max() <= 3  # one place of the palette
        layers.add(parts[0][1])
    assert len(layers) == 3


@pytest.mark.parametrize(("size", "dark"), [("wide", True), ("narrow", False)])
def test_nothing_hangs_over_and_nothing_is_inaccessible(open_page, jpeg, size, dark):
    page = opened(open_page, jpeg, size=size, dark=dark)
    for step in ("sheet", "card", "layer", "tree", "pair", "form"):
        if step == "card":
            page.locator(".class-row").first.evaluate("row => row.click()")
            expect(page.locator(".receipt .term").first).to_be_visible()
        if step == "layer":
            page.get_by_role("button", name="One layer").click()
            expect(page.locator(".lens-value").first).to_contain_text("= ")
        if step == "tree":
            if size == "narrow":
                page.get_by_role("button", name="More", exact=True).click()
            page.get_by_role("button", name="Tree of layers").click()
            expect(page.get_by_role("treeitem", selected=True)).to_have_count(1)
        if step == "pair":
            page.get_by_role("button", name="Keep to compare").click()
            expect(page.locator(".kept-side")).to_be_visible()
        if step == "form":
            page.get_by_text("Open your own weights", exact=True).click()
            page.get_by_role("button", name="Open these weights").click()
            expect(page.locator(".own-problem")).to_be_visible()
        at_rest(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), step
        found = Axe().run(page, context=".maps")
        assert not found.response["violations"], (step, found.generate_report())
