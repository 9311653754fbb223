"""The Filters tab as a visitor uses it: its numbers are torch's, it plays, takes nonsense, and gives things away."""

import io
import json
import re
import subprocess
import sys

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import expect
from torch import nn

from explorer.folding import fold
from explorer.image import open_upload
from tests.test_filters import by_torch

pytestmark = pytest.mark.browser
expect.set_options(timeout=20_000)  # a machine may be busy; what is expected is not the speed
SOBEL = [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]


def number(text: str) -> float:
    return float(text.replace("−", "-").replace("×", ""))


def ready(page, caption="Answer") -> None:
    expect(page.locator(".filters-tab .output-caption")).to_contain_text(caption)
    expect(page.locator(".filters-tab .output-canvas")).not_to_have_class(re.compile("stale"))


def use(page, path) -> None:
    page.locator("input.file").set_input_files(str(path))
    expect(page.locator(".photo-column .caption")).to_contain_text(path.name)
    expect(page.locator(".filters-tab .input-caption")).to_contain_text("Photograph, 200 × 300")
    ready(page)


def shown_sum(page) -> tuple[list[float], list[float], float]:
    """Pixels, weights and the value that the sum prints."""
    tab = page.locator(".filters-tab")
    pixels = [number(text) for text in tab.locator(".product-pixel").all_text_contents()]
    weights = [number(text) for text in tab.locator(".product-weight").all_text_contents()]
    return pixels, weights, number(tab.locator(".equation .value").text_content())


def place(page) -> tuple[int, int]:
    """The row and column of the answer whose sum is drawn, once what was asked for has been drawn."""
    expect(page.locator(".filters-tab .output-canvas")).not_to_have_class(re.compile("stale"))
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    y, x = page.locator(".filters-tab .sum").get_attribute("data-place").split(",")
    return int(y), int(x)


def click(page, canvas: str, across: float, down: float) -> None:
    box = page.locator(f".filters-tab .{canvas}").bounding_box()
    page.mouse.click(box["x"] + across * box["width"], box["y"] + down * box["height"])


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
    expect(page.locator(".filters-tab .input-caption")).to_contain_text("Photograph, 200 × 300")
    ready(page)


def test_hovering_asks_nothing_and_is_drawn_at_once(page, jpeg):
    use(page, jpeg)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    box = page.locator(".filters-tab .input-canvas").bounding_box()
    values = set()
    for step in range(12):
        page.mouse.move(box["x"] + box["width"] * (0.2 + step / 20), box["y"] + box["height"] * 0.5)
        page.wait_for_timeout(40)
        values.add(page.locator(".filters-tab .equation .value").text_content())
    assert len(values) > 4
    assert not asked


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
    ready(page, f"Answer, {size[0]} × {size[1]}")
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


def test_keys_hold_move_and_let_go(page):
    ready(page)
    page.locator(".input-canvas").focus()
    page.keyboard.press("Home")
    assert place(page) == (0, 0)
    for key, expected in (("ArrowRight", (0, 1)), ("ArrowDown", (1, 1)), ("PageDown", (11, 1)), ("ArrowUp", (10, 1)),
                          ("Shift+ArrowRight", (10, 11)), ("End", (509, 509))):  # fmt: skip
        page.keyboard.press(key)
        assert place(page) == expected, key
    page.keyboard.press("Escape")
    expect(page.locator(".filters-tab .says")).to_have_text(re.compile("Nothing is held"))
    expect(page.locator(".filters-tab .equation")).to_have_text("")


def test_the_sweep_plays_pauses_steps_and_scrubs(page):
    ready(page)
    asked = []
    page.locator(".sweep-button").click()
    page.wait_for_timeout(300)
    page.on("request", lambda request: asked.append(request.url))
    page.locator(".speed").select_option("60")
    says = page.locator(".scrub-says")
    expect(says).to_contain_text("of 196")
    expect(says).not_to_contain_text(re.compile(r"^[1-9] of"))
    page.get_by_role("button", name="Pause").click()
    at = int(says.text_content().split()[0])
    page.get_by_role("button", name="One step back").click()
    page.get_by_role("button", name="One step back").click()
    page.get_by_role("button", name="One step on").click()
    expect(says).to_have_text(f"{at - 1} of 196")
    page.locator(".scrub").fill("100")
    expect(says).to_have_text("101 of 196")
    y, x = place(page)
    page.locator(".input-canvas").focus()
    page.keyboard.press("ArrowRight")
    assert place(page) == (y, x + 1)
    page.keyboard.press("End")
    expect(says).to_have_text("196 of 196")
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.keyboard.press(" ")
    page.keyboard.press("Escape")
    expect(page.locator(".transport")).to_be_hidden()
    assert not asked


