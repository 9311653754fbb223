"""Projector mode: large enough, one picture a screen, not in the link; and what is read is what is pointed at."""

import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser import maps_steps
from tests.browser.classifier_steps import rest, upload
from tests.browser.filters_steps import place, ready
from tests.browser.scales_steps import bring, cell_of, middle, move_to, pieces, point_at, project, scales

pytestmark = pytest.mark.browser

TABS = ("Filters", "Output sizes", "Feature maps", "Classifier")
CIFAR = "&network.name=cifar10"  # of 32 × 32 pixels: its last maps have 8 × 8 numbers
LEAST = 18  # CSS pixels: a fortieth of 720
WRITTEN = """() => {
    const seen = [];
    for (const one of document.querySelectorAll("body *")) {
        const own = [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
        const control = ["INPUT", "SELECT", "TEXTAREA"].includes(one.tagName) && !["range", "file"].includes(one.type);
        const box = one.getBoundingClientRect();
        if ((!own && !control) || !one.checkVisibility({ visibilityProperty: true }) || box.width < 2) continue;
        if (one.closest(".sr-only, script, style")) continue;
        const size = parseFloat(getComputedStyle(one).fontSize);
        seen.push([size, one.tagName, String(one.getAttribute("class")), one.textContent.slice(0, 30)]);
    }
    return seen;
}"""
ON_CANVAS = """() => {
    window.written = [];
    const plain = CanvasRenderingContext2D.prototype.fillText;
    CanvasRenderingContext2D.prototype.fillText = function (text, ...where) {
        const { a } = this.getTransform();
        window.written.push([parseFloat(this.font.match(/([\\d.]+)px/)[1]) * a / devicePixelRatio, text]);
        return plain.call(this, text, ...where);
    };
}"""


@pytest.fixture
def small(tmp_path):
    """A picture so small that a number of it is well seen at every zoom: 24 × 16, no two neighbours alike."""
    path = tmp_path / "small.png"
    Image.fromarray(np.random.default_rng(3).integers(0, 255, (16, 24, 3), dtype=np.uint8)).save(path)
    return path


@pytest.mark.parametrize("tab", TABS)
def test_everything_written_is_a_fortieth_of_the_height(open_page, tab):
    page = open_page(tab=tab, query="&filters.zoom=numbers")
    page.set_viewport_size({"width": 1280, "height": 720})
    if tab == "Filters":
        ready(page)
    page.evaluate(ON_CANVAS)
    project(page)
    page.evaluate("""() => {
        window.written = [];
        for (const one of document.querySelectorAll('.instrument details')) one.open = true;
        dispatchEvent(new Event("resize"));
    }""")
    page.wait_for_function("explorer.get('answering') === false")
    rest(page)
    rest(page)
    written = page.evaluate(WRITTEN)
    assert len(written) > 15
    assert not [one for one in written if one[0] < LEAST - 0.01]
    on_canvas = page.evaluate("window.written")
    assert on_canvas or tab in {"Feature maps", "Classifier"}
    assert not [one for one in on_canvas if one[0] < LEAST - 0.01]
    for name in (page.locator(".stage").bounding_box(), page.locator(".tab-wrapper").first.bounding_box()):
        assert name["y"] + name["height"] < 130  # a strip, and the picture below it
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


def test_it_is_seen_to_be_on_and_stands_in_no_link(open_page):
    page = open_page(query="&page.projector=1&page.tab=sizes")
    button = page.get_by_role("button", name="Projector")
    expect(button).to_have_attribute("aria-pressed", "false")  # a pupil who opens a teacher's link
    off = button.evaluate("one => getComputedStyle(one).backgroundColor")
    project(page)
    assert button.evaluate("one => getComputedStyle(one).backgroundColor") != off
    assert "projector" not in page.url
    page.reload(wait_until="domcontentloaded")
    expect(button).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Photograph").click()
    expect(page.locator(".examples")).to_be_visible()
    button.click()
    assert not page.evaluate("document.documentElement.classList.contains('projected')")
    page.reload(wait_until="domcontentloaded")
    expect(button).to_have_attribute("aria-pressed", "false")


