"""One layer on the tab "Output sizes" as visitors use it: walk, point, pin, type nonsense, mend, keep the link."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.sizes_steps import axe_problems, open_groups, open_stack, opened, painted, set_box

pytestmark = pytest.mark.browser

CELL, TOP = 48, 24  # of the picture that the tab opens with, at 1280 pixels: 7 × 7 padded to 9 × 9
FITS = """(width) => {
    const [canvas, room] = [".sizes-picture canvas", ".sizes-scroll"].map((name) => document.querySelector(name));
    const page = document.documentElement;
    return innerWidth === width && page.scrollWidth <= width && canvas.clientWidth <= room.clientWidth;
}"""
BOXES = ("Input", "Kernel", "Stride", "Padding", "Dilation", "Channels", "Filters", "Groups")


@pytest.fixture
def tab(open_page):
    return opened(open_page)


def point(page, row, column):
    """Move over a cell of the padded input; (0, 0) is its corner."""
    page.locator(".sizes-picture").hover(position={"x": 1 + CELL * (column + 0.5), "y": TOP + CELL * (row + 0.5)})


def said_value(page):
    match = re.search(r"= (−?[\d.]+|−∞),", page.locator(".sizes-says").inner_text())
    assert match, page.locator(".sizes-says").inner_text()
    return float(match[1].replace("−", "-").replace("∞", "inf"))


def torchs_output(page):
    """What torch makes of the very numbers in the picture, by the code that the tab gives."""
    code = page.locator(".sizes-code").first.text_content()
    names: dict = {}
    exec(compile(code.replace("print(layer(x))", "out = layer(x)"), "layer.py", "exec"), names)  # noqa: S102 - our code
    return names["out"].detach()[0]


def test_it_opens_with_an_answer(tab):
    expect(tab.locator(".sizes-formula")).to_have_text("output = ⌊(7 + 2·1 − 1·(3 − 1) − 1) / 2⌋ + 1 = ⌊3⌋ + 1 = 4")
    expect(tab.locator(".sizes-facts")).to_contain_text("1 × 7 × 7 → 1 × 4 × 4")
    expect(tab.locator(".sizes-says")).to_contain_text("Output row 0, column 0 = ")
    box = tab.locator(".sizes-transport").bounding_box()
    assert box["y"] + box["height"] < 900, "the walk's buttons are above the fold"


@pytest.mark.parametrize(
    "link",
    [
        "", "&sizes.size=6x5&sizes.kernel_size=3x2&sizes.padding=1x0", "&sizes.dilation=2&sizes.stride=1",
        "&sizes.channels=4&sizes.filters=4&sizes.groups=2&sizes.size=4", "&sizes.kind=transposed&sizes.size=3",
        "&sizes.kind=transposed&sizes.size=2x3&sizes.channels=2&sizes.filters=2&sizes.output_padding=1",
        "&sizes.kind=max&sizes.ceil_mode=true&sizes.size=6", "&sizes.kind=average&sizes.size=6&sizes.ceil_mode=true",
        "&sizes.kind=adaptive&sizes.size=7x5&sizes.kernel_size=3x4",
    ],
)  # fmt: skip
def test_every_number_is_torchs(open_page, link):
    page = opened(open_page, query=link)
    expected = torchs_output(page)
    page.locator(".sizes-picture").focus()
    page.keyboard.press("Home")
    for place, value in enumerate(expected[0].flatten().tolist()):
        assert said_value(page) == pytest.approx(value, abs=0.006), place
        page.keyboard.press("ArrowRight")
    count = int(page.locator(".sizes-scrub").get_attribute("max")) + 1
    assert count == expected[0].numel()


def test_play_pause_step_back_scrub_and_keys(tab):
    """On 16 × 16 places, so that a busy machine has not played to the end before pause is pressed."""
    set_box(tab, "Input", 31)
    place, says = tab.locator(".sizes-scrub"), tab.locator(".sizes-says")
    expect(place).to_have_attribute("max", "255")
    tab.get_by_role("button", name="Play", exact=True).click()
    tab.wait_for_function("document.querySelector('.sizes-scrub').value >= 3", timeout=30_000)
    tab.get_by_role("button", name="Pause").click()
    at = int(place.input_value())
    tab.get_by_role("button", name="One step back").click()
    expect(place).to_have_value(str(at - 1))
    tab.get_by_role("button", name="One step on").click()
    tab.get_by_role("button", name="One step on").click()
    expect(place).to_have_value(str(at + 1))
    place.fill("37")
    expect(says).to_contain_text("Output row 2, column 5 =")
    tab.locator(".sizes-picture").focus()
    walk = [("End", 15, 15), ("ArrowUp", 14, 15), ("ArrowLeft", 14, 14), ("Home", 0, 0), ("ArrowDown", 1, 0),
            ("End", 15, 15), ("ArrowLeft", 15, 14)]  # fmt: skip
    for key, row, column in walk:
        tab.keyboard.press(key)
        expect(says).to_contain_text(f"row {row}, column {column} =")
    tab.keyboard.press(" ")
    expect(says).to_contain_text("row 15, column 15", timeout=30_000)
    expect(tab.get_by_role("button", name="Play", exact=True)).to_be_visible()


def test_pointing_asks_the_server_nothing(tab):
    asked = []
    tab.on("request", lambda request: asked.append(request.url))
    for row in range(9):
        for column in range(0, 9, 2):
            point(tab, row, column)
    tab.get_by_role("button", name="Play", exact=True).click()
    tab.wait_for_function("document.querySelector('.sizes-scrub').value >= 2", timeout=30_000)
    own = (
        "heartbeat",
        "/web/",
        "/line",
    )  # gradio's own, a module that is still loading, the place of what was asked before
    assert not [url for url in asked if not any(part in url for part in own)]


def test_point_at_input_and_weight_then_pin(tab):
    says = tab.locator(".sizes-says")
    point(tab, 2, 2)
    expect(says).to_contain_text(re.compile(r"^Input row 1, column 1 = \d is read by 4 windows\."))
    point(tab, 3, 3)
    expect(says).to_contain_text(re.compile(r"^Input row 2, column 2 = \d is read by 1 window\."))
    point(tab, 0, 0)
    expect(says).to_contain_text("(padding)")
    tab.locator(".sizes-picture").click(position={"x": 1 + CELL * 2.5, "y": TOP + CELL * 2.5})
    tab.locator(".sizes-formula").hover()
    expect(says).to_have_text(re.compile(r"^Pinned\. Input row 1, column 1"))
    tab.locator(".sizes-picture").focus()
    tab.keyboard.press("Escape")
    expect(says).to_contain_text("Output row 0, column 0")
    tab.locator(".sizes-walk").select_option("weight")
    expect(says).to_have_text("Weight row 0, column 0 meets 16 pixels, once for each of 16 output cells.")
    tab.locator(".sizes-walk").select_option("input")
    expect(says).to_contain_text("Input row 0, column 0")


def test_nonsense_in_every_box_leaves_the_page_alive(tab):
    open_groups(tab)
    before = tab.locator(".sizes-formula").inner_text()
    for name in BOXES:
        for nonsense in ("abc", "-1", "2.5", "", "99999999999999999999", "<img src=x onerror=alert(1)>", "１", "1e3"):
            set_box(tab, name, nonsense)
            expect(tab.locator(".sizes-problem")).to_contain_text(f"{name} must be a whole number from")
            assert tab.locator(".sizes-formula").inner_text() == before
        box = tab.get_by_label(name, exact=True).and_(tab.locator(".sizes-stepper input")).first
        expect(box).to_have_attribute("aria-invalid", "true")
    set_box(tab, "Input", 9)
    expect(tab.locator(".sizes-problem")).to_be_hidden()
    expect(tab.locator(".sizes-formula")).to_contain_text("(9 + 2·1")
    assert tab.locator(".sizes-problem img").count() == 0


def test_a_wrong_combination_gets_the_reason_and_the_nearest_legal_one(tab):
    open_groups(tab)
    set_box(tab, "Kernel", 11)
    problem = tab.locator(".sizes-problem")
    expect(problem).to_contain_text("The kernel is 11 pixels long but the padded input has only 9. Nearest that work:")
    assert problem.get_by_role("button").all_inner_texts() == ["padding 2", "kernel 9", "input 9"]
    problem.get_by_role("button", name="kernel 9").click()
    expect(problem).to_be_hidden()
    expect(tab.locator(".sizes-facts")).to_contain_text("→ 1 × 1 × 1")
    tab.locator(".sizes-kind").select_option("max")
    set_box(tab, "Kernel", 3)
    set_box(tab, "Padding", 2)
    expect(problem).to_contain_text("Padding 2 is more than half of kernel 3, which pooling does not allow.")
    problem.get_by_role("button", name="padding 1").click()
    expect(problem).to_be_hidden()


def test_what_falls_off_is_said_and_mended(tab):
    open_groups(tab)
    set_box(tab, "Input", 6)
    expect(tab.locator(".sizes-lost")).to_contain_text(
        "The floor cuts off the last row and the last column (padding only): no window reads them."
    )
    set_box(tab, "Padding", 0)
    expect(tab.locator(".sizes-lost")).to_contain_text(
        "The floor cuts off the last row and the last column: no window reads them."
    )
    chips = tab.locator(".sizes-loss-chips button")
    assert "input 5" in chips.all_inner_texts()
    tab.locator(".sizes-loss-chips").get_by_role("button", name="input 5").click()
    expect(tab.locator(".sizes-lost")).to_be_hidden()


def test_the_ready_made_pictures_draw_and_a_link_restores_them(open_page):
    page = opened(open_page)
    open_groups(page)
    chips = page.locator("[data-presets] button")
    assert chips.count() >= 26
    for chip in chips.all():
        chip.click()
        expect(page.locator(".sizes-problem")).to_be_hidden()
        promised = chip.locator(".soft").inner_text().split("→")[1].strip()
        assert page.locator(".sizes-formula").inner_text().splitlines()[0].endswith(f"= {promised}")
    query = page.evaluate("location.search")
    formula = page.locator(".sizes-formula").inner_text()
    again = opened(open_page, query="&" + query.removeprefix("?").split("&", 1)[1])
    assert again.locator(".sizes-formula").inner_text() == formula
    expect(again.locator(".sizes-facts")).to_contain_text("3 × 16 × 16")


def test_large_settings_neither_freeze_nor_blank_the_page(tab):
    open_groups(tab)
    for name, value in (("Input", 4096), ("Kernel", 64), ("Padding", 64), ("Channels", 2048), ("Filters", 2048)):
        set_box(tab, name, value)
    expect(tab.locator(".sizes-part")).to_contain_text("Only a part is drawn")
    expect(tab.locator(".sizes-part")).to_contain_text("Output numbers are left out")
    tab.locator(".sizes-picture").focus()
    tab.keyboard.press("End")
    expect(tab.locator(".sizes-says")).to_contain_text("row 2080, column 2080 is a sum of 8,388,608 terms")
    size = tab.locator(".sizes-picture canvas").bounding_box()
    assert size["width"] < 1280
    assert size["height"] < 3000


@pytest.mark.parametrize("dark", [False, True])
def test_on_a_phone_nothing_spills_and_touch_works(browser, page_url, dark):
    context = browser.new_context(viewport={"width": 320, "height": 700}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(f"{page_url}?__theme={'dark' if dark else 'light'}", wait_until="domcontentloaded")
    page.get_by_role("tab", name="Output sizes").tap()
    page.locator(".sizes-picture canvas").wait_for()
    for width in (320, 390):
        page.set_viewport_size({"width": width, "height": 700})
        page.wait_for_function(FITS, arg=width)
        assert painted(page, ".sizes-picture canvas") > 5
    page.locator(".sizes-picture").scroll_into_view_if_needed()
    page.locator(".sizes-picture").tap(position={"x": 100, "y": 100})
    expect(page.locator(".sizes-says")).to_have_text(re.compile(r"^Pinned\. Input row"))
    page.locator(".sizes-switch").get_by_role("button", name="A stack").tap()
    page.locator(".sizes-rows tbody tr").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert painted(page, ".sizes-tower") > 5
    context.close()


@pytest.mark.parametrize("dark", [False, True])
def test_no_accessibility_violation_with_everything_open(open_page, dark):
    page = opened(open_page, dark=dark)
    open_groups(page)
    set_box(page, "Kernel", 11)
    assert not axe_problems(page)
    page.locator(".sizes-problem button").first.click()
    stack = open_stack(page)
    stack.locator(".sizes-menu").select_option("lesson:crash")
    expect(stack.locator(".sizes-break")).to_be_visible()
    assert not axe_problems(stack)


def test_a_link_opens_the_tab_with_its_layer(open_page):
    page = opened(open_page)
    open_groups(page)
    set_box(page, "Kernel", 5)
    expect(page.locator(".sizes-formula")).to_contain_text("1·(5 − 1)")
    query = page.evaluate("location.search")
    assert "page.tab=sizes" in query
    again = open_page(query="&" + query.removeprefix("?").split("&", 1)[1])
    expect(again.get_by_role("tab", name="Output sizes", exact=True)).to_have_attribute("aria-selected", "true")
    expect(again.locator(".sizes-formula")).to_contain_text("1·(5 − 1)")


def test_the_keyboard_reaches_the_weights_and_the_input_of_every_channel(open_page):
    page = opened(open_page, query="&sizes.size=4&sizes.stride=1&sizes.channels=6&sizes.filters=2")
    says = page.locator(".sizes-says")
    for walk, name, cells in (("weight", "Weight", 9), ("input", "Input", 16)):
        page.locator(".sizes-walk").select_option(walk)
        expect(page.locator(".sizes-scrub")).to_have_attribute("max", str(6 * cells - 1))
        page.locator(".sizes-picture").focus()
        page.keyboard.press("End")
        expect(says).to_contain_text(f"{name} channel 5, row")
        page.keyboard.press("Enter")
        expect(says).to_contain_text(f"Pinned. {name} channel 5, row")
        page.keyboard.press("Escape")
        page.keyboard.press("Home")
        expect(says).to_contain_text(f"{name} channel 0, row 0, column 0")


def test_a_layer_can_be_without_bias(open_page):
    page = opened(open_page, query="&sizes.channels=2&sizes.filters=3")
    open_groups(page)
    expect(page.locator(".sizes-facts")).to_contain_text("54 weights + 3 biases = 57 parameters")
    expect(page.locator(".sizes-bias")).to_have_css("appearance", "auto")  # else the tick is white on white
    page.locator(".sizes-bias").uncheck()
    expect(page.locator(".sizes-facts")).to_contain_text("54 weights, no bias")
    expect(page.locator(".sizes-code").first).to_contain_text("bias=False")
    assert "sizes.bias=false" in page.url
    assert said_value(page) == pytest.approx(torchs_output(page)[0, 0, 0].item())


def test_a_link_with_a_layer_that_torch_refuses_says_why(open_page):
    page = opened(open_page, query="&sizes.size=2&sizes.kernel_size=9&sizes.padding=0")
    expect(page.locator(".sizes-problem")).to_contain_text("The kernel is 9 pixels long but the input has only 2.")
    page.locator(".sizes-problem").get_by_role("button", name="kernel 2").click()
    expect(page.locator(".sizes-problem")).to_be_hidden()
    expect(page.locator(".sizes-facts")).to_contain_text("1 × 2 × 2 → 1 × 1 × 1")