def test_with_reduced_motion_nothing_starts_by_itself(browser, page_url):
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.goto(page_url, wait_until="domcontentloaded")
    page.locator(".filters-tab .equation .value").wait_for(timeout=90_000)
    page.locator(".sweep-button").click()
    page.wait_for_timeout(900)
    expect(page.locator(".scrub-says")).to_have_text("1 of 196")
    page.get_by_role("button", name="One step on").click()
    expect(page.locator(".scrub-says")).to_have_text("2 of 196")
    context.close()


def test_cells_are_edited_and_nonsense_is_marked_but_kept(page):
    ready(page)
    page.locator(".kernel-group > summary").click()
    cells = page.locator(".kernel-cell")
    cells.nth(4).fill("1/2")
    cells.nth(4).press("Tab")
    expect(page.locator(".kernel-menu")).to_have_value("")
    expect(page.locator(".kernel-says")).to_have_text("Your own kernel.")
    expect(page).to_have_url(re.compile(r"filters\.weights="))
    weights = page.locator(".product-weight")
    expect(weights.nth(4)).to_have_text("×0.5")
    cells.nth(0).fill("a lot")
    cells.nth(0).press("Tab")
    expect(cells.nth(0)).to_have_attribute("aria-invalid", "true")
    expect(cells.nth(0)).to_have_value("a lot")
    expect(page.locator(".cells-says")).to_contain_text("One cell is not a number")
    assert shown_sum(page)[1][:5] == [-1, 0, 1, -2, 0.5]
    cells.nth(0).fill("-1.5")
    cells.nth(0).press("Tab")
    expect(page.locator(".cells-says")).to_have_text("")
    expect(weights.nth(0)).to_have_text("×−1.5")
    page.get_by_role("button", name="Undo").click()
    expect(weights.nth(0)).to_have_text("×−1")
    page.get_by_role("button", name="Reset").click()
    expect(page.locator(".kernel-menu")).to_have_value("sobel x")


def test_pasted_kernels_sizes_and_division(page):
    ready(page)
    page.locator(".kernel-group > summary").click()
    page.locator(".pasted").fill("1 2\n3 oops")
    page.get_by_role("button", name="Use it").click()
    expect(page.locator(".pasted-problem")).to_contain_text("“oops” in row 2")
    expect(page.locator(".pasted")).to_have_value("1 2\n3 oops")
    page.locator(".pasted").fill("[[1, 2, 1], [0, 0, 0.5]]")
    page.get_by_role("button", name="Use it").click()
    ready(page, "Answer, 511 × 510")
    page.locator(".divide").check()
    expect(page.locator(".divisor-says")).to_have_text("÷ 4.5")
    page.locator(".rows-menu").select_option("11")
    page.locator(".columns-menu").select_option("11")
    ready(page, "Answer, 502 × 502")
    pixels, weights, value = shown_sum(page)
    assert len(weights) == 121
    assert sum(np.multiply(pixels, weights)) / 4.5 == pytest.approx(value, abs=1e-4)


def test_nonsense_in_the_boxes_leaves_the_page_alive(page):
    ready(page)
    page.locator(".window-group > summary").click()
    for box in ("stride", "padding", "dilation", "bias"):
        field = page.locator(f".filters-tab .{box}")
        for text in ("", "x", "-7", "1e999", "NaN", "0.5.5", "9" * 400, "<b>1</b>", "${alert(1)}"):
            field.fill(text)
            field.press("Tab")
            if (box, text) != ("bias", "-7"):
                expect(field).to_have_attribute("aria-invalid", "true")
                expect(page.locator(".window-problem")).to_have_text(re.compile(f"^{box} is a", re.IGNORECASE))
            expect(field).to_have_value(text)
        field.fill("2")
        field.press("Tab")
        expect(page.locator(".window-problem")).to_be_hidden()
        expect(page).to_have_url(re.compile(f"filters.{box}=2"))
    ready(page, "Answer, 256 × 256")


def test_what_torch_refuses_is_refused_with_a_way_out(page):
    ready(page)
    page.locator(".ready-group > summary").click()
    page.get_by_role("button", name="One white pixel").click()
    ready(page, "Answer, 8 × 8")
    page.locator(".window-group > summary").click()
    page.locator(".filters-tab .dilation").fill("5")
    page.locator(".filters-tab .dilation").press("Tab")
    problem = page.locator(".filters-tab > .problem")
    expect(problem).to_have_text(
        re.compile("window is 11 pixels long and the padded height only 10. Take a padding of at least 1")
    )
    expect(page.locator(".output-caption")).to_contain_text("8 × 8")
    page.locator(".filters-tab .padding").fill("1")
    page.locator(".filters-tab .padding").press("Tab")
    expect(problem).to_be_hidden()
    ready(page, "Answer, 2 × 2")


