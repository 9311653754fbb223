"""Stacks of layers on the tab "Output sizes": edited, pasted, traced, compared, broken and mended, kept in the link."""

import re

import pytest
import torch
from playwright.sync_api import expect

from tests.browser.sizes_steps import lines, open_groups, open_stack, opened, opened_stack, painted

pytestmark = pytest.mark.browser


@pytest.fixture
def tab(open_page):
    return opened(open_page)


def test_the_classic_crash_and_its_ways_out(tab):
    page = open_stack(tab)
    page.locator(".sizes-menu").select_option("lesson:crash")
    broken = page.locator(".sizes-break")
    expect(broken).to_contain_text("nn.Linear was told in_features 100,352 but gets 25,088 features")
    expect(page.locator(".sizes-rows tbody tr").last).to_have_class("sizes-broken")
    broken.get_by_role("button", name=re.compile("AdaptiveAvgPool2d")).click()
    expect(broken).to_be_hidden()
    assert lines(page)[-3:] == ["nn.AdaptiveAvgPool2d(1)", "nn.Flatten()", "nn.Linear(32, 10)"]
    page.locator(".sizes-menu").select_option("lesson:crash")
    broken.get_by_role("button", name="in_features 25,088").click()
    expect(broken).to_be_hidden()
    assert lines(page)[-1] == "nn.Linear(25088, 10)"
    expect(page.locator(".sizes-totals")).to_contain_text("256,922 parameters")


def test_rows_are_edited_added_moved_and_removed(tab):
    page = open_stack(tab)
    first = lines(page)
    page.get_by_label("Layer 1", exact=True).fill("nn.Conv2d(3, 16, 5, padding=2)")
    page.keyboard.press("Enter")
    expect(page.locator(".sizes-rows tbody tr").first).to_contain_text("1,216")
    page.get_by_label("Remove layer 2", exact=True).click()
    expect(page.locator(".sizes-rows tbody tr")).to_have_count(len(first) - 1)
    page.get_by_label("Move down layer 1", exact=True).click()
    expect(page.get_by_label("Layer 1", exact=True)).to_have_value("nn.MaxPool2d(2)")
    page.locator(".sizes-new").select_option("Linear")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator(".sizes-rows tbody input").last).to_have_value("nn.Linear(10, 10)")
    page.get_by_label("Layer 1", exact=True).fill("nn.MaxPool9d(2)")
    page.keyboard.press("Enter")
    expect(page.locator(".sizes-stack-problem")).to_contain_text("Line 1: nn.MaxPool9d is not among the layers")
    expect(page.get_by_label("Layer 1", exact=True)).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Layer 1", exact=True)).to_have_value("nn.MaxPool9d(2)")
    expect(page.locator(".sizes-rows tbody tr")).to_have_count(len(first))
    page.get_by_label("Channels", exact=True).and_(page.locator(".sizes-side")).fill("many")
    page.keyboard.press("Enter")
    expect(page.locator(".sizes-stack-problem")).to_contain_text("“many” is none")


def test_text_in_and_code_and_table_out(tab):
    page = open_stack(tab)
    open_groups(page)
    page.locator(".sizes-text").fill(
        "model = nn.Sequential(\n  nn.Conv2d(3, 4, 3),\n  nn.Flatten(),\n  nn.Linear(3600, 2),\n)"
    )
    page.get_by_role("button", name="Read it").click()
    expect(page.locator(".sizes-rows tbody tr")).to_have_count(3)
    code = page.locator(".sizes-stack-code").text_content()
    names: dict = {}
    exec(compile(code, "stack.py", "exec"), names)  # noqa: S102 - what the page wrote
    assert names["model"](torch.zeros(2, 3, 32, 32)).shape == (2, 2)
    with page.expect_download() as download:
        page.get_by_role("button", name="Save table (CSV)").click()
    table = download.value.path().read_text("utf-8")
    assert '"nn.Conv2d(3, 4, 3)",4x30x30,112,' in table
    with page.expect_download() as picture:
        page.locator(".sizes-stack-picture .take-png").click()
    assert picture.value.path().read_bytes()[:4] == b"\x89PNG"
    page.locator(".sizes-text").fill("nn.ReLU()\n__import__('os')")
    page.get_by_role("button", name="Read it").click()
    problem = page.locator(".sizes-text-problem")
    expect(problem).to_contain_text("Line 2:")
    expect(problem).to_be_in_viewport()
    expect(page.get_by_role("button", name="Read it")).to_be_in_viewport()
    expect(page.locator(".sizes-rows tbody tr")).to_have_count(3)


def test_networks_are_traced_and_a_link_restores_the_stack(open_page):
    page = open_stack(opened(open_page))
    page.locator('.sizes-menu option[value="network:torchvision/resnet18"]').wait_for(state="attached", timeout=30_000)
    page.locator(".sizes-menu").select_option("network:torchvision/resnet18")
    expect(page.locator(".sizes-totals")).to_contain_text("11,689,512 parameters")
    page.get_by_label("Height", exact=True).and_(page.locator(".sizes-side")).fill("97")
    page.keyboard.press("Enter")
    expect(page.locator(".sizes-rows tbody tr").first).to_contain_text("64×49×112")
    query = page.evaluate("location.search")
    again = opened_stack(open_page, query)
    expect(again.locator(".sizes-rows tbody tr").first).to_contain_text("64×49×112", timeout=20_000)
    expect(again.locator(".sizes-menu")).to_have_value("network:torchvision/resnet18", timeout=20_000)


