"""The layers of a network as a tree, walked with the keyboard; strip, menu and tree agree."""

import re

import pytest
from playwright.sync_api import expect

from explorer.predict import Classifier
from explorer.settings import ROOT
from tests.browser.maps_steps import opened

pytestmark = pytest.mark.browser


@pytest.fixture
def tree(open_page, jpeg):
    page = opened(open_page, jpeg)
    page.get_by_role("button", name="One layer").click()
    page.get_by_role("button", name="Tree of layers").click()
    expect(page.get_by_role("treeitem").first).to_be_visible()
    return page


def names(page):
    """(level, name) of every item that is in sight."""
    items = page.locator(".tree-item:visible").all()
    return [(int(item.get_attribute("aria-level")), item.get_attribute("data-name")) for item in items]


def focused(page):
    return page.evaluate("document.activeElement.dataset.name")


def test_the_tree_holds_what_the_network_holds(tree):
    model = Classifier.load(ROOT / "checkpoints" / "compact.safetensors").model
    outermost = [name for level, name in names(tree) if level == 1]
    assert [name for name in outermost if name in dict(model.named_children())] == [
        name for name, _ in model.named_children()
    ]
    tree.get_by_role("treeitem", name=re.compile("^stage2, Sequential, 64 × ")).locator(".twist").first.click()
    inner = [name for level, name in names(tree) if level == 2]
    assert set(dict(model.stage2.named_children())) <= set(inner)


def test_the_keyboard_walks_folds_and_opens(tree):
    tree.locator('.tree-item[tabindex="0"]').focus()
    tree.keyboard.press("Home")
    assert focused(tree) == "stem"
    tree.keyboard.press("ArrowLeft")
    before = names(tree)
    assert {level for level, _ in before} == {1}
    tree.keyboard.press("ArrowDown")
    assert focused(tree) == "stage1"
    tree.keyboard.press("ArrowRight")
    assert len(names(tree)) > len(before)
    tree.keyboard.press("ArrowRight")
    assert focused(tree) == "0"
    tree.keyboard.press("ArrowRight")
    tree.keyboard.press("ArrowRight")
    assert focused(tree) == "conv1"
    tree.keyboard.press("Enter")
    expect(tree.locator(".layer-choice")).to_have_value("stage1.0.conv1")
    expect(tree.locator('.strip-layer[data-layer="stage1.0.conv1"]')).to_have_attribute("aria-current", "true")
    expect(tree.get_by_role("treeitem", selected=True)).to_have_attribute("data-layer", "stage1.0.conv1")
    assert focused(tree) == "conv1"
    for _ in range(2):
        tree.keyboard.press("ArrowLeft")
    assert focused(tree) == "0"
    tree.keyboard.press("ArrowLeft")
    tree.keyboard.press("ArrowLeft")
    assert names(tree) == before
    tree.keyboard.press("End")
    assert focused(tree) == "fc"
    tree.keyboard.press("s")
    assert focused(tree) == "stem"
    tree.keyboard.press("ArrowUp")
    assert focused(tree) == "stem"
    assert tree.locator('.tree-item[tabindex="0"]').count() == 1


def test_a_module_stays_folded_when_the_same_layer_is_drawn_anew(tree):
    expect(tree.locator(".layer-view:not(.stale) .layer-note")).to_contain_text("channels")
    tree.locator('.tree-item[tabindex="0"]').focus()
    tree.keyboard.press("Home")
    tree.keyboard.press("ArrowLeft")
    assert {level for level, _ in names(tree)} == {1}
    with tree.expect_response(lambda answer: "layer_maps" in (answer.request.post_data or "")):
        tree.locator("select.sort").select_option(index=1)
    expect(tree.locator(".layer-view:not(.stale)")).to_be_visible()
    assert {level for level, _ in names(tree)} == {1}


def test_strip_menu_and_tree_agree(tree):
    tree.locator(".layer-choice").select_option("stage3.0.bn1")
    chosen = tree.get_by_role("treeitem", selected=True)
    expect(chosen).to_have_attribute("data-layer", "stage3.0.bn1")
    expect(chosen).to_be_visible()
    tree.locator('.strip-layer[data-layer="stage4.0.add"]').evaluate("button => button.click()")
    expect(chosen).to_have_attribute("data-layer", "stage4.0.add")
    tree.get_by_role("treeitem", name="stage1, Sequential").locator(".tree-name").first.click()
    expect(tree.locator(".strip-layer[aria-current]")).to_have_attribute("data-layer", re.compile(r"^stage1\."))
    expect(chosen).to_have_attribute("data-layer", re.compile(r"^stage1\."))
    expect(chosen).to_be_visible()
    box, item = tree.locator(".tree").bounding_box(), chosen.bounding_box()
    assert box["y"] <= item["y"]
    assert item["y"] + item["height"] <= box["y"] + box["height"] + 1


def test_the_link_opens_the_tree_and_another_network_has_its_own(open_page, jpeg):
    page = open_page("Feature maps", query="&maps.view=layer&maps.tree=1&network.name=lenet5")
    expect(page.get_by_role("treeitem", name=re.compile("^conv2, Conv2d, 16 × "))).to_be_visible(timeout=60_000)
    assert "maps.tree=1" in page.url
    page.get_by_role("button", name="Tree of layers").click()
    expect(page.get_by_role("tree")).to_be_hidden()
    assert "maps.tree" not in page.url
