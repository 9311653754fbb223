"""The Filters tab as a visitor looks at it: its sums are torch's, it plays, a phone and a keyboard reach it all."""

import re

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from explorer.image import open_upload
from tests.browser.filters_steps import click, number, place, ready, shown_sum, use
from tests.filters.test_convolve import by_torch

pytestmark = pytest.mark.browser
SOBEL = [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]


@pytest.mark.parametrize("size", ["wide", "narrow"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_clicked_pixel_adds_up_to_torchs(open_page, jpeg, size, dark):
    page = open_page(size=size, dark=dark)
    use(page, jpeg)
    image = open_upload(jpeg)
    answer = by_torch(image, SOBEL, colour="grey")
    for canvas, across, down in (("input-canvas", 0.3, 0.4), ("output-canvas", 0.7, 0.55)):
        click(page, canvas, across, down)
        y, x = place(page)
        pixels, weights, value = shown_sum(page)
        grey = image[y : y + 3, x : x + 3] @ np.array([0.299, 0.587, 0.114])
        np.testing.assert_allclose(pixels, grey.ravel(), atol=1e-9)
        assert weights == [-1, 0, 1, -2, 0, 2, -1, 0, 1]
        assert sum(np.multiply(pixels, weights)) == pytest.approx(value, abs=1e-9)
        assert value == pytest.approx(answer[y, x, 0], abs=1e-6)
        assert abs(y / 198 - down) < 0.06
        assert abs(x / 298 - across) < 0.06


def test_a_hidden_tab_leaves_the_server_to_the_open_one_and_catches_up_when_it_is_seen(page, jpeg):
    ready(page)
    page.get_by_role("tab", name="Output sizes").click()
    asked = []
    page.on("request", lambda request: asked.append(request.post_data or ""))
    page.locator("input.file").set_input_files(str(jpeg))
    expect(page.locator(".photo-column .caption")).to_contain_text(jpeg.name)
    expect(page.locator(".photo-column .answer")).not_to_have_class(re.compile("stale"))
    assert any('"classify"' in body for body in asked)
    assert not any('"working_picture"' in body for body in asked)
    page.get_by_role("tab", name="Filters").click()
    expect(page.locator(".filters-tab .input-caption")).to_contain_text("Photograph, 300 × 200")
    ready(page)


@pytest.mark.parametrize(
    ("query", "settings", "size"),
    [
        ("kernel=box+blur+3&colour=rgb&channel=1&padding=1&mode=reflect&bias=0.5",
         {"kernel": np.full((3, 3), 1 / 9), "padding": 1, "padding_mode": "reflect", "bias": 0.5}, (200, 300)),
        ("kernel=gaussian+5&stride=3&dilation=2&padding=4",
         {"kernel": np.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1]) / 256, "stride": 3, "dilation": 2, "padding": 4,
          "colour": "grey"}, (67, 100)),
        ("weights=1+2;3+4;-1+0.5&colour=sum&padding=2&mode=circular",
         {"kernel": [[1, 2], [3, 4], [-1, 0.5]], "padding": 2, "padding_mode": "circular", "colour": "sum"},
         (202, 303)),
        ("weights=1+2;3+4&flip=1", {"kernel": [[4, 3], [2, 1]], "colour": "grey"}, (199, 299)),
    ],
)  # fmt: skip
def test_a_link_restores_the_state_and_its_numbers(open_page, jpeg, query, settings, size):
    query = "&" + "&".join("filters." + part for part in query.split("&"))
    page = open_page(query=query)
    use(page, jpeg)
    ready(page, f"Answer, {size[1]} × {size[0]}")
    answer = by_torch(open_upload(jpeg), **{"colour": "rgb", **settings})
    assert answer.shape[:2] == size
    for across, down in ((0.01, 0.02), (0.5, 0.4), (0.99, 0.98)):
        click(page, "output-canvas", across, down)
        y, x = place(page)
        _, _, value = shown_sum(page)
        assert value == pytest.approx(
            answer[y, x, 1 if settings.get("colour", "rgb") == "rgb" else 0], rel=1e-6, abs=1e-6
        )
    assert f"filters.y={y}" in page.url


def test_the_border_is_marked(open_page, jpeg):
    page = open_page(query="&filters.padding=1")
    use(page, jpeg)
    page.locator(".output-canvas").focus()
    page.keyboard.press("Home")
    assert place(page) == (0, 0)
    assert page.locator(".filters-tab .padding-product").count() == 5
    pixels, _, _ = shown_sum(page)
    assert pixels[:4] == [0, 0, 0, 0]


def test_the_worked_example(page):
    page.locator(".ready-group > summary").click()
    page.get_by_role("button", name="The worked 5 × 5 example").click()
    ready(page, "Answer, 3 × 3")
    page.locator(".output-canvas").focus()
    page.keyboard.press("Home")
    values = []
    for y in range(3):
        for x in range(3):
            assert place(page) == (y, x)
            values.append(shown_sum(page)[2])
            page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowDown")
        for _ in range(2):
            page.keyboard.press("ArrowLeft")
    assert values == [-4, -2, 4, 0, -4, -1, 0, -1, -1]


