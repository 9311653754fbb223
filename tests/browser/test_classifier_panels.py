"""The Classifier's panels but for many photographs: why, softmax, views, mistakes, card, each against torch."""

import re

import pytest
import torch
from playwright.sync_api import expect

from explorer.image import open_upload
from explorer.networks.network import readable
from explorer.predict import Classifier
from explorer.predict.explain import exact_sum, grad_cam
from explorer.predict.mistakes import make
from explorer.settings import ROOT
from tests.browser.classifier_steps import EXAMPLES, Held, choose_network, number, rest, signed, upload

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def compact() -> Classifier:
    """The lightest network on board; its layers' names are short."""
    return Classifier.load(ROOT / "checkpoints" / "compact.safetensors")


def choice(page, name: str):
    return page.locator(".panel[data-panel=why] label", has_text=re.compile(f"^{name}")).locator("select")


def test_grad_cam_is_drawn_for_any_class_and_layer(classifier_tab, compact):
    page = classifier_tab("why", "compact")
    heat = page.locator(".side").first.locator(".heat canvas").first
    expect(page.locator(".why-status")).to_contain_text("cells")
    expect(choice(page, "Layer")).to_have_value("stage4.0.relu2")
    expect(page.locator(".heat-colour img").first).to_be_visible()
    before = heat.evaluate("canvas => canvas.toDataURL().length")
    choice(page, "Layer").select_option(index=0)
    expect(page.locator(".why-status")).to_contain_text(f"{compact.preprocessing.size // 2} × ")
    assert heat.evaluate("canvas => canvas.toDataURL().length") != before
    choice(page, "Beside").select_option(index=2)
    expect(page.locator(".side:not([hidden])")).to_have_count(2)
    expect(page.locator(".why-status")).to_contain_text("cells")  # both maps are drawn anew: asked for anew till then
    heat.hover(position={"x": 40, "y": 50})
    expect(page.locator(".heat-reading").first).to_have_text(re.compile(r"row \d+, column \d+: [\d.e-]+"))


def test_an_empty_map_says_so_and_offers_a_layer_that_is_not(classifier_tab, compact):
    batch = compact.preprocessing(open_upload(EXAMPLES[0]))
    layer = "stage4.0.conv2"
    empty = [index for index in range(33) if not grad_cam(compact.model, batch, layer, index).any()]
    assert empty
    page = classifier_tab("why", "compact")
    expect(page.locator(".why-status")).to_contain_text("cells")
    choice(page, "Class").select_option(str(empty[0]))
    choice(page, "Layer").select_option(layer)
    said = page.locator(".side-note").first
    expect(said).to_contain_text(f"Empty: nothing at {layer} speaks for {readable(compact.classes[empty[0]])}.")
    offered = said.get_by_role("button", name="Look at ")
    other = offered.text_content().removeprefix("Look at ")
    assert grad_cam(compact.model, batch, other, empty[0]).any()
    offered.click()
    expect(choice(page, "Layer")).to_have_value(other)
    expect(said).to_be_hidden()


def test_an_older_map_is_dimmed_at_once_and_gone_after_an_error(classifier_tab):
    page = classifier_tab("why")
    expect(page.locator(".why-status")).to_contain_text("cells")
    body = page.locator(".side-body").first
    expect(body).not_to_have_class(re.compile("stale"))
    held = Held(page, "exact_sum")
    page.get_by_role("button", name="The exact sum", exact=True).click()
    expect(body).to_have_class(re.compile("stale"))
    held.first().fulfill(json={"error": "It broke."})
    expect(page.locator(".why-status")).to_have_text("It broke.")
    expect(page.locator(".side .heat").first).to_be_hidden()
    expect(body).not_to_have_class(re.compile("stale"))