def test_a_stack_too_long_for_a_link_is_said_to_be_so(tab):
    page = open_stack(tab)
    open_groups(page)
    unlinked, copy_link = page.locator(".sizes-unlinked"), page.locator(".sizes-stack-link")
    rows = page.locator(".sizes-rows tbody tr")
    expect(rows.first).to_be_visible()
    expect(unlinked).to_be_hidden()

    def read(text: str, count: int) -> None:
        page.locator(".sizes-text").fill(text)
        page.get_by_role("button", name="Read it").press("Enter")  # a click can miss while the table changes its length
        expect(rows).to_have_count(count)

    read("\n".join(["nn.Conv2d(3, 3, 3, padding=1)"] * 75), 75)  # 2,249 characters
    expect(unlinked).to_contain_text("the page’s link does not restore it")
    expect(copy_link).to_be_disabled()
    assert "sizes.stack" not in page.url
    code = page.locator(".sizes-stack-code").text_content()
    read("nn.ReLU()", 1)
    expect(unlinked).to_be_hidden()
    expect(copy_link).to_be_enabled()
    assert "sizes.stack=nn.ReLU" in page.url
    read(code, 75)
    expect(unlinked).to_be_visible()


def test_a_row_opens_as_one_layer_and_a_layer_joins_the_stack(tab):
    page = open_stack(tab)
    page.get_by_label("Look at this layer 4", exact=True).click()
    expect(page.locator(".sizes-facts")).to_contain_text("16 × 16 × 16 → 32 × 16 × 16")
    open_groups(page)
    page.get_by_role("button", name="Add to the stack").click()
    expect(page.locator(".sizes-rows tbody input").last).to_have_value("nn.Conv2d(16, 32, 3, padding=1)")
    expect(page.locator(".sizes-break")).to_contain_text("needs channels, height and width but gets 10")


def test_lessons_compare_their_stacks(tab):
    page = open_stack(tab)
    page.locator(".sizes-menu").select_option("lesson:dense")
    expect(page.locator(".sizes-compare tbody tr")).to_have_count(2)
    expect(page.locator(".sizes-compare")).to_contain_text("77,070,336")
    page.locator(".sizes-compare").get_by_role("button", name="512 dense units").click()
    expect(page.get_by_label("Layer 1", exact=True)).to_have_value("nn.Flatten()")
    assert lines(page)[1:] == ["nn.Linear(150528, 512, bias=False)"]


def test_a_stack_opens_in_the_feature_maps(open_page):
    page = open_stack(opened(open_page))
    page.locator(".sizes-stack-away summary").click()
    page.get_by_role("button", name="Open in Feature maps").click()
    expect(page.get_by_role("tab", name="Feature maps", exact=True)).to_have_attribute("aria-selected", "true")
    expect(page.locator(".maps:not(.waiting) .tile").first).to_be_attached(timeout=60_000)
    assert page.locator(".photo-column .network").input_value().startswith("stack:3x32x32:nn.Conv2d(3, 16, 3")
    query = page.evaluate("location.search")
    again = open_page(query="&" + query.removeprefix("?").split("&", 1)[1])
    expect(again.locator(".photo-column .network")).to_have_value(re.compile(r"^stack:3x32x32:"), timeout=60_000)


HOSTILE = [
    ("nn.ConvTranspose2d(3, 3, 1, stride=10000000)\n" * 390, "more than 9,007,199,254,740,991 bytes of activations"),
    ("nn.Conv2d(3,10000000,1)\nnn.Conv2d(10000000,10000000,1,groups=7000000)", "7000000 groups must divide both"),
    ("(" * 19_000, "Line 1 cannot be read"),
    ("💥" * 5000, "Line 1 cannot be read"),
    ("nn.Conv2d(3, " + "9" * 4000 + ", 3)", "out_channels must be a whole number"),
    ("x" * 1_000_000, "Line 1"),
    ("nn.Dropout(7)", "p must be a number from 0 to 1, not 7"),
]


def test_hostile_text_ends_in_a_sentence_and_the_page_lives(tab):
    page = open_stack(tab)
    open_groups(page)
    for text, words in HOSTILE:
        page.locator(".sizes-text").fill(text)
        page.get_by_role("button", name="Read it").press("Enter")
        said = page.locator(".sizes-text-problem:not([hidden]), .sizes-break:not([hidden])")
        expect(said.filter(has_text=words)).to_have_count(1, timeout=20_000)
        assert len(said.first.inner_text()) < 1000
    page.locator(".sizes-text").fill("nn.Conv2d(3, 10000000, 1)\nnn.Conv2d(10000000, 8, 1)")
    page.get_by_role("button", name="Read it").press("Enter")
    expect(page.locator(".sizes-rows tbody tr")).to_have_count(2)
    expect(page.locator(".sizes-totals")).to_contain_text("120,000,008 parameters")
    assert painted(page, ".sizes-tower") > 5, "a canvas that is too wide stays blank"
    assert page.get_by_role("button", name="Look at this").count() == 0, "the view of one layer has smaller limits"


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("sizes.network=nonsense", "There is no network 'nonsense'"),
        ("sizes.stack=garbage", "Line 1: “garbage” is not a layer."),
        ("sizes.lesson=threes&sizes.chosen=0.5", None),
        ("sizes.lesson=none&sizes.shape=axbxc", None),
    ],
)
def test_a_link_with_damaged_parameters_opens_a_stack_all_the_same(open_page, query, words):
    page = open_page("Output sizes", query="&sizes.view=stack&" + query)
    page.locator(".sizes-rows tbody tr").first.wait_for(timeout=20_000)
    problem = page.locator(".sizes-stack-problem")
    if words:
        expect(problem).to_contain_text(words)
        expect(problem).to_contain_text("a ready-made stack is shown instead")
    else:
        expect(problem).to_be_hidden()
    count = page.locator(".sizes-rows tbody tr").count()
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator(".sizes-rows tbody tr")).to_have_count(count + 1)
    expect(problem).to_be_hidden()
