"""The Filters tab's boxes, kernels and things to take away: edited, pasted, refused, sent here, downloaded."""

import io
import json
import re
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect
from torch import nn

from explorer.image import open_upload
from explorer.networks.folding import fold
from tests.browser.filters_steps import click, number, place, ready, shown_sum, use
from tests.filters.test_convolve import by_torch

pytestmark = pytest.mark.browser
SOBEL = [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]


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
    ready(page, "Answer, 510 × 511")
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


def test_reset_forgets_what_was_wrong(page):
    ready(page)
    page.locator(".window-group > summary").click()
    stride, padding = page.locator(".filters-tab .stride"), page.locator(".filters-tab .padding")
    stride.fill("many")
    stride.press("Tab")
    expect(page.locator(".window-problem")).to_have_text(re.compile("^Stride is"))
    page.get_by_role("button", name="Reset").click()
    expect(page.locator(".window-problem")).to_be_hidden()
    expect(stride).to_have_value("1")
    expect(stride).to_have_attribute("aria-invalid", "false")
    padding.fill("few")
    padding.press("Tab")
    expect(page.locator(".window-problem")).to_have_text("Padding is a whole number from 0 to 32.")


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


def test_the_code_on_the_page_gives_the_pages_numbers(open_page, jpeg, tmp_path):
    page = open_page(query="&filters.kernel=sobel+magnitude&filters.padding=1&filters.mode=replicate&filters.stride=2")
    use(page, jpeg)
    page.locator(".compare-group > summary").click()
    expect(page.locator(".histogram-says")).to_contain_text("mean")
    page.locator(".take-group > summary").click()
    (tmp_path / "code.py").write_text(page.locator(".filters-tab .code").text_content(), "utf-8")
    Image.fromarray(open_upload(jpeg)).save(tmp_path / "scene-working.png")
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
    ready(page, "Answer, 300 × 200")
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


def test_the_first_layer_of_the_network_in_use_can_be_chosen(page, jpeg):
    use(page, jpeg)
    page.locator(".learned-group > summary").click()
    page.locator(".learned-tile").nth(3).click()
    expect(page.locator(".kernel-menu option.special")).to_have_text(re.compile("filter 3$"))
    ready(page)
    assert len(shown_sum(page)[0]) % 27 == 0


def test_a_first_layer_over_grey_can_be_chosen_and_its_code_gives_its_number(open_page, jpeg, tmp_path):
    page = open_page()
    use(page, jpeg)
    page.evaluate("explorer.set('network', { name: 'lenet5', label: 'LeNet-5' })")
    page.locator(".learned-group > summary").click()
    expect(page.locator(".learned-says")).to_contain_text("5 × 5 over the grey picture", timeout=60_000)
    page.locator(".learned-tile").nth(2).click()
    expect(page.locator(".kernel-menu option.special")).to_have_text("LeNet-5, filter 2")
    ready(page, "Answer, 296 × 196")
    page.locator(".window-group > summary").click()
    page.locator(".filters-tab .padding").fill("2")
    page.locator(".filters-tab .padding").press("Tab")
    ready(page, "Answer, 300 × 200")
    page.locator(".output-canvas").focus()
    page.keyboard.press("Home")
    assert place(page) == (0, 0)
    value = shown_sum(page)[2]
    (tmp_path / "code.py").write_text(page.locator(".filters-tab .code").text_content() + "print(answer[0, 0, 0, 0])")
    Image.fromarray(open_upload(jpeg)).save(tmp_path / "scene-working.png")
    made = subprocess.run([sys.executable, "code.py"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert float(re.search(r"tensor\((\S+?),", made.stdout)[1]) == pytest.approx(value, abs=1e-4)
    again = open_page(query="&" + page.evaluate("location.search").removeprefix("?").split("&", 1)[1])
    expect(again.locator(".kernel-menu option.special")).to_have_text("LeNet-5, filter 2")


def test_a_layer_that_fails_late_leaves_that_of_the_network_chosen_since(page):
    ready(page)
    held = []

    def hold(route) -> None:
        body = route.request.post_data or ""
        if '"learned"' in body and '"slow"' in body:
            held.append(route)
        else:
            route.fallback()

    page.route("**/component_server/", hold)
    page.evaluate("explorer.set('network', { name: 'slow', label: 'Slow' })")
    page.locator(".learned-group > summary").click()
    expect(page.locator(".learned-says")).to_have_text("Reading the first layer of Slow…")
    page.evaluate("explorer.set('network', { name: 'lenet5', label: 'LeNet-5' })")
    expect(page.locator(".learned-says")).to_contain_text("6 filters of LeNet-5", timeout=60_000)
    with page.expect_response(lambda response: '"slow"' in (response.request.post_data or "")):
        held[0].fulfill(json={"error": "It is gone."})
    place(page)
    expect(page.locator(".learned-says")).to_contain_text("6 filters of LeNet-5")
    expect(page.locator(".learned-tile")).to_have_count(6)


def test_an_edited_learned_kernel_is_called_custom(page, jpeg):
    use(page, jpeg)
    page.locator(".learned-group > summary").click()
    page.locator(".learned-tile").first.click()
    page.locator(".kernel-group > summary").click()
    page.locator(".kernel-cell").first.fill("0")
    page.locator(".kernel-cell").first.press("Tab")
    expect(page.locator(".kernel-menu option.special")).to_have_text("custom")
    expect(page.locator(".kernel-says")).to_contain_text("A learned kernel, edited")


def test_a_link_with_damaged_parameters_opens_what_can_be_read(open_page):
    query = "&filters.weights=1+2;3+4&filters.divisor=1e-300&filters.bias=zz&filters.y=-1&filters.stride=1e9"
    page = open_page(query=query + "&filters.picture=__proto__&filters.kernel=constructor&filters.border=1+2")
    ready(page, "Answer, 511 × 511")
    assert shown_sum(page)[1] == [1, 2, 3, 4]
    expect(page.locator(".divisor-says")).to_have_text("")
    expect(page.locator(".filters-tab > .problem")).to_be_hidden()