def test_a_photograph_that_comes_late_does_not_replace_the_picture_chosen_meanwhile(page):
    ready(page)
    page.evaluate(
        """() => {
            const photographs = explorer.get("photographs");
            const soon = photographs.workingPicture;
            const released = new Promise((done) => { window.release = done; });
            photographs.workingPicture = async (token) => {
                await released;
                return soon(token);
            };
            const decode = HTMLImageElement.prototype.decode;
            HTMLImageElement.prototype.decode = async function () {
                await decode.call(this);
                setTimeout(() => { window.taken = true; }); // once the tab has done with it what it does
            };
        }"""
    )
    page.locator(".ready-group > summary").click()
    for name in ("The worked 5 × 5 example", "The photograph", "The worked 5 × 5 example"):
        page.get_by_role("button", name=name).click()
    page.evaluate("window.release()")
    page.wait_for_function("window.taken")
    place(page)
    ready(page, "Answer, 3 × 3")


def test_another_photograph_lets_go_of_what_was_held_and_so_does_the_link(open_page, jpeg):
    page = open_page(query="&filters.y=7&filters.x=9")
    ready(page)
    assert place(page) == (7, 9)
    use(page, jpeg)
    assert place(page) != (7, 9)
    assert "filters." not in page.url


def test_views_histogram_comparison_and_numbers(page, jpeg):
    use(page, jpeg)
    answer = by_torch(open_upload(jpeg), SOBEL, colour="grey")
    page.locator(".compare-group > summary").click()
    expect(page.locator(".histogram-says")).to_contain_text("mean")
    low, high = re.match(r"From (\S+) to (\S+),", page.locator(".histogram-says").text_content()).groups()
    assert number(low) == pytest.approx(answer.min(), rel=1e-6)
    assert number(high) == pytest.approx(answer.max(), rel=1e-6)
    expect(page.locator(".pipeline .answer-tile")).to_have_count(3)
    expect(page.locator(".pipeline .answer-tile").nth(2)).to_contain_text("149 × 99")
    expect(page.locator(".several .answer-tile")).to_have_count(10)
    page.locator(".several .answer-tile", has_text="scharr y").click()
    expect(page.locator(".kernel-menu")).to_have_value("scharr y")
    page.locator(".view-menu").select_option("clipped")
    expect(page.locator(".bar-numbers")).to_have_text("≤ 0≥ 255")
    page.locator(".wipe").fill("20")
    page.locator(".numbers-group > summary").click()
    expect(page.locator(".numbers-says")).to_contain_text("200 rows of 300 numbers")
    page.locator("[data-zoom=numbers]").click()
    expect(page.locator("[data-zoom=numbers]")).to_have_attribute("aria-pressed", "true")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_with_every_group_open(open_page, dark):
    page = open_page(dark=dark)
    ready(page)
    for summary in page.locator(".filters-tab details > summary").all():
        summary.click()
    page.locator(".sweep-button").click()
    page.locator(".play").click()
    page.locator("[data-channel]").first.wait_for(state="attached")
    page.locator(".colour-menu").select_option("rgb")
    expect(page.locator(".pipeline .answer-tile")).to_have_count(3)
    place(page)
    found = Axe().run(page).response
    assert found["passes"]
    assert not [(one["id"], node["target"]) for one in found["violations"] for node in one["nodes"]]


@pytest.mark.parametrize("width", [320, 390])
def test_nothing_makes_the_page_wider_than_a_phone(open_page, width):
    page = open_page(size="narrow", query="&filters.kernel=gaussian+7&filters.colour=rgb")
    page.set_viewport_size({"width": width, "height": 844})
    ready(page)
    for summary in page.locator(".filters-tab details > summary").all():
        summary.click()
    page.locator(".sweep-button").click()
    expect(page.locator(".pipeline .answer-tile")).to_have_count(3)
    place(page)
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


@pytest.mark.parametrize("width", [320, 390])
def test_numbers_can_be_read_on_a_phone(open_page, width):
    page = open_page(size="narrow", query="&filters.zoom=numbers")
    page.set_viewport_size({"width": width, "height": 844})
    ready(page)
    place(page)
    assert pictures_with_numbers(page) == 2
    page.locator(".ready-group > summary").click()
    page.get_by_role("button", name="The worked 5 × 5 example").click()
    ready(page, "Answer, 3 × 3")
    place(page)
    assert pictures_with_numbers(page) == 2


def pictures_with_numbers(page) -> int:
    """On how many pictures numbers of at least 14 pixels are written when everything is drawn anew."""
    return page.evaluate(
        """async () => {
            const written = new Set();
            const draw = CanvasRenderingContext2D.prototype.fillText;
            CanvasRenderingContext2D.prototype.fillText = function (text, ...more) {
                if (parseFloat(this.font) >= 14 && /\\d/.test(text)) written.add(this.canvas);
                return draw.call(this, text, ...more);
            };
            const bench = document.querySelector(".filters-tab .bench");
            const frame = () => new Promise(requestAnimationFrame);
            const resized = new Promise((done) => {
                let calls = 0;
                new ResizeObserver(() => (calls += 1) > 1 && done()).observe(bench);
            });
            await frame();
            bench.style.maxWidth = "calc(100% - 1px)";
            await resized;
            await frame(); // in which the pictures are drawn
            await frame();
            bench.style.maxWidth = "";
            CanvasRenderingContext2D.prototype.fillText = draw;
            return written.size;
        }"""
    )
