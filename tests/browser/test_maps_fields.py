"""Where an opened unit looks: the box and the size beside it, which nothing else that is pointed at may change."""

import pytest
from playwright.sync_api import expect

from tests.browser.maps_steps import WATCHED, quiet

pytestmark = pytest.mark.browser


def box_of(page) -> list[float]:
    """The card's box on the picture, in pixels of the picture: left, top, width, height."""
    return page.locator(".receipt .field-box").evaluate("""(box) => {
        const inner = box.style;
        return ["left", "top", "width", "height"].map((side) => (parseFloat(inner[side]) * 32) / 100);
    }""")


@pytest.mark.parametrize("view", ["sheet", "layer"])
def test_the_card_shows_the_field_of_its_own_unit(open_page, view):
    shown = "&maps.view=layer&maps.layer=block1.bn2" if view == "layer" else ""
    page = open_page("Feature maps", query=f"&network.name=cifar10&maps.unit=block1.bn2~0~25~5{shown}")
    note = page.locator(".receipt .field-note")
    expect(note).to_have_text("sees 5 × 5 pixels", timeout=60_000)
    assert box_of(page) == pytest.approx([3, 23, 5, 5])
    page.evaluate(WATCHED)
    quiet(page)
    if view == "layer":  # the cursor of the mosaic goes its own way
        page.locator(".mosaic").focus()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowDown")
    else:
        page.locator(".tile").first.hover()
    assert box_of(page) == pytest.approx([3, 23, 5, 5])
    expect(note).to_have_text("sees 5 × 5 pixels")
    page.get_by_role("button", name="Down to a pixel").click()
    expect(note).to_have_text("sees 1 × 1 pixels")
    for label, size in (("block1.conv1", "3 × 3"), ("block1.bn1", "3 × 3"), ("block1.relu1", "3 × 3")):
        page.keyboard.press("Escape")
        expect(page.locator(".receipt h2")).to_contain_text(label)
        expect(note).to_have_text(f"sees {size} pixels")
