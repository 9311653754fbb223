"""What a visitor does on the tab "Output sizes", step by step, and what is then read off it."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect


def opened(open_page, size="wide", query="", **options):
    page = open_page("Output sizes", size, query=query, **options)
    page.locator(".sizes-picture canvas").wait_for()
    expect(page.locator(".sizes-says")).not_to_be_empty()
    return page


def open_groups(page):
    page.evaluate("document.querySelectorAll('.sizes details').forEach((group) => { group.open = true; })")


def set_box(page, name, value):
    page.get_by_label(name, exact=True).and_(page.locator(".sizes-stepper input")).first.fill(str(value))
    page.keyboard.press("Enter")


def painted(page, selector):
    """How many colours a canvas shows; 1 where it is blank."""
    return page.evaluate(
        """(selector) => {
            const canvas = document.querySelector(selector);
            const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
            const seen = new Set();
            for (let at = 0; at < data.length; at += 388) seen.add(data[at] << 16 | data[at + 1] << 8 | data[at + 2]);
            return seen.size;
        }""",
        selector,
    )


def axe_problems(page):
    found = Axe().run(page, context=".sizes").response["violations"]
    return [(each["id"], [node["target"] for node in each["nodes"]][:4]) for each in found]


def open_stack(page):
    page.locator(".sizes-switch").get_by_role("button", name="A stack").click()
    page.locator(".sizes-rows tbody tr").first.wait_for()
    return page


def lines(page):
    return [box.input_value() for box in page.locator(".sizes-rows tbody input").all()]


def opened_stack(open_page, query):
    page = open_page("Output sizes", query="&" + query.removeprefix("?").split("&", 1)[1])
    page.locator(".sizes-rows tbody tr").first.wait_for(timeout=20_000)
    return page