def test_views_histogram_comparison_and_numbers(page, jpeg):
    use(page, jpeg)
    answer = by_torch(open_upload(jpeg), SOBEL, colour="grey")
    page.locator(".compare-group > summary").click()
    expect(page.locator(".histogram-says")).to_contain_text("mean")
    low, high = re.match(r"From (\S+) to (\S+),", page.locator(".histogram-says").text_content()).groups()
    assert number(low) == pytest.approx(answer.min(), rel=1e-6)
    assert number(high) == pytest.approx(answer.max(), rel=1e-6)
    expect(page.locator(".pipeline .answer-tile")).to_have_count(3)
    expect(page.locator(".pipeline .answer-tile").nth(2)).to_contain_text("99 × 149")
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


def test_the_code_on_the_page_gives_the_pages_numbers(open_page, jpeg, tmp_path):
    page = open_page(query="&filters.kernel=sobel+magnitude&filters.padding=1&filters.mode=replicate&filters.stride=2")
    use(page, jpeg)
    page.locator(".compare-group > summary").click()
    expect(page.locator(".histogram-says")).to_contain_text("mean")
    page.locator(".take-group > summary").click()
    (tmp_path / "code.py").write_text(page.locator(".filters-tab .code").text_content(), "utf-8")
    Image.fromarray(open_upload(jpeg)).save(tmp_path / "photo.png")
    made = subprocess.run([sys.executable, "code.py"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert made.stdout.startswith("torch.Size([1, 1, 100, 150])")
    low, high = map(float, made.stdout.split("])")[1].split())
    says = re.match(r"From (\S+) to (\S+),", page.locator(".histogram-says").text_content()).groups()
    assert [number(text) for text in says] == pytest.approx([low, high], rel=1e-6)


def test_the_download_is_the_filtered_photograph(page, jpeg):
    use(page, jpeg)
    page.locator(".take-group > summary").click()
    with page.expect_download() as download:
        page.locator(".filters-tab .download").click()
    assert download.value.suggested_filename == "scene filtered.png"
    with Image.open(io.BytesIO(download.value.path().read_bytes())) as opened:
        assert opened.size == (298, 198)
        left = np.asarray(opened.convert("RGB"))[100, 88]
    answer = by_torch(open_upload(jpeg), SOBEL, colour="grey")[100, 88, 0]
    assert (left[0] > left[2]) == (answer > 0)  # orange above zero, blue below


def test_a_learned_filter_can_be_sent_here(page, jpeg):
    use(page, jpeg)
    layer = nn.Conv2d(3, 2, 3, padding=1)
    mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    folded = fold(layer, 1, mean, std)
    sent = {"name": "a network, filter 1", "weights": folded.weights.tolist(), "bias": folded.bias, "stride": 1,
            "padding": 1, "padding_mode": "zeros", "dilation": 1, "border": list(folded.padding_value)}  # fmt: skip
    page.evaluate(f"explorer.set('learned-kernel', {json.dumps(sent)})")
    ready(page, "Answer, 200 × 300")
    expect(page.locator(".kernel-menu option.special")).to_have_text("a network, filter 1")
    batch = (open_upload(jpeg) / 255 - mean) / std
    import torch

    with torch.no_grad():
        wanted = layer.double()(torch.from_numpy(batch).permute(2, 0, 1)[None])[0, 1].numpy()
    for across, down in ((0.008, 0.01), (0.4, 0.6)):
        click(page, "output-canvas", across, down)
        y, x = place(page)
        assert shown_sum(page)[2] == pytest.approx(wanted[y, x], rel=1e-5, abs=1e-5)
    url = page.url
    page.goto(url, wait_until="domcontentloaded")
    expect(page.locator(".kernel-menu option.special")).to_have_text("a network, filter 1")


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


def test_the_pointer_is_right_when_projected(page, jpeg):
    use(page, jpeg)
    page.get_by_role("button", name="Projector").click()
    expect(page.locator("html")).to_have_class(re.compile("projected"))
    page.locator(".output-canvas").scroll_into_view_if_needed()
    click(page, "output-canvas", 0.5, 0.5)
    y, x = place(page)
    assert abs(y - 99) <= 4
    assert abs(x - 149) <= 4


def test_the_first_layer_of_the_network_in_use_can_be_chosen(page, jpeg):
    use(page, jpeg)
    page.locator(".learned-group > summary").click()
    page.locator(".learned-tile").nth(3).click()
    expect(page.locator(".kernel-menu option.special")).to_have_text(re.compile("filter 3$"))
    ready(page)
    assert len(shown_sum(page)[0]) % 27 == 0