def test_a_bar_asks_why_of_its_class_and_the_sum_adds_up(classifier_tab, classifier):
    page = classifier_tab()
    second = classifier.top_k(open_upload(EXAMPLES[0]), 2)[1]
    page.locator(".bars button").nth(1).click()
    page.get_by_role("button", name="The exact sum", exact=True).click()
    expect(page.locator(".side h2").first).to_contain_text(readable(second.label))
    expect(page.locator(".sum-terms tfoot .sum-amount")).to_have_text(
        signed(second.logit, 4).replace("−", "−") if second.logit < 0 else "+" + signed(second.logit, 4)
    )
    amounts = [number(text) for text in page.locator(".sum-terms tbody .sum-amount").all_text_contents()]
    assert sum(round(amount * 1e4) for amount in amounts) == round(
        number(page.locator(".sum-terms tfoot .sum-amount").text_content()) * 1e4
    )
    found = exact_sum(
        classifier.model, classifier.preprocessing(open_upload(EXAMPLES[0])), classifier.classes.index(second.label)
    )
    assert amounts[:3] == pytest.approx([term.amount for term in found.terms[:3]], abs=1e-3)


def test_a_term_opens_its_map_in_feature_maps(classifier_tab):
    page = classifier_tab("why")
    page.get_by_role("button", name="The exact sum", exact=True).click()
    page.locator(".sum-terms tbody button").first.click()
    expect(page.get_by_role("tab", name="Feature maps")).to_have_attribute("aria-selected", "true")


def test_hiding_pieces_shows_its_progress_and_ends(classifier_tab, classifier):
    page = classifier_tab("why")
    page.get_by_role("button", name="Hiding a piece", exact=True).click()
    expect(page.locator(".why-status")).to_have_text(re.compile(r"^\d+ places, \d+ × \d+ pixels"), timeout=60_000)
    page.locator(".heat canvas").first.hover(position={"x": 100, "y": 100})
    expect(page.locator(".heat-reading").first).to_have_text(re.compile(r"(loses|gains) .* points"))
    logits = classifier.logits(open_upload(EXAMPLES[0]))
    least = int(logits.argmin())
    choice(page, "Class").select_option(str(least))
    said = rf"No square .* points; the logit, {signed(float(logits[least]))}, changes by .+ to .+\. The map shows"
    expect(page.locator(".side-note").first).to_contain_text(re.compile(said), timeout=60_000)
    choice(page, "Square").select_option("8")
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.locator(".why-status")).to_have_text("Stopped; what was found stays.")


def test_the_softmax_adds_up_and_a_temperature_re_ranks_nothing(classifier_tab, classifier):
    page = classifier_tab("softmax")
    logits = classifier.logits(open_upload(EXAMPLES[0])).double()
    table = page.locator(".softmax-table tbody tr")
    expect(table).to_have_count(len(classifier.classes))
    names = [readable(classifier.classes[i]) for i in torch.sort(logits, descending=True, stable=True).indices]
    plain, own = (
        page.get_by_role("button", name="T = 1", exact=True),
        page.get_by_role("button", name="the checkpoint’s"),
    )
    expect(plain).to_have_attribute("aria-pressed", "true")
    for power in ("0", "4", "-2", None):
        if power is None:
            own.click()
        elif power != "0":
            page.locator(".panel[data-panel=softmax] input[type=range]").fill(power)
        temperature = classifier.temperature if power is None else 2.0 ** float(power)
        assert table.locator("td:first-child").all_text_contents() == names
        shares = torch.softmax(logits / temperature, 0).sort(descending=True).values
        assert number(table.first.locator("td").nth(4).text_content()) == pytest.approx(
            100 * float(shares[0]), abs=0.11
        )
        assert number(table.first.locator("td").nth(1).text_content()) == pytest.approx(float(logits.max()), abs=6e-6)


def test_three_views_of_one_photograph(classifier_tab, jpeg):
    page = classifier_tab("views")
    upload(page, jpeg)
    expect(page.locator(".views .view")).to_have_count(3)
    expect(page.locator(".views .view.own")).to_have_count(1)
    assert page.locator(".views .view h2").all_text_contents()[0].startswith("crop")