def test_filters_read_what_is_pointed_at(open_page, small):
    page = open_page(query="&filters.kernel=sobel%20x")
    upload(page, small)
    expect(page.locator(".filters-tab .input-caption")).to_contain_text("24 × 16")
    ready(page)
    project(page)
    page.locator(".output-canvas").focus()
    for key in ("Home", *["ArrowDown"] * 5, *["ArrowRight"] * 9):
        page.keyboard.press(key)
    assert place(page) == (5, 9)
    for _ in scales(page):
        for canvas in (".input-canvas", ".output-canvas"):
            page.mouse.move(1, 1)
            rest(page)
            [frame, *_others] = pieces(page, canvas)
            x, y = bring(page, middle(frame))
            cell = (frame["width"] - 2.5) / (3 if canvas == ".input-canvas" else 1)  # without its line
            move_to(page, (x + cell, y + 2 * cell))
            assert place(page) == (7, 10)
            move_to(page, (x, y))
            assert place(page) == (5, 9)
        weight = page.locator(".product-weight").nth(5)
        weight.click()
        assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Row 2, column 3"
        expect(page.locator(".product-pixel").nth(5)).to_have_attribute("title", "row 6, column 11")


def test_sizes_read_what_is_pointed_at(open_page):
    page = open_page("Output sizes")
    project(page)
    picture, says = page.locator(".sizes-picture"), page.locator(".sizes-says")
    expect(says).not_to_be_empty()
    picture.focus()
    for key in ("Home", "ArrowDown", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    expect(says).to_contain_text("Output row 1, column 2")
    for _ in scales(page):
        output, *_frames = [one for one in pieces(page, ".sizes-picture canvas") if one["height"] > 16]  # no letters
        x, y = bring(page, middle(output))
        move_to(page, (x, y + output["height"] * 0.95))
        expect(says).to_contain_text("Output row 2, column 2")
        move_to(page, (x, y))
        expect(says).to_contain_text("Output row 1, column 2")


def test_a_stack_reads_what_is_pointed_at(open_page):
    page = open_page("Output sizes", query="&sizes.view=stack")
    page.locator(".sizes-rows tbody tr").first.wait_for()
    project(page)
    scroll, says = page.locator(".sizes-tower-scroll"), page.locator(".sizes-row-says")
    scroll.focus()
    for _ in range(20):
        page.keyboard.press("ArrowLeft")
    said = says.text_content()
    for _ in scales(page):
        *_others, block = sorted(pieces(page, ".sizes-tower"), key=lambda one: one["x"])
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowRight")
        expect(says).not_to_have_text(said)
        move_to(page, bring(page, middle(block)))
        expect(says).to_have_text(said)


def test_the_mosaic_reads_what_is_pointed_at(open_page, jpeg):
    page = maps_steps.opened(open_page, jpeg, f"{CIFAR}&maps.view=layer&maps.layer=block3.relu2")
    project(page)
    title = page.locator(".layer-view .lens:not(.kept) .lens-title")
    page.locator(".mosaic").focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    for _ in scales(page):
        page.locator(".mosaic").focus()
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("ArrowRight")  # the frame is drawn in full
        page.evaluate("""() => {
            const scroll = document.querySelector(".mosaic").parentElement;
            scroll.scrollTop = 0;
            scroll.scrollIntoView({ block: "start" });
        }""")
        channel = re.match(r"Channel (\d+),", title.text_content())[1]
        *_cells, tile = pieces(page, ".mosaic")
        for row, column in ((4, 4), (0, 7), (6, 2)):
            move_to(page, cell_of(tile, row, column, 8, 8))
            expect(title).to_have_text(f"Channel {channel}, row {row}, column {column}")


def test_the_sheet_reads_what_is_pointed_at_and_its_wires_end_there(open_page, jpeg):
    page = maps_steps.opened(open_page, jpeg, CIFAR)
    project(page)
    maps_steps.quiet(page)  # the real shares are there
    tile = page.locator('.tile[data-column="1"]').nth(2)  # block2.pool, 8 × 8
    reading = page.locator(".reading")
    for _, ratio in scales(page):
        tile.scroll_into_view_if_needed()
        maps_steps.at_rest(page)
        for row, column in ((4, 4), (0, 7), (6, 2)):
            place = point_at(page, tile.locator("canvas"), row, column, 8, 8)
            expect(reading).to_contain_text(f"row {row}, column {column} = ")
            cell = tile.locator(".cell").bounding_box()
            assert cell["x"] <= place[0] <= cell["x"] + cell["width"]
            assert cell["y"] <= place[1] <= cell["y"] + cell["height"]
        assert abs(wires_end(page)) < 4, ratio


def wires_end(page) -> float:
    """How far below the pointed tile's middle the strong wires meet its left side, in pixels."""
    return page.evaluate("""() => {
        const [wires, tile] = [".wires", ".tile.pointed"].map((one) => document.querySelector(one));
        const [ground, box] = [wires, tile].map((one) => one.getBoundingClientRect());
        const dense = wires.width / ground.width;
        const { data } = wires.getContext("2d").getImageData((box.left - ground.left - 1) * dense, 0, 1, wires.height);
        let [sum, all] = [0, 0];
        for (let y = 0; y < wires.height; y += 1) {
            const strong = data[4 * y + 3] > 80 ? data[4 * y + 3] : 0;
            [sum, all] = [sum + strong * (y + 0.5), all + strong];
        }
        if (!all) throw new Error("no wire ends here");
        return sum / all / dense + ground.top - (box.top + box.bottom) / 2;
    }""")


def test_an_opened_unit_reads_what_is_pointed_at(open_page, jpeg):
    page = maps_steps.opened(open_page, jpeg, f"{CIFAR}&maps.unit=block3.relu2~7~2~3")
    page.locator(".receipt .unit-line").wait_for()
    project(page)
    for _ in scales(page):
        canvas, line = page.locator(".unit-frame canvas"), page.locator(".unit-line")
        canvas.scroll_into_view_if_needed()
        maps_steps.at_rest(page)
        for row, column in ((4, 4), (0, 7), (6, 2)):
            point_at(page, canvas, row, column, 8, 8)
            expect(line).to_contain_text(f"({row}, {column}) = ")
        point_at(page, page.locator(".unit-frame .cell"), 0, 0, 1, 1)
        expect(line).to_contain_text("(2, 3) = ")


def test_a_heat_map_reads_what_is_pointed_at(classifier_tab):
    page = classifier_tab("why")
    canvas, reading = page.locator(".heat canvas").first, page.locator(".heat-reading").first
    expect(canvas).not_to_have_attribute("aria-label", re.compile("still being made"))
    project(page)
    for _ in scales(page):
        canvas.focus()
        for key in (*["ArrowUp"] * 12, *["ArrowLeft"] * 12, *["ArrowDown"] * 2, "ArrowRight"):
            page.keyboard.press(key)
        expect(reading).to_contain_text("row 2, column 1: ")
        said = reading.text_content()
        [cell, *_others] = pieces(page, ".heat canvas")
        move_to(page, (middle(cell)[0] + cell["width"], middle(cell)[1]))
        expect(reading).to_contain_text("row 2, column 2: ")
        move_to(page, middle(cell))
        expect(reading).to_have_text(said)


def test_softmax_curves_end_at_their_bars(classifier_tab):
    page = classifier_tab()
    project(page)
    seen = 0
    for _ in scales(page):
        ends = page.evaluate("""() => [...document.querySelectorAll(".ribbon")].map((ribbon) => {
            const at = (place) => ribbon.getPointAtLength(place).matrixTransform(ribbon.getScreenCTM());
            const middle = (selector) => {
                const box = document.querySelector(selector).getBoundingClientRect();
                return (box.top + box.bottom) / 2;
            };
            const of = `[data-index="${ribbon.dataset.index}"]`;
            return [at(0).y - middle(`.logit-row${of} .hit`), at(ribbon.getTotalLength()).y - middle(`.bars ${of}`)];
        }).filter(([from]) => Number.isFinite(from))""")
        if page.locator(".flow").is_visible():
            assert len(ends) >= 5
            seen += 1
            assert max(abs(gap) for pair in ends for gap in pair) < 1.5
    assert seen == 3  # at three times the size the table stands alone


def test_the_crop_box_is_drawn_where_the_pointer_draws_it(page, jpeg):
    upload(page, jpeg)
    project(page)
    page.get_by_role("button", name="Photograph").click()
    page.get_by_text("Move, turn, crop", exact=True).click()
    for _ in scales(page):
        page.get_by_role("button", name="Crop").click()
        page.locator(".stage").scroll_into_view_if_needed()
        stage = page.locator(".stage").bounding_box()
        left, right = (stage["x"] + part * stage["width"] for part in (0.25, 0.75))
        top, bottom = (stage["y"] + part * stage["height"] for part in (0.4, 0.6))
        page.mouse.move(left, top)
        page.mouse.down()
        page.mouse.move(right, bottom, steps=3)
        box = page.locator(".crop-box").bounding_box()
        page.mouse.up()
        drawn = (box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"])
        assert drawn == pytest.approx((left, top, right, bottom), abs=5)
        page.locator(".photo-column .reset").click()
        expect(page.locator(".photo-column .caption")).to_contain_text("300 × 200")