def test_mistakes_are_really_made(classifier_tab, classifier):
    page = classifier_tab("mistakes")
    image = open_upload(EXAMPLES[0])
    expect(page.locator(".mistake-list button")).to_have_count(13)
    page.locator(".mistake-list button", has_text="Batch dimension missing").click()
    expect(page.locator(".exception")).to_have_text(make("batch", classifier, image).error)
    page.locator(".mistake-list button", has_text="RGB and BGR swapped").click()
    broken = make("bgr", classifier, image).rows[0]
    wrong = page.locator(".versus .broken .bars-short li").first
    expect(wrong).to_contain_text(readable(broken.label))
    expect(page.locator(".code .right")).to_contain_text("COLOR_BGR2RGB")
    right = page.locator(".versus section").first.locator("li").first
    expect(right).to_contain_text(readable(classifier.top_k(image, 1)[0].label))
    for title in ("Softmax forgotten", "Softmax twice"):
        page.locator(".mistake-list button", has_text=title).click()
        expect(page.locator(".versus .broken img")).to_have_attribute("alt", "The same pixels")


def test_the_tally_counts_over_the_examples(classifier_tab):
    page = classifier_tab("mistakes")
    expect(page.locator(".mistake-list button")).to_have_count(13)
    page.get_by_role("button", name="Try all on the example pictures").click()
    expect(page.locator(".mistake-list button", has_text="forward() called")).to_contain_text(
        "0 of 10", timeout=180_000
    )
    expect(page.locator(".mistake-list button", has_text="Batch dimension missing")).to_contain_text("10 of 10")


def test_the_card_says_what_the_file_says(classifier_tab, classifier):
    page = classifier_tab("card")
    groups = page.locator(".card-groups")
    card = classifier.card
    for text in (card.architecture, card.provenance["commit"], card.provenance["device"]):
        expect(groups).to_contain_text(text)
    accuracy = page.locator(".accuracy")
    for name, figures in card.metrics["validation"].items():
        row = accuracy.locator("tr", has_text=readable(name)).filter(has_text="validation").first
        expect(row).to_contain_text("100" if figures["top1"] == 1 else f"{100 * figures['top1']:.1f}")
        expect(row).to_contain_text(f"{figures['pictures']:,}")


def test_a_card_that_comes_late_or_not_at_all_leaves_a_newer_one(classifier_tab, classifier):
    page = classifier_tab("card")
    card = page.locator(".panel[data-panel=card]")
    expect(card).to_contain_text(classifier.card.provenance["commit"])
    held = Held(page, "card", "meesho")
    choose_network(page, "meesho")
    expect(card).to_contain_text("Reading the card…")
    choose_network(page, "products")
    expect(card).to_contain_text("Every figure was measured on the weights")
    held.first().fulfill(json={"error": "It broke."})
    rest(page)
    expect(card).not_to_contain_text("It broke.")
    expect(card).to_contain_text(classifier.card.provenance["commit"])


def test_layers_that_come_late_are_not_offered_for_a_newer_network(classifier_tab):
    page = classifier_tab("why")
    expect(page.locator(".why-status")).to_contain_text("cells")
    layers = choice(page, "Layer").locator("option")
    ours = layers.all_text_contents()
    held = Held(page, "layers", "meesho")
    choose_network(page, "meesho")
    held.first()
    choose_network(page, "products")
    expect(page.locator(".why-status")).to_contain_text("cells")
    held.let_go()
    assert layers.all_text_contents() == ours
    choose_network(page, "meesho")
    expect(page.locator(".why-status")).to_contain_text("cells")
    expect(layers.first).not_to_have_text(ours[0])


def test_a_class_of_one_network_is_not_asked_of_the_next(classifier_tab, classifier):
    """Products has 33 classes, and CIFAR-10 none of such a number as its first answer has there."""
    page = classifier_tab("softmax")
    assert classifier.classes.index(classifier.top_k(open_upload(EXAMPLES[0]), 1)[0].label) >= 10
    page.locator(".bars button").first.click()
    page.locator(".closer button[data-panel=softmax]").click()
    rows = page.locator(".softmax-table tbody tr:not([hidden])")
    expect(rows).to_have_count(33)
    choose_network(page, "cifar10")
    expect(rows).to_have_count(10)
    expect(page.locator(".softmax-name")).to_have_text(rows.first.locator("button").text_content())
